import Spelling

/// Reads a map whose keys are known: each key is asked for once, and ``finish()`` reports those that nobody asked for.
///
/// Not for use by two threads at once.
public final class MapReader {
    /// The map itself.
    public let cursor: NodeCursor
    private let members: [YAMLNode.Member]
    private var known: [String] = []
    private var isFinished = false

    /// Starts to read a map. Null is an empty map; for anything else a fault is recorded and the map is empty.
    /// `expected` is what to write instead, in the fault's words.
    public init(_ cursor: NodeCursor, expected: String = "a map of keys and values") {
        self.cursor = cursor
        switch cursor.node.value {
        case .map(let members): self.members = members
        case .null: members = []
        case .boolean, .integer, .number, .text, .list:
            members = []
            _ = cursor.refusal(expected: expected)
        }
    }

    /// The value of a key, from the environment if it is there, else from the file; nil if it is in neither.
    ///
    /// The key counts as known from now on.
    public func cursor(_ key: String) -> NodeCursor? {
        allow(key)
        let path = cursor.path(to: key)
        if let override = cursor.reading.overrides[path] {
            return NodeCursor(
                node: .fromEnvironment(override.text),
                place: .environment(override.variable),
                path: path,
                reading: cursor.reading
            )
        }
        return members.first { $0.key == key }.map(cursor.child)
    }

    /// The value of a key of the file that is none of `keys` and most like this one of them: it is an unknown key all the same,
    /// but what stands behind it can be read, so that its faults are known at once.
    public func misspelt(_ key: String, among keys: [String]) -> NodeCursor? {
        members.first { !keys.contains($0.key) && Suggestion.nearest(to: $0.key, among: keys) == key }.map(cursor.child)
    }

    /// Whether the file or the environment has this key, whatever its value. It is not yet known by this.
    public func has(_ key: String) -> Bool {
        cursor.reading.overrides[cursor.path(to: key)] != nil || members.contains { $0.key == key }
    }

    /// The value of a key that must be there; nil after a fault.
    public func required<Value>(_ key: String, _ rule: ValueRule<Value>) -> Value? {
        guard let value = cursor(key) else {
            let path = cursor.path(to: key)
            cursor.reading.add(Fault(at: cursor.place, path: path, "is missing; write \(rule.expected)"))
            return nil
        }
        return value.read(rule)
    }

    /// The value of a key that may be missing or null; nil then, and after a fault.
    public func optional<Value>(_ key: String, _ rule: ValueRule<Value>) -> Value? {
        guard let value = cursor(key), value.node.value != .null else { return nil }
        return value.read(rule)
    }

    /// The value of a key, or `standard` where it is missing, and after a fault.
    public func value<Value>(_ key: String, _ rule: ValueRule<Value>, default standard: Value) -> Value {
        guard let value = cursor(key) else { return standard }
        return value.read(rule) ?? standard
    }

    /// The map of a key. A missing one is empty, so that missing keys in it are reported by their full path.
    public func map(_ key: String) -> MapReader {
        let missing = NodeCursor(
            node: YAMLNode(.map([]), mark: cursor.node.mark),
            place: cursor.place,
            path: cursor.path(to: key),
            reading: cursor.reading
        )
        return MapReader(cursor(key) ?? missing)
    }

    /// Makes a key known without reading it.
    public func allow(_ key: String) {
        if !known.contains(key) { known.append(key) }
    }

    /// Records a fault for a key that has a message of its own, if the file has it.
    public func refuse(_ key: String, _ message: String) {
        allow(key)
        for member in members where member.key == key { cursor.child(member).fault(message) }
    }

    /// Reports the keys that nobody asked for, with the nearest known key. Call it once, after the last key.
    public func finish() {
        precondition(!isFinished, "finish() is called once")
        isFinished = true
        for member in members where !known.contains(member.key) {
            cursor.child(member).fault(Self.unknownKey(member.key, known))
        }
    }

    private static func unknownKey(_ key: String, _ known: [String]) -> String {
        if let nearest = Suggestion.nearest(to: key, among: known) { return "unknown key; did you mean '\(nearest)'?" }
        return "unknown key; known here: \(known.joined(separator: ", "))"
    }
}
