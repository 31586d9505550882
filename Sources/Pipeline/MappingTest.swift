import JSONDocument
import YAMLDocument

/// One test of a file of mapping tests: a message, and what shall become of it.
struct MappingTest: Sendable {
    let name: String
    /// The message's text.
    let message: [UInt8]
    let record: SampleRecord
    /// The operations that are expected, in order; nil where the test does not say.
    let operations: [JSONTree]?
    /// What is expected to be left out, `path reason` each, or why the message gives nothing; nil where the test does not say.
    let reasons: [String]?
    /// The test as it stands in the file.
    let node: YAMLNode
}

/// A file of mapping tests.
///
/// ```yaml
/// version: 1
/// mapping: ../segment.yaml              # or a list; paths from the folder of this file
/// tests:
///   - name: a trait becomes an attribute
///     message: { type: identify, userId: u1, traits: { plan: gold, "": 1 } }   # YAML, or a text with JSON
///     topic: analytics.events           # these four optional
///     key: u1
///     headers: { source: web }
///     now: 2026-11-21T12:00:00Z
///     operations:
///       - { identifiers: { custom_id: u1 }, attributes: { plan: gold } }
///     reasons: ["traits. name_empty"]
/// ```
struct MappingTestFile: Sendable {
    let name: String
    /// The paths of the mapping files, from the working folder, and where each is written.
    let mappings: [(path: String, place: Fault.Place)]
    let tests: [MappingTest]

    /// Reads a file.
    ///
    /// - Throws: `FaultReport` with every fault, each with line and column.
    init(_ bytes: [UInt8], named fileName: String) throws(FaultReport) {
        let root: YAMLNode
        do throws(YAMLSyntaxError) {
            root = try YAMLReader.read(bytes, named: fileName)
        } catch {
            throw FaultReport([Fault(in: fileName, error)])
        }
        let reading = Reading(fileName: fileName)
        let file = MapReader(reading.cursor(at: root), expected: "a map with 'version', 'mapping' and 'tests'")
        if file.cursor("version")?.node.value != .integer(1) { file.cursor.fault("write version: 1") }
        mappings = Self.mappings(file, besides: fileName)
        tests = Self.tests(file)
        file.finish()
        guard reading.faults.isEmpty else { throw FaultReport(reading.faults) }
        name = fileName
    }

    private static func mappings(_ file: MapReader, besides fileName: String)
        -> [(path: String, place: Fault.Place)]
    {
        guard let cursor = file.cursor("mapping") else {
            file.cursor.fault("'mapping' is missing; write the path of the mapping file, such as ../segment.yaml")
            return []
        }
        let cursors: [NodeCursor]
        if case .list = cursor.node.value { cursors = (try? cursor.elements()) ?? [] } else { cursors = [cursor] }
        let folder = fileName.lastIndex(of: "/").map { fileName[...$0] } ?? ""
        return cursors.compactMap { cursor in
            guard case .text(let path) = cursor.node.value, !path.isEmpty else {
                cursor.fault("\(cursor.shown) is not the path of a mapping file")
                return nil
            }
            return (path.hasPrefix("/") ? path : folder + path, cursor.place)
        }
    }

    private static func tests(_ file: MapReader) -> [MappingTest] {
        guard let list = file.cursor("tests") else {
            file.cursor.fault("'tests' is missing; write a list of tests with name, message and operations")
            return []
        }
        guard let cursors = try? list.elements(expected: "a list of tests") else { return [] }
        var names: Set<String> = []
        return cursors.compactMap { cursor in
            guard let test = test(cursor) else { return nil }
            if !names.insert(test.name).inserted { cursor.fault("the name '\(test.name)' stands twice") }
            return test
        }
    }

    private static func test(_ cursor: NodeCursor) -> MappingTest? {
        let reader = MapReader(cursor, expected: "a map with name, message and operations")
        defer { reader.finish() }
        guard case .map = cursor.node.value else { return nil }
        let name = reader.required("name", .text("a name", example: "an identify with traits"))
        var record = SampleRecord()
        record.topic = reader.cursor("topic")?.node.scalarText
        record.key = reader.cursor("key")?.node.scalarText
        if let headers = try? reader.cursor("headers")?.members(expected: "a map of names and texts") {
            record.headers = headers.map { ($0.key, $0.value.node.scalarText ?? "") }
        }
        record.timestampMilliseconds = time("timestamp", reader)
        record.nowMilliseconds = time("now", reader)
        let operations = trees("operations", reader)
        let reasons = trees("reasons", reader)?.map { tree in
            if case .text(let text) = tree { text } else { String(decoding: tree.json, as: UTF8.self) }
        }
        guard let message = reader.cursor("message") else {
            cursor.fault("'message' is missing; write it as YAML, or as a text with JSON")
            return nil
        }
        guard let name else { return nil }
        return MappingTest(
            name: name,
            message: message.node.messageText,
            record: record,
            operations: operations,
            reasons: reasons,
            node: cursor.node
        )
    }

    private static func time(_ key: String, _ reader: MapReader) -> Int64? {
        guard let cursor = reader.cursor(key), cursor.node.value != .null else { return nil }
        if case .integer(let milliseconds) = cursor.node.value { return milliseconds }
        guard let milliseconds = cursor.node.scalarText.flatMap({ SampleRecord.milliseconds(of: $0) }) else {
            cursor.fault("\(cursor.shown) is not a date-time with zone such as 2026-11-21T12:00:00Z")
            return nil
        }
        return milliseconds
    }

    private static func trees(_ key: String, _ reader: MapReader) -> [JSONTree]? {
        guard let cursor = reader.cursor(key), cursor.node.value != .null else { return nil }
        return (try? cursor.elements())?.map { JSONTree($0.node) }
    }
}

extension YAMLNode {
    /// A message that a test holds: the JSON inside a text, or the value itself as JSON.
    fileprivate var messageText: [UInt8] {
        if case .text(let text) = value { return Array(text.utf8) }
        return json
    }
}

extension JSONTree {
    /// The value of a file that somebody wrote.
    init(_ node: YAMLNode) {
        switch node.value {
        case .null: self = .null
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .number(String(value))
        case .number(let text): self = .number(text)
        case .text(let text): self = .text(text)
        case .list(let nodes): self = .list(nodes.map { JSONTree($0) })
        case .map(let members):
            self = .object(members.map { Member(name: $0.key, value: JSONTree($0.value)) })
        }
    }
}
