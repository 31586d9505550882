import BatchAPI
import Foundation
import Testing

@testable import Delivery
@testable import Pipeline

/// A way to make calls that answers from a list and keeps the bodies.
private final class Desk {
    var bodies: [String] = []
    private var answers: [CallOutcome]

    init(_ answers: [CallOutcome]) { self.answers = answers }

    func post(_ body: [UInt8]) -> CallOutcome {
        bodies.append(String(decoding: body, as: UTF8.self))
        return answers.isEmpty ? .answered(.accepted([])) : answers.removeFirst()
    }
}

extension BatchAnswer {
    fileprivate static func accepted(_ errors: [PartialError]) -> BatchAnswer {
        .accepted(partialErrors: errors, unreadErrorCount: 0, isReadable: true)
    }

    fileprivate static let malformed = BatchAnswer.invalid(status: 400, code: "MALFORMED_PARAMETER", message: "no")
}

/// An answer, and what `send` makes of it.
private struct AnswerCase: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let outcome: CallOutcome
    let exitCode: Int32
    let code: String
    /// What the explanation names, so that a person knows what to change.
    let words: [String]
}

@Suite("Send")
struct SendReportTests {
    private static let now: Int64 = 1_795_000_000_000
    private static let endpoint = BatchEndpoint(
        baseURL: "https://batch.test",
        version: "2.11",
        projectKey: "project_x",
        key: .value(RestKey("secret")),
        authorityFile: nil,
        timeout: .seconds(1)
    )

    private func plan(_ lines: [String], late: LateEventPolicy = .drop) throws -> SendPlan {
        try SendPlan(
            text: Array(lines.joined(separator: "\n").utf8),
            mappings: try MappingSet(files: []),
            lateEvents: late,
            nowMilliseconds: Self.now
        )
    }

    private func report(_ plan: SendPlan, _ desk: Desk) -> SendReport { SendReport(plan, Self.endpoint, desk.post) }

    private func outcomes(_ report: SendReport) throws -> [String] {
        let json = try #require(JSONSerialization.jsonObject(with: Data(report.json)) as? [String: Any])
        #expect(json["version"] as? Int == 1)
        #expect(json["exit_code"] as? Int == Int(report.exitCode))
        return try #require(json["messages"] as? [[String: Any]]).compactMap { $0["outcome"] as? String }
    }

    private static let two = [
        #"{"type":"identify","userId":"a","traits":{"plan":"gold"}}"#,
        #"{"type":"track","userId":"b","event":"Opened"}"#,
    ]

    // MARK: The plan

    @Test("messages of one user become one update, and all users one call")
    func merges() throws {
        let desk = Desk([])
        let plan = try plan(Self.two + [#"{"type":"track","userId":"a","event":"Closed"}"#])
        #expect(plan.updateCount == 2)
        #expect(plan.userCount == 2)
        let report = report(plan, desk)
        #expect(
            desk.bodies == [
                #"[{"identifiers":{"custom_id":"a"},"attributes":{"plan":"gold"},"events":[{"name":"closed"}]},"#
                    + #"{"identifiers":{"custom_id":"b"},"events":[{"name":"opened"}]}]"#
            ]
        )
        #expect(report.exitCode == 0)
        #expect(report.text.contains("line 1: accepted"))
        #expect(report.text.contains("call 1: 2 updates"))
    }

    @Test("a second update of a user goes in a call of its own, after the first one's answer")
    func oneUpdateOfAUserACall() throws {
        let many = (0..<60).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
        let desk = Desk([])
        let plan = try plan([#"{"type":"identify","userId":"a","traits":{\#(many)}}"#] + Self.two.suffix(1))
        let report = report(plan, desk)
        #expect(plan.updateCount == 3)
        #expect(plan.userCount == 2)
        #expect(desk.bodies.count == 2)
        #expect(report.exitCode == 0)
    }

    @Test("more than ten messages, or none, are refused before anything is mapped", arguments: [0, 11])
    func count(_ count: Int) throws {
        let lines = [String](repeating: Self.two[0], count: count)
        #expect(throws: RelayError.self) { try plan(lines) }
        #expect(try plan(Array(lines.prefix(10)) + (count == 0 ? [Self.two[0]] : [])).updateCount == 1)
    }

    @Test("an event that Batch would refuse for its age is treated as events.late says, and that is said")
    func lateEvents() throws {
        let line = #"{"type":"track","userId":"a","event":"Old","timestamp":"2026-01-01T00:00:00Z"}"#
        for (policy, code, body) in [
            (LateEventPolicy.drop, "filtered", nil), (.deadLetter, "dead_letter", nil),
            (.sendWithoutTime, "accepted", #"[{"identifiers":{"custom_id":"a"},"events":[{"name":"old"}]}]"#),
        ] {
            let desk = Desk([])
            let report = report(try plan([line], late: policy), desk)
            #expect(try outcomes(report) == [code])
            #expect(desk.bodies.first == body)
            #expect(report.text.contains("older than Batch takes"))
        }
    }

    @Test("what is not for Batch is success; what would be a dead letter is not")
    func notSent() throws {
        let desk = Desk([])
        let group = report(try plan([#"{"type":"group","userId":"a"}"#]), desk)
        #expect(group.exitCode == 0)
        #expect(group.text.contains("type_not_mapped"))
        let broken = report(try plan(["{"]), desk)
        #expect(broken.exitCode == 1)
        #expect(broken.text.contains("malformed_json"))
        #expect(desk.bodies.isEmpty)
    }

    // MARK: Answers

    private static let answers = [
        AnswerCase(
            testDescription: "401",
            outcome: .answered(.setup(status: 401, code: "AUTHENTICATION_INVALID")),
            exitCode: 77,
            code: "not_accepted",
            words: ["401 AUTHENTICATION_INVALID", "project_x", "batch.project_key", "Dev"]
        ),
        AnswerCase(
            testDescription: "403",
            outcome: .answered(.setup(status: 403, code: "API_MISUSE")),
            exitCode: 77,
            code: "not_accepted",
            words: ["403 API_MISUSE", "project_x", "ask Batch"]
        ),
        AnswerCase(
            testDescription: "404",
            outcome: .answered(.setup(status: 404, code: "ROUTE_NOT_FOUND")),
            exitCode: 1,
            code: "not_accepted",
            words: ["404 ROUTE_NOT_FOUND", "batch.base_url ('https://batch.test')", "batch.api_version ('2.11')"]
        ),
        AnswerCase(
            testDescription: "a proxy's login",
            outcome: .answered(.setup(status: 407, code: nil)),
            exitCode: 1,
            code: "not_accepted",
            words: ["407", "proxy"]
        ),
        AnswerCase(
            testDescription: "429",
            outcome: .answered(.rateLimited(retryAfterNanoseconds: 7_000_000_000)),
            exitCode: 1,
            code: "not_accepted",
            words: ["429", "wait 7 s"]
        ),
        AnswerCase(
            testDescription: "503",
            outcome: .answered(.transient(status: 503, code: "MAINTENANCE_ERROR")),
            exitCode: 75,
            code: "unknown",
            words: ["503 MAINTENANCE_ERROR", "send again later"]
        ),
        AnswerCase(
            testDescription: "no connection",
            outcome: .notConnected("POST https://batch.test: no connection"),
            exitCode: 1,
            code: "not_accepted",
            words: ["nothing was sent", "batch.base_url is 'https://batch.test'"]
        ),
        AnswerCase(
            testDescription: "no answer",
            outcome: .noAnswer("POST https://batch.test: no answer in time"),
            exitCode: 75,
            code: "unknown",
            words: ["may have applied it or not"]
        ),
    ]

    @Test("each answer is explained, with what to change and an exit code, and ends the sending", arguments: answers)
    private func explains(_ example: AnswerCase) throws {
        let many = (0..<60).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
        let desk = Desk([example.outcome])
        let plan = try plan([Self.two[0], #"{"type":"identify","userId":"b","traits":{\#(many)}}"#])
        let report = report(plan, desk)
        #expect(desk.bodies.count == 1)
        #expect(report.exitCode == example.exitCode)
        #expect(try outcomes(report).first == example.code)
        for word in example.words { #expect(report.text.contains(word), "\(word): \(report.text)") }
        #expect(!report.text.contains("secret"))
    }

    @Test("a field that Batch refused belongs to the message that set it")
    func partialError() throws {
        let desk = Desk([
            .answered(
                .accepted([PartialError(bulkIndex: 0, attribute: "plan", category: "attribute", reason: "why")])
            )
        ])
        let report = report(
            try plan([#"{"type":"identify","userId":"a","traits":{"city":"Paris"}}"#, Self.two[0], Self.two[1]]),
            desk
        )
        #expect(try outcomes(report) == ["accepted", "accepted_in_part", "accepted"])
        #expect(report.exitCode == 1)
        #expect(report.text.contains("line 2: accepted, but for what is named here\n    Batch refused plan"))
    }

    @Test("a partial error that names nothing known is told with every message that it can be about")
    func vaguePartialError() throws {
        let errors = [
            PartialError(bulkIndex: 0, attribute: nil, category: "event", reason: "why"),
            PartialError(bulkIndex: 99, attribute: "plan", category: "attribute", reason: "of no update"),
        ]
        let report = report(
            try plan([Self.two[0], #"{"type":"track","userId":"a","event":"Closed"}"#, Self.two[1]]),
            Desk([.answered(.accepted(errors))])
        )
        #expect(try outcomes(report) == ["accepted_in_part", "accepted_in_part", "accepted"])
        #expect(report.text.contains("accepted, but for 2 fields"))
    }

    @Test(
        "refused fields that belong to no known message, and an answer that cannot be read, are no success",
        arguments: [
            BatchAnswer.accepted([PartialError(bulkIndex: 9, attribute: "x", category: "attribute", reason: "why")]),
            .accepted(partialErrors: [], unreadErrorCount: 2, isReadable: true),
            .accepted(partialErrors: [], unreadErrorCount: 0, isReadable: false),
        ]
    )
    func unknownRefusals(_ answer: BatchAnswer) throws {
        let report = report(try plan(Self.two), Desk([.answered(answer)]))
        #expect(report.exitCode == 1)
        #expect(try outcomes(report) == ["accepted", "accepted"])
        #expect(report.text.contains("202 accepted, "))
    }

    @Test("a call that is refused whole is sent again update by update, so that only the bad one is refused")
    func refused() throws {
        let desk = Desk([.answered(.malformed), .answered(.accepted([])), .answered(.malformed)])
        let report = report(try plan(Self.two), desk)
        #expect(try outcomes(report) == ["accepted", "refused"])
        #expect(report.exitCode == 1)
        #expect(desk.bodies.count == 3)
        #expect(report.text.contains("line 2: refused by Batch: 400 MALFORMED_PARAMETER: no"))
    }

    @Test("after a failure the other calls are not made, and their messages are said to be not sent")
    func stops() throws {
        let desk = Desk([.answered(.malformed), .answered(.setup(status: 401, code: nil))])
        let report = report(try plan(Self.two), desk)
        #expect(try outcomes(report) == ["not_accepted", "not_sent"])
        #expect(report.exitCode == 77)
        #expect(desk.bodies.count == 2)
    }
}
