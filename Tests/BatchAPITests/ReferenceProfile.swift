import JSONDocument

/// A profile as Batch would keep it, written from the contract alone (batch-api 2.3, 2.5 and 2.6) and as simply as it can be.
struct ReferenceProfile: Equatable {
    enum Value: Equatable {
        case scalar(String)
        case array(Set<String>)
    }

    var attributes: [String: Value] = [:]
    var events: [String] = []

    /// Applies one operation: attributes, then events.
    mutating func apply(_ update: String) throws {
        var tape = JSONTape()
        let bytes = Array(update.utf8)
        let text = bytes.span
        try tape.parse(text)
        if let object = tape.member("attributes", of: tape.root, in: text) {
            var members = tape.members(of: object)
            while let member = tape.next(&members) {
                let key = tape.string(of: member.name, in: text) ?? ""
                let bare = key.hasSuffix(")") ? String(key.drop { $0 != "(" }.dropFirst().dropLast()) : key
                attributes[bare] = changed(attributes[bare], by: member.value, key, tape, text)
            }
        }
        if let list = tape.member("events", of: tape.root, in: text) {
            var elements = tape.elements(of: list)
            while let event = tape.next(&elements) { events.append(tape.verbatim(event, in: text)) }
        }
    }

    private func changed(
        _ old: Value?,
        by value: JSONNode,
        _ key: String,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Value? {
        switch tape.kind(of: value) {
        case .null: return nil
        case .array: return .array(strings(value, tape, text))
        case .object:
            var items: Set<String> = []
            switch old {
            case .scalar: return old
            case .array(let present): items = present
            case nil: break
            }
            if let list = tape.member("$remove", of: value, in: text) { items.subtract(strings(list, tape, text)) }
            if let list = tape.member("$add", of: value, in: text) { items.formUnion(strings(list, tape, text)) }
            if items.count > 25 { return old }
            return items.isEmpty ? nil : .array(items)
        case .string, .number, .boolean: return .scalar(key + "=" + tape.verbatim(value, in: text))
        }
    }

    private func strings(_ list: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Set<String> {
        var strings: Set<String> = []
        var elements = tape.elements(of: list)
        while let element = tape.next(&elements) { strings.insert(tape.string(of: element, in: text) ?? "") }
        return strings
    }
}
