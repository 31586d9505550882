/// `@replace`: plain text for plain text, never regular expressions.
enum TextReplacement {
    static func replace(
        _ pair: PlanReplacement.Pair,
        in text: [UInt8],
        ignoresCase: Bool,
        isGlobal: Bool
    ) -> [UInt8] {
        ignoresCase
            ? replaceIgnoringCase(pair, in: text, isGlobal: isGlobal)
            : replaceExactly(pair, in: text, isGlobal: isGlobal)
    }

    /// UTF-8 of a whole pattern can only match where a character starts.
    private static func replaceExactly(
        _ pair: PlanReplacement.Pair,
        in text: [UInt8],
        isGlobal: Bool
    ) -> [UInt8] {
        let pattern = pair.pattern
        var result: [UInt8] = []
        result.reserveCapacity(text.count)
        var index = 0
        var mayReplace = true
        while index < text.count {
            if mayReplace, text[index] == pattern[0], text[index...].starts(with: pattern) {
                result.append(contentsOf: pair.replacement)
                index += pattern.count
                mayReplace = isGlobal
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    private static func replaceIgnoringCase(
        _ pair: PlanReplacement.Pair,
        in text: [UInt8],
        isGlobal: Bool
    ) -> [UInt8] {
        let scalars = Array(String(decoding: text, as: UTF8.self).unicodeScalars)
        let folded = scalars.map(fold)
        let pattern = String(decoding: pair.pattern, as: UTF8.self).unicodeScalars.map(fold)
        var result = String.UnicodeScalarView()
        let replacement = String(decoding: pair.replacement, as: UTF8.self).unicodeScalars
        var index = 0
        var mayReplace = true
        while index < scalars.count {
            if mayReplace, folded[index] == pattern[0], folded[index...].starts(with: pattern) {
                result.append(contentsOf: replacement)
                index += pattern.count
                mayReplace = isGlobal
            } else {
                result.append(scalars[index])
                index += 1
            }
        }
        return Array(String(result).utf8)
    }

    /// Characters that are the same without regard to case, as JavaScript's flag `i` has it: compared by the capital where
    /// that is one character, and no other character counts as ASCII.
    private static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        let capital = scalar.properties.uppercaseMapping.unicodeScalars
        guard capital.count == 1, let first = capital.first, scalar.isASCII || !first.isASCII else { return scalar }
        return first
    }
}
