/// The text form of a number (mapping language, section 1.3): the shortest decimal that reads back as the same number.
enum NumberText {
    /// Whether a JSON number is zero, in whatever form.
    static func isZero(_ number: Span<UInt8>) -> Bool {
        for index in number.indices {
            let byte = number[index]
            if byte | 0x20 == UInt8(ascii: "e") { return true }
            if (UInt8(ascii: "1")...UInt8(ascii: "9")).contains(byte) { return false }
        }
        return true
    }

    /// Appends the text form of a JSON number.
    ///
    /// Whole numbers below 1e21 stay exact; anything else goes through the nearest double. A number beyond a double's range
    /// keeps its text.
    static func append(_ number: Span<UInt8>, to buffer: inout [UInt8]) {
        if isPlainInteger(number) {
            for index in number.indices { buffer.append(number[index]) }
            return
        }
        if let decimal = Decimal(number), decimal.isWhole {
            decimal.append(to: &buffer)
            return
        }
        let text = String(decoding: bytes(of: number), as: UTF8.self)
        guard let value = Double(text), value.isFinite, let decimal = Decimal(Array(value.description.utf8).span) else {
            buffer.append(contentsOf: text.utf8)
            return
        }
        decimal.append(to: &buffer)
    }

    /// The nearest double; nil beyond its range.
    static func double(_ number: Span<UInt8>) -> Double? {
        guard let value = Double(String(decoding: bytes(of: number), as: UTF8.self)), value.isFinite else { return nil }
        return value
    }

    private static func bytes(of number: Span<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        for index in number.indices { bytes.append(number[index]) }
        return bytes
    }

    /// Up to 21 digits and not `-0`: the form that JSON demands is the text form already.
    private static func isPlainInteger(_ number: Span<UInt8>) -> Bool {
        guard number.count > 0 else { return false }
        let first = number[0] == UInt8(ascii: "-") ? 1 : 0
        guard number.count - first <= 21, number.count > first else { return false }
        if first == 1, number[1] == UInt8(ascii: "0") { return false }
        for index in first..<number.count where number[index] &- UInt8(ascii: "0") >= 10 { return false }
        return true
    }

    /// A decimal: digits without zeros at either end, and the place of the point.
    private struct Decimal {
        var isNegative = false
        var digits: [UInt8] = []
        /// How many digits stand before the point; may be negative or more than there are.
        var pointPosition = 0

        /// Reads a number of JSON's grammar; nil if its exponent is beyond all reason.
        init?(_ number: Span<UInt8>) {
            var isFraction = false
            var index = 0
            scan: while index < number.count {
                switch number[index] {
                case UInt8(ascii: "-"): isNegative = true
                case UInt8(ascii: "."): isFraction = true
                case UInt8(ascii: "e"), UInt8(ascii: "E"): break scan
                case let byte:
                    if byte == UInt8(ascii: "0"), digits.isEmpty {
                        if isFraction { pointPosition -= 1 }
                    } else {
                        digits.append(byte)
                        if !isFraction { pointPosition += 1 }
                    }
                }
                index += 1
            }
            if index < number.count {
                var text = ""
                for position in index + 1..<number.count where number[position] != UInt8(ascii: "+") {
                    text.unicodeScalars.append(Unicode.Scalar(number[position]))
                }
                guard let exponent = Int(text), abs(exponent) < 100_000 else { return nil }
                pointPosition += exponent
            }
            while digits.last == UInt8(ascii: "0") { digits.removeLast() }
            if digits.isEmpty {
                pointPosition = 0
                isNegative = false
            }
        }

        /// Whether this is a whole number below 1e21.
        var isWhole: Bool { digits.isEmpty || (digits.count <= pointPosition && pointPosition <= 21) }

        func append(to buffer: inout [UInt8]) {
            if isNegative { buffer.append(UInt8(ascii: "-")) }
            let zero = UInt8(ascii: "0")
            if digits.isEmpty {
                buffer.append(zero)
            } else if digits.count <= pointPosition, pointPosition <= 21 {
                buffer.append(contentsOf: digits)
                for _ in digits.count..<pointPosition { buffer.append(zero) }
            } else if pointPosition > 0, pointPosition <= 21 {
                buffer.append(contentsOf: digits[..<pointPosition])
                buffer.append(UInt8(ascii: "."))
                buffer.append(contentsOf: digits[pointPosition...])
            } else if pointPosition > -6, pointPosition <= 0 {
                buffer.append(contentsOf: "0.".utf8)
                for _ in pointPosition..<0 { buffer.append(zero) }
                buffer.append(contentsOf: digits)
            } else {
                buffer.append(digits[0])
                if digits.count > 1 {
                    buffer.append(UInt8(ascii: "."))
                    buffer.append(contentsOf: digits[1...])
                }
                let exponent = pointPosition - 1
                buffer.append(contentsOf: exponent < 0 ? "e".utf8 : "e+".utf8)
                buffer.append(contentsOf: String(exponent).utf8)
            }
        }
    }
}
