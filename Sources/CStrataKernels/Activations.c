// Activations, each with its backward: of elements, then of rows, whose sums are taken in double.
#ifndef T
#define TEMPLATE "Activations.c"
#include "StrataActivations.h"
#include "Kernels.h"
#else
#include "ActivationMath.h"
#include "RowMath.h"

// f of x, and dx in terms of dy and of what forward keeps: x itself or y.
#define ACTIVATION(NAME, FORWARD, KEPT, BACKWARD)                                                    \
  KERNEL void K(NAME)(ptrdiff_t n, T p, const T *x_, T *y) {                                         \
    FOR_EACH_LONG(n, { const T x = x_[i]; y[i] = (FORWARD); });                                      \
  }                                                                                                  \
  KERNEL void K(NAME##_backward)(ptrdiff_t n, T p, const T *dy_, const T *kept, T *dx) {             \
    FOR_EACH_LONG(n, { const T dy = dy_[i], KEPT = kept[i]; dx[i] = (BACKWARD); });                  \
  }

// Below so much these functions of x are 0 in float and double. −∞ gives NaN, as −∞ · 0 does in PyTorch.
#define FLOOR ((T)(sizeof(T) == sizeof(float) ? -120 : -1000))
INLINE T above_floor(T x) { return x < FLOOR ? FLOOR + 0 * x : x; }

INLINE T gelu(T x) { T density; x = above_floor(x); return normal_distribution(x, x, &density); }
INLINE T gelu_slope(T x) {
  T density;
  const T probability = normal_distribution(x, 1, &density);
  return probability + x * density;
}

// x σ(x); far below 0, σ alone may be too small to have all its digits.
INLINE T silu(T x) {
  const T e = exponential_of_negative(-__builtin_elementwise_abs(x)), below = above_floor(x);
  return x < 0 ? exponential_times(below, below / (1 + e)) : x / (1 + e);
}

// The slope of x σ(v) for a given dv/dx. Neither σ(v) nor 1 − σ(v) comes from a difference that cancels.
INLINE T gated_slope(T x, T v, T dv) {
  const T small = sigmoid(-__builtin_elementwise_abs(v)), large = 1 - small;
  return (v < 0 ? small : large) * (1 + x * (v < 0 ? large : small) * dv);
}

// (1 + tanh u) / 2 = σ(2u), without the cancellation. Beyond ±40 σ is 0 or 1, and x³ must not overflow.
#define SCALE ((T)0x1.9884533d43651p0)  // 2 √(2/π)
INLINE T cubic(T x) { return SCALE * (x + (T)0.044715 * x * x * x); }
INLINE T gelu_tanh_slope(T x) {
  x = x > 40 ? 40 : x < -40 ? -40 : x;
  return gated_slope(x, cubic(x), SCALE * (1 + 3 * (T)0.044715 * x * x));
}

// The constants for which a layer of normal numbers gives such numbers again.
#define SELU_SCALE ((T)1.0507009873554804934193349852946)
#define SELU_FLOOR (SELU_SCALE * (T)1.6732632423543772848170429916717)

// tanh(log(1 + e)) = n / (n + 2) with n = e (e + 2); above 20 it is 1, and e must not overflow.
INLINE T mish_gate(T x) {
  const T e = exponential(x > 20 ? 20 : x), n = e * (e + 2);
  return n / (n + 2);
}
INLINE T mish_slope(T x) {
  const T e = exponential(x > 20 ? 20 : x), n = e * (e + 2), gate = n / (n + 2);
  return x > 20 ? 1 : gate + x * (4 * e * (1 + e) / ((n + 2) * (n + 2)));
}
INLINE T softsign_slope(T x) { const T s = 1 / (1 + __builtin_elementwise_abs(x)); return s * s; }

ACTIVATION(leaky_relu, x > 0 ? x : p * x, y, y > 0 ? dy : p * dy)
ACTIVATION(elu, x > 0 ? x : p * exponential_minus_1(x), y, y > 0 ? dy : dy * (y + p))
ACTIVATION(gelu, gelu(x), x, dy * gelu_slope(x))
ACTIVATION(gelu_tanh, above_floor(x) * sigmoid(cubic(x)), x, dy * gelu_tanh_slope(x))
ACTIVATION(silu, silu(x), x, dy * gated_slope(x, x, 1))
ACTIVATION(softplus,
           (x > 0 ? x : 0) + logarithm_of_1_plus(exponential_of_negative(-__builtin_elementwise_abs(p * x))) / p,
           y, dy * -exponential_minus_1(-p * y))
ACTIVATION(selu, x > 0 ? SELU_SCALE * x : SELU_FLOOR * exponential_minus_1(x), y,
           y > 0 ? SELU_SCALE * dy : dy * (y + SELU_FLOOR))
ACTIVATION(celu, x > 0 ? x : p * exponential_minus_1(x / p), y, y > 0 ? dy : dy * (y / p + 1))
ACTIVATION(mish, x * mish_gate(x), x, dy * mish_slope(x))
ACTIVATION(log_sigmoid, (x < 0 ? x : 0) - logarithm_of_1_plus(exponential_of_negative(-__builtin_elementwise_abs(x))),
           y, dy * -exponential_minus_1(y))
ACTIVATION(softsign, x / (1 + __builtin_elementwise_abs(x)), x, dy * softsign_slope(x))
ACTIVATION(softshrink, x > p ? x - p : x < -p ? x + p : x != x ? x : 0, y, y == 0 ? 0 : dy)
ACTIVATION(hardshrink, x >= -p && x <= p ? 0 : x, y, y == 0 ? 0 : dy)
ACTIVATION(hardswish, x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6, x, x <= -3 ? 0 : x >= 3 ? dy : dy * (x / 3 + (T)0.5))
ACTIVATION(hardsigmoid, x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6, y, y <= 0 || y >= 1 ? 0 : dy / 6)

// Those whose value is in Elementwise.c.
#define BACKWARD(NAME, FORMULA)                                                          \
  KERNEL void K(NAME##_backward)(ptrdiff_t n, const T *dy_, const T *y_, T *dx) {        \
    FOR_EACH(i, n) { const T dy = dy_[i], y = y_[i]; dx[i] = (FORMULA); }                \
  }
BACKWARD(relu, y <= 0 ? 0 : dy)
BACKWARD(tanh, dy * (1 - y * y))
BACKWARD(sigmoid, dy * (y * (1 - y)))

KERNEL void K(softmax)(ptrdiff_t rows, ptrdiff_t n, const T *x, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++, x += n, y += n) {
    const ptrdiff_t left = (rows - r) * n;
    const T factor = (T)(1 / (1 + exponentials(n, left, x, largest(n, left, x), y, n)));
    FOR_EACH(i, n) y[i] *= factor;
  }
}

KERNEL void K(log_softmax)(ptrdiff_t rows, ptrdiff_t n, const T *x, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++, x += n, y += n) {
    const ptrdiff_t left = (rows - r) * n;
    const T m = largest(n, left, x);
    const double shift = log1p(exponentials(n, left, x, m, NULL, 0));
    FOR_EACH(i, n) y[i] = (T)(((double)x[i] - m) - shift);
  }
}

// A largest element that is not finite is the result.
KERNEL void K(log_sum_exp_rows)(ptrdiff_t rows, ptrdiff_t n, const T *x, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++, x += n) {
    const ptrdiff_t left = (rows - r) * n;
    const T m = largest(n, left, x);
    y[r] = __builtin_fabs((double)m) < INFINITY ? (T)(m + log1p(exponentials(n, left, x, m, NULL, 0))) : m;
  }
}

// Σ dy, times y where there is one.
INLINE double row_sum(ptrdiff_t n, const T *dy, const T *y) {
  double_lanes sum = {0};
  double rest = 0;
  ptrdiff_t i = 0;
  for (; i + LANES <= n; i += LANES) sum += y ? WIDEN(LOAD(dy + i)) * WIDEN(LOAD(y + i)) : WIDEN(LOAD(dy + i));
  for (; i < n; i++) rest += y ? (double)dy[i] * y[i] : dy[i];
  FOLD(sum, sum + other);
  return sum[0] + rest;
}

KERNEL void K(softmax_backward)(ptrdiff_t rows, ptrdiff_t n, const T *dy, const T *y, T *dx) {
  for (ptrdiff_t r = 0; r < rows; r++, dy += n, y += n, dx += n) {
    const T mean = (T)row_sum(n, dy, y);
    FOR_EACH(i, n) dx[i] = y[i] * (dy[i] - mean);
  }
}

KERNEL void K(log_softmax_backward)(ptrdiff_t rows, ptrdiff_t n, const T *dy, const T *y, T *dx) {
  for (ptrdiff_t r = 0; r < rows; r++, dy += n, y += n, dx += n) {
    const T sum = (T)row_sum(n, dy, NULL);
    FOR_EACH(i, n) dx[i] = dy[i] - exponential_of_negative(y[i]) * sum;
  }
}

#undef ACTIVATION
#undef BACKWARD
#undef SCALE
#undef SELU_SCALE
#undef SELU_FLOOR
#undef FLOOR
#endif
