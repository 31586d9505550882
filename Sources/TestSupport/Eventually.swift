internal import Glibc

/// Waits until a condition holds: the one place where tests wait, for what has no event to wait for.
///
/// - Parameters:
///   - limit: how long; not reached unless something is wrong.
///   - isolation: the caller's actor.
///   - condition: asked every few milliseconds, on the caller's executor.
/// - Returns: whether it held in time.
public func eventually(
    within limit: Duration = .seconds(20),
    isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while true {
        if try await condition() { return true }
        guard ContinuousClock.now < end, !Task.isCancelled else { return false }
        try? await Task.sleep(for: .milliseconds(10))
    }
}

/// As `eventually`, for code on a thread of its own, which it blocks.
///
/// - Parameters:
///   - limit: how long; not reached unless something is wrong.
///   - condition: asked every few milliseconds.
/// - Returns: whether it held in time.
public func eventuallyBlocking(within limit: Duration = .seconds(20), _ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while true {
        if try condition() { return true }
        guard ContinuousClock.now < end else { return false }
        usleep(10_000)
    }
}
