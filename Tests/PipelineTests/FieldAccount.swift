import JSONDocument
import Testing

@testable import Pipeline

/// Checks that an explanation names the fate of every field of a message and the source of every field of its operations.
enum FieldAccount {
    /// What is missing; empty if nothing is.
    static func gaps(_ explanation: MessageExplanation, _ message: [UInt8]) -> [String] {
        guard !explanation.operations.isEmpty, let tree = try? JSONTree(parsing: message) else { return [] }
        var gaps: [String] = []
        let arrived = Set(explanation.outputs.flatMap(\.sources))
        let lost = Set(explanation.losses.map(\.path))
        for leaf in tree.leaves {
            let path = JSONTree.path(leaf)
            if !arrived.contains(path), !lost.contains(path) { gaps.append("no fate: \(path)") }
        }
        for loss in explanation.losses where ["unexplained", "not_in_result", "not_followed"].contains(loss.reason) {
            gaps.append("\(loss.reason): \(loss.path)")
        }
        let views: Set = ["page_viewed", "screen_viewed"]
        for output in explanation.outputs where output.sources.isEmpty && output.directive == "constant" {
            let isView =
                output.path == "events[0].name"
                && explanation.operations.contains { operation in
                    (try? JSONTree(parsing: operation)).flatMap { $0[[.name("events"), .index(0), .name("name")]] }
                        .map { if case .text(let name) = $0 { views.contains(name) } else { false } } == true
                }
            if !isView, output.entry == "segment" { gaps.append("no source: \(output.path)") }
        }
        return gaps
    }
}
