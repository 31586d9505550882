import Spelling
import Testing
import YAMLDocument

private enum Colour: String, CaseIterable, Sendable { case red, green, darkBlue = "dark_blue" }

/// Reads a file of every kind of value and gives its faults.
private func faults(of text: String, overrides: [String: Reading.Override] = [:]) throws -> [String] {
    let reading = Reading(fileName: "mappings/orders.yaml", overrides: overrides)
    let root = MapReader(reading.cursor(at: try YAMLReader.read(Array(text.utf8))))
    _ = root.required("name", .text("a name", example: "orders"))
    let batch = root.map("micro_batch")
    _ = batch.value("linger", .duration(from: .zero, example: "100ms"), default: .zero)
    _ = batch.value("timeout", .duration(from: .seconds(1), to: .seconds(60), example: "8s"), default: .zero)
    _ = batch.value("max_updates", .integer(1...200), default: 1)
    _ = batch.value("max_bytes", .byteCount(1...5_000_000, example: "5MB"), default: 1)
    batch.finish()
    _ = root.optional("colour", .choice as ValueRule<Colour>)
    _ = root.value("share", .share(example: "20%"), default: 0)
    _ = root.value("is_on", .boolean, default: false)
    _ = root.value("after", .either(.duration(from: .zero, example: "1h"), or: "never"), default: nil)
    _ = root.value("topics", .list(of: .text("a topic"), minimumCount: 1, "topics", example: "[a]"), default: [])
    root.refuse("password", "is not read from a file; set BATCHRELAY_PASSWORD")
    root.finish()
    return FaultReport(reading.faults).faults.map(\.description)
}

private struct FaultCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let faults: [String]

    init(_ text: String, _ faults: String...) {
        testDescription = String(text.map { $0 == "\n" ? "↵" : $0 })
        self.text = text
        self.faults = faults.map { "mappings/orders.yaml:\($0)" }
    }
}

@Suite("Map reader")
struct MapReaderTests {
    @Test(
        "reports every fault with file, line, column, path and what to write",
        arguments: [
            FaultCase("name: a"),
            FaultCase("{}", "1:1: name: is missing; write a name, such as orders"),
            FaultCase(
                "[a]",
                "1:1: a list is not a map of keys and values",
                "1:1: name: is missing; write a name, such as orders"
            ),
            FaultCase("name: true", "1:1: name: 'true' is not a name, such as orders"),
            FaultCase("name:", "1:1: name: an empty value is not a name, such as orders"),
            FaultCase("name: ~", "1:1: name: null is not a name, such as orders"),
            FaultCase(
                "name: a\nmicro_batch:\n  linger: -5\n  timeout: 2m\n",
                "3:3: micro_batch.linger: '-5' is not a duration of 0 ms or more, such as 100ms",
                "4:3: micro_batch.timeout: '2m' is not a duration from 1 s to 1 m, such as 8s"
            ),
            FaultCase(
                "name: a\nmicro_batch: { max_updates: 201, max_bytes: 6MB }",
                "2:16: micro_batch.max_updates: '201' is not an integer from 1 to 200",
                "2:34: micro_batch.max_bytes: '6MB' is not a size from 1 B to 5 MB, such as 5MB"
            ),
            FaultCase(
                "name: a\nmicro_batch:\n  lingr: 1s\n  zebra: 1\n",
                "3:3: micro_batch.lingr: unknown key; did you mean 'linger'?",
                "4:3: micro_batch.zebra: unknown key; known here: linger, timeout, max_updates, max_bytes"
            ),
            FaultCase("name: a\nmicro_batch: 5", "2:1: micro_batch: '5' is not a map of keys and values"),
            FaultCase("name: a\ncolour: rde", "2:1: colour: 'rde' is not red, green or dark_blue; did you mean 'red'?"),
            FaultCase("name: a\ncolour: purple", "2:1: colour: 'purple' is not red, green or dark_blue"),
            FaultCase("name: a\nshare: 101%", "2:1: share: '101%' is not a percentage from 0% to 100%, such as 20%"),
            FaultCase("name: a\nshare: 0.2", "2:1: share: '0.2' is not a percentage from 0% to 100%, such as 20%"),
            FaultCase("name: a\nis_on: yes", "2:1: is_on: 'yes' is not true or false"),
            FaultCase(
                "name: a\nafter: later",
                "2:1: after: 'later' is not a duration of 0 ms or more, or 'never', such as 1h"
            ),
            FaultCase(
                "name: a\ntopics: [a, true, {}]",
                "2:13: topics[1]: 'true' is not a topic",
                "2:19: topics[2]: a map is not a topic"
            ),
            FaultCase(
                "name: a\ntopics: []",
                "2:1: topics: an empty list is not a list of one or more topics, such as [a]"
            ),
            FaultCase("name: a\ntopics: a", "2:1: topics: 'a' is not a list of one or more topics, such as [a]"),
            FaultCase("name: a\npassword: hunter2", "2:1: password: is not read from a file; set BATCHRELAY_PASSWORD"),
        ]
    )
    private func reports(_ example: FaultCase) throws {
        #expect(try faults(of: example.text) == example.faults)
    }

    @Test("takes values of the environment first, and names the variable in their faults")
    func overrides() throws {
        let found = try faults(
            of: "name: 5s\nmicro_batch: {linger: wrong}\n",
            overrides: [
                "micro_batch.linger": .init(variable: "X_LINGER", text: "5s"),
                "micro_batch.max_updates": .init(variable: "X_MAX_UPDATES", text: "many"),
                "topics": .init(variable: "X_TOPICS", text: " a , b,"),
                "is_on": .init(variable: "X_IS_ON", text: "true"),
            ]
        )
        #expect(found == ["environment X_MAX_UPDATES: 'many' is not an integer from 1 to 200"])
    }

    @Test("divides a list of the environment at its commas")
    func dividesLists() throws {
        let reading = Reading(fileName: "f", overrides: ["a": .init(variable: "A", text: " x , 2,, y z ")])
        let root = MapReader(reading.cursor(at: YAMLNode(.null, mark: .init(line: 1, column: 1), scalarText: "")))
        #expect(root.value("a", .list(of: .text(), "texts", example: "[x]"), default: []) == ["x", "2", "y z"])
        #expect(reading.faults.isEmpty)
    }

    @Test("shortens a long value, and shows no control characters")
    func shortens() throws {
        let found = try faults(of: "name: a\nshare: \"a\\nb\(String(repeating: "c", count: 100))\"")
        #expect(found.first?.contains("'a b\(String(repeating: "c", count: 57))…'") == true)
    }
}

@Suite("Values with units")
struct WrittenUnitsTests {
    @Test(
        "reads durations",
        arguments: [
            ("0ms", 0), ("200ms", 200), ("5s", 5_000), ("10m", 600_000), ("1h", 3_600_000), ("2d", 172_800_000),
            ("1h30m", 5_400_000), ("23h50m", 85_800_000), ("1s500ms", 1_500),
        ]
    )
    func readsDurations(_ text: String, _ milliseconds: Int) {
        #expect(WrittenUnits.duration(text) == .milliseconds(milliseconds))
    }

    @Test(
        "refuses what is no duration",
        arguments: [
            "", "5", "s", "-5s", "5 s", "1.5s", "5S", "30m1h", "1m1m", "5sec", "ms5", "99999999999999999999s",
            "9223372036854775807d", "9223372036854775807ms1ms", "٣s",
        ]
    )
    func refusesDurations(_ text: String) { #expect(WrittenUnits.duration(text) == nil) }

    @Test(
        "reads sizes",
        arguments: [
            ("1B", 1), ("64MB", 64_000_000), ("5MiB", 5_242_880), ("3KB", 3_000), ("3kB", 3_000), ("2GiB", 2 << 30),
        ]
    )
    func readsSizes(_ text: String, _ count: Int) { #expect(WrittenUnits.byteCount(text) == count) }

    @Test("refuses what is no size", arguments: ["", "5", "MB", "-5MB", "5 MB", "5mb", "5M", "1.5MB", "99999999999TB"])
    func refusesSizes(_ text: String) { #expect(WrittenUnits.byteCount(text) == nil) }

    @Test(
        "reads and refuses shares",
        arguments: [("20%", 0.2), ("0%", 0), ("12.5%", 0.125), ("20", nil), ("%", nil), ("-1%", nil), ("1e1%", nil)]
    )
    func readsShares(_ text: String, _ share: Double?) { #expect(WrittenUnits.share(text) == share) }

    @Test(
        "writes what it reads, in the largest unit that fits",
        arguments: ["0ms", "1500ms", "90m", "100ms", "2d", "25h"]
    )
    func writesDurations(_ text: String) {
        #expect(WrittenUnits.duration(text).map { WrittenUnits.text($0) } == text)
    }

    @Test("writes sizes that it reads", arguments: ["5MB", "1500B", "1MiB", "64MB", "2GiB", "0B"])
    func writesSizes(_ text: String) {
        #expect(WrittenUnits.byteCount(text).map { WrittenUnits.text(byteCount: $0) } == text)
    }

    @Test("writes shares that it reads", arguments: ["20%", "12.5%", "0.05%", "100%", "0%", "33.33%"])
    func writesShares(_ text: String) { #expect(WrittenUnits.share(text).map { WrittenUnits.text(share: $0) } == text) }
}

@Suite("Suggestion")
struct SuggestionTests {
    @Test(
        "finds the nearest name, and none where none is near",
        arguments: [
            ("lingr", "linger"), ("ligner", "linger"), ("LINGER", "linger"), ("max-updates", "max_updates"),
            ("max_udpate", "max_updates"), ("--max-udpate", "max_updates"), ("x", nil), ("zebra", nil), ("", nil),
        ]
    )
    func finds(_ name: String, _ expected: String?) {
        #expect(Suggestion.nearest(to: name, among: ["linger", "max_updates", "max_bytes"]) == expected)
    }
}
