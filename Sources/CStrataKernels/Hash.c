// XXH64 as its author specifies it: https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md
#include "StrataHash.h"
#include <string.h>

static const uint64_t P1 = 0x9E3779B185EBCA87, P2 = 0xC2B2AE3D27D4EB4F, P3 = 0x165667B19E3779F9,
                      P4 = 0x85EBCA77C2B2AE63, P5 = 0x27D4EB2F165667C5;

static inline uint64_t rotated(uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

static inline uint64_t mixed(uint64_t lane, uint64_t word) { return rotated(lane + word * P2, 31) * P1; }

static inline uint64_t word(const uint8_t *bytes) {
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

strata_hash strata_hash_start(uint64_t seed) {
  return (strata_hash){.lanes = {seed + P1 + P2, seed + P2, seed, seed - P1}, .seed = seed};
}

uint64_t strata_hash_add(strata_hash *hash, const void *bytes, size_t n) {
  const uint8_t *x = bytes;
  hash->count += n;
  uint64_t a = hash->lanes[0], b = hash->lanes[1], c = hash->lanes[2], d = hash->lanes[3];
  for (; n >= 32; n -= 32, x += 32) {
    a = mixed(a, word(x)), b = mixed(b, word(x + 8)), c = mixed(c, word(x + 16)), d = mixed(d, word(x + 24));
  }
  hash->lanes[0] = a, hash->lanes[1] = b, hash->lanes[2] = c, hash->lanes[3] = d;

  uint64_t sum = hash->seed + P5;
  if (hash->count >= 32) {
    sum = rotated(a, 1) + rotated(b, 7) + rotated(c, 12) + rotated(d, 18);
    for (int lane = 0; lane < 4; lane++) sum = (sum ^ mixed(0, hash->lanes[lane])) * P1 + P4;
  }
  sum += hash->count;
  for (; n >= 8; n -= 8, x += 8) sum = rotated(sum ^ mixed(0, word(x)), 27) * P1 + P4;
  if (n >= 4) {
    uint32_t half;
    memcpy(&half, x, sizeof half);
    sum = rotated(sum ^ half * P1, 23) * P2 + P3;
    n -= 4, x += 4;
  }
  for (; n > 0; n--, x++) sum = rotated(sum ^ *x * P5, 11) * P1;
  sum = (sum ^ sum >> 33) * P2;
  sum = (sum ^ sum >> 29) * P3;
  return sum ^ sum >> 32;
}
