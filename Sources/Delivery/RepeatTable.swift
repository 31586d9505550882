internal import BatchAPI

/// What makes two messages of a user repeats of one another.
struct RepeatKey: Equatable, Sendable {
    let user: UserReference
    let partition: PartitionIndex
    let identity: RepeatIdentity

    /// The identity is made of hashes of foreign texts, so it is mixed with numbers that nobody else knows.
    var hash: UInt64 {
        let seed = Self.seed
        let product = (identity.high ^ seed.high).multipliedFullWidth(
            by: identity.low ^ seed.low ^ UInt64(user.generation)
        )
        return product.high ^ product.low
    }

    /// Drawn anew in each process.
    private static let seed = (high: UInt64.random(in: 0...UInt64.max), low: UInt64.random(in: 0...UInt64.max))
}

/// The records in the window that later ones may repeat, of users with long lists: a short list is looked through, see
/// ``DeliveryEngine/twin(of:_:in:)``.
struct RepeatTable: Sendable {
    private struct Entry {
        let key: RepeatKey
        let record: Int
    }

    private var index = PlaceIndex()
    private var entries: [Entry] = []
    private var free: [Int] = []

    /// The record of an equal message.
    func record(_ key: RepeatKey) -> Int? {
        index.place(key.hash) { entries[$0].key == key }.map { entries[$0].record }
    }

    /// Remembers a record; one that is remembered under the same key is replaced.
    mutating func insert(_ record: Int, for key: RepeatKey) {
        let hash = key.hash
        let entry = Entry(key: key, record: record)
        if let place = index.place(hash, where: { entries[$0].key == key }) {
            entries[place] = entry
        } else if let place = free.popLast() {
            entries[place] = entry
            index.insert(place, hash: hash)
        } else {
            entries.append(entry)
            index.insert(entries.count - 1, hash: hash)
        }
    }

    mutating func remove(_ key: RepeatKey) {
        let hash = key.hash
        guard let place = index.place(hash, where: { entries[$0].key == key }) else { return }
        index.remove(place, hash: hash)
        free.append(place)
    }
}
