// The losses, each in one pass with its gradient: softmax cross-entropy with class indices or soft targets, then
// those that are a sum over elements.
//
// Of the cross-entropy: with m the largest logit, s = Σ_j exp(z_j − m) = 1 + rest, where rest leaves one largest
// logit out. Then
//   log Σ_j exp(z_j) − z_y = log1p(rest) + (m − z_y),   softmax_j = exp(z_j − m) / s
// has no cancellation: both terms are positive, and the small loss of a sure and right answer is in `rest`
// alone. −∞ gives exp = 0; NaN and +∞ make rest NaN (∞ − ∞), hence the loss and the whole gradient row.
#ifndef T
enum {
  SMALL = 256,          // classes up to which a row's exponentials wait in a local array for their factor
  SQUARES = 1024,       // elements that stay in the first cache between their sum and their gradient
  PACK = 256            // elements whose terms wait in local arrays for their sum
};
#include "StrataLosses.h"
#define TEMPLATE "Losses.c"
#include "Kernels.h"
#else

#include "ActivationMath.h"
#include "RowMath.h"

// Σ_j w_j and Σ_j w_j (m − z_j) over a row; w are ones if NULL. A weight of 0 times infinity is 0 here.
INLINE void weigh(ptrdiff_t n, ptrdiff_t left, const T *z, T m, ptrdiff_t w_left, const T *w, double *mass,
                  double *distance) {
  double_lanes masses = {0}, distances = {0};
  for (ptrdiff_t c = 0; c < n; c += LANES) {
    T z_padded[LANES], w_padded[LANES];
    const T_LANES all = w ? LOAD(next_lanes(w + c, w_left - c, w_padded)) : ALL(1);
    const double_lanes weight = WIDEN(ONLY(n - c, all, 0));
    const double_lanes below = (double)m - WIDEN(LOAD(next_lanes(z + c, left - c, z_padded)));
    masses += weight;
    distances += SELECT(weight == 0, ((double_lanes){0}), (weight * below));
  }
  FOLD(masses, masses + other);
  FOLD(distances, distances + other);
  *mass = masses[0];
  *distance = distances[0];
}

KERNEL double K(softmax_cross_entropy)(ptrdiff_t rows, ptrdiff_t classes, const T *logits,
                                       const int32_t *labels, strata_cross_entropy_options o,
                                       const T *weights, T scale, T *gradient, T *values) {
  double loss = 0;
  const T even = (T)(o.smoothing / (double)classes);  // the target of every class, before its weight
  for (ptrdiff_t r = 0; r < rows; r++) {
    const ptrdiff_t left = (rows - r) * classes, y = labels[r];
    T *g = gradient ? gradient + r * classes : NULL, small[SMALL], *e = classes <= SMALL ? small : g;
    if (y == o.ignored) {
      if (g) memset(g, 0, (size_t)classes * sizeof(T));
      if (values) values[r] = 0;
      continue;
    }
    const T *z = logits + r * classes, m = largest(classes, left, z), own = z[y];
    const T weight = weights ? weights[y] : 1;
    const double sure = (1 - o.smoothing) * weight;  // the target of the true class besides
    double mass = 0, distance = 0;
    if (even > 0) weigh(classes, left, z, m, classes, weights, &mass, &distance);
    const double total = sure + even * mass;
    const double rest = exponentials(classes, left, z, m, e, classes <= SMALL ? SMALL : classes);
    const double value = total * log1p(rest) + (sure == 0 ? 0 : sure * ((double)m - own)) + even * distance;
    loss += value;
    if (values) values[r] = (T)value;
    if (!g) continue;
    const T factor = (T)(scale * total / (1 + rest)), shift = scale * even;
    // 1 − softmax_y as the sum of the others, for the same reason as above.
    const double others = own == m ? rest : 1 + rest - e[y];
    if (even == 0) FOR_EACH(c, classes) g[c] = e[c] * factor;
    else if (weights) FOR_EACH(c, classes) g[c] = e[c] * factor - shift * weights[c];
    else FOR_EACH(c, classes) g[c] = e[c] * factor - shift;
    g[y] = (T)(scale * (even * (mass - weight) - total * (others / (1 + rest))));
  }
  return loss;
}

KERNEL double K(soft_cross_entropy)(ptrdiff_t rows, ptrdiff_t classes, const T *logits, const T *targets, T scale,
                                    T *gradient, T *values) {
  double loss = 0;
  for (ptrdiff_t r = 0; r < rows; r++) {
    const ptrdiff_t left = (rows - r) * classes;
    const T *z = logits + r * classes, *t = targets + r * classes, m = largest(classes, left, z);
    T *g = gradient ? gradient + r * classes : NULL, small[SMALL], *e = classes <= SMALL ? small : g;
    double total, distance;
    weigh(classes, left, z, m, left, t, &total, &distance);
    const double rest = exponentials(classes, left, z, m, e, classes <= SMALL ? SMALL : classes);
    const double value = total * log1p(rest) + distance;
    loss += value;
    if (values) values[r] = (T)value;
    if (!g) continue;
    const T factor = (T)(scale * total / (1 + rest));
    FOR_EACH(c, classes) g[c] = e[c] * factor - scale * t[c];
  }
  return loss;
}

KERNEL double K(squared_error)(ptrdiff_t n, const T *x, const T *t, T p, T scale, T *gradient, T *values) {
  double sum = 0;
  for (ptrdiff_t start = 0; start < n; start += SQUARES) {
    const ptrdiff_t size = n - start < SQUARES ? n - start : SQUARES;
    const T *a = x + start, *b = t + start, twice = 2 * scale;
    double_lanes lanes = {0};
    double rest = 0;
    ptrdiff_t i = 0;
    for (; i + LANES <= size; i += LANES) {
      const double_lanes d = WIDEN(LOAD(a + i)) - WIDEN(LOAD(b + i));
      lanes += d * d;
    }
    for (; i < size; i++) rest += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
    FOLD(lanes, lanes + other);
    sum += lanes[0] + rest;
    if (values) FOR_EACH(j, size) values[start + j] = (a[j] - b[j]) * (a[j] - b[j]);
    if (gradient) FOR_EACH(j, size) gradient[start + j] = twice * (a[j] - b[j]);
  }
  return sum;
}

// log(1 + e) for e in 0...1, without the loss of a small e: Kahan's correction of the rounding of 1 + e.
INLINE T log_of_one_plus(T e) {
  if (sizeof(T) == sizeof(double)) return (T)log1p(e);
  const T u = 1 + e;
  return u == 1 ? e : logarithm(u) * (e / (u - 1));
}

// Writes the TERM and the SLOPE of each element to local arrays; both may use z, t, the parameter p, which is P, and
// what BEFORE declares.
#define POINTWISE_LOSS_BY(NAME, OPTION, P, BEFORE, TERM, SLOPE)                                        \
  KERNEL double K(NAME)(ptrdiff_t n, const T *z_, const T *t_, OPTION, T scale, T *gradient, T *values) { \
    double_lanes sum = {0};                                                                            \
    for (ptrdiff_t start = 0; start < n; start += PACK) {                                              \
      const ptrdiff_t size = n - start < PACK ? n - start : PACK;                                      \
      T terms[PACK], slopes[PACK];                                                                     \
      FOR_EACH(i, size) {                                                                              \
        const T z = z_[start + i], t = t_[start + i], p = P;                                           \
        (void)p;                                                                                       \
        BEFORE;                                                                                        \
        terms[i] = (TERM);                                                                             \
        slopes[i] = (SLOPE);                                                                           \
      }                                                                                                \
      for (ptrdiff_t i = size; i % LANES; i++) terms[i] = 0;                                           \
      for (ptrdiff_t i = 0; i < size; i += LANES) sum += WIDEN(LOAD(terms + i));                       \
      if (values) memcpy(values + start, terms, (size_t)size * sizeof(T));                             \
      if (gradient) FOR_EACH(i, size) gradient[start + i] = scale * slopes[i];                         \
    }                                                                                                  \
    FOLD(sum, sum + other);                                                                            \
    return sum[0];                                                                                     \
  }
#define POINTWISE_LOSS(NAME, BEFORE, TERM, SLOPE) POINTWISE_LOSS_BY(NAME, T p_, p_, BEFORE, TERM, SLOPE)
#define ABS(X) __builtin_elementwise_abs(X)
#define DIFFERENCE const T d = z - t; const T a = ABS(d)
#define SIGN(X) ((X) > 0 ? 1 : (X) < 0 ? -1 : (X))  // NaN stays

// The factors are tested for 0: an infinite logit that agrees with its label would make 0 times infinity.
#define BINARY_CROSS_ENTROPY(NAME, OPTION, P)                                                            \
  POINTWISE_LOSS_BY(NAME, OPTION, P,                                                                     \
    const T e = exponential_of_negative(-ABS(z)); const T tail = log_of_one_plus(e);                     \
    const T own = (z < 0 ? e : 1) / (1 + e); const T other = (z < 0 ? 1 : e) / (1 + e);                  \
    const T yes = p * t; const T no = 1 - t,                                                             \
    (yes == 0 ? 0 : yes * (tail + (z < 0 ? -z : 0))) + (no == 0 ? 0 : no * (tail + (z > 0 ? z : 0))),    \
    no * own - yes * other)
BINARY_CROSS_ENTROPY(binary_cross_entropy, T p_, p_)
BINARY_CROSS_ENTROPY(binary_cross_entropy_by_column, const T *p_, p_[start + i])
POINTWISE_LOSS(absolute_error, DIFFERENCE, a, SIGN(d))
POINTWISE_LOSS(huber_error, DIFFERENCE, a > p ? p * (a - p / 2) : d * d / 2, d > p ? p : d < -p ? -p : d)
POINTWISE_LOSS(smooth_l1, DIFFERENCE, a < p ? d * d / (2 * p) : a - p / 2, a < p ? d / p : SIGN(d))
// cosh a = 1 + m² / (2 (1 + m)) with m = e^−a − 1, from which nothing cancels near 0.
POINTWISE_LOSS(log_cosh, DIFFERENCE; const T m = exponential_minus_1(-a),
  a < 1 ? log_of_one_plus(m * m / (2 * (1 + m))) : a + log_of_one_plus(exponential_of_negative(-2 * a)) - (T)M_LN2,
  hyperbolic_tangent(d))
POINTWISE_LOSS(quantile, const T d = t - z, d > 0 ? p * d : (p - 1) * d, d > 0 ? -p : d < 0 ? 1 - p : d)
POINTWISE_LOSS(poisson, const T e = exponential(z), e - (t == 0 ? 0 : t * z), e - t)
POINTWISE_LOSS(poisson_rate, const T rate = z + p, z - (t == 0 ? 0 : t * logarithm(rate)), 1 - (t == 0 ? 0 : t / rate))
POINTWISE_LOSS(hinge, const T m = p - t * z, m < 0 ? 0 : m, m > 0 ? -t : m == m ? 0 : m)
POINTWISE_LOSS(squared_hinge, const T m = p - t * z, m < 0 ? 0 : m * m, m < 0 ? 0 : -2 * t * m)
POINTWISE_LOSS(hinge_embedding, const T m = p - z, t > 0 ? z : m < 0 ? 0 : m, z != z ? z : t > 0 ? 1 : m > 0 ? -1 : 0)
POINTWISE_LOSS(soft_margin, const T x = -t * z,
  (x > 0 ? x : 0) + log_of_one_plus(exponential_of_negative(-ABS(x))), -t * sigmoid(x))

KERNEL double K(negative_entropy)(ptrdiff_t n, const T *t) {
  double_lanes sum = {0};
  for (ptrdiff_t start = 0; start < n; start += LANES) {
    const ptrdiff_t size = n - start < LANES ? n - start : LANES;
    T terms[LANES] = {0};
    FOR_EACH(i, size) terms[i] = t[start + i] == 0 ? 0 : t[start + i] * logarithm(t[start + i]);
    sum += WIDEN(LOAD(terms));
  }
  FOLD(sum, sum + other);
  return sum[0];
}

// e^x − 1 and, in *rest, e^x − 1 − x: near 0, where the differences cancel, by the series of the latter.
INLINE T growth(T x, T *rest) {
  T series = 1;
  _Pragma("clang loop unroll(full)") for (int k = 14; k > 2; k--) series = 1 + series * x * (1 / (T)k);
  const T small = series * x * x / 2, large = exponential(x) - 1;
  const int is_small = x < (T)0.5 && x > (T)-0.5;
  *rest = is_small ? small : large - x;
  return is_small ? x + small : large;
}

KERNEL double K(normal_divergence)(ptrdiff_t rows, ptrdiff_t n, const T *x, const T *t, T scale, T *gradient) {
  double_lanes sum = {0};
  for (ptrdiff_t r = 0; r < rows; r++, x += 2 * n, t += 2 * n, gradient += 2 * n)
    for (ptrdiff_t start = 0; start < n; start += PACK) {
      const ptrdiff_t size = n - start < PACK ? n - start : PACK;
      T terms[PACK], means[PACK], spreads[PACK];
      FOR_EACH(i, size) {
        const T *mu = x + start, *m = t + start, d = mu[i] - m[i], v = mu[n + i], w = m[n + i];
        // Where two agree nothing is left, be the prior so narrow that its precision is infinite.
        means[i] = d == 0 ? 0 : d * exponential(-w);
        spreads[i] = growth(v == w ? 0 : v - w, &terms[i]);
        terms[i] += d * means[i];
      }
      for (ptrdiff_t i = size; i % LANES; i++) terms[i] = 0;
      for (ptrdiff_t i = 0; i < size; i += LANES) sum += WIDEN(LOAD(terms + i));
      FOR_EACH(i, size) gradient[start + i] = scale * means[i];
      FOR_EACH(i, size) gradient[n + start + i] = scale * spreads[i] / 2;
    }
  FOLD(sum, sum + other);
  return sum[0];
}

#undef POINTWISE_LOSS_BY
#undef POINTWISE_LOSS
#undef BINARY_CROSS_ENTROPY
#undef DIFFERENCE
#undef ABS
#undef SIGN
#endif
