// Softmax and its logarithm, row by row, each with its backward. A row's sums are taken in double.
#ifndef T
#define TEMPLATE "Softmax.c"
#include "StrataActivations.h"
#include "Kernels.h"
#else
#include "RowMath.h"

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
#endif
