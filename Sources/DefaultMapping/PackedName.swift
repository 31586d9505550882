/// A name of up to 31 ASCII characters in four words: compared and hashed without touching memory elsewhere.
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

    /// Appends the characters.
    @inline(__always)
    func append(to out: inout [UInt8]) {
        let words = (word0.littleEndian, word1.littleEndian, word2.littleEndian, word3.littleEndian)
        withUnsafeBytes(of: words) { out.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[0..<count])) }
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
