import JSONDocument

/// Where the mapping stands in the message. Kept as positions; a report makes text of it.
struct MessagePlace: Sendable {
    /// One step down from the part.
    enum Step: Sendable {
        case member(JSONNode)
        case item(Int)
    }

    /// The part of the message, as reports name it; empty for the message itself.
    var part: StaticString = ""
    var steps: [Step] = []

    /// Goes to the top of a part.
    @inline(__always)
    mutating func enter(_ part: StaticString) {
        self.part = part
        steps.removeAll(keepingCapacity: true)
    }

    /// The path for a report.
    func path(_ tape: borrowing JSONTape, _ text: Span<UInt8>) -> String {
        var path = part.description
        for step in steps {
            switch step {
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
