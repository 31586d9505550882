// A fuzzer of the parser, the look-up and the writer, against the reference of the tests. It is no part of the package; build
// it with the compiler alone and run it, from the top of the repository, on a copy of the corpus, since libFuzzer adds files:
//
//     swiftc -O -wmo -swift-version 6 -enable-upcoming-feature ExistentialAny -parse-as-library \
//         -sanitize=fuzzer,address -module-name JSONTapeFuzzer -o .build/JSONTapeFuzzer \
//         -I Sources/CByteScan Sources/JSONDocument/*.swift Tests/JSONDocumentTests/ReferenceJSON*.swift \
//         Tests/JSONDocumentTests/Fuzzing/JSONTapeFuzzer.swift
//     cp -r Tests/JSONDocumentTests/Fuzzing/corpus .build/fuzz-corpus
//     SWIFT_BACKTRACE=enable=no .build/JSONTapeFuzzer -max_len=512 -timeout=5 -max_total_time=600 .build/fuzz-corpus
//     .build/JSONTapeFuzzer -set_cover_merge=1 -use_counters=0 Tests/JSONDocumentTests/Fuzzing/corpus .build/fuzz-corpus
//
// The last line keeps the fewest texts that cover what was covered. Ten minutes on one loaded core: 6 459 096 texts, no finding;
// the first eight texts cover 852 places of the code, at the end 1 287 were covered, the kept ones cover 1 286.
//
// The linker warns of symbols of the address sanitizer; that does no harm. Swift's own backtraces are off since the sanitizer
// takes their reading of memory for a fault. It sees a read past the text, since libFuzzer gives each text memory of its
// exact size. A difference is printed and ends the run, and libFuzzer leaves the text in a file `crash-…`: make it a case of
// the tests.

/// The first byte is the bound on depth, the rest is the text.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneText(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = UnsafeBufferPointer(start: start, count: count)
    guard let first = input.first else { return 0 }
    let depth = 1 + Int(first) % 32
    let limits = JSONLimits(maximumDepth: depth, maximumByteCount: 1 << 16)
    // Once on memory that ends with the text, for the sanitizer; then on an array, for the comparison.
    let text = UnsafeBufferPointer(rebasing: input.dropFirst())
    var tape = JSONTape(limits: limits)
    try? tape.parse(text.span)
    do {
        try compareWithReference(Array(text), &tape, maximumDepth: depth)
    } catch {
        // An optimised trap has no message.
        print(error.description)
        preconditionFailure(error.description)
    }
    return 0
}
