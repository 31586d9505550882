public import JSONDocument

/// Finds out where each field of a message went, from the message, what was written and what was reported.
///
/// For people: mapping itself keeps no account of this, so that delivery does not pay for it.
public struct FieldTracer {
    private var attributeNames: NameRule
    private var fates: [FieldFate] = []
    private var lost: [String: MappingReason] = [:]
    private var operation = JSONTree.null
    /// The fields of the operation whose source is found.
    private var claimed: Set<String> = []

    /// Creates a tracer for the options with which the messages are mapped.
    public init(options: DefaultMappingOptions) { attributeNames = NameRule(options, isForEvents: false) }

    /// Follows every field of a message.
    ///
    /// - Parameters:
    ///   - message: the message.
    ///   - operation: what ``DefaultMapper`` wrote for it.
    ///   - leftOut: what it reported for it.
    /// - Returns: at least one fate for every leaf of the message.
    public mutating func trace(_ message: JSONTree, operation: JSONTree, leftOut: [LeftOut]) -> [FieldFate] {
        fates = []
        lost = [:]
        claimed = []
        for field in leftOut where lost[field.path] == nil { lost[field.path] = field.reason }
        self.operation = operation
        guard case .object(let members) = message, case .text(let type)? = message["type"] else { return [] }
        let isIdentify = type.lowercased() == "identify"
        let isView = !isIdentify && type.lowercased() != "track"
        for member in members { traceMember(member, of: message, isIdentify: isIdentify, isView: isView) }
        return fates
    }

    private mutating func traceMember(
        _ member: JSONTree.Member,
        of message: JSONTree,
        isIdentify: Bool,
        isView: Bool
    ) {
        let path = member.name
        switch member.name {
        case "type", "integrations": add(.unused(.decides), member.value, path)
        case "userId": add(.arrived(["identifiers.custom_id"]), member.value, path)
        case "messageId": add(.unused(.identifiesMessage), member.value, path)
        case "anonymousId": add(.unused(.neverAnIdentifier), member.value, path)
        case "context": traceContext(member.value, message, isIdentify: isIdentify)
        case "traits" where isIdentify: traceTraits(member.value)
        case "properties" where !isIdentify:
            traceObject(member.value, path) { tracer, member, path in
                tracer.traceProperty(member, path, Self.eventAttributes, tracer.operation[Self.attributesWay], level: 0)
            }
        case "event" where !isIdentify && !isView: add(.arrived(["events[0].name"]), member.value, path)
        case "name" where isView, "category" where isView: traceViewMember(member, message)
        case "timestamp" where !isIdentify: traceTime(member.value, path, isOverridden: false)
        case "originalTimestamp" where !isIdentify:
            let timestamp = message["timestamp"] ?? .null
            traceTime(member.value, path, isOverridden: timestamp != .null)
        default: add(.unused(.notMapped), member.value, path)
        }
    }

    // MARK: Bookkeeping

    /// Gives every leaf of a value the same fate, unless it or something around it was reported.
    private mutating func add(_ fate: FieldFate.Fate, _ value: JSONTree, _ path: String) {
        let whole = lost[path]
        for leaf in value.leaves {
            let place = JSONTree.path(leaf, after: path)
            fates.append(FieldFate(path: place, fate: whole.map { .leftOut($0) } ?? fate))
        }
    }

    /// Follows the members of a part of the message; null and other types are no part.
    private mutating func traceObject(
        _ value: JSONTree,
        _ path: String,
        _ body: (inout FieldTracer, JSONTree.Member, String) -> Void
    ) {
        guard lost[path] == nil, case .object(let members) = value, !members.isEmpty else {
            return add(.unused(.nullPart), value, path)
        }
        for member in members { body(&self, member, "\(path).\(member.name)") }
    }

    /// The key of an object of the operation that a key of the message became.
    private mutating func outputKey(_ key: String, isFirstLevel: Bool, in output: JSONTree?) -> String? {
        let bytes = Array(key.utf8)
        let renamed = attributeNames.rename(bytes.span, allowsTypes: isFirstLevel)
        guard renamed.problem == nil, let output else { return nil }
        let name = renamed.name.text
        return [name, "date(\(name))", "url(\(name))"].first { output[$0] != nil }
    }

    /// A list of texts, numbers and booleans that became a list of texts.
    private mutating func traceItems(_ items: [JSONTree], _ path: String, _ output: String) {
        var seen: Set<String> = []
        for (index, item) in items.enumerated() {
            let place = "\(path)[\(index)]"
            switch item {
            case .null: add(.unused(.emptyItem), item, place)
            case .text(let text) where Self.isBlank(text): add(.unused(.emptyItem), item, place)
            case .object, .list: add(.unused(.unexplained), item, place)
            case .text(let text), .number(let text):
                add(seen.insert(text).inserted ? .arrived([output]) : .unused(.repeatedItem), item, place)
            case .boolean(let value):
                add(seen.insert("\(value)").inserted ? .arrived([output]) : .unused(.repeatedItem), item, place)
            }
        }
    }

    private static func isBlank(_ text: String) -> Bool { TextRules.isBlank(Array(text.utf8).span) }

    /// Whether a field gives this field of the operation, and notes it.
    ///
    /// A key with dots has the path of another below nested objects, so that a report may be about either. Of those that collide
    /// the first is never reported: so the first that comes here is the one that was written.
    private mutating func isFree(_ output: String, _ path: String) -> Bool {
        guard lost[path] == nil || lost[path] == .nameCollision else { return false }
        return claimed.insert(output).inserted
    }

    // MARK: Traits

    private mutating func traceTraits(_ value: JSONTree) {
        traceObject(value, "traits") { tracer, member, path in
            if let native = NativeKey(Array(member.name.utf8).span)?.native {
                tracer.traceNative(native, member.value, path)
            } else {
                tracer.traceTrait(member.value, member.name, path, level: 1)
            }
        }
    }

    /// A candidate for a native that was not reported is the one that was used.
    private mutating func traceNative(_ native: Native, _ value: JSONTree, _ path: String) {
        let key = String(native.key.description.dropFirst().prefix { $0 != "\"" })
        let isThere = operation["attributes"]?[key] != nil
        add(isThere ? .arrived(["attributes.\(key)"]) : .unused(.unexplained), value, path)
    }

    private mutating func traceTrait(_ value: JSONTree, _ key: String, _ path: String, level: Int) {
        if case .object(let members) = value, !members.isEmpty, lost[path] == nil {
            for member in members {
                traceTrait(member.value, "\(key)_\(member.name)", "\(path).\(member.name)", level: level + 1)
            }
            return
        }
        let reported = lost[path]
        let key = outputKey(key, isFirstLevel: level == 1, in: operation["attributes"])
        guard let name = key, isFree("attributes.\(name)", path) else {
            return add(.unused(.unexplained), value, path)
        }
        // The report is about the other field of this path.
        lost[path] = nil
        defer { lost[path] = reported }
        // A list with nothing in it may delete the attribute: then all of it says so.
        if case .list(let items) = value, operation["attributes"]?[name] != .null {
            traceItems(items, path, "attributes.\(name)")
        } else {
            add(.arrived(["attributes.\(name)"]), value, path)
        }
    }

    // MARK: Context

    private mutating func traceContext(_ value: JSONTree, _ message: JSONTree, isIdentify: Bool) {
        let traits = isIdentify ? message["traits"] : nil
        traceObject(value, "context") { tracer, member, path in
            switch member.name {
            case "timezone":
                let isTaken = tracer.isTaken(.timeZone, message, isIdentify: isIdentify)
                tracer.add(isTaken ? .unused(.overridden) : .arrived(["attributes.$timezone"]), member.value, path)
            case "locale": tracer.traceLocale(member.value, path, message, isIdentify: isIdentify)
            case "traits":
                tracer.traceObject(member.value, path) { tracer, member, path in
                    guard let native = NativeKey(Array(member.name.utf8).span)?.native else {
                        return tracer.add(.unused(.notMapped), member.value, path)
                    }
                    if Self.has(native, traits) {
                        tracer.add(.unused(.overridden), member.value, path)
                    } else {
                        tracer.traceNative(native, member.value, path)
                    }
                }
            default: tracer.add(.unused(.notMapped), member.value, path)
            }
        }
    }

    /// Whether an object has a key of a native.
    private static func has(_ native: Native, _ traits: JSONTree?) -> Bool {
        guard case .object(let members)? = traits else { return false }
        return members.contains { NativeKey(Array($0.name.utf8).span)?.native == native }
    }

    /// Whether a trait gives a native that the context would give too.
    private func isTaken(_ native: Native, _ message: JSONTree, isIdentify: Bool) -> Bool {
        let own = isIdentify ? message["traits"] : nil
        let part = Self.has(native, own) ? ("traits", own) : ("context.traits", message["context"]?["traits"])
        guard case .object(let members)? = part.1 else { return false }
        return members.contains {
            NativeKey(Array($0.name.utf8).span)?.native == native && lost["\(part.0).\($0.name)"] == nil
        }
    }

    private mutating func traceLocale(_ value: JSONTree, _ path: String, _ message: JSONTree, isIdentify: Bool) {
        var outputs: [String] = []
        var isOverridden = false
        for (native, key) in [(Native.language, "$language"), (.region, "$region")]
        where operation["attributes"]?[key] != nil {
            if isTaken(native, message, isIdentify: isIdentify) {
                isOverridden = true
            } else {
                outputs.append("attributes.\(key)")
            }
        }
        // One half may have arrived while the other was reported.
        if !outputs.isEmpty { fates.append(FieldFate(path: path, fate: .arrived(outputs))) }
        if outputs.isEmpty || lost[path] != nil {
            add(.unused(isOverridden ? .overridden : .noLanguage), value, path)
        }
    }

    // MARK: Events

    private static let eventAttributes = "events[0].attributes"
    private static let attributesWay: [JSONTree.Step] = [.name("events"), .index(0), .name("attributes")]

    private mutating func traceTime(_ value: JSONTree, _ path: String, isOverridden: Bool) {
        if isOverridden {
            add(.unused(.overridden), value, path)
        } else {
            add(value == .null ? .unused(.nullPart) : .arrived(["events[0].time"]), value, path)
        }
    }

    private mutating func traceViewMember(_ member: JSONTree.Member, _ message: JSONTree) {
        guard member.value != .null else { return add(.unused(.nullPart), member.value, member.name) }
        if case .object(let properties)? = message["properties"] {
            for property in properties where !property.name.hasPrefix("$") {
                let renamed = attributeNames.rename(Array(property.name.utf8).span, allowsTypes: true)
                let path = "properties.\(property.name)"
                if renamed.problem == nil, renamed.name.text == member.name, survives(property.value, path) {
                    return add(.unused(.overridden), member.value, member.name)
                }
            }
        }
        traceProperty(member, member.name, Self.eventAttributes, operation[Self.attributesWay], level: 0)
    }

    /// Whether something of a value of an event is left.
    private func survives(_ value: JSONTree, _ path: String) -> Bool {
        guard lost[path] == nil else { return false }
        switch value {
        case .null: return false
        case .boolean, .number: return true
        case .text(let text): return !Self.isBlank(text)
        case .list(let items):
            return items.enumerated().contains { survives($0.element, "\(path)[\($0.offset)]") }
        case .object(let members): return members.contains { survives($0.value, "\(path).\($0.name)") }
        }
    }

    private mutating func traceProperty(
        _ member: JSONTree.Member,
        _ path: String,
        _ place: String,
        _ output: JSONTree?,
        level: Int
    ) {
        guard lost[path] == nil else { return add(.unused(.unexplained), member.value, path) }
        var name = outputKey(member.name, isFirstLevel: true, in: output)
        if level == 0, member.name.hasPrefix("$"), output?[member.name] != nil { name = member.name }
        let found = name.flatMap { output?[$0] }
        let there = "\(place).\(name ?? "")"
        switch member.value {
        case .object(let members) where !members.isEmpty:
            // An object whose parts were all left out is gone without a report of its own.
            for inner in members { traceProperty(inner, "\(path).\(inner.name)", there, found, level: level + 1) }
        case .list(let items) where !items.isEmpty: traceList(items, path, there, found, level: level)
        default: add(found == nil ? .unused(.unexplained) : .arrived([there]), member.value, path)
        }
    }

    private mutating func traceList(
        _ items: [JSONTree],
        _ path: String,
        _ place: String,
        _ output: JSONTree?,
        level: Int
    ) {
        let hasObjects = items.contains { item in
            if case .object(let members) = item { !members.isEmpty } else { false }
        }
        guard hasObjects else {
            // A blank text or {} in a list is removed before it is looked at.
            for (index, item) in items.enumerated() where item == .object([]) {
                add(.unused(.emptyItem), item, "\(path)[\(index)]")
            }
            let others = items.map { $0 == .object([]) ? .null : $0 }
            let emptyPaths = Set(items.indices.filter { items[$0] == .object([]) }.map { "\(path)[\($0)]" })
            let count = fates.count
            traceItems(others, path, place)
            fates = fates[..<count] + fates[count...].filter { !emptyPaths.contains($0.path) }
            return
        }
        var position = 0
        for (index, item) in items.enumerated() {
            let itemPath = "\(path)[\(index)]"
            guard case .object(let members) = item, !members.isEmpty else {
                add(.unused(.emptyItem), item, itemPath)
                continue
            }
            let isThere = survives(item, itemPath)
            let found = isThere ? output?[[.index(position)]] : nil
            for member in members {
                traceProperty(member, "\(itemPath).\(member.name)", "\(place)[\(position)]", found, level: level + 1)
            }
            if isThere { position += 1 }
        }
    }
}
