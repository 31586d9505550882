/// The names of the attributes that Batch has given (batch-api 2.4), in the order of its documentation.
public enum NativeAttributeNames {
    /// All names, each with its `$`.
    public static let all: [String] = NativeAttribute.allCases.map { $0.name.description }
}
