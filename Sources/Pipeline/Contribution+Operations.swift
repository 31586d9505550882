import BatchAPI

extension Contribution {
    /// The updates that this contribution gives by itself, as JSON: several where it has more than fits one.
    ///
    /// - Parameter ages: which events are left out or lose their time.
    /// - Returns: the updates in the order in which they are to be sent.
    func operations(ages: EventAgeRule) -> [[UInt8]] {
        var fold = ProfileFold()
        var operations: [[UInt8]] = []
        var firstEvent = 0
        var isDelivered = false
        while true {
            fold.begin(userOf: self, ages: ages)
            let added = fold.add(self, firstEvent: firstEvent, attributesDelivered: isDelivered)
            for update in 0..<fold.updateCount {
                var operation: [UInt8] = []
                fold.appendUpdate(update, to: &operation)
                operations.append(operation)
            }
            guard case .partly(let events) = added else { return operations }
            firstEvent = events
            isDelivered = true
        }
    }
}
