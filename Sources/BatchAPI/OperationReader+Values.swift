import JSONDocument

extension OperationReader {
    /// Checks the characters of a string.
    ///
    /// - Returns: what is wrong, nil when nothing is.
    @inline(__always)
    mutating func check(_ string: JSONNode, _ rule: StringRule, _ operation: Span<UInt8>) -> RefusalReason? {
        guard tape.kind(of: string) == .string else { return .wrongType }
        if tape.isEscaped(string) {
            content.removeAll(keepingCapacity: true)
            tape.appendContent(of: string, in: operation, to: &content)
            return rule.check(content.span, 0, content.count)
        }
        let range = tape.contentRange(of: string)
        return rule.check(operation, range.lowerBound, range.upperBound)
    }

    /// Checks a number (batch-api 2.5, C): an integer must fit 64 bits, anything else a finite double.
    func check(number: JSONNode, _ operation: Span<UInt8>) -> RefusalReason? {
        if tape.isInteger(number) {
            return tape.int64(of: number, in: operation) == nil ? .integerOutOfRange : nil
        }
        let range = tape.textRange(of: number)
        // No double needs so many digits, and a single value must not fill an update.
        guard range.count <= BatchLimits.numberByteCount else { return .floatOutOfRange }
        // Without an exponent, up to 300 digits are always finite; only the rest needs the slow conversion.
        var hasExponent = false
        for index in range where operation[index] | 0x20 == UInt8(ascii: "e") { hasExponent = true }
        guard hasExponent || range.count > 300 else { return nil }
        return tape.double(of: number, in: operation) == nil ? .floatOutOfRange : nil
    }

    /// Copies a value as it was written.
    @inline(__always)
    mutating func copy(_ node: JSONNode, _ operation: Span<UInt8>) {
        let range = tape.textRange(of: node)
        text.append(operation, range.lowerBound, range.upperBound)
    }

    /// Whether a string is a date in the form that is sent, so that it can be copied.
    func isCanonicalDate(_ string: JSONNode, _ operation: Span<UInt8>) -> Bool {
        guard !tape.isEscaped(string) else { return false }
        let range = tape.contentRange(of: string)
        return Timestamp(operation, range.lowerBound, range.upperBound)?.isCanonical ?? false
    }

    /// Reads a date and writes it, quotes included, in UTC.
    ///
    /// - Returns: nil when it is not a date; nothing is written then.
    mutating func writeDate(_ node: JSONNode, _ operation: Span<UInt8>) -> Timestamp? {
        guard tape.kind(of: node) == .string else { return nil }
        if tape.isEscaped(node) {
            content.removeAll(keepingCapacity: true)
            tape.appendContent(of: node, in: operation, to: &content)
            return Self.writeDate(content: &content, to: &text)
        }
        return Self.writeDate(operation, tape.contentRange(of: node), to: &text)
    }

    /// Both buffers are arguments because the compiler takes a span over one property as a borrow of the whole reader.
    private static func writeDate(content: inout [UInt8], to text: inout [UInt8]) -> Timestamp? {
        writeDate(content.span, 0..<content.count, to: &text)
    }

    private static func writeDate(_ source: Span<UInt8>, _ range: Range<Int>, to text: inout [UInt8]) -> Timestamp? {
        guard let timestamp = Timestamp(source, range.lowerBound, range.upperBound) else { return nil }
        text.append(UInt8(ascii: "\""))
        timestamp.append(source, range.lowerBound, range.upperBound, to: &text)
        text.append(UInt8(ascii: "\""))
        return timestamp
    }

    /// Writes an array of strings as a set: in one spelling, without white space, the first of equal items only.
    ///
    /// ``items`` then has the places of the items from `firstItem` on.
    ///
    /// - Returns: what is wrong with it, nil when nothing is; what was written then stays to be cut off.
    mutating func writeStrings(
        _ array: JSONNode,
        _ rule: StringRule,
        firstItem: Int,
        _ operation: Span<UInt8>
    ) -> RefusalReason? {
        guard tape.kind(of: array) == .array else { return .wrongType }
        text.append(UInt8(ascii: "["))
        var elements = tape.elements(of: array)
        while let element = tape.next(&elements) {
            switch tape.kind(of: element) {
            case .string: break
            case .array, .object: return .objectItem
            case .number, .boolean, .null: return .invalidItem
            }
            if let reason = check(element, rule, operation) { return reason }
            let start = text.count
            if items.count > firstItem { text.append(UInt8(ascii: ",")) }
            let itemStart = text.count
            writeString(element, operation)
            let item = itemStart..<text.count
            if hasItem(item, from: firstItem) {
                text.removeLast(text.count - start)
                continue
            }
            guard items.count - firstItem < BatchLimits.arrayItemCount else { return .tooManyItems }
            items.append(item)
        }
        text.append(UInt8(ascii: "]"))
        return items.count == firstItem ? .emptyArray : nil
    }

    /// Whether one of the items from `firstItem` on has the same characters.
    func hasItem(_ item: Range<Int>, from firstItem: Int) -> Bool {
        for index in firstItem..<max(firstItem, items.count) where items[index].count == item.count {
            if Self.equal(text.span, items[index].lowerBound, item.lowerBound, item.count) { return true }
        }
        return false
    }

    private static func equal(_ text: Span<UInt8>, _ first: Int, _ second: Int, _ count: Int) -> Bool {
        for offset in 0..<count where text[first + offset] != text[second + offset] { return false }
        return true
    }

    /// Writes a string so that equal characters have equal text.
    private mutating func writeString(_ string: JSONNode, _ operation: Span<UInt8>) {
        guard tape.isEscaped(string) else {
            copy(string, operation)
            return
        }
        // `check` has just put the characters into `content`.
        Self.writeString(content: &content, to: &text)
    }

    private static func writeString(content: inout [UInt8], to text: inout [UInt8]) {
        JSONEscaping.appendString(content.span, to: &text)
    }
}
