import DefaultMapping
import Testing

/// What becomes of one key of the traits.
struct RenameCase: Sendable, CustomTestStringConvertible {
    let key: String
    /// The name, or the reason for none.
    let result: String
    var testDescription: String { "\(key.debugDescription) → \(result)" }

    init(_ key: String, _ result: String) {
        self.key = key
        self.result = result
    }
}

/// Beside the cases of the fixture, which have the tables of the documentation.
@Suite("Names")
struct RenamingTests {
    static let snakeCases = [
        RenameCase("URLsFound", "urls_found"), RenameCase("IDst", "i_dst"), RenameCase("IDs2", "ids2"),
        RenameCase("XAs", "xas"), RenameCase("X1As", "x1as"), RenameCase("XAsB", "xas_b"), RenameCase("As", "as"),
        RenameCase("getHTTPSUrl", "get_https_url"), RenameCase("aÉb", "a_eb"), RenameCase("ÉCOLE", "ecole"),
        RenameCase("\u{212A}elvin", "kelvin"), RenameCase("\u{212B}ngstrom", "angstrom"),
        RenameCase("e\u{301}te\u{301}", "ete"), RenameCase("a\u{20DD}b", "a_b"), RenameCase("ǖ", "u"),
        RenameCase("ABж", "a_b"), RenameCase("ABЖ", "ab"), RenameCase("ŋaŋ", "nan"), RenameCase("ĲSSEL", "ijssel"),
        RenameCase("ﬃx", "ffix"), RenameCase("ẞ", "ss"), RenameCase("ÞÓR", "thor"), RenameCase("xÞ", "x_th"),
        RenameCase("a__b", "a_b"), RenameCase("_A_", "a"), RenameCase("a_B", "a_b"), RenameCase("a-B", "a_b"),
        RenameCase("date()", "date"), RenameCase("date(x", "date_x"), RenameCase("url()", "url"),
        RenameCase("Date(x)", "date_x"), RenameCase("\u{FEFF}", "name_empty"), RenameCase("ⅷ", "name_empty"),
        RenameCase("ﬃﬃﬃﬃﬃﬃﬃﬃﬃﬃ", "ffiffiffiffiffiffiffiffiffiffi"),
        RenameCase("ﬃﬃﬃﬃﬃﬃﬃﬃﬃﬃx", "name_too_long"), RenameCase("a\u{0}b", "a_b"),
        RenameCase("각", "name_empty"), RenameCase("_$_", "name_empty"),
    ]

    @Test("snake_case folds letters and splits words", arguments: snakeCases)
    func snakeCase(_ example: RenameCase) throws {
        try #expect(Self.result(of: example.key, DefaultMappingOptions()) == example.result)
    }

    @Test(
        "segment lowers and removes",
        arguments: [
            RenameCase("Ünïcode", "ncode"), RenameCase("_A_", "_a_"), RenameCase("a\u{1F600}b", "ab"),
            RenameCase("ＡＢ", "name_empty"),
        ]
    )
    func segment(_ example: RenameCase) throws {
        var options = DefaultMappingOptions()
        options.names = .segment
        try #expect(Self.result(of: example.key, options) == example.result)
    }

    @Test("a shortened name has at most 30 characters and no underscore before its mark's")
    func shortened() throws {
        var options = DefaultMappingOptions()
        options.longNames = .shorten
        let name = try Self.result(of: "aaaaaaaaaaaaaaaaaaaaaa B C D E F G H", options)
        #expect(name.hasPrefix("aaaaaaaaaaaaaaaaaaaaaa_b_") && name.utf8.count <= 30)
        #expect(!name.contains("__"))
        let other = try Self.result(of: "aaaaaaaaaaaaaaaaaaaaaa B C D E F G I", options)
        #expect(other != name)
    }

    @Test("a key gives the same name however often and among however many others it comes")
    func cached() throws {
        var mapper = DefaultMapper(options: DefaultMappingOptions())
        for round in 0..<3 {
            for number in 0..<3_000 {
                // Lengths around the words of the cache and past its longest key.
                let key = "k" + String(repeating: "x", count: number % 45 % 20) + "Nr\(number)"
                let expected = key.replacing("Nr", with: "_nr")
                let message = "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\"\(key)\":\(round)}}"
                let mapped = try MappedMessage(Array(message.utf8), &mapper)
                #expect(
                    mapped.json
                        == "{\"identifiers\":{\"custom_id\":\"u\"},\"attributes\":{\"\(expected)\":\(round)}}"
                )
            }
        }
    }

    @Test("keys that differ in their last bytes only are told apart", arguments: [1, 7, 8, 9, 16, 23, 24, 25, 28])
    func neighbours(_ length: Int) throws {
        let stem = String(repeating: "q", count: length)
        let traits = "\"\(stem)a\":1,\"\(stem)b\":2,\"\(stem)\":3"
        let mapped = try MappedMessage("{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\(traits)}}")
        #expect(mapped.json.hasSuffix("\"attributes\":{\(traits)}}"))
    }

    @Test("a joined key is no explicit type")
    func joinedKeyNamesNoType() throws {
        let mapped = try MappedMessage(
            #"{"type":"identify","userId":"u","traits":{"date(a":{"b)":"2026-01-01"},"date(a_b)":"2026-01-01"}}"#
        )
        #expect(mapped.json.hasSuffix(#""attributes":{"date_a_b":"2026-01-01","date(a_b)":"2026-01-01T00:00:00Z"}}"#))
    }

    /// The name of a key among the traits, or the reason for none.
    private static func result(of key: String, _ options: DefaultMappingOptions) throws -> String {
        var writer = EscapedText()
        writer.append(key)
        let mapped = try MappedMessage(
            "{\"type\":\"identify\",\"userId\":\"u\",\"traits\":{\(writer.json):1}}",
            options: options
        )
        let attributes = try ParsedJSON(Array(mapped.json.utf8)).members("attributes")
        return attributes.first?.key ?? mapped.leftOut.first?.reason.rawValue ?? ""
    }
}
