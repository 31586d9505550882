#pragma once
#define XXH_INLINE_ALL
#include <stddef.h>
#include <stdint.h>
#include <xxhash.h>

/// XXH3, 64 bits, seed 0. Header only: nothing is linked.
static inline uint64_t stable_hash_64(const void *bytes, size_t count) { return XXH3_64bits(bytes, count); }
