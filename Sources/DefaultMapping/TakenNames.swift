/// The names taken in the objects that are being written, one inside the other. Few each as a rule: then they are compared one by
/// one, and only where one bit of 64 says that a name may be there; a large object gets a hashed set, so that a hostile one costs
/// no more than its length.
///
/// Each level has room for `comparedCount` names, all of them initialised, in memory that this value owns and nothing else reaches: so
/// it is safe as `Sendable`, and no insertion asks whether an array is shared. (An `InlineArray` is copied whole by each look-up.)
struct TakenNames: ~Copyable, @unchecked Sendable {
    private static let levelCount = 4
    private static let comparedCount = 32

    private let names: UnsafeMutableBufferPointer<PackedName>
    private var counts = InlineArray<4, Int>(repeating: 0)
    private var bits = InlineArray<4, UInt64>(repeating: 0)
    private var others = [Set<PackedName>](repeating: [], count: levelCount)
    private var hasOthers = false

    init() {
        names = .allocate(capacity: Self.levelCount * Self.comparedCount)
        names.initialize(repeating: PackedName())
    }

    deinit { names.deallocate() }

    /// Forgets the names of a level, 0 to 3.
    @inline(__always)
    mutating func removeAll(at level: Int) {
        counts[level] = 0
        bits[level] = 0
        if hasOthers { removeOthers(at: level) }
    }

    @inline(never)
    private mutating func removeOthers(at level: Int) {
        others[level] = []
        hasOthers = others.contains { !$0.isEmpty }
    }

    /// - Returns: whether the name was free on the level.
    @inline(__always)
    mutating func insert(_ name: PackedName, at level: Int) -> Bool {
        let bit = name.bit
        if bits[level] & bit != 0, contains(name, at: level) { return false }
        // The index into `counts` has checked the level.
        let count = counts[level]
        if count < Self.comparedCount {
            bits[level] |= bit
            names[level &* Self.comparedCount &+ count] = name
            counts[level] = count &+ 1
        } else {
            insertOther(name, at: level)
        }
        return true
    }

    @inline(never)
    private mutating func insertOther(_ name: PackedName, at level: Int) {
        // From here on every name is looked up.
        bits[level] = UInt64.max
        others[level].insert(name)
        hasOthers = true
    }

    @inline(never)
    private func contains(_ name: PackedName, at level: Int) -> Bool {
        let start = level &* Self.comparedCount
        for index in start..<start &+ counts[level] where names[index] == name { return true }
        return hasOthers && others[level].contains(name)
    }
}
