public import DefaultMapping

/// The mapping entries of a service, compiled, with the version that goes into dead letters.
public struct MappingSet: Sendable {
    let defaults: DefaultMappingOptions

    /// The default mapping alone.
    public init(defaults: DefaultMappingOptions = DefaultMappingOptions()) { self.defaults = defaults }

    /// The entries of these files, in order.
    public init(files: [String]) throws(RelayError) {
        self.init()
    }
}
