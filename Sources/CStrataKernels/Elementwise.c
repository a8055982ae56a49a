// Functions of one or two elements.
#ifndef T
#include "StrataElementwise.h"
#define TEMPLATE "Elementwise.c"
#include "Kernels.h"
#else

#define UNARY(NAME, FORMULA)                                         \
  KERNEL void K(NAME)(ptrdiff_t n, const T *x_, T *y) {              \
    FOR_EACH(i, n) { const T x = x_[i]; y[i] = (FORMULA); }          \
  }
#define LONG_UNARY(NAME, FORMULA)                                    \
  KERNEL void K(NAME)(ptrdiff_t n, const T *x_, T *y) {              \
    FOR_EACH_LONG(n, { const T x = x_[i]; y[i] = (FORMULA); });      \
  }
LONG_UNARY(exp, exponential(x))
LONG_UNARY(log, logarithm(x))
LONG_UNARY(tanh, hyperbolic_tangent(x))
LONG_UNARY(sigmoid, sigmoid(x))
UNARY(sin, sine(x))
UNARY(cos, cosine(x))
UNARY(sqrt, __builtin_elementwise_sqrt(x))  // sqrt() would set errno, one element at a time
UNARY(rsqrt, 1 / __builtin_elementwise_sqrt(x))
UNARY(abs, __builtin_elementwise_abs(x))
UNARY(negate, -x)
UNARY(relu, x < 0 ? 0 : x)

// One loop for each case of steps, so that none reads with a stride.
#define BINARY(NAME, FORMULA)                                                                                     \
  KERNEL void K(NAME)(ptrdiff_t n, const T *a_, ptrdiff_t a_step, const T *b_, ptrdiff_t b_step, T *y) {          \
    if (n <= 0) return;                                                                                           \
    if (a_step && b_step) FOR_EACH(i, n) { const T a = a_[i], b = b_[i]; y[i] = (FORMULA); }                      \
    else if (a_step) { const T b = *b_; FOR_EACH(i, n) { const T a = a_[i]; y[i] = (FORMULA); } }                 \
    else if (b_step) { const T a = *a_; FOR_EACH(i, n) { const T b = b_[i]; y[i] = (FORMULA); } }                 \
    else { const T a = *a_, b = *b_; FOR_EACH(i, n) y[i] = (FORMULA); }                                           \
  }
BINARY(add, a + b)
BINARY(subtract, a - b)
BINARY(multiply, a * b)
BINARY(divide, a / b)
BINARY(power, power(a, b))
BINARY(minimum, a < b || a != a ? a : b)
BINARY(maximum, a > b || a != a ? a : b)
BINARY(equal, a == b)
BINARY(not_equal, a != b)
BINARY(less, a < b)
BINARY(less_equal, a <= b)
BINARY(greater, a > b)
BINARY(greater_equal, a >= b)
BINARY(prelu, a > 0 ? a : b * a)
BINARY(prelu_slope, a > 0 ? 1 : b)

#undef UNARY
#undef LONG_UNARY
#undef BINARY
#endif
