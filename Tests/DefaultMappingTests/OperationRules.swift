import JSONDocument
import Testing

/// What holds for every operation, whatever the message.
enum OperationRules {
    /// Parses an operation and records an issue for each rule that it breaks.
    static func check(_ json: String) throws {
        let document = try ParsedJSON(Array(json.utf8))
        #expect(document.members("identifiers").map(\.key) == ["custom_id"])
        let attributes = document.members("attributes")
        #expect((document.verbatim("attributes") != nil) == !attributes.isEmpty)
        #expect(Set(attributes.map { bareName($0.key) }).count == attributes.count)
        let natives = attributes.prefix { $0.key.hasPrefix("$") }.map(\.key)
        let places = natives.compactMap { nativeNames.firstIndex(of: $0) }
        #expect(places.count == natives.count && places == places.sorted())
        for (key, value) in attributes.dropFirst(natives.count) {
            #expect(isName(bareName(key)), "\(key.prefix(80))")
            #expect(!value.hasPrefix("{"))
        }
        for event in document.elements("events") {
            #expect(event.utf8.count <= 25_000)
            let parts = try ParsedJSON(Array(event.utf8))
            #expect(isName(parts.text("name") ?? ""))
            if let attributes = parts.verbatim("attributes") { try checkObject(attributes, level: 0) }
        }
    }

    private static func checkObject(_ json: String, level: Int) throws {
        #expect(level <= 3)
        let members = try ParsedJSON(Array("{\"o\":\(json)}".utf8)).members("o")
        let attributes = members.filter { level > 0 || ($0.key != "$label" && $0.key != "$tags") }
        #expect((1...20).contains(attributes.count) || (attributes.isEmpty && !members.isEmpty))
        #expect(Set(attributes.map { bareName($0.key) }).count == attributes.count)
        for (key, value) in attributes {
            #expect(isName(bareName(key)))
            #expect(value != "null")
            if value.hasPrefix("{") {
                try checkObject(value, level: level + 1)
            } else if value.hasPrefix("[") {
                let items = try ParsedJSON(Array("{\"l\":\(value)}".utf8)).elements("l")
                #expect((1...25).contains(items.count))
                for item in items where item.hasPrefix("{") { try checkObject(item, level: level + 1) }
                #expect(Set(items.map { $0.hasPrefix("{") }).count == 1)
                #expect(!items.contains { $0.hasPrefix("[") || $0 == "null" })
            }
        }
    }

    private static let nativeNames = [
        "$email_address", "$email_marketing", "$phone_number", "$sms_marketing", "$language", "$region", "$timezone",
        "$topic_preferences",
    ]

    private static func bareName(_ key: String) -> String {
        for prefix in ["date(", "url("] where key.hasPrefix(prefix) && key.hasSuffix(")") {
            return String(key.dropFirst(prefix.count).dropLast())
        }
        return key
    }

    private static func isName(_ name: String) -> Bool {
        (1...30).contains(name.utf8.count)
            && name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 }
    }
}
