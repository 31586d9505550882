/// Steps through the members of an object; see ``JSONTape/members(of:)``.
public struct JSONMembers: Sendable {
    @usableFromInline var index: UInt32
    @usableFromInline let end: UInt32

    @inlinable
    init(index: UInt32, end: UInt32) {
        self.index = index
        self.end = end
    }
}

/// Steps through the elements of an array; see ``JSONTape/elements(of:)``.
public struct JSONElements: Sendable {
    @usableFromInline var index: UInt32
    @usableFromInline let end: UInt32

    @inlinable
    init(index: UInt32, end: UInt32) {
        self.index = index
        self.end = end
    }
}

extension JSONTape {
    // MARK: Containers

    /// A cursor over the members of an object in document order; empty for anything else. Advance it with ``next(_:)-(JSONMembers)``.
    @inlinable @inline(__always)
    public func members(of node: JSONNode) -> JSONMembers {
        let object = self[node]
        guard object.kind == .object else { return JSONMembers(index: 0, end: 0) }
        return JSONMembers(index: node.index + 1, end: object.next)
    }

    /// The next member, or nil after the last one. Members whose name stands again later are left out.
    @inlinable @inline(__always)
    public func next(_ members: inout JSONMembers) -> (name: JSONNode, value: JSONNode)? {
        while members.index < members.end {
            let index = members.index
            let (name, next) = nodes.member(at: index)
            members.index = next
            if name.flags & Node.shadowed == 0 { return (JSONNode(index: index), JSONNode(index: index + 1)) }
        }
        return nil
    }

    /// A cursor over the elements of an array; empty for anything else. Advance it with ``next(_:)-(JSONElements)``.
    @inlinable @inline(__always)
    public func elements(of node: JSONNode) -> JSONElements {
        let array = self[node]
        guard array.kind == .array else { return JSONElements(index: 0, end: 0) }
        return JSONElements(index: node.index + 1, end: array.next)
    }

    /// The next element, or nil after the last one.
    @inlinable @inline(__always)
    public func next(_ elements: inout JSONElements) -> JSONNode? {
        guard elements.index < elements.end else { return nil }
        let element = JSONNode(index: elements.index)
        elements.index = self[element].next
        return element
    }

    /// How many members or elements a container has; 0 for anything else.
    public func count(of node: JSONNode) -> Int {
        var count = 0
        switch kind(of: node) {
        case .object:
            var members = members(of: node)
            while next(&members) != nil { count += 1 }
        case .array:
            var elements = elements(of: node)
            while next(&elements) != nil { count += 1 }
        case .string, .number, .boolean, .null: break
        }
        return count
    }

    /// The value of the member with this name, or nil; the last one if several have it.
    public func member(_ name: JSONName, of node: JSONNode, in text: Span<UInt8>) -> JSONNode? {
        let object = self[node]
        guard object.kind == .object else { return nil }
        var index = node.index + 1
        while index < object.next {
            let (candidate, next) = nodes.member(at: index)
            // Only an escaped name can be equal and have another signature.
            if candidate.signature == name.signature || candidate.flags & Node.escaped != 0,
                candidate.flags & Node.shadowed == 0, equals(candidate, name, in: text)
            {
                return JSONNode(index: index + 1)
            }
            index = next
        }
        return nil
    }

    /// The element at an index, or nil past the end and for anything but an array.
    public func element(at position: Int, of node: JSONNode) -> JSONNode? {
        guard position >= 0 else { return nil }
        var elements = elements(of: node)
        var left = position
        while let element = next(&elements) {
            if left == 0 { return element }
            left -= 1
        }
        return nil
    }

    // MARK: Strings

    /// Whether a string has exactly these characters.
    public func equals(_ node: JSONNode, _ name: JSONName, in text: Span<UInt8>) -> Bool {
        equals(self[node], name, in: text)
    }

    private func equals(_ string: Node, _ name: JSONName, in text: Span<UInt8>) -> Bool {
        guard string.kind == .string else { return false }
        if string.flags & Node.escaped != 0 {
            var content: [UInt8] = []
            JSONString.appendContent(of: string, in: text, to: &content)
            return content == name.bytes
        }
        guard Int(string.length) - 2 == name.bytes.count else { return false }
        return ByteWord.equal(
            text,
            from: Int(string.start) + 1,
            name.bytes.span,
            from: 0,
            length: name.bytes.count
        )
    }

    /// Appends the characters of a string, escapes resolved, as UTF-8. Appends nothing for anything else.
    public func appendContent(of node: JSONNode, in text: Span<UInt8>, to bytes: inout [UInt8]) {
        let string = self[node]
        guard string.kind == .string else { return }
        JSONString.appendContent(of: string, in: text, to: &bytes)
    }

    /// The characters of a string; nil for anything else. Allocates: not for the hot path.
    public func string(of node: JSONNode, in text: Span<UInt8>) -> String? {
        guard kind(of: node) == .string else { return nil }
        var bytes: [UInt8] = []
        appendContent(of: node, in: text, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text of a value as written. Allocates: not for the hot path.
    public func verbatim(_ node: JSONNode, in text: Span<UInt8>) -> String {
        text.extracting(textRange(of: node)).withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }

    // MARK: Numbers

    /// The value of a number written without fraction and exponent, if 64 bits hold it; nil for anything else.
    public func int64(of node: JSONNode, in text: Span<UInt8>) -> Int64? {
        guard isInteger(node) else { return nil }
        let range = textRange(of: node)
        let isNegative = text[range.lowerBound] == UInt8(ascii: "-")
        var value: Int64 = 0
        for index in (isNegative ? range.lowerBound + 1 : range.lowerBound)..<range.upperBound {
            let digit = Int64(text[index] - UInt8(ascii: "0"))
            let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            guard !overflowed, !carried else { return nil }
            value = sum
        }
        return value
    }

    /// The nearest double of a number, if it is finite; nil for anything else. Allocates for long numbers.
    public func double(of node: JSONNode, in text: Span<UInt8>) -> Double? {
        guard kind(of: node) == .number, let value = Double(verbatim(node, in: text)), value.isFinite else {
            return nil
        }
        return value
    }
}
