// Normalization over the batch, channel by channel, and over the features, row by row, under the rules of
// StrataKernels.h. Sums are taken in double.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// For batch normalization, of x [batch, channels, inner]. With m a number near the channel's mean that T can
// hold, x − m is exact for the numbers that matter, so nothing cancels.
//   channel_sums     sums [3, channels]: over the given samples Σ u and Σ u (x − m), where u is dy, or x − m where dy
//                    is NULL; and m, which is center[channel · step]
//   channel_affine   y = b (x − m) + c, plus a dy where dy is not NULL, with a, b, c and m of each channel; takes rows
//                    of `inner` elements, the first of them in channel `first`, or where inner is 1 of all channels
#define STRATA_BATCH_NORM(T, S)                                                                                     \
  void strata_channel_sums_##S(ptrdiff_t batch, ptrdiff_t channels, ptrdiff_t inner, const T *x, const T *center,   \
                               ptrdiff_t step, const T *_Nullable dy, double *sums);                                \
  void strata_channel_affine_##S(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t inner, ptrdiff_t first, const T *x,  \
                                 const T *m, const T *b, const T *c, const T *_Nullable dy, const T *_Nullable a,   \
                                 T *y);

// Normalization of each row of n elements: y = (x − mean) / σ · weight + bias, σ² = mean of (x − mean)² +
// epsilon; where bias is NULL, it and the mean are taken as 0. moments [rows, 2] receives the mean and 1/σ.
// The backward gives dx, and sums [2, n] over the rows of dy (x − mean) / σ and of dy; `centered` says that
// there was a bias.
#define STRATA_ROW_NORM(T, S)                                                                                       \
  void strata_row_norm_##S(ptrdiff_t rows, ptrdiff_t n, double epsilon, const T *x, const T *weight,                \
                           const T *_Nullable bias, double *moments, T *y);                                         \
  void strata_row_norm_backward_##S(ptrdiff_t rows, ptrdiff_t n, int centered, const T *x, const T *dy,             \
                                    const T *weight, const double *moments, T *dx, double *sums);

STRATA_BOTH_PRECISIONS(STRATA_BATCH_NORM)
STRATA_BOTH_PRECISIONS(STRATA_ROW_NORM)

#pragma clang assume_nonnull end
