internal import JSONDocument

/// Whom an operation is about.
enum OperationTarget: Sendable, Equatable {
    case profile(ByteText)
    case installation(ByteText)
    /// An identifier that is wrong, when settings say that it costs the operation only.
    case refused(SimulatorRule)

    /// The profile's Custom ID; nil when there is none. `installations` has that of each known app install.
    func customID(installations: [String: String]) -> ByteText? {
        switch self {
        case .profile(let customID): customID
        case .installation(let identifier): installations[identifier.description].map { ByteText($0) }
        case .refused: nil
        }
    }
}

/// The first thing of a call that is wrong before any profile is looked at.
struct CallBreach: Sendable, Equatable {
    let rule: SimulatorRule
    let bulkIndex: Int

    var code: SimulatorErrorCode {
        switch rule {
        case .identifiersMissing, .identifiersNeither: .missingParameter
        default: .malformedParameter
        }
    }
}

/// Reads the shape and the identifiers of all operations of a call: sections 2.1 and 2.2.
struct CallScan: Sendable {
    private(set) var targets: [OperationTarget] = []
    private(set) var breach: CallBreach?
    /// Breaches that do not cost the call: warnings, and identifiers where settings say so.
    private(set) var notes: [CallBreach] = []
    private let rules: SimulatorRuleSet
    private var content: [UInt8] = []

    init(_ tape: borrowing JSONTape, _ text: Span<UInt8>, count: Int, rules: SimulatorRuleSet) {
        self.rules = rules
        targets.reserveCapacity(count)
        var elements = tape.elements(of: tape.root)
        while let operation = tape.next(&elements) {
            if let rule = shapeBreach(operation, tape, text) {
                fail(rule)
                // Only for the count of targets; the call is refused.
                targets.append(.refused(rule))
                continue
            }
            let target = target(of: operation, tape, text)
            if case .refused(let rule) = target { fail(rule) }
            targets.append(target)
        }
    }

    /// The Custom IDs of the call in order.
    func customIDs(installations: [String: String]) -> [ByteText] {
        var customIDs: [ByteText] = []
        customIDs.reserveCapacity(targets.count)
        for target in targets {
            if let customID = target.customID(installations: installations) { customIDs.append(customID) }
        }
        return customIDs
    }

    private mutating func fail(_ rule: SimulatorRule) {
        let failure = CallBreach(rule: rule, bulkIndex: targets.count)
        if rule.isIdentifierRule, !rules.contains(.identifiersWholeCall) {
            notes.append(failure)
        } else if breach == nil {
            breach = failure
        }
    }

    private mutating func warn(_ rule: SimulatorRule) {
        guard rules.contains(rule) else { return }
        notes.append(CallBreach(rule: rule, bulkIndex: targets.count))
    }

    private func shapeBreach(
        _ operation: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> SimulatorRule? {
        guard tape.kind(of: operation) == .object else { return .operationType }
        var members = tape.members(of: operation)
        while let member = tape.next(&members) {
            if tape.equals(member.name, Names.attributes, in: text) {
                guard tape.kind(of: member.value) == .object else { return .operationAttributes }
            } else if tape.equals(member.name, Names.events, in: text) {
                guard tape.kind(of: member.value) == .array else { return .operationEvents }
            } else if !tape.equals(member.name, Names.identifiers, in: text), rules.contains(.operationKey) {
                return .operationKey
            }
        }
        return nil
    }

    private mutating func target(
        of operation: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> OperationTarget {
        guard let identifiers = tape.member(Names.identifiers, of: operation, in: text) else {
            return .refused(.identifiersMissing)
        }
        guard tape.kind(of: identifiers) == .object else { return .refused(.identifiersType) }
        let customID = tape.member(Names.customID, of: identifiers, in: text)
        let installation = tape.member(Names.installation, of: identifiers, in: text)
        let known = (customID == nil ? 0 : 1) + (installation == nil ? 0 : 1)
        if known == 2 { return .refused(.identifiersBoth) }
        if tape.count(of: identifiers) > known, rules.contains(.identifiersKey) { return .refused(.identifiersKey) }
        if let customID { return target(customID: customID, tape, text) }
        if let installation { return target(installation: installation, tape, text) }
        return .refused(.identifiersNeither)
    }

    private mutating func target(
        customID: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> OperationTarget {
        guard tape.kind(of: customID) == .string else { return .refused(.customIDType) }
        content.removeAll(keepingCapacity: true)
        tape.appendContent(of: customID, in: text, to: &content)
        let count = content.count < 512 ? content.count : TextCheck.codePointCount(content)
        if count == 0 || count > 512, rules.contains(.customIDLength) { return .refused(.customIDLength) }
        if count > 0, TextCheck.isBlank(content), rules.contains(.customIDBlank) { return .refused(.customIDBlank) }
        if TextCheck.isAccident(content), rules.contains(.customIDBlocklist) { return .refused(.customIDBlocklist) }
        if count == 512 { warn(.customIDLong) }
        if content.first == 0x20 || content.last == 0x20 { warn(.customIDSpaces) }
        return .profile(ByteText(content))
    }

    private func target(
        installation: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> OperationTarget {
        guard tape.count(of: installation) == 2, let key = tape.member(Names.apiKey, of: installation, in: text),
            tape.kind(of: key) == .string, !tape.contentRange(of: key).isEmpty,
            let identifier = tape.member(Names.installationID, of: installation, in: text),
            tape.kind(of: identifier) == .string, !tape.contentRange(of: identifier).isEmpty
        else { return .refused(.installationShape) }
        var characters: [UInt8] = []
        tape.appendContent(of: identifier, in: text, to: &characters)
        return .installation(ByteText(characters))
    }
}

extension SimulatorRule {
    /// Rules about whom an operation is about (section 2.2).
    fileprivate var isIdentifierRule: Bool {
        switch self {
        case .identifiersMissing, .identifiersType, .identifiersKey, .identifiersBoth, .identifiersNeither,
            .customIDType, .customIDLength, .customIDBlocklist, .customIDBlank, .installationShape:
            true
        default: false
        }
    }
}
