internal import CYAML

/// One step through a YAML text, copied out of libyaml.
enum YAMLEvent {
    case documentStart
    case alias(String)
    case scalar(text: String, isPlain: Bool)
    case listStart
    case mapStart
    /// The end of a list or of a map.
    case collectionEnd
    /// The end of the only document, or of a text without any.
    case end
}

/// An event with what any node may have.
struct MarkedEvent {
    let event: YAMLEvent
    let mark: YAMLNode.Mark
    var anchor: String?
    var tag: String?
}

/// Owns one libyaml parser over bytes that outlive it.
struct YAMLEvents: ~Copyable {
    /// libyaml keeps pointers into the parser itself, so it must not move.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let isReady: Bool

    /// - Parameter bytes: must stay where they are until this value is gone.
    init(borrowing bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
        parser = .allocate(capacity: 1)
        parser.initialize(to: yaml_parser_t())
        isReady = yaml_parser_initialize(parser) == 1
        guard isReady else { return }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
    }

    deinit {
        if isReady { yaml_parser_delete(parser) }
        parser.deallocate()
    }

    /// The next event that says something about the document.
    func next() throws(YAMLSyntaxError) -> MarkedEvent {
        guard isReady else {
            throw YAMLSyntaxError(at: YAMLNode.Mark(line: 1, column: 1), "no memory for the YAML parser")
        }
        while true {
            var event = yaml_event_t()
            guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
            // "An application must free the event" (yaml.h); what is needed is copied before.
            defer { yaml_event_delete(&event) }
            if let marked = Self.copy(event) { return marked }
        }
    }

    /// - Returns: nil for events without meaning here.
    private static func copy(_ event: yaml_event_t) -> MarkedEvent? {
        let mark = YAMLNode.Mark(event.start_mark)
        switch event.type {
        case YAML_DOCUMENT_START_EVENT:
            return MarkedEvent(event: .documentStart, mark: mark)
        case YAML_STREAM_END_EVENT:
            return MarkedEvent(event: .end, mark: mark)
        case YAML_ALIAS_EVENT:
            return MarkedEvent(event: .alias(text(event.data.alias.anchor) ?? ""), mark: mark)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let content = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length),
                as: UTF8.self
            )
            return MarkedEvent(
                event: .scalar(text: content, isPlain: scalar.style == YAML_PLAIN_SCALAR_STYLE),
                mark: mark,
                anchor: text(scalar.anchor),
                tag: text(scalar.tag)
            )
        case YAML_SEQUENCE_START_EVENT:
            let start = event.data.sequence_start
            return MarkedEvent(event: .listStart, mark: mark, anchor: text(start.anchor), tag: text(start.tag))
        case YAML_MAPPING_START_EVENT:
            let start = event.data.mapping_start
            return MarkedEvent(event: .mapStart, mark: mark, anchor: text(start.anchor), tag: text(start.tag))
        case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
            return MarkedEvent(event: .collectionEnd, mark: mark)
        default:
            return nil
        }
    }

    private static func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        guard let pointer else { return nil }
        return String(cString: pointer)
    }

    // MARK: Errors

    private func failure() -> YAMLSyntaxError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "not YAML"
        guard parser.pointee.error != YAML_READER_ERROR else {
            // The mark of a reader error is always the start of the text.
            let text = Array(bytes)
            let mark = LineStarts(of: text).mark(ofByte: Int(parser.pointee.problem_offset), in: text)
            return YAMLSyntaxError(at: mark, problem, remedy: "save the file as UTF-8 without control characters")
        }
        let mark = YAMLNode.Mark(parser.pointee.problem_mark)
        guard let context = parser.pointee.context.map({ String(cString: $0) }) else {
            return YAMLSyntaxError(at: mark, problem, remedy: remedy(for: problem))
        }
        let start = YAMLNode.Mark(parser.pointee.context_mark)
        let place = start == mark ? "" : " that starts at \(start.line):\(start.column)"
        return YAMLSyntaxError(at: mark, "\(problem) \(context)\(place)", remedy: remedy(for: problem))
    }

    /// libyaml says what it did not find; this says what people usually have to change.
    private func remedy(for problem: String) -> String? {
        switch problem {
        case "mapping values are not allowed in this context":
            "put a text that holds ': ' in quotes, and give keys of one map the same indentation"
        case "did not find expected key", "did not find expected '-' indicator", "could not find expected ':'":
            "check the indentation, the colon after each key, and quotes that are not closed"
        case "found character that cannot start any token":
            "indent with spaces, and put texts and keys that start with a special character in quotes, such as \"@path\""
        case "found a tab character where an indentation space is expected",
            "found a tab character that violates indentation":
            "indent with spaces"
        case "found unexpected end of stream", "found unexpected document indicator":
            "close the quote"
        case "did not find expected ',' or ']'", "did not find expected ',' or '}'":
            "close the bracket, and put a comma between elements"
        case "found unknown escape character":
            "double the backslash, or use single quotes"
        case "did not find expected alphabetic or numeric character":
            "put a text that starts with '*' or '&' in quotes"
        case "found incompatible YAML document": "use version 1.2"
        default: nil
        }
    }
}

extension YAMLNode.Mark {
    /// libyaml counts from 0, columns in code points.
    init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
