internal import JSONDocument

/// The tables of a compiled mapping. ``PlanCompiler`` fills them; after that they do not change.
struct PlanTables: Sendable {
    var nodes: ContiguousArray<PlanNode> = []
    var members: ContiguousArray<PlanMember> = []
    var children: ContiguousArray<Int32> = []
    var paths: ContiguousArray<PlanPath> = []
    var steps: [PathStep] = []
    var templates: ContiguousArray<PlanTemplate> = []
    var pieces: ContiguousArray<TemplatePiece> = []
    var replacements: ContiguousArray<PlanReplacement> = []
    /// All constant bytes: JSON texts, keys, texts of templates and paths.
    var pool: [UInt8] = []
    /// Where the directives stand that can fail, for the failure's text.
    var pointers: [Int32: String] = [:]
    /// Whether paths that are added now start at the message.
    var pathsReadMessage = true

    mutating func add(_ node: PlanNode) -> Int32 {
        nodes.append(node)
        return Int32(nodes.count - 1)
    }

    mutating func store(_ bytes: some Collection<UInt8>) -> ByteRange {
        let range = ByteRange(start: pool.count, count: bytes.count)
        pool.append(contentsOf: bytes)
        return range
    }

    /// Stores a key as JSON with its colon.
    mutating func storeWritten(_ key: [UInt8]) -> ByteRange {
        var writer = JSONWriter()
        writer.name(utf8: key.span)
        return store(writer.bytes)
    }

    mutating func addPath(_ text: [UInt8]) -> Int32 {
        let stored = store(text)
        let first = steps.count
        MappingPath.appendSteps(of: text.span, to: &steps, pool: &pool)
        let count = steps.count - first
        let readsRecord = count > 0 && pool[steps[first].name.range].elementsEqual(MappingPath.recordStep)
        paths.append(
            PlanPath(
                firstStep: Int32(first),
                stepCount: Int32(count),
                readsRecord: readsRecord,
                readsMessage: pathsReadMessage,
                text: stored
            )
        )
        return Int32(paths.count - 1)
    }

    /// Adds a template; one without holes is a constant.
    mutating func addTemplate(_ text: [UInt8]) -> PlanNode {
        var found: [TemplatePiece] = []
        var hasHoles = false
        for piece in TemplateText.pieces(of: text) {
            switch piece {
            case .text(let range): found.append(.text(store(text[range])))
            case .hole(let range):
                hasHoles = true
                found.append(.hole(path: addPath(Array(text[range]))))
            }
        }
        guard hasHoles else {
            var writer = JSONWriter()
            writer.string(utf8: text.span)
            return .constant(store(writer.bytes))
        }
        let template = PlanTemplate(
            firstPiece: Int32(pieces.count),
            pieceCount: Int32(found.count),
            text: store(text)
        )
        pieces.append(contentsOf: found)
        templates.append(template)
        return .template(Int32(templates.count - 1))
    }
}

/// Divides the text of a template into plain parts and holes (mapping language, section 4.2).
enum TemplateText {
    enum Piece {
        case text(Range<Int>)
        /// The path inside the braces, without white space at its ends.
        case hole(Range<Int>)
    }

    static func pieces(of text: [UInt8]) -> [Piece] {
        var pieces: [Piece] = []
        var start = 0
        var position = 0
        while position + 1 < text.count {
            guard text[position] == opening, text[position + 1] == opening, let hole = hole(at: position, in: text)
            else {
                position += 1
                continue
            }
            if start < position { pieces.append(.text(start..<position)) }
            pieces.append(.hole(trimmed(hole.content, in: text)))
            position = hole.next
            start = position
        }
        if start < text.count { pieces.append(.text(start..<text.count)) }
        return pieces
    }

    /// A hole that starts with two braces at `position`, or with three where three close it too.
    private static func hole(at position: Int, in text: [UInt8]) -> (content: Range<Int>, next: Int)? {
        if position + 2 < text.count, text[position + 2] == opening,
            let hole = hole(from: position + 3, braces: 3, in: text)
        {
            return hole
        }
        return hole(from: position + 2, braces: 2, in: text)
    }

    private static func hole(from start: Int, braces: Int, in text: [UInt8]) -> (content: Range<Int>, next: Int)? {
        var end = start
        while end < text.count, text[end] != closing { end += 1 }
        guard end > start, end + braces <= text.count,
            text[end..<end + braces].allSatisfy({ $0 == closing })
        else { return nil }
        return (start..<end, end + braces)
    }

    private static func trimmed(_ range: Range<Int>, in text: [UInt8]) -> Range<Int> {
        var (low, high) = (range.lowerBound, range.upperBound)
        while low < high, isSpace(text[low]) { low += 1 }
        while high > low, isSpace(text[high - 1]) { high -= 1 }
        return low..<high
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static let opening = UInt8(ascii: "{")
    private static let closing = UInt8(ascii: "}")
}
