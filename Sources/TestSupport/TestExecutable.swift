internal import Glibc

/// The programs that were built together with the running tests.
public enum TestExecutable {
    /// The path of `batchrelay`, which lies beside the test bundle.
    public static var batchrelay: String { "\(folder)/batchrelay" }

    /// The folder of the test bundle; the first argument names the bundle (or its runner, which lies beside it).
    public static var folder: String {
        let bundle = CommandLine.arguments.first ?? ""
        guard let slash = bundle.lastIndex(of: "/") else { return "." }
        return String(bundle[..<slash])
    }
}
