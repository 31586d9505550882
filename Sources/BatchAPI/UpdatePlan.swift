/// How the attributes and events of a stretch are spread over updates.
///
/// Nearly every stretch is one update, and then the plan is empty. Above 50 attributes, natives come first, then the others in
/// the order in which they were first set, 50 for each update; the events go with the last one, so that none of them reaches
/// Batch before an attribute that was set before it.
struct UpdatePlan: Sendable {
    /// The slots in the order in which they are sent.
    private(set) var order: [Int32] = []
    /// For each update, where its slots end in ``order``.
    private(set) var ends: [Int] = []

    mutating func removeAll() {
        order.removeAll(keepingCapacity: order.count < 4096)
        ends.removeAll(keepingCapacity: true)
    }

    /// How many updates there are.
    var count: Int { max(1, ends.count) }

    /// The part of ``order`` that one update carries; nil when it carries every slot.
    func slots(of update: Int) -> Range<Int>? {
        guard !ends.isEmpty else { return nil }
        return (update == 0 ? 0 : ends[update - 1])..<ends[update]
    }

    /// Adds one slot to the order.
    mutating func append(slot: Int) { order.append(Int32(slot)) }

    /// Ends an update before the place `end` of the order.
    mutating func endUpdate(at end: Int) { ends.append(end) }
}

extension ProfileFold {
    /// The bytes of an update around the attributes and the events.
    var fixedByteCount: Int {
        "{\"identifiers\":{\"custom_id\":},\"attributes\":{},\"events\":[]}".utf8.count + customID.count
    }

    /// Spreads the stretch over updates if it does not fit one.
    mutating func spread() {
        plan.removeAll()
        let total = fixedByteCount + attributeByteCount + eventText.count
        if slots.count <= limits.attributeCount, total <= limits.byteCount { return }
        for index in slots.indices where slots[index].isNative { plan.append(slot: index) }
        for index in slots.indices where !slots[index].isNative { plan.append(slot: index) }
        var start = 0
        var byteCount = fixedByteCount
        for (index, slot) in plan.order.enumerated() {
            let length = slots[Int(slot)].length + 1
            if index > start, index - start == limits.attributeCount || byteCount + length > limits.byteCount {
                plan.endUpdate(at: index)
                start = index
                byteCount = fixedByteCount
            }
            byteCount += length
        }
        plan.endUpdate(at: slots.count)
        // Events that do not fit beside the last attributes get an update of their own.
        if byteCount > fixedByteCount, byteCount + eventText.count > limits.byteCount {
            plan.endUpdate(at: slots.count)
        }
    }

    /// How many updates the stretch gives, 1 or more; those but the last carry the attributes above 50.
    public var updateCount: Int { plan.count }

    /// The exact length of the JSON of one update.
    ///
    /// - Parameter update: 0 to ``updateCount`` - 1.
    /// - Returns: bytes, as ``appendUpdate(_:to:)`` appends them.
    public func byteCount(ofUpdate update: Int) -> Int {
        precondition(update >= 0 && update < updateCount, "update index out of range")
        var count = "{\"identifiers\":{\"custom_id\":}}".utf8.count + customID.count
        var slotCount = slots.count
        var slotByteCount = attributeByteCount
        if let range = plan.slots(of: update) {
            slotCount = range.count
            slotByteCount = 0
            for index in range { slotByteCount += slots[Int(plan.order[index])].length + 1 }
        }
        // Each slot was counted with a comma, and the last one has none.
        if slotCount > 0 { count += ",\"attributes\":{}".utf8.count + slotByteCount - 1 }
        if update == updateCount - 1, eventCount > 0 { count += ",\"events\":[]".utf8.count + eventText.count }
        return count
    }

    /// Appends the JSON of one update.
    ///
    /// - Parameters:
    ///   - update: 0 to ``updateCount`` - 1; they are to be sent in this order, each after the answer to the one before.
    ///   - body: gets the bytes.
    public func appendUpdate(_ update: Int, to body: inout [UInt8]) {
        precondition(update >= 0 && update < updateCount, "update index out of range")
        body.append(text: "{\"identifiers\":{\"custom_id\":")
        body.append(contentsOf: customID)
        body.append(UInt8(ascii: "}"))
        let text = arena.span
        var hasAttributes = false
        if let range = plan.slots(of: update) {
            for index in range {
                append(slots[Int(plan.order[index])], text, &hasAttributes, to: &body)
            }
        } else {
            for slot in slots { append(slot, text, &hasAttributes, to: &body) }
        }
        if hasAttributes { body.append(UInt8(ascii: "}")) }
        if update == updateCount - 1, eventCount > 0 {
            body.append(text: ",\"events\":[")
            body.append(contentsOf: eventText)
            body.append(UInt8(ascii: "]"))
        }
        body.append(UInt8(ascii: "}"))
    }

    private func append(
        _ slot: Slot,
        _ text: Span<UInt8>,
        _ hasAttributes: inout Bool,
        to body: inout [UInt8]
    ) {
        if hasAttributes { body.append(UInt8(ascii: ",")) } else { body.append(text: ",\"attributes\":{") }
        hasAttributes = true
        body.append(text, slot.start, slot.end)
    }
}
