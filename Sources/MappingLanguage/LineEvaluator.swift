internal import JSONDocument
internal import YAMLDocument

/// Answers lines of `batchrelay eval`: each a mapping or a trigger with the message that it is tried on.
///
/// In: `{"mapping":…,"message":…}` or `{"trigger":"…","message":…}`. Out: `{"value":…}`, `{"absent":true}`, `{"refused":[…]}`
/// (the mapping or trigger is not accepted; one text a fault) or `{"failed":"…"}` (this message cannot be mapped).
///
/// One value serves many lines and keeps its memory. Not for use by two threads at once.
public struct LineEvaluator: ~Copyable {
    private var line = JSONTape(limits: JSONLimits(maximumDepth: 160))
    private var message = JSONTape()
    private var scratch = MappingScratch()
    private var writer = JSONWriter()
    private var value = JSONWriter()
    /// What is most likely not meant as it is read, in the line at hand.
    private var remarks: [String] = []

    private static let mappingName: JSONName = "mapping"
    private static let triggerName: JSONName = "trigger"
    private static let messageName: JSONName = "message"

    /// What became of a line.
    public struct Answer: Sendable, Equatable {
        /// One JSON object without a line break.
        public let json: [UInt8]
        /// Whether the line had one of the two forms; if not, the answer is `failed` and says what is missing.
        public let isUnderstood: Bool
        /// Parts of the mapping or trigger that are accepted and most likely not meant as they are read, a text each.
        public let remarks: [String]
    }

    /// Creates an evaluator.
    public init() {}

    /// Answers one line; never fails.
    public mutating func answer(_ bytes: [UInt8]) -> Answer {
        writer.removeAll()
        remarks = []
        let text = bytes.span
        do throws(JSONSyntaxError) {
            try line.parse(text)
        } catch {
            return misunderstood("the line is not JSON: \(error)")
        }
        guard line.kind(of: line.root) == .object else { return misunderstood("the line is not a JSON object") }
        let mapping = line.member(Self.mappingName, of: line.root, in: text)
        let trigger = line.member(Self.triggerName, of: line.root, in: text)
        guard let found = line.member(Self.messageName, of: line.root, in: text) else {
            return misunderstood("'message' is missing; write the message that the mapping or trigger is tried on")
        }
        let range = line.textRange(of: found)
        switch (mapping, trigger) {
        case (let mapping?, nil): evaluate(mapping: mapping, text, text.extracting(range))
        case (nil, let trigger?): evaluate(trigger: trigger, text, text.extracting(range))
        case (nil, nil): return misunderstood("write 'mapping' or 'trigger' beside 'message'")
        case (_?, _?): return misunderstood("'mapping' and 'trigger' stand in one line; write a line for each")
        }
        return Answer(json: writer.bytes, isUnderstood: true, remarks: remarks)
    }

    // MARK: The two forms

    private mutating func evaluate(mapping: JSONNode, _ text: Span<UInt8>, _ content: Span<UInt8>) {
        let mistakes = mistakes(of: mapping, text)
        // Loading a file refuses these, although the language's grammar does not.
        let refused = mistakes.filter(\.isRefused).map { Self.shown($0.place, $0.detail) }
        remarks = mistakes.filter { !$0.isRefused }.map { Self.shown($0.place, $0.detail) }
        let plan: MappingPlan
        do throws(MappingRefusal) {
            plan = try MappingPlan(mapping, of: line, in: text)
        } catch {
            return refuse(error.faults.map { Self.shown($0.path, $0.message) } + refused)
        }
        guard refused.isEmpty else { return refuse(refused) }
        guard parseMessage(content) else { return }
        value.removeAll()
        do throws(MappingFailure) {
            let isPresent = try plan.resolve(message, content, scratch: &scratch, into: &value)
            writer.beginObject()
            writer.name(isPresent ? "value" : "absent")
            let written = value.bytes
            if isPresent { writer.raw(written.span) } else { writer.boolean(true) }
            writer.endObject()
        } catch {
            fail("\(error)")
        }
    }

    /// The likely mistakes of a mapping, found as in a file.
    private func mistakes(of mapping: JSONNode, _ text: Span<UInt8>) -> [LikelyMistake] {
        let range = line.textRange(of: mapping)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(range.count)
        for index in range { bytes.append(text[index]) }
        // What cannot be read as a file is deeper than a mapping may be, and refused for that.
        let limits = YAMLLimits(maximumDepth: 72)
        guard let node = try? YAMLReader.read(bytes, named: "mapping.json", limits: limits) else { return [] }
        return LikelyMistake.all(ofMapping: node)
    }

    private static func shown(_ place: String, _ detail: String) -> String {
        place.isEmpty ? detail : "\(place): \(detail)"
    }

    private mutating func evaluate(trigger: JSONNode, _ text: Span<UInt8>, _ content: Span<UInt8>) {
        guard let expression = line.string(of: trigger, in: text) else {
            return refuse(["a trigger is a text such as type = \"identify\""])
        }
        let compiled: Trigger
        do throws(TriggerFault) {
            compiled = try Trigger(expression)
        } catch {
            return refuse(["\(error)"])
        }
        let mark = YAMLNode.Mark(line: 1, column: 1)
        remarks = LikelyMistake.all(of: compiled, at: mark).map { Self.shown($0.place, $0.detail) }
        guard parseMessage(content) else { return }
        let holds = compiled.matches(message, content)
        writer.beginObject()
        writer.name("value")
        writer.boolean(holds)
        writer.endObject()
    }

    /// The message is a text of its own to what resolves it, with a root of its own.
    private mutating func parseMessage(_ content: Span<UInt8>) -> Bool {
        do throws(JSONSyntaxError) {
            try message.parse(content)
            return true
        } catch {
            fail("the message is not JSON that can be mapped: \(error)")
            return false
        }
    }

    // MARK: Answers

    private mutating func misunderstood(_ detail: String) -> Answer {
        fail(detail)
        return Answer(json: writer.bytes, isUnderstood: false, remarks: [])
    }

    private mutating func fail(_ detail: String) {
        writer.beginObject()
        writer.name("failed")
        writer.string(detail)
        writer.endObject()
    }

    private mutating func refuse(_ faults: [String]) {
        writer.beginObject()
        writer.name("refused")
        writer.beginArray()
        for fault in faults { writer.string(fault) }
        writer.endArray()
        writer.endObject()
    }
}
