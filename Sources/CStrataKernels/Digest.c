// A digest in lanes; see StrataDigest.h.
#include "StrataDigest.h"
#include "Kernels.h"
#include <string.h>

KERNEL void strata_digest(ptrdiff_t n, uint64_t start, const void *words, uint64_t *sums) {
  const char *x = words;
  const ptrdiff_t whole = n / 2, packs = whole / LANES;
  // Each sums up what the one before it has been after each pack: with k = packs − p for pack p, Σ u, Σ k u and
  // Σ k (k + 1) / 2 u.
  long_lanes sum = {0}, first = {0}, second = {0};
  for (ptrdiff_t p = 0; p < packs; p++) {
    long_lanes u = *(const long_lanes *)(x + p * (ptrdiff_t)sizeof u);
    u += u >> 32;
    sum += u;
    first += sum;
    second += first;
  }
  // i = c − LANES k.
  for (int lane = 0; lane < LANES; lane++) {
    const uint64_t c = start + (uint64_t)(lane + packs * LANES), s = sum[lane], r = first[lane];
    sums[0] += s;
    sums[1] += c * s - LANES * r;
    sums[2] += c * c * s - 2 * LANES * c * r + LANES * LANES * (2 * second[lane] - r);
  }
  for (ptrdiff_t i = packs * LANES; i < whole + n % 2; i++) {
    uint64_t u = 0;
    memcpy(&u, x + 8 * i, i < whole ? 8 : 4);
    u += u >> 32;
    const uint64_t place = start + (uint64_t)i;
    sums[0] += u, sums[1] += place * u, sums[2] += place * place * u;
  }
}
