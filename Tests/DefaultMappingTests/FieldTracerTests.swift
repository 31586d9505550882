import DefaultMapping
import JSONDocument
import Testing

@Suite("Where each field went")
struct FieldTracerTests {
    private static func fates(_ message: String, _ options: DefaultMappingOptions = .init()) throws -> [String] {
        let bytes = Array(message.utf8)
        var mapper = DefaultMapper(options: options)
        let mapped = try MappedMessage(bytes, &mapper)
        var tracer = FieldTracer(options: options)
        return tracer.trace(
            try JSONTree(parsing: bytes),
            operation: try JSONTree(parsing: Array(mapped.json.utf8)),
            leftOut: mapped.leftOut
        )
        .map { field in
            switch field.fate {
            case .arrived(let outputs): "\(field.path) -> \(outputs.joined(separator: " "))"
            case .leftOut(let reason): "\(field.path) \(reason.rawValue)"
            case .unused(let reason): "\(field.path) (\(reason.rawValue))"
            }
        }
    }

    @Test(
        "fields go where the rules say",
        arguments: [
            (#""traits":{"aB":1,"a_b":2}"#, ["traits.aB -> attributes.a_b", "traits.a_b name_collision"]),
            (#""traits":{"d":"2026-01-01T00:00:00Z"}"#, ["traits.d -> attributes.date(d)"]),
            (#""traits":{"a":{"b":{}}}"#, ["traits.a.b empty"]), (#""traits":null"#, ["traits (null_part)"]),
            (#""traits":5"#, ["traits not_an_object"]),
            (
                #""traits":{"l":["x",1,"x",null," "]}"#,
                [
                    "traits.l[0] -> attributes.l", "traits.l[1] -> attributes.l", "traits.l[2] (repeated_item)",
                    "traits.l[3] (empty_item)", "traits.l[4] (empty_item)",
                ]
            ),
            (#""context":{"locale":"fr-FR"}"#, ["context.locale -> attributes.$language attributes.$region"]),
            (#""context":{"locale":"C"}"#, ["context.locale (no_language)"]),
            (
                #""context":{"locale":"es-419"}"#,
                [
                    "context.locale -> attributes.$language", "context.locale region_unsupported",
                ]
            ),
            (
                #""traits":{"$timezone":"Asia/Tokyo"},"context":{"timezone":"Europe/Paris"}"#,
                [
                    "traits.$timezone -> attributes.$timezone", "context.timezone (overridden)",
                ]
            ),
            (
                #""traits":{"email":"a@b.io"},"context":{"traits":{"email":"c@d.io","x":1}}"#,
                [
                    "traits.email -> attributes.$email_address", "context.traits.email (overridden)",
                    "context.traits.x (not_mapped)",
                ]
            ),
            (#""traits":{"a":{"b":1},"a.b":2}"#, ["traits.a.b -> attributes.a_b", "traits.a.b name_collision"]),
        ]
    )
    func identify(_ part: String, _ expected: [String]) throws {
        let found = try Self.fates("{\"type\":\"identify\",\"userId\":\"u\",\(part)}")
        #expect(found == ["type (decides)", "userId -> identifiers.custom_id"] + expected)
    }

    @Test(
        "fields of events go where the rules say",
        arguments: [
            (
                #""properties":{"l":[{"a":null},{"b":1},{}, null]}"#,
                [
                    "properties.l[0].a null_in_event", "properties.l[1].b -> events[0].attributes.l[0].b",
                    "properties.l[2] (empty_item)", "properties.l[3] (empty_item)",
                ]
            ),
            (
                #""properties":{"Name":"x"},"name":"y""#,
                [
                    "properties.Name -> events[0].attributes.name", "name (overridden)",
                ]
            ),
            (#""name":"y","category":null"#, ["name -> events[0].attributes.name", "category (null_part)"]),
            (
                #""timestamp":null,"originalTimestamp":"2026-01-01T00:00:00Z""#,
                [
                    "timestamp (null_part)", "originalTimestamp -> events[0].time",
                ]
            ),
        ]
    )
    func views(_ part: String, _ expected: [String]) throws {
        let found = try Self.fates("{\"type\":\"page\",\"userId\":\"u\",\(part)}")
        #expect(found == ["type (decides)", "userId -> identifiers.custom_id"] + expected)
    }

    @Test(
        "every leaf of any message has a fate, and every field of an operation a source",
        arguments: 0..<12 as Range<UInt64>
    )
    func anyMessage(_ seed: UInt64) throws {
        for options in try HostileMessageTests.variousOptions() {
            var mapper = DefaultMapper(options: options)
            var tracer = FieldTracer(options: options)
            for number in 0..<60 as Range<UInt64> {
                var random = RandomMessage(seed: seed * 1_000 + number &+ 500_000)
                let text = random.json()
                let mapped = try MappedMessage(Array(text.utf8), &mapper)
                guard mapped.outcome == .operation else { continue }
                let message = try JSONTree(parsing: Array(text.utf8))
                let operation = try JSONTree(parsing: Array(mapped.json.utf8))
                let fates = tracer.trace(message, operation: operation, leftOut: mapped.leftOut)
                let paths = Set(fates.map(\.path))
                let missing = message.leaves.map { JSONTree.path($0) }.filter { !paths.contains($0) }
                #expect(missing == [], "\(text)")
                let unexplained = fates.filter { $0.fate == .unused(.unexplained) }
                #expect(unexplained == [], "\(text)")
                var sources: Set<String> = []
                for field in fates { if case .arrived(let outputs) = field.fate { sources.formUnion(outputs) } }
                let outputs = operation.leaves.map { JSONTree.path($0) }
                let constants: Set = ["page_viewed", "screen_viewed"]
                for output in outputs where !sources.contains(where: { output.hasPrefix($0) }) {
                    if output == "events[0].name", case .text(let name)? = operation[Self.eventName],
                        constants.contains(name)
                    {
                        continue
                    }
                    Issue.record("no source of \(output): \(text)")
                }
                // What is said to have arrived is there.
                for source in sources { #expect(outputs.contains { $0.hasPrefix(source) }, "\(source): \(text)") }
            }
        }
    }

    private static let eventName: [JSONTree.Step] = [.name("events"), .index(0), .name("name")]
}
