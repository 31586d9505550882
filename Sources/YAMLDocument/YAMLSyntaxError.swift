/// Why a text is not a file that can be read, and where.
public struct YAMLSyntaxError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Where the problem is.
    public let mark: YAMLNode.Mark
    /// What is wrong.
    public let problem: String
    /// What to change, or nil where the problem says it.
    public let remedy: String?

    /// The line, from 1.
    public var line: Int { mark.line }
    /// The column in code points, from 1.
    public var column: Int { mark.column }

    /// Creates an error about one place.
    public init(at mark: YAMLNode.Mark, _ problem: String, remedy: String? = nil) {
        self.mark = mark
        self.problem = problem
        self.remedy = remedy
    }

    /// The problem and what to change, without the place: a caller puts `file:line:column: ` before it.
    public var message: String {
        guard let remedy else { return problem }
        return "\(problem); \(remedy)"
    }

    /// `line:column: problem; what to change`.
    public var description: String { "\(line):\(column): \(message)" }
}
