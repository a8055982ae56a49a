// Sums and extremes. Every sum has one order, the same on every CPU, that depends on the shape alone and
// never on where a caller cuts rows or columns among workers.
#ifndef T
enum {
  SUM_BLOCK = 1024,   // elements summed in lanes; the blocks' sums are then added pairwise
  ROW_BLOCK = 32,     // the same for the rows that a sum of columns goes through
  MAXIMUM_LEVEL = 58  // of as many rows as there can be
};
#include "StrataReductions.h"
#define TEMPLATE "Reductions.c"
#include "Kernels.h"
#else

#define SUM(NAME, TERM)                                                                             \
  INLINE double NAME##_block(ptrdiff_t n, const T *x) {                                             \
    double_lanes lanes = {0};                                                                       \
    double rest = 0;                                                                                \
    ptrdiff_t i = 0;                                                                                \
    for (; i + LANES <= n; i += LANES) { const double_lanes v = WIDEN(LOAD(x + i)); lanes += TERM; } \
    for (; i < n; i++) { const double v = x[i]; rest += TERM; }                                     \
    if (n >= LANES) FOLD(lanes, lanes + other);                                                     \
    return lanes[0] + rest;                                                                         \
  }                                                                                                 \
  KERNEL double K(NAME)(ptrdiff_t n, const T *x) {                                                  \
    if (n <= SUM_BLOCK) return NAME##_block(n, x);                                                  \
    const ptrdiff_t half = (n / 2 + SUM_BLOCK - 1) / SUM_BLOCK * SUM_BLOCK;                         \
    return K(NAME)(half, x) + K(NAME)(n - half, x + half);                                          \
  }
SUM(sum, v)
SUM(sum_of_squares, v * v)

// x · 0 is 0, or NaN where x is not finite, and NaN stays in a sum.
KERNEL int K(is_finite)(ptrdiff_t n, const T *x) {
  T_LANES sums[4] = {{0}};
  T rest = 0;
  ptrdiff_t i = 0;
  for (; i + 4 * LANES <= n; i += 4 * LANES)
    for (int k = 0; k < 4; k++) sums[k] += LOAD(x + i + k * LANES) * 0;
  for (; i < n; i++) rest += x[i] * 0;
  T_LANES sum = (sums[0] + sums[1]) + (sums[2] + sums[3]);
  FOLD(sum, sum + other);
  return sum[0] + rest == 0;
}

KERNEL void K(sum_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns)
    y[r] = (T)(columns <= SUM_BLOCK ? sum_block(columns, x) : K(sum)(columns, x));
}

// The first packs · LANES columns (or as many as there are), few enough that their sums stay in registers.
// Rows are read whole packs at a time, running over into the next row; only at the matrix's end is there
// no next row, and the pack is put together.
INLINE void sum_tile(int packs, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, int accumulate,
                     T *y) {
  const ptrdiff_t width = columns < packs * LANES ? columns : packs * LANES;
  // Sums of ROW_BLOCK · 2^level rows that wait for another of their size: pairwise, as rows are, without recursion.
  double_lanes waiting[MAXIMUM_LEVEL][4], total[4] = {{0}};
  for (ptrdiff_t first = 0, blocks = 0; first < rows; first += ROW_BLOCK, blocks++) {
    double_lanes block[4] = {{0}};
    for (ptrdiff_t r = first; r < rows && r < first + ROW_BLOCK; r++) {
      T padded[4 * LANES];
      const T *row = x + r * row_stride;
      if ((rows - 1 - r) * row_stride + columns < packs * LANES) {
        for (ptrdiff_t c = 0; c < packs * LANES; c++) padded[c] = c < width ? row[c] : 0;
        row = padded;
      }
      for (int p = 0; p < packs; p++) block[p] += WIDEN(LOAD(row + p * LANES));
    }
    int level = 0;
    for (; blocks >> level & 1; level++)
      for (int p = 0; p < packs; p++) block[p] += waiting[level][p];
    for (int p = 0; p < packs; p++) waiting[level][p] = block[p];
  }
  const ptrdiff_t blocks = (rows + ROW_BLOCK - 1) / ROW_BLOCK;
  for (int level = 0; blocks >> level; level++)
    for (int p = 0; p < packs && blocks >> level & 1; p++) total[p] += waiting[level][p];
  for (ptrdiff_t c = 0; c < width; c++)
    y[c] = (T)((accumulate ? y[c] : 0) + total[c / LANES][c % LANES]);
}

KERNEL void K(sum_columns)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, int accumulate, T *y) {
  ptrdiff_t c = 0;
  for (; c + 4 * LANES <= columns; c += 4 * LANES) sum_tile(4, rows, columns - c, row_stride, x + c, accumulate, y + c);
  for (; c < columns; c += LANES) sum_tile(1, rows, columns - c, row_stride, x + c, accumulate, y + c);
}

// Once a NaN, always a NaN: nothing compares as better.
#define EXTREME(NAME, BEATS)                                                                              \
  INLINE T NAME##_row(ptrdiff_t n, const T *x) {                                                          \
    T best = x[0];                                                                                        \
    ptrdiff_t c = 0;                                                                                      \
    if (n >= LANES) {                                                                                     \
      T_LANES lanes = LOAD(x);                                                                            \
      for (c = LANES; c + LANES <= n; c += LANES) {                                                       \
        const T_LANES v = LOAD(x + c);                                                                    \
        lanes = SELECT((v BEATS lanes) | (v != v), v, lanes);                                             \
      }                                                                                                   \
      FOLD(lanes, SELECT((other BEATS lanes) | (other != other), other, lanes));                          \
      best = lanes[0];                                                                                    \
    }                                                                                                     \
    for (; c < n; c++) best = BETTER(x[c], BEATS, best);                                                  \
    return best;                                                                                          \
  }                                                                                                       \
  KERNEL void K(NAME##_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y) {                       \
    for (ptrdiff_t r = 0; r < rows; r++) y[r] = NAME##_row(columns, x + r * columns);                     \
  }                                                                                                       \
  KERNEL void K(NAME##_columns)(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y) {                    \
    FOR_EACH(c, columns) y[c] = x[c];                                                                     \
    for (ptrdiff_t r = 1; r < rows; r++)                                                                  \
      FOR_EACH(c, columns) y[c] = BETTER(x[r * columns + c], BEATS, y[c]);                                \
  }
#define BETTER(NEW, BEATS, OLD) (NEW BEATS OLD || NEW != NEW ? NEW : OLD)
EXTREME(max, >)
EXTREME(min, <)

#undef SUM
#undef EXTREME
#undef BETTER
#endif
