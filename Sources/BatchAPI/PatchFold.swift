/// Folds an array patch into the array, patch or null before it.
struct PatchFold: Sendable {
    /// One item: a JSON string in its one spelling, so that equal items have equal bytes.
    private struct Item: Sendable {
        let isNew: Bool
        let range: Range<Int>
    }

    private var added: [Item] = []
    private var removed: [Item] = []
    private var newAdded: [Item] = []
    private var newRemoved: [Item] = []

    /// Appends the folded value.
    ///
    /// - Parameters:
    ///   - oldBytes: where the value before is.
    ///   - oldRange: its place.
    ///   - oldKind: its kind.
    ///   - newBytes: where the patch is.
    ///   - newRange: its place.
    ///   - limit: items of an array, and of each list of a patch.
    ///   - target: gets the value.
    /// - Returns: the kind of the value; nil when it cannot be folded, because there are too many items or the value before
    ///   is no array. Some bytes may have been appended then.
    mutating func fold(
        _ oldBytes: [UInt8],
        _ oldRange: Range<Int>,
        _ oldKind: AttributeKind,
        _ newBytes: Span<UInt8>,
        _ newRange: Range<Int>,
        limit: Int,
        into target: inout [UInt8]
    ) -> AttributeKind? {
        let old = oldBytes.span
        added.removeAll(keepingCapacity: true)
        removed.removeAll(keepingCapacity: true)
        newAdded.removeAll(keepingCapacity: true)
        newRemoved.removeAll(keepingCapacity: true)
        switch oldKind {
        case .scalar: return nil
        case .null: break
        case .array: Self.collect(old, oldRange.lowerBound, isNew: false, into: &added)
        case .patch: Self.collectPatch(old, oldRange, isNew: false, &added, &removed)
        }
        Self.collectPatch(newBytes, newRange, isNew: true, &newAdded, &newRemoved)
        // What is said later counts: an item is added or removed by the last list it stands in.
        Self.subtract(newRemoved, from: &added, old, newBytes)
        Self.unite(newAdded, into: &added, old, newBytes)
        guard added.count <= limit else { return nil }
        if oldKind == .patch {
            Self.subtract(newAdded, from: &removed, old, newBytes)
            Self.unite(newRemoved, into: &removed, old, newBytes)
            guard removed.count <= limit else { return nil }
            target.append(UInt8(ascii: "{"))
            if !added.isEmpty {
                target.append(text: "\"$add\":")
                Self.write(added, old, newBytes, to: &target)
            }
            if !removed.isEmpty {
                target.append(text: added.isEmpty ? "\"$remove\":" : ",\"$remove\":")
                Self.write(removed, old, newBytes, to: &target)
            }
            target.append(UInt8(ascii: "}"))
            return .patch
        }
        // The array is known whole here. One without items does not exist for Batch (batch-api 2.5): the attribute goes.
        if added.isEmpty {
            target.append(text: "null")
            return .null
        }
        Self.write(added, old, newBytes, to: &target)
        return .array
    }

    // MARK: Reading what the reader wrote

    /// Collects the strings of an array that starts at `start`.
    ///
    /// - Returns: the place behind the array.
    @discardableResult
    private static func collect(_ bytes: Span<UInt8>, _ start: Int, isNew: Bool, into items: inout [Item]) -> Int {
        var index = start + 1
        while bytes[index] == UInt8(ascii: "\"") {
            let itemStart = index
            index += 1
            while bytes[index] != UInt8(ascii: "\"") { index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1 }
            index += 1
            items.append(Item(isNew: isNew, range: itemStart..<index))
            if bytes[index] == UInt8(ascii: ",") { index += 1 }
        }
        return index + 1
    }

    private static func collectPatch(
        _ bytes: Span<UInt8>,
        _ range: Range<Int>,
        isNew: Bool,
        _ added: inout [Item],
        _ removed: inout [Item]
    ) {
        var index = range.lowerBound + 1
        if TextRules.equals(bytes, index, index + 7, "\"$add\":") {
            index = collect(bytes, index + 7, isNew: isNew, into: &added)
            if bytes[index] == UInt8(ascii: ",") { index += 1 }
        }
        // Behind the list there is the closing bracket or `"$remove":`.
        if bytes[index] == UInt8(ascii: "\"") { collect(bytes, index + 10, isNew: isNew, into: &removed) }
    }

    // MARK: Sets

    private static func subtract(
        _ items: [Item],
        from set: inout [Item],
        _ old: Span<UInt8>,
        _ new: Span<UInt8>
    ) {
        guard !items.isEmpty else { return }
        var count = 0
        for index in set.indices where !contains(items, set[index], old, new) {
            set[count] = set[index]
            count += 1
        }
        set.removeLast(set.count - count)
    }

    private static func unite(_ items: [Item], into set: inout [Item], _ old: Span<UInt8>, _ new: Span<UInt8>) {
        for item in items where !contains(set, item, old, new) { set.append(item) }
    }

    private static func contains(_ items: [Item], _ item: Item, _ old: Span<UInt8>, _ new: Span<UInt8>) -> Bool {
        for other in items where other.range.count == item.range.count {
            var isEqual = true
            for offset in 0..<item.range.count
            where byte(other, offset, old, new) != byte(item, offset, old, new) {
                isEqual = false
                break
            }
            if isEqual { return true }
        }
        return false
    }

    @inline(__always)
    private static func byte(_ item: Item, _ offset: Int, _ old: Span<UInt8>, _ new: Span<UInt8>) -> UInt8 {
        item.isNew ? new[item.range.lowerBound + offset] : old[item.range.lowerBound + offset]
    }

    private static func write(
        _ items: [Item],
        _ old: Span<UInt8>,
        _ new: Span<UInt8>,
        to target: inout [UInt8]
    ) {
        for (index, item) in items.enumerated() {
            target.append(UInt8(ascii: index == 0 ? "[" : ","))
            target.append(item.isNew ? new : old, item.range.lowerBound, item.range.upperBound)
        }
        target.append(UInt8(ascii: "]"))
    }
}
