// The losses that are a sum over elements; StrataKernels.h says what all kernels keep to.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// Return the sum, and write gradient = scale · dL/dz, which may be the array of z, or NULL:
//   binary_cross_entropy  positive · t · log(1 + e^−z) + (1 − t) log(1 + e^z); a factor of 0 gives 0
//   absolute_error        |z − t|; the derivative at 0 is 0
//   huber_error           d²/2 where |d| = |z − t| <= delta, else delta (|d| − delta/2)
//   negative_entropy      Σ t log t, and 0 log 0 = 0
#define STRATA_POINTWISE_LOSS(T, S)                                                                       \
  double strata_binary_cross_entropy_##S(ptrdiff_t n, const T *z, const T *t, T positive, T scale,        \
                                         T *_Nullable gradient);                                          \
  double strata_absolute_error_##S(ptrdiff_t n, const T *z, const T *t, T scale, T *_Nullable gradient);  \
  double strata_huber_error_##S(ptrdiff_t n, const T *z, const T *t, T delta, T scale,                    \
                                T *_Nullable gradient);                                                   \
  double strata_negative_entropy_##S(ptrdiff_t n, const T *t);

STRATA_BOTH_PRECISIONS(STRATA_POINTWISE_LOSS)

#pragma clang assume_nonnull end
