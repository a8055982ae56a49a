// Dropout and the sum of rows into a table.
#ifndef T
#include "StrataStructure.h"

// Eight counters side by side, each word in a lane of 64 bits: a product of two words is then one instruction,
// and what stands in the upper half of a lane does not matter.
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

enum { TILE = 64 };  // columns whose sums stay in the nearest cache over all rows

#define TEMPLATE "Structure.c"
#include "Kernels.h"
#else

KERNEL void K(dropout)(ptrdiff_t n, ptrdiff_t first, uint64_t seed, uint64_t stream, uint32_t threshold, T scale,
                       const T *x, T *y) {
  uint32_t word[STRATA_PACK];
  for (ptrdiff_t i = 0; i < n; i += STRATA_PACK) {
    random_pack((first + i) / STRATA_PACK, seed, stream, word);
    const T *u = x + i;
    T *v = y + i;
    // The same loop twice, since the compiler makes more of one whose length it knows.
    if (n - i >= STRATA_PACK) FOR_EACH(l, STRATA_PACK) v[l] = u[l] * (word[l] < threshold ? 0 : scale);
    else FOR_EACH(l, n - i) v[l] = u[l] * (word[l] < threshold ? 0 : scale);
  }
}

KERNEL void K(add_rows)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, const T *x, const int32_t *place,
                        T *y) {
  if (rows == 1) {
    const T *row = x + place[0] * stride;
    FOR_EACH(c, columns) y[c] += row[c];
    return;
  }
  for (ptrdiff_t start = 0; start < columns; start += TILE) {
    const ptrdiff_t width = columns - start < TILE ? columns - start : TILE;
    double sum[TILE];
    FOR_EACH(c, width) sum[c] = y[start + c];
    for (ptrdiff_t r = 0; r < rows; r++) {
      const T *row = x + place[r] * stride + start;
      FOR_EACH(c, width) sum[c] += row[c];
    }
    FOR_EACH(c, width) y[start + c] = (T)sum[c];
  }
}
#endif
