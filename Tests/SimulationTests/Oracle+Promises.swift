import BatchAPI
import Delivery

/// The promises, each where it can be broken: what is handed to an engine, and what the engine asks for.
extension Oracle {
    func started(_ instance: Int) {
        let none = scenario.partitionCount
        views[instance] = View(
            runs: Array(repeating: nil, count: none),
            leaseStarts: Array(repeating: Int64.min, count: none),
            busyUsers: [[], []],
            revokeStarts: Array(repeating: nil, count: none),
            hadTrouble: Array(repeating: false, count: none)
        )
    }

    func ended(_ instance: Int) { views[instance] = nil }

    /// The process stood still or was cut off.
    func troubled(_ instance: Int) {
        for partition in 0..<scenario.partitionCount { views[instance]?.hadTrouble[partition] = true }
    }

    // MARK: Events

    func handed(_ event: DeliveryEvent, to instance: Int, at now: Int64) {
        guard var view = views[instance] else { return }
        views[instance] = nil
        switch event {
        case .assigned(let assignments, _):
            for assignment in assignments {
                view.runs[assignment.partition.number] = assignment.epoch.number
                view.leaseStarts[assignment.partition.number] = now
                view.revokeStarts[assignment.partition.number] = nil
            }
        case .records(let batch): view.handedRecords += batch.count
        case .answer(let id, let outcome):
            if let call = view.calls.removeValue(forKey: id.number) {
                for operation in call.operations { view.busyUsers[call.destination].remove(operation.user) }
                if case .answered(.accepted(let errors, _, _)) = outcome {
                    expectLetters(errors, call)
                    acknowledge(call, &view, now)
                } else {
                    // The stretch may be taken apart: then its first updates are sent again.
                    for operation in call.operations { view.surplus[userIndex(call.destination, operation.user)] = nil }
                }
                if case .notWritten = outcome { counts.notWritten += 1 }
            }
        case .committed(let id, let results): committed(results, view.commits.removeValue(forKey: id.number), &view)
        case .deadLetterAcknowledged(let id):
            if let letter = view.deadLetters.removeValue(forKey: id.number) { acknowledge(letter, view, now) }
        case .revoked(let indices):
            view.surplus = [:]
            for index in indices {
                view.revokeStarts[index.number] = now
                view.hadTrouble[index.number] = false
            }
        case .lost(let indices):
            for index in indices { view.runs[index.number] = nil }
        case .drain:
            view.surplus = [:]
            view.drainStart = now
            for partition in 0..<scenario.partitionCount { view.hadTrouble[partition] = false }
        case .releaseHolds: view.isHeldForShare = false
        case .probeAnswered: counts.probes += 1
        case .scopeChanged, .positionMoved, .recordsGone, .tick: break
        }
        views[instance] = view
    }

    private func acknowledge(_ call: SentCall, _ view: inout View, _ now: Int64) {
        var touched: Set<Int> = []
        for operation in call.operations {
            for mark in operation.marks { marks[mark]?.isAcknowledged = true }
            for (partition, value) in operation.markers {
                let stream = streamIndex(call.destination, operation.user, partition)
                streams[stream].acknowledgedMarker = max(streams[stream].acknowledgedMarker, value)
            }
            let key = userIndex(call.destination, operation.user)
            let acknowledged = Acknowledged(operation: operation, destination: call.destination, runs: call.runs)
            // A drain gives back what belongs to a stretch that is not finished.
            let isDraining = view.drainStart != nil || call.runs.keys.contains { view.revokeStarts[$0] != nil }
            if operation.mayBeSurplus, isDraining { continue }
            view.surplus[key, default: []].append(acknowledged)
            guard !operation.mayBeSurplus else { continue }
            for part in view.surplus.removeValue(forKey: key) ?? [] { learn(part, view, now, &touched) }
        }
        for stream in touched {
            guard let first = streams[stream].parts.first, let run = view.runs[parts[first].partition] else { continue }
            for part in streams[stream].parts { noteIfComplete(parts[part].unit, in: run) }
        }
    }

    /// The engine knows the operation to be settled, if it still holds the partitions under the same epochs.
    private func learn(_ acknowledged: Acknowledged, _ view: View, _ now: Int64, _ touched: inout Set<Int>) {
        for mark in acknowledged.operation.marks {
            guard let part = marks[mark]?.part else { continue }
            if let run = acknowledged.runs[parts[part].partition], run == view.runs[parts[part].partition],
                hasTime(parts[part].partition, view, now)
            {
                marks[mark]?.acknowledgedRun = run
                touched.insert(parts[part].stream)
            }
        }
        for (partition, value) in acknowledged.operation.markers {
            guard let run = acknowledged.runs[partition], run == view.runs[partition], hasTime(partition, view, now)
            else {
                continue
            }
            let stream = streamIndex(acknowledged.destination, acknowledged.operation.user, partition)
            let isNew = streams[stream].acknowledgedRun != run
            streams[stream].markerInRun = isNew ? value : max(streams[stream].markerInRun, value)
            streams[stream].acknowledgedRun = run
            touched.insert(stream)
        }
    }

    /// Whether the time for an orderly end, if one is under way, has not run out: what comes in later is too late.
    private func hasTime(_ partition: Int, _ view: View, _ now: Int64) -> Bool {
        if let start = view.drainStart, now - start >= nanoseconds(scenario.settings.shutdownTimeout) { return false }
        guard let start = view.revokeStarts[partition] else { return true }
        return now - start < nanoseconds(scenario.settings.revokeTimeout)
    }

    private func nanoseconds(_ duration: Duration) -> Int64 { duration.components.seconds * 1_000_000_000 }

    /// A field that Batch refused becomes a dead letter, if that is asked for.
    private func expectLetters(_ errors: [PartialError], _ call: SentCall) {
        guard scenario.settings.refusedFields == .deadLetter else { return }
        for error in errors {
            guard let attribute = error.attribute, let mark = Int(attribute.dropFirst(2)), let part = marks[mark]?.part
            else { continue }
            records[parts[part].record].refusedFields.insert(attribute)
        }
    }

    private func acknowledge(_ letter: Letter, _ view: View, _ now: Int64) {
        switch letter.kind {
        case .field(let name):
            records[letter.record].storedFields.insert(name)
            counts.fieldLetters += 1
            return
        case .age:
            records[letter.record].isAgeLetterAcknowledged = true
            counts.ageLetters += 1
            return
        case .record: records[letter.record].isDeadLetterAcknowledged = true
        }
        counts.deadLetters += 1
        let partition = records[letter.record].partition
        guard view.runs[partition] == letter.run, hasTime(partition, view, now) else { return }
        records[letter.record].deadLetterRun = letter.run
        for part in records[letter.record].parts { noteIfComplete(parts[part].unit, in: letter.run) }
    }

    private func committed(
        _ results: [PartitionCommitResult],
        _ commit: (runs: [UInt64?], time: Int64)?,
        _ view: inout View
    ) {
        for result in results {
            if result.verdict != .accepted { view.hadTrouble[result.partition.number] = true }
        }
        // A commit is accepted from a member only, and a member holds all that it held when the commit was sent.
        guard let commit, results.contains(where: { $0.verdict == .accepted }) else { return }
        for partition in 0..<scenario.partitionCount where view.runs[partition] == commit.runs[partition] {
            view.leaseStarts[partition] = max(view.leaseStarts[partition], commit.time)
        }
    }

    // MARK: Actions

    func asked(_ action: DeliveryAction, by instance: Int, at now: Int64) {
        guard var view = views[instance] else { return }
        views[instance] = nil
        switch action {
        case .send(let call): send(call, instance, &view)
        case .commit(let commit):
            view.commits[commit.id.number] = (view.runs, now)
            for partition in commit.partitions { check(partition) }
        case .deadLetter(let letter): check(letter, &view)
        case .revokeFinished(let indices):
            for index in indices {
                if let start = view.revokeStarts[index.number] {
                    let timeout = scenario.settings.revokeTimeout
                    orderly(index.number, view, since: start, timeout, now)
                }
                view.runs[index.number] = nil
            }
        case .drained:
            if let start = view.drainStart {
                for partition in 0..<scenario.partitionCount where view.runs[partition] != nil {
                    orderly(partition, view, since: start, scenario.settings.shutdownTimeout, now)
                }
            } else {
                fail("drained without having been asked to")
            }
            for partition in 0..<scenario.partitionCount { view.runs[partition] = nil }
            view.isDrained = true
        case .hold(_, let reason):
            if reason.kind == .deadLetterShare {
                if !view.isHeldForShare { counts.shareHolds += 1 }
                view.isHeldForShare = true
            }
        case .pause, .resume, .holdEnded, .refusedField, .probe: break
        }
        views[instance] = view
    }

    private func send(_ call: Call, _ instance: Int, _ view: inout View) {
        let lane = scenario.settings.destinations[call.destination.index]
        guard let operations = SentOperation.read(call.body) else {
            return fail("a call's body is not what Batch takes")
        }
        counts.calls += 1
        require(!view.isHeldForShare, "a call is sent while the engine holds for its dead letters")
        // 4: the limits of one call.
        require(operations.count == call.updateCount, "call of \(operations.count) updates says \(call.updateCount)")
        require(
            operations.count <= lane.maximumUpdates,
            "call of \(operations.count) updates, \(lane.maximumUpdates) allowed"
        )
        require(call.body.count <= lane.maximumCallBytes, "call of \(call.body.count) bytes")
        require(!operations.isEmpty, "a call without updates")
        require(view.calls[call.id.number] == nil, "the number of a call was used twice")
        var sent = SentCall(instance: instance, destination: call.destination.index, operations: operations)
        for operation in operations {
            // 3: a user is in one call at a time, and once.
            let isFree = view.busyUsers[sent.destination].insert(operation.user).inserted
            require(isFree, "user \(operation.user) is in two calls at once, or twice in one")
            require(operation.markers.count + operation.marks.count > 0, "an update without effect")
            if operation.marks.count + operation.markers.count > 2 { counts.mergedCalls += 1 }
            sent.timed = operation.timedMarks
            for mark in operation.marks { checkSending(mark, operation.user, view, &sent) }
            for (partition, value) in operation.markers {
                guard let run = view.runs[partition] else {
                    fail("a record of partition \(partition), which is not held, is sent")
                    continue
                }
                sent.runs[partition] = run
                let stream = streams[streamIndex(sent.destination, operation.user, partition)]
                guard let part = stream.parts.last(where: { parts[$0].offset <= value }), parts[part].offset == value
                else {
                    fail("a marker that nobody made: user \(operation.user), partition \(partition), \(value)")
                    continue
                }
                // 5: what is known to be settled is not sent again.
                require(
                    !units[parts[part].unit].isCovered,
                    "\(describe(part)) is sent again, though a stored commit covers it"
                )
            }
        }
        view.calls[call.id.number] = sent
    }

    private func checkSending(_ mark: Int, _ user: Int, _ view: View, _ sent: inout SentCall) {
        guard let state = marks[mark] else { return fail("a mark that nobody made: \(mark)") }
        let part = parts[state.part]
        require(
            part.part.user == user && part.part.destination == sent.destination,
            "\(describe(state.part)) goes to another profile"
        )
        guard let run = view.runs[part.partition] else {
            return fail("\(describe(state.part)) is sent, and its partition is not held")
        }
        sent.runs[part.partition] = run
        if let time = part.part.eventTime, sent.timed.contains(mark) {
            require(
                time >= scenario.oldestEvent(now),
                "\(describe(state.part)): an event older than Batch takes is sent with its time"
            )
        }
        guard !part.part.isRepeated else { return }
        // 5: what is known to be settled is not sent again, neither under this assignment nor after a restart or a revoke.
        require(state.acknowledgedRun != run, "\(describe(state.part)) is sent again after Batch acknowledged it")
        require(!units[part.unit].isCovered, "\(describe(state.part)) is sent again, though a stored commit covers it")
    }

    /// 2: a committed offset never passes a record that is not settled.
    private func check(_ commit: PartitionCommit) {
        if let open = firstUnsettled(in: commit.partition.number) {
            require(
                commit.offset <= open.offset,
                "partition \(commit.partition.number): \(commit.offset) is committed, and \(open.offset) is not settled"
            )
        }
    }

    private func check(_ letter: DeadLetter, _ view: inout View) {
        let partition = letter.partition.number
        guard let index = logs[partition].first(where: { records[$0].offset == letter.offset }) else {
            return fail("a dead letter of a record that does not exist: \(partition)/\(letter.offset)")
        }
        let kind = kind(of: letter, records[index])
        switch kind {
        case .field(let name):
            let isPartial = records[index].parts.contains { part in
                parts[part].part.markRange.contains { "r_\($0)" == name }
            }
            require(
                scenario.settings.refusedFields == .deadLetter && (name.hasPrefix("lost_") || isPartial),
                "a dead letter of a field that nobody refused: \(partition)/\(letter.offset), \(name)"
            )
        case .age:
            let isOld = records[index].parts.contains { part in
                parts[part].part.eventTime.map { $0 < scenario.oldestEvent(now) } ?? false
            }
            require(isOld, "a dead letter of fresh events: \(partition)/\(letter.offset)")
        case .record:
            // 1: only what Batch, or the mapper, refuses for good is a dead letter.
            let isBad =
                records[index].isUnmappable || records[index].parts.contains { parts[$0].part.mayBeDeadLettered }
            require(isBad, "a good record is dead-lettered: \(partition)/\(letter.offset), \(letter.cause.reason)")
            require(!view.isHeldForShare, "a dead letter is written while the engine holds for too many of them")
        }
        guard let run = view.runs[partition] else {
            return fail("a dead letter of a partition that is not held: \(partition)/\(letter.offset)")
        }
        // 5: nor is a stored dead letter stored again.
        let isAgain =
            kind == .record && records[index].isDeadLetterAcknowledged
            && records[index].parts.contains { parts[$0].part.mayBeDeadLettered && units[parts[$0].unit].isCovered }
        require(!isAgain, "\(partition)/\(letter.offset) is dead-lettered again, though a stored commit covers it")
        view.deadLetters[letter.id.number] = Letter(record: index, run: run, kind: kind)
    }

    private func kind(of letter: DeadLetter, _ record: Record) -> Letter.Kind {
        if letter.kind == .field { return .field(letter.cause.attribute ?? "") }
        let isAboutAge = letter.cause.reason == "late_event" || letter.cause.reason == "expired_event"
        return isAboutAge ? .age : .record
    }

    /// 5: after an orderly end nothing is sent again but calls that had no answer when the time ran out.
    private func orderly(_ partition: Int, _ view: View, since start: Int64, _ timeout: Duration, _ now: Int64) {
        let limit = nanoseconds(timeout)
        // The final commit may take three seconds more (design, section 5, on closing).
        if !view.hadTrouble[partition] {
            require(
                now - start <= limit + .milliseconds(3_500),
                "the end of partition \(partition) took \((now - start).asSeconds)"
            )
        }
        guard now - start < limit, !view.hadTrouble[partition] else { return }
        for call in view.calls.values where call.runs[partition] == view.runs[partition] {
            fail("partition \(partition) is given back while a call with its records has no answer")
        }
        guard scenario.metadataLimit == nil else { return }
        for unit in uncovered[partition] where !units[unit].isCovered && units[unit].completeRun == view.runs[partition]
        {
            fail(
                "\(describe(units[unit].parts.lowerBound)) was settled, and partition \(partition) is given back without a commit that says so"
            )
        }
    }

    // MARK: After each step

    /// 1: every record has exactly one outcome, or is pending.
    func checkAccount(_ account: Account, of instance: Int) {
        require(account.addsUp, "the account does not add up: \(account)")
        guard let view = views[instance] else { return }
        require(
            account.consumed <= view.handedRecords,
            "\(account.consumed) records consumed, \(view.handedRecords) handed"
        )
        require(!view.isDrained || account.pending == 0, "drained with \(account.pending) records pending")
    }

    func describe(_ part: Int) -> String {
        "record \(parts[part].partition)/\(parts[part].offset) (destination \(parts[part].part.destination), user \(parts[part].part.user))"
    }
}
