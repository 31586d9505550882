import JSONDocument

/// What one operation of a request body says, read from its JSON.
struct SentOperation {
    let user: Int
    /// Marks of parts (see ``SimulatedPart``); events in the order they stand.
    var marks: [Int] = []
    var eventMarks: [Int] = []
    /// Event marks whose event has a time.
    var timedMarks: Set<Int> = []
    /// Partition and value of the markers.
    var markers: [(partition: Int, value: Int64)] = []
    var attributeCount = 0

    /// Whether it may be one of the updates that take attributes above Batch's number for one update, before the update that
    /// ends the stretch (design, section 6). Such a stretch is known to be settled when its last update is.
    var mayBeSurplus: Bool { attributeCount >= 50 && eventMarks.isEmpty }

    /// Reads a request body; nil when it is not what Batch takes.
    static func read(_ body: [UInt8]) -> [SentOperation]? {
        var tape = JSONTape()
        let text = body.span
        do throws(JSONSyntaxError) { try tape.parse(text) } catch { return nil }
        guard tape.kind(of: tape.root) == .array else { return nil }
        var operations: [SentOperation] = []
        var elements = tape.elements(of: tape.root)
        while let element = tape.next(&elements) {
            guard let operation = SentOperation(element, tape, text) else { return nil }
            operations.append(operation)
        }
        return operations
    }

    private init?(_ node: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        guard let identifiers = tape.member("identifiers", of: node, in: text),
            let id = tape.member("custom_id", of: identifiers, in: text),
            let name = tape.string(of: id, in: text), let user = Int(name.dropFirst(5))
        else { return nil }
        self.user = user
        if let attributes = tape.member("attributes", of: node, in: text) {
            var members = tape.members(of: attributes)
            while let member = tape.next(&members) {
                attributeCount += 1
                guard readAttribute(member.name, member.value, tape, text) else { return nil }
            }
        }
        if let events = tape.member("events", of: node, in: text) {
            var elements = tape.elements(of: events)
            while let event = tape.next(&elements) {
                guard let attributes = tape.member("attributes", of: event, in: text),
                    let value = tape.member("n", of: attributes, in: text),
                    let number = tape.int64(of: value, in: text)
                else { return nil }
                marks.append(Int(number))
                eventMarks.append(Int(number))
                if tape.member("time", of: event, in: text) != nil { timedMarks.insert(Int(number)) }
            }
        }
    }

    private mutating func readAttribute(
        _ name: JSONNode,
        _ value: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        guard let key = tape.string(of: name, in: text) else { return false }
        if key == "seen" {
            guard let list = tape.member("$add", of: value, in: text) else { return false }
            var elements = tape.elements(of: list)
            while let element = tape.next(&elements) {
                guard let number = tape.string(of: element, in: text).flatMap({ Int($0) }) else { return false }
                marks.append(number)
            }
            return true
        }
        guard let number = Int(key.dropFirst(2)), let integer = tape.int64(of: value, in: text) else { return false }
        if key.hasPrefix("m_") { markers.append((number, integer)) } else { marks.append(number) }
        return true
    }
}
