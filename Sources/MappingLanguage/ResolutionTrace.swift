/// Where each part of a result came from, for `batchrelay map --explain`.
public struct ResolutionTrace: Sendable, Equatable {
    /// One part of a result.
    public struct Entry: Sendable, Equatable {
        /// The part's place in the result as a JSON Pointer.
        public let output: String
        /// The same place as keys and indexes.
        public let place: [String]
        /// The directive that gave it, such as `@path`.
        public let directive: String
        /// The path in the message that it was read from, as the mapping has it; nil where there is no single one.
        public let source: String?
        /// The steps of that path, if the value there was copied as it is.
        public let copied: [String]?
        /// Whether the directive gave nothing, so that the part was left out.
        public let isAbsent: Bool
    }

    /// The parts that directives gave, in the order of the result. Constants are not listed.
    public private(set) var entries: [Entry] = []
    /// The place that is being resolved.
    private var place: [String] = []

    init() {}

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        place.removeAll(keepingCapacity: true)
    }

    mutating func enter(_ step: String) { place.append(step) }

    mutating func leave() { place.removeLast() }

    mutating func add(_ directive: String, source: String?, copied: [String]?, isAbsent: Bool) {
        let pointer = place.map { PlanCompiler.pointer("", $0) }.joined()
        entries.append(
            Entry(
                output: pointer,
                place: place,
                directive: directive,
                source: source,
                copied: copied,
                isAbsent: isAbsent
            )
        )
    }
}
