import BatchAPI
import JSONDocument

/// Writing, and reporting what is not written.
extension DefaultMapper {
    @inline(__always)
    mutating func append(_ word: StaticString) { out.append(word) }

    /// Appends a JSON string.
    ///
    /// - Parameters:
    ///   - content: the characters.
    ///   - isEscaped: whether they come from a string with escapes, so that some may need one again.
    @inline(__always)
    mutating func append(quoted content: Span<UInt8>, isEscaped: Bool) {
        if isEscaped {
            out.append(string: content)
        } else {
            out.append(UInt8(ascii: "\""))
            out.append(content)
            out.append(UInt8(ascii: "\""))
        }
    }

    /// Appends the name of an attribute and the colon.
    @inline(__always)
    mutating func append(key name: PackedName, _ type: RenamedKey.ValueType) {
        writtenType = type
        switch type {
        case .detected: name.appendKey(to: &out)
        case .date: name.appendDateKey(to: &out)
        case .address: name.appendAddressKey(to: &out)
        }
    }

    /// Notes the attribute that was written from a mark on, its comma included.
    @inline(__always)
    mutating func note(attributeFrom mark: Int, _ name: OperationOutline.Name, bareOffset: Int) {
        let valueStart = mark + name.keyLength(bareOffset: bareOffset) + 3
        outline.noteAttribute(mark..<out.count - 1, name, bareOffset: bareOffset, firstOfValue: out[valueStart])
    }

    /// The same for a native.
    @inline(__always)
    mutating func note(_ native: Native, from mark: Int) {
        note(attributeFrom: mark, nativeNames[native.rawValue], bareOffset: 0)
    }

    /// Appends the comma that stands after every member and item.
    @inline(__always)
    mutating func endValue() { out.append(UInt8(ascii: ",")) }

    /// Closes an object or list that holds something: the bracket takes the place of the last comma.
    @inline(__always)
    mutating func close(with bracket: UInt8) { out[out.count - 1] = bracket }

    /// Forgets what was written after a mark.
    @inline(__always)
    mutating func forget(from mark: Int) { out.forget(from: mark) }

    /// Takes the buffer filled with the characters of a string; give it back into `contentBuffer`.
    mutating func takeContent(
        of node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> [UInt8] {
        var content: [UInt8] = []
        swap(&content, &contentBuffer)
        content.removeAll(keepingCapacity: true)
        tape.appendContent(of: node, in: text, to: &content)
        return content
    }

    /// Reports that what stands at the place is left out.
    mutating func report(_ reason: MappingReason, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        found.append(LeftOut(path: place.path(tape, text), reason: reason))
    }

    /// Reports that a member of what stands at the place is left out.
    mutating func report(
        _ reason: MappingReason,
        at name: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        place.push(.member(name))
        report(reason, tape, text)
        place.pop()
    }
}
