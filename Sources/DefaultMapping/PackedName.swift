/// A name of up to 31 ASCII characters in four words: compared, hashed and written without touching memory elsewhere.
struct PackedName: Hashable {
    static let capacity = 31

    /// The characters, first in the lowest byte, padded with zeros; the count is in the highest byte of `word3`.
    private var word0: UInt64 = 0
    private var word1: UInt64 = 0
    private var word2: UInt64 = 0
    private var word3: UInt64 = 0

    /// The empty name.
    init() {}

    /// Packs the first 31 bytes.
    init(_ bytes: Span<UInt8>) {
        let count = min(bytes.count, Self.capacity)
        for index in 0..<count {
            let byte = UInt64(bytes[index]) << UInt64(8 * (index & 7))
            switch index >> 3 {
            case 0: word0 |= byte
            case 1: word1 |= byte
            case 2: word2 |= byte
            default: word3 |= byte
            }
        }
        word3 |= UInt64(count) << 56
    }

    /// How many characters it has.
    @inline(__always)
    var count: Int { Int(truncatingIfNeeded: word3 >> 56) }

    /// One bit of 64 for each name, so that most names are told apart by it.
    @inline(__always)
    var bit: UInt64 {
        let mixed = (word0 ^ word1 &* 0xC2B2_AE3D_27D4_EB4F ^ word2 ^ word3) &* 0x9E37_79B9_7F4A_7C15
        return 1 &<< (mixed >> 58)
    }

    /// The characters as text.
    var text: String {
        let words = [word0, word1, word2, word3]
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: words[$0 >> 3] >> UInt64(8 * ($0 & 7))) }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Stores the characters and more bytes behind them, 32 in all: the caller vouches for the room and overwrites the rest.
    @inline(__always)
    func store(into memory: UnsafeMutableRawPointer, at offset: Int) {
        memory.storeBytes(of: word0.littleEndian, toByteOffset: offset, as: UInt64.self)
        memory.storeBytes(of: word1.littleEndian, toByteOffset: offset &+ 8, as: UInt64.self)
        memory.storeBytes(of: word2.littleEndian, toByteOffset: offset &+ 16, as: UInt64.self)
        memory.storeBytes(of: word3.littleEndian, toByteOffset: offset &+ 24, as: UInt64.self)
    }

    /// Appends the name in quotes.
    @inline(__always)
    func appendQuoted(to out: inout OutputText) { out.append(before: 0x22, 1, self, after: 0x22, 1) }

    /// Appends the name as the key of a member, `"name":`.
    @inline(__always)
    func appendKey(to out: inout OutputText) { out.append(before: 0x22, 1, self, after: 0x3A22, 2) }

    /// Appends the name as the key of a date, `"date(name)":`.
    func appendDateKey(to out: inout OutputText) {
        out.append(before: 0x2865_7461_6422, 6, self, after: 0x3A2229, 3)
    }

    /// Appends the name as the key of an address, `"url(name)":`.
    func appendAddressKey(to out: inout OutputText) {
        out.append(before: 0x28_6C72_7522, 5, self, after: 0x3A2229, 3)
    }
}
