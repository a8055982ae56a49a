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
LONG_UNARY(log, logarithm(x))
LONG_UNARY(tanh, hyperbolic_tangent(x))
LONG_UNARY(sigmoid, sigmoid(x))
LONG_UNARY(expm1, exponential_minus_one(x))
LONG_UNARY(log1p, logarithm_plus_one(x))
LONG_UNARY(erf, error_function(x))
// Blocks of which one element is far are gone through one by one; each element is what it is in any block.
#define CIRCULAR(NAME, FORMULA, FAR)                                                             \
  KERNEL void K(NAME)(ptrdiff_t n, const T *x_, T *y) {                                          \
    for (ptrdiff_t start = 0; start < n; start += 128) {                                         \
      const ptrdiff_t end = n - start < 128 ? n : start + 128;                                   \
      int any = 0;                                                                               \
      for (ptrdiff_t i = start; i < end; i++) any |= is_far(x_[i]);                              \
      if (any) for (ptrdiff_t i = start; i < end; i++) {                                         \
        const T x = x_[i];                                                                       \
        y[i] = is_far(x) ? FAR : FORMULA;                                                        \
      } else FOR_EACH(i, end - start) { const T x = x_[start + i]; y[start + i] = FORMULA; }     \
    }                                                                                            \
  }
CIRCULAR(sin, sine(x), far_sine(x))
CIRCULAR(cos, cosine(x), far_cosine(x))
#undef CIRCULAR
UNARY(sqrt, __builtin_elementwise_sqrt(x))  // sqrt() would set errno, one element at a time
UNARY(rsqrt, 1 / __builtin_elementwise_sqrt(x))
UNARY(relu, x < 0 ? 0 : x)
UNARY(round, __builtin_elementwise_roundeven(x))
UNARY(floor, __builtin_elementwise_floor(x))
UNARY(ceil, __builtin_elementwise_ceil(x))
UNARY(is_nan, x != x)
BINARY(divide, a / b)
BINARY(power, power(a, b))
BINARY(atan2, arc_tangent(a, b))
BINARY(prelu, a > 0 ? a : b * a)
BINARY(prelu_slope, a > 0 ? 1 : b)
#undef LONG_UNARY
#endif

#undef UNARY
#undef BINARY
#undef WRAP
#endif
