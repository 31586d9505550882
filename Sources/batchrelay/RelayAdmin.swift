import AdminServer
import Delivery
import JSONDocument
import Observability
import Pipeline

/// What the admin page shows of the running service.
struct RelayAdmin: AdminSource {
    let service: RelayService
    let metrics: RelayMetrics
    /// Whether a held service counts as ready (`admin.ready_when_held`).
    let isReadyWhenHeld: Bool

    var isReady: Bool { isReadyWhenHeld || service.status.hold == nil }

    func metricsText() -> String { metrics.registry.prometheusText() }

    func release() { service.reload() }

    func healthJSON() -> [UInt8] {
        let account = service.status.account
        let hold = service.status.hold
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("version")
        writer.integer(1)
        writer.name("status")
        writer.string(hold == nil ? "running" : "held")
        writer.name("hold")
        if let hold { writer.string(hold.text) } else { writer.null() }
        writer.name("dead_letter_sink")
        if let trouble = service.status.sinkTrouble { writer.string(trouble) } else { writer.null() }
        writer.name("account")
        AccountText.write(account, to: &writer)
        writer.endObject()
        return writer.bytes
    }
}
