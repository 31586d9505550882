/// A contribution that is the only one of its user in a call, as most are: it needs no folding.
extension Contribution {
    /// The exact length of the update that the contribution gives by itself.
    ///
    /// - Parameters:
    ///   - limits: of one update.
    ///   - ages: which events are too old or too new now.
    /// - Returns: bytes, as ``appendUpdate(to:)`` appends them; nil where ``ProfileFold`` must make the update, or more than one of
    ///   them: too much for one, an event that may not go as it is, or a Custom ID with an escape. It gives the same text else.
    public func byteCountAlone(limits: FoldLimits, ages: EventAgeRule) -> Int? {
        guard attributeCount <= limits.attributeCount, eventCount <= limits.eventCount, !isEmpty,
            (oldestEventTime ?? Int64.max) >= ages.oldestMilliseconds,
            (newestEventTime ?? Int64.min) <= ages.newestMilliseconds,
            !needsEscapes(customIDRange)
        else { return nil }
        var count = Self.opening.utf8CodeUnitCount + customIDRange.count + Self.closing.utf8CodeUnitCount
        if attributeCount > 0 {
            // A comma after each but the last.
            count += Self.attributes.utf8CodeUnitCount + attributeCount
            for index in 0..<attributeCount { count += Int(attribute(at: index).length) }
        }
        if eventCount > 0 {
            count += Self.events.utf8CodeUnitCount + eventCount
            for index in 0..<eventCount { count += Int(event(at: index).length) }
        }
        return count < limits.byteCount ? count : nil
    }

    /// Appends the JSON of the update that the contribution gives by itself; only where ``byteCountAlone(limits:ages:)`` has a length.
    public func appendUpdate(to body: inout [UInt8]) {
        let bytes = bytes.span
        body.append(text: Self.opening)
        body.append(bytes, customIDRange.lowerBound, customIDRange.upperBound)
        body.append(text: "\"}")
        if attributeCount > 0 {
            body.append(text: Self.attributes)
            append(count: attributeCount, to: &body) { index in
                let entry = attribute(at: index)
                return (entry.start, entry.length)
            }
            body[body.count - 1] = UInt8(ascii: "}")
        }
        if eventCount > 0 {
            body.append(text: Self.events)
            append(count: eventCount, to: &body) { index in
                let entry = event(at: index)
                return (entry.start, entry.length)
            }
            body[body.count - 1] = UInt8(ascii: "]")
        }
        body.append(UInt8(ascii: "}"))
    }

    private static let opening: StaticString = "{\"identifiers\":{\"custom_id\":\""
    private static let closing: StaticString = "\"}}"
    private static let attributes: StaticString = ",\"attributes\":{"
    private static let events: StaticString = ",\"events\":["

    /// Appends parts of the text with a comma after each; those that stand side by side with commas between go in one piece.
    @inline(__always)
    private func append(count: Int, to body: inout [UInt8], _ place: (Int) -> (start: UInt32, length: UInt32)) {
        let bytes = bytes.span
        let textStart = textStart
        var (start, length) = place(0)
        for index in 1..<max(1, count) {
            let next = place(index)
            if next.start == start + length + 1, bytes[textStart + Int(start + length)] == UInt8(ascii: ",") {
                length += next.length + 1
            } else {
                body.append(bytes, textStart + Int(start), textStart + Int(start + length))
                body.append(UInt8(ascii: ","))
                (start, length) = next
            }
        }
        body.append(bytes, textStart + Int(start), textStart + Int(start + length))
        body.append(UInt8(ascii: ","))
    }

    private func needsEscapes(_ range: Range<Int>) -> Bool {
        for index in range where bytes[index] < 0x20 || bytes[index] == 0x22 || bytes[index] == 0x5C { return true }
        return false
    }
}
