import BatchAPI
import JSONDocument

/// Native attributes, from the traits, from `context.traits` and from `context`.
extension DefaultMapper {
    /// Writes all natives in their order.
    mutating func writeNatives(_ context: ContextParts, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        if let traits = context.traits { noteNatives(of: traits, tape, text) }
        if !natives.isEmpty {
            _ = writeNative(.email, tape, text)
            _ = writeNative(.emailMarketing, tape, text)
            _ = writeNative(.phone, tape, text)
            _ = writeNative(.smsMarketing, tape, text)
        }
        writeLanguageAndRegion(context.locale, tape, text)
        if !writeNative(.timeZone, tape, text), let timeZone = context.timeZone {
            place.enter("context")
            writeCandidate(.timeZone, timeZone, tape, text)
        }
        _ = writeNative(.topicPreferences, tape, text)
    }

    private mutating func noteNatives(of traits: JSONNode, _ tape: borrowing JSONTape, _ text: Span<UInt8>) {
        var members = tape.members(of: traits)
        while let (name, value) = tape.next(&members) {
            let native: NativeKey?
            if tape.isEscaped(name) {
                var key: [UInt8] = []
                tape.appendContent(of: name, in: text, to: &key)
                native = NativeKey(key.span)
            } else {
                native = NativeKey(text.extracting(tape.contentRange(of: name)))
            }
            if let native { natives.note(native, Member(name: name, value: value), isContext: true) }
        }
    }

    /// Writes the first usable trait of a native and reports the others.
    ///
    /// - Returns: whether there was one.
    private mutating func writeNative(
        _ native: Native,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        if natives.isEmpty { return false }
        let slot = natives[native]
        if slot.isEmpty { return false }
        place.enter(slot.isContext ? "context.traits" : "traits")
        var isWritten = false
        if let candidate = slot.ownName { tryCandidate(native, candidate, &isWritten, tape, text) }
        if let candidate = slot.first { tryCandidate(native, candidate, &isWritten, tape, text) }
        if let candidate = slot.second { tryCandidate(native, candidate, &isWritten, tape, text) }
        return isWritten
    }

    /// Writes a candidate if none is written yet, and reports it if one is.
    private mutating func tryCandidate(
        _ native: Native,
        _ candidate: Member,
        _ isWritten: inout Bool,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        if isWritten {
            report(.nameCollision, at: candidate.name, tape, text)
        } else {
            isWritten = writeCandidate(native, candidate, tape, text)
        }
    }

    /// Writes a native from a member of the place, or reports why not.
    @discardableResult
    private mutating func writeCandidate(
        _ native: Native,
        _ member: Member,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> Bool {
        let mark = out.count
        append(native.key)
        guard let reason = writeValue(of: native, member.value, tape, text) else {
            endValue()
            note(native, from: mark)
            return true
        }
        forget(from: mark)
        report(reason, at: member.name, tape, text)
        return false
    }

    /// - Returns: why the value is refused; then what was written is to be forgotten.
    private mutating func writeValue(
        of native: Native,
        _ node: JSONNode,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) -> MappingReason? {
        switch tape.kind(of: node) {
        case .null:
            append("null")
            return nil
        case .string:
            if tape.isEscaped(node) {
                let content = takeContent(of: node, tape, text)
                defer { contentBuffer = content }
                return writeText(of: native, content.span, isEscaped: true)
            }
            return writeText(of: native, text.extracting(tape.contentRange(of: node)), isEscaped: false)
        case .boolean:
            guard native == .emailMarketing || native == .smsMarketing else { return native.refusal }
            writeOptIn(tape.boolean(of: node) == true)
            return nil
        case .array, .object:
            guard native == .topicPreferences, writeTopics(node, tape, text) else { return native.refusal }
            return nil
        case .number: return native.refusal
        }
    }

    private mutating func writeText(
        of native: Native,
        _ content: Span<UInt8>,
        isEscaped: Bool
    ) -> MappingReason? {
        let trimmed = content.extracting(TextRules.trimmed(content))
        if trimmed.isEmpty { return .empty }
        let isUsable: Bool
        switch native {
        case .email:
            isUsable = AddressText.isEmail(trimmed)
            if isUsable { append(quoted: trimmed, isEscaped: isEscaped) }
        case .phone: isUsable = writePhone(trimmed)
        case .emailMarketing, .smsMarketing:
            let isOn = TextRules.equalsIgnoringCase(trimmed, "subscribed")
            isUsable = isOn || TextRules.equalsIgnoringCase(trimmed, "unsubscribed")
            if isUsable { writeOptIn(isOn) }
        case .language:
            isUsable = LocaleText.letterCount(trimmed) == 2
            if isUsable { writeCode(LocaleText.language(trimmed[0], trimmed[1])) }
        case .region:
            isUsable = LocaleText.letterCount(trimmed) == 2
            if isUsable { writeCode(LocaleText.region(trimmed[0], trimmed[1])) }
        case .timeZone:
            isUsable = timeZones.accepts(trimmed)
            if isUsable { append(quoted: trimmed, isEscaped: isEscaped) }
        case .topicPreferences: isUsable = false
        }
        return isUsable ? nil : native.refusal
    }

    private mutating func writeOptIn(_ isOn: Bool) { append(isOn ? "\"subscribed\"" : "\"unsubscribed\"") }

    private mutating func writeCode(_ half: LocaleText.Half) {
        guard case .code(let first, let second) = half else { return }
        out.append(0x2200_0022 | UInt64(first) << 8 | UInt64(second) << 16, length: 4)
    }

    // MARK: Phone

    private mutating func writePhone(_ content: Span<UInt8>) -> Bool {
        var kept: [UInt8] = []
        swap(&kept, &phoneBuffer)
        defer { phoneBuffer = kept }
        kept.removeAll(keepingCapacity: true)
        var index = 0
        while index < content.count {
            let scalar = TextRules.scalar(in: content, at: &index)
            if TextRules.isWhiteSpace(scalar) { continue }
            guard scalar < 0x80 else { return false }
            kept.append(UInt8(scalar))
        }
        return writePhone(unspaced: kept.span)
    }

    private mutating func writePhone(unspaced written: Span<UInt8>) -> Bool {
        let hasScheme = written.count >= 4 && TextRules.equalsIgnoringCase(written.extracting(0..<4), "tel:")
        let number = written.extracting((hasScheme ? 4 : 0)..<written.count)
        if Self.hasTrunkZero(number) { return false }
        out.append(UInt8(ascii: "\""))
        let start = out.count
        for index in number.indices {
            switch number[index] {
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "/"): break
            case let byte: out.append(byte)
            }
        }
        completeNationalNumber(from: start)
        let digits = start + 1..<max(start + 1, out.count)
        guard (2...BatchLimits.phoneDigitCount).contains(digits.count), out[start] == UInt8(ascii: "+"),
            digits.allSatisfy({ TextRules.isDigit(out[$0]) })
        else { return false }
        out.append(UInt8(ascii: "\""))
        return true
    }

    /// Whether `(0)` stands after a `+`: it says that a digit is dialled only without the calling code.
    private static func hasTrunkZero(_ number: Span<UInt8>) -> Bool {
        guard number.count > 3 else { return false }
        var isInternational = false
        for index in 0..<number.count - 2 {
            if number[index] == UInt8(ascii: "+") { isInternational = true }
            if isInternational, TextRules.equals(number.extracting(index..<index + 3), "(0)") { return true }
        }
        return false
    }

    /// With the option, exactly one leading 0 stands for the calling code.
    private mutating func completeNationalNumber(from start: Int) {
        guard !callingCode.isEmpty, out.count > start, out[start] == UInt8(ascii: "0"),
            out.count == start + 1 || out[start + 1] != UInt8(ascii: "0")
        else { return }
        out[start] = UInt8(ascii: "+")
        out.insert(callingCode, at: start + 1)
    }

    // MARK: Locale

    private mutating func writeLanguageAndRegion(
        _ member: Member?,
        _ tape: borrowing JSONTape,
        _ text: Span<UInt8>
    ) {
        let hasLanguage = writeNative(.language, tape, text)
        guard let member else {
            _ = writeNative(.region, tape, text)
            return
        }
        // The language goes before the region, which may have a trait of its own that settles whether the locale is read.
        let beforeRegion = out.count
        let hasRegion = writeNative(.region, tape, text)
        if hasLanguage, hasRegion { return }
        place.enter("context")
        var isEscaped = false
        switch tape.kind(of: member.value) {
        case .null:
            if !hasLanguage { writeBefore(beforeRegion, .language, nil) }
            if !hasRegion { writeHalf(.region, nil) }
            return
        case .string: isEscaped = tape.isEscaped(member.value)
        case .object, .array, .number, .boolean:
            report(.badLocale, at: member.name, tape, text)
            return
        }
        let locale: LocaleText?
        let isBlank: Bool
        if isEscaped {
            let content = takeContent(of: member.value, tape, text)
            defer { contentBuffer = content }
            isBlank = TextRules.isBlank(content.span)
            locale = Self.locale(content.span)
        } else {
            let content = text.extracting(tape.contentRange(of: member.value))
            isBlank = TextRules.isBlank(content)
            locale = Self.locale(content)
        }
        guard let locale else {
            report(isBlank ? .empty : .badLocale, at: member.name, tape, text)
            return
        }
        if !hasLanguage {
            switch locale.language {
            case .absent: break
            case .unsupported: report(.languageUnsupported, at: member.name, tape, text)
            case .code: writeBefore(beforeRegion, .language, locale.language)
            }
        }
        if !hasRegion {
            switch locale.region {
            case .absent: break
            case .unsupported: report(.regionUnsupported, at: member.name, tape, text)
            case .code: writeHalf(.region, locale.region)
            }
        }
    }

    private static func locale(_ content: Span<UInt8>) -> LocaleText? {
        let trimmed = content.extracting(TextRules.trimmed(content))
        return LocaleText(trimmed)
    }

    /// Writes a half; nil resets it.
    private mutating func writeHalf(_ native: Native, _ half: LocaleText.Half?) {
        let mark = out.count
        append(native.key)
        if let half {
            writeCode(half)
        } else {
            append("null")
        }
        endValue()
        note(native, from: mark)
    }

    /// Writes a half in front of what was written after a mark.
    private mutating func writeBefore(_ mark: Int, _ native: Native, _ half: LocaleText.Half?) {
        guard out.count > mark else {
            writeHalf(native, half)
            return
        }
        // What was written after the mark is one attribute, the region.
        let later = out.bytes(from: mark)
        forget(from: mark)
        outline.removeLastAttribute()
        writeHalf(native, half)
        let start = out.count
        out.append(later.span)
        note(.region, from: start)
    }
}
