/// Sixteen bits that tell most names apart without looking at their characters.
///
/// Equal bytes give equal signatures wherever they stand: the duplicate search and the look-up by name rely on it.
enum NameSignature {
    /// The signature of the `length` bytes from `start` on. Traps if they are not all inside the text.
    @inline(__always)
    static func of(_ text: Span<UInt8>, from start: Int, length: Int) -> UInt16 {
        precondition(start >= 0 && length >= 0 && length <= text.count &- start, "name outside the text")
        return of(text, uncheckedFrom: start, length: length)
    }

    /// The same without the check: only for a name that has just been found inside the text.
    @inline(__always)
    static func of(_ text: Span<UInt8>, uncheckedFrom start: Int, length: Int) -> UInt16 {
        if length >= 8 {
            let last = ByteWord.load(text, uncheckedAt: start &+ length &- 8)
            return mixed(ByteWord.load(text, uncheckedAt: start), last, length)
        }
        if start &+ 8 <= text.count {
            return mixed(ByteWord.load(text, uncheckedAt: start) & ByteWord.mask(length), 0, length)
        }
        return mixed(ByteWord.load(text, at: start, length: length), 0, length)
    }

    @inline(__always)
    private static func mixed(_ first: UInt64, _ last: UInt64, _ length: Int) -> UInt16 {
        // Two odd constants (of the golden ratio and of xxHash) spread all bits over the highest sixteen.
        let seed = first ^ (last &* 0xC2B2_AE3D_27D4_EB4F) ^ UInt64(truncatingIfNeeded: length)
        return UInt16(truncatingIfNeeded: (seed &* 0x9E37_79B9_7F4A_7C15) >> 48)
    }
}
