import Delivery
import Pipeline
import ServiceConfiguration
import Testing

@Suite("Relay options")
struct RelayOptionsTests {
    private func settings(_ more: String) throws -> ServiceSettings {
        let text = """
            version: 1
            kafka: { topics: [analytics.events] }
            batch: { project_key: project_x }
            \(more)
            """
        return try ServiceSettings.read(
            Array(text.utf8),
            fileName: "batchrelay.yaml",
            environment: ["BATCHRELAY_BATCH_REST_API_KEY": "secret"]
        )
    }

    @Test("the engine gets the durations of the configuration")
    func durations() throws {
        let options = try RelayOptions(try settings("shutdown_timeout: 15s"))
        #expect(options.delivery.shutdownTimeout == .seconds(15))
        #expect(options.delivery.callTimeout == .seconds(8))
        #expect(options.delivery.lease == .milliseconds(22_500))
    }

    @Test("guards and refused fields are as configured")
    func guards() throws {
        let plain = try RelayOptions(try settings(""))
        #expect(plain.delivery.deadLetterMaximumShare == 0.2)
        #expect(plain.delivery.refusedFields == .count)
        #expect(plain.eventIDAttribute == nil)
        let options = try RelayOptions(
            try settings(
                """
                events: { id_attribute: message_id }
                refused_fields: dead_letter
                dead_letter: { topic: dead, max_share: 35% }
                """
            )
        )
        #expect(options.delivery.deadLetterMaximumShare == 0.35)
        #expect(options.delivery.refusedFields == .deadLetter)
        #expect(options.eventIDAttribute == "message_id")
    }
}
