internal import CRdKafka

/// Decides what a consumer does when the group gives it partitions or takes them away.
///
/// All functions are called inside ``KafkaConsumer/poll(timeoutMilliseconds:_:)``, on the thread that polls.
public protocol RebalanceHandler: AnyObject {
    /// The group gave these partitions, which may be none. Reading starts when this returns.
    ///
    /// - Returns: where to start; partitions that are not named start at their committed offset. Use the consumer's
    ///   `committed` here to look at offsets and metadata first.
    func assigned(_ partitions: [TopicPartition], by consumer: KafkaConsumer) -> [PartitionOffset]

    /// The group takes these partitions back; they are still owned until this returns, so commit here.
    func revoked(_ partitions: [TopicPartition], by consumer: KafkaConsumer)

    /// The partitions are another member's already: committing them would fail or do harm.
    func lost(_ partitions: [TopicPartition], by consumer: KafkaConsumer)
}

/// How a group moves partitions between its members.
public enum RebalanceProtocol: String, Sendable {
    /// No group was joined yet.
    case none = "NONE"
    /// Every rebalance takes all partitions and gives new ones.
    case eager = "EAGER"
    /// A rebalance moves only the partitions that change their owner.
    case cooperative = "COOPERATIVE"
}

/// The calls that answer librdkafka's rebalance callback.
enum Rebalance {
    static func currentProtocol(of handle: OpaquePointer) -> RebalanceProtocol {
        guard let name = rd_kafka_rebalance_protocol(handle) else { return .none }
        return RebalanceProtocol(rawValue: String(cString: name)) ?? .none
    }

    /// Takes partitions on, an empty list too: librdkafka waits for the call.
    static func take(_ partitions: PartitionList.Pointer, on handle: OpaquePointer) -> KafkaError? {
        if currentProtocol(of: handle) == .cooperative {
            return rd_kafka_incremental_assign(handle, partitions).map {
                KafkaError(taking: $0, operation: "assign", subject: "partitions")
            }
        }
        let code = KafkaError.Code(rd_kafka_assign(handle, partitions))
        return code.rawValue == 0 ? nil : KafkaError(code, operation: "assign", subject: "partitions")
    }

    /// Gives partitions up, an empty list too: librdkafka waits for the call.
    @discardableResult
    static func giveUp(_ partitions: PartitionList.Pointer, on handle: OpaquePointer) -> KafkaError? {
        if currentProtocol(of: handle) == .cooperative {
            return rd_kafka_incremental_unassign(handle, partitions).map {
                KafkaError(taking: $0, operation: "unassign", subject: "partitions")
            }
        }
        let code = KafkaError.Code(rd_kafka_assign(handle, nil))
        return code.rawValue == 0 ? nil : KafkaError(code, operation: "unassign", subject: "partitions")
    }
}

extension KafkaConsumer {
    /// Answers the rebalance callback: asks the handler, then tells librdkafka.
    func rebalanced(code: KafkaError.Code, partitions entries: [PartitionList.Entry]) {
        let pointer = handle.pointer
        let partitions = entries.map(\.place.topicPartition)
        let failure: KafkaError?
        let gate = handle.context.joinGate
        gate.joined()
        switch code.cValue {
        case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
            committer.sendKept()
            noteAssignment()
            gate.own(partitions)
            let wanted = rebalanceHandler?.assigned(partitions, by: self) ?? []
            let starts = Dictionary(wanted.map { ($0.topicPartition, $0.offset) }, uniquingKeysWith: { $1 })
            let list = PartitionList(
                partitions.map { PartitionOffset($0, offset: starts[$0] ?? PartitionOffset.none) }
            )
            failure = list.withPointer { Rebalance.take($0, on: pointer) }
        case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
            if rd_kafka_assignment_lost(pointer) != 0 {
                gate.disown(partitions)
                committer.refuseKept()
                rebalanceHandler?.lost(partitions, by: self)
            } else {
                committer.sendKept()
                rebalanceHandler?.revoked(partitions, by: self)
                gate.disown(partitions)
            }
            // Who gives up some partitions and keeps others joins again at once.
            if Rebalance.currentProtocol(of: pointer) == .cooperative { gate.expectJoin() }
            let list = PartitionList(partitions)
            failure = list.withPointer { Rebalance.giveUp($0, on: pointer) }
        default:
            // The header's example: anything else is an error of the group; give up everything to stay in step.
            gate.disown(partitions)
            committer.refuseKept()
            rebalanceHandler?.lost(partitions, by: self)
            rd_kafka_assign(pointer, nil)
            failure = KafkaError(code, operation: "rebalance", subject: "group '\(groupID)'")
        }
        if let failure { handle.context.sinks.error(failure) }
    }
}
