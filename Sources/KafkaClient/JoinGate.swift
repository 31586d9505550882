internal import CRdKafka
internal import Threads

/// Keeps commits back while the consumer joins its group anew.
///
/// In a cooperative rebalance a member keeps partitions, and commits, while its JoinGroup request waits for the other
/// members. A broker answers one connection's requests in order, so a commit that is sent meanwhile is looked at when the
/// next generation has begun: ILLEGAL_GENERATION, which librdkafka from 1.6.0 to 2.9 takes for the loss of the whole
/// assignment (its issue 4059, mended in 2.10.0). Everything sent since the last accepted commit would be sent again, by
/// whoever gets the partitions. So such commits wait for the end of the join.
///
/// A commit of partitions that the group has taken from this consumer is refused at once, and never waits: sent after the next
/// join, the broker would take it for the new member's and set back what the partitions' owner has committed meanwhile.
///
/// That a join begins is seen where the request is written, on librdkafka's thread. A commit that is handed over in the
/// microseconds between librdkafka's decision and that moment still goes wrong; what follows is then no worse than a
/// loss of the partitions.
final class JoinGate: Sendable {
    /// A commit that waits.
    struct Kept: Sendable {
        let offsets: [PartitionOffset]
        let token: UInt64
    }

    private enum Phase {
        /// The consumer knows its generation, or has none to keep to.
        case member
        /// Partitions were given up one by one: a JoinGroup request follows at once. Heartbeats since then are counted.
        case joinExpected(heartbeats: Int)
        /// A JoinGroup request is on its way or waits at the broker.
        case joining
    }

    private struct State {
        var phase = Phase.member
        var kept: [Kept] = []
        /// What the group has given to this consumer; nil as long as it has given nothing, as with partitions chosen by hand.
        var owned: Set<TopicPartition>?
    }

    private let state = Lock(State())

    /// What is to be done with a commit.
    enum Verdict {
        /// It is to be sent now.
        case send
        /// It was taken and waits.
        case kept
        /// Its partitions are not this consumer's any more.
        case refused
    }

    /// Takes a commit if it has to wait.
    func judge(_ offsets: [PartitionOffset], token: UInt64) -> Verdict {
        state.withLock { state in
            if let owned = state.owned, !offsets.allSatisfy({ owned.contains($0.topicPartition) }) { return .refused }
            if case .member = state.phase { return .send }
            state.kept.append(Kept(offsets: offsets, token: token))
            return .kept
        }
    }

    /// The group gives partitions.
    func own(_ partitions: [TopicPartition]) { state.withLock { $0.owned = ($0.owned ?? []).union(partitions) } }

    /// The group takes partitions.
    func disown(_ partitions: [TopicPartition]) { state.withLock { $0.owned?.subtract(partitions) } }

    /// What waited and may be sent now, in order.
    func takeReady() -> [Kept] {
        state.withLock { state in
            guard case .member = state.phase, !state.kept.isEmpty else { return [] }
            defer { state.kept = [] }
            return state.kept
        }
    }

    /// What waited and is in vain, since the partitions are lost.
    func takeAll() -> [Kept] {
        state.withLock { state in
            defer { state.kept = [] }
            return state.kept
        }
    }

    /// The group has told the consumer its part: the generation is known.
    func joined() { state.withLock { $0.phase = .member } }

    /// A JoinGroup request will follow for certain.
    func expectJoin() { state.withLock { $0.phase = .joinExpected(heartbeats: 0) } }

    private func requestSent(_ key: Int16) {
        switch key {
        case Self.joinGroup: state.withLock { $0.phase = .joining }
        case Self.heartbeat:
            // Heartbeats rest during a join, so that one after it says that it is over, whatever callback came or not;
            // and a second one where a join is expected says that there is none.
            state.withLock { state in
                switch state.phase {
                case .joinExpected(heartbeats: 0): state.phase = .joinExpected(heartbeats: 1)
                case .member, .joining, .joinExpected: state.phase = .member
                }
            }
        default: break
        }
    }

    private static let joinGroup: Int16 = 11
    private static let heartbeat: Int16 = 12

    /// Has librdkafka tell this gate of the requests that a client writes. `self` must outlive the client.
    func register(on configuration: OpaquePointer) {
        let opaque = Unmanaged.passUnretained(self).toOpaque()
        // librdkafka: interceptors of a client are added in its on_new(), before its threads run.
        rd_kafka_conf_interceptor_add_on_new(
            configuration,
            "join-gate",
            { handle, _, opaque, _, _ in
                rd_kafka_interceptor_add_on_request_sent(
                    handle,
                    "join-gate",
                    { _, _, _, _, key, _, _, _, opaque in
                        if let opaque { Unmanaged<JoinGate>.fromOpaque(opaque).takeUnretainedValue().requestSent(key) }
                        return RD_KAFKA_RESP_ERR_NO_ERROR
                    },
                    opaque
                )
            },
            opaque
        )
    }
}
