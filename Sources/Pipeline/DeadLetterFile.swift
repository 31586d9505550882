import Delivery
import Glibc
import JSONDocument
import KafkaClient

/// Appends dead letters to a file of JSON Lines, written through to the disk before they count as stored.
final class DeadLetterFile: DeadLetterSink {
    private let path: String
    private let descriptor: Int32
    private var waiting: [(id: DeadLetterID, line: [UInt8])] = []
    /// Bytes of the first waiting line that are written already.
    private var written = 0

    init(path: String) throws(RelayError) {
        self.path = path
        descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RelayError(
                "cannot open the dead-letter file '\(path)': \(String(cString: strerror(errno))); "
                    + "change dead_letter.file or the folder's permissions"
            )
        }
    }

    deinit { close(descriptor) }

    var waitingCount: Int { waiting.count }

    func submit(_ letter: DeadLetter, from place: TopicPartition) {
        waiting.append((letter.id, DeadLetterFormat.line(letter, from: place)))
    }

    func poll() -> (stored: [DeadLetterID], trouble: String?) {
        guard !waiting.isEmpty else { return ([], nil) }
        var count = 0
        while count < waiting.count, append(waiting[count].line) { count += 1 }
        let failure = errno
        guard count == 0 || fdatasync(descriptor) == 0 else { return ([], trouble(errno)) }
        let stored = waiting[..<count].map(\.id)
        waiting.removeFirst(count)
        return (stored, waiting.isEmpty ? nil : trouble(failure))
    }

    /// - Returns: whether the whole line is in the file; what is missing is written at the next try.
    private func append(_ line: [UInt8]) -> Bool {
        while written < line.count {
            let count = line[written...].withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                return false
            }
            written += count
        }
        written = 0
        return true
    }

    private func trouble(_ code: Int32) -> String {
        "cannot write to the dead-letter file '\(path)': \(String(cString: strerror(code))); make room or mend the disk: "
            + "records wait until it can be written"
    }
}
