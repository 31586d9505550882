import MappingLanguage
import YAMLDocument

/// A value that a part of a mapping can give: constants as they are, and a good value wherever the message decides.
struct MappingSample {
    /// The value as JSON.
    let json: String
    /// Where it stands in the file.
    let mark: YAMLNode.Mark

    /// Enough values to see every constant of a part once.
    ///
    /// - Parameters:
    ///   - outline: the part.
    ///   - key: the attribute that it is for, which says what a good value is.
    /// - Returns: none where the part gives nothing.
    static func samples(of outline: MappingOutline, for key: String) -> [MappingSample] {
        switch outline.value {
        case .absent: []
        case .unknown: [MappingSample(json: unknown(key), mark: outline.mark)]
        case .text: [MappingSample(json: text(key), mark: outline.mark)]
        case .constant(let json): [MappingSample(json: String(decoding: json, as: UTF8.self), mark: outline.mark)]
        case .oneOf(let alternatives): alternatives.flatMap { samples(of: $0, for: key) }
        case .items(let shape):
            samples(of: shape, for: "#a").map { MappingSample(json: "[\($0.json)]", mark: $0.mark) }
        case .list(let elements): list(elements, key, outline.mark)
        case .object(let members, let isOpen): object(members, isOpen: isOpen, outline.mark)
        }
    }

    /// The elements together, since what is wrong may be their number or that they are of several types.
    private static func list(_ elements: [MappingOutline], _ key: String, _ mark: YAMLNode.Mark) -> [MappingSample] {
        let columns = elements.enumerated().map { index, element in
            // What the message decides differs from item to item, or else one would repeat another.
            let found = samples(of: element, for: "#\(key == "$remove" ? "b" : "a")\(index)")
            return found.isEmpty ? [MappingSample(json: "null", mark: element.mark)] : found
        }
        return rows(columns).map { row in
            MappingSample(json: "[\(row.map(\.json).joined(separator: ","))]", mark: mark)
        }
    }

    private static func object(
        _ members: [MappingOutline.Member],
        isOpen: Bool,
        _ mark: YAMLNode.Mark
    ) -> [MappingSample] {
        // Nothing is known of it, so that it may well be an array patch.
        if isOpen, members.isEmpty { return [MappingSample(json: "{\"$add\":[\"a\"]}", mark: mark)] }
        let columns = members.map { member in
            let values = samples(of: member.value, for: member.key)
            return values.map { MappingSample(json: "\(MappingCheck.quoted(member.key)):\($0.json)", mark: $0.mark) }
        }
        return rows(columns.filter { !$0.isEmpty }).map { row in
            MappingSample(json: "{\(row.map(\.json).joined(separator: ","))}", mark: mark)
        }
    }

    /// As many rows as the longest column has, so that every value stands in one of them.
    private static func rows(_ columns: [[MappingSample]]) -> [[MappingSample]] {
        guard let count = columns.map(\.count).max() else { return [[]] }
        return (0..<count).map { row in columns.map { $0[min(row, $0.count - 1)] } }
    }

    private static func unknown(_ key: String) -> String {
        switch key {
        case "$topic_preferences", "$tags", "$add": "[\"sample-a\"]"
        case "$remove": "[\"sample-b\"]"
        default: text(key)
        }
    }

    private static func text(_ key: String) -> String {
        switch key {
        case "$email_address": "\"a@example.com\""
        case "$email_marketing", "$sms_marketing": "\"subscribed\""
        case "$phone_number": "\"+33612345678\""
        case "$language": "\"fr\""
        case "$region": "\"FR\""
        case "$timezone": "\"Europe/Paris\""
        case _ where key.hasPrefix("date("): "\"2026-01-31T09:00:00Z\""
        case _ where key.hasPrefix("url("): "\"https://example.com/\""
        // An item of a list, which brings its own text.
        case _ where key.hasPrefix("#"): "\"sample-\(key.dropFirst())\""
        default: "\"a\""
        }
    }
}
