import CommandOptions
import Pipeline

/// `batchrelay test`: runs mapping tests.
enum TestCommand {
    private static let update = CommandOption<Bool>.flag(
        "update",
        help: "write what came out into the tests that fail, as what they expect"
    )
    private static let json = CommandOption<Bool>.flag("json", help: "write one JSON object a test file to stdout")
    private static let paths = CommandOption<[String]>.arguments(
        .file("PATH"),
        help: "files of tests, or folders of them; none: mappings/tests",
        example: "mappings/tests/segment.yaml"
    )

    static let command = Command(
        "test",
        summary: "Runs mapping tests: messages, and the operations and reasons that they shall give.",
        discussion:
            "A file has version: 1, mapping: with the path of a mapping file, and tests:, a list with name, message, and "
            + "operations, reasons or both; topic, key, headers, timestamp and now are optional.",
        options: [update, json, paths],
        examples: ["batchrelay test", "batchrelay test --update mappings/tests/own.yaml"],
        exitCodes: [
            .init(ExitCode.done, "all tests passed, or were updated"),
            .init(ExitCode.failed, "a test failed, or there was none"),
            .init(ExitCode.configuration, "a file of tests or a mapping is wrong or cannot be read"),
        ]
    )

    static func run(_ invocation: Invocation) -> Int32 {
        var counts = (run: 0, passed: 0, failed: 0, updated: 0, unusable: 0)
        let named = invocation[paths].isEmpty ? ["mappings/tests"] : invocation[paths]
        var files: [String] = []
        for path in named {
            do throws(InputError) {
                files += try InputFile.yamlFiles(at: path)
            } catch {
                Terminal.error("\(error); name the files of tests, or a folder of them")
                counts.unusable += 1
            }
        }
        var warned: Set<MappingFinding> = []
        for file in files {
            do throws(RelayError) {
                let run = try MappingTestRun(file: file)
                // Several files of tests may be for one mapping.
                for warning in run.warnings where warning.level == .warning && warned.insert(warning).inserted {
                    Terminal.error("\(warning)")
                }
                report(run, invocation)
                counts.run += 1
                counts.passed += run.outcomes.count { $0.isPassed }
                let failed = run.outcomes.count { !$0.isPassed }
                if invocation[update], let text = try MappingTestUpdate.text(run) {
                    try write(text, to: file)
                    counts.updated += failed
                } else {
                    counts.failed += failed
                }
            } catch {
                Terminal.error("\(error)")
                counts.unusable += 1
            }
        }
        let updated = counts.updated > 0 ? ", \(counts.updated) updated" : ""
        var sum = "\(counts.passed) passed, \(counts.failed) failed\(updated)"
        if counts.unusable > 0 {
            let what = counts.unusable == 1 ? "1 file was" : "\(counts.unusable) files were"
            let others = counts.run > 0 ? "; of the others: \(sum)" : ""
            sum = "\(what) not run, for the faults above\(others)"
        }
        Terminal.error(sum)
        if counts.unusable > 0 { return ExitCode.configuration }
        return counts.failed > 0 || counts.passed + counts.updated == 0 ? ExitCode.failed : ExitCode.done
    }

    private static func write(_ text: String, to file: String) throws(RelayError) {
        do throws(InputError) {
            try InputFile.write(text, to: file)
        } catch {
            throw RelayError(error.description)
        }
    }

    private static func report(_ run: MappingTestRun, _ invocation: Invocation) {
        if invocation[json] { return Terminal.output(bytes: run.json + [UInt8(ascii: "\n")]) }
        for outcome in run.outcomes where !outcome.isPassed {
            Terminal.output("\(run.file):\(outcome.line): \(outcome.name)")
            for difference in outcome.differences { Terminal.output("    \(difference)") }
        }
    }
}
