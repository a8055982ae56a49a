// Functions of one or two elements, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// y = f(x), elementwise. float32 exp, tanh and sigmoid are within 2 ulp over their whole range.
#define STRATA_UNARY(T, S)                                            \
  void strata_exp_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_log_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_tanh_##S(ptrdiff_t n, const T *x, T *y);                \
  void strata_sigmoid_##S(ptrdiff_t n, const T *x, T *y);             \
  void strata_sqrt_##S(ptrdiff_t n, const T *x, T *y);                \
  void strata_rsqrt_##S(ptrdiff_t n, const T *x, T *y);               \
  void strata_abs_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_negate_##S(ptrdiff_t n, const T *x, T *y);              \
  void strata_sin_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_cos_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_relu_##S(ptrdiff_t n, const T *x, T *y); /* NaN stays NaN */

// y = a ∘ b, elementwise. A step of 0 holds that operand at its first element; the other step is 1.
// Minimum and maximum propagate NaN. Comparisons give 1 or 0. prelu is a where a > 0, else a b, and prelu_slope
// its derivative for a.
#define STRATA_BINARY_OP(NAME, T, S) \
  void strata_##NAME##_##S(ptrdiff_t n, const T *a, ptrdiff_t a_step, const T *b, ptrdiff_t b_step, T *y);
#define STRATA_BINARY(T, S)            \
  STRATA_BINARY_OP(add, T, S)          \
  STRATA_BINARY_OP(subtract, T, S)     \
  STRATA_BINARY_OP(multiply, T, S)     \
  STRATA_BINARY_OP(divide, T, S)       \
  STRATA_BINARY_OP(power, T, S)        \
  STRATA_BINARY_OP(minimum, T, S)      \
  STRATA_BINARY_OP(maximum, T, S)      \
  STRATA_BINARY_OP(equal, T, S)        \
  STRATA_BINARY_OP(not_equal, T, S)    \
  STRATA_BINARY_OP(less, T, S)         \
  STRATA_BINARY_OP(less_equal, T, S)   \
  STRATA_BINARY_OP(greater, T, S)      \
  STRATA_BINARY_OP(greater_equal, T, S) \
  STRATA_BINARY_OP(prelu, T, S)          \
  STRATA_BINARY_OP(prelu_slope, T, S)

STRATA_BOTH_PRECISIONS(STRATA_UNARY)
STRATA_BOTH_PRECISIONS(STRATA_BINARY)

#pragma clang assume_nonnull end
