import Glibc

/// Writes whole texts to the standard streams: data to stdout, words for people to stderr.
enum Terminal {
    /// Writes a text and a line break to stdout.
    static func output(_ text: String) { write(text + "\n", to: STDOUT_FILENO) }

    /// Writes a text and a line break to stderr.
    static func error(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

    /// Writes a text to stderr as it is, without a line break.
    static func progress(_ text: String) { write(text, to: STDERR_FILENO) }

    /// Writes bytes to stdout.
    static func output(bytes: [UInt8]) { write(bytes[...], to: STDOUT_FILENO) }

    private static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8)[...], to: descriptor) }

    private static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
