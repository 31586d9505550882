/// Finds the end of a number.
enum JSONNumberScanner {
    /// `start` is where a minus sign or a digit stands; what comes back is the position after the number, and
    /// ``Node/fraction`` if it has a fraction or an exponent.
    static func end(_ text: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> (position: Int, flags: UInt8) {
        var position = start
        var flags: UInt8 = 0
        if text[position] == UInt8(ascii: "-") { position &+= 1 }
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        if text[unchecked: position] == UInt8(ascii: "0") {
            position &+= 1
            if position < text.count, isDigit(text[unchecked: position]) {
                throw JSONSyntaxError(.invalidNumber, at: position)
            }
        } else {
            position = try digits(text, from: position)
        }
        guard position < text.count else { return (position, flags) }
        if text[unchecked: position] == UInt8(ascii: ".") {
            flags = Node.fraction
            position = try digits(text, from: position &+ 1)
        }
        if position < text.count, text[unchecked: position] | 0x20 == UInt8(ascii: "e") {
            flags = Node.fraction
            position &+= 1
            if position < text.count {
                let sign = text[unchecked: position]
                if sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position &+= 1 }
            }
            position = try digits(text, from: position)
        }
        return (position, flags)
    }

    /// One digit or more.
    @inline(__always)
    private static func digits(_ text: Span<UInt8>, from start: Int) throws(JSONSyntaxError) -> Int {
        var position = start
        guard position < text.count else { throw JSONSyntaxError(.unexpectedEnd, at: position) }
        guard isDigit(text[unchecked: position]) else { throw JSONSyntaxError(.invalidNumber, at: position) }
        repeat { position &+= 1 } while position < text.count && isDigit(text[unchecked: position])
        return position
    }

    @inline(__always)
    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }
}
