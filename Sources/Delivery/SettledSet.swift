/// Which offsets at or after a base are settled in one lane, in runs of chunks of 128 offsets.
///
/// A chunk is *empty* (nothing settled), *full* (all settled) or *mixed* (128 bits say which). Offsets past the last run are not
/// settled.
struct SettledSet: Sendable, Equatable {
    enum Kind: UInt8, Sendable {
        case empty = 0
        case full = 1
        case mixed = 2
    }

    struct Run: Sendable, Equatable {
        var kind: Kind
        /// The first chunk's number (offset divided by 128).
        var firstChunk: Int64
        var chunkCount: Int64
        /// For mixed runs: where the bits of the first chunk stand in `masks`.
        var firstMask: Int
    }

    /// Offsets below are settled and not described.
    let base: Int64
    private(set) var runs: [Run] = []
    private(set) var masks: [UInt128] = []

    init(base: Int64) { self.base = base }

    /// The chunk that the next run begins with.
    var nextChunk: Int64 {
        runs.last.map { $0.firstChunk + $0.chunkCount } ?? base >> 7
    }

    var isEmpty: Bool { runs.allSatisfy { $0.kind == .empty } }

    /// Chunks that are written with all their bits.
    var mixedChunkCount: Int { masks.count }

    mutating func append(_ kind: Kind, count: Int64) {
        guard count > 0 else { return }
        if let last = runs.last, last.kind == kind {
            runs[runs.count - 1].chunkCount += count
        } else {
            runs.append(Run(kind: kind, firstChunk: nextChunk, chunkCount: count, firstMask: masks.count))
        }
    }

    mutating func append(mask: UInt128) {
        append(.mixed, count: 1)
        masks.append(mask)
    }

    /// Forgets empty chunks at the far end, which say nothing.
    mutating func trim() {
        if let last = runs.last, last.kind == .empty { runs.removeLast() }
    }

    /// Forgets the last run, or the last chunk of a mixed run: what does not fit is sent again after a crash, no worse.
    mutating func cut() {
        guard let last = runs.last else { return }
        if last.kind == .mixed {
            masks.removeLast()
            runs[runs.count - 1].chunkCount -= 1
            if last.chunkCount > 1 { return }
        }
        runs.removeLast()
        trim()
    }

    func contains(_ offset: Int64) -> Bool {
        offset >= base && mask(ofChunk: offset >> 7) & (UInt128(1) << UInt128(offset & 127)) != 0
    }

    /// The bits of one chunk.
    func mask(ofChunk chunk: Int64) -> UInt128 {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle].firstChunk + runs[middle].chunkCount <= chunk { low = middle + 1 } else { high = middle }
        }
        guard low < runs.count, runs[low].firstChunk <= chunk else { return 0 }
        let run = runs[low]
        switch run.kind {
        case .empty: return 0
        case .full: return UInt128.max
        case .mixed: return masks[run.firstMask + Int(chunk - run.firstChunk)]
        }
    }

    /// Chunks after `chunk` that are mixed.
    func mixedChunks(after chunk: Int64) -> Int {
        var count: Int64 = 0
        for run in runs where run.kind == .mixed {
            count += max(0, run.firstChunk + run.chunkCount - max(run.firstChunk, chunk + 1))
        }
        return Int(count)
    }

    /// The offset after the last one that the set describes.
    var endOffset: Int64 {
        let (end, overflowed) = nextChunk.multipliedReportingOverflow(by: 128)
        return overflowed ? Int64.max : end
    }
}
