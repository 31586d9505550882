import Testing

@testable import BatchSimulator

@Suite("Order of checks")
struct CallOrderTests {
    struct Wrong: OptionSet, Sendable {
        let rawValue: Int
        static let route = Wrong(rawValue: 1)
        static let key = Wrong(rawValue: 2)
        static let json = Wrong(rawValue: 4)
        static let root = Wrong(rawValue: 8)
        static let tokens = Wrong(rawValue: 16)
        static let identifiers = Wrong(rawValue: 32)
        static let attribute = Wrong(rawValue: 64)
    }

    @Test("the first thing wrong decides, whatever else is wrong", arguments: 0..<128)
    func first(mask: Int) throws {
        let wrong = Wrong(rawValue: mask)
        let desk = try Desk { $0.update.burst = wrong.contains(.tokens) ? 1 : 1_000 }
        let attributes = wrong.contains(.attribute) ? "{\"A\":1}" : "{\"a\":1}"
        var body =
            "[\(operation(attributes)),{\"identifiers\":\(wrong.contains(.identifiers) ? "{}" : "{\"custom_id\":\"v\"}")}]"
        if wrong.contains(.root) { body = "{\"operations\":\(body)}" }
        if wrong.contains(.json) { body += "]" }
        var request = desk.request("POST", wrong.contains(.route) ? "/2.11/profiles" : "/2.11/profiles/update", body)
        if wrong.contains(.key) { request.authorization = "Bearer other" }
        let expected: (Int, String) =
            if wrong.contains(.route) { (404, "ROUTE_NOT_FOUND") } else if wrong.contains(.key) {
                (401, "AUTHENTICATION_INVALID")
            } else if wrong.contains(.json) { (400, "MALFORMED_JSON_BODY") } else if wrong.contains(.root) {
                (400, "MALFORMED_PARAMETER")
            } else if wrong.contains(.tokens) { (429, "TOO_MANY_REQUESTS") } else if wrong.contains(.identifiers) {
                (400, "MISSING_PARAMETER")
            } else if wrong.contains(.attribute) { (202, "SUCCESS_WITH_PARTIAL_ERRORS") } else { (202, "SUCCESS") }
        let reply = desk.send(request)
        #expect(reply.status == expected.0)
        #expect(reply.code == expected.1)
        #expect(desk.count("updates_accepted") == (expected.0 == 202 ? 2 : 0))
    }

    @Test(
        "routes, versions and methods that do not exist get 404",
        arguments: [
            ("POST", "/2.11/profiles/update", 202), ("POST", "/2.13/profiles/update", 202),
            ("POST", "/2.1/profiles/update", 202), ("POST", "/2.0/profiles/update", 404),
            ("POST", "/2.12/profiles/update", 404), ("POST", "/v2.11/profiles/update", 404),
            ("PUT", "/2.11/profiles/update", 404), ("GET", "/2.11/profiles/update", 404),
            ("POST", "/2.11/profiles/update/", 404), ("POST", "/profiles/update", 404), ("POST", "/", 404),
            ("POST", "/2.4/profiles/mass-update", 202), ("POST", "/2.3/profiles/mass-update", 404),
            ("GET", "/2.11/audiences/list", 200), ("GET", "/2.11/audiences/list?limit=1", 200),
            ("GET", "/2.11/audiences/list?limit=0", 400), ("GET", "/2.11/audiences/list?limit=101", 400),
            ("POST", "/2.11/audiences/list", 404), ("POST", "/2.11/audiences/create", 404), ("GET", "/__sim/no", 404),
        ]
    )
    func routes(method: String, path: String, status: Int) throws {
        let desk = try Desk()
        #expect(desk.send(desk.request(method, path, "[\(operation())]")).status == status)
    }

    @Test("an empty audience list is a first page with its count, and a later one without")
    func emptyList() throws {
        let desk = try Desk { $0.isRateLimited = false }
        #expect(desk.get("/2.11/audiences/list").text == "{\"audiences\":[],\"count\":0,\"has_more\":false}")
        #expect(desk.get("/2.11/audiences/list?from=x").text == "{\"audiences\":[],\"has_more\":false}")
    }

    @Test("credentials that are missing or wrong in any way get 401")
    func credentials() throws {
        let desk = try Desk()
        for (key, project) in [
            (nil, "project_simulator"), ("Bearer simulator-rest-key", nil), ("simulator-rest-key", "project_simulator"),
            ("Bearer simulator-rest-key ", "project_simulator"), ("Bearer simulator-rest-key", "project_other"),
        ] {
            var request = desk.request("POST", "/2.11/profiles/update", "[\(operation())]")
            request.authorization = key
            request.project = project
            #expect(desk.send(request).code == "AUTHENTICATION_INVALID")
        }
        #expect(desk.control("credentials", "{\"rest_key\":\"new\"}").status == 200)
        #expect(desk.post("[\(operation())]").status == 401)
        #expect(desk.control("credentials", "{\"rest_key\":\"\"}").status == 400)
        #expect(desk.control("credentials", "{\"restkey\":\"x\"}").status == 400)
        desk.control("credentials", "{\"rest_key\":\"simulator-rest-key\",\"project_key\":\"project_simulator\"}")
        #expect(desk.post("[\(operation())]").status == 202)
    }

    @Test("a body above the cap gets 413, a compressed one 400")
    func bodies() throws {
        let desk = try Desk { $0.maximumBodyBytes = 1_024 }
        #expect(desk.post(text(1_024, " ")).status == 400)
        #expect(desk.post(text(1_025, " ")).rules == ["body.size"])
        #expect(desk.post(text(1_025, " ")).status == 413)
        var request = desk.request("POST", "/2.11/profiles/update", "[\(operation())]")
        request.contentEncoding = "gzip"
        #expect(desk.send(request).rules == ["body.encoding"])
        request.contentEncoding = "identity"
        #expect(desk.send(request).status == 202)
    }

    @Test("mass-update takes 10 000 operations and no more")
    func massUpdate() throws {
        let desk = try Desk()
        let path = "/2.11/profiles/mass-update"
        #expect(desk.post(list(10_001) { operation(id: "\($0)") }, path: path).rules == ["call.operation-count"])
        #expect(desk.post(list(10_000) { operation(id: "\($0)") }, path: path).code == "SUCCESS")
        #expect(desk.count("profiles") == 10_000)
    }

    @Test("an app install takes no contact data and creates no profile unless it is known")
    func installation() throws {
        let desk = try Desk { $0.installations = ["known": "u"] }
        func body(_ installation: String) -> String {
            "[{\"identifiers\":{\"installation\":{\"apikey\":\"a\",\"installation_id\":\"\(installation)\"}},\"attributes\":{\"$email_address\":\"x\",\"$language\":\"fr\"}}]"
        }
        #expect(desk.post(body("unknown")).code == "SUCCESS")
        #expect(desk.count("profiles") == 0)
        #expect(desk.post(body("known")).code == "SUCCESS")
        #expect(desk.attribute("$language") == "string:\"fr\"")
        #expect(desk.attribute("$email_address") == nil)
    }
}
