/// Types of plain scalars by the core schema of YAML 1.2 (section 10.3.2 of its specification).
enum CoreSchema {
    enum Failure: Error, Equatable {
        /// `.inf` or `.nan`.
        case notFinite
        /// A hexadecimal or octal number of more than 63 bits.
        case tooLarge
    }

    /// The value that a scalar without quotes stands for.
    static func value(ofPlain text: String) throws(Failure) -> YAMLNode.Value {
        switch text {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .boolean(true)
        case "false", "False", "FALSE": return .boolean(false)
        default: break
        }
        return try number(text) ?? .text(text)
    }

    /// - Returns: nil for a text that is no number.
    static func number(_ text: String) throws(Failure) -> YAMLNode.Value? {
        let bytes = Array(text.utf8)
        guard let first = bytes.first, isDigit(first) || first == plus || first == minus || first == point else {
            return nil
        }
        if bytes.count > 2, bytes.starts(with: "0x".utf8) { return try based(bytes.dropFirst(2), radix: 16) }
        if bytes.count > 2, bytes.starts(with: "0o".utf8) { return try based(bytes.dropFirst(2), radix: 8) }
        let unsigned = first == plus || first == minus ? bytes.dropFirst() : bytes[...]
        switch String(decoding: unsigned, as: UTF8.self) {
        case ".inf", ".Inf", ".INF": throw .notFinite
        case ".nan", ".NaN", ".NAN":
            guard unsigned.startIndex == 0 else { return nil }
            throw .notFinite
        default: return decimal(unsigned, isNegative: first == minus)
        }
    }

    private static func based(_ digits: ArraySlice<UInt8>, radix: Int) throws(Failure) -> YAMLNode.Value? {
        let isValid = digits.allSatisfy { byte in
            let digit = isDigit(byte) ? Int(byte) - 48 : (97...102).contains(byte | 0x20) ? Int(byte | 0x20) - 87 : 99
            return digit < radix
        }
        guard isValid else { return nil }
        guard let value = Int64(String(decoding: digits, as: UTF8.self), radix: radix) else { throw .tooLarge }
        return .integer(value)
    }

    /// `[0-9]+ (\. [0-9]*)? | \. [0-9]+`, then `([eE] [-+]? [0-9]+)?`, put into the form that JSON has for it.
    private static func decimal(_ text: ArraySlice<UInt8>, isNegative: Bool) -> YAMLNode.Value? {
        var rest = text
        let whole = takeDigits(&rest)
        var fraction: ArraySlice<UInt8>?
        if rest.first == point {
            rest = rest.dropFirst()
            fraction = takeDigits(&rest)
        }
        guard !whole.isEmpty || fraction?.isEmpty == false else { return nil }
        var exponent: ArraySlice<UInt8>?
        if let letter = rest.first, letter | 0x20 == UInt8(ascii: "e") {
            let start = rest.startIndex
            rest = rest.dropFirst()
            if rest.first == plus || rest.first == minus { rest = rest.dropFirst() }
            guard !takeDigits(&rest).isEmpty else { return nil }
            exponent = text[start..<rest.startIndex]
        }
        guard rest.isEmpty else { return nil }

        let significant = whole.drop { $0 == UInt8(ascii: "0") }
        var written = isNegative ? "-" : ""
        written += significant.isEmpty ? "0" : String(decoding: significant, as: UTF8.self)
        if fraction == nil, exponent == nil, let value = Int64(written) { return .integer(value) }
        if let fraction, !fraction.isEmpty { written += "." + String(decoding: fraction, as: UTF8.self) }
        if let fraction, fraction.isEmpty, exponent == nil { written += ".0" }
        if let exponent { written += String(decoding: exponent, as: UTF8.self) }
        return .number(written)
    }

    private static func takeDigits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix(while: isDigit)
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
    private static let plus = UInt8(ascii: "+")
    private static let minus = UInt8(ascii: "-")
    private static let point = UInt8(ascii: ".")
}
