import TestSupport
import Testing

@testable import Pipeline

@Suite("The first values of a topic")
struct FirstValuesTests {
    private static func judge(_ values: [[UInt8]?]) -> (FirstValues.Verdict, after: Int) {
        var judge = FirstValues()
        for (index, value) in values.enumerated() {
            let verdict =
                value?.withUnsafeBytes { judge.see($0) } ?? judge.see(nil)
            switch verdict {
            case .undecided: continue
            case .text, .binary: return (verdict, index + 1)
            }
        }
        return (.undecided, values.count)
    }

    @Test("eleven values with a zero byte are most of twenty")
    func binary() {
        #expect(Self.judge(Array(repeating: [0, 1], count: 20)) == (.binary, 11))
        #expect(Self.judge(Array(repeating: [0, 1], count: 10)) == (.undecided, 10))
        let alternating = (0..<20).map { $0 % 2 == 0 ? [UInt8(0)] : [UInt8(ascii: "{")] }
        #expect(Self.judge(alternating).0 == .text)
        let late = Array(repeating: [UInt8(ascii: "{")], count: 9) + Array(repeating: [UInt8(0)], count: 11)
        #expect(Self.judge(late) == (.binary, 20))
    }

    @Test("a single one, and text, is decided for text as soon as it can be")
    func text() {
        #expect(Self.judge(Array(repeating: [UInt8(ascii: "{")], count: 20)) == (.text, 10))
        #expect(Self.judge([[0]] + Array(repeating: [UInt8(ascii: "{")], count: 20)) == (.text, 11))
    }

    @Test("empty and null values say nothing")
    func empty() {
        #expect(Self.judge(Array(repeating: nil, count: 50) + Array(repeating: [], count: 50)) == (.undecided, 100))
    }

    @Test("the verdict is that of a plain count over the first twenty", arguments: 1...50)
    func random(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let values = (0..<20).map { _ in [UInt8(random.number(in: 0...1))] }
        let isBinary = values.count { $0 == [0] } > 10
        #expect(Self.judge(values).0 == (isBinary ? .binary : .text))
    }
}
