import StableHash
import Testing

struct KnownHash: Sendable, CustomTestStringConvertible {
    let text: String
    let hash: UInt64
    let base32: String
    var testDescription: String { "\"\(text)\"" }
}

@Suite("Stable hash")
struct StableHashTests {
    /// From xxHash 0.8's own test values and a C program against the same header; base32 from Python's base64 module.
    static let known = [
        KnownHash(text: "", hash: 0x2d06_8005_38d3_94c2, base32: "fudiabjy2okme"),
        KnownHash(text: "a", hash: 0xe6c6_32b6_1e96_4e1f, base32: "43ddfnq6szhb6"),
        KnownHash(text: "abc", hash: 0x78af_5f94_892f_3950, base32: "pcxv7fejf44va"),
    ]

    @Test("gives the published values, whatever the kind of buffer", arguments: known)
    func hashes(_ example: KnownHash) {
        let bytes = Array(example.text.utf8)
        #expect(StableHash.xxh3(example.text) == example.hash)
        #expect(StableHash.xxh3(bytes) == example.hash)
        #expect(StableHash.xxh3(bytes.span) == example.hash)
        #expect(bytes.withUnsafeBytes { StableHash.xxh3($0) } == example.hash)
        #expect(HashText.base32(example.hash) == example.base32)
    }

    /// The lengths cross every branch of XXH3: up to 3, 8, 16, 128, 240 bytes, and blocks of 1024.
    @Test(
        "gives the values of the C library for every class of length",
        arguments: [
            (1, 0xc44b_dff4_074e_ecdb), (3, 0xc348_9259_e968_ad9e), (9, 0x0368_8dca_d730_d826),
            (27, 0x8c8a_b875_5a4f_066b), (81, 0x13bf_3b70_84bf_58d2), (243, 0xadd9_e5a5_ea02_3b4e),
            (503, 0xbdc4_d76e_e5cf_8073), (1023, 0x2cc3_eb48_d98f_537f), (2048, 0x848d_24cc_268f_7498),
        ] as [(Int, UInt64)]
    )
    func hashesLengths(_ length: Int, _ expected: UInt64) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 7) }
        #expect(StableHash.xxh3(bytes) == expected)
    }

    @Test("hashes a buffer without an address as an empty one")
    func hashesNothing() {
        #expect(StableHash.xxh3(UnsafeRawBufferPointer(start: nil, count: 0)) == 0x2d06_8005_38d3_94c2)
    }

    @Test(
        "writes hexadecimal with leading zeros and reads it back",
        arguments: [(0, "0000000000000000"), (255, "00000000000000ff"), (UInt64.max, "ffffffffffffffff")]
            as [(UInt64, String)]
    )
    func writesHex(_ hash: UInt64, _ text: String) {
        #expect(HashText.hex(hash) == text)
        #expect(HashText.hash(hex: text) == hash)
    }

    @Test(
        "refuses what is not 16 hexadecimal digits",
        arguments: ["", "ff", "+fffffffffffffff", "00000000000000fg", "00000000000000ff0"]
    )
    func refusesHex(_ text: String) {
        #expect(HashText.hash(hex: text) == nil)
    }

    @Test(
        "writes the ends of the range in base32",
        arguments: [(0, "aaaaaaaaaaaaa"), (UInt64.max, "7777777777776")] as [(UInt64, String)]
    )
    func writesBase32(_ hash: UInt64, _ text: String) {
        #expect(HashText.base32(hash) == text)
    }
}
