import Testing

@testable import Pipeline

/// An answer to the read-only call, and what is said of it.
struct ReadOnlyAnswerCase: Sendable, CustomTestStringConvertible {
    var testDescription: String { "\(status) \(body)" }
    let status: Int
    let body: String
    let verdict: CheckResult.Verdict
    let text: String
    let advice: String?
}

@Suite("Explanations of the connection check")
struct CheckExplanationTests {
    @Test(
        "an answer of the API is passed, warned or failed with what to change",
        arguments: [
            ReadOnlyAnswerCase(status: 200, body: #"{"audiences":[]}"#, verdict: .passed, text: "200", advice: nil),
            ReadOnlyAnswerCase(
                status: 200,
                body: "<html>Welcome</html>",
                verdict: .failed,
                text: "something that is not Batch's",
                advice: "batch.base_url"
            ),
            ReadOnlyAnswerCase(
                status: 401,
                body: #"{"error_code":"AUTHENTICATION_INVALID","error_message":"m"}"#,
                verdict: .failed,
                text: "401 AUTHENTICATION_INVALID",
                advice: "key file"
            ),
            ReadOnlyAnswerCase(status: 403, body: "", verdict: .failed, text: "answered 403", advice: "ask Batch"),
            ReadOnlyAnswerCase(
                status: 404,
                body: "",
                verdict: .failed,
                text: "no such route",
                advice: "batch.api_version"
            ),
            ReadOnlyAnswerCase(status: 407, body: "", verdict: .failed, text: "as a proxy does", advice: "proxy"),
            ReadOnlyAnswerCase(
                status: 302,
                body: "",
                verdict: .failed,
                text: "as a proxy does",
                advice: "batch.base_url"
            ),
            ReadOnlyAnswerCase(
                status: 429,
                body: "",
                verdict: .warned,
                text: "one such call a second",
                advice: "again"
            ),
            ReadOnlyAnswerCase(status: 500, body: "", verdict: .failed, text: "500", advice: "later"),
            ReadOnlyAnswerCase(
                status: 400,
                body: #"{"error_code":"MALFORMED_PARAMETER","error_message":"m"}"#,
                verdict: .failed,
                text: "400 MALFORMED_PARAMETER",
                advice: "batch.api_version"
            ),
        ]
    )
    func answers(_ example: ReadOnlyAnswerCase) {
        let result = ConnectionCheck.explain(
            status: example.status,
            body: Array(example.body.utf8),
            call: "GET x",
            hint: nil
        )
        #expect(result.verdict == example.verdict)
        #expect(result.text.contains(example.text), "\(result.text)")
        #expect((result.advice == nil) == (example.advice == nil))
        #expect(result.advice?.contains(example.advice ?? "") != false, "\(result.advice ?? "")")
    }

    @Test(
        "a clock that is more than five seconds off is warned of",
        arguments: [
            (784_111_777_500, CheckResult.Verdict.passed, "agrees"),
            (784_111_782_400, .passed, "agrees"),
            (784_111_772_600, .passed, "agrees"),
            (784_111_784_500, .warned, "this machine's clock is 7 s ahead of"),
            (784_111_707_500, .warned, "this machine's clock is 70 s behind"),
        ] as [(Int64, CheckResult.Verdict, String)]
    )
    func clocks(_ own: Int64, _ verdict: CheckResult.Verdict, _ words: String) {
        let result = ConnectionCheck.compareClocks(date: "Sun, 06 Nov 1994 08:49:37 GMT", own: own)
        #expect(result.verdict == verdict, "\(result.text)")
        #expect(result.text.contains(words), "\(result.text)")
    }

    @Test("an answer without a date that can be read is warned of", arguments: [nil, "yesterday"])
    func noDate(_ date: String?) {
        #expect(ConnectionCheck.compareClocks(date: date, own: 0).verdict == .warned)
    }

    @Test(
        "a key that is another kind of key is told by its beginning",
        arguments: [("DEV0123", "begins with DEV"), ("project_0123", "begins with project_"), ("0123abc", nil)]
            as [(String, String?)]
    )
    func hints(_ key: String, _ words: String?) {
        let hint = RestKeyReader.hint(for: key)
        #expect((hint == nil) == (words == nil))
        #expect(hint?.contains(words ?? "") != false)
        #expect(hint?.contains(key) != true, "the key is shown")
    }
}
