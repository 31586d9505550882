import BatchAPI
import JSONDocument
import Testing

/// Reads one operation, as the mapper does.
func read(
    _ operation: String,
    accepted: AcceptedRules = [],
    identity: RepeatIdentity? = nil,
    ageTime: Int64? = nil
) throws -> (contribution: Contribution, refused: [RefusedField]) {
    var reader = OperationReader(accepted: accepted)
    var refused: [RefusedField] = []
    let bytes = Array(operation.utf8)
    let contribution = try reader.read(bytes.span, identity: identity, ageTime: ageTime, refused: &refused)
    return (contribution, refused)
}

/// A contribution of the user `u` that is valid as it is.
func valid(attributes: String = "{}", events: [String] = []) throws -> Contribution {
    let operation =
        #"{"identifiers":{"custom_id":"u"},"attributes":\#(attributes),"events":[\#(events.joined(separator: ","))]}"#
    let result = try read(operation)
    #expect(result.refused.isEmpty, "the test's own contribution is refused")
    return result.contribution
}

/// What the engine does with the contributions of one user: stretches of updates, in order.
func stretches(
    _ contributions: [Contribution],
    limits: FoldLimits = FoldLimits(),
    ages: EventAgeRule = .none
) -> [[String]] {
    var stretches: [[String]] = []
    var fold = ProfileFold(limits: limits)
    var index = 0
    var firstEvent = 0
    var attributesDelivered = false
    while index < contributions.count {
        fold.begin(customID: contributions[index].customID, ages: ages)
        filling: while index < contributions.count {
            let added = fold.add(
                contributions[index],
                firstEvent: firstEvent,
                attributesDelivered: attributesDelivered
            )
            switch added {
            case .whole: (index, firstEvent, attributesDelivered) = (index + 1, 0, false)
            case .partly(let events):
                #expect(events > firstEvent, "a part of a contribution makes progress")
                (firstEvent, attributesDelivered) = (events, true)
                break filling
            case .full: break filling
            }
        }
        stretches.append(texts(of: fold))
        guard stretches.count <= 10_000 else { break }
    }
    return stretches
}

/// The JSON of each update of a stretch; checks that the announced lengths are right.
func texts(of fold: ProfileFold) -> [String] {
    (0..<fold.updateCount).map { update in
        var body: [UInt8] = []
        fold.appendUpdate(update, to: &body)
        #expect(body.count == fold.byteCount(ofUpdate: update), "byteCount is exact")
        return String(decoding: body, as: UTF8.self)
    }
}

/// The whole of one contribution as one update.
func text(of contribution: Contribution, ages: EventAgeRule = .none) -> String {
    var fold = ProfileFold()
    fold.begin(customID: contribution.customID, ages: ages)
    #expect(fold.add(contribution, firstEvent: 0, attributesDelivered: false) == .whole)
    return texts(of: fold).joined(separator: "\n")
}

/// A generator of the same numbers for the same seed.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(bitPattern: Int64(seed)) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
