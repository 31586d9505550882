/// Text forms of a 64 bit hash. Both sort and compare as the hash does not: they are for names and for reading.
public enum HashText {
    private static let hexDigits = Array("0123456789abcdef".utf8)
    /// RFC 4648 section 6, in lower case.
    private static let base32Digits = Array("abcdefghijklmnopqrstuvwxyz234567".utf8)

    /// 16 lower-case hexadecimal digits, most significant first.
    public static func hex(_ hash: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { digits in
            for position in 0..<16 {
                digits[position] = hexDigits[Int(hash >> UInt64(60 - 4 * position) & 15)]
            }
            return 16
        }
    }

    /// The hash that ``hex(_:)`` wrote, or nil unless `text` is exactly 16 hexadecimal digits (of either case).
    public static func hash(hex text: some StringProtocol) -> UInt64? {
        guard text.utf8.count == 16, text.utf8.allSatisfy(isHexDigit) else { return nil }
        return UInt64(text, radix: 16)
    }

    /// 13 digits of RFC 4648 base32 in lower case, of the eight big-endian bytes, without padding.
    public static func base32(_ hash: UInt64) -> String {
        String(unsafeUninitializedCapacity: 13) { digits in
            for position in 0..<12 {
                digits[position] = base32Digits[Int(hash >> UInt64(59 - 5 * position) & 31)]
            }
            // The last digit holds the four bits that are left, and a zero bit behind them.
            digits[12] = base32Digits[Int(hash << 1 & 31)]
            return 13
        }
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"): true
        default: false
        }
    }
}
