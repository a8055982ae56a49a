// Sums and extremes, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// Sums are taken in double, over n elements and rows pairwise over blocks: the error does
// not grow with n in practice. Those of integers wrap around.
//   sum, sum_of_squares   over n elements
//   is_finite             whether none of n elements is NaN or infinite
//   sum_rows              y[r] = Σ_c x[r, c]
//   norm_rows             y[r] = √ Σ_c x[r, c]²
//   sum_columns           y[c] = (accumulate ? y[c] : 0) + Σ_r x[r, c], in double, pairwise over blocks
//                         of rows; columns may be cut anywhere
//   max_*, min_*          the same over extremes (of at least one element); a NaN wins
//   argmax_, argmin_rows  where that is, the first of equals
//   prod_rows             y[r] = Π_c x[r, c], in double
//   cumulative_sum        y[r, c] = Σ_{d ≤ c} x[r, d], in double; cumulative_product likewise
//   moments               of n elements, in double and pairwise; squared_deviation_rows takes the second of each row
//   prod                  Π x, in double, not rounded
//   scatter_add           y = from, y[o, place[o, j, i], i] += x[o, j, i] in order, for [outer, count, inner] places in
//                         an axis of `length`; `sums` of float32 has room for length · inner, and y may be `from`
typedef struct {
  double mean;
  double squares;  // Σ (x − mean)²
} strata_moments;
#define STRATA_ROWS(NAME, T, U, S) \
  void strata_##NAME##_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, U *y);
#define STRATA_PRECISE_REDUCTION(T, S)                   \
  strata_moments strata_moments_##S(ptrdiff_t n, const T *x); \
  STRATA_ROWS(squared_deviation_rows, T, T, S)           \
  double strata_prod_##S(ptrdiff_t n, const T *x);       \
  double strata_sum_##S(ptrdiff_t n, const T *x);        \
  double strata_sum_of_squares_##S(ptrdiff_t n, const T *x); \
  int strata_is_finite_##S(ptrdiff_t n, const T *x);     \
  void strata_norm_rows_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);
#define STRATA_REDUCTION(T, S)                                                                             \
  STRATA_ROWS(sum_rows, T, T, S)                                                                           \
  void strata_sum_columns_##S(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, int accumulate, T *y); \
  STRATA_ROWS(max_rows, T, T, S)                                                                           \
  void strata_max_columns_##S(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, T *y);   \
  STRATA_ROWS(min_rows, T, T, S)                                                                           \
  void strata_min_columns_##S(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, T *y);   \
  STRATA_ROWS(argmax_rows, T, int32_t, S)                                                                  \
  STRATA_ROWS(argmin_rows, T, int32_t, S)                                                                  \
  STRATA_ROWS(prod_rows, T, T, S)                                                                          \
  STRATA_ROWS(cumulative_sum, T, T, S)                                                                     \
  STRATA_ROWS(cumulative_product, T, T, S)
#define STRATA_SCATTER_ADD(T, S, SUM)                                                                      \
  void strata_scatter_add_##S(ptrdiff_t outer, ptrdiff_t count, ptrdiff_t length, ptrdiff_t inner,         \
                              const int32_t *place, const T *x, const T *from, SUM *sums, T *y);

STRATA_BOTH_PRECISIONS(STRATA_PRECISE_REDUCTION)
STRATA_ALL_TYPES(STRATA_REDUCTION)
STRATA_SCATTER_ADD(float, f32, double)
STRATA_SCATTER_ADD(double, f64, double)
STRATA_SCATTER_ADD(int32_t, i32, int32_t)

#pragma clang assume_nonnull end
