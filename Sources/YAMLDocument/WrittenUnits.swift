/// Values with their unit, as people write them in files and on command lines: `200ms`, `64MB`, `20%`.
public enum WrittenUnits {
    private static let milliseconds: [(unit: String, factor: Int64)] = [
        ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]
    /// A megabyte is 1 000 000 bytes, a mebibyte 1 048 576.
    private static let bytes: [(unit: String, factor: Int64)] = [
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("kB", 1_000),
        ("TiB", 1 << 40), ("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1),
    ]

    /// Reads a duration: whole numbers with `d`, `h`, `m`, `s` or `ms`, larger units first, such as `200ms` or `1h30m`.
    ///
    /// - Returns: nil for anything else, also for a number without a unit and for more than 290 million years.
    public static func duration(_ text: some StringProtocol) -> Duration? {
        var total: Int64 = 0
        var rest = text.utf8[...]
        var lastFactor = Int64.max
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { isDigit($0) }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { !isDigit($0) }
            rest = rest.dropFirst(letters.count)
            guard let number = Int64(String(decoding: digits, as: UTF8.self)),
                let unit = milliseconds.first(where: { letters.elementsEqual($0.unit.utf8) }), unit.factor < lastFactor
            else { return nil }
            lastFactor = unit.factor
            let (product, overflows) = number.multipliedReportingOverflow(by: unit.factor)
            let (sum, sumOverflows) = total.addingReportingOverflow(product)
            guard !overflows, !sumOverflows else { return nil }
            total = sum
        }
        return .milliseconds(total)
    }

    /// Writes a duration so that ``duration(_:)`` reads it back, in the largest unit that needs no other: `90m`, `100ms`.
    ///
    /// Parts of a millisecond are left out; a negative duration has a minus sign, and is not read back.
    public static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let total = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        guard total != 0 else { return "0ms" }
        let unit = milliseconds.first { total % $0.factor == 0 } ?? ("ms", 1)
        return "\(total / unit.factor)\(unit.unit)"
    }

    /// Reads a number of bytes: a whole number with `B`, `KB`, `MB`, `GB`, `TB` (powers of 1000) or `KiB`, `MiB`, `GiB`,
    /// `TiB` (powers of 1024).
    ///
    /// - Returns: nil for anything else, also for a number without a unit.
    public static func byteCount(_ text: some StringProtocol) -> Int? {
        let digits = text.utf8.prefix { isDigit($0) }
        let letters = text.utf8.dropFirst(digits.count)
        guard let number = Int64(String(decoding: digits, as: UTF8.self)),
            let unit = bytes.first(where: { letters.elementsEqual($0.unit.utf8) })
        else { return nil }
        let (product, overflows) = number.multipliedReportingOverflow(by: unit.factor)
        return overflows ? nil : Int(exactly: product)
    }

    /// Writes a number of bytes so that ``byteCount(_:)`` reads it back: `5MB`, `1MiB`, `1500B`.
    public static func text(byteCount: Int) -> String {
        let count = Int64(byteCount)
        guard count != 0, let unit = bytes.filter({ count % $0.factor == 0 }).max(by: { $0.factor < $1.factor }) else {
            return "\(count)B"
        }
        return "\(count / unit.factor)\(unit.unit)"
    }

    /// Reads a share: a decimal number with `%`, such as `20%` or `0.5%`.
    ///
    /// - Returns: 0.2 for `20%`; nil for anything else, also for a number without the sign.
    public static func share(_ text: some StringProtocol) -> Double? {
        guard text.hasSuffix("%") else { return nil }
        let number = text.dropLast()
        guard number.utf8.first.map(isDigit) == true,
            number.utf8.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") }), let percent = Double(String(number))
        else { return nil }
        return percent / 100
    }

    /// Writes a share as ``share(_:)`` reads it: `20%`, with at most two decimals.
    public static func text(share: Double) -> String {
        let hundredths = Int64((share * 10_000).rounded())
        guard hundredths % 100 != 0 else { return "\(hundredths / 100)%" }
        let decimals = hundredths % 100
        return
            "\(hundredths / 100).\(decimals % 10 == 0 ? "\(decimals / 10)" : decimals < 10 ? "0\(decimals)" : "\(decimals)")%"
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
