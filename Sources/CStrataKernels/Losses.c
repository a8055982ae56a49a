// The losses that are one pass over their input, each with its gradient: softmax cross-entropy with class
// indices or soft targets, and the squared error.
//
// With m the largest logit, s = Σ_j exp(z_j − m) = 1 + rest, where rest leaves one largest logit out. Then
//   log Σ_j exp(z_j) − z_y = log1p(rest) + (m − z_y),   softmax_j = exp(z_j − m) / s
// has no cancellation: both terms are positive, and the small loss of a sure and right answer is in `rest`
// alone. −∞ gives exp = 0; NaN and +∞ make rest NaN (∞ − ∞), hence the loss and the whole gradient row.
#ifndef T
#define TEMPLATE "Losses.c"
#include "Kernels.h"
#else

// The LANES elements at x, or the n < LANES left there and then the filler.
INLINE const T *next_lanes(const T *x, ptrdiff_t n, T filler, T *padded) {
  if (n >= LANES) return x;
  for (ptrdiff_t l = 0; l < LANES; l++) padded[l] = l < n ? x[l] : filler;
  return padded;
}

INLINE T largest(ptrdiff_t classes, const T *z) {
  T padded[LANES], lane[LANES];
  T_LANES best = LOAD(next_lanes(z, classes, -INFINITY, padded));
  for (ptrdiff_t c = LANES; c < classes; c += LANES) {
    const T_LANES v = LOAD(next_lanes(z + c, classes - c, -INFINITY, padded));
    best = SELECT((v > best) | (v != v), v, best);
  }
  memcpy(lane, &best, sizeof best);
  for (int width = LANES / 2; width > 0; width /= 2)
    for (int l = 0; l < width; l++)
      lane[l] = lane[l + width] > lane[l] || lane[l + width] != lane[l + width] ? lane[l + width] : lane[l];
  return lane[0];
}

// Returns `rest`; writes exp(z − m) to e (which may be z) unless that is NULL.
INLINE double exponentials(ptrdiff_t classes, const T *z, T m, T *e) {
  double_lanes sum = {0};
  T_LANES ties = {0};
  for (ptrdiff_t c = 0; c < classes; c += LANES) {
    T padded[LANES], power[LANES];
    const T *x = next_lanes(z + c, classes - c, -INFINITY, padded);
    FOR_EACH(l, LANES) power[l] = exponential(x[l] - m);
    const T_LANES tie = SELECT(LOAD(x) == m, ((T_LANES){0} + 1), ((T_LANES){0}));
    sum += WIDEN(LOAD(power) - tie);
    ties += tie;
    if (!e) continue;
    if (classes - c >= LANES) memcpy(e + c, power, sizeof power);
    else for (ptrdiff_t l = 0; l < classes - c; l++) e[c + l] = power[l];
  }
  const double_lanes count = WIDEN(ties);
  return FOLD(sum) + (FOLD(count) - 1);
}

KERNEL double K(softmax_cross_entropy)(ptrdiff_t rows, ptrdiff_t classes, const T *logits, const int32_t *labels,
                                       T scale, T *gradient) {
  double loss = 0;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const T *z = logits + r * classes, m = largest(classes, z), own = z[labels[r]];
    T *g = gradient ? gradient + r * classes : NULL;
    const double rest = exponentials(classes, z, m, g);
    loss += log1p(rest) + ((double)m - own);
    if (!g) continue;
    const T factor = (T)(scale / (1 + rest));
    // 1 − softmax_y as the sum of the others, for the same reason as above.
    const double others = own == m ? rest : 1 + rest - g[labels[r]];
    FOR_EACH(c, classes) g[c] *= factor;
    g[labels[r]] = (T)(-scale * (others / (1 + rest)));
  }
  return loss;
}

KERNEL double K(soft_cross_entropy)(ptrdiff_t rows, ptrdiff_t classes, const T *logits, const T *targets, T scale,
                                    T *gradient) {
  double loss = 0;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const T *z = logits + r * classes, *t = targets + r * classes, m = largest(classes, z);
    T *g = gradient ? gradient + r * classes : NULL;
    double_lanes mass = {0}, distance = {0};
    for (ptrdiff_t c = 0; c < classes; c += LANES) {
      T z_padded[LANES], t_padded[LANES];
      const double_lanes weight = WIDEN(LOAD(next_lanes(t + c, classes - c, 0, t_padded)));
      const double_lanes below = (double)m - WIDEN(LOAD(next_lanes(z + c, classes - c, 0, z_padded)));
      mass += weight;
      distance += SELECT(weight == 0, ((double_lanes){0}), (weight * below));  // 0 · ∞ is 0 here
    }
    const double rest = exponentials(classes, z, m, g), total = FOLD(mass);
    loss += total * log1p(rest) + FOLD(distance);
    if (!g) continue;
    const T factor = (T)(scale * total / (1 + rest));
    FOR_EACH(c, classes) g[c] = g[c] * factor - scale * t[c];
  }
  return loss;
}

KERNEL double K(squared_error)(ptrdiff_t n, const T *x, const T *t, T scale, T *gradient) {
  double sum = 0;
  // In blocks that stay in the cache between the sum and the gradient.
  for (ptrdiff_t start = 0, size; start < n; start += size) {
    size = n - start < 1024 ? n - start : 1024;
    const T *a = x + start, *b = t + start;
    double_lanes lanes = {0};
    for (ptrdiff_t i = 0; i < size; i += LANES) {
      T a_padded[LANES], b_padded[LANES];
      const double_lanes difference = WIDEN(LOAD(next_lanes(a + i, size - i, 0, a_padded)))
                                    - WIDEN(LOAD(next_lanes(b + i, size - i, 0, b_padded)));
      lanes += difference * difference;
    }
    sum += FOLD(lanes);
    if (gradient) FOR_EACH(i, size) gradient[start + i] = scale * (a[i] - b[i]);
  }
  return sum;
}
#endif
