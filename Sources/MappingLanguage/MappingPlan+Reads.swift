/// Tells which fields of a message a mapping reads.
extension MappingPlan {
    /// The paths of the message that the mapping reads anywhere, conditions and inner parts included, each as its steps. Not
    /// among them are paths that are known only with a message.
    public var readPaths: [[String]] { tables.paths.filter { $0.readsMessage }.map { steps(of: $0) } }

    /// Those of ``readPaths`` that do more than to give an `@path` its value as it is.
    public var derivedPaths: [[String]] {
        var copied: Set<Int32> = []
        addCopiedPaths(of: root, to: &copied)
        return tables.paths.indices.filter { tables.paths[$0].readsMessage && !copied.contains(Int32($0)) }
            .map { steps(of: tables.paths[$0]) }
    }

    /// Whether a path or template is known only when a message is resolved, so that any field of it may be read.
    public var readsAnyPath: Bool {
        tables.nodes.contains { node in
            switch node {
            case .inspect(.usePath, _), .inspect(.useTemplate, _): true
            default: false
            }
        }
    }

    /// Whether the mapping reads a field of the message, or something around it as a whole.
    ///
    /// - Parameter field: the keys and indexes on the way to the field.
    /// - Returns: whether it is read. Of the items of an `@arrayPath` only those fields count that its shape reads.
    public func reads(_ field: [String]) -> Bool { reads(field[...], by: root) }

    // The recursion is bounded by the depth of the mapping, which loading bounds.
    private func reads(_ field: ArraySlice<String>, by index: Int32) -> Bool {
        switch tables.nodes[Int(index)] {
        case .absent, .constant: return false
        case .object(let first, let count):
            return tables.members[Int(first)..<Int(first + count)].contains { reads(field, by: $0.value) }
        case .list(let first, let count), .merge(let first, let count, _):
            return tables.children[Int(first)..<Int(first + count)].contains { reads(field, by: $0) }
        case .path(let path): return field.starts(with: steps(of: tables.paths[Int(path)]))
        case .template(let template):
            return holes(of: template).contains { field.starts(with: steps(of: tables.paths[Int($0)])) }
        case .choose(let condition, _, let then, let otherwise):
            return [condition, then, otherwise].contains { reads(field, by: $0) }
        case .inspect(.eachItem(let shape), let value):
            guard case .path(let path) = tables.nodes[Int(value)] else { return reads(field, by: value) }
            let list = steps(of: tables.paths[Int(path)])
            guard field.starts(with: list) else { return false }
            // A value that is neither list nor object is copied, and an object is an item by itself.
            let inner = field.dropFirst(list.count)
            return inner.isEmpty || reads(inner, by: shape)
                || (Int(inner[inner.startIndex]) != nil && reads(inner.dropFirst(), by: shape))
        case .inspect(_, let value): return reads(field, by: value)
        case .transform(let apply, _): return reads(field, by: apply)
        }
    }

    private func addCopiedPaths(of index: Int32, to copied: inout Set<Int32>) {
        switch tables.nodes[Int(index)] {
        case .path(let path): copied.insert(path)
        case .object(let first, let count):
            for member in tables.members[Int(first)..<Int(first + count)] {
                addCopiedPaths(of: member.value, to: &copied)
            }
        case .list(let first, let count):
            for child in tables.children[Int(first)..<Int(first + count)] { addCopiedPaths(of: child, to: &copied) }
        case .choose(_, _, let then, let otherwise):
            addCopiedPaths(of: then, to: &copied)
            addCopiedPaths(of: otherwise, to: &copied)
        case .absent, .constant, .template, .inspect, .merge, .transform: break
        }
    }

    /// The paths of the holes of a template.
    func holes(of template: Int32) -> [Int32] {
        let compiled = tables.templates[Int(template)]
        return tables.pieces[Int(compiled.firstPiece)..<Int(compiled.firstPiece + compiled.pieceCount)].compactMap {
            guard case .hole(let path) = $0 else { return nil }
            return path
        }
    }

    func steps(of path: PlanPath) -> [String] {
        tables.steps[Int(path.firstStep)..<Int(path.firstStep + path.stepCount)].map { constantText($0.name) }
    }
}
