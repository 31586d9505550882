/// Finds places in a table by a hash: open addressing with linear probing, without tombstones.
///
/// The table itself holds what the hash is of; whether a place is the right one is the caller's question. The caller's hash must be
/// one that strangers cannot steer (`Hasher`), since Custom IDs are theirs.
struct PlaceIndex: Sendable {
    private struct Entry {
        var hash: UInt64
        /// The place, or -1 where the entry is free.
        var place: Int
    }

    private var entries = [Entry](repeating: Entry(hash: 0, place: -1), count: 64)
    private(set) var count = 0

    /// The first place with this hash that `isRight` accepts.
    @inline(__always)
    func place(_ hash: UInt64, where isRight: (Int) -> Bool) -> Int? {
        let mask = entries.count &- 1
        var index = Int(truncatingIfNeeded: hash) & mask
        while entries[index].place >= 0 {
            if entries[index].hash == hash, isRight(entries[index].place) { return entries[index].place }
            index = (index &+ 1) & mask
        }
        return nil
    }

    mutating func insert(_ place: Int, hash: UInt64) {
        if (count &+ 1) &* 2 > entries.count { grow() }
        put(Entry(hash: hash, place: place))
        count &+= 1
    }

    mutating func remove(_ place: Int, hash: UInt64) {
        let mask = entries.count &- 1
        var hole = Int(truncatingIfNeeded: hash) & mask
        while entries[hole].place != place {
            if entries[hole].place < 0 { return }
            hole = (hole &+ 1) & mask
        }
        count &-= 1
        // What stands behind moves up, unless it would then stand before its own first place.
        var index = hole
        while true {
            index = (index &+ 1) & mask
            guard entries[index].place >= 0 else { break }
            let home = Int(truncatingIfNeeded: entries[index].hash) & mask
            if (index &- home) & mask >= (index &- hole) & mask {
                entries[hole] = entries[index]
                hole = index
            }
        }
        entries[hole].place = -1
    }

    private mutating func put(_ entry: Entry) {
        let mask = entries.count &- 1
        var index = Int(truncatingIfNeeded: entry.hash) & mask
        while entries[index].place >= 0 { index = (index &+ 1) & mask }
        entries[index] = entry
    }

    private mutating func grow() {
        let old = entries
        entries = [Entry](repeating: Entry(hash: 0, place: -1), count: old.count * 2)
        for entry in old where entry.place >= 0 { put(entry) }
    }
}
