/// A member's name, made once and looked up often.
public struct JSONName: Sendable, Hashable, ExpressibleByStringLiteral {
    /// The name as UTF-8.
    public let bytes: [UInt8]

    /// Creates a name from UTF-8.
    public init(bytes: [UInt8]) { self.bytes = bytes }

    /// Creates a name from a text.
    public init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    /// Creates a name from a literal.
    public init(stringLiteral value: StaticString) {
        bytes = value.withUTF8Buffer { Array($0) }
    }
}

/// Steps through the members of an object; see ``JSONTape/members(of:)``.
public struct JSONMembers: Sendable {
    var index: UInt32
    let end: UInt32
}

/// Steps through the elements of an array; see ``JSONTape/elements(of:)``.
public struct JSONElements: Sendable {
    var index: UInt32
    let end: UInt32
}

extension JSONTape {
    // MARK: Containers

    /// A cursor over the members of an object in document order; empty for anything else. Advance it with ``next(_:)-(JSONMembers)``.
    public func members(of node: JSONNode) -> JSONMembers {
        let object = self[node]
        guard object.kind == .object else { return JSONMembers(index: 0, end: 0) }
        return JSONMembers(index: node.index + 1, end: object.next)
    }

    /// The next member, or nil after the last one. Members whose name stands again later are left out.
    public func next(_ members: inout JSONMembers) -> (name: JSONNode, value: JSONNode)? {
        while members.index < members.end {
            let name = JSONNode(index: members.index)
            let value = JSONNode(index: members.index + 1)
            members.index = self[value].next
            if self[name].flags & Node.shadowed == 0 { return (name, value) }
        }
        return nil
    }

    /// A cursor over the elements of an array; empty for anything else. Advance it with ``next(_:)-(JSONElements)``.
    public func elements(of node: JSONNode) -> JSONElements {
        let array = self[node]
        guard array.kind == .array else { return JSONElements(index: 0, end: 0) }
        return JSONElements(index: node.index + 1, end: array.next)
    }

    /// The next element, or nil after the last one.
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
            let candidate = JSONNode(index: index)
            if self[candidate].flags & Node.shadowed == 0, equals(candidate, name, in: text) {
                return JSONNode(index: index + 1)
            }
            index = nodes[Int(index) + 1].next
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
        let string = self[node]
        guard string.kind == .string else { return false }
        if string.flags & Node.escaped != 0 {
            var content: [UInt8] = []
            JSONString.appendContent(of: string, in: text, to: &content)
            return content == name.bytes
        }
        guard Int(string.length) - 2 == name.bytes.count else { return false }
        let start = Int(string.start) + 1
        for offset in 0..<name.bytes.count where text[start + offset] != name.bytes[offset] { return false }
        return true
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
        var bytes: [UInt8] = []
        for index in textRange(of: node) { bytes.append(text[index]) }
        return String(decoding: bytes, as: UTF8.self)
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
