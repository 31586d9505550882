/// Bounds on one update of a fold.
public struct FoldLimits: Sendable, Equatable {
    /// Attributes of one update.
    public let attributeCount: Int
    /// Events of one update.
    public let eventCount: Int
    /// Items of a folded array, and of each list of a folded patch.
    public let itemCount: Int
    /// Bytes of the JSON of one update. Every single attribute and event fits 262 144 bytes.
    public let byteCount: Int

    /// Creates bounds; values out of range are moved to the nearest bound.
    ///
    /// - Parameters:
    ///   - attributeCount: 1 to 50.
    ///   - eventCount: 1 to 15.
    ///   - itemCount: 1 to 25; lower than what one contribution holds, arrays still pass unfolded.
    ///   - byteCount: 262 144 or more; the largest body of a call, less its two brackets.
    public init(
        attributeCount: Int = BatchLimits.attributeCount,
        eventCount: Int = BatchLimits.eventCount,
        itemCount: Int = BatchLimits.arrayItemCount,
        byteCount: Int = BatchLimits.bodyByteCount - 2
    ) {
        self.attributeCount = min(max(1, attributeCount), BatchLimits.attributeCount)
        self.eventCount = min(max(1, eventCount), BatchLimits.eventCount)
        self.itemCount = min(max(1, itemCount), BatchLimits.arrayItemCount)
        self.byteCount = max(262_144, byteCount)
    }
}

/// Which events are too old or too new at the moment a call is built. Events without a time are never either.
public struct EventAgeRule: Sendable, Equatable {
    /// What becomes of an event older than ``EventAgeRule/oldestMilliseconds``.
    public enum Late: Sendable, Equatable {
        /// It is left out.
        case omit
        /// It is sent without its time, so that Batch takes the time of arrival.
        case withoutTime
    }

    /// The lowest time that is sent, in milliseconds since 1970, UTC.
    public let oldestMilliseconds: Int64
    /// The highest time that is sent, in milliseconds since 1970, UTC; a newer event is sent without its time.
    public let newestMilliseconds: Int64
    /// What becomes of an event that is older.
    public let late: Late

    /// Creates a rule.
    public init(oldestMilliseconds: Int64, newestMilliseconds: Int64, late: Late) {
        self.oldestMilliseconds = oldestMilliseconds
        self.newestMilliseconds = newestMilliseconds
        self.late = late
    }

    /// The rule that lets every event through with its time.
    public static let none = EventAgeRule(oldestMilliseconds: .min, newestMilliseconds: .max, late: .withoutTime)
}

/// A contribution and how much of it was delivered by earlier stretches.
public struct FoldInput: Sendable {
    /// What the record does.
    public let contribution: Contribution
    /// The events before it were delivered; 0 or more.
    public var firstEvent: Int
    /// Whether the attributes were delivered.
    public var attributesDelivered: Bool

    /// Creates an input; by default nothing was delivered yet.
    public init(contribution: Contribution, firstEvent: Int = 0, attributesDelivered: Bool = false) {
        self.contribution = contribution
        self.firstEvent = firstEvent
        self.attributesDelivered = attributesDelivered
    }
}
