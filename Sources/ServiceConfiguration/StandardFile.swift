internal import Glibc

/// The configuration file of a command that is given none.
public enum StandardFile {
    /// Its name; it is looked for in the working folder.
    public static let name = "batchrelay.yaml"

    /// The file to read: the one that is named, else ``name`` where it is there. Asks the file system.
    ///
    /// - Parameter path: what `--config` names, or nil for nothing.
    /// - Returns: nil where the environment says everything.
    public static func file(named path: String?) -> String? {
        // One that is there and cannot be read is a fault that is reported when it is read.
        path ?? (access(name, F_OK) == 0 ? name : nil)
    }

    /// What to say beside the faults where there is no file: the environment alone is rarely what somebody means.
    public static let missing =
        "there is no \(name) in this folder: write one, name another by --config, or set what is missing by the environment"
}
