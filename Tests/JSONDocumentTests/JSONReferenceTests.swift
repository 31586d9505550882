import Foundation
import JSONDocument
import TestSupport
import Testing

@Suite("JSON against references")
struct JSONReferenceTests {
    @Test("generated texts have the values of the reference, also after writing", arguments: [1, 2, 3, 4] as [UInt64])
    func generated(_ seed: UInt64) throws {
        var corpus = JSONCorpus(seed: seed)
        var tape = JSONTape()
        var duplicates = 0
        for _ in 0..<400 {
            let text = corpus.text()
            try tape.parse(text.span)
            try compareWithReference(text, &tape, maximumDepth: 128)
            if Self.hasDuplicates(tape) { duplicates += 1 }
        }
        #expect(duplicates > 50, "the corpus is to have objects with equal names")
    }

    @Test(
        "mutated texts are accepted or refused as the reference does, at the same byte",
        arguments: [5, 6, 7, 8] as [UInt64]
    )
    func mutated(_ seed: UInt64) throws {
        var corpus = JSONCorpus(seed: seed)
        var tape = JSONTape(limits: JSONLimits(maximumDepth: 5))
        var refused = 0
        for _ in 0..<1500 {
            let original = corpus.text()
            let text = corpus.mutated(original)
            try compareWithReference(text, &tape, maximumDepth: 5)
            if tape.nodeCount == 0 { refused += 1 }
        }
        #expect((300...1400).contains(refused), "\(refused) of 1500 were refused")
    }

    @Test("what the fuzzer found worth keeping is read as the reference does")
    func keptCorpus() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fuzzing/corpus")
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count > 100)
        for file in files {
            // The first byte is the bound on depth, as in the fuzzer.
            let input = [UInt8](try Data(contentsOf: file))
            guard let first = input.first else { continue }
            let depth = 1 + Int(first) % 32
            var tape = JSONTape(limits: JSONLimits(maximumDepth: depth, maximumByteCount: 1 << 16))
            try compareWithReference(Array(input.dropFirst()), &tape, maximumDepth: depth)
        }
    }

    @Test("every prefix of a text is refused at its end")
    func prefixes() throws {
        let text = Array(#"{"a":[true,null,{"b":-1.5e3}],"caf\u00e9 é 😀":"\ud83d\ude00x"}"#.utf8)
        var tape = JSONTape()
        try tape.parse(text.span)
        for count in 0..<text.count {
            let prefix = Array(text[..<count])
            let isAccepted = (try? tape.parse(prefix.span)) != nil
            #expect(!isAccepted)
            try compareWithReference(prefix, &tape, maximumDepth: 128)
        }
    }

    @Test("generated texts have the values that Foundation reads", arguments: [9, 10] as [UInt64])
    func foundationValues(_ seed: UInt64) throws {
        var corpus = JSONCorpus(seed: seed)
        for _ in 0..<300 {
            let text = corpus.text()
            let ours = try ReferenceJSON.parsed(text)
            // Of equal names Foundation keeps one, which one is not documented: write each name once.
            var writer = JSONWriter()
            ours.write(to: &writer)
            let theirs = try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
            #expect(ours.isEqual(toFoundation: theirs), "\(String(decoding: text, as: UTF8.self))")
        }
    }

    @Test("what Foundation refuses of mutated texts is refused, and the reverse, but for the known differences")
    func foundationAcceptance() throws {
        var corpus = JSONCorpus(seed: 11)
        var compared = 0
        for _ in 0..<4000 {
            let original = corpus.text()
            let text = corpus.mutated(original)
            guard !KnownDifference.mayApply(to: text) else { continue }
            compared += 1
            let isOurs = (try? ReferenceJSON.parsed(text)) != nil
            let isTheirs = KnownDifference.isAcceptedByFoundation(text)
            #expect(isOurs == isTheirs, "\(String(decoding: text, as: UTF8.self))")
        }
        #expect(compared > 2000)
    }

    @Test("the known differences to Foundation are as they are listed")
    func foundationDifferences() {
        for text in KnownDifference.acceptedByFoundationOnly {
            #expect(KnownDifference.isAcceptedByFoundation(text) && (try? ReferenceJSON.parsed(text)) == nil, "\(text)")
        }
        for text in KnownDifference.acceptedByUsOnly {
            #expect(
                !KnownDifference.isAcceptedByFoundation(text) && (try? ReferenceJSON.parsed(text)) != nil,
                "\(text)"
            )
        }
    }

    private static func hasDuplicates(_ tape: borrowing JSONTape) -> Bool {
        // A member passed over has nodes but is not counted.
        func visible(_ node: JSONNode, _ tape: borrowing JSONTape) -> Int {
            var count = 1
            var members = tape.members(of: node)
            while let (_, value) = tape.next(&members) { count += 1 + visible(value, tape) }
            var elements = tape.elements(of: node)
            while let element = tape.next(&elements) { count += visible(element, tape) }
            return count
        }
        return visible(tape.root, tape) < tape.nodeCount
    }
}

/// Where Foundation and RFC 8259, as this module reads it, differ. Besides, Foundation keeps one of two names that are
/// canonically equivalent, and reads some numbers a few units beside the nearest double.
enum KnownDifference {
    static let acceptedByFoundationOnly: [[UInt8]] = [
        // A comma after the last element or member.
        Array("[1,]".utf8), Array(#"{"a":1,}"#.utf8),
        // A byte order mark, and what may be UTF-16.
        Array("\u{FEFF}1".utf8), [0x31, 0x00], [0x00, 0x31],
    ]

    /// Numbers past the doubles, which are JSON.
    static let acceptedByUsOnly: [[UInt8]] = [Array("1e400".utf8), Array("[-1e999]".utf8)]

    static func isAcceptedByFoundation(_ text: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
    }

    /// Whether one of the differences may decide about a text; a coarse question, asked to leave texts out.
    static func mayApply(to text: [UInt8]) -> Bool {
        if text.contains(0) || text.contains(0xFE) || text.contains(0xEF) { return true }
        let dense = text.filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        for (first, second) in zip(dense, dense.dropFirst()) where first == UInt8(ascii: ",") {
            if second == UInt8(ascii: "]") || second == UInt8(ascii: "}") { return true }
        }
        return String(decoding: text, as: UTF8.self).contains(/[eE][+\-]?[0-9]{3}/)
    }
}

extension ReferenceJSON {
    /// The tree of a text, read from a tape.
    static func parsed(_ text: [UInt8]) throws(JSONSyntaxError) -> ReferenceJSON {
        var tape = JSONTape()
        try tape.parse(text.span)
        return read(tape.root, of: tape, in: text.span)
    }

    func isEqual(toFoundation value: Any) -> Bool {
        switch self {
        case .object(let members):
            guard let dictionary = value as? [String: Any], dictionary.count == members.count else { return false }
            return members.allSatisfy { member in
                dictionary[String(decoding: member.name, as: UTF8.self)].map { member.value.isEqual(toFoundation: $0) }
                    ?? false
            }
        case .array(let elements):
            guard let array = value as? [Any], array.count == elements.count else { return false }
            return zip(elements, array).allSatisfy { $0.isEqual(toFoundation: $1) }
        case .string(let content): return (value as? String).map { Array($0.utf8) == content } ?? false
        case .number(let text):
            guard let theirs = (value as? NSNumber)?.doubleValue,
                let ours = Double(String(decoding: text, as: UTF8.self))
            else { return false }
            return abs(theirs - ours) <= 1e-14 * abs(ours)
        case .boolean(let boolean): return value as? Bool == boolean
        case .null: return value is NSNull
        }
    }
}
