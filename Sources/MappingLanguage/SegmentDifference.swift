public import YAMLDocument

/// A place where Segment's own runtime does something else (mapping language, section 8): for warnings about imported
/// mappings. What depends on the message alone, such as a path through null, is not reported.
public struct SegmentDifference: Sendable, Hashable {
    /// The row of section 8: `M1` to `M24` for mappings, `F1` to `F14` for triggers.
    public let code: String
    /// What Segment does and what happens here.
    public let detail: String
    /// The place inside the mapping as a JSON Pointer; for a trigger the column of its text, such as `column 12`.
    public let place: String
    /// Where it stands in the file, as near as is known.
    public let mark: YAMLNode.Mark

    /// The differences of a mapping that ``MappingPlan`` has accepted, in its order.
    public static func all(ofMapping node: YAMLNode) -> [SegmentDifference] {
        var search = MappingDifferences()
        search.visit(node, at: "")
        return search.found
    }

    /// The differences of a trigger, in its order; `mark` is where its text stands in the file.
    public static func all(of trigger: Trigger, at mark: YAMLNode.Mark) -> [SegmentDifference] {
        var found: [(column: Int, code: String, detail: String)] = []
        found += TriggerTokens.differences(trigger.text)
        found += trigger.differences.map { (1, $0.code, $0.detail) }
        var seen: Set<String> = []
        return found.filter { seen.insert($0.code).inserted }.map {
            SegmentDifference(code: $0.code, detail: $0.detail, place: "column \($0.column)", mark: mark)
        }
    }
}

/// Looks for what Segment does otherwise in a mapping.
struct MappingDifferences {
    private(set) var found: [SegmentDifference] = []

    private mutating func add(_ code: String, _ detail: String, _ place: String, _ mark: YAMLNode.Mark) {
        found.append(SegmentDifference(code: code, detail: detail, place: place, mark: mark))
    }

    // The recursion is bounded by the depth of the mapping, which loading bounds.
    mutating func visit(_ node: YAMLNode, at place: String) {
        switch node.value {
        case .null, .boolean, .text: break
        case .integer(let value):
            if value.magnitude > 1 << 53 { visitLargeNumber(node, place) }
        case .number(let text):
            if !text.contains(where: { ".eE".contains($0) }) { visitLargeNumber(node, place) }
        case .list(let nodes):
            for (index, child) in nodes.enumerated() { visit(child, at: "\(place)/\(index)") }
        case .map(let members):
            for member in members {
                let inner = PlanCompiler.pointer(place, member.key)
                if let directive = DirectiveName(rawValue: member.key) {
                    visit(directive, member.value, at: inner, member.keyMark)
                } else if member.key.first?.isNumber == true, Int(member.key) != nil {
                    add(
                        "M23",
                        "Segment moves keys that are numbers to the front; here the order stays",
                        inner,
                        member.keyMark
                    )
                }
                visit(member.value, at: inner)
            }
        }
    }

    private mutating func visitLargeNumber(_ node: YAMLNode, _ place: String) {
        add("M23", "Segment rounds whole numbers above 2^53; here they stay exact", place, node.mark)
    }

    private mutating func visit(
        _ directive: DirectiveName,
        _ argument: YAMLNode,
        at place: String,
        _ mark: YAMLNode.Mark
    ) {
        switch directive {
        case .path:
            if case .text(let path) = argument.value { visitPath(path, place, mark) }
        case .template:
            if case .text(let text) = argument.value { visitTemplate(text, place, mark) }
        case .choose:
            if let otherwise = argument["else"], otherwise.isFalsy {
                add("M10", "Segment ignores an 'else' of 0, false, null or empty text; here it is used", place, mark)
            }
        case .changeCase, .replace:
            if argument["value"]?.value == .text("") {
                add("M11", "Segment gives nothing for the value \"\"; here it is the empty text", place, mark)
            }
            for key in ["replacement", "replacement2"] {
                guard let text = argument[key]?.scalarText else { continue }
                if ["$&", "$$", "$`", "$'"].contains(where: { text.contains($0) }) {
                    add(
                        "M14",
                        "Segment reads $&, $$, $` and $' in a replacement as signs; here they are text",
                        place,
                        mark
                    )
                }
            }
        case .arrayPath:
            if case .list(let parts) = argument.value, case .text(let path)? = parts.first?.value {
                visitPath(path, place, mark)
            }
        case .json:
            if argument["value"]?.isFalsy == true {
                add("M16", "Segment fails for the value 0, false, null or empty text; here it works", place, mark)
            }
            visitWord(argument, "mode", "Segment gives nothing for a mode that is not in lower case", place, mark)
        case .flatten:
            switch argument["value"]?.value {
            case .text, .integer, .number, .boolean, .null:
                add(
                    "M18",
                    "Segment puts a value that is no object under the empty key; here the result is {}",
                    place,
                    mark
                )
            default: break
            }
        case .merge:
            visitWord(
                argument,
                "direction",
                "Segment takes a direction that is not in lower case as right",
                place,
                mark
            )
            visitMerge(argument, place, mark)
        case .literal, .transform, .excludeWhenNull, .liquid: break
        }
    }

    private mutating func visitWord(
        _ argument: YAMLNode,
        _ key: String,
        _ detail: String,
        _ place: String,
        _ mark: YAMLNode.Mark
    ) {
        guard let word = argument[key]?.scalarText, word != word.lowercased() else { return }
        add("M17", "\(detail); here any case works", place, mark)
    }

    private mutating func visitMerge(_ argument: YAMLNode, _ place: String, _ mark: YAMLNode.Mark) {
        guard case .list(let nodes)? = argument["objects"]?.value else { return }
        for (index, node) in nodes.enumerated() {
            let outline = MappingOutline(node)
            if case .text = outline.value {
                add(
                    "M21",
                    "Segment spreads a text into the keys 0, 1, …; here it is skipped",
                    "\(place)/\(index)",
                    node.mark
                )
            }
            guard nodes.count > 1, case .object(let members, _) = outline.value else { continue }
            for member in members where member.value.canBeAbsent {
                add(
                    "M20",
                    "Segment removes '\(member.key)' where it is absent in this object; here the other object's value stays",
                    PlanCompiler.pointer("\(place)/objects/\(index)", member.key),
                    member.mark
                )
            }
        }
    }

    // MARK: Paths and templates

    private mutating func visitPath(_ path: String, _ place: String, _ mark: YAMLNode.Mark) {
        if path == "$" { add("M4", "Segment reads a key named $; here $ is the whole value", place, mark) }
        if path.dropFirst(2).contains("$.") {
            add("M4", "Segment removes '$.' in the middle of a path; here it is ordinary text", place, mark)
        }
        var rest = path[...]
        while let open = rest.firstRange(of: "[") {
            let quote = rest[open.upperBound...].first
            guard let quote, quote == "'" || quote == "\"",
                let close = rest[rest.index(after: open.upperBound)...].firstRange(of: "\(quote)]")
            else {
                rest = rest[open.upperBound...]
                continue
            }
            if rest[open.upperBound..<close.lowerBound].contains(".") {
                add("M2", "Segment divides a key in brackets at its dots; here it is one key", place, mark)
            }
            rest.removeSubrange(open.lowerBound..<close.upperBound)
        }
        if rest.contains(where: { $0 == "'" || $0 == "\"" }) {
            add("M3", "Segment removes quotes outside brackets; here they belong to the key", place, mark)
        }
        let last = path.split(whereSeparator: { ".[]".contains($0) }).last
        if let last, ["length", "constructor", "prototype", "toString"].contains(last) {
            add("M5", "Segment reads '\(last)' of a text as JavaScript does; here it is absent", place, mark)
        }
    }

    private mutating func visitTemplate(_ text: String, _ place: String, _ mark: YAMLNode.Mark) {
        if text.contains("{{{") {
            add("M9", "Segment searches what {{{ }}} inserts for holes again; here it is never searched", place, mark)
        }
        let bytes = Array(text.utf8)
        for piece in TemplateText.pieces(of: bytes) {
            guard case .hole(let range) = piece else { continue }
            let path = String(decoding: bytes[range], as: UTF8.self)
            if path.isEmpty {
                add("M7", "Segment writes [object Object] for {{ }}; here it is the message's JSON text", place, mark)
            } else if path.hasPrefix("$.") {
                add("M6", "Segment gives empty text for {{$.…}}; here $. is dropped", place, mark)
            } else {
                visitPath(path, place, mark)
            }
        }
    }
}

extension YAMLNode {
    /// Whether JavaScript takes the value as false.
    fileprivate var isFalsy: Bool {
        switch value {
        case .null, .boolean(false), .integer(0), .text(""): true
        case .number(let text): Double(text) == 0
        case .boolean, .integer, .text, .list, .map: false
        }
    }
}
