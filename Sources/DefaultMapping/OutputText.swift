import JSONDocument

/// The JSON text of an operation as it grows. It and ``TakenNames`` are what reaches memory through a pointer in this module.
///
/// `[UInt8]` would do, but its every append asks whether the storage is shared and copies by a call; a message has a hundred
/// appends. Invariants: `memory` has `limit` + `slack` bytes; `count` is at most `limit` whenever a method returns; the first
/// `count` bytes are written. So a piece of at most `slack` bytes may be stored before the room is looked at, and a longer one
/// asks for room first. No copy of the pointer outlives a call, and every index from outside is checked against `count`.
///
/// `Sendable` is safe since one value owns the memory and only methods of that value reach it.
struct OutputText: ~Copyable, @unchecked Sendable {
    private static let slack = 64

    private var memory: UnsafeMutableRawPointer
    private var limit: Int
    /// How many bytes have been written.
    private(set) var count = 0
    /// Strings that need escapes pass through it.
    private var escaping: [UInt8] = []

    init() {
        limit = 1024
        memory = .allocate(byteCount: limit + Self.slack, alignment: 16)
    }

    deinit { memory.deallocate() }

    var isEmpty: Bool { count == 0 }

    /// The byte at an index, which must be one that has been written.
    subscript(index: Int) -> UInt8 {
        @inline(__always)
        get {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "index outside the output")
            return memory.load(fromByteOffset: index, as: UInt8.self)
        }
        @inline(__always)
        set {
            precondition(UInt(bitPattern: index) < UInt(bitPattern: count), "index outside the output")
            memory.storeBytes(of: newValue, toByteOffset: index, as: UInt8.self)
        }
    }

    /// Forgets what was written from a mark on, an earlier `count`.
    @inline(__always)
    mutating func forget(from mark: Int) {
        precondition(mark >= 0 && mark <= count, "mark outside the output")
        count = mark
    }

    /// Lends what has been written.
    @inline(__always)
    func withSpan<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        let bytes = UnsafeBufferPointer(start: memory.assumingMemoryBound(to: UInt8.self), count: count)
        return body(bytes.span)
    }

    /// What has been written from a mark on, copied.
    func bytes(from mark: Int = 0) -> [UInt8] {
        withSpan { written in written.extracting(mark..<written.count).withUnsafeBufferPointer { Array($0) } }
    }

    /// Whether two places of what has been written have the same bytes.
    func isEqual(_ first: Range<Int>, _ second: Range<Int>) -> Bool {
        guard first.count == second.count else { return false }
        for offset in 0..<first.count
        where self[first.lowerBound + offset] != self[second.lowerBound + offset] { return false }
        return true
    }

    // MARK: Short pieces

    /// Appends one byte.
    @inline(__always)
    mutating func append(_ byte: UInt8) {
        memory.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        didAppend(1)
    }

    /// Appends the lowest `length` bytes of a word, 8 at most, the lowest first.
    @inline(__always)
    mutating func append(_ word: UInt64, length: Int) {
        precondition(length >= 0 && length <= 8, "more bytes than a word has")
        memory.storeBytes(of: word.littleEndian, toByteOffset: count, as: UInt64.self)
        didAppend(length)
    }

    /// Appends characters before a name, the name, and characters after it: 8 bytes at most before and after. Each piece is stored
    /// in whole words, and the next one over what these had too much.
    @inline(__always)
    mutating func append(before: UInt64, _ beforeLength: Int, _ name: PackedName, after: UInt64, _ afterLength: Int) {
        let nameStart = count &+ beforeLength
        let nameEnd = nameStart &+ name.count
        precondition(
            UInt(bitPattern: beforeLength) <= 8 && UInt(bitPattern: afterLength) <= 8
                && name.count <= PackedName.capacity,
            "more bytes than a word has"
        )
        memory.storeBytes(of: before.littleEndian, toByteOffset: count, as: UInt64.self)
        name.store(into: memory, at: nameStart)
        memory.storeBytes(of: after.littleEndian, toByteOffset: nameEnd, as: UInt64.self)
        didAppend(nameEnd &+ afterLength &- count)
    }

    // MARK: Longer pieces

    /// Appends ASCII text.
    @inline(__always)
    mutating func append(_ word: StaticString) {
        let length = word.utf8CodeUnitCount
        if length > Self.slack { reserve(length) }
        (memory + count).copyMemory(from: word.utf8Start, byteCount: length)
        didAppend(length)
    }

    /// Appends a part of a text. Traps if it is not inside the text.
    @inline(__always)
    mutating func append(_ text: Span<UInt8>, _ part: Range<Int>) {
        precondition(part.lowerBound >= 0 && part.upperBound <= text.count, "part outside the text")
        let length = part.upperBound &- part.lowerBound
        reserve(length)
        if part.upperBound &+ 16 <= text.count {
            // Whole blocks: the last one may read past the part, but not past the text, and write into the slack.
            var offset = 0
            repeat {
                let block = text.bytes.unsafeLoadUnaligned(
                    fromUncheckedByteOffset: part.lowerBound &+ offset,
                    as: SIMD2<UInt64>.self
                )
                memory.storeBytes(of: block, toByteOffset: count &+ offset, as: SIMD2<UInt64>.self)
                offset &+= 16
            } while offset < length
        } else {
            copy(text.extracting(part))
        }
        count &+= length
    }

    /// Appends bytes.
    @inline(__always)
    mutating func append(_ bytes: Span<UInt8>) {
        reserve(bytes.count)
        copy(bytes)
        count &+= bytes.count
    }

    /// Appends what another text has.
    mutating func append(_ other: borrowing OutputText) {
        reserve(other.count)
        (memory + count).copyMemory(from: other.memory, byteCount: other.count)
        count &+= other.count
    }

    /// Appends a JSON string with these characters, escaped where they must be.
    mutating func append(string characters: Span<UInt8>) {
        escaping.removeAll(keepingCapacity: true)
        JSONEscaping.appendString(characters, to: &escaping)
        reserve(escaping.count)
        copy(escaping.span)
        count &+= escaping.count
    }

    /// Inserts bytes before an index. Slow: for what is rare.
    mutating func insert(_ bytes: [UInt8], at index: Int) {
        let later = self.bytes(from: index)
        forget(from: index)
        append(bytes.span)
        append(later.span)
    }

    // MARK: Memory

    /// Makes room for `length` bytes more, besides the slack.
    @inline(__always)
    private mutating func reserve(_ length: Int) {
        if length > limit &- count { grow(to: count + length) }
    }

    @inline(__always)
    private mutating func didAppend(_ length: Int) {
        count &+= length
        if count > limit { grow(to: count) }
    }

    /// Copies to the end without counting; the caller has made room.
    private func copy(_ bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { source in
            guard let start = source.baseAddress else { return }
            (memory + count).copyMemory(from: start, byteCount: source.count)
        }
    }

    @inline(never)
    private mutating func grow(to needed: Int) {
        limit = max(needed, 2 * limit)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: limit + Self.slack, alignment: 16)
        larger.copyMemory(from: memory, byteCount: count)
        memory.deallocate()
        memory = larger
    }
}
