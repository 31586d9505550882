import DefaultMapping

/// The default mapping with the options of one entry. A class only because a list cannot hold what has no copies.
final class StandardMapping {
    // Only the one mapper or explainer that made this object reaches it, on one thread and in no closure.
    @exclusivity(unchecked) var mapper: DefaultMapper

    init(_ options: DefaultMappingOptions) { mapper = DefaultMapper(options: options) }
}
