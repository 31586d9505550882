public import Delivery
public import JSONDocument

/// The account as it is shown: when a run ends, by the admin page and in JSON.
public enum AccountText {
    /// A line for each figure, and whether they add up.
    public static func text(_ account: Account) -> String {
        figures(account)
            + (account.recordsGone == 0
                ? ""
                : "\nrecords lost    \(account.recordsGone) at most: gone from their topic before they were read")
    }

    private static func figures(_ account: Account) -> String {
        """
        consumed        \(account.consumed)
          delivered       \(account.delivered)
          filtered        \(account.filtered) (\(account.repeats) repeats)
          dead-lettered   \(account.deadLettered)
          released        \(account.released)
          already settled \(account.alreadySettled)
          pending         \(account.pending)
        adds up         \(account.addsUp ? "yes" : "NO: please report this")
        updates         \(account.updatesAccepted) accepted in \(account.calls) calls (\(account.failedCalls) failed, \
        \(account.rateLimited) refused for the rate, \(account.abandonedCalls) abandoned)
        fields refused  \(account.refusedFields) by Batch; late events \(account.lateEvents), expired \(account.expiredEvents)
        """
    }

    /// Writes the account as an object, for programs.
    public static func write(_ account: Account, to writer: inout JSONWriter) {
        writer.beginObject()
        for (name, value) in [
            ("consumed", account.consumed), ("delivered", account.delivered), ("filtered", account.filtered),
            ("dead_lettered", account.deadLettered), ("released", account.released),
            ("already_settled", account.alreadySettled), ("pending", account.pending),
            ("updates_accepted", account.updatesAccepted), ("calls", account.calls),
            ("failed_calls", account.failedCalls),
        ] {
            writer.name(name)
            writer.integer(value)
        }
        writer.endObject()
    }
}
