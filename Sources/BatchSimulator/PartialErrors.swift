internal import JSONDocument

/// The body of a 202 (section 2.8).
struct PartialErrors: Sendable {
    private var writer = JSONWriter()
    private(set) var count = 0

    mutating func append(_ breach: RuleBreach) {
        if count == 0 {
            writer.beginObject()
            writer.name("code")
            writer.string("SUCCESS_WITH_PARTIAL_ERRORS")
            writer.name("errors")
            writer.beginArray()
        }
        count += 1
        writer.beginObject()
        writer.name("category")
        writer.string(breach.category.rawValue)
        writer.name("bulk_index")
        writer.integer(breach.bulkIndex)
        if let attribute = breach.attribute {
            writer.name("attribute")
            writer.string(attribute)
        }
        writer.name("reason")
        writer.string("\(breach.rule.reason) (\(breach.rule.rawValue))")
        writer.endObject()
    }

    /// The answer to the call.
    var answer: SimulatorAnswer {
        guard count > 0 else { return SimulatorAnswer(status: 202, body: Self.success) }
        var writer = writer
        writer.endArray()
        writer.endObject()
        return SimulatorAnswer(status: 202, body: writer.bytes)
    }

    private static let success = Array("{\"code\":\"SUCCESS\"}".utf8)
}
