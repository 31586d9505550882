public import YAMLDocument

extension ServiceSettings {
    /// Reads the configuration file and the environment.
    ///
    /// A key of the environment (`BATCHRELAY_KAFKA_GROUP_ID`) goes before that of the file. Blocks while it reads files.
    ///
    /// - Parameters:
    ///   - path: the file, `.json` for JSON and anything else for YAML; nil where the environment says everything.
    ///   - environment: the variables of the process.
    ///   - needsKey: false for a command that makes no call to Batch; a missing REST API key is then no fault.
    /// - Returns: complete settings, with warnings.
    /// - Throws: `FaultReport` with all faults, each with its place.
    public static func load(
        file path: String?,
        environment: [String: String],
        needsKey: Bool = true
    ) throws(FaultReport) -> ServiceSettings {
        guard let path else {
            return try read(nil, fileName: "", environment: environment, needsKey: needsKey)
        }
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try FileBytes.read(path, maximumByteCount: YAMLLimits().maximumByteCount)
        } catch {
            let place = Fault.Place.file(path, YAMLNode.Mark(line: 1, column: 1))
            throw FaultReport([Fault(at: place, path: "", "cannot be read: \(error.problem)")])
        }
        return try read(bytes, fileName: path, environment: environment, needsKey: needsKey)
    }

    /// Reads a configuration that is in memory; see ``load(file:environment:needsKey:)``.
    ///
    /// - Parameters:
    ///   - bytes: the file's content, or nil for none.
    ///   - fileName: the name that faults show; its ending decides between JSON and YAML.
    ///   - environment: the variables of the process.
    ///   - needsKey: whether a missing REST API key is a fault.
    ///   - readSecret: reads a file that holds a secret.
    /// - Returns: complete settings, with warnings.
    /// - Throws: `FaultReport` with all faults, each with its place.
    public static func read(
        _ bytes: [UInt8]?,
        fileName: String,
        environment: [String: String],
        needsKey: Bool = true,
        readSecret: (String) throws(SecretFileError) -> Secret = Secret.read(file:)
    ) throws(FaultReport) -> ServiceSettings {
        let node: YAMLNode
        do throws(YAMLSyntaxError) {
            let nothing = YAMLNode(.null, mark: YAMLNode.Mark(line: 1, column: 1), scalarText: "")
            node =
                try bytes.map { (bytes) throws(YAMLSyntaxError) in try YAMLReader.read(bytes, named: fileName) }
                ?? nothing
        } catch {
            throw FaultReport([Fault(in: fileName, error)])
        }
        if let newer = newerVersion(node, fileName) { throw FaultReport([newer]) }
        let variables = EnvironmentVariables(environment)
        let reading = Reading(fileName: fileName, overrides: variables.overrides)
        for fault in variables.faults { reading.add(fault) }
        return try withoutActuallyEscaping(readSecret) { (readSecret) throws(FaultReport) -> ServiceSettings in
            let assembly = SettingsAssembly(
                root: SettingsReader(
                    map: MapReader(reading.cursor(at: node)),
                    log: DeclarationLog(hasFile: bytes != nil)
                ),
                environment: environment,
                needsKey: needsKey,
                readSecret: readSecret
            )
            guard let settings = assembly.settings() else { throw FaultReport(reading.faults) }
            return settings
        }
    }

    /// A newer file may mean anything by its keys, so that nothing else is reported about it.
    private static func newerVersion(_ node: YAMLNode, _ fileName: String) -> Fault? {
        guard case .map(let members) = node.value, let member = members.first(where: { $0.key == "version" }),
            case .integer(let version) = member.value.value, version > 1
        else { return nil }
        return Fault(
            at: .file(fileName, member.keyMark),
            path: "version",
            "'\(version)' is newer than this program, which reads version 1; use a newer batchrelay"
        )
    }

    /// Every key, in the order of the file.
    public static let declarations: [SettingDeclaration] = {
        let nothing = YAMLNode(.null, mark: YAMLNode.Mark(line: 1, column: 1), scalarText: "")
        let log = DeclarationLog(hasFile: true)
        let reading = Reading(fileName: "")
        let root = SettingsReader(map: MapReader(reading.cursor(at: nothing)), log: log)
        // Reading nothing declares everything; what is missing is no matter here.
        _ = SettingsAssembly(root: root, environment: [:], needsKey: false, readSecret: Secret.read(file:)).settings()
        return log.declarations
    }()

    /// All keys as a table in Markdown: default, range, meaning and example.
    public static var keyTable: String {
        var lines = ["| key | default | range | meaning | example |", "| --- | --- | --- | --- | --- |"]
        for row in declarations {
            let cells = [
                "`\(row.path)`", row.standard.map(code) ?? "required", row.range, row.meaning,
                row.example.map(code) ?? row.standard.map(code) ?? "",
            ]
            lines.append(
                "| \(cells.map { $0.map { $0 == "|" ? "\\|" : String($0) }.joined() }.joined(separator: " | ")) |"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// A default that is a sentence stands as it is.
    private static func code(_ text: String) -> String { text.contains("`") ? text : "`\(text)`" }
}
