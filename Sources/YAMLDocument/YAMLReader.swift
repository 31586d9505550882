/// Bounds on files that people write.
public struct YAMLLimits: Sendable, Equatable {
    /// How many lists and maps may stand inside one another, aliases followed, 1 or more.
    public let maximumDepth: Int
    /// The longest file in bytes, 1 or more.
    public let maximumByteCount: Int
    /// How many values and keys a file may stand for when every alias is written out: bounds "billion laughs".
    public let maximumNodeCount: Int

    /// Creates bounds: 64 deep, 1 MiB and 100 000 nodes where nothing else is said; smaller than 1 becomes 1.
    public init(maximumDepth: Int = 64, maximumByteCount: Int = 1 << 20, maximumNodeCount: Int = 100_000) {
        self.maximumDepth = max(1, maximumDepth)
        self.maximumByteCount = max(1, maximumByteCount)
        self.maximumNodeCount = max(1, maximumNodeCount)
    }
}

/// Reads files that people write, YAML or JSON, into nodes that know their line and column.
public enum YAMLReader {
    /// Reads one YAML document by the core schema of YAML 1.2.
    ///
    /// Refused: keys that stand twice, keys that are lists or maps, more than one document, tags other than the core
    /// schema's, aliases without an anchor or inside it, infinity and "not a number". A byte order mark is skipped; an
    /// empty file is null.
    ///
    /// The bytes are UTF-8. Throws ``YAMLSyntaxError`` for the first problem, since what follows it cannot be trusted.
    public static func read(_ bytes: [UInt8], limits: YAMLLimits = YAMLLimits()) throws(YAMLSyntaxError) -> YAMLNode {
        let text = try content(of: bytes, limits: limits)
        // libyaml wants an address, and an empty buffer may have none.
        guard !text.isEmpty else {
            return YAMLNode(.null, mark: YAMLNode.Mark(line: 1, column: 1), scalarText: "")
        }
        return try text.withUnsafeBufferPointer { (buffer) throws(YAMLSyntaxError) -> YAMLNode in
            var composer = YAMLComposer(events: YAMLEvents(borrowing: buffer), limits: limits)
            return try composer.document()
        }
    }

    /// Reads a file by the ending of its name: `.json` as JSON, anything else as YAML.
    ///
    /// - Throws: ``YAMLSyntaxError`` for the first problem.
    public static func read(
        _ bytes: [UInt8],
        named fileName: String,
        limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLSyntaxError) -> YAMLNode {
        fileName.lowercased().hasSuffix(".json")
            ? try readJSON(bytes, limits: limits) : try read(bytes, limits: limits)
    }

    /// Reads one JSON text by RFC 8259, strictly, into the same nodes. Keys that stand twice are refused here as well.
    ///
    /// The bytes are UTF-8; a byte order mark is skipped. Throws ``YAMLSyntaxError`` for the first problem.
    public static func readJSON(
        _ bytes: [UInt8],
        limits: YAMLLimits = YAMLLimits()
    ) throws(YAMLSyntaxError) -> YAMLNode {
        let text = try content(of: bytes, limits: limits)
        return try JSONComposer(text: text, limits: limits).document()
    }

    /// The bytes behind a byte order mark. It would shift every column of the first line by one.
    private static func content(of bytes: [UInt8], limits: YAMLLimits) throws(YAMLSyntaxError) -> ArraySlice<UInt8> {
        guard bytes.count <= limits.maximumByteCount else {
            throw YAMLSyntaxError(
                at: YAMLNode.Mark(line: 1, column: 1),
                "the file has \(bytes.count) bytes, more than the \(limits.maximumByteCount) allowed",
                remedy: "split it"
            )
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        return bytes.starts(with: mark) ? bytes.dropFirst(3) : bytes[...]
    }
}
