import BatchAPI
import DefaultMapping
import JSONDocument
import MappingLanguage
import Spelling
import YAMLDocument

/// Finds what an own mapping gives that Batch can never accept, before any message.
///
/// Each part of the mapping's outline is put into an operation by itself, unknown values replaced by good ones, and read by the
/// reader that reads real operations: so there is one set of rules, and what is refused is known to be that part.
struct MappingCheck: ~Copyable {
    let file: String
    let entry: String
    var findings: [MappingFinding] = []
    private var reader = OperationReader()

    private init(file: String, entry: String) {
        self.file = file
        self.entry = entry
    }

    /// Checks an entry of a file; nothing is said about actions other than a profile update.
    static func findings(_ entry: MappingEntry, in file: String) -> [MappingFinding] {
        var check = MappingCheck(file: file, entry: entry.name)
        if entry.action == .updateProfile, let outline = entry.outline { check.checkResult(outline) }
        for mistake in entry.mistakes { check.add(.warning, mistake.mark, mistake.place, mistake.detail) }
        for difference in entry.differences {
            check.add(.difference, difference.mark, difference.place, "\(difference.detail) (\(difference.code))")
        }
        return check.findings
    }

    mutating func add(_ level: MappingFinding.Level, _ mark: YAMLNode.Mark, _ path: String, _ message: String) {
        let finding = MappingFinding(
            level: level,
            entry: entry,
            fault: Fault(at: .file(file, mark), path: path, message)
        )
        if !findings.contains(finding) { findings.append(finding) }
    }

    // MARK: The result

    private static let members = ["custom_id", "attributes", "events"]

    private mutating func checkResult(_ outline: MappingOutline) {
        switch outline.value {
        case .absent, .unknown: break
        case .oneOf(let alternatives): for alternative in alternatives { checkResult(alternative) }
        case .text, .constant, .list, .items:
            add(.fault, outline.mark, "", "a mapping gives an object with custom_id, attributes and events")
        case .object(let members, let isOpen):
            for member in members { checkMember(member) }
            if !isOpen, !members.contains(where: { $0.key == "custom_id" }) {
                add(
                    .fault,
                    outline.mark,
                    "custom_id",
                    "is missing, so that no message gives an update; write custom_id: { \"@path\": $.userId }"
                )
            }
        }
    }

    private mutating func checkMember(_ member: MappingOutline.Member) {
        switch member.key {
        case "custom_id": checkCustomID(member.value)
        case "attributes": checkAttributes(member.value)
        case "events": checkEvents(member.value)
        case "identifiers":
            add(.fault, member.mark, member.key, "a mapping gives custom_id itself; write custom_id beside attributes")
        default:
            let nearest = Suggestion.nearest(to: member.key, among: Self.members)
            let advice = nearest.map { "did you mean \($0)?" } ?? "known are custom_id, attributes and events"
            add(.fault, member.mark, member.key, "is no part of an update; \(advice)")
        }
    }

    private mutating func checkCustomID(_ outline: MappingOutline) {
        switch outline.value {
        case .unknown, .text, .absent: break
        case .oneOf(let alternatives): for alternative in alternatives { checkCustomID(alternative) }
        case .list, .items, .object: add(.fault, outline.mark, "custom_id", "must be text or a whole number")
        case .constant(let json):
            if json == Array("null".utf8) {
                add(.fault, outline.mark, "custom_id", "is always null, so that no message gives an update")
                return
            }
            // Whole numbers become texts before an operation is read.
            let isInteger = json.allSatisfy { $0 == UInt8(ascii: "-") || ($0 >= 0x30 && $0 <= 0x39) }
            let text = isInteger ? [UInt8(ascii: "\"")] + json + [UInt8(ascii: "\"")] : json
            let operation = "{\"identifiers\":{\"custom_id\":\(String(decoding: text, as: UTF8.self))}}"
            if let refusal = read(operation).refusal {
                add(.fault, outline.mark, "custom_id", "\(refusal)")
            } else {
                add(.warning, outline.mark, "custom_id", "is the same for every message: all go to one profile")
            }
        }
    }

    // MARK: Attributes

    private mutating func checkAttributes(_ outline: MappingOutline) {
        switch outline.value {
        case .unknown, .absent: break
        case .constant(let json) where json == Array("null".utf8): break
        case .oneOf(let alternatives): for alternative in alternatives { checkAttributes(alternative) }
        case .text, .constant, .list, .items:
            add(.fault, outline.mark, "attributes", RefusalReason.wrongContainer.explanation)
        case .object(let members, _):
            for member in members { checkAttribute(member) }
            checkTwins(members, "attributes")
        }
    }

    private mutating func checkAttribute(_ member: MappingOutline.Member) {
        let path = "attributes.\(member.key)"
        let name = Self.quoted(member.key)
        let samples = MappingSample.samples(of: member.value, for: member.key)
        for sample in samples {
            let found = read(Self.operation("\"attributes\":{\(name):\(sample.json)}"))
            guard let reason = found.refused.first?.reason else { continue }
            report(reason, member, path, sample.mark, isOneOfSeveral: samples.count > 1)
        }
    }

    /// Reports a refused attribute at its key, if that is what is wrong, or else at its value.
    ///
    /// Where the value has several forms, parts of it that never come together may have been put together here: then what is
    /// wrong with the whole is no more than a warning.
    mutating func report(
        _ reason: RefusalReason,
        _ member: MappingOutline.Member,
        _ path: String,
        _ value: YAMLNode.Mark,
        isOneOfSeveral: Bool
    ) {
        switch reason {
        case .invalidKey, .keyTooLong:
            let proposed = ProposedName.forKey(member.key).map { "; did you mean \($0)?" } ?? ""
            add(.fault, member.mark, path, "attribute names are [a-z0-9_]{1,30}\(proposed)")
        case .unknownNativeKey:
            let nearest = Suggestion.nearest(to: member.key, among: NativeAttributeNames.all)
            let advice =
                nearest.map { "did you mean \($0)?" } ?? "known are \(NativeAttributeNames.all.joined(separator: ", "))"
            add(.fault, member.mark, path, "\(reason.explanation); \(advice)")
        default:
            let ofWhole: Set<RefusalReason> = [
                .patchContradiction, .invalidItem, .objectItem, .mixedItems, .tooManyItems, .emptyArray,
            ]
            let level = isOneOfSeveral && ofWhole.contains(reason) ? MappingFinding.Level.warning : .fault
            let directive = reason == .invalidPatch ? member.value.directiveNamedLike : nil
            let advice = directive.map { "; did you mean '\($0)'?" } ?? ""
            let explanation = RefusedField(path: path, reason: reason).explanation
            add(level, value, path, explanation + advice)
        }
    }

    /// `date(x)` beside `x`: fine while only one of them has a value.
    mutating func checkTwins(_ members: [MappingOutline.Member], _ path: String) {
        var bare: [String: MappingOutline.Member] = [:]
        for member in members {
            let name = Self.bareName(member.key)
            if let first = bare[name] {
                add(
                    .warning,
                    member.mark,
                    "\(path).\(member.key)",
                    "is the same attribute as \(first.key); where both have a value, the later one counts"
                )
            }
            bare[name] = member
        }
    }

    private static func bareName(_ key: String) -> String {
        for prefix in ["date(", "url("] where key.hasPrefix(prefix) && key.hasSuffix(")") {
            return String(key.dropFirst(prefix.count).dropLast())
        }
        return key
    }

    // MARK: Reading

    static func operation(_ members: String) -> String { "{\"identifiers\":{\"custom_id\":\"u1\"},\(members)}" }

    static func quoted(_ text: String) -> String {
        var writer = JSONWriter()
        writer.string(text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    mutating func read(_ operation: String) -> (refused: [RefusedField], refusal: OperationRefusal?) {
        var refused: [RefusedField] = []
        do throws(OperationRefusal) {
            _ = try reader.read(Array(operation.utf8).span, identity: nil, refused: &refused)
            return (refused, nil)
        } catch {
            return (refused, error)
        }
    }
}
