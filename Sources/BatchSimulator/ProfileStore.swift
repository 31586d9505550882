/// The profiles of one project.
struct ProfileStore: Sendable {
    private var places: [ByteText: Int] = [:]
    private(set) var profiles: ContiguousArray<StoredProfile> = []
    private(set) var names: ContiguousArray<ByteText> = []

    /// How many profiles there are.
    var count: Int { profiles.count }

    /// The place of a profile, which is created if need be.
    mutating func place(of customID: ByteText) -> Int {
        if let place = places[customID] { return place }
        let place = profiles.count
        places[customID] = place
        profiles.append(StoredProfile())
        names.append(customID)
        return place
    }

    subscript(place: Int) -> StoredProfile {
        _read { yield profiles[place] }
        _modify { yield &profiles[place] }
    }

    /// A profile, if there is one.
    func profile(_ customID: ByteText) -> StoredProfile? {
        places[customID].map { profiles[$0] }
    }
}
