// Sums and extremes, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// Sums are taken in double, over n elements and rows pairwise over blocks: the error does
// not grow with n in practice.
//   sum, sum_of_squares   over n elements
//   is_finite             whether none of n elements is NaN or infinite
//   sum_rows              y[r] = Σ_c x[r, c]
//   sum_columns           y[c] = (accumulate ? y[c] : 0) + Σ_r x[r, c], in double, pairwise over blocks
//                         of rows; columns may be cut anywhere
//   max_*, min_*          the same over extremes (of at least one element); a NaN wins
#define STRATA_REDUCTION(T, S)                                                                             \
  double strata_sum_##S(ptrdiff_t n, const T *x);                                                          \
  double strata_sum_of_squares_##S(ptrdiff_t n, const T *x);                                               \
  int strata_is_finite_##S(ptrdiff_t n, const T *x);                                                       \
  void strata_sum_rows_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);                           \
  void strata_sum_columns_##S(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, int accumulate, T *y); \
  void strata_max_rows_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);                           \
  void strata_max_columns_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);                        \
  void strata_min_rows_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);                           \
  void strata_min_columns_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);

STRATA_BOTH_PRECISIONS(STRATA_REDUCTION)

#pragma clang assume_nonnull end
