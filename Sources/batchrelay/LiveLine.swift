import Glibc

/// One line on the terminal that is written over and over; nothing at all where stderr is no terminal.
struct LiveLine {
    private let isShown = isatty(STDERR_FILENO) == 1
    private var width = 0

    /// Shows a text in place of the one before.
    mutating func show(_ text: String) {
        guard isShown else { return }
        let rest = String(repeating: " ", count: max(0, width - text.count))
        Terminal.progress("\r\(text)\(rest)")
        width = text.count
    }

    /// Takes the line away.
    mutating func clear() {
        guard isShown, width > 0 else { return }
        Terminal.progress("\r\(String(repeating: " ", count: width))\r")
        width = 0
    }
}
