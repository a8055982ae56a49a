// Functions of one or two elements, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// y = f(x), elementwise. float32 exp, tanh, sigmoid, expm1, log1p and erf are within 4 ulp over their whole range;
// round takes halves to the even integer, sign gives −1, 0 or 1, is_nan 1 or 0. NaN stays NaN. Integers wrap around.
#define STRATA_UNARY_OP(NAME, T, S) void strata_##NAME##_##S(ptrdiff_t n, const T *x, T *y);
#define STRATA_ARITHMETIC_UNARY(T, S) \
  STRATA_UNARY_OP(negate, T, S)       \
  STRATA_UNARY_OP(abs, T, S)          \
  STRATA_UNARY_OP(cube, T, S)         \
  STRATA_UNARY_OP(sign, T, S)
#define STRATA_UNARY(T, S)      \
  STRATA_UNARY_OP(exp, T, S)     \
  STRATA_UNARY_OP(log, T, S)     \
  STRATA_UNARY_OP(tanh, T, S)    \
  STRATA_UNARY_OP(sigmoid, T, S) \
  STRATA_UNARY_OP(expm1, T, S)   \
  STRATA_UNARY_OP(log1p, T, S)   \
  STRATA_UNARY_OP(erf, T, S)     \
  STRATA_UNARY_OP(sqrt, T, S)    \
  STRATA_UNARY_OP(rsqrt, T, S)   \
  STRATA_UNARY_OP(sin, T, S)     \
  STRATA_UNARY_OP(cos, T, S)     \
  STRATA_UNARY_OP(relu, T, S)    \
  STRATA_UNARY_OP(round, T, S)   \
  STRATA_UNARY_OP(floor, T, S)   \
  STRATA_UNARY_OP(ceil, T, S)    \
  STRATA_UNARY_OP(is_nan, T, S)

// y = a ∘ b, elementwise. A step of 0 holds that operand at its first element; the other step is 1.
// Minimum and maximum propagate NaN. Comparisons give 1 or 0. atan2 is that of a / b. prelu is a where a > 0, else
// a b, and prelu_slope its derivative for a.
#define STRATA_BINARY_OP(NAME, T, S) \
  void strata_##NAME##_##S(ptrdiff_t n, const T *a, ptrdiff_t a_step, const T *b, ptrdiff_t b_step, T *y);
#define STRATA_ARITHMETIC_BINARY(T, S) \
  STRATA_BINARY_OP(add, T, S)          \
  STRATA_BINARY_OP(subtract, T, S)     \
  STRATA_BINARY_OP(multiply, T, S)     \
  STRATA_BINARY_OP(minimum, T, S)      \
  STRATA_BINARY_OP(maximum, T, S)      \
  STRATA_BINARY_OP(equal, T, S)        \
  STRATA_BINARY_OP(not_equal, T, S)    \
  STRATA_BINARY_OP(less, T, S)         \
  STRATA_BINARY_OP(less_equal, T, S)   \
  STRATA_BINARY_OP(greater, T, S)      \
  STRATA_BINARY_OP(greater_equal, T, S)
#define STRATA_BINARY(T, S)     \
  STRATA_BINARY_OP(divide, T, S) \
  STRATA_BINARY_OP(power, T, S)  \
  STRATA_BINARY_OP(atan2, T, S)  \
  STRATA_BINARY_OP(prelu, T, S)  \
  STRATA_BINARY_OP(prelu_slope, T, S)

STRATA_ALL_TYPES(STRATA_ARITHMETIC_UNARY)
STRATA_ALL_TYPES(STRATA_ARITHMETIC_BINARY)
STRATA_BOTH_PRECISIONS(STRATA_UNARY)
STRATA_BOTH_PRECISIONS(STRATA_BINARY)

#pragma clang assume_nonnull end
