internal import JSONDocument

extension Trigger {
    /// Evaluates a call (mapping language, section 7.4).
    func call(
        _ function: TriggerFunction,
        _ first: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8]
    ) -> TriggerValue {
        let argument = value(of: children[Int(first)], tape, text, fields, &buffer)
        switch function {
        case .contains, .match:
            let other = value(of: children[Int(first) + 1], tape, text, fields, &buffer)
            guard case .text(let left) = argument, case .text(let right) = other else { return .boolean(false) }
            return .boolean(test(function == .contains ? .occurrence : .glob, left, right, text, buffer))
        case .length:
            return .number(TriggerNumber(Int64(length(of: argument, tape))))
        case .lowercase, .uppercase, .snakecase, .kebabcase, .titlecase:
            guard case .text(let source) = argument else { return .null }
            let content = bytes(of: source, text, buffer)
            return append(Self.convert(content, function), to: &buffer)
        case .typeof:
            return append(Array(Self.typeName(of: argument).utf8), to: &buffer)
        case .string:
            var content: [UInt8] = []
            appendText(of: argument, tape, text, fields, &buffer, to: &content)
            return append(content, to: &buffer)
        case .number:
            return number(argument, text, buffer)
        case .bool:
            return .boolean(isTrue(argument, tape))
        }
    }

    private func append(_ content: [UInt8], to buffer: inout [UInt8]) -> TriggerValue {
        let start = buffer.count
        buffer.append(contentsOf: content)
        return .text(.buffer(start..<buffer.count))
    }

    private func bytes(of source: TriggerValue.Text, _ text: Span<UInt8>, _ buffer: [UInt8]) -> [UInt8] {
        switch source {
        case .literal(let range): return Array(pool[range.range])
        case .buffer(let range): return Array(buffer[range])
        case .message(let range):
            var bytes: [UInt8] = []
            for index in range { bytes.append(text[index]) }
            return bytes
        }
    }

    private func length(of value: TriggerValue, _ tape: borrowing JSONTape) -> Int {
        switch value {
        case .text(.literal(let range)): range.range.count
        case .text(.message(let range)), .text(.buffer(let range)): range.count
        case .list(.literal(_, let count)): Int(count)
        case .list(.message(let node)): tape.count(of: node)
        case .null, .boolean, .number, .object: 0
        }
    }

    private static func convert(_ content: [UInt8], _ function: TriggerFunction) -> [UInt8] {
        let space = UInt8(ascii: " ")
        switch function {
        case .snakecase: return content.map { $0 == space ? UInt8(ascii: "_") : $0 }
        case .kebabcase: return content.map { $0 == space ? UInt8(ascii: "-") : $0 }
        case .titlecase:
            var result = ""
            var startsWord = true
            for scalar in String(decoding: content, as: UTF8.self).unicodeScalars {
                if startsWord {
                    result += scalar.properties.titlecaseMapping
                } else {
                    result.unicodeScalars.append(scalar)
                }
                startsWord = scalar.properties.isWhitespace
            }
            return Array(result.utf8)
        default:
            var result: [UInt8] = []
            LetterCase.append(content.span, toUpper: function == .uppercase, to: &result)
            return result
        }
    }

    private static func typeName(of value: TriggerValue) -> String {
        switch value {
        case .null: "null"
        case .boolean: "bool"
        case .number: "number"
        case .text: "string"
        case .list: "list"
        case .object: "object"
        }
    }

    /// Appends the text form of a value (section 1.3). An object of the message gives its JSON text.
    private func appendText(
        of value: TriggerValue,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8],
        to content: inout [UInt8]
    ) {
        switch value {
        case .null, .object(nil): break
        case .object(.some(let node)): ValueText.append(node, tape, text, to: &content)
        case .boolean(let boolean): content.append(contentsOf: boolean ? "true".utf8 : "false".utf8)
        case .number(let number): number.appendText(to: &content)
        case .text(let source): content.append(contentsOf: bytes(of: source, text, buffer))
        case .list(.message(let list)): ValueText.append(list, tape, text, to: &content)
        case .list(let list):
            for (index, element) in elements(of: list, tape, text, fields, &buffer).enumerated() {
                if index > 0 { content.append(UInt8(ascii: ",")) }
                appendText(of: element, tape, text, fields, &buffer, to: &content)
            }
        }
    }

    private func number(_ value: TriggerValue, _ text: Span<UInt8>, _ buffer: [UInt8]) -> TriggerValue {
        switch value {
        case .number: return value
        case .boolean(let boolean): return .number(TriggerNumber(Int64(boolean ? 1 : 0)))
        case .text(let source):
            guard let number = TriggerNumber(bytes(of: source, text, buffer).span) else { return .null }
            return .number(number)
        case .null, .list, .object: return .null
        }
    }

    private func isTrue(_ value: TriggerValue, _ tape: borrowing JSONTape) -> Bool {
        switch value {
        case .null: false
        case .boolean(let boolean): boolean
        case .number(let number): !number.isZero
        case .text, .list: length(of: value, tape) > 0
        case .object: true
        }
    }
}
