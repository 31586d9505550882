public import YAMLDocument

/// A mapping file: its entries in order, and the options of the mapping that ships.
///
/// ```yaml
/// version: 1
/// defaults: { names: snake_case }     # options of entries with `mapping: default`
/// mappings:
///   - name: identify
///     trigger: type = "identify"
///     action: update_profile
///     topics: [analytics.events]      # optional
///     final: true                     # optional
///     mapping: { … }                  # or the word default
/// ```
public struct MappingFile: Sendable {
    /// The version of the form that this program reads.
    public static let version = 1

    /// The file's name as given.
    public let name: String
    /// The `defaults` block as it stands in the file, or nil; `DefaultMapping` knows its keys.
    public let defaults: YAMLNode?
    /// The entries in the order of the file. All whose trigger holds apply, up to a final one.
    public let entries: [MappingEntry]

    /// Whether some entry asks for fields of the Kafka record.
    public var readsRecord: Bool { entries.contains { $0.readsRecord } }

    /// Reads a mapping file, YAML or (by the ending `.json`) JSON.
    ///
    /// - Parameters:
    ///   - bytes: the file's contents.
    ///   - fileName: the name as it shall stand in faults.
    ///   - check: finds more faults of an entry that is right by itself, to be told together with all others.
    /// - Throws: `FaultReport` with every fault, each with line and column.
    public init(
        _ bytes: [UInt8],
        named fileName: String,
        check: (MappingEntry) -> [Fault] = { _ in [] }
    ) throws(FaultReport) {
        let root: YAMLNode
        do throws(YAMLSyntaxError) {
            // A mapping may be as deep as the language allows, below the levels of the file itself.
            root = try YAMLReader.read(bytes, named: fileName, limits: YAMLLimits(maximumDepth: 72))
        } catch {
            throw FaultReport([Fault(in: fileName, error)])
        }
        let reading = Reading(fileName: fileName)
        let file = MapReader(reading.cursor(at: root), expected: "a map with 'version' and 'mappings'")
        Self.checkVersion(file)
        let defaults = file.cursor("defaults")?.node
        let drafts = Self.drafts(file)
        // What can be said of an entry is said although it is not complete, so that all faults are known at once.
        for draft in drafts { for fault in check(draft.entry) { reading.add(fault) } }
        file.finish()
        guard reading.faults.isEmpty else { throw FaultReport(reading.faults) }
        self.name = fileName
        self.defaults = defaults
        self.entries = drafts.map(\.entry)
    }

    private static func checkVersion(_ file: MapReader) {
        guard let cursor = file.cursor("version") else {
            file.cursor.fault("'version' is missing; write version: \(version)")
            return
        }
        guard cursor.node.value != .integer(Int64(version)) else { return }
        if case .integer(let found) = cursor.node.value, found > Int64(version) {
            cursor.fault("the file is of version \(found); this program reads version \(version): use a newer program")
        } else {
            cursor.fault("\(cursor.shown) is not a version; write version: \(version)")
        }
    }

    /// An entry as far as it can be read.
    private struct Draft {
        let entry: MappingEntry
        let isNamed: Bool
    }

    private static let keys = ["version", "defaults", "mappings"]
    private static let entryKeys = ["name", "trigger", "action", "mapping", "final", "topics"]

    private static func drafts(_ file: MapReader) -> [Draft] {
        guard let list = file.cursor("mappings") ?? file.misspelt("mappings", among: keys) else {
            file.cursor.fault("'mappings' is missing; write a list of entries")
            return []
        }
        guard let cursors = try? list.elements(expected: "a list of entries") else { return [] }
        if cursors.isEmpty { list.fault("the list is empty; write at least one entry") }
        var names: Set<String> = []
        var drafts: [Draft] = []
        for cursor in cursors {
            guard let draft = draft(cursor) else { continue }
            if draft.isNamed, !names.insert(draft.entry.name).inserted {
                cursor.fault(
                    "the name '\(draft.entry.name)' stands twice; names tell entries apart in metrics and dead letters"
                )
            }
            drafts.append(draft)
        }
        return drafts
    }

    /// Reads an entry; for what is missing or wrong in it, which is a fault by itself, stands something harmless.
    private static func draft(_ cursor: NodeCursor) -> Draft? {
        let reader = MapReader(cursor, expected: "a map with name, trigger, action and mapping")
        defer { reader.finish() }
        guard case .map = cursor.node.value else { return nil }
        let name = reader.required("name", .text("a name", example: "identify"))
        let trigger = trigger(reader)
        let action: MappingAction? = reader.required("action", .choice)
        let isFinal = reader.value("final", .boolean, default: false)
        let topics = topics(reader)
        let mapping = reader.cursor("mapping") ?? reader.misspelt("mapping", among: entryKeys)
        let method = method(mapping, reader, action)
        var own: YAMLNode?
        if let mapping, case .map = mapping.node.value { own = mapping.node }
        var mistakes: [LikelyMistake] = []
        if let mapping, let own {
            for mistake in LikelyMistake.all(ofMapping: own) {
                if mistake.isRefused { refuse(mistake, in: mapping) } else { mistakes.append(mistake) }
            }
        }
        let written = reader.cursor("trigger") ?? reader.misspelt("trigger", among: entryKeys)
        let mark = written?.node.mark ?? cursor.node.mark
        guard let standIn = trigger ?? (try? Trigger("true")) else { return nil }
        let entry = MappingEntry(
            name: name ?? cursor.path,
            trigger: standIn,
            action: action ?? .updateProfile,
            method: method ?? .standard,
            isFinal: isFinal,
            topics: topics ?? [],
            path: cursor.path,
            actionMark: reader.cursor("action")?.node.mark ?? cursor.node.mark,
            outline: own.map { MappingOutline($0) },
            differences: SegmentDifference.all(of: standIn, at: mark)
                + (own.map { SegmentDifference.all(ofMapping: $0) } ?? []),
            mistakes: LikelyMistake.all(of: standIn, at: mark) + mistakes
        )
        return Draft(entry: entry, isNamed: name != nil)
    }

    private static func refuse(_ mistake: LikelyMistake, in mapping: NodeCursor) {
        let place = Fault.Place.file(mapping.reading.fileName, mistake.mark)
        mapping.reading.add(Fault(at: place, path: mapping.path + mistake.place, mistake.detail))
    }

    private static func trigger(_ reader: MapReader) -> Trigger? {
        guard let cursor = reader.cursor("trigger") ?? reader.misspelt("trigger", among: entryKeys) else {
            reader.cursor.fault("'trigger' is missing; write an expression such as type = \"identify\", or true")
            return nil
        }
        // `trigger: true` is a boolean to YAML and a whole trigger to us.
        guard let text = cursor.node.scalarText, cursor.node.value != .null else {
            cursor.fault("\(cursor.shown) is not a trigger such as type = \"identify\"")
            return nil
        }
        do throws(TriggerFault) {
            return try Trigger(text)
        } catch {
            cursor.fault("\(error)")
            return nil
        }
    }

    private static func topics(_ reader: MapReader) -> [TopicPattern]? {
        guard let cursor = reader.cursor("topics"), cursor.node.value != .null else { return [] }
        guard let elements = try? cursor.elements(expected: "a list of topics, such as [analytics.events, ^audience]")
        else { return nil }
        if elements.isEmpty { cursor.fault("the list is empty; leave the key out to take all topics") }
        return elements.compactMap { element in
            if let text = element.node.scalarText, let topic = TopicPattern(text) { return topic }
            element.fault("\(element.shown) is not a topic, or not a regular expression behind '^'")
            return nil
        }
    }

    private static func method(
        _ cursor: NodeCursor?,
        _ reader: MapReader,
        _ action: MappingAction?
    ) -> MappingEntry.Method? {
        guard let cursor else {
            reader.cursor.fault("'mapping' is missing; write a mapping, or the word default")
            return nil
        }
        if cursor.node.value == .text("default") {
            guard action == .updateProfile || action == nil else {
                cursor.fault("the default mapping gives profile updates; write action: update_profile, or a mapping")
                return nil
            }
            return .standard
        }
        guard case .map = cursor.node.value else {
            cursor.fault("\(cursor.shown) is not a mapping; write an object, or the word default")
            return nil
        }
        do throws(MappingRefusal) {
            return .plan(try MappingPlan(cursor.node))
        } catch {
            for fault in error.faults {
                let mark = YAMLNode.Mark(
                    line: fault.line ?? cursor.node.mark.line,
                    column: fault.column ?? cursor.node.mark.column
                )
                let place = Fault.Place.file(cursor.reading.fileName, mark)
                cursor.reading.add(Fault(at: place, path: cursor.path + fault.path, fault.message))
            }
            return nil
        }
    }
}
