import BatchAPI
internal import CUTF8Proc
import StableHash

/// What a key became.
struct RenamedKey {
    /// The type that a key names: `date(x)`, `url(x)`.
    enum ValueType: UInt8 {
        case detected
        case date
        case address
    }

    var name = PackedName()
    var type = ValueType.detected
    /// What the outline of an operation needs of the name.
    var outlined = OperationOutline.Name()
    /// Why there is no name: `nameEmpty`, `nameInvalid` or `nameTooLong`.
    var problem: MappingReason?

    fileprivate mutating func setName(_ bytes: Span<UInt8>) {
        name = PackedName(bytes)
        outlined = OperationOutline.Name(bytes)
    }
}

/// Makes names of keys, by the options `names` and `long_names`. Keeps its buffers, so use one for many keys.
struct NameRule {
    /// The longest name Batch takes.
    static let maximumLength = BatchLimits.keyLength

    private let style: DefaultMappingOptions.Names
    private let shortens: Bool
    /// Segment replaces in event names what it removes from keys.
    private let isForEvents: Bool
    private var units: [NameUnit] = []
    private var bytes: [UInt8] = []

    init(_ options: DefaultMappingOptions, isForEvents: Bool) {
        style = options.names
        shortens = options.longNames == .shorten
        self.isForEvents = isForEvents
    }

    /// Makes a name of a key whose escapes are resolved. `allowsTypes`: whether `date(x)` and `url(x)` name a type here.
    mutating func rename(_ key: Span<UInt8>, allowsTypes: Bool) -> RenamedKey {
        var result = RenamedKey()
        var inner = 0..<key.count
        if allowsTypes, key.count > 5, key[key.count - 1] == UInt8(ascii: ")") {
            if key.count > 6, TextRules.equals(key.extracting(0..<5), "date(") {
                result.type = .date
                inner = 5..<key.count - 1
            } else if TextRules.equals(key.extracting(0..<4), "url(") {
                result.type = .address
                inner = 4..<key.count - 1
            }
        }
        bytes.removeAll(keepingCapacity: true)
        switch style {
        case .snakeCase: writeSnakeCase(key.extracting(inner))
        case .keep: result.problem = writeUnchanged(key.extracting(inner))
        case .segment: writeAsSegment(key.extracting(inner))
        }
        if result.problem == nil { finish(&result) }
        // One hostile key must not hold memory for good.
        if units.capacity > 4096 { units = [] }
        if bytes.capacity > 4096 { bytes = [] }
        return result
    }

    private mutating func finish(_ result: inout RenamedKey) {
        if bytes.isEmpty {
            result.problem = .nameEmpty
        } else if bytes.count <= Self.maximumLength {
            result.setName(bytes.span)
        } else if shortens {
            let digits = HashText.base32(xxh3(bytes)).utf8.prefix(4)
            bytes.removeLast(bytes.count - 25)
            while bytes.last == UInt8(ascii: "_") { bytes.removeLast() }
            bytes.append(UInt8(ascii: "_"))
            bytes.append(contentsOf: digits)
            result.setName(bytes.span)
        } else {
            result.problem = .nameTooLong
        }
    }

    private mutating func writeUnchanged(_ key: Span<UInt8>) -> MappingReason? {
        for index in key.indices {
            let byte = key[index]
            guard byte &- UInt8(ascii: "a") < 26 || TextRules.isDigit(byte) || byte == UInt8(ascii: "_") else {
                return .nameInvalid
            }
            bytes.append(byte)
        }
        return nil
    }

    private mutating func writeAsSegment(_ key: Span<UInt8>) {
        var index = 0
        while index < key.count {
            let scalar = TextRules.scalar(in: key, at: &index)
            // JavaScript lowers this one to an `i` and a combining dot.
            let isDottedI = scalar == 0x130
            let lowered =
                isDottedI
                ? 0x69 : scalar < 0x80 ? UInt32(TextRules.lowered(UInt8(scalar))) : Self.lowered(scalar)
            if lowered < 0x80, let byte = UInt8(exactly: lowered),
                TextRules.isLetter(byte) || TextRules.isDigit(byte) || byte == UInt8(ascii: "_")
            {
                bytes.append(byte)
                if isDottedI, isForEvents { bytes.append(UInt8(ascii: "_")) }
            } else if isForEvents {
                bytes.append(UInt8(ascii: "_"))
                if lowered > 0xFFFF { bytes.append(UInt8(ascii: "_")) }
            }
        }
    }

    private static func lowered(_ scalar: UInt32) -> UInt32 {
        UInt32(bitPattern: utf8proc_tolower(Int32(bitPattern: scalar)))
    }

    // MARK: Snake case

    private mutating func writeSnakeCase(_ key: Span<UInt8>) {
        units.removeAll(keepingCapacity: true)
        var index = 0
        while index < key.count {
            let scalar = TextRules.scalar(in: key, at: &index)
            if scalar < 0x80 {
                units.append(NameUnit(ascii: UInt8(scalar)))
            } else {
                decompose(scalar)
            }
        }
        var endsWord = false
        for index in units.indices {
            let unit = units[index]
            guard unit.length > 0 else {
                endsWord = true
                continue
            }
            if (endsWord || startsWord(at: index)) && !bytes.isEmpty { bytes.append(UInt8(ascii: "_")) }
            endsWord = false
            bytes.append(unit.first)
            if unit.length > 1 { bytes.append(unit.second) }
            if unit.length > 2 { bytes.append(unit.third) }
        }
    }

    /// Appends the canonical decomposition of one scalar, without U+0300 to U+036F.
    private mutating func decompose(_ scalar: UInt32) {
        var parts: (Int32, Int32, Int32, Int32, Int32, Int32, Int32, Int32) = (0, 0, 0, 0, 0, 0, 0, 0)
        var boundClass: Int32 = 0
        // No canonical decomposition of one scalar has more than four; a negative count is an error.
        let count = withUnsafeMutableBytes(of: &parts) { buffer in
            utf8proc_decompose_char(
                Int32(bitPattern: scalar),
                buffer.assumingMemoryBound(to: Int32.self).baseAddress,
                8,
                UTF8PROC_DECOMPOSE,
                &boundClass
            )
        }
        guard count > 0, count <= 8 else {
            units.append(NameUnit())
            return
        }
        withUnsafeBytes(of: parts) { buffer in
            for position in 0..<count {
                let part = UInt32(
                    bitPattern: buffer.load(fromByteOffset: 4 * position, as: Int32.self)
                )
                if !(0x300...0x36F).contains(part) { units.append(NameUnit(part)) }
            }
        }
    }

    /// Whether an underscore goes before the letter: it is upper-case, and follows a lower-case one; or follows an upper-case
    /// one or a digit and is followed by a lower-case one that is no lone plural `s`.
    private func startsWord(at index: Int) -> Bool {
        guard index > 0, units[index].kind == .upper else { return false }
        switch units[index - 1].kind {
        case .lower: return true
        case .other: return false
        case .upper, .digit:
            guard index + 1 < units.count, units[index + 1].kind == .lower else { return false }
            let isLoneS =
                units[index + 1].isS && (index + 2 >= units.count || units[index + 2].kind != .lower)
            return !isLoneS
        }
    }
}

/// One letter, digit or other character of a key after decomposition, with what it becomes.
struct NameUnit {
    enum Kind: UInt8 {
        case other
        case lower
        case upper
        case digit
    }

    private(set) var kind = Kind.other
    /// How many ASCII characters it becomes; 0 for what separates words.
    private(set) var length: UInt8 = 0
    private(set) var first: UInt8 = 0
    private(set) var second: UInt8 = 0
    private(set) var third: UInt8 = 0

    /// A separator.
    init() {}

    @inline(__always)
    init(ascii byte: UInt8) {
        guard TextRules.isLetter(byte) || TextRules.isDigit(byte) else { return }
        kind = TextRules.isDigit(byte) ? .digit : byte & 0x20 == 0 ? .upper : .lower
        length = 1
        first = TextRules.lowered(byte)
    }

    init(_ scalar: UInt32) {
        switch scalar {
        case 0..<0x80: self.init(ascii: UInt8(scalar))
        case 0xDF: self.init(.lower, "ss")
        case 0x1E9E: self.init(.upper, "ss")
        case 0xE6: self.init(.lower, "ae")
        case 0xC6: self.init(.upper, "ae")
        case 0x153: self.init(.lower, "oe")
        case 0x152: self.init(.upper, "oe")
        case 0xF8: self.init(.lower, "o")
        case 0xD8: self.init(.upper, "o")
        case 0x142: self.init(.lower, "l")
        case 0x141: self.init(.upper, "l")
        case 0x111, 0xF0: self.init(.lower, "d")
        case 0x110, 0xD0: self.init(.upper, "d")
        case 0xFE: self.init(.lower, "th")
        case 0xDE: self.init(.upper, "th")
        case 0x127: self.init(.lower, "h")
        case 0x126: self.init(.upper, "h")
        case 0x167: self.init(.lower, "t")
        case 0x166: self.init(.upper, "t")
        case 0x14B: self.init(.lower, "n")
        case 0x14A: self.init(.upper, "n")
        case 0x131: self.init(.lower, "i")
        case 0x133: self.init(.lower, "ij")
        case 0x132: self.init(.upper, "ij")
        case 0x17F: self.init(.lower, "s")
        case 0xFB00: self.init(.lower, "ff")
        case 0xFB01: self.init(.lower, "fi")
        case 0xFB02: self.init(.lower, "fl")
        case 0xFB03: self.init(.lower, "ffi")
        case 0xFB04: self.init(.lower, "ffl")
        case 0xFB05, 0xFB06: self.init(.lower, "st")
        default:
            self.init()
            // It separates words, but as the letter after a capital it still has its case.
            switch utf8proc_category(Int32(bitPattern: scalar)) {
            case UTF8PROC_CATEGORY_LL: kind = .lower
            case UTF8PROC_CATEGORY_LU: kind = .upper
            default: kind = .other
            }
        }
    }

    private init(_ kind: Kind, _ text: StaticString) {
        self.kind = kind
        length = UInt8(text.utf8CodeUnitCount)
        first = text.utf8Start[0]
        if length > 1 { second = text.utf8Start[1] }
        if length > 2 { third = text.utf8Start[2] }
    }

    /// Whether it is an `s`.
    var isS: Bool { length == 1 && first == UInt8(ascii: "s") }
}
