#pragma once
// Sixteen bytes of text tested at once. Swift 6.3 compares its SIMD vectors one lane after the other, so this is C.
#include <stdint.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

/// How many of 16 bytes stand before the first quote, backslash, control character or byte that is not ASCII; 16 if there is
/// none. The first byte is the lowest of `low`. Reads no memory.
static inline uint32_t plain_prefix_16(uint64_t low, uint64_t high) {
#if defined(__SSE2__)
    __m128i block = _mm_set_epi64x((long long)high, (long long)low);
    __m128i quotes = _mm_cmpeq_epi8(block, _mm_set1_epi8('"'));
    __m128i backslashes = _mm_cmpeq_epi8(block, _mm_set1_epi8('\\'));
    // Signed: bytes that are not ASCII are negative.
    __m128i others = _mm_cmplt_epi8(block, _mm_set1_epi8(0x20));
    __m128i stops = _mm_or_si128(_mm_or_si128(quotes, backslashes), others);
    return (uint32_t)__builtin_ctz((uint32_t)_mm_movemask_epi8(stops) | 0x10000);
#else
    uint64_t words[2] = {low, high};
    for (uint32_t index = 0; index < 2; index++) {
        // A byte below its subtrahend borrows into its own high bit; of these bits the lowest is exact.
        uint64_t word = words[index], ones = 0x0101010101010101;
        uint64_t stops = (((word ^ ones * '"') - ones) | ((word ^ ones * '\\') - ones) | (word - ones * 0x20) | word) & ones * 0x80;
        if (stops) return 8 * index + (uint32_t)__builtin_ctzll(stops) / 8;
    }
    return 16;
#endif
}
