import BatchAPI

@testable import Delivery

/// Bugs that are put between an engine and its world, to see whether the oracle finds them.
enum PlantedBug: CaseIterable, CustomTestStringConvertible {
    /// The offset committed is that of the next record, not of this one.
    case commitsOneTooFar

    var testDescription: String { "\(self)" }

    /// A bug at work in one instance.
    struct State {
        let bug: PlantedBug?

        init(bug: PlantedBug?) { self.bug = bug }

        mutating func altered(_ event: DeliveryEvent, held: [Int: UInt64]) -> [DeliveryEvent] { [event] }

        mutating func altered(_ action: DeliveryAction) -> (action: DeliveryAction, answer: DeliveryEvent?) {
            (action, nil)
        }

        func spoil(_ engine: inout DeliveryEngine, after event: DeliveryEvent) {}
    }
}
import Testing
