// Batch normalization by channels, layer and root-mean-square normalization by rows.
#ifndef T
#include "StrataNormalization.h"

enum { GROUP = 8 };  // rows that channel sums take together, to load and store the sums once for all of them

#define TEMPLATE "Normalization.c"
#include "Kernels.h"
#else

// Σ u and Σ u d with d = x − center, over n elements; u is d, or dy, or dy · weight.
INLINE void row_sums(ptrdiff_t n, const T *x, double center, const T *dy, const T *weight, double *sum,
                     double *product) {
  double_lanes sums = {0}, products = {0};
  ptrdiff_t i = 0;
  for (; i + LANES <= n; i += LANES) {
    const double_lanes d = WIDEN(LOAD(x + i)) - center;
    const double_lanes u = !dy ? d : !weight ? WIDEN(LOAD(dy + i)) : WIDEN(LOAD(dy + i)) * WIDEN(LOAD(weight + i));
    sums += u;
    products += u * d;
  }
  FOLD(sums, sums + other);
  FOLD(products, products + other);
  double rest = 0, rest_products = 0;
  for (; i < n; i++) {
    const double d = x[i] - center, u = !dy ? d : !weight ? dy[i] : (double)dy[i] * weight[i];
    rest += u;
    rest_products += u * d;
  }
  *sum = sums[0] + rest;
  *product = products[0] + rest_products;
}

// The same down the columns of a few rows, added to sums[c] and products[c].
INLINE void column_sums(ptrdiff_t rows, ptrdiff_t n, const T *x, const T *center, const T *dy, double *sums,
                        double *products) {
  ptrdiff_t c = 0;
  for (; c + LANES <= n; c += LANES) {
    double_lanes sum = *(double_lanes *)(sums + c), product = *(double_lanes *)(products + c);
    const double_lanes m = WIDEN(LOAD(center + c));
    for (ptrdiff_t r = 0; r < rows; r++) {
      const double_lanes d = WIDEN(LOAD(x + r * n + c)) - m, u = dy ? WIDEN(LOAD(dy + r * n + c)) : d;
      sum += u;
      product += u * d;
    }
    *(double_lanes *)(sums + c) = sum;
    *(double_lanes *)(products + c) = product;
  }
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t i = c; i < n; i++) {
      const double d = (double)x[r * n + i] - center[i], u = dy ? dy[r * n + i] : d;
      sums[i] += u;
      products[i] += u * d;
    }
}

INLINE void sums_of_channels(ptrdiff_t batch, ptrdiff_t channels, ptrdiff_t inner, const T *x, const T *center,
                             ptrdiff_t step, const T *dy, double *sums) {
  memset(sums, 0, (size_t)(2 * channels) * sizeof *sums);
  for (ptrdiff_t c = 0; c < channels; c++) sums[2 * channels + c] = center[c * step];
  for (ptrdiff_t r = 0; r < batch && inner == 1; r += GROUP)
    column_sums(batch - r < GROUP ? batch - r : GROUP, channels, x + r * channels, center,
                dy ? dy + r * channels : NULL, sums, sums + channels);
  for (ptrdiff_t r = 0; r < batch * channels && inner != 1; r++) {
    const ptrdiff_t c = r % channels;
    double sum, product;
    row_sums(inner, x + r * inner, center[c * step], dy ? dy + r * inner : NULL, NULL, &sum, &product);
    sums[c] += sum;
    sums[channels + c] += product;
  }
}

KERNEL void K(channel_sums)(ptrdiff_t batch, ptrdiff_t channels, ptrdiff_t inner, const T *x, const T *center,
                            ptrdiff_t step, const T *dy, double *sums) {
  if (dy) sums_of_channels(batch, channels, inner, x, center, step, dy, sums);
  else sums_of_channels(batch, channels, inner, x, center, step, NULL, sums);
}

KERNEL void K(channel_affine)(ptrdiff_t rows, ptrdiff_t channels, ptrdiff_t inner, ptrdiff_t first, const T *x,
                              const T *m, const T *b, const T *c, const T *dy, const T *a, T *y) {
  const ptrdiff_t width = inner == 1 ? channels : inner;
  for (ptrdiff_t r = 0; r < rows; r++, x += width, y += width) {
    const ptrdiff_t k = (first + r) % channels;
    const T *own = dy ? dy + r * width : NULL;
    if (inner == 1 && dy) FOR_EACH(i, width) y[i] = a[i] * own[i] + (b[i] * (x[i] - m[i]) + c[i]);
    else if (inner == 1) FOR_EACH(i, width) y[i] = b[i] * (x[i] - m[i]) + c[i];
    else if (dy) FOR_EACH(i, width) y[i] = a[k] * own[i] + (b[k] * (x[i] - m[k]) + c[k]);
    else FOR_EACH(i, width) y[i] = b[k] * (x[i] - m[k]) + c[k];
  }
}

KERNEL void K(row_norm)(ptrdiff_t rows, ptrdiff_t n, double epsilon, const T *x, const T *weight, const T *bias,
                        double *moments, T *y) {
  for (ptrdiff_t r = 0; r < rows; r++, x += n, y += n) {
    const double first = bias ? x[0] : 0;
    double sum, square;
    row_sums(n, x, first, NULL, NULL, &sum, &square);
    // Where squares overflow the variance is infinite, not NaN; rounding may take it below 0.
    const double shift = bias ? sum / n : 0, mean = first + shift;
    const double variance = square / n - __builtin_elementwise_min(shift * shift, DBL_MAX);
    const double inverse = 1 / __builtin_elementwise_sqrt((variance < 0 ? 0 : variance) + epsilon);
    moments[2 * r] = mean;
    moments[2 * r + 1] = inverse;
    const T m = (T)mean, rest = (T)(mean - m), scale = (T)inverse;
    if (bias) FOR_EACH(c, n) y[c] = ((x[c] - m) - rest) * scale * weight[c] + bias[c];
    else FOR_EACH(c, n) y[c] = ((x[c] - m) - rest) * scale * weight[c];
  }
}

// With g = dy · weight:  dx = r (g − Σ g / n − x̂ Σ g x̂ / n), without the first sum where nothing is centered.
KERNEL void K(row_norm_backward)(ptrdiff_t rows, ptrdiff_t n, int centered, const T *x, const T *dy, const T *weight,
                                 const double *moments, T *dx, double *sums) {
  memset(sums, 0, (size_t)(2 * n) * sizeof *sums);
  for (ptrdiff_t r = 0; r < rows; r++, x += n, dy += n, dx += n) {
    const double mean = moments[2 * r], inverse = moments[2 * r + 1];
    double sum, product;
    row_sums(n, x, mean, dy, weight, &sum, &product);
    const T m = (T)mean, rest = (T)(mean - m), scale = (T)inverse;
    const T direct = centered ? (T)(sum / n) : 0, slope = (T)(inverse * inverse * product / n);
    FOR_EACH(c, n) {
      const T d = (x[c] - m) - rest, own = dy[c];
      sums[c] += own * (d * scale);
      sums[n + c] += own;
      dx[c] = scale * (own * weight[c] - direct - d * slope);
    }
  }
}
#endif
