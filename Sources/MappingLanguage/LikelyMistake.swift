public import YAMLDocument

/// A part of a mapping or trigger that the language accepts, or does not refuse by its grammar, and that is most likely not
/// meant as it is read: a path of another language, a directive without its `@`, a text without its quotes.
public struct LikelyMistake: Sendable, Hashable {
    /// What it is read as, and what to write instead.
    public let detail: String
    /// The place inside the mapping as a JSON Pointer; for a trigger the column of its text, such as `column 12`.
    public let place: String
    /// Where it stands in the file, as near as is known.
    public let mark: YAMLNode.Mark
    /// Whether it has no meaning by the language's description, so that a file with it is refused.
    public let isRefused: Bool

    /// The likely mistakes of a mapping, in its order; it need not be one that ``MappingPlan`` accepts.
    public static func all(ofMapping node: YAMLNode) -> [LikelyMistake] {
        var search = MistakeSearch()
        search.visit(node, at: "")
        return search.found
    }

    /// The likely mistakes of a trigger; `mark` is where its text stands in the file.
    public static func all(of trigger: Trigger, at mark: YAMLNode.Mark) -> [LikelyMistake] {
        trigger.words.map { word in
            let detail =
                switch word.kind {
                case .field:
                    "'\(word.text)' is read as the field '\(word.text)' of the message; a text is written \"\(word.text)\""
                case .constant:
                    "\(word.text) by itself is never true; compare it, as in event = \"a\" or event = \"b\", or event in [\"a\", \"b\"]"
                }
            return LikelyMistake(detail: detail, place: "column \(word.column)", mark: mark, isRefused: false)
        }
    }
}

/// Looks for likely mistakes in a mapping.
struct MistakeSearch {
    private(set) var found: [LikelyMistake] = []

    private mutating func add(_ detail: String, _ place: String, _ mark: YAMLNode.Mark, isRefused: Bool = false) {
        found.append(LikelyMistake(detail: detail, place: place, mark: mark, isRefused: isRefused))
    }

    // The recursion is bounded by the depth of the file, which its reader bounds.
    mutating func visit(_ node: YAMLNode, at place: String) {
        switch node.value {
        case .null, .boolean, .integer, .number: break
        case .text(let text): visitConstant(text, place, node.mark)
        case .list(let nodes):
            for (index, child) in nodes.enumerated() { visit(child, at: "\(place)/\(index)") }
        case .map(let members):
            if members.contains(where: { $0.key.hasPrefix("@") }) {
                for member in members where member.key != "_metadata" {
                    let inner = PlanCompiler.pointer(place, member.key)
                    if let directive = DirectiveName(rawValue: member.key) {
                        visit(directive, member.value, at: inner)
                    } else if case .text = member.value.value {
                        // A misspelt directive is a fault by itself, whatever its argument.
                    } else {
                        visit(member.value, at: inner)
                    }
                }
            } else if let member = members.first(where: { $0.key != "_metadata" }),
                let name = Self.directiveMeant(by: members, isOfNames: place.hasSuffix("/attributes"))
            {
                add(
                    "'\(member.key)' is an ordinary key here; did you mean '\(name.rawValue)'?",
                    PlanCompiler.pointer(place, member.key),
                    member.keyMark
                )
            } else {
                for member in members { visit(member.value, at: PlanCompiler.pointer(place, member.key)) }
            }
        }
    }

    // MARK: Constants

    private mutating func visitConstant(_ text: String, _ place: String, _ mark: YAMLNode.Mark) {
        if text.contains("{{") {
            add("is this text for every message; did you mean '@template'? write { \"@template\": … }", place, mark)
        } else if Self.looksLikePath(text) {
            add("is this text for every message; did you mean '@path'? write { \"@path\": \(text) }", place, mark)
        } else if let name = DirectiveName.allCases.first(where: { text.hasPrefix($0.rawValue) }) {
            add(
                "is this text for every message; did you mean '\(name.rawValue)'? write { \"\(name.rawValue)\": … }",
                place,
                mark
            )
        }
    }

    /// Whether a text can hardly be meant as a constant: `$.a`, `$kafka.key`, `properties.plan`.
    static func looksLikePath(_ text: String) -> Bool {
        if ["$.", "$[", "$kafka."].contains(where: { text.hasPrefix($0) && text.count > $0.count }) { return true }
        guard ["properties.", "traits.", "context."].contains(where: { text.hasPrefix($0) && text.count > $0.count })
        else { return false }
        return text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-[]".contains($0)) }
    }

    // MARK: Directives without @

    /// The directive that an object with one ordinary key is probably meant to be.
    ///
    /// In an object of attributes any name may be one of an attribute, so that there the value has to tell.
    private static func directiveMeant(by members: [YAMLNode.Member], isOfNames: Bool) -> DirectiveName? {
        let others = members.filter { $0.key != "_metadata" }
        guard others.count == 1, let member = others.first,
            let name = DirectiveName.allCases.first(where: {
                $0.rawValue.dropFirst().lowercased() == member.key.drop(while: { $0 == "$" }).lowercased()
            })
        else { return nil }
        switch (name, member.value.value) {
        case (.path, .text(let text)): return !isOfNames || looksLikePath(text) ? name : nil
        case (.template, .text(let text)), (.liquid, .text(let text)):
            return !isOfNames || text.contains("{{") || text.contains("{%") ? name : nil
        case (.literal, .text), (.literal, .boolean), (.literal, .integer), (.literal, .number), (.literal, .null):
            return isOfNames ? nil : name
        case (.arrayPath, .list(let parts)):
            guard case .text(let path)? = parts.first?.value else { return nil }
            return looksLikePath(path) || parts.count == 2 ? name : nil
        case (.choose, .map(let parts)), (.changeCase, .map(let parts)), (.replace, .map(let parts)),
            (.json, .map(let parts)), (.flatten, .map(let parts)), (.merge, .map(let parts)),
            (.transform, .map(let parts)):
            return parts.contains { name.ownKeys.contains($0.key) } ? name : nil
        default: return nil
        }
    }

    // MARK: Directives

    private mutating func visit(_ directive: DirectiveName, _ argument: YAMLNode, at place: String) {
        switch directive {
        case .path: visitPath(argument, at: place)
        case .template:
            guard case .text(let text) = argument.value else { return visit(argument, at: place) }
            for remark in TemplateAdvice.remarks(on: text) { add(remark, place, argument.mark) }
        case .literal: visitLiteral(argument, at: place)
        case .arrayPath:
            guard case .list(let parts) = argument.value else { return }
            for (index, part) in parts.enumerated() {
                if index == 0 { visitPath(part, at: "\(place)/0") } else { visit(part, at: "\(place)/\(index)") }
            }
        case .excludeWhenNull: visit(argument, at: place)
        case .liquid: break
        case .choose, .changeCase, .replace, .json, .flatten, .merge, .transform:
            visitArguments(of: directive, argument, at: place)
        }
    }

    private mutating func visitPath(_ node: YAMLNode, at place: String) {
        guard case .text(let path) = node.value else { return visit(node, at: place) }
        if let refusal = PathAdvice.refusal(of: path) {
            add(refusal, place, node.mark, isRefused: true)
        } else {
            for remark in PathAdvice.remarks(on: path) { add(remark, place, node.mark) }
        }
    }

    /// A constant text in a literal is meant as it is; directives inside are still resolved.
    private mutating func visitLiteral(_ node: YAMLNode, at place: String) {
        switch node.value {
        case .null, .boolean, .integer, .number, .text: break
        case .list(let nodes):
            for (index, child) in nodes.enumerated() { visitLiteral(child, at: "\(place)/\(index)") }
        case .map(let members):
            if members.contains(where: { $0.key.hasPrefix("@") }) { return visit(node, at: place) }
            for member in members { visitLiteral(member.value, at: PlanCompiler.pointer(place, member.key)) }
        }
    }

    private mutating func visitArguments(of directive: DirectiveName, _ argument: YAMLNode, at place: String) {
        guard case .map(let members) = argument.value else { return }
        for member in members {
            let inner = PlanCompiler.pointer(place, member.key)
            if directive.keys.contains(member.key) {
                if !directive.wordKeys.contains(member.key) { visit(member.value, at: inner) }
                if directive == .choose, ["exists", "blank"].contains(member.key) { visitCondition(member, at: inner) }
            } else if !member.key.hasPrefix("@") {
                add(
                    "is ignored: \(directive.rawValue) has no such key; \(directive.advice(for: member.key))",
                    inner,
                    member.keyMark
                )
            }
        }
    }

    private mutating func visitCondition(_ member: YAMLNode.Member, at place: String) {
        guard case .text(let text) = member.value.value, !text.isEmpty, !Self.looksLikePath(text),
            !text.contains("{{")
        else { return }
        add(
            "is the text '\(text)' for every message, so that 'then' always counts; did you mean '@path'?",
            place,
            member.value.mark
        )
    }
}
