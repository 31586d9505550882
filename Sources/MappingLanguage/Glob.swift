/// Matches a whole text against a glob: `*`, `?`, `[abc]`, `[a-z]`, `\x` (mapping language, section 7.4).
///
/// By Unicode scalars, without recursion: the time is at most the product of the lengths.
enum Glob {
    static func matches(_ text: Span<UInt8>, _ pattern: Span<UInt8>) -> Bool {
        var position = 0
        var place = 0
        // Where to go on after the last star, if what follows it does not match.
        var starPlace = -1
        var starPosition = 0
        while true {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                place += 1
                starPlace = place
                starPosition = position
                continue
            }
            if position < text.count, place < pattern.count,
                let next = step(over: scalar(at: position, in: text).value, pattern, at: place)
            {
                position += scalar(at: position, in: text).length
                place = next
                continue
            }
            if position == text.count, place == pattern.count { return true }
            guard starPlace >= 0, starPosition < text.count else { return false }
            starPosition += scalar(at: starPosition, in: text).length
            position = starPosition
            place = starPlace
        }
    }

    /// - Returns: the place behind the element of the pattern at `place`, if that element matches the scalar.
    private static func step(over scalar: UInt32, _ pattern: Span<UInt8>, at place: Int) -> Int? {
        switch pattern[place] {
        case UInt8(ascii: "?"): return place + 1
        case UInt8(ascii: "["):
            if let set = set(at: place, pattern, contains: scalar) { return set.isMember ? set.next : nil }
        case UInt8(ascii: "\\") where place + 1 < pattern.count:
            let literal = self.scalar(at: place + 1, in: pattern)
            return literal.value == scalar ? place + 1 + literal.length : nil
        default: break
        }
        let literal = self.scalar(at: place, in: pattern)
        return literal.value == scalar ? place + literal.length : nil
    }

    /// A set of characters; nil where the bracket is not closed and stands for itself.
    private static func set(
        at place: Int,
        _ pattern: Span<UInt8>,
        contains scalar: UInt32
    ) -> (isMember: Bool, next: Int)? {
        var index = place + 1
        var isMember = false
        var isEmpty = true
        while index < pattern.count {
            if pattern[index] == UInt8(ascii: "]"), !isEmpty { return (isMember, index + 1) }
            isEmpty = false
            let low = member(at: index, pattern)
            index = low.next
            if index + 1 < pattern.count, pattern[index] == UInt8(ascii: "-"), pattern[index + 1] != UInt8(ascii: "]") {
                let high = member(at: index + 1, pattern)
                index = high.next
                if low.value <= scalar, scalar <= high.value { isMember = true }
            } else if low.value == scalar {
                isMember = true
            }
        }
        return nil
    }

    private static func member(at index: Int, _ pattern: Span<UInt8>) -> (value: UInt32, next: Int) {
        let start = pattern[index] == UInt8(ascii: "\\") && index + 1 < pattern.count ? index + 1 : index
        let found = scalar(at: start, in: pattern)
        return (found.value, start + found.length)
    }

    /// The scalar at an index of valid UTF-8.
    private static func scalar(at index: Int, in text: Span<UInt8>) -> (value: UInt32, length: Int) {
        let first = text[index]
        let length = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard length > 1, index + length <= text.count else { return (UInt32(first), 1) }
        var value = UInt32(first) & (0x7F >> UInt32(length))
        for offset in 1..<length { value = value << 6 | UInt32(text[index + offset] & 0x3F) }
        return (value, length)
    }
}
