internal import JSONDocument

/// The memory that resolving works in, reused for every message, and what is recorded about it.
///
/// Make one a thread. Values that a directive must look at are written into it and parsed from it.
public struct MappingScratch: ~Copyable {
    /// The longest result in bytes; longer ones fail.
    public let maximumOutputByteCount: Int
    /// Whether resolving records where each part of the result came from, in ``trace``.
    public var isTracing = false
    /// What the last call recorded while ``isTracing`` was on.
    public internal(set) var trace = ResolutionTrace()

    /// Whether a directive is being resolved that is recorded as one part.
    var isInTracedDirective = false

    /// Texts under construction.
    var text: [UInt8] = []
    /// What the plan's tree of paths found in the message.
    var found: ContiguousArray<JSONNode?> = []
    /// A key whose escapes are resolved.
    var name: [UInt8] = []
    /// How many slots are in use.
    private var depth = 0
    private var slots: [ScratchSlot] = []

    /// Creates empty memory.
    ///
    /// - Parameter maximumOutputByteCount: bounds the result of each mapping, and each value between two directives.
    public init(maximumOutputByteCount: Int = 1 << 20) {
        self.maximumOutputByteCount = max(64, maximumOutputByteCount)
    }

    /// Gives back what an earlier failure left in use.
    mutating func reset() {
        depth = 0
        isInTracedDirective = false
        if isTracing { trace.removeAll() }
    }

    /// Memory for one value between two directives; give it back with ``returnSlot()``, last taken first.
    mutating func takeSlot() -> ScratchSlot {
        if depth == slots.count { slots.append(ScratchSlot(maximumByteCount: maximumOutputByteCount)) }
        defer { depth += 1 }
        let slot = slots[depth]
        slot.writer.removeAll()
        return slot
    }

    mutating func returnSlot() { depth -= 1 }
}

/// One value between two directives: its text, and its tape.
final class ScratchSlot {
    /// How deep such a value may be: a message's depth and a mapping's together.
    static let maximumDepth = 256

    var writer = JSONWriter()
    var tape: JSONTape

    init(maximumByteCount: Int) {
        tape = JSONTape(
            limits: JSONLimits(maximumDepth: Self.maximumDepth, maximumByteCount: 2 * maximumByteCount + 1024)
        )
    }

    /// Parses what was written.
    func parse() throws(MappingFailure) {
        let bytes = writer.bytes
        do throws(JSONSyntaxError) {
            try tape.parse(bytes.span)
        } catch {
            // What was written is valid JSON, so that only its depth or length can be refused.
            if case .tooLarge(let limit) = error.problem { throw MappingFailure(.outputTooLarge(limit: limit)) }
            throw MappingFailure(.outputTooDeep(limit: Self.maximumDepth))
        }
    }
}
