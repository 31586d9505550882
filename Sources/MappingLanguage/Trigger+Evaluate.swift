internal import JSONDocument

/// A value while a trigger is evaluated; trivial, so that comparing a field with a literal allocates nothing.
enum TriggerValue {
    case null
    case boolean(Bool)
    case number(TriggerNumber)
    case text(Text)
    case list(List)
    /// Nil for an object of the Kafka record, which is not part of the message.
    case object(JSONNode?)

    /// Where the UTF-8 of a text stands.
    enum Text {
        /// In the pool of the trigger.
        case literal(ByteRange)
        /// In the message; without escapes.
        case message(Range<Int>)
        /// In the buffer of the evaluation.
        case buffer(Range<Int>)
    }

    enum List {
        /// Nodes of the trigger.
        case literal(first: Int32, count: Int32)
        case message(JSONNode)
    }
}

extension Trigger {
    /// Whether a node gives `true`; any other value counts as false.
    func holds(
        _ index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8]
    ) -> Bool {
        switch nodes[Int(index)] {
        case .all(let first, let count):
            for position in first..<first + count
            where !holds(children[Int(position)], tape, text, fields, &buffer) { return false }
            return true
        case .any(let first, let count):
            for position in first..<first + count
            where holds(children[Int(position)], tape, text, fields, &buffer) { return true }
            return false
        case .not(let negated):
            return !holds(negated, tape, text, fields, &buffer)
        case .notForText(let call):
            guard case .call(_, let first, _) = nodes[Int(call)] else { return false }
            guard case .text = value(of: children[Int(first)], tape, text, fields, &buffer) else { return false }
            return !holds(call, tape, text, fields, &buffer)
        case .compare(let comparison, let left, let right):
            let left = value(of: left, tape, text, fields, &buffer)
            let right = value(of: right, tape, text, fields, &buffer)
            return compare(comparison, left, right, tape, text, fields, &buffer)
        case .null, .boolean, .number, .text, .list, .field, .call:
            guard case .boolean(let value) = value(of: index, tape, text, fields, &buffer) else { return false }
            return value
        }
    }

    func value(
        of index: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8]
    ) -> TriggerValue {
        switch nodes[Int(index)] {
        case .null: return .null
        case .boolean(let value): return .boolean(value)
        case .number(let value): return .number(value)
        case .text(let range): return .text(.literal(range))
        case .list(let first, let count): return .list(.literal(first: first, count: count))
        case .field(let first, let count, let readsRecord):
            if readsRecord, !fields.isEmpty {
                return recordValue(first + 1, count - 1, fields, &buffer)
            }
            guard let node = find(first, count, tape, text) else { return .null }
            return value(at: node, tape, text, &buffer)
        case .call(let function, let first, _):
            return call(function, first, tape, text, fields, &buffer)
        case .all, .any, .not, .notForText, .compare:
            return .boolean(holds(index, tape, text, fields, &buffer))
        }
    }

    // MARK: Fields

    private func find(
        _ first: Int32,
        _ count: Int32,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> JSONNode? {
        var node = tape.root
        for position in first..<first + count {
            let name = pool.span.extracting(names[Int(position)].range)
            var members = tape.members(of: node)
            var found: JSONNode?
            while let member = tape.next(&members) {
                if tape.hasContent(member.name, name, in: text) {
                    found = member.value
                    break
                }
            }
            guard let found else { return nil }
            node = found
        }
        return node
    }

    func value(
        at node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ buffer: inout [UInt8]
    ) -> TriggerValue {
        switch tape.kind(of: node) {
        case .null: return .null
        case .boolean: return .boolean(tape.boolean(of: node) == true)
        case .object: return .object(node)
        case .array: return .list(.message(node))
        case .number:
            if let integer = tape.int64(of: node, in: text) { return .number(TriggerNumber(integer)) }
            // A number beyond a double's range is still a number: larger than all others.
            let isNegative = text[tape.textRange(of: node).lowerBound] == UInt8(ascii: "-")
            let limit = isNegative ? -Double.infinity : .infinity
            return .number(TriggerNumber(tape.double(of: node, in: text) ?? limit))
        case .string:
            guard tape.isEscaped(node) else { return .text(.message(tape.contentRange(of: node))) }
            let start = buffer.count
            tape.appendContent(of: node, in: text, to: &buffer)
            return .text(.buffer(start..<buffer.count))
        }
    }

    /// A field of the Kafka record. Its texts are copied, since they do not stand in the message.
    private func recordValue(
        _ first: Int32,
        _ count: Int32,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8]
    ) -> TriggerValue {
        let found = fields.withDocument { (tape, text) -> TriggerValue in
            guard let node = find(first, count, tape, text) else { return .null }
            if tape.kind(of: node) == .object { return .object(nil) }
            guard tape.kind(of: node) == .string else { return value(at: node, tape, text, &buffer) }
            let start = buffer.count
            tape.appendContent(of: node, in: text, to: &buffer)
            return .text(.buffer(start..<buffer.count))
        }
        return found ?? .null
    }

    // MARK: Operators

    private func compare(
        _ comparison: TriggerOperator,
        _ left: TriggerValue,
        _ right: TriggerValue,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8]
    ) -> Bool {
        switch comparison {
        case .equal: return equal(left, right, tape, text, fields, &buffer)
        case .notEqual: return !equal(left, right, tape, text, fields, &buffer)
        case .contained: return contains(right, left, tape, text, fields, &buffer)
        case .otherNumber, .less, .lessOrEqual, .greater, .greaterOrEqual: break
        }
        guard case .number(let left) = left, case .number(let right) = right else { return false }
        switch comparison {
        case .less: return left < right
        case .lessOrEqual: return left < right || left == right
        case .greater: return right < left
        case .greaterOrEqual: return right < left || left == right
        case .otherNumber: return left != right
        case .equal, .notEqual, .contained: return false
        }
    }

    private func equal(
        _ left: TriggerValue,
        _ right: TriggerValue,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8]
    ) -> Bool {
        switch (left, right) {
        case (.null, .null): return true
        case (.boolean(let left), .boolean(let right)): return left == right
        case (.number(let left), .number(let right)): return left == right
        case (.text(let left), .text(let right)): return test(.equality, left, right, text, buffer)
        case (.list(let left), .list(let right)):
            let left = elements(of: left, tape, text, fields, &buffer)
            let right = elements(of: right, tape, text, fields, &buffer)
            guard left.count == right.count else { return false }
            for index in left.indices where !equal(left[index], right[index], tape, text, fields, &buffer) {
                return false
            }
            return true
        default: return false
        }
    }

    /// Whether a list has an element equal to a value.
    private func contains(
        _ list: TriggerValue,
        _ value: TriggerValue,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8]
    ) -> Bool {
        guard case .list(let list) = list else { return false }
        switch list {
        case .literal(let first, let count):
            for position in first..<first + count {
                let element = self.value(of: children[Int(position)], tape, text, fields, &buffer)
                if equal(element, value, tape, text, fields, &buffer) { return true }
            }
        case .message(let node):
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) {
                let element = self.value(at: element, tape, text, &buffer)
                if equal(element, value, tape, text, fields, &buffer) { return true }
            }
        }
        return false
    }

    func elements(
        of list: TriggerValue.List,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>,
        _ fields: borrowing RecordFields,
        _ buffer: inout [UInt8]
    ) -> [TriggerValue] {
        var values: [TriggerValue] = []
        switch list {
        case .literal(let first, let count):
            for position in first..<first + count {
                values.append(value(of: children[Int(position)], tape, text, fields, &buffer))
            }
        case .message(let node):
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) { values.append(value(at: element, tape, text, &buffer)) }
        }
        return values
    }

    // MARK: Texts

    enum TextTest {
        case equality
        /// The second occurs in the first.
        case occurrence
        /// The first matches the second, a glob.
        case glob
    }

    func test(
        _ test: TextTest,
        _ left: TriggerValue.Text,
        _ right: TriggerValue.Text,
        _ text: Span<UInt8>,
        _ buffer: [UInt8]
    ) -> Bool {
        switch left {
        case .literal(let range):
            self.test(test, pool.span.extracting(range.range), right, text, buffer)
        case .message(let range):
            self.test(test, text.extracting(range), right, text, buffer)
        case .buffer(let range):
            self.test(test, buffer.span.extracting(range), right, text, buffer)
        }
    }

    private func test(
        _ test: TextTest,
        _ left: Span<UInt8>,
        _ right: TriggerValue.Text,
        _ text: Span<UInt8>,
        _ buffer: [UInt8]
    ) -> Bool {
        switch right {
        case .literal(let range): Self.test(test, left, pool.span.extracting(range.range))
        case .message(let range): Self.test(test, left, text.extracting(range))
        case .buffer(let range): Self.test(test, left, buffer.span.extracting(range))
        }
    }

    private static func test(_ test: TextTest, _ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
        switch test {
        case .equality:
            guard left.count == right.count else { return false }
            for index in left.indices where left[index] != right[index] { return false }
            return true
        case .occurrence:
            guard left.count >= right.count else { return false }
            search: for start in 0...left.count - right.count {
                for offset in right.indices where left[start + offset] != right[offset] { continue search }
                return true
            }
            return false
        case .glob: return Glob.matches(left, right)
        }
    }
}
