internal import CCurl
internal import Synchronization
internal import Threads

/// Ends the wait of an ``HTTPClient/poll(timeout:)`` from any thread.
///
public final class HTTPWaker: Sendable {
    private let isSignalled = Atomic(false)
    private let target: Lock<WakeupTarget?>

    init(multi: UnsafeMutableRawPointer) { target = Lock(WakeupTarget(multi: multi)) }

    /// Makes the poll that runs now, or else the next one, return at once. Several calls before that count as one;
    /// calls after the client has gone do nothing.
    public func wakeup() {
        guard !isSignalled.exchange(true, ordering: .acquiringAndReleasing) else { return }
        target.withLock { target in
            if let target { _ = curl_multi_wakeup(target.multi) }
        }
    }

    func takeSignal() -> Bool { isSignalled.exchange(false, ordering: .acquiringAndReleasing) }

    /// Called before the handle is freed.
    func disconnect() { target.withLock { $0 = nil } }
}

/// The handle to wake.
///
/// `@unchecked Sendable`: `curl_multi_wakeup` is the one function of a multi handle that curl_multi_wakeup(3) allows on
/// any thread, and nothing else is done with this pointer.
private struct WakeupTarget: @unchecked Sendable {
    let multi: UnsafeMutableRawPointer
}
