import JSONDocument

/// One step from the operation to a value.
enum PathStep {
    /// A member, by its name.
    case name(JSONNode)
    /// An element of an array.
    case index(Int)
}

extension OperationReader {
    /// Reports that what ``path`` leads to is left out. Only here does the reader make texts.
    mutating func refuse(_ reason: RefusalReason, _ operation: Span<UInt8>, _ refused: inout [RefusedField]) {
        var shown: [UInt8] = []
        for step in path {
            switch step {
            case .index(let index): shown.append(contentsOf: "[\(index)]".utf8)
            case .name(let name):
                if !shown.isEmpty { shown.append(UInt8(ascii: ".")) }
                appendShown(name, operation, to: &shown)
            }
        }
        refused.append(RefusedField(path: String(decoding: shown, as: UTF8.self), reason: reason))
    }

    /// Reports a member of what ``path`` leads to.
    mutating func refuse(
        _ reason: RefusalReason,
        member name: JSONNode,
        _ operation: Span<UInt8>,
        _ refused: inout [RefusedField]
    ) {
        path.append(.name(name))
        refuse(reason, operation, &refused)
        path.removeLast()
    }

    /// Names are foreign: they are cut at 64 bytes, and only visible ASCII is shown.
    private func appendShown(_ name: JSONNode, _ operation: Span<UInt8>, to shown: inout [UInt8]) {
        let range = tape.contentRange(of: name)
        for index in range.prefix(64) {
            let byte = operation[index]
            shown.append(byte > 0x20 && byte < 0x7F ? byte : UInt8(ascii: "?"))
        }
        if range.count > 64 { shown.append(contentsOf: "...".utf8) }
    }
}
