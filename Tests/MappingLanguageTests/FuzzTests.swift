import Foundation
import TestSupport
import Testing

/// The short form of the fuzzer, the same on every run: the kept corpus and changes of it from a seed. `Fuzzing/README.md` says
/// how the long form is run.
@Suite("Fuzzing of mappings, triggers and mapping files")
struct FuzzTests {
    private static let corpus: [[UInt8]] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fuzzing/corpus")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return names.sorted().compactMap { name in
            (try? Data(contentsOf: folder.appending(path: name))).map { [UInt8]($0) }
        }
    }()

    @Test("every kept input holds")
    func kept() throws {
        #expect(Self.corpus.count > 20)
        var target = MappingFuzzTarget()
        for input in Self.corpus { try target.run(input) }
    }

    @Test("changed inputs hold", arguments: 0..<20 as Range<UInt64>)
    func changed(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        var target = MappingFuzzTarget()
        let words = [
            "@path", "@if", "@merge", "{{", "}}", "$.", "\"", "[", "]", "{", "}", "null", "\u{0}", "é", "and", "!", "(",
            ")", "999",
        ]
        for _ in 0..<150 {
            var input = random.element(of: Self.corpus) ?? []
            for _ in 0..<random.number(in: 1...4) {
                let place = random.number(below: input.count + 1)
                switch random.number(below: 4) {
                case 0: input.insert(contentsOf: (random.element(of: words) ?? "").utf8, at: place)
                case 1: input.removeSubrange(place..<min(input.count, place + random.number(in: 1...8)))
                case 2: if place < input.count { input[place] = UInt8(truncatingIfNeeded: random.next()) }
                default:
                    let other = random.element(of: Self.corpus) ?? []
                    let start = random.number(below: other.count + 1)
                    input.insert(contentsOf: other[start..<min(other.count, start + 24)], at: place)
                }
            }
            do {
                try target.run(input)
            } catch {
                Issue.record("seed \(seed): \(error): \(String(decoding: input, as: UTF8.self))")
            }
        }
    }
}
