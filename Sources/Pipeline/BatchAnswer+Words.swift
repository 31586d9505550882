import BatchAPI

extension BatchAnswer {
    /// What an answer means and what becomes of the call, for the log; nil for a call that was accepted.
    ///
    /// Batch's own text is left out, since it may quote a message.
    var words: String? {
        func named(_ status: Int, _ code: String?) -> String { code.map { "\(status) \($0)" } ?? "\(status)" }
        switch self {
        case .accepted: return nil
        case .rateLimited:
            return
                "429: more updates than Batch takes for this project; waiting. Lower batch.update_rate if others write to it too"
        case .transient(let status, let code):
            return "\(named(status, code)): Batch, or a proxy, has trouble of its own; trying again"
        case .setup(let status, let code): return named(status, code)
        case .invalid(let status, let code, _):
            return
                "\(named(status, code)): halving the call until the refused record is alone; it becomes a dead letter"
        }
    }
}
