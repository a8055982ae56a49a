// Dropout and the sum of rows into a table.
#ifndef T
#include "StrataStructure.h"
#include "Random.h"

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
