import Glibc
import Pipeline

/// The lines of a file or of stdin, each as soon as it is there, so that a program can ask and be answered line by line.
struct InputLines: ~Copyable {
    /// The longest line that is read.
    static let maximumByteCount = 64 << 20

    /// The number of the last line, from 1; blank lines count.
    private(set) var number = 0
    /// How many lines were read, one more than ``number`` where one was read ahead.
    private var readCount = 0
    /// A line that was read and belongs to the next message.
    private var ahead: (text: [UInt8], number: Int)?
    private let path: String
    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var start = 0
    /// Where the search for the end of the line goes on.
    private var searched = 0
    private var isAtEnd = false

    /// Opens a file; `-` is stdin.
    ///
    /// - Throws: ``InputError`` naming the file and what came back.
    init(_ path: String) throws(InputError) {
        self.path = path
        descriptor = path == "-" ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw InputError("cannot read '\(path)': \(String(cString: strerror(errno)))") }
    }

    deinit { if descriptor > STDERR_FILENO { close(descriptor) } }

    /// The next line with anything but white space in it, without its line break; nil at the end.
    ///
    /// - Throws: ``InputError`` if reading fails or a line is too long.
    mutating func next() throws(InputError) -> [UInt8]? {
        if let line = ahead {
            ahead = nil
            number = line.number
            return line.text
        }
        while let line = try nextOfAll() {
            number = readCount
            if line.contains(where: { $0 > 0x20 }) { return line }
        }
        return nil
    }

    /// The next message: a line, or the lines of a JSON text that goes over several; nil at the end.
    ///
    /// A line that is complete is given without waiting for the next one. Afterwards ``number`` is that of its first line.
    ///
    /// - Throws: ``InputError`` if reading fails or the message is too long.
    mutating func nextMessage() throws(InputError) -> (text: [UInt8], isCut: Bool)? {
        guard var message = try next() else { return nil }
        let first = number
        var lines = MessageLines()
        lines.begin(message)
        while lines.isOpen, let line = try next() {
            guard lines.isContinued(by: line) else {
                ahead = (line, number)
                break
            }
            lines.add(line)
            message += [UInt8(ascii: "\n")] + line
            guard message.count <= Self.maximumByteCount else {
                throw InputError("'\(path)', line \(first): longer than \(Self.maximumByteCount) bytes")
            }
        }
        number = first
        return (message, lines.isOpen)
    }

    private mutating func nextOfAll() throws(InputError) -> [UInt8]? {
        while true {
            if let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                defer { take(to: end + 1) }
                return Array(buffer[start..<end])
            }
            searched = buffer.count
            if isAtEnd {
                guard start < buffer.count else { return nil }
                defer { take(to: buffer.count) }
                return Array(buffer[start...])
            }
            guard buffer.count - start <= Self.maximumByteCount else {
                throw InputError("'\(path)', line \(readCount + 1): longer than \(Self.maximumByteCount) bytes")
            }
            try fill()
        }
    }

    private mutating func take(to end: Int) {
        start = end
        searched = end
        readCount += 1
    }

    private mutating func fill() throws(InputError) {
        buffer.removeFirst(start)
        searched -= start
        start = 0
        let size = 65_536
        let count = withUnsafeTemporaryAllocation(byteCount: size, alignment: 1) { chunk in
            var count = read(descriptor, chunk.baseAddress, size)
            while count < 0, errno == EINTR { count = read(descriptor, chunk.baseAddress, size) }
            if count > 0 { buffer.append(contentsOf: chunk[..<count]) }
            return count
        }
        guard count >= 0 else { throw InputError("cannot read '\(path)': \(String(cString: strerror(errno)))") }
        isAtEnd = count == 0
    }
}
