// Functions of one or two elements; those that integers have too stand first.
#ifndef T
#include "StrataElementwise.h"
#define TEMPLATE "Elementwise.c"
#define INTEGERS
#include "Kernels.h"
#else
#include "ActivationMath.h"
#include "WideMath.h"

#define UNARY(NAME, FORMULA)                                         \
  KERNEL void K(NAME)(ptrdiff_t n, const T *x_, T *y) {              \
    FOR_EACH(i, n) { const T x = x_[i]; y[i] = (T)(FORMULA); }       \
  }

// One loop for each case of steps, so that none reads with a stride.
#define BINARY(NAME, FORMULA)                                                                                     \
  KERNEL void K(NAME)(ptrdiff_t n, const T *a_, ptrdiff_t a_step, const T *b_, ptrdiff_t b_step, T *y) {          \
    if (n <= 0) return;                                                                                           \
    if (a_step && b_step) FOR_EACH(i, n) { const T a = a_[i], b = b_[i]; y[i] = (T)(FORMULA); }                   \
    else if (a_step) { const T b = *b_; FOR_EACH(i, n) { const T a = a_[i]; y[i] = (T)(FORMULA); } }              \
    else if (b_step) { const T a = *a_; FOR_EACH(i, n) { const T b = b_[i]; y[i] = (T)(FORMULA); } }              \
    else { const T a = *a_, b = *b_; FOR_EACH(i, n) y[i] = (T)(FORMULA); }                                        \
  }

// Integers wrap around: WRAP computes in a type in which that is defined.
#if IS_INTEGER
#define WRAP(X) ((uint32_t)(X))
UNARY(abs, x < 0 ? -WRAP(x) : WRAP(x))
#else
#define WRAP(X) (X)
UNARY(abs, __builtin_elementwise_abs(x))
#endif
UNARY(negate, -WRAP(x))
UNARY(cube, WRAP(x) * WRAP(x) * WRAP(x))
UNARY(sign, x > 0 ? 1 : x < 0 ? -1 : x == 0 ? 0 : x)
BINARY(add, WRAP(a) + WRAP(b))
BINARY(subtract, WRAP(a) - WRAP(b))
BINARY(multiply, WRAP(a) * WRAP(b))
BINARY(minimum, a < b || a != a ? a : b)
BINARY(maximum, a > b || a != a ? a : b)
BINARY(equal, a == b)
BINARY(not_equal, a != b)
BINARY(less, a < b)
BINARY(less_equal, a <= b)
BINARY(greater, a > b)
BINARY(greater_equal, a >= b)

#if !IS_INTEGER
#define LONG_UNARY(NAME, FORMULA)                                    \
  KERNEL void K(NAME)(ptrdiff_t n, const T *x_, T *y) {              \
    FOR_EACH_LONG(n, { const T x = x_[i]; y[i] = (FORMULA); });      \
  }
LONG_UNARY(exp, exponential(x))
LONG_UNARY(tanh, hyperbolic_tangent(x))
LONG_UNARY(sigmoid, sigmoid(x))
LONG_UNARY(expm1, exponential_minus_one(x))
LONG_UNARY(log1p, logarithm_plus_one(x))
LONG_UNARY(erf, error_function(x))
#define SIXTEEN_WIDE _Pragma("clang loop vectorize(assume_safety) vectorize_width(16) interleave_count(4)")
// Whole blocks without a rare element go through a faster formula; each element is what it is in any block.
#define GUARDED(RARE, SLOW, FAST) do {                                                    \
    for (ptrdiff_t start = 0; start < n; start += 128) {                                  \
      const ptrdiff_t left = n - start;                                                   \
      int any = left < 128;                                                               \
      if (!any) for (ptrdiff_t i = start; i < start + 128; i++) any |= RARE;              \
      if (any) FOR_EACH(l, left < 128 ? left : 128) { const ptrdiff_t i = start + l; y[i] = SLOW; } \
      else SIXTEEN_WIDE for (ptrdiff_t l = 0; l < 128; l++) { const ptrdiff_t i = start + l; y[i] = FAST; } \
    }                                                                                     \
  } while (0)
#define GUARDED_UNARY(NAME, RARE, SLOW, FAST) \
  KERNEL void K(NAME)(ptrdiff_t n, const T *x, T *y) { GUARDED(RARE(x[i]), SLOW(x[i]), FAST(x[i])); }
GUARDED_UNARY(log, is_not_normal, logarithm, logarithm_of_normal)
GUARDED_UNARY(sin, is_far, any_sine, sine)
GUARDED_UNARY(cos, is_far, any_cosine, cosine)
UNARY(sqrt, __builtin_elementwise_sqrt(x))  // sqrt() would set errno, one element at a time
UNARY(rsqrt, 1 / __builtin_elementwise_sqrt(x))
UNARY(relu, x < 0 ? 0 : x)
UNARY(round, __builtin_elementwise_roundeven(x))
UNARY(floor, __builtin_elementwise_floor(x))
UNARY(ceil, __builtin_elementwise_ceil(x))
UNARY(is_nan, x != x)
BINARY(divide, a / b)
KERNEL void K(power)(ptrdiff_t n, const T *a, ptrdiff_t a_step, const T *b, ptrdiff_t b_step, T *y) {
#define POWER(I, J) GUARDED(is_special(a[I], b[J]), power(a[I], b[J]), positive_power(a[I], b[J]))
  if (a_step && b_step) POWER(i, i);
  else if (a_step) POWER(i, 0);
  else if (b_step) POWER(0, i);
  else POWER(0, 0);
#undef POWER
}
BINARY(atan2, arc_tangent(a, b))
BINARY(prelu, a > 0 ? a : b * a)
BINARY(prelu_slope, a > 0 ? 1 : b)
#undef LONG_UNARY
#undef GUARDED
#undef GUARDED_UNARY
#endif

#undef UNARY
#undef BINARY
#undef WRAP
#endif
