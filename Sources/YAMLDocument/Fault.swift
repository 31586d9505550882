/// One mistake of a person in a file or in the environment, with its place and what to change.
///
/// Reading goes on after a fault, so that all faults of a file are reported at once.
public struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
    /// Where a value was written.
    public enum Place: Sendable, Hashable {
        /// In a file, at a line and column.
        case file(String, YAMLNode.Mark)
        /// In an environment variable of this name.
        case environment(String)
    }

    /// Where the mistake is.
    public let place: Place
    /// The key that it is about, from the root: `micro_batch.linger`, `mappings[2].trigger`; empty for a whole file.
    public let path: String
    /// What is wrong and what to write instead; never a secret.
    public let message: String

    /// Creates a fault.
    public init(at place: Place, path: String, _ message: String) {
        self.place = place
        self.path = path
        self.message = message
    }

    /// Creates a fault from an error of the syntax, which is about a whole file.
    public init(in file: String, _ error: YAMLSyntaxError) {
        self.init(at: .file(file, error.mark), path: "", error.message)
    }

    /// The file's name, or nil for a fault of the environment.
    public var file: String? { if case .file(let name, _) = place { name } else { nil } }
    /// The line, from 1, or nil for a fault of the environment.
    public var line: Int? { if case .file(_, let mark) = place { mark.line } else { nil } }
    /// The column in code points, from 1, or nil for a fault of the environment.
    public var column: Int? { if case .file(_, let mark) = place { mark.column } else { nil } }

    /// `file:line:column: path: message`, or `environment NAME: message`.
    public var description: String {
        switch place {
        case .file(let name, let mark):
            "\(name):\(mark.line):\(mark.column): \(path.isEmpty ? "" : "\(path): ")\(message)"
        case .environment(let variable): "environment \(variable): \(message)"
        }
    }
}

/// All faults of one reading.
public struct FaultReport: Error, Sendable, Hashable, CustomStringConvertible {
    /// The faults: those of files first, by file, line and column, then those of the environment by name.
    public let faults: [Fault]

    /// Puts faults in order and leaves out repeats.
    public init(_ faults: [Fault]) {
        var seen: Set<Fault> = []
        self.faults = faults.filter { seen.insert($0).inserted }.sorted { left, right in
            switch (left.place, right.place) {
            case (.file(let name, let mark), .file(let otherName, let otherMark)):
                (name, mark, left.path) < (otherName, otherMark, right.path)
            case (.file, .environment): true
            case (.environment, .file): false
            case (.environment(let name), .environment(let other)): (name, left.message) < (other, right.message)
            }
        }
    }

    /// One fault a line.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
