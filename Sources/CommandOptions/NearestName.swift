/// Finds what somebody meant who mistyped a name. (`YAMLDocument` has the same for keys; neither module needs the other.)
enum NearestName {
    /// At most one change in three letters, and at least one change may always be made; dashes in front do not count.
    static func find(_ name: String, among known: [String]) -> String? {
        let letters = letters(of: name)
        var best: (name: String, distance: Int)?
        for candidate in known {
            let distance = distance(letters, self.letters(of: candidate))
            guard distance <= max(1, letters.count / 3), distance < best?.distance ?? Int.max else { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    private static func letters(of name: String) -> [UInt8] {
        name.utf8.drop { $0 == UInt8(ascii: "-") }.prefix(128).map { byte in
            switch byte {
            case UInt8(ascii: "_"): UInt8(ascii: "-")
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            default: byte
            }
        }
    }

    /// Insertions, deletions, replacements and swaps of neighbours that turn one into the other.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast = [Int](repeating: 0, count: right.count + 1)
        var last = Array(0...right.count)
        for row in 0..<left.count {
            var current = [row + 1]
            for column in 0..<right.count {
                var best = min(last[column + 1] + 1, current[column] + 1)
                best = min(best, last[column] + (left[row] == right[column] ? 0 : 1))
                if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                    best = min(best, beforeLast[column - 1] + 1)
                }
                current.append(best)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
