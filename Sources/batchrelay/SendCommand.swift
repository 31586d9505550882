import CommandOptions

/// `batchrelay send`
enum SendCommand {
    static let command = Command("send", summary: "x")
    static func run(_ invocation: Invocation) -> Int32 { 0 }
}
