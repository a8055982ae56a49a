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
// value alone. Labels must be in range, or ignored.
typedef struct { double smoothing; int32_t ignored; } strata_cross_entropy_options;
#define STRATA_CROSS_ENTROPY(T, S)                                                                        \
  double strata_softmax_cross_entropy_##S(ptrdiff_t rows, ptrdiff_t classes, const T *logits,            \
                                          const int32_t *labels, strata_cross_entropy_options o,         \
                                          const T *_Nullable weights, T scale, T *_Nullable gradient);   \
  double strata_soft_cross_entropy_##S(ptrdiff_t rows, ptrdiff_t classes, const T *logits,               \
                                       const T *targets, T scale, T *_Nullable gradient);

// Return the sum over n elements, and write gradient = scale · dL/dz, which may be the array of z, or NULL:
//   binary_cross_entropy  positive · t · log(1 + e^−z) + (1 − t) log(1 + e^z); a factor of 0 gives 0
//   squared_error         (z − t)², for which gradient = scale · (z − t), without the factor 2
//   absolute_error        |z − t|; the derivative at 0 is 0
//   huber_error           d²/2 where |d| = |z − t| <= delta, else delta (|d| − delta/2)
//   negative_entropy      Σ t log t, and 0 log 0 = 0
#define STRATA_POINTWISE_LOSS(T, S)                                                                       \
  double strata_binary_cross_entropy_##S(ptrdiff_t n, const T *z, const T *t, T positive, T scale,        \
                                         T *_Nullable gradient);                                          \
  double strata_squared_error_##S(ptrdiff_t n, const T *z, const T *t, T scale, T *_Nullable gradient);   \
  double strata_absolute_error_##S(ptrdiff_t n, const T *z, const T *t, T scale, T *_Nullable gradient);  \
  double strata_huber_error_##S(ptrdiff_t n, const T *z, const T *t, T delta, T scale,                    \
                                T *_Nullable gradient);                                                   \
  double strata_negative_entropy_##S(ptrdiff_t n, const T *t);

// The divergence of normal distributions, row by row over n of them: x holds n means μ and then n log-variances
// log σ², t likewise m and log s². Returns Σ (σ²/s² − 1 − log(σ²/s²) + (μ − m)²/s²), twice the divergence; writes
// scale times the divergence's gradient, which may be the array of x.
#define STRATA_NORMAL_DIVERGENCE(T, S)                                                                  \
  double strata_normal_divergence_##S(ptrdiff_t rows, ptrdiff_t n, const T *x, const T *t, T scale,     \
                                      T *gradient);

STRATA_BOTH_PRECISIONS(STRATA_NORMAL_DIVERGENCE)
STRATA_BOTH_PRECISIONS(STRATA_CROSS_ENTROPY)
STRATA_BOTH_PRECISIONS(STRATA_POINTWISE_LOSS)

#pragma clang assume_nonnull end
