internal import JSONDocument
internal import Spelling

extension PlanCompiler {
    mutating func compileDirective(_ name: DirectiveName, _ argument: Argument) -> Int32 {
        switch name {
        case .path: return compilePath(argument)
        case .template: return compileTemplate(argument)
        case .literal: return compile(argument.source, at: argument.pointer, depth: argument.depth)
        case .choose: return compileChoice(argument)
        case .changeCase: return compileCase(argument)
        case .replace: return compileReplace(argument)
        case .arrayPath: return compileArrayPath(argument)
        case .json: return compileJSON(argument)
        case .flatten: return compileFlatten(argument)
        case .merge: return compileMerge(argument)
        case .transform: return compileTransform(argument)
        case .excludeWhenNull: return compileExcludeWhenNull(argument)
        case .liquid:
            fault(
                argument.pointer,
                argument.source,
                DirectiveName.liquidAdvice
            )
            return tables.add(.absent)
        }
    }

    // MARK: Forms

    /// A text or a directive; anything else is a fault.
    private mutating func compileTextOrDirective(_ argument: Argument) -> Int32? {
        guard isTextOrDirective(argument.source) else {
            fault(
                argument.pointer,
                argument.source,
                "must be text or a directive; this is \(argument.source.kindInWords)"
            )
            _ = compile(argument.source, at: argument.pointer, depth: argument.depth)
            return nil
        }
        return compile(argument.source, at: argument.pointer, depth: argument.depth)
    }

    private func isTextOrDirective(_ source: SourceNode) -> Bool {
        if case .text = source.value { return true }
        return source.isDirective
    }

    /// The bytes of a node that is a constant text.
    private func text(of node: Int32) -> [UInt8]? {
        guard case .text(let text) = constants[node]?.value else { return nil }
        return Array(text.utf8)
    }

    /// The members of an argument object. Keys that the directive does not have are validated and ignored.
    private mutating func arguments(_ argument: Argument, of directive: DirectiveName) -> [String: Argument]? {
        let known = directive.keys
        guard case .object(let members) = argument.source.value else {
            let keys = known.joined(separator: ", ")
            fault(
                argument.pointer,
                argument.source,
                "must be an object with \(keys); this is \(argument.source.kindInWords)"
            )
            _ = compile(argument.source, at: argument.pointer, depth: argument.depth)
            return nil
        }
        guard argument.depth < Self.maximumDepth else {
            fault(
                argument.pointer,
                argument.source,
                "more than \(Self.maximumDepth) objects and lists inside one another"
            )
            return nil
        }
        var found: [String: Argument] = [:]
        for member in members {
            let part = Argument(
                source: member.value,
                pointer: Self.pointer(argument.pointer, member.key),
                depth: argument.depth + 1
            )
            if member.key.hasPrefix("@") {
                fault(
                    part.pointer,
                    member.value,
                    "a directive cannot stand here; write \(known.joined(separator: ", "))"
                )
            } else if known.contains(member.key) {
                found[member.key] = part
            } else {
                _ = compile(member.value, at: part.pointer, depth: part.depth)
            }
        }
        return found
    }

    private mutating func missing(_ key: String, of argument: Argument, _ expected: String) {
        var remark = ""
        if case .object(let members) = argument.source.value,
            let nearest = members.first(where: { Suggestion.nearest(to: $0.key, among: [key]) != nil })
        {
            remark = "'\(nearest.key)' stands there, did you mean '\(key)'? "
        }
        fault(Self.pointer(argument.pointer, key), argument.source, "is missing; \(remark)write \(expected)")
    }

    private mutating func compile(_ argument: Argument) -> Int32 {
        compile(argument.source, at: argument.pointer, depth: argument.depth)
    }

    /// Compiles what is resolved against an item of a list, or the result of another mapping.
    private mutating func compileForOtherValue(_ argument: Argument) -> Int32 {
        let outer = tables.pathsReadMessage
        tables.pathsReadMessage = false
        defer { tables.pathsReadMessage = outer }
        return compile(argument)
    }

    /// One of several words, whatever its case.
    private mutating func word(
        _ key: String,
        _ arguments: [String: Argument],
        of whole: Argument,
        among words: [String],
        anyCase: Bool
    ) -> String? {
        let expected = words.map { "\"\($0)\"" }.joined(separator: " or ")
        guard let argument = arguments[key] else {
            missing(key, of: whole, expected)
            return nil
        }
        if case .text(let text) = argument.source.value {
            let word = anyCase ? text.lowercased() : text
            if words.contains(word) { return word }
        }
        fault(argument.pointer, argument.source, "must be \(expected)")
        return nil
    }

    private mutating func flag(_ key: String, _ arguments: [String: Argument], default standard: Bool) -> Bool {
        guard let argument = arguments[key] else { return standard }
        guard case .boolean(let value) = argument.source.value else {
            fault(argument.pointer, argument.source, "must be true or false; this is \(argument.source.kindInWords)")
            return standard
        }
        return value
    }

    // MARK: Directives

    private mutating func compilePath(_ argument: Argument) -> Int32 {
        guard let value = compileTextOrDirective(argument) else { return tables.add(.absent) }
        if let text = text(of: value) { return tables.add(.path(tables.addPath(text))) }
        return failing(tables.add(.inspect(.usePath, value: value)), argument)
    }

    private mutating func compileTemplate(_ argument: Argument) -> Int32 {
        guard let value = compileTextOrDirective(argument) else { return tables.add(.absent) }
        guard let text = text(of: value) else {
            return failing(tables.add(.inspect(.useTemplate, value: value)), argument)
        }
        let template = tables.addTemplate(text)
        // A text without holes is the constant that it compiled to already.
        if case .constant = template { return value }
        return tables.add(template)
    }

    private mutating func failing(_ node: Int32, _ argument: Argument) -> Int32 {
        tables.pointers[node] = argument.pointer
        return node
    }

    private mutating func compileChoice(_ argument: Argument) -> Int32 {
        guard let arguments = arguments(argument, of: .choose) else {
            return tables.add(.absent)
        }
        var condition: (node: Int32, test: PlanTest)?
        for (key, test) in [("blank", PlanTest.blank), ("exists", PlanTest.exists)] {
            guard let part = arguments[key] else { continue }
            if isFalsy(part.source) {
                fault(part.pointer, part.source, "cannot be a literal null, false, 0 or empty text; write a directive")
            }
            condition = (compile(part), test)
        }
        let then = arguments["then"].map { compile($0) } ?? tables.add(.absent)
        let otherwise = arguments["else"].map { compile($0) } ?? tables.add(.absent)
        guard let condition else {
            missing("exists", of: argument, "a condition, exists or blank")
            return tables.add(.absent)
        }
        if isAbsent(condition.node) { return otherwise }
        if let constant = constants[condition.node] {
            return holds(condition.test, for: constant) ? then : otherwise
        }
        return tables.add(.choose(condition: condition.node, test: condition.test, then: then, otherwise: otherwise))
    }

    private func holds(_ test: PlanTest, for value: SourceNode) -> Bool {
        switch (test, value.value) {
        case (_, .null): false
        case (.exists, _): true
        case (.blank, .list(let elements)): !elements.isEmpty
        case (.blank, _): !isFalsy(value)
        }
    }

    private func isFalsy(_ source: SourceNode) -> Bool {
        switch source.value {
        case .null, .boolean(false): true
        case .text(let text): text.isEmpty
        case .number(let text): NumberText.isZero(Array(text.utf8).span)
        case .boolean, .list, .object: false
        }
    }

    private mutating func compileCase(_ argument: Argument) -> Int32 {
        guard let arguments = arguments(argument, of: .changeCase) else { return tables.add(.absent) }
        let word = word("operator", arguments, of: argument, among: ["lower", "upper"], anyCase: false)
        guard let part = arguments["value"], let value = compileTextOrDirective(part), !isAbsent(value) else {
            return tables.add(.absent)
        }
        if case .text(let text) = constants[value]?.value {
            let converted = word == "upper" ? text.uppercased() : LetterCase.lowercased(text)
            return constant(SourceNode(value: .text(converted), mark: part.source.mark))
        }
        if constants[value] != nil { return value }
        return tables.add(.inspect(.changeCase(toUpper: word == "upper"), value: value))
    }

    private mutating func compileReplace(_ argument: Argument) -> Int32 {
        guard let arguments = arguments(argument, of: .replace) else { return tables.add(.absent) }
        var pairs: [PlanReplacement.Pair] = []
        if arguments["pattern"] == nil { missing("pattern", of: argument, "a text of 1 to 10 characters") }
        for suffix in ["", "2"] {
            let replacement = shortText(arguments["replacement\(suffix)"], minimum: 0)
            guard let part = arguments["pattern\(suffix)"] else { continue }
            guard let pattern = shortText(part, minimum: suffix.isEmpty ? 1 : 0), !pattern.isEmpty else { continue }
            pairs.append(PlanReplacement.Pair(pattern: pattern, replacement: replacement ?? []))
        }
        let replacement = PlanReplacement(
            pairs: pairs,
            ignoresCase: flag("ignorecase", arguments, default: false),
            isGlobal: flag("global", arguments, default: true)
        )
        guard let part = arguments["value"] else {
            missing("value", of: argument, "a text or a directive")
            return tables.add(.absent)
        }
        guard let value = compileTextOrDirective(part), !isAbsent(value) else { return tables.add(.absent) }
        tables.replacements.append(replacement)
        return tables.add(.inspect(.replace(Int32(tables.replacements.count - 1)), value: value))
    }

    private mutating func shortText(_ argument: Argument?, minimum: Int) -> [UInt8]? {
        guard let argument else { return nil }
        guard case .text(let text) = argument.source.value, (minimum...10).contains(text.utf16.count) else {
            fault(argument.pointer, argument.source, "must be a text of \(minimum) to 10 characters (UTF-16 units)")
            return nil
        }
        return Array(text.utf8)
    }

    private mutating func compileArrayPath(_ argument: Argument) -> Int32 {
        guard case .list(let elements) = argument.source.value, (1...2).contains(elements.count) else {
            fault(argument.pointer, argument.source, "must be a list [root, shape]")
            _ = compile(argument)
            return tables.add(.absent)
        }
        let first = Argument(source: elements[0], pointer: "\(argument.pointer)/0", depth: argument.depth + 1)
        guard let compiled = compileTextOrDirective(first) else { return tables.add(.absent) }
        var root = compiled
        if case .text(let text) = elements[0].value { root = tables.add(.path(tables.addPath(Array(text.utf8)))) }
        guard elements.count == 2 else { return root }
        let last = Argument(source: elements[1], pointer: "\(argument.pointer)/1", depth: argument.depth + 1)
        let shape = compileForOtherValue(last)
        guard case .object(let members) = elements[1].value, !members.isEmpty else { return root }
        if isAbsent(root) { return root }
        return tables.add(.inspect(.eachItem(shape: shape), value: root))
    }

    private mutating func compileJSON(_ argument: Argument) -> Int32 {
        guard let arguments = arguments(argument, of: .json) else { return tables.add(.absent) }
        let mode = word("mode", arguments, of: argument, among: ["encode", "decode"], anyCase: true)
        guard let part = arguments["value"] else {
            missing("value", of: argument, "the value to encode or decode")
            return tables.add(.absent)
        }
        let value = compile(part)
        if isAbsent(value) { return value }
        return tables.add(.inspect(mode == "encode" ? .encode : .decode, value: value))
    }

    private mutating func compileFlatten(_ argument: Argument) -> Int32 {
        guard let arguments = arguments(argument, of: .flatten) else {
            return tables.add(.absent)
        }
        var separator: [UInt8] = []
        if let part = arguments["separator"] {
            if case .text(let text) = part.source.value, !text.isEmpty {
                separator = Array(text.utf8)
            } else {
                fault(part.pointer, part.source, "must be a text that is not empty")
            }
        } else {
            missing("separator", of: argument, "a text that is not empty")
        }
        let omitsArrays = flag("omitArrays", arguments, default: false)
        guard let part = arguments["value"] else {
            missing("value", of: argument, "the value to flatten")
            return tables.add(.absent)
        }
        let value = compile(part)
        return tables.add(
            .inspect(.flatten(separator: tables.store(separator), omitsArrays: omitsArrays), value: value)
        )
    }

    private mutating func compileMerge(_ argument: Argument) -> Int32 {
        guard let arguments = arguments(argument, of: .merge) else { return tables.add(.absent) }
        let direction = word("direction", arguments, of: argument, among: ["right", "left"], anyCase: true)
        guard let part = arguments["objects"], case .list(let elements) = part.source.value else {
            if let part = arguments["objects"] {
                fault(part.pointer, part.source, "must be a list of objects and directives")
                _ = compile(part)
            } else {
                missing("objects", of: argument, "a list of objects and directives")
            }
            return tables.add(.absent)
        }
        var children: [Int32] = []
        for (index, element) in elements.enumerated() {
            let pointer = "\(part.pointer)/\(index)"
            if case .object = element.value {
            } else {
                fault(pointer, element, "must be an object or a directive; this is \(element.kindInWords)")
            }
            children.append(compile(element, at: pointer, depth: part.depth + 1))
        }
        let first = Int32(tables.children.count)
        tables.children.append(contentsOf: children)
        return tables.add(.merge(first: first, count: Int32(children.count), isLeft: direction == "left"))
    }

    private mutating func compileTransform(_ argument: Argument) -> Int32 {
        guard let arguments = arguments(argument, of: .transform) else { return tables.add(.absent) }
        var parts: [Int32] = []
        for key in ["apply", "mapping"] {
            guard let part = arguments[key] else {
                missing(key, of: argument, "an object")
                continue
            }
            if case .object = part.source.value {
            } else {
                fault(part.pointer, part.source, "must be an object; this is \(part.source.kindInWords)")
            }
            parts.append(key == "mapping" ? compileForOtherValue(part) : compile(part))
        }
        guard parts.count == 2 else { return tables.add(.absent) }
        return failing(tables.add(.transform(apply: parts[0], mapping: parts[1])), argument)
    }

    private mutating func compileExcludeWhenNull(_ argument: Argument) -> Int32 {
        let value = compile(argument)
        if isAbsent(value) { return value }
        if case .null = constants[value]?.value { return tables.add(.absent) }
        return tables.add(.inspect(.excludeNulls, value: value))
    }
}
