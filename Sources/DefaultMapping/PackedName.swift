/// A name of up to 31 ASCII characters in four words: compared, hashed and written without touching memory elsewhere.
struct PackedName: Hashable {
    /// The characters, first in the lowest byte, padded with zeros; the count is in the highest byte of `word3`.
    private var word0: UInt64 = 0
    private var word1: UInt64 = 0
    private var word2: UInt64 = 0
    private var word3: UInt64 = 0

    /// The empty name.
    init() {}

    /// Packs the first 31 bytes.
    init(_ bytes: Span<UInt8>) {
        let count = min(bytes.count, 31)
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
    var count: Int { Int(word3 >> 56) }

    /// Appends the name in quotes.
    @inline(__always)
    func appendQuoted(to out: inout [UInt8]) { append(before: 0x22, 1, after: 0x22, 1, to: &out) }

    /// Appends the name as the key of a member, `"name":`.
    @inline(__always)
    func appendKey(to out: inout [UInt8]) { append(before: 0x22, 1, after: 0x3A22, 2, to: &out) }

    /// Appends the name as the key of a date, `"date(name)":`.
    func appendDateKey(to out: inout [UInt8]) { append(before: 0x2865_7461_6422, 6, after: 0x3A2229, 3, to: &out) }

    /// Appends the name as the key of an address, `"url(name)":`.
    func appendAddressKey(to out: inout [UInt8]) { append(before: 0x28_6C72_7522, 5, after: 0x3A2229, 3, to: &out) }

    /// Appends characters before the name, the name, and characters after it, in one piece: each append to an array costs as
    /// much as a few words of arithmetic. The lowest byte of `before` and `after` comes first.
    @inline(__always)
    private func append(
        before: UInt64,
        _ beforeCount: Int,
        after: UInt64,
        _ afterCount: Int,
        to out: inout [UInt8]
    ) {
        var words: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
        let left = UInt64(8 * beforeCount)
        let right = 64 - left
        let last = word3 & 0x00FF_FFFF_FFFF_FFFF
        words.0 = (before | word0 << left).littleEndian
        words.1 = (word0 >> right | word1 << left).littleEndian
        words.2 = (word1 >> right | word2 << left).littleEndian
        words.3 = (word2 >> right | last << left).littleEndian
        words.4 = (last >> right).littleEndian
        let nameCount = count
        withUnsafeMutableBytes(of: &words) { bytes in
            for offset in 0..<afterCount {
                bytes[beforeCount + nameCount + offset] = UInt8(truncatingIfNeeded: after >> UInt64(8 * offset))
            }
            let typed = bytes.assumingMemoryBound(to: UInt8.self)
            out.append(contentsOf: UnsafeBufferPointer(rebasing: typed[0..<beforeCount + nameCount + afterCount]))
        }
    }
}

/// The names taken in one object. Few as a rule: then they are compared one by one; a large object gets a hashed set, so
/// that a hostile one costs no more than its length.
struct NameSet {
    private static let comparedCount = 32
    private var names: [PackedName] = []
    private var others: Set<PackedName> = []

    /// Forgets all names.
    mutating func removeAll() {
        names.removeAll(keepingCapacity: true)
        if !others.isEmpty { others = [] }
    }

    /// - Returns: whether the name was free.
    mutating func insert(_ name: PackedName) -> Bool {
        if contains(name) { return false }
        if names.count < Self.comparedCount {
            names.append(name)
        } else {
            others.insert(name)
        }
        return true
    }

    /// Whether the name is taken.
    func contains(_ name: PackedName) -> Bool {
        for index in names.indices where names[index] == name { return true }
        return !others.isEmpty && others.contains(name)
    }
}
