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
            case .boolean:
                if isBare(Int32(index), isCompared) {
                    found.append(
                        ("F11", "Segment refuses or misreads a value by itself; here true takes every message")
                    )
                }
            case .null, .number, .text, .compare, .all, .any, .not, .notForText: break
            }
        }
        return found
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

/// What only the text of a trigger tells: its parentheses, quotes and spaces.
enum TriggerTokens {
    private struct Group {
        let isCall: Bool
        var words: Set<String> = []
        /// The column of a call that ended inside the group.
        var endedCall: Int?
    }

    /// Column, row and detail of a trigger that has been accepted.
    static func differences(_ text: String) -> [(column: Int, code: String, detail: String)] {
        let scalars = Array(text.unicodeScalars)
        var found: [(column: Int, code: String, detail: String)] = []
        var groups = [Group(isCall: false)]
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            let column = position + 1
            let innermost = groups.count - 1
            if let column = groups[innermost].endedCall, !groups[innermost].isCall, innermost > 0, scalar != ")",
                !scalar.properties.isWhitespace
            {
                found.append((column, "F2", "Segment cuts a group behind a function in it; here the group is whole"))
                groups[innermost].endedCall = nil
            }
            switch scalar {
            case "'", "\"":
                if scalar == "'" { found.append((column, "F4", "Segment takes single quotes as part of the value")) }
                let end = scalars[(position + 1)...].firstIndex(of: scalar) ?? scalars.count - 1
                if end + 1 < scalars.count, isWord(scalars[end + 1]) {
                    found.append(
                        (column, "F5", "Segment misreads words without a space around them; here none is needed")
                    )
                }
                position = end + 1
                continue
            case "(":
                let isCall = position > 0 && isWord(scalars[position - 1]) && !isKeyword(before: position, scalars)
                if !isCall {
                    let before = scalars[..<position].last { !$0.properties.isWhitespace }
                    if before == "!" {
                        found.append((column, "F3", "Segment loses the negation of !( … ); here it counts"))
                    }
                    if groups.contains(where: { !$0.isCall && $0.words.contains("(") }) {
                        found.append((column, "F2", "Segment refuses nested parentheses; here they group"))
                    }
                }
                groups.append(Group(isCall: isCall, words: isCall ? [] : ["("]))
            case ")":
                let closed = groups.count > 1 ? groups.removeLast() : groups[0]
                if closed.isCall { groups[groups.count - 1].endedCall = column }
            case "=", "!", ">", "<":
                let next = position + 1 < scalars.count ? scalars[position + 1] : " "
                let length = next == "=" && scalar != "=" ? 2 : 1
                if scalar != "!" || length == 2 {
                    let after = position + length < scalars.count ? scalars[position + length] : " "
                    let before = position > 0 ? scalars[position - 1] : " "
                    if !after.properties.isWhitespace || !before.properties.isWhitespace {
                        found.append((column, "F5", "Segment misreads operators without spaces; here none is needed"))
                    }
                }
                position += length
                continue
            case _ where isWord(scalar) || scalar == "\\":
                let start = position
                while position < scalars.count,
                    isWord(scalars[position]) || "\\.".unicodeScalars.contains(scalars[position])
                {
                    position += scalars[position] == "\\" ? 2 : 1
                }
                var word = String.UnicodeScalarView()
                word.append(contentsOf: scalars[start..<min(position, scalars.count)])
                if ["and", "or"].contains(String(word)) {
                    groups[innermost].words.insert(String(word))
                    if groups[innermost].words.isSuperset(of: ["and", "or"]) {
                        found.append(
                            (start + 1, "F1", "Segment uses the last of 'and' and 'or' for all; here 'and' binds first")
                        )
                    }
                }
                continue
            default: break
            }
            position += 1
        }
        return found
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-"
            || scalar == "$"
    }

    private static func isKeyword(before position: Int, _ scalars: [Unicode.Scalar]) -> Bool {
        var word = String.UnicodeScalarView()
        word.append(contentsOf: scalars[..<position].reversed().prefix { isWord($0) }.reversed())
        return ["and", "or", "in"].contains(String(word))
    }
}
