/// What in the text of a template is probably not meant as it is read (section 4.2): what is no hole stays as it is, and
/// every hole is a path.
enum TemplateAdvice {
    static func remarks(on template: String) -> [String] {
        var found: [String] = []
        let bytes = Array(template.utf8)
        var hasHole = false
        var plain = ""
        for piece in TemplateText.pieces(of: bytes) {
            switch piece {
            case .text(let range): plain += String(decoding: bytes[range], as: UTF8.self)
            case .hole(let range):
                hasHole = true
                plain += "\n"
                found += remarks(onHole: String(decoding: bytes[range], as: UTF8.self))
            }
        }
        found += remarks(onPlain: plain)
        if !hasHole, MistakeSearch.looksLikePath(template) {
            found.append("there is no hole in it, so that it is this text for every message; did you mean '@path'?")
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }
    }

    private static func remarks(onHole path: String) -> [String] {
        if path.contains("{{") { return ["the hole before '{{' is not closed; write '}}' behind its path"] }
        let shown = "{{\(path)}}"
        if let first = path.first, "#/^>!&=".contains(first) {
            return ["there are no blocks in a template, so that \(shown) is empty; choose with @if, or write a path"]
        }
        if path == "else" || path == "this" {
            return ["\(shown) is the field '\(path)'; a template has paths only: choose with @if"]
        }
        if path.contains("|") {
            return ["there are no filters in a template, so that \(shown) is empty; write @case or @replace around it"]
        }
        return (PathAdvice.refusal(of: path).map { [$0] } ?? PathAdvice.remarks(on: path, isInHole: true))
            .map { "\(shown): \($0)" }
    }

    private static func remarks(onPlain text: String) -> [String] {
        if text.contains("{{}}") { return ["'{{}}' is no hole and stays as it is; write a path into it"] }
        if text.contains("{{") { return ["'{{' is not closed, so that it stays as it is; write '}}' behind the path"] }
        if text.contains("}}") { return ["'}}' closes no hole, so that it stays as it is; write '{{' before the path"] }
        if text.contains("{%") {
            return ["there are no tags in a template, so that '{%' stays as it is; choose with @if"]
        }
        if text.contains("${") { return ["'${' opens no hole, so that it stays as it is; write {{path}}"] }
        guard let open = text.firstIndex(of: "{"), let close = text[open...].firstIndex(of: "}") else { return [] }
        let inside = text[text.index(after: open)..<close]
        let isPath = !inside.isEmpty && inside.allSatisfy { $0.isLetter || $0.isNumber || "$._ []'".contains($0) }
        return isPath ? ["'{\(inside)}' is no hole and stays as it is; write {{\(inside)}} for the value"] : []
    }
}
