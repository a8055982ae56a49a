// A digest in lanes; see StrataDigest.h.
#include "StrataDigest.h"
#include "Kernels.h"
#include <string.h>

enum { COLUMNS = STRATA_DIGEST_COLUMNS, BLOCK = STRATA_DIGEST_ROWS * COLUMNS * (int)sizeof(uint64_t) };
typedef uint64_t columns __attribute__((vector_size(COLUMNS * sizeof(uint64_t)), aligned(4), may_alias));

// Each of the last three sums up what the one before it has been after each block: with k = blocks − b for block b, they
// are Σ u, Σ k u and Σ k (k + 1) / 2 u.
typedef struct { columns rows[STRATA_DIGEST_ROWS], sum, first, second; } digest;

INLINE void add_block(digest *d, const void *block) {
  const columns *row = block;
  for (int r = 0; r < STRATA_DIGEST_ROWS; r++) d->rows[r] += row[r];
  const columns column = row[0] + row[1] + row[2] + row[3];
  d->sum += column + (column >> 32);
  d->first += d->sum;
  d->second += d->first;
}

KERNEL void strata_digest_read(strata_digest_state *state, ptrdiff_t n, const void *words) {
  const char *x = words;
  const ptrdiff_t size = 4 * n, whole = size / BLOCK, rest = size % BLOCK;
  digest d;
  memcpy(&d, state->columns, sizeof d);
  for (ptrdiff_t b = 0; b < whole; b++) add_block(&d, x + b * BLOCK);
  if (rest) {
    char last[BLOCK] = {0};
    memcpy(last, x + whole * BLOCK, (size_t)rest);
    add_block(&d, last);
  }
  memcpy(state->columns, &d, sizeof d);
  state->blocks += (uint64_t)(whole + (rest > 0));
}

void strata_digest_end(const strata_digest_state *state, uint64_t start, uint64_t *sums) {
  digest d;
  memcpy(&d, state->columns, sizeof d);
  // c = end − COLUMNS k.
  const uint64_t blocks = start / (BLOCK / sizeof(uint64_t)) + state->blocks;
  for (int lane = 0; lane < COLUMNS; lane++) {
    const uint64_t end = COLUMNS * blocks + (uint64_t)lane, s = d.sum[lane], r = d.first[lane];
    for (int row = 0; row < STRATA_DIGEST_ROWS; row++) sums[row] += d.rows[row][lane];
    sums[4] += s;
    sums[5] += end * s - COLUMNS * r;
    sums[6] += end * end * s - 2 * COLUMNS * end * r + COLUMNS * COLUMNS * (2 * d.second[lane] - r);
  }
}
