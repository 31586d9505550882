internal import CXXHash

/// The 64 bit XXH3 hash of `bytes`, seed 0: the same on every machine, in every process and in every version.
///
/// It is not a cryptographic hash: use it to tell values apart and to order them, never as a proof. Read it at a use
/// as `StableHash.xxh3(…)`.
public func xxh3(_ bytes: Span<UInt8>) -> UInt64 {
    bytes.withUnsafeBytes { stable_hash_64($0.baseAddress, $0.count) }
}

/// The 64 bit XXH3 hash of `bytes`, seed 0.
public func xxh3(_ bytes: [UInt8]) -> UInt64 {
    bytes.withUnsafeBytes { stable_hash_64($0.baseAddress, $0.count) }
}

/// The 64 bit XXH3 hash of `bytes`, seed 0. An empty buffer may have no address.
public func xxh3(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    stable_hash_64(bytes.baseAddress, bytes.count)
}

/// The 64 bit XXH3 hash of the UTF-8 bytes of `text`, seed 0.
///
/// Canonically equal texts in different normal forms have different bytes, and so different hashes.
public func xxh3(_ text: some StringProtocol) -> UInt64 {
    var text = String(text)
    return text.withUTF8 { stable_hash_64($0.baseAddress, $0.count) }
}
