internal import BatchAPI
internal import CSystem

/// Memory that is about to be used is asked for ahead.
///
/// A window of tens of thousands of records lies in no cache: writing a call, or settling it, waits for memory at nearly every step
/// of every user, each step for the address of the next. Asked for in three rounds over all users of a call, the waits overlap.
extension DeliveryEngine {
    /// The users of a call with their first parts and those parts' records.
    ///
    /// - Parameters:
    ///   - count: how many users.
    ///   - slot: the place of a user by its number in the call; free places are no harm.
    @inline(__always)
    func prefetchUsers(_ count: Int, _ slot: (Int) -> Int) {
        for number in 0..<count { users.prefetch(slot(number)) }
        for number in 0..<count { users[at: slot(number)].queue.prefetchFirst() }
        for number in 0..<count { prefetchFirstPart(ofUser: slot(number)) }
    }

    private func prefetchFirstPart(ofUser slot: Int) {
        guard let record = users.prefetchFirstPart(of: slot) else { return }
        records.prefetch(record)
    }
}

extension Array {
    /// Asks for an element's cache lines.
    @inline(__always)
    func prefetch(_ index: Int) {
        withUnsafeBufferPointer { elements in
            guard let first = elements.baseAddress else { return }
            prefetch_lines(first + index, Self.lineCount)
        }
    }

    private static var lineCount: Int32 { Int32(MemoryLayout<Element>.stride / 64 + 1) }
}

extension Deque {
    /// Asks for the first element's cache lines.
    @inline(__always)
    func prefetchFirst() { storage.prefetch(head) }
}

extension UserTable {
    /// Asks for a user's cache lines.
    @inline(__always)
    func prefetch(_ slot: Int) { slots.prefetch(slot) }

    /// Asks for the contribution of a user's first part; it is read from its start on, so a few lines are enough.
    ///
    /// - Returns: the part's record.
    @inline(__always)
    func prefetchFirstPart(of slot: Int) -> Int? {
        slots[slot].queue.first { part in
            part.contribution.bytes.withUnsafeBufferPointer { bytes in
                // The array's count and reference count stand before its elements.
                if let first = bytes.baseAddress { prefetch_lines(UnsafeRawPointer(first) - 32, 4) }
            }
            return part.record
        } ?? nil
    }
}

extension RecordTable {
    /// Asks for a record's cache lines.
    @inline(__always)
    func prefetch(_ slot: Int) { slots.prefetch(slot) }
}
