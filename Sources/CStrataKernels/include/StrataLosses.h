// The losses that are one pass over their input, each with its gradient, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// Softmax cross-entropy, row by row over `classes` logits z, for a target of u_j in class j:
//   returns Σ_rows Σ_j u_j (log Σ_k exp(z_k) − z_j)
//   gradient = scale · (softmax(z) · Σ_j u_j − u)              (may be the array of the logits)
// With class indices y, u_j = w_j ((1 − smoothing) [j = y] + smoothing / classes), or 0 in all of a row whose
// label is `ignored`. The weights w are one a class, or NULL for ones.
// Stable for any finite logit. A target of 0 at a logit of −∞ contributes nothing; the true class at −∞
// gives +∞; a logit of +∞ or NaN makes the loss and its gradient row NaN. Pass NULL as gradient for the
// value alone; `values` gets the loss of each row, unless it is NULL. Labels must be in range, or ignored.
typedef struct { double smoothing; int32_t ignored; } strata_cross_entropy_options;
#define STRATA_CROSS_ENTROPY(T, S)                                                                        \
  double strata_softmax_cross_entropy_##S(ptrdiff_t rows, ptrdiff_t classes, const T *logits,            \
                                          const int32_t *labels, strata_cross_entropy_options o,         \
                                          const T *_Nullable weights, T scale, T *_Nullable gradient,    \
                                          T *_Nullable values);                                          \
  double strata_soft_cross_entropy_##S(ptrdiff_t rows, ptrdiff_t classes, const T *logits,               \
                                       const T *targets, T scale, T *_Nullable gradient,                 \
                                       T *_Nullable values);

// Return the sum over n elements of a function of z and t with a parameter p, write gradient = scale · dL/dz, which may
// be the array of z, or NULL, and the terms to `values`, or NULL. With d = z − t:
//   binary_cross_entropy  p · t · log(1 + e^−z) + (1 − t) log(1 + e^z); a factor of 0 gives 0
//   squared_error         d²
//   absolute_error        |d|; the derivative at 0 is 0
//   huber_error           d²/2 where |d| <= p, else p (|d| − p/2)
//   smooth_l1             d²/2p where |d| < p, else |d| − p/2
//   log_cosh              log cosh d
//   quantile              max(−p d, (1 − p) d)
//   poisson               e^z − t z
//   poisson_rate          z − t log(z + p)
//   hinge, squared_hinge  max(0, p − t z), and its square
//   hinge_embedding       z where t > 0, else max(0, p − z)
//   soft_margin           log(1 + e^−tz)
// binary_cross_entropy_by_column has a p of each element instead. negative_entropy is Σ t log t, and 0 log 0 = 0.
#define STRATA_POINTWISE_LOSS(NAME, T, S)                                                                 \
  double strata_##NAME##_##S(ptrdiff_t n, const T *z, const T *t, T p, T scale, T *_Nullable gradient,    \
                             T *_Nullable values);
#define STRATA_POINTWISE_LOSSES(T, S)                                                                     \
  STRATA_POINTWISE_LOSS(binary_cross_entropy, T, S)                                                       \
  STRATA_POINTWISE_LOSS(squared_error, T, S)                                                              \
  STRATA_POINTWISE_LOSS(absolute_error, T, S)                                                             \
  STRATA_POINTWISE_LOSS(huber_error, T, S)                                                                \
  STRATA_POINTWISE_LOSS(smooth_l1, T, S)                                                                  \
  STRATA_POINTWISE_LOSS(log_cosh, T, S)                                                                   \
  STRATA_POINTWISE_LOSS(quantile, T, S)                                                                   \
  STRATA_POINTWISE_LOSS(poisson, T, S)                                                                    \
  STRATA_POINTWISE_LOSS(poisson_rate, T, S)                                                               \
  STRATA_POINTWISE_LOSS(hinge, T, S)                                                                      \
  STRATA_POINTWISE_LOSS(squared_hinge, T, S)                                                              \
  STRATA_POINTWISE_LOSS(hinge_embedding, T, S)                                                            \
  STRATA_POINTWISE_LOSS(soft_margin, T, S)                                                                \
  double strata_binary_cross_entropy_by_column_##S(ptrdiff_t n, const T *z, const T *t, const T *p,       \
                                                   T scale, T *_Nullable gradient, T *_Nullable values);  \
  double strata_negative_entropy_##S(ptrdiff_t n, const T *t);

// The divergence of normal distributions, row by row over n of them: x holds n means μ and then n log-variances
// log σ², t likewise m and log s². Returns Σ (σ²/s² − 1 − log(σ²/s²) + (μ − m)²/s²), twice the divergence; writes
// scale times the divergence's gradient, which may be the array of x.
#define STRATA_NORMAL_DIVERGENCE(T, S)                                                                  \
  double strata_normal_divergence_##S(ptrdiff_t rows, ptrdiff_t n, const T *x, const T *t, T scale,     \
                                      T *gradient);

STRATA_BOTH_PRECISIONS(STRATA_NORMAL_DIVERGENCE)
STRATA_BOTH_PRECISIONS(STRATA_CROSS_ENTROPY)
STRATA_BOTH_PRECISIONS(STRATA_POINTWISE_LOSSES)

#pragma clang assume_nonnull end
