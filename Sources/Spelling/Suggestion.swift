/// Finds what somebody meant who mistyped a name.
public enum Suggestion {
    /// The known name nearest to `name`, or nil where none is near: at most one change in three letters, and at least one
    /// change may always be made. `-` and `_` count as the same letter, and so do upper and lower case; dashes in front, as of
    /// an option, do not count.
    public static func nearest(to name: String, among known: some Sequence<String>) -> String? {
        let letters = normalized(name)
        var best: (name: String, distance: Int)?
        for candidate in known {
            let distance = distance(letters, normalized(candidate))
            guard distance <= max(1, letters.count / 3), distance < best?.distance ?? Int.max else { continue }
            best = (candidate, distance)
        }
        return best?.name
    }

    private static func normalized(_ name: String) -> [UInt8] {
        name.utf8.drop { $0 == UInt8(ascii: "-") }.prefix(128).map { byte in
            switch byte {
            case UInt8(ascii: "-"): UInt8(ascii: "_")
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
