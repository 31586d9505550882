import BatchAPI
import JSONDocument

/// Identify: traits become native and custom attributes.
extension DefaultMapper {
    /// Writes the attributes of an identify.
    mutating func mapTraits(
        _ node: JSONNode?,
        _ context: ContextParts,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        place.enter("traits")
        if let traits = object(node, tape, text) {
            takenNames.removeAll(at: 0)
            swap(&out, &custom)
            swap(&outline, &customOutline)
            var members = tape.members(of: traits)
            while let (name, value) = tape.next(&members) {
                place.push(.member(name))
                mapTrait(Member(name: name, value: value), tape, text)
                place.pop()
            }
            swap(&out, &custom)
            swap(&outline, &customOutline)
        }
        writeAttributes(context, tape, text)
    }

    /// Writes `attributes` with the natives and what stands in `custom`, if there are any.
    mutating func writeAttributes(
        _ context: ContextParts,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        let mark = out.count
        append("\"attributes\":{")
        let start = out.count
        writeNatives(context, tape, text)
        if !custom.isEmpty {
            outline.append(attributesOf: customOutline, at: out.count)
            out.append(custom)
        }
        guard out.count > start else {
            forget(from: mark)
            return
        }
        close(with: UInt8(ascii: "}"))
        endValue()
    }

    private mutating func mapTrait(_ member: Member, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        if tape.isEscaped(member.name) {
            var key: [UInt8] = []
            swap(&key, &keyBuffer)
            key.removeAll(keepingCapacity: true)
            tape.appendContent(of: member.name, in: text, to: &key)
            mapTrait(member, key.span, 0..<key.count, tape, text)
            keyBuffer = key
        } else {
            mapTrait(member, text, tape.contentRange(of: member.name), tape, text)
        }
    }

    /// The key is a part of a source.
    private mutating func mapTrait(
        _ member: Member,
        _ source: Span<UInt8>,
        _ part: Range<Int>,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        let key = source.extracting(part)
        if let native = NativeKey(key) {
            natives.note(native, member, isContext: false)
            return
        }
        if key.count > 0, key[0] == UInt8(ascii: "$") {
            report(.unknownNative, tape, text)
            return
        }
        guard tape.kind(of: member.value) == .object else {
            mapLeaf(member.value, attributeNames.name(of: source, part, allowsTypes: true), tape, text)
            return
        }
        let renamed = attributeNames.name(of: key, allowsTypes: true)
        if let refusal = Self.refusal(ofUntypedValue: renamed.type) {
            report(renamed.problem ?? refusal, tape, text)
        } else if options.objects == .refuse {
            report(.objectRefused, tape, text)
        } else {
            flatten(member.value, key: key, level: 0, tape, text)
        }
    }

    /// Maps the members of an object under their joined keys. `key` has those down to the object; `level` is 0 for an object
    /// among the traits and 1 for one inside it, and there is no more.
    private mutating func flatten(
        _ object: JSONNode,
        key: Span<UInt8>,
        level: Int,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        if isEmptyObject(object, tape) {
            report(.empty, tape, text)
            return
        }
        var joined: [UInt8] = []
        swap(&joined, &joinedKeys[level])
        var short = ShortKey(key)
        var members = tape.members(of: object)
        while let (name, value) = tape.next(&members) {
            place.push(.member(name))
            if tape.kind(of: value) != .object, !tape.isEscaped(name),
                let end = short.join(text.extracting(tape.contentRange(of: name)))
            {
                mapLeaf(value, attributeNames.name(of: short.bytes.span, 0..<end, allowsTypes: false), tape, text)
                place.pop()
                continue
            }
            joined.removeAll(keepingCapacity: true)
            key.withUnsafeBufferPointer { joined.append(contentsOf: $0) }
            joined.append(UInt8(ascii: "_"))
            tape.appendContent(of: name, in: text, to: &joined)
            if tape.kind(of: value) != .object {
                mapLeaf(value, attributeNames.name(of: joined.span, allowsTypes: false), tape, text)
            } else if level == 0 {
                flatten(value, key: joined.span, level: 1, tape, text)
            } else {
                report(.tooDeep, tape, text)
            }
            place.pop()
        }
        joinedKeys[level] = joined
    }

    /// Writes one custom attribute under a key, or reports why not.
    private mutating func mapLeaf(
        _ node: JSONNode,
        _ renamed: RenamedKey,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        if let problem = renamed.problem {
            report(problem, tape, text)
            return
        }
        let mark = out.count
        switch writeAttribute(node, renamed, tape, text) {
        case .written:
            if !takenNames.insert(renamed.name, at: 0) {
                forget(from: mark)
                report(.nameCollision, tape, text)
            } else {
                noteCustom(renamed, from: mark)
            }
        case .gone: break
        case .refused(let reason): report(reason, tape, text)
        }
    }

    /// Under the type that was written, which a value may have had by itself.
    @inline(__always)
    private mutating func noteCustom(_ key: RenamedKey, from mark: Int) {
        let bareOffset =
            switch writtenType {
            case .detected: 0
            case .date: 5
            case .address: 4
            }
        note(attributeFrom: mark, key.outlined, bareOffset: bareOffset)
    }

    private mutating func writeAttribute(
        _ node: JSONNode,
        _ key: RenamedKey,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Verdict {
        let kind = tape.kind(of: node)
        switch kind {
        case .string, .number, .boolean: return writeScalar(node, kind, key, isInEvent: false, tape, text)
        case .null: return writeNull(key)
        case .object: return .refused(.tooDeep)
        case .array:
            if let refusal = Self.refusal(ofUntypedValue: key.type) { return .refused(refusal) }
            let mark = out.count
            append(key: key.name, .detected)
            let rule = TextListRule.attribute(cuts: options.longText == .cut)
            guard let reason = writeTextList(node, rule, isInEvent: false, tape, text) else { return .written }
            forget(from: mark)
            return reason == .empty && options.emptyLists == .delete ? writeNull(key) : .refused(reason)
        }
    }

    /// A null deletes the attribute, and goes under the bare name whatever the type.
    private mutating func writeNull(_ key: RenamedKey) -> Verdict {
        append(key: key.name, .detected)
        append("null,")
        return .written
    }
}
