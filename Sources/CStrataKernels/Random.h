// Philox-4x32-10, eight counters side by side: each word in a lane of 64 bits, so that a product of two words is one
// instruction, and what stands in the upper half of a lane does not matter.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef uint64_t words __attribute__((vector_size(64)));
typedef uint32_t narrow_words __attribute__((vector_size(32), aligned(4)));

static inline __attribute__((always_inline))
void random_pack(ptrdiff_t pack, uint64_t seed, uint64_t stream, uint32_t *word) {
  const words low = (words){0} + UINT32_MAX, counter = (uint64_t)pack * 8 + (words){0, 1, 2, 3, 4, 5, 6, 7};
  words a = counter, b = counter >> 32, c = (words){0} + stream, d = (words){0} + (stream >> 32);
  uint32_t key = (uint32_t)seed, other_key = (uint32_t)(seed >> 32);
  for (int round = 0; round < 10; round++) {
    const words p = (a & low) * 0xD2511F53, q = (c & low) * 0xCD9E8D57;
    a = (q >> 32) ^ b ^ key;
    b = q;
    c = (p >> 32) ^ d ^ other_key;
    d = p;
    key += 0x9E3779B9;
    other_key += 0xBB67AE85;
  }
  const words all[] = {a, b, c, d};
  for (int w = 0; w < 4; w++) ((narrow_words *)word)[w] = __builtin_convertvector(all[w], narrow_words);
}
