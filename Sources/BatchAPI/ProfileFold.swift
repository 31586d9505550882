/// Folds the contributions of one user, in order, into the fewest updates: one for each stretch of 15 events.
///
/// A *stretch* is what goes to Batch together: one update, or several when it has more than 50 attributes. Call
/// ``begin(customID:ages:)``, then ``add(_:firstEvent:attributesDelivered:)`` until it says that the stretch is full or nothing
/// is left, then write each update. Reusable, without allocation once it has grown; not for use by two threads at once.
public struct ProfileFold: Sendable {
    /// What became of a contribution.
    public enum Added: Sendable, Equatable {
        /// All of it that was not delivered yet is in the stretch.
        case whole
        /// Its attributes and the events before this index are in the stretch or were delivered; the stretch is full, and the
        /// next one takes the contribution again with this as `firstEvent` and `attributesDelivered`.
        case partly(events: Int)
        /// Nothing of it was taken; the stretch is full.
        case full
    }

    /// Creates a fold.
    public init(limits: FoldLimits = FoldLimits()) {
    }

    /// Starts a stretch.
    ///
    /// - Parameters:
    ///   - customID: the user's id, as ``Contribution/customID``.
    ///   - ages: which events are too old or too new now.
    public mutating func begin(customID: [UInt8], ages: EventAgeRule) {
    }

    /// Adds the next contribution of the user.
    ///
    /// - Parameters:
    ///   - contribution: of the same Custom ID.
    ///   - firstEvent: the events before it were delivered in earlier stretches.
    ///   - attributesDelivered: whether the attributes were.
    /// - Returns: what was taken; the first contribution of a stretch is never refused.
    public mutating func add(_ contribution: Contribution, firstEvent: Int, attributesDelivered: Bool) -> Added {
        .full
    }

    /// How many updates the stretch gives, 1 or more; those but the last carry the attributes above 50.
    public var updateCount: Int { 1 }

    /// Whether the stretch has no attribute and no event, so that sending it would only create the profile.
    public var isEmpty: Bool { true }

    /// Attributes of the stretch, each counted once.
    public var attributeCount: Int { 0 }

    /// Events of the stretch.
    public var eventCount: Int { 0 }

    /// Events that the age rule left out of this stretch.
    public private(set) var omittedEventCount = 0

    /// Events that the age rule sends without their time in this stretch.
    public private(set) var untimedEventCount = 0

    /// The exact length of the JSON of one update.
    ///
    /// - Parameter update: 0 to ``updateCount`` - 1.
    public func byteCount(ofUpdate update: Int) -> Int { 0 }

    /// Appends the JSON of one update.
    ///
    /// - Parameters:
    ///   - update: 0 to ``updateCount`` - 1; they are to be sent in this order, each after the answer to the one before.
    ///   - body: gets the bytes.
    public func appendUpdate(_ update: Int, to body: inout [UInt8]) {
    }

    /// Which contribution an attribute came from, for a partial error of Batch's answer.
    ///
    /// - Parameter name: the key, with or without `date(…)` or `url(…)`.
    /// - Returns: the place, from 0, of the last added contribution that changed it; nil for a name that is not in the stretch.
    public func setter(ofAttribute name: Span<UInt8>) -> Int? { nil }

    /// Which contribution an attribute came from; see ``setter(ofAttribute:)-(Span<UInt8>)``.
    public func setter(ofAttribute name: String) -> Int? { nil }
}
