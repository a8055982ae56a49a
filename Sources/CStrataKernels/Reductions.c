// Sums and extremes. Every sum has one order, the same on every CPU, that depends on the shape alone and
// never on where a caller cuts rows or columns among workers.
#ifndef T
enum {
  SUM_BLOCK = 1024,   // elements summed in lanes; the blocks' sums are then added pairwise
  ROW_BLOCK = 32,     // the same for the rows that a sum of columns goes through
  MAXIMUM_LEVEL = 58  // of as many rows as there can be
};
#include "StrataReductions.h"

// Of two parts, Σ (x − mean)² is theirs and (mean − mean)² n m / (n + m) (Chan, Golub and LeVeque, Updating Formulae and a
// Pairwise Algorithm for Computing Sample Variances, 1979).
static inline __attribute__((always_inline))
strata_moments joined(ptrdiff_t n, strata_moments a, ptrdiff_t m, strata_moments b) {
  const double distance = b.mean - a.mean, share = (double)m / (double)(n + m);
  return (strata_moments){a.mean + distance * share, a.squares + b.squares + distance * distance * share * n};
}
#define TEMPLATE "Reductions.c"
#define INTEGERS
#include "Kernels.h"
#else

// Two packs of lanes of float go side by side, where one alone would wait for each of its additions; double is as fast
// with one.
#define WIDE_LOAD(P) __builtin_convertvector(LOAD(P), T_WIDE_LANES)
#define FOLDED(NAME, FIRST, OP, TERM)                                                                       \
  INLINE T_WIDE NAME##_block(ptrdiff_t n, const T *x) {                                                     \
    T_WIDE_LANES lanes = (T_WIDE_LANES){0} + FIRST, others = lanes;                                         \
    T_WIDE rest = FIRST;                                                                                    \
    ptrdiff_t i = 0;                                                                                        \
    for (; sizeof(T) < sizeof(double) && i + 2 * LANES <= n; i += 2 * LANES) {                              \
      { const T_WIDE_LANES v = WIDE_LOAD(x + i); lanes = lanes OP (TERM); }                                 \
      { const T_WIDE_LANES v = WIDE_LOAD(x + i + LANES); others = others OP (TERM); }                       \
    }                                                                                                       \
    for (; i + LANES <= n; i += LANES) { const T_WIDE_LANES v = WIDE_LOAD(x + i); lanes = lanes OP (TERM); }\
    for (; i < n; i++) { const T_WIDE v = x[i]; rest = rest OP (TERM); }                                    \
    lanes = lanes OP others;                                                                                \
    if (n >= LANES) FOLD(lanes, lanes OP other);                                                            \
    return lanes[0] OP rest;                                                                                \
  }                                                                                                         \
  KERNEL T_WIDE K(NAME)(ptrdiff_t n, const T *x) {                                                          \
    if (n <= SUM_BLOCK) return NAME##_block(n, x);                                                          \
    const ptrdiff_t half = (n / 2 + SUM_BLOCK - 1) / SUM_BLOCK * SUM_BLOCK;                                 \
    return K(NAME)(half, x) OP K(NAME)(n - half, x + half);                                                 \
  }
FOLDED(sum, 0, +, v)
FOLDED(prod, 1, *, v)
#if !IS_INTEGER
FOLDED(sum_of_squares, 0, +, v * v)

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
#endif

KERNEL void K(sum_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns)
    y[r] = (T)(columns <= SUM_BLOCK ? sum_block(columns, x) : K(sum)(columns, x));
}

#if !IS_INTEGER
// Over blocks that stay in the nearest cache between their mean and what deviates from it, pairwise.
KERNEL strata_moments K(moments)(ptrdiff_t n, const T *x) {
  if (n > SUM_BLOCK) {
    const ptrdiff_t half = (n / 2 + SUM_BLOCK - 1) / SUM_BLOCK * SUM_BLOCK;
    return joined(half, K(moments)(half, x), n - half, K(moments)(n - half, x + half));
  }
  const double mean = sum_block(n, x) / n;
  double_lanes squares[2] = {{0}};
  double rest = 0;
  ptrdiff_t i = 0;
  for (; i + 2 * LANES <= n; i += 2 * LANES)
    for (int k = 0; k < 2; k++) {
      const double_lanes distance = WIDE_LOAD(x + i + k * LANES) - mean;
      squares[k] += distance * distance;
    }
  for (; i < n; i++) rest += (x[i] - mean) * (x[i] - mean);
  squares[0] += squares[1];
  FOLD(squares[0], squares[0] + other);
  return (strata_moments){mean, squares[0][0] + rest};
}
KERNEL void K(squared_deviation_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = (T)K(moments)(columns, x + r * columns).squares;
}

KERNEL void K(norm_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++, x += columns)
    y[r] = (T)__builtin_sqrt(columns <= SUM_BLOCK ? sum_of_squares_block(columns, x) : K(sum_of_squares)(columns, x));
}
#endif

// The first packs · LANES columns (or as many as there are), few enough that their sums stay in registers.
// Rows are read whole packs at a time, running over into the next row; only at the matrix's end is there
// no next row, and the pack is put together.
INLINE void sum_tile(int packs, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, int accumulate,
                     T *y) {
  const ptrdiff_t width = columns < packs * LANES ? columns : packs * LANES;
  // Sums of ROW_BLOCK · 2^level rows that wait for another of their size: pairwise, as rows are, without recursion.
  T_WIDE_LANES waiting[MAXIMUM_LEVEL][4], total[4] = {{0}};
  for (ptrdiff_t first = 0, blocks = 0; first < rows; first += ROW_BLOCK, blocks++) {
    T_WIDE_LANES block[4] = {{0}};
    for (ptrdiff_t r = first; r < rows && r < first + ROW_BLOCK; r++) {
      T padded[4 * LANES];
      const T *row = x + r * row_stride;
      if ((rows - 1 - r) * row_stride + columns < packs * LANES) {
        for (ptrdiff_t c = 0; c < packs * LANES; c++) padded[c] = c < width ? row[c] : 0;
        row = padded;
      }
      for (int p = 0; p < packs; p++) block[p] += WIDE_LOAD(row + p * LANES);
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

// The best of a row, or a NaN if there is one. Four packs of lanes go side by side; v != v, of two packs at once, is
// one comparison.
#define BETTER(NEW, BEATS, OLD) (NEW BEATS OLD || NEW != NEW ? NEW : OLD)
#define BEST(BEATS, V, OLD) SELECT(V BEATS OLD, V, OLD)
#define EXTREME(NAME, BEATS)                                                                              \
  INLINE T NAME##_row(ptrdiff_t n, const T *x) {                                                          \
    T best = x[0];                                                                                        \
    ptrdiff_t c = 0;                                                                                      \
    if (n >= LANES) {                                                                                     \
      T_LANES lanes[4];                                                                                   \
      for (int k = 0; k < 4; k++) lanes[k] = LOAD(x);                                                     \
      __typeof__(lanes[0] != lanes[0]) isNaN = lanes[0] != lanes[0];                                      \
      for (; c + 4 * LANES <= n; c += 4 * LANES) {                                                        \
        T_LANES v[4];                                                                                     \
        for (int k = 0; k < 4; k++) v[k] = LOAD(x + c + k * LANES);                                       \
        for (int k = 0; k < 4; k++) lanes[k] = BEST(BEATS, v[k], lanes[k]);                               \
        isNaN |= ((v[0] != v[0]) | (v[1] != v[1])) | ((v[2] != v[2]) | (v[3] != v[3]));                   \
      }                                                                                                   \
      for (; c + LANES <= n; c += LANES) {                                                                \
        const T_LANES v = LOAD(x + c);                                                                    \
        lanes[0] = BEST(BEATS, v, lanes[0]);                                                              \
        isNaN |= v != v;                                                                                  \
      }                                                                                                   \
      if (!IS_INTEGER && __builtin_reduce_or(isNaN)) return (T)NAN;                                       \
      lanes[0] = BEST(BEATS, lanes[1], lanes[0]);                                                         \
      lanes[2] = BEST(BEATS, lanes[3], lanes[2]);                                                         \
      lanes[0] = BEST(BEATS, lanes[2], lanes[0]);                                                         \
      FOLD(lanes[0], BEST(BEATS, other, lanes[0]));                                                       \
      best = lanes[0][0];                                                                                 \
    }                                                                                                     \
    for (; c < n; c++) best = BETTER(x[c], BEATS, best);                                                  \
    return best;                                                                                          \
  }                                                                                                       \
  KERNEL void K(NAME##_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y) {                       \
    for (ptrdiff_t r = 0; r < rows; r++) y[r] = NAME##_row(columns, x + r * columns);                     \
  }                                                                                                       \
  KERNEL void K(NAME##_columns)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, T *y) { \
    FOR_EACH(c, columns) y[c] = x[c];                                                                     \
    for (ptrdiff_t r = 1; r < rows; r += 4) {                                                             \
      const T *next[4];  /* four rows at a time: past the last one, that row again, which changes nothing */ \
      for (int k = 0; k < 4; k++) next[k] = x + (r + k < rows ? r + k : rows - 1) * row_stride;           \
      FOR_EACH(c, columns) {                                                                              \
        T best = y[c];                                                                                    \
        for (int k = 0; k < 4; k++) best = BETTER(next[k][c], BEATS, best);                               \
        y[c] = best;                                                                                      \
      }                                                                                                   \
    }                                                                                                     \
  }                                                                                                       \
  /* The best, and then its first place. */                                                               \
  KERNEL void K(arg##NAME##_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *x, int32_t *place) {        \
    for (ptrdiff_t r = 0; r < rows; r++, x += columns) {                                                  \
      const T best = NAME##_row(columns, x);                                                              \
      ptrdiff_t c = 0;                                                                                    \
      if (best != best) while (x[c] == x[c]) c++;                                                         \
      else {                                                                                              \
        const T_LANES all = (T_LANES){0} + best;                                                          \
        for (; c + 4 * LANES <= columns; c += 4 * LANES)                                                  \
          if (__builtin_reduce_or(((LOAD(x + c) == all) | (LOAD(x + c + LANES) == all)) |                 \
                ((LOAD(x + c + 2 * LANES) == all) | (LOAD(x + c + 3 * LANES) == all)))) break;            \
        while (x[c] != best) c++;                                                                         \
      }                                                                                                   \
      place[r] = (int32_t)c;                                                                              \
    }                                                                                                     \
  }
EXTREME(max, >)
EXTREME(min, <)

KERNEL void K(prod_rows)(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++) y[r] = (T)K(prod)(columns, x + r * columns);
}

#define CUMULATIVE(NAME, FIRST, FORMULA)                                                    \
  KERNEL void K(NAME)(ptrdiff_t rows, ptrdiff_t columns, const T *x_, T *y) {               \
    for (ptrdiff_t r = 0; r < rows; r++, x_ += columns, y += columns) {                     \
      T_WIDE total = FIRST;                                                                 \
      for (ptrdiff_t c = 0; c < columns; c++) {                                             \
        const T_WIDE x = x_[c];                                                             \
        total = FORMULA;                                                                    \
        y[c] = (T)total;                                                                    \
      }                                                                                     \
    }                                                                                       \
  }
CUMULATIVE(cumulative_sum, 0, total + x)
CUMULATIVE(cumulative_product, 1, total * x)

// Sums of float in double, in `sums`, which has room for one block of the axis; others where they belong.
#if IS_INTEGER
#define T_SUM T
#else
#define T_SUM double
#endif
KERNEL void K(scatter_add)(ptrdiff_t outer, ptrdiff_t count, ptrdiff_t length, ptrdiff_t inner, const int32_t *place,
                           const T *x, const T *from, T_SUM *sums, T *y) {
  const ptrdiff_t block = length * inner;
  for (ptrdiff_t o = 0; o < outer; o++, from += block, y += block) {
    if (sizeof(T_SUM) == sizeof(T)) sums = (T_SUM *)(void *)y;
    FOR_EACH(i, block) sums[i] = from[i];
    if (inner == 1) for (ptrdiff_t j = 0; j < count; j++) sums[place[j]] += x[j];
    else for (ptrdiff_t j = 0; j < count; j++)
      for (ptrdiff_t i = 0; i < inner; i++) sums[place[j * inner + i] * inner + i] += x[j * inner + i];
    place += count * inner;
    x += count * inner;
    FOR_EACH(i, block) y[i] = (T)sums[i];
  }
}
#undef T_SUM

#undef FOLDED
#undef WIDE_LOAD
#undef EXTREME
#undef BETTER
#undef BEST
#undef CUMULATIVE
#endif
