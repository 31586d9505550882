/// One part of a compiled mapping. All payloads are indexes into the tables of the plan, so that the enumeration is trivial
/// and resolving counts no references.
enum PlanNode: Sendable, Hashable {
    /// Gives nothing.
    case absent
    /// A JSON text in the pool.
    case constant(ByteRange)
    /// Members `first..<first + count`.
    case object(first: Int32, count: Int32)
    /// Children `first..<first + count`.
    case list(first: Int32, count: Int32)
    /// The value at a path.
    case path(Int32)
    /// A text with holes.
    case template(Int32)
    /// `@if`: branches are nodes.
    case choose(condition: Int32, test: PlanTest, then: Int32, otherwise: Int32)
    /// A directive that looks at the value of another node.
    case inspect(PlanInspection, value: Int32)
    /// Children `first..<first + count` laid over one another.
    case merge(first: Int32, count: Int32, isLeft: Bool)
    /// `mapping` resolved against the result of `apply`.
    case transform(apply: Int32, mapping: Int32)
}

/// The test of an `@if`.
enum PlanTest: UInt8, Sendable, Hashable {
    case exists
    case blank
}

/// What a directive does with the value that it looks at.
enum PlanInspection: Sendable, Hashable {
    case changeCase(toUpper: Bool)
    /// Index into the table of replacements.
    case replace(Int32)
    /// Each item rebuilt by a node.
    case eachItem(shape: Int32)
    case encode
    case decode
    case flatten(separator: ByteRange, omitsArrays: Bool)
    case excludeNulls
    /// The value is the text of a path.
    case usePath
    /// The value is the text of a template.
    case useTemplate
}

/// A key of an object with its value.
struct PlanMember: Sendable {
    /// The key's UTF-8 in the pool, not escaped.
    let name: ByteRange
    /// The key as JSON with its colon.
    let written: ByteRange
    let value: Int32
}

/// A path: its steps, and its text for printing.
struct PlanPath: Sendable {
    let firstStep: Int32
    let stepCount: Int32
    /// Whether the first step is `$kafka`.
    let readsRecord: Bool
    /// Whether it starts at the message, and not at an item of a list or the result of another mapping.
    let readsMessage: Bool
    let text: ByteRange
}

/// A template: its pieces, and its text for printing.
struct PlanTemplate: Sendable {
    let firstPiece: Int32
    let pieceCount: Int32
    let text: ByteRange
}

/// A piece of a template.
enum TemplatePiece: Sendable {
    case text(ByteRange)
    case hole(path: Int32)
}

/// The constant parts of an `@replace`.
struct PlanReplacement: Sendable, Hashable {
    struct Pair: Sendable, Hashable {
        let pattern: [UInt8]
        let replacement: [UInt8]
    }

    let pairs: [Pair]
    let ignoresCase: Bool
    let isGlobal: Bool
}
