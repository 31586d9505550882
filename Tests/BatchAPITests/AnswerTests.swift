import BatchAPI
import Testing

@Suite("Answers")
struct AnswerTests {
    private func answer(_ status: Int, _ body: String, retryAfter: String? = nil) -> BatchAnswer {
        BatchAnswer.read(
            status: status,
            retryAfter: retryAfter,
            body: Array(body.utf8),
            nowWallMilliseconds: 784_111_777_000
        )
    }

    @Test(
        "are accepted when Batch says so",
        arguments: [
            (202, #"{"code":"SUCCESS"}"#, true), (200, #"{"code":"SUCCESS"}"#, true),
            (202, #"{"code":"SUCCESS_WITH_PARTIAL_ERRORS","errors":[]}"#, true),
            (202, #"{"code":"SUCCESS_WITH_PARTIAL_ERRORS"}"#, false),
            (202, #"{"code":"SUCCESS_WITH_PARTIAL_ERRORS","errors":{}}"#, false),
            (202, "", false), (202, "<html>", false), (202, #"{"code":5}"#, false), (202, "[]", false),
        ]
    )
    func accepted(_ status: Int, _ body: String, _ isReadable: Bool) {
        #expect(answer(status, body) == .accepted(partialErrors: [], unreadErrorCount: 0, isReadable: isReadable))
    }

    @Test("have partial errors, of which unusable ones are counted")
    func partialErrors() {
        let long = String(repeating: "é", count: 600)
        let body = #"""
            {"code":"SUCCESS_WITH_PARTIAL_ERRORS","errors":[
              {"category":"attribute","bulk_index":3,"attribute":"date(d)","reason":"no date"},
              {"bulk_index":0,"reason":"\#(long)","category":7,"attribute":null},
              {"category":"x"},{"bulk_index":-1},{"bulk_index":1.0},{"bulk_index":"1"},{"bulk_index":99999999999999999999},5]}
            """#
        let expected = [
            PartialError(bulkIndex: 3, attribute: "date(d)", category: "attribute", reason: "no date"),
            PartialError(bulkIndex: 0, attribute: nil, category: "7", reason: String(long.prefix(500))),
        ]
        #expect(answer(202, body) == .accepted(partialErrors: expected, unreadErrorCount: 6, isReadable: true))
    }

    @Test("have no more partial errors than the bound")
    func manyPartialErrors() {
        let one = #"{"bulk_index":1,"category":"c","reason":"r"}"#
        let list = Array(repeating: one, count: BatchLimits.partialErrorCount + 2).joined(separator: ",")
        let result = answer(202, #"{"code":"SUCCESS_WITH_PARTIAL_ERRORS","errors":[\#(list)]}"#)
        guard case .accepted(let errors, let unread, true) = result else {
            Issue.record("not accepted")
            return
        }
        #expect(errors.count == BatchLimits.partialErrorCount)
        #expect(unread == 2)
    }

    @Test(
        "to a call above the rate say how long to wait",
        arguments: [
            (nil, nil), ("5", 5), (" 7 ", 7), ("0", 0), ("999999999999999999999999", 86_400), ("-1", nil), ("1.5", nil),
            ("soon", nil), ("", nil), ("Sun, 06 Nov 1994 08:50:07 GMT", 30), ("Sun, 06 Nov 1994 08:49:00 GMT", 0),
            ("Sunday, 06-Nov-94 08:50:07 GMT", 30), ("Sun Nov  6 08:50:07 1994", 30),
            ("Sun, 06 Nov 2094 08:50:07 GMT", 86_400), ("Sun, 06 Nov 1994 08:50:07 CET", nil),
            ("Sun, 31 Feb 1994 08:50:07 GMT", nil), ("Sun, 06 Nov 1994 08:50 GMT", nil), (", , , , , ", nil),
            ("a b c d e f", nil),
        ] as [(String?, Int64?)]
    )
    func rateLimited(_ header: String?, _ seconds: Int64?) {
        let result = answer(429, #"{"error_code":"TOO_MANY_REQUESTS","error_message":"m"}"#, retryAfter: header)
        #expect(result == .rateLimited(retryAfterNanoseconds: seconds.map { $0 * 1_000_000_000 }))
    }

    @Test(
        "are sorted by what to do",
        arguments: [
            (500, #"{"error_code":"SERVER_ERROR"}"#, .transient(status: 500, code: "SERVER_ERROR")),
            (503, "", .transient(status: 503, code: nil)), (502, "<html>", .transient(status: 502, code: nil)),
            (408, "", .transient(status: 408, code: nil)), (0, "", .transient(status: 0, code: nil)),
            (-1, "", .transient(status: -1, code: nil)), (200, "<html>", .transient(status: 200, code: nil)),
            (204, "", .transient(status: 204, code: nil)), (429, "", .rateLimited(retryAfterNanoseconds: nil)),
            (503, #"{"error_code":"60"}"#, .rateLimited(retryAfterNanoseconds: nil)),
            (401, "", .setup(status: 401, code: nil)), (403, "", .setup(status: 403, code: nil)),
            (404, "", .setup(status: 404, code: nil)), (301, "", .setup(status: 301, code: nil)),
            (401, #"{"error_code":10}"#, .setup(status: 401, code: "10")),
            (400, #"{"error_code":"AUTHENTICATION_INVALID"}"#, .setup(status: 400, code: "AUTHENTICATION_INVALID")),
            (413, "", .invalid(status: 413, code: nil, message: nil)),
            (422, "", .invalid(status: 422, code: nil, message: nil)),
            (
                400, #"{"error_code":"MALFORMED_PARAMETER","error_message":"m"}"#,
                .invalid(status: 400, code: "MALFORMED_PARAMETER", message: "m")
            ),
            (400, #"{"error_code":["x"],"error_message":{}}"#, .invalid(status: 400, code: nil, message: nil)),
            (400, #"{"error_code":"NEW_ONE"}"#, .invalid(status: 400, code: "NEW_ONE", message: nil)),
        ] as [(Int, String, BatchAnswer)]
    )
    func sorted(_ status: Int, _ body: String, _ expected: BatchAnswer) {
        #expect(answer(status, body) == expected)
    }

    @Test("never trap, whatever bytes they are", arguments: 0..<10)
    func garbage(_ seed: Int) {
        var numbers = SeededNumbers(seed: seed)
        for _ in 0..<300 {
            let body = (0..<Int.random(in: 0...60, using: &numbers)).map { _ in
                UInt8.random(in: 0...255, using: &numbers)
            }
            let status = Int.random(in: -1...700, using: &numbers)
            let header = String(decoding: body.prefix(20), as: UTF8.self)
            _ = BatchAnswer.read(status: status, retryAfter: header, body: body, nowWallMilliseconds: .min)
            _ = BatchAnswer.read(status: 429, retryAfter: header, body: body, nowWallMilliseconds: .max)
        }
    }
}

@Suite("Calls")
struct CallTests {
    private func fold(_ attributes: String) throws -> ProfileFold {
        var fold = ProfileFold()
        fold.begin(customID: Array("u".utf8), ages: .none)
        _ = fold.add(try valid(attributes: attributes), firstEvent: 0, attributesDelivered: false)
        return fold
    }

    @Test("are an array of operations with their places")
    func body() throws {
        var encoder = CallEncoder(maximumOperationCount: 2)
        let fold = try fold(#"{"a":1}"#)
        let operation = texts(of: fold)[0]
        for _ in 0..<2 {
            encoder.begin(reusing: [1, 2, 3])
            #expect(encoder.append(update: 0, of: fold) == 0)
            #expect(encoder.append(update: 0, of: fold) == 1)
            #expect(encoder.append(update: 0, of: fold) == nil)
            #expect(encoder.operationCount == 2)
            let byteCount = encoder.byteCount
            let body = encoder.finish()
            #expect(body.count == byteCount)
            #expect(String(decoding: body, as: UTF8.self) == "[\(operation),\(operation)]")
        }
    }

    @Test("never have more bytes than they may", arguments: 0...3)
    func bytes(_ missing: Int) throws {
        let fold = try fold(#"{"a":1}"#)
        let length = fold.byteCount(ofUpdate: 0)
        let limit = 2 * length + 3 - missing
        var encoder = CallEncoder(maximumOperationCount: 200, maximumByteCount: limit)
        encoder.begin()
        #expect(encoder.append(update: 0, of: fold) == 0)
        #expect((encoder.append(update: 0, of: fold) == nil) == (missing > 0))
        #expect(encoder.finish().count <= limit)
    }

    @Test("without operations are an empty array, and an encoder that was not begun begins itself")
    func empty() throws {
        var encoder = CallEncoder(maximumOperationCount: 1)
        encoder.begin()
        #expect(String(decoding: encoder.finish(), as: UTF8.self) == "[]")
        let fold = try fold("{}")
        #expect(encoder.append(update: 0, of: fold) == 0)
        #expect(String(decoding: encoder.finish(), as: UTF8.self) == #"[{"identifiers":{"custom_id":"u"}}]"#)
    }

    @Test(
        "go to their routes",
        arguments: [
            (.profilesUpdate, "POST", "/2.11/profiles/update", 200),
            (.profilesMassUpdate, "POST", "/2.11/profiles/mass-update", 10_000),
            (.audiencesUpdate, "POST", "/2.11/audiences/update", 10_000),
            (.audiencesReplace, "POST", "/2.11/audiences/replace", 10_000),
            (.audiencesCreate, "POST", "/2.11/audiences/create", 1),
            (.audiencesRemove, "POST", "/2.11/audiences/remove", 1),
            (.audiencesList, "GET", "/2.11/audiences/list", 1), (.audiencesView, "GET", "/2.11/audiences/view", 1),
        ] as [(BatchRoute, String, String, Int)]
    )
    func routes(_ route: BatchRoute, _ method: String, _ path: String, _ count: Int) {
        #expect(route.path(version: BatchRoute.defaultVersion) == path)
        #expect(route.method == method)
        #expect(route.maximumOperationCount == count)
    }
}
