import JSONDocument
public import YAMLDocument

/// One line of `batchrelay check`: what was looked at, what came of it, and what to change.
public struct CheckResult: Sendable, Equatable {
    /// How a check ended.
    public enum Verdict: String, Sendable, CaseIterable {
        /// As it should be.
        case passed
        /// It works, but probably not as it is meant.
        case warned
        /// It does not work.
        case failed
        /// It could not be looked at, because something before it failed.
        case skipped
    }

    /// What was looked at: `configuration`, `mapping`, `broker`, `topic`, `group`, `dead_letter`, `api` or `clock`.
    public let subject: String
    /// How it ended.
    public let verdict: Verdict
    /// What was found, for a person.
    public let text: String
    /// What to change; nil where nothing is to be changed, or where the text says it.
    public let advice: String?
    /// The place of a mistake in a file, for the checks of files.
    public let fault: Fault?

    /// Creates a result.
    public init(
        _ subject: String,
        _ verdict: Verdict,
        _ text: String,
        advice: String? = nil,
        fault: Fault? = nil
    ) {
        self.subject = subject
        self.verdict = verdict
        self.text = text
        self.advice = advice
        self.fault = fault
    }

    /// A mistake in a file.
    init(_ subject: String, _ verdict: Verdict, _ fault: Fault) {
        self.init(subject, verdict, fault.description, fault: fault)
    }

    /// One object of JSON, without a line break.
    public var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.name("version")
        writer.integer(1)
        writer.member("check", subject)
        writer.member("verdict", verdict.rawValue)
        writer.member("text", text)
        writer.member("advice", advice)
        if let fault {
            writer.member("file", fault.file)
            writer.member("line", fault.line)
            writer.member("column", fault.column)
            writer.member("key", fault.path.isEmpty ? nil : fault.path)
        }
        writer.endObject()
        return writer.bytes
    }
}
