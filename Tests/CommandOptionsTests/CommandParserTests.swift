import CommandOptions
import Testing

/// Divides at spaces; `''` is an empty word.
func words(_ line: String) -> [String] { line.split(separator: " ").map { $0 == "''" ? "" : String($0) } }

private func run(_ line: String) throws -> Invocation {
    guard case .run(let invocation) = try CommandParser.parse(words(line), for: Sample.program) else {
        throw NoInvocation()
    }
    return invocation
}

private struct NoInvocation: Error {}

struct FaultyLine: Sendable, CustomTestStringConvertible {
    let line: String
    let command: String
    let faults: [String]
    var testDescription: String { line }

    init(_ line: String, _ command: String, _ faults: String...) {
        self.line = line
        self.command = command
        self.faults = faults
    }
}

@Suite("Command parser")
struct CommandParserTests {
    @Test("gives defaults where nothing is written")
    func givesDefaults() throws {
        let invocation = try run("map")
        #expect(invocation.path == ["map"])
        #expect(invocation[Sample.config] == "relay.yaml")
        #expect(invocation[Sample.mapping] == [])
        #expect(invocation[Sample.explain] == false)
        #expect(invocation[Sample.format] == nil)
        #expect(invocation[Sample.files] == [])
        #expect(!invocation.isGiven(Sample.config))
    }

    @Test("gives the version in the place of a command, where the program has one")
    func givesVersion() throws {
        guard case .version(let text) = try CommandParser.parse(["--version"], for: Sample.program, version: "1.2")
        else {
            throw NoInvocation()
        }
        #expect(text == "relay 1.2")
        #expect(throws: UsageError.self) { try CommandParser.parse(["--version"], for: Sample.program) }
        #expect(throws: UsageError.self) {
            try CommandParser.parse(["map", "--version"], for: Sample.program, version: "1.2")
        }
    }

    @Test(
        "reads options in every form and order",
        arguments: [
            "map --config x.yaml --mapping a --mapping=b --explain --format json f1 f2",
            "map f1 -c x.yaml -e --mapping a f2 --format=json --mapping b",
            "map --mapping a --config=x.yaml --mapping b --format=json -e -- f1 f2",
        ]
    )
    func reads(_ line: String) throws {
        let invocation = try run(line)
        #expect(invocation[Sample.config] == "x.yaml")
        #expect(invocation[Sample.mapping] == ["a", "b"])
        #expect(invocation[Sample.explain])
        #expect(invocation[Sample.format] == .json)
        #expect(invocation[Sample.files] == ["f1", "f2"])
        #expect(invocation.isGiven(Sample.config))
    }

    @Test("takes everything behind -- and a single dash as words, and negative numbers as values")
    func readsDashes() throws {
        #expect(try run("map -- --explain -h")[Sample.files] == ["--explain", "-h"])
        #expect(try run("map -")[Sample.files] == ["-"])
        #expect(try run("map --config -")[Sample.config] == "-")
        #expect(try run("map --config=-x=y")[Sample.config] == "-x=y")
        #expect(try run("offsets reset --group g --shift-by -5 t")[Sample.shift] == -5)
    }

    @Test("gives words to arguments in order")
    func readsArguments() throws {
        let invocation = try run("offsets reset t 1 --group g 2 --to-earliest")
        #expect(invocation.path == ["offsets", "reset"])
        #expect(invocation[Sample.topic] == "t")
        #expect(invocation[Sample.partitions] == [1, 2])
    }

    @Test(
        "reports every fault of a line, and what to write",
        arguments: [
            FaultyLine("", "relay", "a command is missing; one of map, offsets"),
            FaultyLine("mpa", "relay", "unknown command 'mpa'; did you mean 'map'?"),
            FaultyLine("zebra", "relay", "unknown command 'zebra'; one of map, offsets"),
            FaultyLine("--config x map", "relay", "'--config' stands before the command; write options behind it"),
            FaultyLine("offsets", "relay offsets", "a command is missing; one of show, reset"),
            FaultyLine("offsets shwo", "relay offsets", "unknown command 'shwo'; did you mean 'show'?"),
            FaultyLine("map --explan", "relay map", "unknown option '--explan'; did you mean '--explain'?"),
            FaultyLine("map --zebra", "relay map", "unknown option '--zebra'"),
            FaultyLine("map -x", "relay map", "unknown option '-x'"),
            FaultyLine("map --explain=yes", "relay map", "'--explain' takes no value"),
            FaultyLine("map --config", "relay map", "'--config' needs a value: the path of a file"),
            FaultyLine("map --config --explain", "relay map", "'--config' needs a value: the path of a file"),
            FaultyLine(
                "map --config -x",
                "relay map",
                "'--config' needs a value: the path of a file; "
                    + "a value that begins with a dash is written '--config=-x'",
                "unknown option '-x'"
            ),
            FaultyLine(
                "map --config=",
                "relay map",
                "--config: '' is not the path of a file, such as other.yaml"
            ),
            FaultyLine("map -c a --config b", "relay map", "'--config' stands twice; write it once"),
            FaultyLine("map -e --explain", "relay map", "'--explain' stands twice; write it once"),
            FaultyLine("map --format xml", "relay map", "--format: 'xml' is not one of text, json"),
            FaultyLine(
                "map --fromat json --format xml --explain=1",
                "relay map",
                "unknown option '--fromat'; did you mean '--format'?",
                "--format: 'xml' is not one of text, json",
                "'--explain' takes no value"
            ),
            FaultyLine(
                "offsets show x",
                "relay offsets show",
                "'x' is one word too many",
                "'--group' is missing: consumer group, such as --group relay"
            ),
            FaultyLine(
                "offsets reset --group g",
                "relay offsets reset",
                "TOPIC is missing: the topic",
                "one of --to-offset, --to-earliest, --shift-by is missing"
            ),
            FaultyLine(
                "offsets reset --group g --to-earliest --shift-by 1001 t 1 100 3",
                "relay offsets reset",
                "--shift-by: '1001' is not an integer from -1000 to 1000, such as -5",
                "PARTITION: '100' is not an integer from 0 to 99",
                "'3' is one word too many",
                "--to-earliest and --shift-by exclude each other; "
                    + "write one of --to-offset, --to-earliest, --shift-by"
            ),
        ]
    )
    func reports(_ example: FaultyLine) {
        let error = #expect(throws: UsageError.self) {
            try CommandParser.parse(words(example.line), for: Sample.program)
        }
        #expect(error?.faults == example.faults)
        #expect(error?.command == example.command)
    }

    @Test("writes a usage error with the command on each line and the way to the help")
    func describes() {
        let error = #expect(throws: UsageError.self) { try CommandParser.parse(["map", "-x"], for: Sample.program) }
        #expect(error?.description == "relay map: unknown option '-x'\n'relay map --help' shows what there is")
    }
}

@Suite("Help")
struct HelpTests {
    @Test(
        "is given wherever it is asked for, whatever else is wrong",
        arguments: [
            ("--help", "relay: moves messages"), ("-h", "relay: moves messages"), ("help", "relay: moves messages"),
            ("map --help", "relay map: messages in"), ("map --zebra -h", "relay map: messages in"),
            ("help map", "relay map: messages in"), ("offsets --help", "relay offsets: positions"),
            ("help offsets reset", "relay offsets reset: changes them"),
            ("offsets reset -h --to-offset x", "relay offsets reset: changes them"),
        ]
    )
    func isGiven(_ line: String, _ start: String) throws {
        guard case .help(let text) = try CommandParser.parse(words(line), for: Sample.program) else {
            Issue.record("no help")
            return
        }
        #expect(text.hasPrefix(start))
    }

    @Test("shows usage, ranges, defaults, examples and exit codes of a command")
    func showsCommand() throws {
        guard case .help(let text) = try CommandParser.parse(["map", "--help"], for: Sample.program) else { return }
        let expected = """
            relay map: messages in, operations out

            Usage: relay map [--config FILE] [--mapping FILE]... [--explain] [--format FORMAT] [FILE...]

            Nothing is sent. What comes out is what would be sent.

            Arguments:
              FILE  JSON Lines; standard input where missing (the path of a file)

            Options:
              -c, --config FILE  configuration file (the path of a file; default: relay.yaml; such as
                                 other.yaml)
              --mapping FILE     mapping file (the path of a file; may be repeated)
              -e, --explain      says where each field came from
              --format FORMAT    form of the output (one of text, json)
              -h, --help         shows this

            Example:
              relay map --explain messages.jsonl

            Exit codes:
              0  done
              1  a message failed

            """
        #expect(text == expected)
    }

    @Test("shows the commands of a program")
    func showsProgram() throws {
        guard case .help(let text) = try CommandParser.parse(["--help"], for: Sample.program) else { return }
        #expect(text.contains("Usage: relay COMMAND\n"))
        #expect(text.contains("\n  map      messages in, operations out\n  offsets  positions of a group\n"))
    }

    @Test("shows required and excluding options in the usage line")
    func showsUsage() throws {
        guard case .help(let text) = try CommandParser.parse(words("offsets reset -h"), for: Sample.program) else {
            return
        }
        let usage =
            "relay offsets reset --group GROUP [--to-offset N] [--to-earliest] [--shift-by N] TOPIC [PARTITION...]"
        #expect(text.contains("Usage: \(usage)\n"))
        #expect(text.contains("an integer of 0 or more"))
        #expect(text.contains("an integer from -1000 to 1000; such as -5"))
    }
}
