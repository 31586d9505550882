/// Unicode's full default case mapping, independent of the locale.
enum LetterCase {
    /// Appends a text with its case changed. ASCII is done byte by byte.
    static func append(_ text: Span<UInt8>, toUpper: Bool, to buffer: inout [UInt8]) {
        var isASCII = true
        for index in text.indices where text[index] >= 0x80 {
            isASCII = false
            break
        }
        if isASCII {
            let first = toUpper ? UInt8(ascii: "a") : UInt8(ascii: "A")
            for index in text.indices {
                let byte = text[index]
                buffer.append(byte &- first < 26 ? byte ^ 0x20 : byte)
            }
            return
        }
        var bytes: [UInt8] = []
        for index in text.indices { bytes.append(text[index]) }
        let string = String(decoding: bytes, as: UTF8.self)
        buffer.append(contentsOf: (toUpper ? string.uppercased() : lowercased(string)).utf8)
    }

    /// Lower case with the one rule of the full mapping that depends on the neighbours (SpecialCasing.txt, Final_Sigma),
    /// which the standard library leaves out: a capital sigma at the end of a word is `ς`.
    static func lowercased(_ text: String) -> String {
        guard text.unicodeScalars.contains(capitalSigma) else { return text.lowercased() }
        let scalars = Array(text.unicodeScalars)
        var result = String.UnicodeScalarView()
        for (index, scalar) in scalars.enumerated() {
            if scalar == capitalSigma {
                let isFinal = isCased(scalars[..<index].reversed()) && !isCased(scalars[(index + 1)...])
                result.append(isFinal ? "\u{3C2}" : "\u{3C3}")
            } else {
                result.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
            }
        }
        return String(result)
    }

    /// Whether the first scalar that is not passed over is a letter with case.
    private static func isCased(_ scalars: some Sequence<Unicode.Scalar>) -> Bool {
        for scalar in scalars where !scalar.properties.isCaseIgnorable { return scalar.properties.isCased }
        return false
    }

    private static let capitalSigma: Unicode.Scalar = "\u{3A3}"
}
