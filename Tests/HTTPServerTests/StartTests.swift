import Glibc
import Testing
import Threads

@testable import HTTPServer

@Suite("Starting a listener", .timeLimit(.minutes(2)))
struct StartTests {
    @Test("says which port is taken, and what to do")
    func portTaken() async throws {
        try await withListener { first in
            let port = first.port
            let error = #expect(throws: HTTPServerError.self) {
                _ = try HTTPListener(settings: HTTPServerSettings(port: port)) { _ in .close }
            }
            #expect(error == .listen(host: "127.0.0.1", port: port, operation: "bind", code: EADDRINUSE))
            let text = error?.description ?? ""
            #expect(text.hasPrefix("listen on 127.0.0.1:\(port): bind: "))
            #expect(text.contains("choose another port"))
        }
    }

    @Test("says why an address cannot be used")
    func badAddress() {
        let foreign = #expect(throws: HTTPServerError.self) {
            _ = try HTTPListener(settings: HTTPServerSettings(host: "192.0.2.1")) { _ in .close }
        }
        #expect(foreign == .listen(host: "192.0.2.1", port: 0, operation: "bind", code: EADDRNOTAVAIL))
        let unknown = #expect(throws: HTTPServerError.self) {
            _ = try HTTPListener(settings: HTTPServerSettings(host: "300.1.2.3.")) { _ in .close }
        }
        #expect(unknown?.description.hasPrefix("listen on '300.1.2.3.': ") == true)
    }

    @Test(
        "refuses settings out of their range",
        arguments: [
            ("host", HTTPServerSettings(host: "")), ("threadCount", HTTPServerSettings(threadCount: 0)),
            ("connectionLimit", HTTPServerSettings(threadCount: 4, connectionLimit: 3)),
            ("maximumBodyBytes", HTTPServerSettings(maximumBodyBytes: -1)),
            ("maximumHeaderBytes", HTTPServerSettings(maximumHeaderBytes: 1_023)),
            ("idleTimeout", HTTPServerSettings(idleTimeout: .seconds(-1))),
            ("heartbeatInterval", HTTPServerSettings(heartbeatInterval: .zero)),
        ]
    )
    func ranges(key: String, settings: HTTPServerSettings) {
        let error = #expect(throws: HTTPServerError.self) { _ = try HTTPListener(settings: settings) { _ in .close } }
        guard case .setting(key, _, _) = error else {
            Issue.record("\(key) gave \(String(describing: error))")
            return
        }
    }

    @Test("refuses a certificate that is none, without telling the key, and closes its socket")
    func badCertificate() async throws {
        // A port that was free a moment ago.
        let port = try await withListener { $0.port }
        let identity = TLSIdentity(certificate: "no certificate", privateKey: "very secret")
        let error = #expect(throws: HTTPServerError.self) {
            _ = try HTTPListener(settings: HTTPServerSettings(port: port, tls: identity)) { _ in .close }
        }
        guard case .tls(let reason) = error else {
            Issue.record("got \(String(describing: error))")
            return
        }
        #expect(!reason.isEmpty)
        let text = error.map { "\($0)" } ?? ""
        #expect(!text.contains("secret"))
        #expect("\(identity)" == "TLSIdentity")
        // A socket left open would still hold the port.
        try await withListener(HTTPServerSettings(port: port)) { #expect($0.port == port) }
    }

    @Test("rounds the idle timeout up, so that a short one does not mean for ever")
    func idleTimeout() {
        let durations: [Duration] = [.zero, .milliseconds(1), .seconds(1), .milliseconds(1_001)]
        #expect(durations.map { HTTPServerSettings(idleTimeout: $0).idleTimeoutSeconds } == [0, 1, 1, 2])
    }
}
