import Delivery

/// The promises as seen from Batch and from the broker, and at the end of a world.
extension Oracle {
    /// 3, lease: not one byte is written later than half the session timeout after the last sign that the partition is ours.
    func writing(_ call: Call, by instance: Int, at now: Int64) {
        guard let view = views[instance], let sent = view.calls[call.id.number] else { return }
        for (partition, run) in sent.runs where view.runs[partition] == run {
            require(
                now - view.leaseStarts[partition] < Scenario.session / 2,
                "a call is written \((now - view.leaseStarts[partition]).asSeconds) after the last commit of partition \(partition)"
            )
        }
    }

    func sentCall(_ call: Call, by instance: Int) -> SentCall? { views[instance]?.calls[call.id.number] }

    /// 3: for one user and partition, effects reach Batch in offset order.
    func applied(_ call: SentCall, at now: Int64) {
        for operation in call.operations {
            for mark in operation.marks {
                if marks[mark]?.isApplied == true { counts.repeatedMarks += 1 }
                marks[mark]?.isApplied = true
            }
            checkEventOrder(operation)
            for (partition, value) in operation.markers {
                let index = streamIndex(call.destination, operation.user, partition)
                let run = call.runs[partition] ?? 0
                let stream = streams[index]
                require(
                    run >= stream.markerRun,
                    "user \(operation.user): partition \(partition) is written by a former owner after its successor"
                )
                require(
                    run > stream.markerRun || value >= stream.markerBeforeSurplus ?? stream.marker,
                    "user \(operation.user): partition \(partition) goes back from \(stream.marker) to \(value)"
                )
                let before = run > stream.markerRun ? -1 : stream.markerBeforeSurplus ?? stream.marker
                streams[index].markerBeforeSurplus = operation.mayBeSurplus ? before : nil
                streams[index].markerRun = run
                streams[index].marker = value
            }
        }
        // Attributes of a stretch that are too many for one update have no order among them (design, section 6).
        for operation in call.operations where !operation.mayBeSurplus { checkPrefix(operation, call.destination) }
    }

    private func checkEventOrder(_ operation: SentOperation) {
        var last = Array(repeating: -1, count: scenario.partitionCount)
        for mark in operation.eventMarks {
            guard let part = marks[mark]?.part, !parts[part].part.isRepeated else { continue }
            // Marks are numbered in the order produced, so that within a partition they rise.
            require(mark > last[parts[part].partition], "events of user \(operation.user) are out of order")
            last[parts[part].partition] = mark
        }
    }

    /// Nothing of a record arrives before all of the records of its user and partition that stand before it.
    private func checkPrefix(_ operation: SentOperation, _ destination: Int) {
        var furthest: [Int: Int64] = [:]
        for mark in operation.marks {
            guard let part = marks[mark]?.part, !parts[part].part.isRepeated else { continue }
            furthest[parts[part].partition] = max(furthest[parts[part].partition] ?? -1, parts[part].offset)
        }
        for (partition, value) in operation.markers { furthest[partition] = max(furthest[partition] ?? -1, value) }
        for (partition, offset) in furthest {
            let index = streamIndex(destination, operation.user, partition)
            while streams[index].appliedPrefix < streams[index].parts.count {
                let part = parts[streams[index].parts[streams[index].appliedPrefix]]
                guard part.offset < offset else { break }
                let isWhole =
                    part.part.mayBeDeadLettered
                    || part.part.markRange.allSatisfy { marks[$0]?.isApplied == true || mayBeLeftOut($0, of: part) }
                guard isWhole else {
                    return fail(
                        "user \(operation.user): \(partition)/\(offset) reaches Batch before \(partition)/\(part.offset) has wholly"
                    )
                }
                streams[index].appliedPrefix += 1
            }
        }
    }

    /// Whether a mark is an event that was too old, and a setting lets such events be left out.
    private func mayBeLeftOut(_ mark: Int, of part: Part) -> Bool {
        guard let time = part.part.eventTime, part.part.marks[mark - part.part.firstMark] == .event else {
            return false
        }
        return time < scenario.oldestEvent(now)
            && (scenario.settings.lateEvents != .sendWithoutTime || scenario.settings.expiredEvents != .sendWithoutTime)
    }

    /// 4: the API refuses a call for its rate although nobody else uses the project.
    func overran(_ call: SentCall, tokens: Double) {
        fail("429: \(call.operations.count) updates to destination \(call.destination), \(tokens) tokens left")
    }

    /// A commit is stored: what it covers must not be sent again (5).
    func stored(_ commit: PartitionCommit, emittedIn step: Int) {
        let partition = commit.partition.number
        counts.commitsStored += 1
        require(
            commit.offset >= storedOffsets[partition],
            "the committed offset of partition \(partition) goes back from \(storedOffsets[partition]) to \(commit.offset)"
        )
        storedOffsets[partition] = commit.offset
        // A smaller limit of the broker cuts the settled set: then only the offset counts.
        let hasWholeSet = scenario.metadataLimit == nil
        uncovered[partition].removeAll { unit in
            let isBelow = records[units[unit].record].offset < commit.offset
            let isInSet =
                hasWholeSet && units[unit].completeRun == commit.epoch.number && units[unit].completeStep <= step
            guard isBelow || isInSet else { return false }
            units[unit].isCovered = true
            return true
        }
    }

    /// Whether every record of every partition has been delivered, filtered, or stored as a dead letter, and committed past.
    var isEverythingSettled: Bool { (0..<scenario.partitionCount).allSatisfy { firstUnsettled(in: $0) == nil } }

    var isEverythingCommitted: Bool {
        (0..<scenario.partitionCount).allSatisfy { partition in
            guard let last = logs[partition].last else { return true }
            return storedOffsets[partition] > records[last].offset
        }
    }

    /// 1: nothing is lost.
    func checkEnd() {
        for partition in 0..<scenario.partitionCount {
            guard let open = firstUnsettled(in: partition) else { continue }
            fail("\(partition)/\(open.offset) is not settled at the end")
        }
        require(isEverythingCommitted, "not everything is committed at the end: \(storedOffsets)")
        for (number, mark) in marks where !parts[mark.part].part.mayBeDeadLettered {
            require(
                mark.isApplied || mayBeMissing(number, of: parts[mark.part]),
                "mark \(number) of \(describe(mark.part)) never reached Batch"
            )
        }
    }
}
