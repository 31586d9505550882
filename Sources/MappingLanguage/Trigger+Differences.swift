/// What Segment's evaluator does otherwise (mapping language, section 8.2), as far as the compiled trigger tells.
extension Trigger {
    /// Row and detail, in the order of the trigger.
    var differences: [(code: String, detail: String)] {
        var found: [(code: String, detail: String)] = []
        var isCompared: Set<Int32> = []
        for node in nodes {
            if case .compare(let comparison, let left, let right) = node {
                isCompared.formUnion([left, right])
                found += differences(comparison, left, right)
            }
        }
        for (index, node) in nodes.enumerated() {
            switch node {
            case .field(let first, let count, _):
                found += differences(field: first, count)
                if isBare(Int32(index), isCompared) {
                    found.append(
                        ("F11", "Segment refuses or misreads a field by itself; here it is true for true alone")
                    )
                }
            case .call(let function, let first, _):
                found += differences(of: function, first)
            case .list:
                // The values of a call are a list too, which nothing else refers to.
                guard isCompared.contains(Int32(index)) else { break }
                found.append(("F11", "Segment refuses or misreads lists; here they work"))
            case .null, .boolean, .number, .text, .compare, .all, .any, .not, .notForText: break
            }
        }
        return found
    }

    /// The fields of the message that the trigger reads, each as its names.
    public var readPaths: [[String]] {
        nodes.compactMap { node in
            guard case .field(let first, let count, let readsRecord) = node, !readsRecord else { return nil }
            return (first..<first + count).map { name($0) }
        }
    }

    /// Whether a value stands where a comparison or a call belongs.
    private func isBare(_ index: Int32, _ isCompared: Set<Int32>) -> Bool {
        guard !isCompared.contains(index) else { return false }
        if index == root { return true }
        return nodes.contains { node in
            switch node {
            case .all(let first, let count), .any(let first, let count):
                children[Int(first)..<Int(first + count)].contains(index)
            case .not(let inner): inner == index
            default: false
            }
        }
    }

    private func name(_ index: Int32) -> String { String(decoding: pool[names[Int(index)].range], as: UTF8.self) }

    /// The names of a field; nil for any other node.
    private func field(_ index: Int32) -> [String]? {
        guard case .field(let first, let count, _) = nodes[Int(index)] else { return nil }
        return (first..<first + count).map { name($0) }
    }

    private func differences(
        _ comparison: TriggerOperator,
        _ left: Int32,
        _ right: Int32
    ) -> [(code: String, detail: String)] {
        var found: [(code: String, detail: String)] = []
        if comparison == .contained { found.append(("F11", "Segment refuses or misreads 'in'; here it works")) }
        let field = field(left) ?? field(right)
        let value = self.field(left) == nil ? nodes[Int(left)] : nodes[Int(right)]
        switch value {
        case .null:
            if field == ["event"] || field == ["type"] {
                found.append(("F7", "Segment compares event and type with the text \"null\"; here null tests presence"))
            }
            if let field, ["context", "properties", "traits"].contains(where: { field == [$0] }) {
                found.append(("F14", "Segment looks for '\(field[0]).\(field[0])'; here the object itself is tested"))
            }
        case .boolean:
            if comparison == .notEqual {
                found.append(("F8", "Segment takes != true and != false as true for booleans; here it negates ="))
            }
            if isName(field) { found.append(Self.conversion) }
        case .number:
            if isName(field) { found.append(Self.conversion) }
        case .text:
            if [.greater, .greaterOrEqual, .less, .lessOrEqual].contains(comparison) { found.append(Self.conversion) }
        default: break
        }
        return found
    }

    private static let conversion = ("F9", "Segment converts types in this comparison; here they are never converted")

    private func isName(_ field: [String]?) -> Bool { field == ["event"] || field == ["name"] || field == ["userId"] }

    private func differences(field first: Int32, _ count: Int32) -> [(code: String, detail: String)] {
        let path = (first..<first + count).map { name($0) }
        var found: [(code: String, detail: String)] = []
        let known = ["type", "event", "name", "userId", "properties", "traits", "context"]
        if let start = path.first, !known.contains(start) {
            found.append(("F6", "Segment drops conditions on '\(start)' or refuses the trigger; here any key works"))
        }
        let keywords = ["and", "or", "in", "true", "false", "null"]
        if path.dropFirst().contains(where: { keywords.contains($0) || $0.contains(".") }) {
            found.append(("F13", "Segment misreads keywords and \\. in a name; here they are names"))
        }
        return found
    }

    private func differences(of function: TriggerFunction, _ first: Int32) -> [(code: String, detail: String)] {
        guard function == .contains || function == .match else {
            return [("F11", "Segment refuses or misreads '\(function.rawValue)'; here it works")]
        }
        var found: [(code: String, detail: String)] = []
        if field(children[Int(first)]) == ["type"] {
            found.append(("F6", "Segment refuses '\(function.rawValue)' of type; here it works"))
        }
        if function == .match, case .text(let range) = nodes[Int(children[Int(first) + 1])] {
            let glob = String(decoding: pool[range.range], as: UTF8.self)
            let stars = glob.filter { $0 == "*" }.count
            let isPlain =
                stars == 1 && (glob.hasPrefix("*") || glob.hasSuffix("*")) && !glob.contains { "?[\\".contains($0) }
            if !isPlain {
                found.append(("F10", "Segment knows globs with one * at one end only; here '\(glob)' is a full glob"))
            }
        }
        return found
    }
}
