// XXH64, a hash that a single flipped bit always changes and that is as fast as memory.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// What is known of the bytes so far.
typedef struct {
  uint64_t lanes[4];
  uint64_t seed;
  uint64_t count;
} strata_hash;

strata_hash strata_hash_start(uint64_t seed);

// Adds n bytes and returns the hash of all so far. Before another call, n must have been a multiple of 32.
uint64_t strata_hash_add(strata_hash *hash, const void *bytes, size_t n);

#pragma clang assume_nonnull end
