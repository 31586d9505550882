import BatchAPI
import JSONDocument

/// The native attribute `$topic_preferences`: a list of topics, or the two lists `$add` and `$remove` (`batch-api` 2.4).
extension DefaultMapper {
    /// Writes topic preferences as they are.
    ///
    /// - Returns: whether they keep the rule; if not, what was written is to be forgotten.
    mutating func writeTopics(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) -> Bool {
        if tape.kind(of: node) == .array { return writeTopicList(node, tape, text) }
        var added: JSONNode?
        var removed: JSONNode?
        var members = tape.members(of: node)
        while let (name, value) = tape.next(&members) {
            if tape.equals(name, TopicNames.add, in: text) {
                added = value
            } else if tape.equals(name, TopicNames.remove, in: text) {
                removed = value
            } else {
                return false
            }
        }
        if added == nil, removed == nil { return false }
        out.append(UInt8(ascii: "{"))
        if let added {
            append("\"$add\":")
            guard writeTopicList(added, tape, text) else { return false }
            endValue()
        }
        let addedCount = listItems.count
        if let removed {
            append("\"$remove\":")
            let addedItems = added == nil ? [] : listItems
            guard writeTopicList(removed, tape, text) else { return false }
            for item in addedItems.prefix(addedCount) {
                for other in listItems where out.isEqual(item, other) { return false }
            }
            endValue()
        }
        close(with: UInt8(ascii: "}"))
        return true
    }

    /// Writes one text or more of `a-z0-9_-`.
    private mutating func writeTopicList(
        _ list: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        listItems.removeAll(keepingCapacity: true)
        guard tape.kind(of: list) == .array else { return false }
        out.append(UInt8(ascii: "["))
        var elements = tape.elements(of: list)
        while let element = tape.next(&elements) {
            guard tape.kind(of: element) == .string, listItems.count < BatchLimits.arrayItemCount else { return false }
            let start = out.count
            let content = takeContent(of: element, tape, text)
            append(quoted: content.span, isEscaped: true)
            contentBuffer = content
            guard (1...BatchLimits.stringLength).contains(out.count - start - 2),
                (start + 1..<out.count - 1).allSatisfy({ Self.isTopicCharacter(out[$0]) })
            else { return false }
            listItems.append(start..<out.count)
            endValue()
        }
        guard !listItems.isEmpty else { return false }
        close(with: UInt8(ascii: "]"))
        return true
    }

    private static func isTopicCharacter(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "a") < 26 || TextRules.isDigit(byte) || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: "-")
    }
}

private enum TopicNames {
    static let add: JSONName = "$add"
    static let remove: JSONName = "$remove"
}
