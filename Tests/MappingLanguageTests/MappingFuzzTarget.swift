// The fuzzer compiles this file too.
import JSONDocument
import MappingLanguage
import YAMLDocument

/// Takes any bytes as a mapping, a trigger or a mapping file with a message, and checks what must hold for all of them.
struct MappingFuzzTarget: ~Copyable {
    /// What does not hold.
    struct Finding: Error, CustomStringConvertible {
        let description: String
    }

    private var scratch = MappingScratch(maximumOutputByteCount: 1 << 16)
    private var other = MappingScratch(maximumOutputByteCount: 1 << 16)
    private var tape = JSONTape(limits: JSONLimits(maximumDepth: 64, maximumByteCount: 1 << 16))
    private var output = JSONTape(limits: JSONLimits(maximumDepth: 512, maximumByteCount: 1 << 20))
    private var first = JSONWriter()
    private var second = JSONWriter()

    /// Tries one input: a letter (`m`apping, `t`rigger, `f`ile), the subject, a zero byte, and the message.
    mutating func run(_ input: [UInt8]) throws {
        guard let kind = input.first else { return }
        let parts = input.dropFirst().split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        let subject = Array(parts.first ?? [])
        let message = parts.count > 1 ? Array(parts[1]) : Array("{}".utf8)
        switch kind {
        case UInt8(ascii: "t"): try tryTrigger(String(decoding: subject, as: UTF8.self), message)
        case UInt8(ascii: "f"): try tryFile(subject, message)
        default: try tryMapping(subject, message)
        }
    }

    private mutating func tryMapping(_ source: [UInt8], _ message: [UInt8]) throws {
        if let node = try? YAMLReader.readJSON(source) {
            // A file's reader asks for all of these whether the mapping is right or not.
            _ = MappingOutline(node)
            _ = SegmentDifference.all(ofMapping: node)
            _ = LikelyMistake.all(ofMapping: node)
        }
        let plan: MappingPlan
        do throws(MappingRefusal) {
            plan = try MappingPlan(json: source)
        } catch {
            guard !error.faults.isEmpty else { throw Finding(description: "refused without a fault") }
            return
        }
        let printed = Array(plan.text.utf8)
        guard let again = try? MappingPlan(json: printed) else {
            throw Finding(description: "the printed plan is refused")
        }
        guard Array(again.text.utf8) == printed else { throw Finding(description: "printing is not stable") }
        guard (try? tape.parse(message.span)) != nil else { return }
        let outcome = Self.resolve(plan, tape, message, &scratch, &first)
        scratch.isTracing = true
        let traced = Self.resolve(plan, tape, message, &scratch, &second)
        scratch.isTracing = false
        guard outcome == traced, first.bytes == second.bytes else {
            throw Finding(description: "tracing changes the result")
        }
        guard Self.resolve(again, tape, message, &other, &second) == outcome, first.bytes == second.bytes else {
            throw Finding(description: "the printed plan gives something else")
        }
        guard outcome == "value" else {
            guard first.bytes.isEmpty else {
                throw Finding(description: "something was written though nothing is given")
            }
            return
        }
        let written = first.bytes
        guard (try? output.parse(written.span)) != nil else { throw Finding(description: "the result is not JSON") }
    }

    private static func resolve(
        _ plan: MappingPlan,
        _ tape: borrowing JSONTape,
        _ message: [UInt8],
        _ scratch: inout MappingScratch,
        _ writer: inout JSONWriter
    ) -> String {
        writer.removeAll()
        do throws(MappingFailure) {
            return try plan.resolve(tape, message.span, scratch: &scratch, into: &writer) ? "value" : "absent"
        } catch {
            return "\(error)"
        }
    }

    private mutating func tryTrigger(_ text: String, _ message: [UInt8]) throws {
        let trigger: Trigger
        do throws(TriggerFault) {
            trigger = try Trigger(text)
        } catch {
            guard (1...text.unicodeScalars.count + 1).contains(error.column) else {
                throw Finding(description: "the fault stands outside the trigger")
            }
            return
        }
        let mark = YAMLNode.Mark(line: 1, column: 1)
        _ = SegmentDifference.all(of: trigger, at: mark)
        _ = LikelyMistake.all(of: trigger, at: mark)
        guard (try? tape.parse(message.span)) != nil else { return }
        let holds = trigger.matches(tape, message.span)
        guard trigger.matches(tape, message.span) == holds else {
            throw Finding(description: "a trigger changes its mind")
        }
        if text.utf8.count < 5000, let negated = try? Trigger("!(\(text))") {
            guard negated.matches(tape, message.span) == !holds else { throw Finding(description: "! does not negate") }
        }
    }

    private mutating func tryFile(_ text: [UInt8], _ message: [UInt8]) throws {
        let file: MappingFile
        do throws(FaultReport) {
            file = try MappingFile(text, named: "fuzz.yaml")
        } catch {
            guard !error.faults.isEmpty else { throw Finding(description: "refused without a fault") }
            return
        }
        guard (try? tape.parse(message.span)) != nil else { return }
        for entry in file.entries where entry.trigger.matches(tape, message.span) {
            if case .plan(let plan) = entry.method { _ = Self.resolve(plan, tape, message, &scratch, &first) }
        }
    }
}
