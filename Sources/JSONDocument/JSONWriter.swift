/// Writes JSON into one growing buffer, commas included. Reuse one for many texts.
///
/// The caller sees to it that names and values alternate inside objects; what comes out is then valid JSON.
public struct JSONWriter: Sendable {
    /// What has been written, UTF-8.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// Creates an empty writer.
    public init() {}

    /// Forgets what was written and keeps the memory.
    public mutating func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        needsComma = false
    }

    /// Forgets everything after the first `count` bytes, as they stood right after a complete value or an opening bracket.
    ///
    /// - Parameters:
    ///   - count: an earlier value of `bytes.count`.
    ///   - needsComma: whether a value stood directly before that place.
    public mutating func truncate(to count: Int, needsComma: Bool) {
        guard count <= bytes.count else { return }
        bytes.removeLast(bytes.count - count)
        self.needsComma = needsComma
    }

    /// Whether the next value or name is preceded by a comma.
    public var isAfterValue: Bool { needsComma }

    /// Opens an object.
    public mutating func beginObject() { open(UInt8(ascii: "{")) }

    /// Closes an object.
    public mutating func endObject() { close(UInt8(ascii: "}")) }

    /// Opens an array.
    public mutating func beginArray() { open(UInt8(ascii: "[")) }

    /// Closes an array.
    public mutating func endArray() { close(UInt8(ascii: "]")) }

    /// Writes a member's name and the colon.
    public mutating func name(_ name: some StringProtocol) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member's name that is a JSON string already, quotes included, and the colon.
    ///
    /// - Parameter encoded: what ``string(utf8:)`` writes for the name; copied as it is.
    public mutating func rawName(_ encoded: Span<UInt8>) {
        raw(encoded)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a member's name, given as UTF-8, and the colon.
    public mutating func name(utf8 name: Span<UInt8>) {
        string(utf8: name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// Writes a string.
    public mutating func string(_ text: some StringProtocol) {
        let isWritten: Void? = text.utf8.withContiguousStorageIfAvailable { string(utf8: $0.span) }
        // Only a text that is not stored as UTF-8 comes here, such as one made by Objective-C.
        if isWritten == nil { string(utf8: Array(text.utf8).span) }
    }

    /// Writes a string given as valid UTF-8.
    public mutating func string(utf8 text: Span<UInt8>) {
        comma()
        JSONEscaping.appendString(text, to: &bytes)
        needsComma = true
    }

    /// Writes a whole number.
    public mutating func integer(_ value: some BinaryInteger) {
        comma()
        bytes.append(contentsOf: String(value).utf8)
        needsComma = true
    }

    /// Writes `true` or `false`.
    public mutating func boolean(_ value: Bool) {
        comma()
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
        needsComma = true
    }

    /// Writes `null`.
    public mutating func null() {
        comma()
        bytes.append(contentsOf: "null".utf8)
        needsComma = true
    }

    /// Copies bytes that are one complete JSON value already.
    public mutating func raw(_ value: Span<UInt8>) {
        comma()
        value.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
        needsComma = true
    }

    /// Copies a part of bytes, one complete JSON value, as a tape found it (`raw(text, tape.textRange(of: node))`).
    public mutating func raw(_ text: Span<UInt8>, _ range: Range<Int>) {
        comma()
        append(text, from: range.lowerBound, to: range.upperBound)
        needsComma = true
    }

    private mutating func append(_ text: Span<UInt8>, from start: Int, to end: Int) {
        text.extracting(start..<end).withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }

    private mutating func open(_ bracket: UInt8) {
        comma()
        bytes.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        bytes.append(bracket)
        needsComma = true
    }

    @inline(__always)
    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }
}
