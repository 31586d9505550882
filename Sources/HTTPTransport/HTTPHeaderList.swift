internal import CCurl

/// Header fields, checked and put into curl's form once and shared by many requests.
///
/// Nothing prints the values: they may hold credentials.
///
/// `@unchecked Sendable`: the list is complete when `init` returns, curl only reads it, and it is freed in `deinit`,
/// which cannot run while a request holds it.
public final class HTTPHeaderList: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    let pointer: UnsafeMutablePointer<curl_slist>?
    private let names: [String]

    /// Prepares header fields, sent in this order.
    ///
    /// - Parameter fields: names and values. `Content-Length`, `Transfer-Encoding`, `Connection` and `Expect` are not
    ///   allowed: they belong to the transport.
    /// - Throws: ``HTTPTransportError`` with reason `invalidRequest` for a name that is not a token of RFC 9110, section
    ///   5.6.2, or a value with a line break or another control character. The error does not show the value.
    public init(_ fields: [(name: String, value: String)] = []) throws(HTTPTransportError) {
        for (name, value) in fields {
            guard Self.isToken(name), !Self.ownNames.contains(name.lowercased()) else {
                throw HTTPTransportError(.invalidRequest("a header may not be named '\(Self.shown(name))'"))
            }
            guard Self.isFieldValue(value) else {
                throw HTTPTransportError(.invalidRequest("the value of header '\(name)' has a control character"))
            }
        }
        names = fields.map(\.name)
        var list: UnsafeMutablePointer<curl_slist>?
        // Without the first line curl would wait a second for "100 Continue"; without the second it would call a body
        // a form. A name with a colon and nothing behind it removes a header, one with a semicolon sends it empty.
        var lines = ["Expect:"]
        if !names.contains(where: { $0.lowercased() == "content-type" }) { lines.append("Content-Type:") }
        lines += fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        for line in lines {
            guard let longer = curl_slist_append(list, line) else {
                curl_slist_free_all(list)
                throw HTTPTransportError(.other(code: Int(CURLE_OUT_OF_MEMORY.rawValue)))
            }
            list = longer
        }
        pointer = list
    }

    deinit { curl_slist_free_all(pointer) }

    /// The names, without the values.
    public var description: String { "HTTP headers \(names.joined(separator: ", "))" }

    /// The names, without the values.
    public var customMirror: Mirror { Mirror(self, children: ["names": names]) }

    private static let ownNames: Set<String> = ["content-length", "transfer-encoding", "connection", "expect"]

    private static func shown(_ name: String) -> String {
        String(name.unicodeScalars.prefix(40).map { $0.value > 0x20 && $0.value < 0x7F ? Character($0) : "?" })
    }

    static func isToken(_ name: String) -> Bool {
        !name.isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
                default: false
                }
            }
    }

    static func isFieldValue(_ value: String) -> Bool {
        value.utf8.allSatisfy { ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }
    }
}
