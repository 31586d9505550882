/// Builds the body of one call: an array of operations that never exceeds a count and a length.
public struct CallEncoder: Sendable {
    /// Operations of one call.
    public let maximumOperationCount: Int
    /// Bytes of one body, brackets included.
    public let maximumByteCount: Int
    /// How many operations the body has so far.
    public private(set) var operationCount = 0
    private var body: [UInt8] = []

    /// Creates an encoder.
    ///
    /// - Parameters:
    ///   - maximumOperationCount: 1 or more; see ``BatchRoute/maximumOperationCount``.
    ///   - maximumByteCount: 2 or more.
    public init(maximumOperationCount: Int, maximumByteCount: Int = BatchLimits.bodyByteCount) {
        self.maximumOperationCount = max(1, maximumOperationCount)
        self.maximumByteCount = max(2, maximumByteCount)
    }

    /// Starts a call in memory that is used again; its content is forgotten.
    public mutating func begin(reusing memory: consuming [UInt8] = []) {
        memory.removeAll(keepingCapacity: true)
        body = memory
        body.append(UInt8(ascii: "["))
        operationCount = 0
    }

    /// The length of the body if it were finished now.
    public var byteCount: Int { max(body.count, 1) + 1 }

    /// Whether an operation of this length still fits.
    public func hasRoom(forOperationOf byteCount: Int) -> Bool {
        operationCount < maximumOperationCount
            && self.byteCount + byteCount + (operationCount > 0 ? 1 : 0) <= maximumByteCount
    }

    /// Appends one update of a fold if it fits.
    ///
    /// - Returns: the place of the operation in the array, Batch's `bulk_index`; nil when the call is full.
    public mutating func append(update: Int, of fold: borrowing ProfileFold) -> Int? {
        guard hasRoom(forOperationOf: fold.byteCount(ofUpdate: update)) else { return nil }
        if body.isEmpty { body.append(UInt8(ascii: "[")) }
        if operationCount > 0 { body.append(UInt8(ascii: ",")) }
        fold.appendUpdate(update, to: &body)
        operationCount += 1
        return operationCount - 1
    }

    /// Ends the call.
    ///
    /// - Returns: the body, a JSON array. The encoder keeps nothing of it; ``begin(reusing:)`` starts the next call.
    public mutating func finish() -> [UInt8] {
        var finished: [UInt8] = []
        swap(&finished, &body)
        if finished.isEmpty { finished.append(UInt8(ascii: "[")) }
        finished.append(UInt8(ascii: "]"))
        operationCount = 0
        return finished
    }
}
