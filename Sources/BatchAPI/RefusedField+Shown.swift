extension RefusedField {
    /// A foreign name as it stands in ``path``: cut at 64 bytes, with `?` for each byte that is not visible ASCII. For finding
    /// the field that a report is about; the name is to be given as it is written in JSON.
    public static func shown(_ written: [UInt8]) -> String {
        let visible = written.prefix(64).map { $0 > 0x20 && $0 < 0x7F ? $0 : UInt8(ascii: "?") }
        return String(decoding: visible, as: UTF8.self) + (written.count > 64 ? "..." : "")
    }
}
