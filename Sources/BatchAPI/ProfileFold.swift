import JSONDocument

/// Folds the contributions of one user, in order, into the fewest updates: one for each stretch of 15 events.
///
/// A *stretch* is what goes to Batch together: one update, or several when it has more than 50 attributes. Call
/// ``begin(customID:ages:)``, then ``add(_:firstEvent:attributesDelivered:)`` until it says that the stretch is full or nothing
/// is left, then write each update. Reusable, without allocation once it has grown; not for use by two threads at once.
///
/// A stretch also ends before an array patch that follows a plain value: Batch refuses such a patch and keeps the value
/// (batch-api 2.5, C), and so that it can say so, the patch goes in the next update.
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

    /// The bounds on one update.
    public let limits: FoldLimits
    private var ages = EventAgeRule.none
    /// What becomes of late events of the contributions added from now on.
    private var late = EventAgeRule.Late.omit
    /// The Custom ID as a JSON string.
    var customID: [UInt8] = []

    // The attributes.
    var slots: [Slot] = []
    private var table = SlotTable()
    /// The text of the slots, `"name":value` each.
    var arena: [UInt8] = []
    /// Bytes of ``arena`` that no slot has any more.
    private var garbageByteCount = 0
    /// Bytes of all slots with a comma each.
    var attributeByteCount = 0

    // The events.
    /// The events with commas between them.
    var eventText: [UInt8] = []
    /// Events of the stretch.
    public private(set) var eventCount = 0
    /// Events that the age rule left out of this stretch.
    public private(set) var omittedEventCount = 0
    /// Events that the age rule sends without their time in this stretch.
    public private(set) var untimedEventCount = 0

    /// How many contributions were added, whole or partly.
    private var contributionCount = 0
    /// The updates, when there is more than one; see ``UpdatePlan``.
    var plan = UpdatePlan()

    // Scratch memory of one `add`.
    private var changes: [Change] = []
    private var pending: [UInt8] = []
    private var patches = PatchFold()

    /// Creates a fold.
    public init(limits: FoldLimits = FoldLimits()) {
        self.limits = limits
    }

    /// Starts a stretch of the user of a contribution.
    ///
    /// - Parameters:
    ///   - contribution: any of the user.
    ///   - ages: which events are too old or too new now.
    public mutating func begin(userOf contribution: Contribution, ages: EventAgeRule) {
        begin(customID: contribution.bytes.span.extracting(contribution.customIDRange), ages: ages)
    }

    /// Starts a stretch.
    ///
    /// - Parameters:
    ///   - customID: the user's id, as ``Contribution/customID``.
    ///   - ages: which events are too old or too new now.
    public mutating func begin(customID: [UInt8], ages: EventAgeRule) { begin(customID: customID.span, ages: ages) }

    private mutating func begin(customID: Span<UInt8>, ages: EventAgeRule) {
        self.ages = ages
        late = ages.late
        self.customID.removeAll(keepingCapacity: true)
        JSONEscaping.appendString(customID, to: &self.customID)
        slots.removeAll(keepingCapacity: slots.count < 4096)
        table.removeAll()
        arena.removeAll(keepingCapacity: arena.count < 1 << 20)
        garbageByteCount = 0
        attributeByteCount = 0
        eventText.removeAll(keepingCapacity: true)
        eventCount = 0
        omittedEventCount = 0
        untimedEventCount = 0
        contributionCount = 0
        plan.removeAll()
    }

    /// Whether the stretch has no attribute and no event, so that sending it would only create the profile.
    public var isEmpty: Bool { slots.isEmpty && eventCount == 0 }

    /// Attributes of the stretch, each counted once.
    public var attributeCount: Int { slots.count }

    // MARK: Adding

    /// Says what becomes of the late events of the contributions added from now on, until the next stretch begins.
    ///
    /// Contributions of one stretch may differ in it: were it a reason to end the stretch, an event that grows old between two
    /// tries would make the second one shorter than what Batch may have applied at the first.
    public mutating func treatLateEvents(_ late: EventAgeRule.Late) { self.late = late }

    /// Adds the next contribution of the user.
    ///
    /// - Parameters:
    ///   - contribution: of the same Custom ID.
    ///   - firstEvent: the events before it were delivered in earlier stretches; 0 or more.
    ///   - attributesDelivered: whether the attributes were.
    /// - Returns: what was taken; the first contribution of a stretch is never refused.
    public mutating func add(_ contribution: Contribution, firstEvent: Int, attributesDelivered: Bool) -> Added {
        let bytes = contribution.bytes.span
        let textStart = contribution.textStart
        var firstLength = 0
        if let first = firstSendable(of: contribution, from: firstEvent) {
            guard eventCount < limits.eventCount else { return .full }
            firstLength = length(of: contribution.event(at: first)) + 1
        }
        changes.removeAll(keepingCapacity: true)
        pending.removeAll(keepingCapacity: true)
        var growth = 0
        if !attributesDelivered {
            for index in 0..<contribution.attributeCount {
                let entry = contribution.attribute(at: index)
                guard let change = change(by: entry, bytes, textStart) else { return .full }
                growth += change.growth
                changes.append(change)
            }
        }
        let isOversized = !fits(attributes: attributeByteCount + growth, events: eventText.count + firstLength)
        if isOversized, !isEmpty { return .full }
        for index in changes.indices { apply(index, bytes) }
        attributeByteCount += growth
        let end = addEvents(of: contribution, from: firstEvent, bytes, textStart, isOversized)
        contributionCount += 1
        compactIfNeeded()
        spread()
        return end == contribution.eventCount ? .whole : .partly(events: end)
    }

    /// Adds what is left of the next contribution of the user.
    ///
    /// - Parameter input: the contribution and how much of it was delivered.
    /// - Returns: what was taken; the first contribution of a stretch is never refused.
    public mutating func add(_ input: FoldInput) -> Added {
        add(
            input.contribution,
            firstEvent: input.firstEvent,
            attributesDelivered: input.attributesDelivered
        )
    }

    /// Whether one update could hold this many bytes of attributes and events, a comma each.
    private func fits(attributes: Int, events: Int) -> Bool {
        fixedByteCount + attributes + events <= limits.byteCount
    }

    // MARK: Attributes

    /// Works out what an attribute would change, without changing anything.
    ///
    /// - Returns: nil when it cannot be folded, so that the stretch ends.
    private mutating func change(by entry: AttributeEntry, _ bytes: Span<UInt8>, _ textStart: Int) -> Change? {
        let bareStart = textStart + entry.bareStart
        let slot = find(entry.hash, bytes, bareStart, bareStart + Int(entry.bareLength))
        var change = Change(
            entry: entry,
            slot: slot ?? -1,
            start: textStart + Int(entry.start),
            length: Int(entry.length),
            isPending: false
        )
        change.isNative = bytes[bareStart] == UInt8(ascii: "$")
        guard let slot else {
            change.growth = change.length + 1
            return change
        }
        let old = slots[slot]
        if entry.kind == .patch {
            let start = pending.count
            let nameEnd = textStart + entry.valueStart
            pending.append(bytes, change.start, nameEnd)
            let kind = patches.fold(
                arena,
                old.valueStart..<old.end,
                old.kind,
                bytes,
                nameEnd..<textStart + entry.end,
                limit: limits.itemCount,
                into: &pending
            )
            guard let kind else { return nil }
            change.entry.kind = kind
            change.start = start
            change.length = pending.count - start
            change.isPending = true
        }
        change.growth = change.length - old.length
        return change
    }

    private mutating func apply(_ index: Int, _ bytes: Span<UInt8>) {
        let change = changes[index]
        var slot = Slot(change, start: arena.count, setter: contributionCount)
        if change.slot >= 0 {
            let old = slots[change.slot]
            if old.capacity >= change.length {
                slot.start = old.start
                slot.capacity = old.capacity
            } else {
                garbageByteCount += old.capacity
            }
        }
        if change.isPending {
            Self.write(pending, change.start, change.length, at: slot.start, of: &arena)
        } else {
            Self.write(bytes, change.start, change.length, at: slot.start, of: &arena)
        }
        if change.slot >= 0 {
            slots[change.slot] = slot
        } else {
            slots.append(slot)
            table.insert(slots)
        }
    }

    /// The same from an array: a span over one property would be taken as a borrow of the whole fold.
    private static func write(
        _ source: [UInt8],
        _ start: Int,
        _ length: Int,
        at place: Int,
        of target: inout [UInt8]
    ) {
        write(source.span, start, length, at: place, of: &target)
    }

    /// Copies a part of `source` over a part of `target`, or behind its end.
    private static func write(
        _ source: Span<UInt8>,
        _ start: Int,
        _ length: Int,
        at place: Int,
        of target: inout [UInt8]
    ) {
        guard place < target.count else {
            target.append(source, start, start + length)
            return
        }
        // The slices check the bounds on both sides, and the lengths are equal.
        source.extracting(start..<start + length).withUnsafeBytes { bytes in
            target.withUnsafeMutableBytes { target in
                UnsafeMutableRawBufferPointer(rebasing: target[place..<place + length]).copyMemory(from: bytes)
            }
        }
    }

    func find(_ hash: UInt32, _ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        var probe = table.firstProbe(hash)
        while let slot = table.slot(at: probe) {
            if slots[slot].hash == hash, Int(slots[slot].bareLength) == end - start,
                Self.equal(arena.span, slots[slot].bareStart, bytes, start, end - start)
            {
                return slot
            }
            probe = table.nextProbe(probe)
        }
        return nil
    }

    private static func equal(
        _ first: Span<UInt8>,
        _ firstStart: Int,
        _ second: Span<UInt8>,
        _ secondStart: Int,
        _ count: Int
    ) -> Bool {
        for offset in 0..<count where first[firstStart + offset] != second[secondStart + offset] { return false }
        return true
    }

    /// Values that keep growing leave their old places behind: a user with a million records must not cost their sum.
    private mutating func compactIfNeeded() {
        guard garbageByteCount > 1 << 16, garbageByteCount > arena.count / 2 else { return }
        var compacted: [UInt8] = []
        for index in slots.indices {
            let start = compacted.count
            compacted.append(arena.span, slots[index].start, slots[index].end)
            slots[index].start = start
            slots[index].capacity = slots[index].length
        }
        arena = compacted
        garbageByteCount = 0
    }

    // MARK: Events

    private func isLate(_ event: EventEntry) -> Bool {
        event.time != EventEntry.noTime && event.time < ages.oldestMilliseconds
    }

    private func isSentWithTime(_ event: EventEntry) -> Bool {
        event.timeLength > 0 && event.time >= ages.oldestMilliseconds && event.time <= ages.newestMilliseconds
    }

    private func length(of event: EventEntry) -> Int {
        Int(event.length) - (isSentWithTime(event) ? 0 : Int(event.timeLength))
    }

    private func firstSendable(of contribution: Contribution, from first: Int) -> Int? {
        for index in max(0, first)..<max(0, first, contribution.eventCount)
        where late == .withoutTime || !isLate(contribution.event(at: index)) {
            return index
        }
        return nil
    }

    /// Takes events while they fit.
    ///
    /// - Returns: the index of the first one that does not, or the number of events.
    private mutating func addEvents(
        of contribution: Contribution,
        from first: Int,
        _ bytes: Span<UInt8>,
        _ textStart: Int,
        _ isOversized: Bool
    ) -> Int {
        let count = contribution.eventCount
        for index in max(0, first)..<max(0, first, count) {
            let event = contribution.event(at: index)
            if late == .omit, isLate(event) {
                omittedEventCount += 1
                continue
            }
            let length = length(of: event) + 1
            // The attributes of an oversized stretch go in updates of their own.
            let attributes = isOversized ? 0 : attributeByteCount
            guard eventCount < limits.eventCount,
                fits(attributes: attributes, events: eventText.count + length) || isOversized && eventCount == 0
            else { return index }
            if eventCount > 0 { eventText.append(UInt8(ascii: ",")) }
            let start = textStart + Int(event.start)
            if isSentWithTime(event) || event.timeLength == 0 {
                eventText.append(bytes, start, start + Int(event.length))
            } else {
                let cut = textStart + Int(event.timeStart)
                eventText.append(bytes, start, cut)
                eventText.append(bytes, cut + Int(event.timeLength), start + Int(event.length))
                untimedEventCount += 1
            }
            eventCount += 1
        }
        return count
    }

    // MARK: Origins

    /// Which contribution an attribute came from, for a partial error of Batch's answer.
    ///
    /// - Parameter name: the key, with or without `date(…)` or `url(…)`.
    /// - Returns: the place, from 0, of the last added contribution that changed it; nil for a name that is not in the stretch.
    public func setter(ofAttribute name: Span<UInt8>) -> Int? {
        let range = AttributeKey.bareRange(name)
        let hash = AttributeKey.hash(name, range.lowerBound, range.upperBound)
        return find(hash, name, range.lowerBound, range.upperBound).map { slots[$0].setter }
    }

    /// Which contribution an attribute came from.
    ///
    /// - Parameter name: the key, with or without `date(…)` or `url(…)`.
    /// - Returns: the place, from 0, of the last added contribution that changed it; nil for a name that is not in the stretch.
    public func setter(ofAttribute name: String) -> Int? {
        setter(ofAttribute: Array(name.utf8).span)
    }
}
