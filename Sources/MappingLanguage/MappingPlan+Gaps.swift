internal import JSONDocument

/// Finds, for a person, what a directive looked for and did not find although it gave a value.
extension MappingPlan {
    /// The holes of templates that a directive gave an empty text, where it stands for the whole message.
    func emptyHoles(
        of index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: borrowing MappingScratch
    ) -> [ResolutionTrace.Gap] {
        var found: [ResolutionTrace.Gap] = []
        for need in needs(of: index) where need.isHole && isEmpty(need, tape, text, scope, scratch) {
            let gap = ResolutionTrace.Gap(kind: .hole, member: nil, source: pathText(need.path))
            if !found.contains(gap) { found.append(gap) }
        }
        return found
    }

    /// Notes what each member of an `@arrayPath`'s shape found in an item.
    func noteItem(
        _ shape: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: inout MappingScratch
    ) {
        for need in needs(of: shape) {
            let isFound = !isEmpty(need, tape, text, scope, scratch)
            let member = need.place.isEmpty ? nil : need.place.joined(separator: ".")
            let kind = need.isHole ? ResolutionTrace.Gap.Kind.itemHole : .itemPath
            let gap = ResolutionTrace.Gap(kind: kind, member: member, source: pathText(need.path))
            scratch.trace.noteItem(gap, ofPath: need.path, isFound: isFound)
        }
    }

    /// A path that is always looked at where its node is resolved, and where in the node's value it stands.
    private struct Need {
        let path: Int32
        let isHole: Bool
        let place: [String]
    }

    /// What a node looks for whatever the message. What a condition asks for may be missing, and what `@transform` looks for
    /// is no part of the message.
    private func needs(of index: Int32, at place: [String] = []) -> [Need] {
        switch tables.nodes[Int(index)] {
        case .absent, .constant, .choose, .inspect(.usePath, _), .inspect(.useTemplate, _): []
        case .object(let first, let count):
            tables.members[Int(first)..<Int(first + count)].flatMap { member in
                needs(of: member.value, at: place + [constantText(member.name)])
            }
        case .list(let first, let count), .merge(let first, let count, _):
            tables.children[Int(first)..<Int(first + count)].flatMap { needs(of: $0, at: place) }
        case .path(let path): [Need(path: path, isHole: false, place: place)]
        case .template(let template): holes(of: template).map { Need(path: $0, isHole: true, place: place) }
        case .inspect(_, let value): needs(of: value, at: place)
        case .transform(let apply, _): needs(of: apply, at: place)
        }
    }

    private func isEmpty(
        _ need: Need,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ scope: Scope,
        _ scratch: borrowing MappingScratch
    ) -> Bool {
        if tables.paths[Int(need.path)].readsRecord { return false }
        switch locate(need.path, tape, text, scope, scratch) {
        case .absent: return true
        case .count: return false
        // A null is a value that a path copies, and no text.
        case .value(let node): return need.isHole && tape.kind(of: node) == .null
        }
    }

    private func pathText(_ path: Int32) -> String { constantText(tables.paths[Int(path)].text) }
}
