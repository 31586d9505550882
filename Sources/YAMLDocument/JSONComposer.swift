internal import JSONDocument

/// Builds nodes from a JSON text.
///
/// `JSONTape` looks up and lists only the last of members with equal names, which is right for messages; in a file that
/// somebody writes it hides a mistake. The members it passes over leave a gap between their neighbours, and are found there.
struct JSONComposer: ~Copyable {
    private let text: [UInt8]
    private let lines: LineStarts
    private let tape: JSONTape

    /// - Throws: ``YAMLSyntaxError`` if the text is not JSON, or out of bounds.
    init(text slice: ArraySlice<UInt8>, limits: YAMLLimits) throws(YAMLSyntaxError) {
        let text = Array(slice)
        let lines = LineStarts(of: text)
        var tape = JSONTape(
            limits: JSONLimits(maximumDepth: limits.maximumDepth, maximumByteCount: limits.maximumByteCount)
        )
        do throws(JSONSyntaxError) {
            try tape.parse(text.span)
        } catch {
            let mark = lines.mark(ofByte: error.byteOffset, in: text)
            throw YAMLSyntaxError(at: mark, Self.problem(error), remedy: Self.remedy(error))
        }
        guard tape.nodeCount <= limits.maximumNodeCount else {
            throw YAMLSyntaxError(
                at: YAMLNode.Mark(line: 1, column: 1),
                "the file holds \(tape.nodeCount) values, more than the \(limits.maximumNodeCount) allowed",
                remedy: "split it"
            )
        }
        self.text = text
        self.lines = lines
        self.tape = tape
    }

    func document() throws(YAMLSyntaxError) -> YAMLNode { try node(tape.root) }

    /// Recursion is bounded: the tape refuses texts that are deeper than the limit.
    private func node(_ source: JSONNode) throws(YAMLSyntaxError) -> YAMLNode {
        let mark = mark(ofByte: tape.textRange(of: source).lowerBound)
        let written = tape.verbatim(source, in: text.span)
        switch tape.kind(of: source) {
        case .null: return YAMLNode(.null, mark: mark, scalarText: written)
        case .boolean: return YAMLNode(.boolean(tape.boolean(of: source) == true), mark: mark, scalarText: written)
        case .number:
            let integer = tape.isInteger(source) ? Int64(written) : nil
            return YAMLNode(integer.map { .integer($0) } ?? .number(written), mark: mark, scalarText: written)
        case .string:
            let content = tape.string(of: source, in: text.span) ?? ""
            return YAMLNode(.text(content), mark: mark, scalarText: content)
        case .array:
            var cursor = tape.elements(of: source)
            var elements: [YAMLNode] = []
            while let element = tape.next(&cursor) { elements.append(try node(element)) }
            return YAMLNode(.list(elements), mark: mark)
        case .object:
            return YAMLNode(.map(try members(of: source)), mark: mark)
        }
    }

    private func members(of object: JSONNode) throws(YAMLSyntaxError) -> [YAMLNode.Member] {
        var cursor = tape.members(of: object)
        var members: [YAMLNode.Member] = []
        var end = tape.textRange(of: object).lowerBound + 1
        while let (name, value) = tape.next(&cursor) {
            let start = tape.textRange(of: name).lowerBound
            if let hidden = text[end..<start].firstIndex(of: UInt8(ascii: "\"")) {
                throw duplicate(startingAt: hidden, in: object)
            }
            let key = tape.string(of: name, in: text.span) ?? ""
            members.append(YAMLNode.Member(key: key, keyMark: mark(ofByte: start), value: try node(value)))
            end = tape.textRange(of: value).upperBound
        }
        return members
    }

    /// The member at `offset` is hidden, since one with the same name stands later in the same object.
    private func duplicate(startingAt offset: Int, in object: JSONNode) -> YAMLSyntaxError {
        var end = offset + 1
        while end < text.count, text[end] != UInt8(ascii: "\"") { end += text[end] == UInt8(ascii: "\\") ? 2 : 1 }
        var nameTape = JSONTape()
        let nameText = Array(text[offset..<min(end + 1, text.count)])
        let isParsed = (try? nameTape.parse(nameText.span)) != nil
        let key = isParsed ? nameTape.string(of: nameTape.root, in: nameText.span) ?? "" : ""
        var later = offset
        var cursor = tape.members(of: object)
        while let (name, _) = tape.next(&cursor) {
            guard tape.equals(name, JSONName(key), in: text.span) else { continue }
            later = tape.textRange(of: name).lowerBound
        }
        return .duplicate(key, at: mark(ofByte: later), earlier: mark(ofByte: offset))
    }

    // MARK: Places and problems

    private func mark(ofByte offset: Int) -> YAMLNode.Mark { lines.mark(ofByte: offset, in: text) }

    private static func problem(_ error: JSONSyntaxError) -> String {
        switch error.problem {
        case .unexpectedCharacter: "a character that cannot stand here in JSON"
        case .unexpectedEnd: "the file ends inside a value"
        case .trailingCharacters: "something follows the value"
        case .controlCharacter: "a control character or line end inside a string"
        case .invalidEscape: "a backslash with a character that is no escape"
        case .loneSurrogate: "half of a surrogate pair"
        case .invalidUTF8: "bytes that are not UTF-8"
        case .invalidNumber: "not a number by JSON's rules"
        case .tooDeep(let limit): "more than \(limit) objects and lists stand inside one another"
        case .tooLarge(let limit): "the file has more than \(limit) bytes"
        }
    }

    private static func remedy(_ error: JSONSyntaxError) -> String? {
        switch error.problem {
        case .unexpectedCharacter: "check commas, quotes and brackets; JSON has no comments"
        case .unexpectedEnd: "close what is open"
        case .trailingCharacters: "remove it"
        case .controlCharacter: #"write it as an escape, such as \n"#
        case .invalidEscape: "double the backslash"
        case .invalidUTF8: "save the file as UTF-8"
        case .loneSurrogate, .invalidNumber, .tooDeep, .tooLarge: nil
        }
    }
}
