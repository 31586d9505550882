extension Contribution {
    /// Packs a contribution into one piece of memory.
    ///
    /// - Parameters:
    ///   - customID: the user, escapes resolved.
    ///   - attributes: by their places in `text`.
    ///   - events: the same.
    ///   - ageTime: what events without a time of their own are judged by, in milliseconds since 1970; nil for never.
    ///   - text: the JSON that the entries point into.
    ///   - identity: what tells repeats of the message apart; nil when it has no id.
    ///   - room: bytes that ``keep(_:)`` can take without moving it.
    init(
        customID: Span<UInt8>,
        attributes: [AttributeEntry],
        events: [EventEntry],
        ageTime: Int64?,
        text: Span<UInt8>,
        identity: RepeatIdentity?,
        room: Int
    ) {
        var oldest = Int64.max
        var newest = Int64.min
        for event in events {
            let time = event.time == EventEntry.noTime ? ageTime ?? EventEntry.noTime : event.time
            guard time != EventEntry.noTime else { continue }
            oldest = min(oldest, time)
            newest = max(newest, time)
        }
        let byteCount =
            PackedLayout.headerByteCount + customID.count + attributes.count * PackedLayout.attributeByteCount
            + events.count * PackedLayout.eventByteCount + text.count
        let flags =
            (oldest <= newest ? PackedLayout.hasTimes : 0) | (identity != nil ? PackedLayout.hasIdentity : 0)
        let bytes = [UInt8](unsafeUninitializedCapacity: byteCount + max(0, room)) { memory, count in
            var packer = Packer(memory: memory)
            packer.put(UInt64(attributes.count) | UInt64(events.count) << 32)
            packer.put(UInt64(bitPattern: oldest))
            packer.put(UInt64(bitPattern: newest))
            packer.put(identity?.high ?? 0)
            packer.put(identity?.low ?? 0)
            packer.put(UInt64(flags) | UInt64(customID.count) << 32)
            customID.withUnsafeBytes { packer.put($0) }
            attributes.withUnsafeBytes { packer.put($0) }
            for var event in events {
                if event.time == EventEntry.noTime { event.time = ageTime ?? EventEntry.noTime }
                withUnsafeBytes(of: event) { packer.put($0) }
            }
            text.withUnsafeBytes { packer.put($0) }
            count = packer.count
        }
        self.init(bytes: bytes)
    }

    /// Fills memory from its start; `UnsafeMutableRawBufferPointer` checks nothing in a release build, so this does.
    private struct Packer {
        private let memory: UnsafeMutableRawBufferPointer
        private(set) var count = 0

        init(memory: UnsafeMutableBufferPointer<UInt8>) { self.memory = UnsafeMutableRawBufferPointer(memory) }

        @inline(__always)
        mutating func put(_ value: UInt64) { withUnsafeBytes(of: value) { put($0) } }

        @inline(__always)
        mutating func put(_ bytes: UnsafeRawBufferPointer) {
            precondition(count + bytes.count <= memory.count, "a contribution is larger than computed")
            UnsafeMutableRawBufferPointer(rebasing: memory[count...]).copyMemory(from: bytes)
            count += bytes.count
        }
    }
}
