import JSONDocument
import MappingLanguage
import Testing

@Suite("Properties of mappings and triggers")
struct PropertyTests {
    @Test("resolving is pure, gives JSON, and survives printing", arguments: 0..<40 as Range<UInt64>)
    func mappings(_ seed: UInt64) throws {
        var random = RandomInput(seed: seed)
        var scratch = MappingScratch(maximumOutputByteCount: 4096)
        var tape = JSONTape()
        var outputTape = JSONTape(limits: JSONLimits(maximumDepth: 512))
        var writer = JSONWriter()
        for round in 0..<60 {
            let source = random.next(2) == 0 ? random.mappingObject() : random.directive(0)
            guard let plan = try? MappingPlan(json: Array(source.utf8)) else { continue }
            let again = try MappingPlan(json: Array(plan.text.utf8))
            #expect(again.text == plan.text, "seed \(seed), round \(round): \(source)")
            let message = Array((random.next(8) == 0 ? random.json() : random.object()).utf8)
            try tape.parse(message.span)
            var outcomes: [String] = []
            for attempt in 0..<3 {
                writer.removeAll()
                do throws(MappingFailure) {
                    // The printed plan must do the same, and so must memory that was never used.
                    var fresh = MappingScratch(maximumOutputByteCount: 4096)
                    let isPresent =
                        switch attempt {
                        case 0: try plan.resolve(tape, message.span, scratch: &scratch, into: &writer)
                        case 1: try plan.resolve(tape, message.span, scratch: &fresh, into: &writer)
                        default: try again.resolve(tape, message.span, scratch: &scratch, into: &writer)
                        }
                    if isPresent { try? outputTape.parse(writer.bytes.span) }
                    if isPresent { #expect(outputTape.nodeCount > 0, "seed \(seed), round \(round): \(source)") }
                    outcomes.append(isPresent ? String(decoding: writer.bytes, as: UTF8.self) : "ABSENT")
                } catch {
                    #expect(writer.bytes.isEmpty)
                    outcomes.append("FAILS \(error.reason)")
                }
            }
            #expect(Set(outcomes).count == 1, "seed \(seed), round \(round): \(source) \(outcomes)")
        }
    }

    /// Paths of the message are found in one walk, those of an item one by one: both must find the same.
    @Test("a mapping gives the same for a message and for an item", arguments: 0..<40 as Range<UInt64>)
    func items(_ seed: UInt64) throws {
        var random = RandomInput(seed: seed &+ 4000)
        var compared = 0
        for round in 0..<60 {
            let source = random.next(2) == 0 ? random.mappingObject() : random.directive(0)
            guard source != "{}", let plan = try? MappingPlan(json: Array(source.utf8)) else { continue }
            let wrapped = try MappingPlan(json: Array("{\"@arrayPath\":[\"\",\(source)]}".utf8))
            let message = random.object()
            let first = try Outcome.of(plan, message: message)
            let second = try Outcome.of(wrapped, message: message)
            let expected = first == "FAILS" ? first : first == "ABSENT" ? "[null]" : "[\(first)]"
            #expect(second == expected, "seed \(seed), round \(round): \(source) \(message)")
            compared += 1
        }
        #expect(compared > 30)
    }

    @Test("any JSON is a mapping or is refused", arguments: 0..<20 as Range<UInt64>)
    func foreignMappings(_ seed: UInt64) {
        var random = RandomInput(seed: seed &+ 1000)
        let names = [
            "@path", "@if", "@merge", "@flatten", "@json", "@arrayPath", "@replace", "@transform", "@case", "@x",
        ]
        for _ in 0..<200 {
            var source = random.object()
            // Keys of ordinary objects become directives with arguments of any form.
            source = source.replacing("\"a\"", with: "\"\(random.pick(names))\"", maxReplacements: 3)
            do throws(MappingRefusal) {
                _ = try MappingPlan(json: Array(source.utf8))
            } catch {
                #expect(!error.faults.isEmpty)
            }
        }
    }

    @Test("triggers are evaluated without failing", arguments: 0..<40 as Range<UInt64>)
    func triggers(_ seed: UInt64) throws {
        var random = RandomInput(seed: seed &+ 2000)
        var accepted = 0
        for round in 0..<100 {
            let text = random.trigger()
            guard text.utf8.count < 5000 else { continue }
            let trigger = try Trigger(text)
            accepted += 1
            let message = Array((random.next(8) == 0 ? random.json() : random.object()).utf8)
            var tape = JSONTape()
            try tape.parse(message.span)
            let first = trigger.matches(tape, message.span)
            let second = trigger.matches(tape, message.span)
            #expect(first == second, "seed \(seed), round \(round): \(text)")
            let negated = try Trigger("!(\(text))").matches(tape, message.span)
            #expect(negated == !first, "seed \(seed), round \(round): \(text)")
        }
        #expect(accepted > 50)
    }

    @Test("any text is a trigger or is refused with a column inside it", arguments: 0..<20 as Range<UInt64>)
    func foreignTriggers(_ seed: UInt64) {
        var random = RandomInput(seed: seed &+ 3000)
        for _ in 0..<500 {
            let text = random.tokens()
            do throws(TriggerFault) {
                _ = try Trigger(text)
            } catch {
                #expect((1...text.unicodeScalars.count + 1).contains(error.column), "\(text): \(error)")
            }
        }
    }
}
