internal import JSONDocument

extension MappingPlan {
    /// The mapping as compact JSON, with constant parts folded. Compiling it gives a plan that prints the same.
    public var text: String {
        var writer = JSONWriter()
        if needsLiteral(root) {
            writer.beginObject()
            writer.name(DirectiveName.literal.rawValue)
            print(root, &writer)
            writer.endObject()
        } else {
            print(root, &writer)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    /// Whether a root would mean something else, or be refused, if it stood there bare.
    private func needsLiteral(_ index: Int32) -> Bool {
        switch tables.nodes[Int(index)] {
        case .constant(let range):
            let text = constantText(range)
            return !text.hasPrefix("{") || text.contains(PlanCompiler.internalDirective)
        case .object(let first, let count):
            return (first..<first + count).contains { position in
                constantText(tables.members[Int(position)].name) == PlanCompiler.internalDirective
            }
        case .list: return true
        case .absent, .path, .template, .choose, .inspect, .merge, .transform: return false
        }
    }

    // MARK: Nodes

    private func print(_ index: Int32, _ writer: inout JSONWriter) {
        switch tables.nodes[Int(index)] {
        case .constant(let range): writer.raw(tables.pool.span, range.range)
        case .object(let first, let count):
            writer.beginObject()
            for position in first..<first + count {
                let member = tables.members[Int(position)]
                writer.name(utf8: tables.pool.span.extracting(member.name.range))
                print(member.value, &writer)
            }
            writer.endObject()
        case .list(let first, let count): printList(first, count, asObjects: false, &writer)
        case .absent, .path, .template, .choose, .inspect, .merge, .transform:
            writer.beginObject()
            writer.name(directiveName(of: index).rawValue)
            printArgument(of: index, &writer)
            writer.endObject()
        }
    }

    private func printList(_ first: Int32, _ count: Int32, asObjects: Bool, _ writer: inout JSONWriter) {
        writer.beginArray()
        for position in first..<first + count {
            let child = tables.children[Int(position)]
            if asObjects { printAsObject(child, &writer) } else { print(child, &writer) }
        }
        writer.endArray()
    }

    /// Prints a node where the language asks for an object or a directive.
    private func printAsObject(_ index: Int32, _ writer: inout JSONWriter) {
        switch tables.nodes[Int(index)] {
        case .constant, .list:
            writer.beginObject()
            writer.name(DirectiveName.literal.rawValue)
            print(index, &writer)
            writer.endObject()
        case .absent, .object, .path, .template, .choose, .inspect, .merge, .transform: print(index, &writer)
        }
    }

    /// Prints a node where the language asks for a text or a directive.
    private func printAsText(_ index: Int32, _ writer: inout JSONWriter) {
        switch tables.nodes[Int(index)] {
        case .constant(let range) where tables.pool[Int(range.start)] == UInt8(ascii: "\""): print(index, &writer)
        case .object:
            writer.beginObject()
            writer.name(DirectiveName.literal.rawValue)
            print(index, &writer)
            writer.endObject()
        case .absent, .constant, .list, .path, .template, .choose, .inspect, .merge, .transform:
            printAsObject(index, &writer)
        }
    }

    // MARK: Directives

    private func printArgument(of index: Int32, _ writer: inout JSONWriter) {
        switch tables.nodes[Int(index)] {
        case .path(let path):
            writer.string(utf8: tables.pool.span.extracting(tables.paths[Int(path)].text.range))
        case .template(let template):
            writer.string(utf8: tables.pool.span.extracting(tables.templates[Int(template)].text.range))
        case .choose(let condition, let test, let then, let otherwise):
            writer.beginObject()
            writer.name(test == .exists ? "exists" : "blank")
            print(condition, &writer)
            for (key, branch) in [("then", then), ("else", otherwise)] where tables.nodes[Int(branch)] != .absent {
                writer.name(key)
                print(branch, &writer)
            }
            writer.endObject()
        case .inspect(let inspection, let value):
            printArgument(of: inspection, value, &writer)
        case .merge(let first, let count, let isLeft):
            writer.beginObject()
            writer.name("objects")
            printList(first, count, asObjects: true, &writer)
            writer.name("direction")
            writer.string(isLeft ? "left" : "right")
            writer.endObject()
        case .transform(let apply, let mapping):
            writer.beginObject()
            writer.name("apply")
            printAsObject(apply, &writer)
            writer.name("mapping")
            printAsObject(mapping, &writer)
            writer.endObject()
        case .absent, .constant, .object, .list:
            // What gives nothing is printed as the shortest directive that does.
            writer.null()
        }
    }

    private func printArgument(of inspection: PlanInspection, _ value: Int32, _ writer: inout JSONWriter) {
        switch inspection {
        case .usePath, .useTemplate: printAsText(value, &writer)
        case .excludeNulls: print(value, &writer)
        case .eachItem(let shape):
            writer.beginArray()
            // A bare text would be a path here.
            if case .object = tables.nodes[Int(value)] {
                printAsText(value, &writer)
            } else {
                printAsObject(value, &writer)
            }
            printAsObject(shape, &writer)
            writer.endArray()
        case .changeCase(let toUpper):
            writer.beginObject()
            writer.name("operator")
            writer.string(toUpper ? "upper" : "lower")
            writer.name("value")
            printAsText(value, &writer)
            writer.endObject()
        case .replace(let replacement):
            print(tables.replacements[Int(replacement)], value, &writer)
        case .encode, .decode:
            writer.beginObject()
            writer.name("mode")
            writer.string(inspection == .encode ? "encode" : "decode")
            writer.name("value")
            print(value, &writer)
            writer.endObject()
        case .flatten(let separator, let omitsArrays):
            writer.beginObject()
            writer.name("value")
            print(value, &writer)
            writer.name("separator")
            writer.string(utf8: tables.pool.span.extracting(separator.range))
            writer.name("omitArrays")
            writer.boolean(omitsArrays)
            writer.endObject()
        }
    }

    private func print(_ replacement: PlanReplacement, _ value: Int32, _ writer: inout JSONWriter) {
        writer.beginObject()
        writer.name("value")
        printAsText(value, &writer)
        for (index, pair) in replacement.pairs.enumerated() {
            let suffix = index == 0 ? "" : "2"
            writer.name("pattern\(suffix)")
            writer.string(utf8: pair.pattern.span)
            writer.name("replacement\(suffix)")
            writer.string(utf8: pair.replacement.span)
        }
        writer.name("ignorecase")
        writer.boolean(replacement.ignoresCase)
        writer.name("global")
        writer.boolean(replacement.isGlobal)
        writer.endObject()
    }

    // MARK: Names, for traces

    private func directiveName(of index: Int32) -> DirectiveName {
        switch tables.nodes[Int(index)] {
        case .path: .path
        case .template: .template
        case .choose: .choose
        case .merge: .merge
        case .transform: .transform
        case .inspect(let inspection, _):
            switch inspection {
            case .changeCase: .changeCase
            case .replace: .replace
            case .eachItem: .arrayPath
            case .encode, .decode: .json
            case .flatten: .flatten
            case .excludeNulls: .excludeWhenNull
            case .usePath: .path
            case .useTemplate: .template
            }
        case .absent: .excludeWhenNull
        case .constant, .object, .list: .literal
        }
    }

    func name(of index: Int32) -> String { directiveName(of: index).rawValue }

    /// The path that a directive reads, or the text of its template.
    func source(of index: Int32) -> String? {
        switch tables.nodes[Int(index)] {
        case .path(let path): constantText(tables.paths[Int(path)].text)
        case .template(let template): constantText(tables.templates[Int(template)].text)
        case .inspect(_, let value): source(of: value)
        case .absent, .constant, .object, .list, .choose, .merge, .transform: nil
        }
    }

    /// The steps of the path of an `@path` into the message; nil for any other directive.
    func copiedSteps(of index: Int32) -> [String]? {
        guard case .path(let path) = tables.nodes[Int(index)], tables.paths[Int(path)].readsMessage else { return nil }
        return steps(of: tables.paths[Int(path)])
    }
}
