/// A locale, such as `fr-FR` or `zh_Hant_TW.UTF-8`, in the two halves that Batch has attributes for.
struct LocaleText {
    /// One half.
    enum Half {
        /// The locale does not say.
        case absent
        /// It says one without a two-letter code.
        case unsupported
        /// Two ASCII letters.
        case code(UInt8, UInt8)
    }

    private(set) var language = Half.absent
    private(set) var region = Half.absent

    /// Reads a trimmed text; nil if it is no locale.
    init?(_ text: Span<UInt8>) {
        if text.count == 5, text[2] == UInt8(ascii: "-") || text[2] == UInt8(ascii: "_"),
            TextRules.isLetter(text[0]), TextRules.isLetter(text[1]), TextRules.isLetter(text[3]),
            TextRules.isLetter(text[4])
        {
            // The usual form, `fr-FR`.
            language = Self.language(text[0], text[1])
            region = Self.region(text[3], text[4])
            return
        }
        var end = 0
        while end < text.count, text[end] != UInt8(ascii: "."), text[end] != UInt8(ascii: "@") { end += 1 }
        let locale = text.extracting(0..<end)
        if TextRules.equals(locale, "C") || TextRules.equals(locale, "POSIX") { return }
        var part = Self.part(of: locale, from: 0)
        switch Self.letterCount(locale.extracting(part)) {
        case 2: language = Self.language(locale[part.lowerBound], locale[part.lowerBound + 1])
        case 3: language = .unsupported
        default: return nil
        }
        part = Self.part(of: locale, from: part.upperBound + 1)
        for _ in 0..<3 where Self.letterCount(locale.extracting(part)) == 3 {
            part = Self.part(of: locale, from: part.upperBound + 1)
        }
        if Self.letterCount(locale.extracting(part)) == 4 { part = Self.part(of: locale, from: part.upperBound + 1) }
        if Self.letterCount(locale.extracting(part)) == 2 {
            region = Self.region(locale[part.lowerBound], locale[part.lowerBound + 1])
        } else if part.count == 3, part.allSatisfy({ TextRules.isDigit(locale[$0]) }) {
            region = .unsupported
        }
    }

    /// A language of two letters, lowered, with the codes that were withdrawn replaced.
    static func language(_ first: UInt8, _ second: UInt8) -> Half {
        switch (first | 0x20, second | 0x20) {
        case (UInt8(ascii: "i"), UInt8(ascii: "n")): .code(UInt8(ascii: "i"), UInt8(ascii: "d"))
        case (UInt8(ascii: "i"), UInt8(ascii: "w")): .code(UInt8(ascii: "h"), UInt8(ascii: "e"))
        case (UInt8(ascii: "j"), UInt8(ascii: "i")): .code(UInt8(ascii: "y"), UInt8(ascii: "i"))
        case (let first, let second): .code(first, second)
        }
    }

    /// A region of two letters, raised; UK is GB.
    static func region(_ first: UInt8, _ second: UInt8) -> Half {
        switch (first & 0xDF, second & 0xDF) {
        case (UInt8(ascii: "U"), UInt8(ascii: "K")): .code(UInt8(ascii: "G"), UInt8(ascii: "B"))
        case (let first, let second): .code(first, second)
        }
    }

    /// How long a text of letters only is; 0 for anything else.
    static func letterCount(_ text: Span<UInt8>) -> Int {
        guard text.count <= 4 else { return 0 }
        for index in text.indices where !TextRules.isLetter(text[index]) { return 0 }
        return text.count
    }

    /// The part that starts at an index, up to the next `-` or `_`; empty past the end.
    private static func part(of locale: Span<UInt8>, from start: Int) -> Range<Int> {
        guard start < locale.count else { return locale.count..<locale.count }
        var end = start
        while end < locale.count, locale[end] != UInt8(ascii: "-"), locale[end] != UInt8(ascii: "_") { end += 1 }
        return start..<end
    }
}
