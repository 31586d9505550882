import Glibc
import JSONDocument

/// Reads a dead-letter file line by line, in bounded memory.
struct DeadLetterLines {
    let path: String

    /// Longest line that is read; a longer one is passed over and counts as no dead letter.
    private static let longestLine = 64 << 20

    /// - Parameter body: gets each letter; false ends the reading.
    /// - Throws: ``RelayError`` if the file cannot be read.
    func read(_ body: (StoredDeadLetter) -> Bool) throws(RelayError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            let code = errno
            let advice =
                code == ENOENT
                ? "it is created when `run` starts; else correct dead_letter.file"
                : "let this user read it, or correct dead_letter.file"
            throw RelayError(
                "cannot read the dead-letter file '\(path)': \(String(cString: strerror(code))); \(advice)",
                isConfiguration: true
            )
        }
        defer { close(descriptor) }
        var reader = LetterParser(path: path)
        var line: [UInt8] = []
        var isTooLong = false
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw RelayError("cannot read the dead-letter file '\(path)': \(String(cString: strerror(errno)))")
            }
            // A line that is being written has no end yet; it is left for the next time.
            guard count > 0 else { return }
            var rest = chunk[..<count]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                if !isTooLong { line += rest[..<end] }
                guard body(reader.letter(isTooLong ? [] : line)) else { return }
                line.removeAll(keepingCapacity: true)
                isTooLong = false
                rest = rest[(end + 1)...]
            }
            if !isTooLong { line += rest }
            if line.count > Self.longestLine {
                isTooLong = true
                line = []
            }
        }
    }
}

/// Turns lines into letters.
private struct LetterParser: ~Copyable {
    private let path: String
    private var number = 0
    private var tape = JSONTape(limits: JSONLimits(maximumDepth: 16, maximumByteCount: 64 << 20))

    init(path: String) { self.path = path }

    mutating func letter(_ line: [UInt8]) -> StoredDeadLetter {
        number += 1
        var letter = StoredDeadLetter(place: "\(path):\(number)")
        let text = line.span
        guard (try? tape.parse(text)) != nil, tape.kind(of: tape.root) == .object else { return letter }
        var source = StoredDeadLetter.SourceParts()
        var members = tape.members(of: tape.root)
        while let member = tape.next(&members) {
            guard let name = tape.string(of: member.name, in: text) else { continue }
            switch name {
            case "timestamp": letter.timestampMilliseconds = tape.int64(of: member.value, in: text) ?? -1
            case "key", "key_base64": letter.key = bytes(member.value, text, name)
            case "value", "value_base64": letter.value = bytes(member.value, text, name)
            case "headers": letter.headers = headers(member.value, text)
            default: letter.set(name, scalar(member.value, text), &source)
            }
        }
        letter.source = source.name
        return letter
    }

    /// A string's content, or any other value as it is written.
    private func scalar(_ node: JSONNode, _ text: Span<UInt8>) -> String {
        tape.string(of: node, in: text) ?? tape.verbatim(node, in: text)
    }

    private func bytes(_ node: JSONNode, _ text: Span<UInt8>, _ name: String) -> [UInt8]? {
        guard let content = tape.string(of: node, in: text) else { return nil }
        return name.hasSuffix("_base64") ? Base64.bytes(content) : Array(content.utf8)
    }

    private func headers(_ node: JSONNode, _ text: Span<UInt8>) -> [(name: String, value: [UInt8]?)] {
        var headers: [(name: String, value: [UInt8]?)] = []
        guard tape.kind(of: node) == .array else { return headers }
        var elements = tape.elements(of: node)
        while let element = tape.next(&elements) {
            guard tape.kind(of: element) == .object else { continue }
            var header: (name: String, value: [UInt8]?) = ("", nil)
            var members = tape.members(of: element)
            while let member = tape.next(&members) {
                guard let name = tape.string(of: member.name, in: text) else { continue }
                if name == "name" { header.name = tape.string(of: member.value, in: text) ?? "" }
                if name == "value" || name == "value_base64" { header.value = bytes(member.value, text, name) }
            }
            headers.append(header)
        }
        return headers
    }
}
