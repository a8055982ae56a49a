// Elements moved as they are: the template is compiled for words of 4 and of 8 bytes.
#ifndef T
#include "StrataMoving.h"
#include "Kernels.h"

// A square stays in registers only where no loop over its vectors is left.
#define ALL_AT_ONCE _Pragma("unroll")

// Two vectors of a square of N × N exchange blocks of D lanes: the upper of one against the lower of the other.
#define LOWER(I, N, D) (((I) & (D)) ? (N) + (I) - (D) : (I))
#define UPPER(I, N, D) (((I) & (D)) ? (N) + (I) : (I) + (D))
#define EIGHT(F, S, N, D) F(S, N, D), F(S + 1, N, D), F(S + 2, N, D), F(S + 3, N, D), F(S + 4, N, D), F(S + 5, N, D), \
  F(S + 6, N, D), F(S + 7, N, D)
#define SIXTEEN(F, S, N, D) EIGHT(F, S, N, D), EIGHT(F, S + 8, N, D)
#define EXCHANGE(LIST, N, D)                                                                 \
  ALL_AT_ONCE for (int i = 0; i < N; i++) {                                                  \
    if (i & D) continue;                                                                     \
    const T_SQUARE low = v[i], high = v[i + D];                                              \
    v[i] = __builtin_shufflevector(low, high, LIST(LOWER, 0, N, D));                         \
    v[i + D] = __builtin_shufflevector(low, high, LIST(UPPER, 0, N, D));                     \
  }

KERNEL int strata_are_indices(ptrdiff_t n, ptrdiff_t length, const int32_t *place) {
  int outside = 0;
  FOR_EACH(i, n) outside |= (uint32_t)place[i] >= (uint32_t)length;
  return !outside;
}

#define T uint32_t
#define K(NAME) strata_##NAME##_u32
#define SIDE 16
#define EXCHANGES EXCHANGE(SIXTEEN, 16, 8) EXCHANGE(SIXTEEN, 16, 4) EXCHANGE(SIXTEEN, 16, 2) EXCHANGE(SIXTEEN, 16, 1)
#define T_SQUARE words
typedef uint32_t words __attribute__((vector_size(64), aligned(4), may_alias));
#include "Moving.c"
#undef T
#undef K
#undef SIDE
#undef EXCHANGES
#undef T_SQUARE
#define T uint64_t
#define K(NAME) strata_##NAME##_u64
#define SIDE 8
#define EXCHANGES EXCHANGE(EIGHT, 8, 4) EXCHANGE(EIGHT, 8, 2) EXCHANGE(EIGHT, 8, 1)
#define T_SQUARE long_words
typedef uint64_t long_words __attribute__((vector_size(64), aligned(8), may_alias));
#include "Moving.c"
#else

// One row of elements at any two distances.
INLINE void copy_row(ptrdiff_t n, const T *x, ptrdiff_t x_step, T *y, ptrdiff_t y_step) {
  if (y_step == 1 && x_step == 1) FOR_EACH(i, n) y[i] = x[i];
  else if (y_step == 1 && x_step == 0) { const T word = *x; FOR_EACH(i, n) y[i] = word; }
  else if (y_step == 1 && x_step == -1) FOR_EACH(i, n) y[i] = x[-i];
  else if (y_step == 1 && x_step == 2) FOR_EACH(i, n) y[i] = x[2 * i];
  else for (ptrdiff_t i = 0; i < n; i++) y[i * y_step] = x[i * x_step];
}

// A square of SIDE × SIDE whose columns in x are rows in y.
INLINE void transpose_square(const T *x, ptrdiff_t x_column, T *y, ptrdiff_t y_row) {
  T_SQUARE v[SIDE];
  ALL_AT_ONCE for (int c = 0; c < SIDE; c++) v[c] = *(const T_SQUARE *)(x + c * x_column);
  EXCHANGES
  ALL_AT_ONCE for (int r = 0; r < SIDE; r++) *(T_SQUARE *)(y + r * y_row) = v[r];
}

KERNEL void K(copy)(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t x_row, ptrdiff_t x_column, T *y,
                    ptrdiff_t y_row, ptrdiff_t y_column) {
  if (x_row != 1 || y_column != 1 || x_column == 0 || x_column == 1 || rows < SIDE || columns < SIDE) {
    for (ptrdiff_t r = 0; r < rows; r++) copy_row(columns, x + r * x_row, x_column, y + r * y_row, y_column);
    return;
  }
  const ptrdiff_t whole_rows = rows / SIDE * SIDE, whole_columns = columns / SIDE * SIDE;
  // Two squares of rows at a time: the source's lines come in pairs.
  for (ptrdiff_t first = 0; first < whole_rows; first += 2 * SIDE) {
    const ptrdiff_t end = first + 2 * SIDE < whole_rows ? first + 2 * SIDE : whole_rows;
    for (ptrdiff_t c = 0; c < whole_columns; c += SIDE)
      for (ptrdiff_t r = first; r < end; r += SIDE)
        transpose_square(x + r + c * x_column, x_column, y + r * y_row + c, y_row);
  }
  for (ptrdiff_t r = 0; r < whole_rows; r += SIDE)
    for (ptrdiff_t c = whole_columns; c < columns; c++)
      for (ptrdiff_t s = r; s < r + SIDE; s++) y[s * y_row + c] = x[s + c * x_column];
  for (ptrdiff_t r = whole_rows; r < rows; r++) copy_row(columns, x + r, x_column, y + r * y_row, 1);
}

KERNEL void K(gather)(ptrdiff_t outer, ptrdiff_t count, ptrdiff_t length, ptrdiff_t inner, const int32_t *place,
                      const T *x, T *y) {
  for (ptrdiff_t o = 0; o < outer; o++, x += length * inner) {
    if (inner == 1) FOR_EACH(j, count) y[j] = x[place[j]];
    else for (ptrdiff_t j = 0; j < count; j++)
      FOR_EACH(i, inner) y[j * inner + i] = x[place[j * inner + i] * inner + i];
    place += count * inner;
    y += count * inner;
  }
}

KERNEL void K(scatter)(ptrdiff_t outer, ptrdiff_t count, ptrdiff_t length, ptrdiff_t inner, const int32_t *place,
                       const T *x, T *y) {
  for (ptrdiff_t o = 0; o < outer; o++, y += length * inner)
    for (ptrdiff_t j = 0; j < count; j++, place += inner, x += inner)
      for (ptrdiff_t i = 0; i < inner; i++) y[place[i] * inner + i] = x[i];
}

// Both operands are read before the choice: behind a branch AVX2 reads them one by one.
#define SELECT_BY(M, S)                                                                                          \
  KERNEL void K(select_##S)(ptrdiff_t n, const M *mask, ptrdiff_t mask_step, const T *a, ptrdiff_t a_step,       \
                            const T *b, ptrdiff_t b_step, T *y) {                                                \
    if (n <= 0) return;                                                                                          \
    if (!mask_step) { *mask != 0 ? copy_row(n, a, a_step, y, 1) : copy_row(n, b, b_step, y, 1); return; }        \
    if (a_step && b_step) FOR_EACH(i, n) { const T one = a[i], other = b[i]; y[i] = mask[i] != 0 ? one : other; } \
    else if (a_step) { const T other = *b; FOR_EACH(i, n) y[i] = mask[i] != 0 ? a[i] : other; }                  \
    else if (b_step) { const T one = *a; FOR_EACH(i, n) y[i] = mask[i] != 0 ? one : b[i]; }                      \
    else { const T one = *a, other = *b; FOR_EACH(i, n) y[i] = mask[i] != 0 ? one : other; }                     \
  }
SELECT_BY(float, f32)
SELECT_BY(double, f64)
SELECT_BY(int32_t, i32)
#undef SELECT_BY
#endif
