import Foundation
import Observability
import Testing

/// Keeps lines and holds a clock that moves by hand.
final class LogCapture: @unchecked Sendable {
    // Guarded by `lock`.
    private var stored: [String] = []
    private var now: Int64 = 0
    private let lock = NSLock()

    var lines: [String] { lock.withLock { stored } }

    func advance(_ nanoseconds: Int64) { lock.withLock { now += nanoseconds } }

    func logger(
        level: LogLevel = .trace,
        format: LogFormat = .text,
        showsPersonalData: Bool = false
    ) -> Logger {
        Logger(
            label: "shop",
            level: level,
            sink: ClosureLogSink { line in self.lock.withLock { self.stored.append(line) } },
            format: format,
            showsPersonalData: showsPersonalData,
            clock: LogClock(
                wallMilliseconds: { 1_769_860_800_123 },
                monotonicNanoseconds: { self.lock.withLock { self.now } }
            )
        )
    }
}

struct ValueCase: Sendable, CustomTestStringConvertible {
    let value: LogValue
    let text: String
    let json: String

    var testDescription: String { text }
}

@Suite("Logger")
struct LoggerTests {
    @Test("writes time, level, label, message and values in order")
    func textLine() {
        let capture = LogCapture()
        capture.logger().info("order accepted", ["order": 17, "country": "fr"])
        #expect(capture.lines == ["2026-01-31T12:00:00.123Z info shop: order accepted order=17 country=fr"])
    }

    @Test("writes one JSON object a line that a JSON parser reads back")
    func jsonLine() throws {
        let capture = LogCapture()
        capture.logger(format: .json).warning("odd \"thing\"\n", ["level": "mine", "text": "a\u{0}\n\u{2028}é😀\\"])
        let line = try #require(capture.lines.first)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String])
        #expect(
            object == [
                "time": "2026-01-31T12:00:00.123Z", "level": "warning", "logger": "shop", "message": "odd \"thing\"\n",
                "level_": "mine", "text": "a\u{0}\n\u{2028}é😀\\",
            ]
        )
    }

    @Test(
        "prints each kind of value",
        arguments: [
            ValueCase(value: "plain", text: "plain", json: #""plain""#),
            ValueCase(value: "two words", text: #""two words""#, json: #""two words""#),
            ValueCase(value: "", text: #""""#, json: #""""#),
            ValueCase(value: "a=b", text: #""a=b""#, json: #""a=b""#),
            ValueCase(value: -5, text: "-5", json: "-5"),
            ValueCase(value: .integer(UInt64.max), text: "9223372036854775807", json: "9223372036854775807"),
            ValueCase(value: 0.25, text: "0.25", json: "0.25"),
            ValueCase(value: .number(.infinity), text: "inf", json: #""inf""#),
            ValueCase(value: true, text: "true", json: "true"),
            ValueCase(value: .duration(.milliseconds(1_500)), text: "1.5s", json: "1.5"),
            ValueCase(value: .duration(.nanoseconds(-1)), text: "-0.000000001s", json: "-0.000000001"),
            ValueCase(value: .duration(.seconds(20)), text: "20s", json: "20"),
            ValueCase(value: [1, "b"], text: "[1,b]", json: #"[1,"b"]"#),
            ValueCase(value: .secret("hunter2"), text: "<secret>", json: #""<secret>""#),
            ValueCase(value: "\u{1B}[31m\r\n", text: #""\u001b[31m\r\n""#, json: #""\u001b[31m\r\n""#),
            ValueCase(value: "a\u{202E}b\u{9B}", text: #"a\u202eb\u009b"#, json: #""a\u202eb\u009b""#),
        ]
    )
    func values(_ example: ValueCase) {
        let capture = LogCapture()
        capture.logger().info("m", ["v": example.value])
        capture.logger(format: .json).info("m", ["v": example.value])
        #expect(capture.lines.first?.hasSuffix(" m v=\(example.text)") == true)
        #expect(capture.lines.last?.hasSuffix(#","v":\#(example.json)}"#) == true)
    }

    @Test("prints a person as a hash that is the same for every logger, and plainly only where that was asked for")
    func personalData() {
        let capture = LogCapture()
        capture.logger().info("m", ["user": .personal("ada@example.com")])
        capture.logger(format: .json).info("m", ["user": .personal("ada@example.com")])
        capture.logger().info("m", ["user": .personal("ada@example.con")])
        capture.logger(showsPersonalData: true).info("m", ["user": .personal("ada@example.com")])
        let lines = capture.lines
        #expect(lines[0].hasSuffix("user=#5113ee6ef8cc"))
        #expect(lines[1].contains("\"#5113ee6ef8cc\""))
        #expect(!lines[2].contains("5113ee6ef8cc"))
        #expect(!lines[0].contains("ada") && !lines[2].contains("ada"))
        #expect(lines[3].hasSuffix("user=ada@example.com"))
    }

    @Test("a secret is not even in the value")
    func secrets() {
        #expect(!String(reflecting: LogValue.secret("hunter2")).contains("hunter2"))
    }

    @Test("does not evaluate values of a level that is off", arguments: LogLevel.allCases)
    func levels(_ level: LogLevel) {
        let capture = LogCapture()
        let logger = capture.logger(level: level)
        var evaluated: [LogLevel] = []
        func values(_ of: LogLevel) -> LogMetadata {
            evaluated.append(of)
            return [:]
        }
        logger.trace("m", values(.trace))
        logger.debug("m", values(.debug))
        logger.info("m", values(.info))
        logger.notice("m", values(.notice))
        logger.warning("m", values(.warning))
        logger.error("m", values(.error))
        let expected = LogLevel.allCases.filter { $0 >= level }
        #expect(evaluated == expected)
        #expect(capture.lines.count == expected.count)
        #expect(LogLevel.allCases.filter(logger.isEnabled) == expected)
    }

    @Test("values of the event win over the logger's, which keep their place")
    func inheritedValues() {
        let capture = LogCapture()
        let logger = capture.logger().with(["topic": "a", "partition": 1]).labelled("reader")
        logger.info("m", ["topic": "b", "offset": 9])
        #expect(capture.lines.first?.hasSuffix(" reader: m topic=b partition=1 offset=9") == true)
    }

    @Test(
        "keeps a line below its limit, whole and marked, whatever the values",
        arguments: [LogFormat.text, .json],
        ["x", "\u{1}", "é", "😀", "\""]
    )
    func boundedLines(format: LogFormat, unit: String) throws {
        let capture = LogCapture()
        let huge = LogValue.text(String(repeating: unit, count: 50_000))
        let deep = LogValue.list(
            Array(repeating: .list(Array(repeating: .list(Array(repeating: huge, count: 60)), count: 60)), count: 60)
        )
        capture.logger(format: format).info("m", ["a": huge, "b": deep, "c": huge, "d": huge, "e": huge, "f": 1])
        let line = try #require(capture.lines.first)
        #expect(line.utf8.count < LogLine.maximumBytes)
        #expect(line.utf8.count > 3_000)
        #expect(line.contains("…"))
        if format == .json {
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            #expect(object?["truncated"] as? Bool == true)
            #expect(object?["f"] as? Int == 1)
            #expect(object?["b"] == nil)
        } else {
            #expect(line.hasSuffix(" f=1 truncated=true"))
        }
    }

    @Test(
        "prints moments in UTC",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (951_827_696_789, "2000-02-29T12:34:56.789Z"), (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
        ]
    )
    func timestamps(milliseconds: Int64, text: String) {
        let box = LogCapture()
        let sink = ClosureLogSink { line in #expect(line.hasPrefix(text + " info")) }
        let clock = LogClock(wallMilliseconds: { milliseconds }, monotonicNanoseconds: { 0 })
        Logger(label: "l", level: .info, sink: sink, clock: clock).info("m")
        box.logger().info("m")
        #expect(box.lines.count == 1)
    }

    @Test("logs an event at most once an interval and tells how many it left out")
    func limitedEvents() {
        let capture = LogCapture()
        let logger = capture.logger()
        for _ in 0..<5 { logger.limited("gap", every: .seconds(60))?.warning("gap") }
        logger.labelled("other").limited("gap", every: .seconds(60))?.warning("gap")
        logger.limited("else", every: .seconds(60))?.warning("else")
        capture.advance(60_000_000_000)
        logger.limited("gap", every: .seconds(60))?.warning("gap")
        #expect(capture.lines.map { $0.split(separator: ": ").last } == ["gap", "else", "gap suppressed=5"])
    }

    @Test("a limiter forgets the oldest key when it knows too many")
    func limiterIsBounded() {
        var limiter = LogLimiter()
        for index in 0..<LogLimiter.maximumKeyCount {
            let admitted = limiter.admit("\(index)", every: .seconds(1), now: Int64(index))
            #expect(admitted == 0)
        }
        let newest = limiter.admit("new", every: .seconds(1), now: 5_000)
        let forgotten = limiter.admit("0", every: .seconds(1), now: 5_000)
        let remembered = limiter.admit("900", every: .seconds(1), now: 5_000)
        #expect(newest == 0)
        #expect(forgotten == 0)
        #expect(remembered == nil)
    }
}

@Suite("Standard error")
struct StandardErrorTests {
    @Test("a line reaches file descriptor 2 whole")
    func writesToStandardError() async {
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            let logger = Logger(label: "child", level: .info, sink: StandardErrorLogSink())
            logger.info("hello", ["answer": 42])
        }.map { result in
            let text = String(decoding: result.standardErrorContent, as: UTF8.self)
            #expect(text.contains(" info child: hello answer=42\n"))
        }
    }
}
