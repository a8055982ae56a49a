// The losses that are a sum over elements, each in one pass with its gradient.
#ifndef T
#include "StrataLosses.h"
enum { PACK = 256 };  // elements whose terms wait in local arrays for their sum
#define TEMPLATE "PointwiseLosses.c"
#include "Kernels.h"
#else

// log(1 + e) for e in 0...1, without the loss of a small e: Kahan's correction of the rounding of 1 + e.
INLINE T log_of_one_plus(T e) {
  if (sizeof(T) == sizeof(double)) return (T)log1p(e);
  const T u = 1 + e;
  return u == 1 ? e : logarithm(u) * (e / (u - 1));
}

// Writes the TERM and the SLOPE of each element to local arrays; both may use z, t and what BEFORE declares.
#define POINTWISE_LOSS(NAME, OPTION, BEFORE, TERM, SLOPE)                                              \
  KERNEL double K(NAME)(ptrdiff_t n, const T *z_, const T *t_, OPTION T scale, T *gradient) {          \
    double_lanes sum = {0};                                                                            \
    for (ptrdiff_t start = 0; start < n; start += PACK) {                                              \
      const ptrdiff_t size = n - start < PACK ? n - start : PACK;                                      \
      T terms[PACK], slopes[PACK];                                                                     \
      FOR_EACH(i, size) {                                                                              \
        const T z = z_[start + i], t = t_[start + i];                                                  \
        BEFORE;                                                                                        \
        terms[i] = (TERM);                                                                             \
        slopes[i] = (SLOPE);                                                                           \
      }                                                                                                \
      for (ptrdiff_t i = size; i % LANES; i++) terms[i] = 0;                                           \
      for (ptrdiff_t i = 0; i < size; i += LANES) sum += WIDEN(LOAD(terms + i));                       \
      if (gradient) FOR_EACH(i, size) gradient[start + i] = scale * slopes[i];                         \
    }                                                                                                  \
    FOLD(sum, sum + other);                                                                            \
    return sum[0];                                                                                     \
  }
#define OPTION(NAME) T NAME,

// The factors are tested for 0: an infinite logit that agrees with its label would make 0 times infinity.
POINTWISE_LOSS(binary_cross_entropy, OPTION(positive),
  const T e = exponential_of_negative(-__builtin_elementwise_abs(z)); const T tail = log_of_one_plus(e);
  const T p = (z < 0 ? e : 1) / (1 + e); const T q = (z < 0 ? 1 : e) / (1 + e);
  const T yes = positive * t; const T no = 1 - t,
  (yes == 0 ? 0 : yes * (tail + (z < 0 ? -z : 0))) + (no == 0 ? 0 : no * (tail + (z > 0 ? z : 0))),
  no * p - yes * q)
POINTWISE_LOSS(absolute_error, , const T d = z - t, __builtin_elementwise_abs(d), d > 0 ? 1 : d < 0 ? -1 : d)
POINTWISE_LOSS(huber_error, OPTION(delta), const T d = z - t; const T a = __builtin_elementwise_abs(d),
  a > delta ? delta * (a - delta / 2) : d * d / 2, d > delta ? delta : d < -delta ? -delta : d)

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

#undef POINTWISE_LOSS
#undef OPTION
#endif
