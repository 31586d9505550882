import Testing

@testable import HTTPServer

@Suite("HTTP router", .timeLimit(.minutes(2)))
struct RouterTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let method: String
        let path: String
        let status: Int
        let text: String

        var testDescription: String { "\(method) \(path)" }
    }

    static let router: HTTPRouter = {
        var router = HTTPRouter()
        router.on("GET", "/users/{id}") { _, parameters in .response(.text(200, "user \(parameters["id"])")) }
        router.on("GET", "/users/me") { _, _ in .response(.text(200, "me")) }
        router.on("POST", "/users/{name}") { _, parameters in
            .response(.text(201, "made \(parameters["name"])\(parameters["x"])"))
        }
        router.on("GET", "/{kind}/me") { _, parameters in .response(.text(200, "kind \(parameters["kind"])")) }
        router.onImmediate("GET", "/") { _, _ in .response(.text(200, "root")) }
        router.on("DELETE", "/users/{id}/items/{item}") { _, parameters in
            .response(.text(200, "\(parameters["id"]) \(parameters["item"])"))
        }
        return router
    }()

    @Test(
        "chooses by method and path",
        arguments: [
            Case(method: "GET", path: "/", status: 200, text: "root"),
            Case(method: "GET", path: "/users/7", status: 200, text: "user 7"),
            Case(method: "GET", path: "/users/a%2Fb", status: 200, text: "user a/b"),
            Case(method: "GET", path: "/users/me", status: 200, text: "me"),
            Case(method: "HEAD", path: "/users/me", status: 200, text: "me"),
            Case(method: "POST", path: "/users/me", status: 201, text: "made me"),
            Case(method: "GET", path: "/dogs/me", status: 200, text: "kind dogs"),
            Case(method: "DELETE", path: "/users/1/items/2", status: 200, text: "1 2"),
            Case(method: "GET", path: "/users", status: 404, text: "there is nothing at /users\n"),
            Case(method: "GET", path: "/users/", status: 404, text: "there is nothing at /users/\n"),
            Case(method: "GET", path: "/users/7/", status: 404, text: "there is nothing at /users/7/\n"),
            Case(method: "GET", path: "", status: 200, text: "root"),
            Case(method: "PATCH", path: "/users/7", status: 405, text: "PATCH is not allowed here\n"),
            Case(method: "get", path: "/users/7", status: 405, text: "get is not allowed here\n"),
        ]
    )
    func chooses(_ example: Case) async {
        let request = HTTPServerRequest(method: example.method, path: example.path)
        guard case .response(let response) = await Self.router.handle(request) else {
            Issue.record("no response")
            return
        }
        #expect(response.status == example.status)
        #expect(String(decoding: response.body, as: UTF8.self) == example.text)
        if example.status == 405 { #expect(response.headers.contains { $0 == ("Allow", "GET, HEAD, POST") }) }
    }

    @Test(
        "answers at once what needs no waiting",
        arguments: [("/", true), ("/nothing/here/now", true), ("/users/7", false)]
    )
    func immediate(path: String, isImmediate: Bool) {
        #expect((Self.router.immediate(HTTPServerRequest(method: "GET", path: path)) != nil) == isImmediate)
    }

    @Test("lets its owner word the refusals")
    func refusal() async {
        let router = HTTPRouter { request, status in .json(status, Array("[\(request.method)]".utf8)) }
        guard case .response(let response) = await router.handle(HTTPServerRequest(method: "GET", path: "/x")) else {
            return
        }
        #expect(response.status == 404)
        #expect(String(decoding: response.body, as: UTF8.self) == "[GET]")
    }

    @Test("serves a listener")
    func listener() async throws {
        let listener = try HTTPListener(router: Self.router)
        #expect(await RawClient.request(listener.port, RawClient.get("/"))?.text == "root")
        #expect(await RawClient.request(listener.port, RawClient.get("/users/%C3%A9?x=1"))?.text == "user \u{e9}")
        #expect(await RawClient.request(listener.port, RawClient.get("/none"))?.status == 404)
        await listener.stop()
    }
}

@Suite("Requests", .timeLimit(.minutes(2)))
struct RequestTests {
    @Test(
        "decodes percent-encoding and leaves what is none",
        arguments: [
            ("", ""), ("a%20b", "a b"), ("%C3%a9", "\u{e9}"), ("100%", "100%"), ("%4", "%4"), ("%zz", "%zz"),
            ("%%41", "%A"),
            ("%ff", "\u{fffd}"), ("%00", "\u{0}"), ("a+b", "a+b"),
        ]
    )
    func decodes(text: String, decoded: String) {
        #expect(PercentEncoding.decode(Array(text.utf8)) == decoded)
    }

    @Test("finds headers whatever their case, query values as spelt")
    func finds() {
        let request = HTTPServerRequest(
            method: "GET",
            path: "/a",
            query: [("a", "1"), ("a", "2")],
            headers: [("Content-Type", "x"), ("content-type", "y"), ("X[", "brackets")]
        )
        #expect(request.header("CONTENT-TYPE") == "x")
        #expect(request.header("Content") == nil)
        // '[' and '{' differ in the same bit as letters of different case do.
        #expect(request.header("X{") == nil)
        #expect(request.queryValue("a") == "1")
        #expect(request.queryValue("A") == nil)
    }
}
