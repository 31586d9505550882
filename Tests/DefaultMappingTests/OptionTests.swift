import DefaultMapping
import Testing

@Suite("Options of the default mapping")
struct OptionTests {
    @Test("an empty block is as shipped")
    func empty() throws {
        let options = try DefaultMappingOptions(values: [])
        #expect(options == DefaultMappingOptions())
        #expect(options.names == .snakeCase && options.longNames == .refuse && options.objects == .flatten)
        #expect(options.dates == .detect && options.urls == .detect && options.longText == .refuse)
        #expect(options.emptyLists == .leave && options.phoneCallingCode == nil)
    }

    @Test("every value of every option is read")
    func values() throws {
        let options = try DefaultMappingOptions(values: [
            ("names", .text("keep")), ("long_names", .text("shorten")), ("objects", .text("refuse")),
            ("dates", .text("detect_days")), ("urls", .text("off")), ("long_text", .text("cut")),
            ("empty_lists", .text("delete")), ("phone_calling_code", .text("33")),
        ])
        #expect(options.names == .keep && options.longNames == .shorten && options.objects == .refuse)
        #expect(options.dates == .detectDays && options.urls == .off && options.longText == .cut)
        #expect(options.emptyLists == .delete && options.phoneCallingCode == "33")
    }

    @Test("off may arrive as false, and null is no calling code")
    func offAsFalse() throws {
        let options = try DefaultMappingOptions(values: [
            ("dates", .boolean(false)), ("urls", .boolean(false)), ("phone_calling_code", .null),
        ])
        #expect(options.dates == .off && options.urls == .off && options.phoneCallingCode == nil)
    }

    @Test(
        "a wrong value is refused with its key",
        arguments: [
            ("names", OptionValue.text("camel")), ("names", .boolean(false)), ("names", .null),
            ("dates", .boolean(true)), ("dates", .text("detect days")), ("long_text", .other("a list")),
            ("phone_calling_code", .other("33")), ("phone_calling_code", .text("+33")),
            ("phone_calling_code", .text("0")), ("phone_calling_code", .text("")),
            ("phone_calling_code", .text("1234")), ("phone_calling_code", .text("３３")),
            ("phone_calling_code", .boolean(false)),
        ]
    )
    func wrongValue(_ key: String, _ value: OptionValue) {
        let faults = #expect(throws: OptionFaults.self) { try DefaultMappingOptions(values: [(key, value)]) }
        #expect(faults?.faults.count == 1)
        #expect(faults?.description.hasPrefix("defaults.\(key): ") == true)
    }

    @Test("all mistakes are reported at once, in the order of the file")
    func allAtOnce() {
        let faults = #expect(throws: OptionFaults.self) {
            try DefaultMappingOptions(values: [
                ("name", .text("keep")), ("dates", .text("on")), ("urls", .text("off")), ("urls", .text("detect")),
            ])
        }
        #expect(faults?.faults.map(\.key) == ["name", "dates", "urls"])
        #expect(
            faults?.faults.map(\.problem) == [
                .unknownKey, .badValue("'on'", expected: "one of detect, detect_days, off"), .repeatedKey,
            ]
        )
        #expect(faults?.description.split(separator: "\n").count == 3)
    }

    @Test("the codes are those of the documentation, each once")
    func codes() {
        let codes = Set(MappingReason.allCases.map(\.rawValue))
        #expect(codes.count == MappingReason.allCases.count && codes.count == 40)
        #expect(
            codes.allSatisfy { $0.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 } }
        )
    }
}
