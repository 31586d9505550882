/// As ``eventually(within:isolation:_:)``, for conditions that cost something to ask: another process, or a broker.
///
/// - Parameters:
///   - limit: how long; not reached unless something is wrong.
///   - pause: between one answer and the next question.
///   - isolation: the caller's actor.
///   - condition: asked on the caller's executor.
/// - Returns: whether it held in time.
public func eventually(
    within limit: Duration,
    every pause: Duration,
    isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while true {
        if try await condition() { return true }
        guard ContinuousClock.now < end, !Task.isCancelled else { return false }
        try? await Task.sleep(for: pause)
    }
}
