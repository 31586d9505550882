internal import CSystem
internal import Glibc
internal import Threads

/// Ends this process's children and removes its temporary folders when it dies, however it dies.
///
/// A shell holds the reading end of a pipe, whose writing end only this process has: when this process is gone, even by
/// SIGKILL, the shell reads the end, kills the process groups it was told of and removes the folders. (The kernel's
/// `PR_SET_PDEATHSIG` is bound to the thread that spawned, so that children would die with a pool thread.)
enum Watchdog {
    private static let script = """
        groups=' '; folders=''
        while read -r verb what; do
            case $verb in
            watch) groups="$groups$what " ;;
            forget) case $groups in *" $what "*) groups="${groups%% $what *} ${groups#* $what }" ;; esac ;;
            folder) folders="$folders$what
        " ;;
            esac
        done
        for group in $groups; do kill -KILL "-$group"; done
        printf '%s' "$folders" | while read -r folder; do
            # A killed program may write for a moment still.
            for attempt in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$folder" && break; sleep 0.3; done
        done
        """

    /// The writing end of the pipe, opened once; -1 if the shell could not be started.
    private static let pipe: Int32 = start()
    private static let turn = Lock(())

    static func watch(group: Int32) { send("watch \(group)") }
    static func forget(group: Int32) { send("forget \(group)") }
    static func watch(folder: String) { send("folder \(folder)") }

    private static func send(_ line: String) {
        Signals.ignoreBrokenPipes()
        let bytes = Array("\(line)\n".utf8)
        // Shorter than PIPE_BUF, so written whole; the lock keeps the order of one process's lines.
        turn.withLock { _ in _ = bytes.withUnsafeBytes { write(pipe, $0.baseAddress, $0.count) } }
    }

    private static func start() -> Int32 {
        var reading: Int32 = -1
        var writing: Int32 = -1
        guard open_pipe(&reading, &writing) == 0 else { return -1 }
        defer { close(reading) }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        defer { close(null) }
        var pid: pid_t = 0
        let result = CArguments.withArguments(["sh", "-c", script]) { arguments in
            spawn_child(&pid, "/bin/sh", arguments, environ, nil, reading, null, null)
        }
        guard result == 0 else {
            close(writing)
            return -1
        }
        return writing
    }
}

/// Lends strings as C wants its arguments: pointers that end with a null pointer.
enum CArguments {
    static func withArguments<Result>(
        _ strings: [String],
        _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let list = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { list.advanced(by: index).initialize(to: strdup(string)) }
        list.advanced(by: strings.count).initialize(to: nil)
        defer {
            for index in strings.indices { free(list[index]) }
            list.deallocate()
        }
        return body(list)
    }
}
