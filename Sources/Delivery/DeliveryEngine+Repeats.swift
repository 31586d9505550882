internal import BatchAPI

/// Messages that repeat one that is still in the window: they settle with it.
///
/// A user has one part or a few as a rule, and these are looked through. The parts of a longer list are in a table, so that a user
/// with a list of tens of thousands costs no more than others.
extension DeliveryEngine {
    /// The record in a user's list that a message repeats.
    func twin(of identity: RepeatIdentity, _ partition: PartitionIndex, in slot: Int) -> Int? {
        if users[at: slot].hasRepeatsInTable {
            return users.reference(slot).flatMap {
                repeatedRecords.record(RepeatKey(user: $0, partition: partition, identity: identity))
            }
        }
        let tag = Pending.repeatTag(identity)
        for index in (0..<users[at: slot].queue.count).reversed() where users[at: slot].queue[index].repeatTag == tag {
            let pending = users[at: slot].queue[index]
            if let record = pending.record, records.place(of: record)?.partition == partition,
                pending.contribution.identity == identity
            {
                return record
            }
        }
        return nil
    }

    /// A part that later messages may repeat is about to join a user's list.
    mutating func noteRepeatable(
        _ pending: inout Pending,
        _ identity: RepeatIdentity,
        _ partition: PartitionIndex,
        of slot: Int
    ) {
        pending.repeatTag = Pending.repeatTag(identity)
        if !users[at: slot].hasRepeatsInTable {
            guard users[at: slot].queue.count >= Self.searchedPartCount else { return }
            users[at: slot].hasRepeatsInTable = true
            for index in 0..<users[at: slot].queue.count { rememberRepeat(users[at: slot].queue[index], of: slot) }
        }
        remember(pending.record, identity, partition, of: slot)
    }

    private mutating func rememberRepeat(_ pending: Pending, of slot: Int) {
        guard let identity = pending.contribution.identity, let record = pending.record,
            let partition = records.place(of: record)?.partition
        else { return }
        remember(record, identity, partition, of: slot)
    }

    private mutating func remember(
        _ record: Int?,
        _ identity: RepeatIdentity,
        _ partition: PartitionIndex,
        of slot: Int
    ) {
        guard let record, let reference = users.reference(slot) else { return }
        repeatedRecords.insert(record, for: RepeatKey(user: reference, partition: partition, identity: identity))
    }

    /// The part leaves the window, or its record does: later messages equal to it are not repeats any more.
    mutating func forgetRepeat(_ pending: Pending, of slot: Int) {
        guard users[at: slot].hasRepeatsInTable, let identity = pending.contribution.identity,
            let record = pending.record, let partition = records.place(of: record)?.partition,
            let reference = users.reference(slot)
        else { return }
        repeatedRecords.remove(RepeatKey(user: reference, partition: partition, identity: identity))
    }

    /// The same for a part by its place in the user's list.
    @inline(__always)
    mutating func forgetRepeat(at index: Int, of slot: Int) {
        guard users[at: slot].hasRepeatsInTable else { return }
        forgetRepeat(users[at: slot].queue[index], of: slot)
    }

    /// Lists up to this length are looked through, back to front: 64 tags are 4 KiB.
    static let searchedPartCount = 64
}
