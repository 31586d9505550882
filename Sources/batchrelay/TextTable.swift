/// Columns of text for people.
enum TextTable {
    /// Lines with columns of equal width, two spaces apart; the columns of numbers stand to the right.
    ///
    /// - Parameters:
    ///   - rows: the heading first; all as long as the first.
    ///   - numbers: which columns hold numbers.
    /// - Returns: a line a row, without line breaks.
    static func lines(_ rows: [[String]], numbers: Set<Int>) -> [String] {
        guard let heading = rows.first else { return [] }
        let widths = heading.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = row.indices.map { column in
                let blank = String(repeating: " ", count: widths[column] - row[column].count)
                // Nothing follows the last column, so that no line ends in blanks.
                if numbers.contains(column) { return blank + row[column] }
                return column == row.count - 1 ? row[column] : row[column] + blank
            }
            return cells.joined(separator: "  ")
        }
    }

    /// A text with spaces behind it, up to a width.
    static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }
}
