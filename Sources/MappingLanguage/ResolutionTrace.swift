/// Where each part of a result came from, for `batchrelay map --explain`.
public struct ResolutionTrace: Sendable {
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
        /// What the directive looked for and did not find, where it gave a value all the same.
        public let gaps: [Gap]
    }

    /// A path that a directive looked at and that led nowhere.
    public struct Gap: Sendable, Equatable {
        /// What had the path.
        public enum Kind: Sendable, Equatable {
            /// A hole of a template.
            case hole
            /// A member of the shape of an `@arrayPath`, which found nothing in any item.
            case itemPath
            /// A hole of a template there, empty in every item.
            case itemHole
        }

        /// What had the path.
        public let kind: Kind
        /// The member of the shape, such as `price`; nil for a hole that is in no shape, and a shape that is no object.
        public let member: String?
        /// The path as the mapping has it.
        public let source: String
    }

    /// The parts that directives gave, in the order of the result. Constants are not listed.
    public private(set) var entries: [Entry] = []
    /// The place that is being resolved.
    private var place: [String] = []
    /// What the members of shapes found so far, by their paths in the plan, in the order of the mapping.
    private var items: [(path: Int32, gap: Gap, isFound: Bool)] = []

    init() {}

    mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        place.removeAll(keepingCapacity: true)
        items.removeAll(keepingCapacity: true)
    }

    mutating func enter(_ step: String) { place.append(step) }

    mutating func leave() { place.removeLast() }

    /// Notes what a path of a shape found in one item; the items before it count too, until a directive is added.
    mutating func noteItem(_ gap: Gap, ofPath path: Int32, isFound: Bool) {
        if let known = items.firstIndex(where: { $0.path == path }) {
            items[known].isFound = items[known].isFound || isFound
        } else {
            items.append((path, gap, isFound))
        }
    }

    mutating func add(_ directive: String, source: String?, copied: [String]?, isAbsent: Bool, gaps: [Gap]) {
        defer { items.removeAll(keepingCapacity: true) }
        let pointer = place.map { PlanCompiler.pointer("", $0) }.joined()
        entries.append(
            Entry(
                output: pointer,
                place: place,
                directive: directive,
                source: source,
                copied: copied,
                isAbsent: isAbsent,
                gaps: isAbsent ? [] : gaps + items.filter { !$0.isFound }.map(\.gap)
            )
        )
    }
}
