import DefaultMapping
import Testing

@Suite("Cases of the default mapping")
struct DefaultMappingCaseTests {
    @Test("the fixture is read in full")
    func fixture() { #expect(DefaultMappingCase.all.count == 564) }

    @Test("every case gives its operations, outcome and reasons", arguments: DefaultMappingCase.all)
    func maps(_ example: DefaultMappingCase) throws {
        let options = try DefaultMappingOptions(values: example.options)
        var mapper = DefaultMapper(options: options)
        let mapped = try MappedMessage(example.message, &mapper)
        if let expected = example.operations {
            #expect(mapped.outcome == .operation)
            let actual = try mapped.operations().map { try ParsedJSON(Array($0.utf8)).canonical() }
            #expect(try actual == expected.map { try ParsedJSON(Array($0.utf8)).canonical() })
        } else {
            let reason = try #require(example.reason.flatMap { MappingReason(rawValue: $0) })
            switch mapped.outcome {
            case .filtered(let actual): #expect(example.outcome == "filtered" && actual == reason)
            case .deadLetter(let actual, _): #expect(example.outcome == "dead_letter" && actual == reason)
            case .operation: Issue.record("an operation instead of \(reason)")
            }
            #expect(mapped.json.isEmpty)
        }
        #expect(Set(mapped.leftOut) == example.reasons)
        #expect(mapped.leftOut.count == example.reasons.count)
    }
}
