public import JSONDocument
public import YAMLDocument

/// A compiled mapping: says how to build an output value from one message. Immutable, and a pure function of the message.
public struct MappingPlan: Sendable {
    let tables: PlanTables
    let root: Int32
    let trie: PathTrie
    /// Whether resolving needs the fields of the Kafka record (`$kafka.…`).
    public let readsRecord: Bool

    /// Compiles a mapping given as JSON.
    ///
    /// - Throws: ``MappingRefusal`` with every fault.
    public init(json: [UInt8]) throws(MappingRefusal) {
        // Half of all mappings' size would be refused for its length only; the parser need not see more than that.
        let limits = JSONLimits(
            maximumDepth: PlanCompiler.maximumDepth + 1,
            maximumByteCount: 4 * PlanCompiler.maximumByteCount
        )
        var tape = JSONTape(limits: limits)
        let lines = LineStarts(of: json.span)
        do throws(JSONSyntaxError) {
            try tape.parse(json.span)
        } catch {
            let mark = lines.mark(ofByte: error.byteOffset, in: json.span)
            let message = "not JSON: \(error)"
            throw MappingRefusal([MappingFault(path: "", message: message, line: mark.line, column: mark.column)])
        }
        try self.init(SourceNode(tape.root, of: tape, in: json.span, lines: lines))
    }

    /// Compiles a mapping that is a part of a parsed JSON text.
    ///
    /// - Throws: ``MappingRefusal`` with every fault.
    public init(_ node: JSONNode, of tape: borrowing JSONTape, in text: Span<UInt8>) throws(MappingRefusal) {
        try self.init(SourceNode(node, of: tape, in: text, lines: LineStarts(of: text)))
    }

    /// Compiles a mapping that stands in a file.
    ///
    /// - Throws: ``MappingRefusal`` with every fault.
    public init(_ node: YAMLNode) throws(MappingRefusal) {
        try self.init(SourceNode(node))
    }

    private init(_ source: SourceNode) throws(MappingRefusal) {
        var compiler = PlanCompiler()
        root = compiler.compileRoot(source)
        guard compiler.faults.isEmpty else { throw MappingRefusal(compiler.faults) }
        tables = compiler.tables
        trie = PathTrie(tables)
        // A path that is only known with the message may ask for the record.
        readsRecord =
            tables.paths.contains { $0.readsRecord }
            || tables.nodes.contains { node in
                switch node {
                case .inspect(.usePath, _), .inspect(.useTemplate, _): true
                default: false
                }
            }
    }
}
