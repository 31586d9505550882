import RelayScenes
import Testing

/// What the oracle must say of ten messages of one user: events 0 to 3 and 5 to 8, attributes in 4 and 9.
private struct OracleCase: Sendable, CustomTestStringConvertible {
    enum Finding: Sendable {
        case nothing, lost, orderBreak, stranger, unexplained
    }

    let testDescription: String
    /// The numbers that each call carries; the calls arrive 10 s apart and are answered after 1 s.
    let calls: [[Int]]
    /// Calls whose answer does not say that they were applied.
    var unanswered: Set<Int> = []
    /// When a crash was, in seconds since the first call.
    var crashes: [Double] = []
    let finding: Finding

    static let all = [
        OracleCase(testDescription: "all in order", calls: [[0, 1, 2], [3, 4, 5], [6, 7, 8, 9]], finding: .nothing),
        OracleCase(testDescription: "an event is missing", calls: [[0, 1, 3, 4], [5, 6, 7, 8, 9]], finding: .lost),
        OracleCase(
            testDescription: "an attribute is missing",
            calls: [[0, 1, 2, 3, 4], [5, 6, 7, 8]],
            finding: .lost
        ),
        OracleCase(
            testDescription: "an event after a later one",
            calls: [[0, 1, 3], [2, 4, 5, 6, 7, 8, 9]],
            finding: .orderBreak
        ),
        OracleCase(
            testDescription: "an event after a later one, with a crash between them",
            calls: [[0, 1, 3], [2, 4, 5, 6, 7, 8, 9]],
            crashes: [0.5],
            finding: .orderBreak
        ),
        OracleCase(
            testDescription: "events in the wrong order in one operation",
            calls: [[0, 2, 1, 3, 4, 5, 6, 7, 8, 9]],
            finding: .orderBreak
        ),
        OracleCase(
            testDescription: "a number that does not exist",
            calls: [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [77]],
            finding: .stranger
        ),
        OracleCase(
            testDescription: "an event again, without a crash",
            calls: [[0, 1, 2, 3, 4, 5], [5, 6, 7, 8, 9]],
            finding: .unexplained
        ),
        OracleCase(
            testDescription: "an event again, after a crash with its call in flight",
            calls: [[0, 1, 2, 3, 4, 5], [5, 6, 7, 8, 9]],
            crashes: [0.5],
            finding: .nothing
        ),
        OracleCase(
            testDescription: "an event again, long after the crash's last call was committed",
            calls: [[0, 1, 2, 3, 4, 5], [6, 7], [5, 6, 7, 8, 9]],
            crashes: [10.5],
            finding: .unexplained
        ),
        OracleCase(
            testDescription: "an event again, though its second arrival was after the crash",
            calls: [[0, 1, 2, 3, 4, 5], [5, 6], [5, 6, 7, 8, 9]],
            crashes: [0.5],
            finding: .unexplained
        ),
        OracleCase(
            testDescription: "an event again, since its call had no answer",
            calls: [[0, 1, 2, 3, 4, 5], [5, 6, 7, 8, 9]],
            unanswered: [0],
            finding: .nothing
        ),
        OracleCase(
            testDescription: "a stale attribute that had never been sent by itself",
            calls: [[0, 1, 2, 3, 5, 6, 7, 8, 9], [4], [9]],
            finding: .unexplained
        ),
        OracleCase(
            testDescription: "a thawed instance's attribute after its successor's call",
            calls: [[0, 1, 2, 3], [4, 5, 6, 7, 8, 9], [4]],
            crashes: [0.5],
            finding: .unexplained
        ),
    ]
}

@Suite("The oracle of the fault runs")
struct OracleTests {
    @Test("it finds each kind of breach, and nothing else", arguments: OracleCase.all)
    fileprivate func finds(_ test: OracleCase) {
        let traffic = NumberedTraffic(10, users: 1, partitions: 1)
        var operations: [DeliveryJournal.Operation] = []
        var calls: [Int: DeliveryJournal.Call] = [:]
        for (call, numbers) in test.calls.enumerated() {
            let attributes = numbers.filter { $0 < 10 && !traffic.isEvent($0) }
            operations.append(
                DeliveryJournal.Operation(
                    call: call,
                    user: "user-0",
                    attributes: Dictionary(attributes.map { (traffic.attribute($0), $0) }, uniquingKeysWith: { $1 }),
                    events: numbers.filter { !attributes.contains($0) }
                )
            )
            let arrival = Int64(call) * 10_000
            let isAccepted = !test.unanswered.contains(call)
            calls[call] = .init(arrival: arrival, answered: arrival + 1_000, isAccepted: isAccepted)
        }
        let oracle = DeliveryOracle(
            DeliveryJournal(operations: operations, calls: calls),
            of: traffic,
            moments: test.crashes.map { .init(what: "crash", time: Int64($0 * 1_000)) }
        )
        #expect(oracle.lost.isEmpty == (test.finding != .lost), "\(oracle.complaint)")
        #expect(oracle.orderBreaks.isEmpty == (test.finding != .orderBreak), "\(oracle.complaint)")
        #expect(oracle.strangers.isEmpty == (test.finding != .stranger), "\(oracle.complaint)")
        #expect(oracle.unexplained.isEmpty == (test.finding != .unexplained), "\(oracle.complaint)")
        #expect(oracle.isContent == (test.finding == .nothing))
    }
}
