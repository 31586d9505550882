/// A topic's partition, as the driver has numbered it: dense, from 0, for the life of the process.
public struct PartitionIndex: Hashable, Sendable, CustomStringConvertible {
    /// The number.
    public let number: Int

    /// Creates the index with this number, 0 or more.
    public init(_ number: Int) { self.number = number }

    /// `#3`
    public var description: String { "#\(number)" }
}

/// Tells the assignments of one partition to this process apart: what belongs to an earlier one is recognised and dropped.
public struct AssignmentEpoch: Hashable, Sendable {
    /// The number; grows with every assignment.
    public let number: UInt64

    /// Creates the epoch with this number.
    public init(_ number: UInt64) { self.number = number }
}

/// Where a part of a record goes: an index into ``DeliverySettings/destinations``.
public struct DestinationID: Hashable, Sendable {
    /// The index.
    public let index: Int

    /// Creates the identifier of the destination at this index.
    public init(_ index: Int) { self.index = index }
}

/// One call to Batch, never used twice in the life of an engine.
public struct CallID: Hashable, Sendable, Comparable {
    /// The number.
    public let number: UInt64

    /// Creates the identifier with this number.
    public init(_ number: UInt64) { self.number = number }

    /// By number: earlier calls first.
    public static func < (first: CallID, second: CallID) -> Bool { first.number < second.number }
}

/// One commit of offsets, never used twice in the life of an engine.
public struct CommitID: Hashable, Sendable {
    /// The number.
    public let number: UInt64

    /// Creates the identifier with this number.
    public init(_ number: UInt64) { self.number = number }
}

/// One dead letter, never used twice in the life of an engine.
public struct DeadLetterID: Hashable, Sendable {
    /// The number.
    public let number: UInt64

    /// Creates the identifier with this number.
    public init(_ number: UInt64) { self.number = number }
}

/// The two clocks as they stood when an event came in. The engine reads none itself.
public struct EngineTime: Sendable, Hashable {
    /// Nanoseconds by a clock that never goes back and that runs while the process is frozen.
    public var nanoseconds: Int64
    /// Milliseconds since 1970, UTC: only for the age of events.
    public var wallMilliseconds: Int64

    /// Creates a time from the two clocks.
    public init(nanoseconds: Int64, wallMilliseconds: Int64) {
        self.nanoseconds = nanoseconds
        self.wallMilliseconds = wallMilliseconds
    }
}
