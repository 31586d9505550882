// The entry of libFuzzer. It is no part of the package; README.md beside it says how it is built and run.

/// One value for all inputs: its memory must not remember one for the next.
nonisolated(unsafe) var target = MappingFuzzTarget()

/// Tries one input; libFuzzer calls it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    do {
        try target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    } catch {
        // An optimised trap has no message.
        print(error)
        preconditionFailure("a finding")
    }
    return 0
}
