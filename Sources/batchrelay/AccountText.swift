import Delivery

/// The account as it is printed when a run ends.
enum AccountText {
    static func text(_ account: Account) -> String {
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
}
