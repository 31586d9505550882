import JSONDocument

/// Where the mapping stands in the message. Kept as positions; a report makes text of it.
struct MessagePlace: Sendable {
    /// One step down from the part.
    enum Step: Sendable {
        case member(JSONNode)
        case item(Int)
    }

    /// More than an event nests: a member and an item for each of its levels, and the member that is reported.
    private static let capacity = 16

    /// The part of the message, as reports name it; empty for the message itself.
    private var part: StaticString = ""
    // In the value itself, since each member of a message goes one step down and up again.
    private var steps = InlineArray<16, Step>(repeating: .item(0))
    private var depth = 0

    /// Goes to the top of a part.
    @inline(__always)
    mutating func enter(_ part: StaticString) {
        self.part = part
        depth = 0
    }

    /// Goes one step down.
    @inline(__always)
    mutating func push(_ step: Step) {
        precondition(depth < Self.capacity, "deeper than the mapping goes")
        steps[depth] = step
        depth &+= 1
    }

    /// Goes one step up again.
    @inline(__always)
    mutating func pop() { depth &-= 1 }

    /// The path for a report.
    func path(_ tape: borrowing JSONTape, _ text: Span<UInt8>) -> String {
        var path = part.description
        for index in 0..<depth {
            switch steps[index] {
            case .member(let name):
                if !path.isEmpty { path += "." }
                path += tape.string(of: name, in: text) ?? ""
            case .item(let index):
                path += "[\(index)]"
            }
        }
        return path
    }
}
