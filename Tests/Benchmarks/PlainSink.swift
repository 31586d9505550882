import Glibc
import HTTPServer

/// Accepts every call unread, so that the service is what is measured and not what checks its calls.
///
/// It runs in a process of its own (`Benchmarks sink`), until that is ended.
enum PlainSink {
    static func run() throws {
        HTTPListener.keepLargeBlocks()
        let accepted = HTTPServerResponse.json(202, [])
        let listener = try HTTPListener(immediate: { _ in .response(accepted) }, handler: { _ in .response(accepted) })
        print("listening on http://127.0.0.1:\(listener.port)")
        fflush(nil)
        while true {
            pause()
            withExtendedLifetime(listener) {}
        }
    }
}
