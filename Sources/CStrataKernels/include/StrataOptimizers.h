// The steps of the optimizers, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// One optimizer step over one parameter in one pass: reads w (old) and g, writes w_new (which may be w)
// and the state in place. `decay` adds decay·w to the gradient (L2); `shrink` multiplies w first
// (decoupled: 1 − rate·decay). An m below the smallest normal number becomes 0. What adam and rmsprop square
// counts as no more than the root of the largest number (2^63, 2^511).
//   sgd:  g' = g + decay·w;  without momentum buffer (NULL): w_new = w − rate·g'
//         else  m = momentum·m + (1 − dampening)·g' (or m = g' when `first`);  d = nesterov ? g' + momentum·m : m;
//               w_new = w − rate·d
//   adam: g' = g + decay·w;  m += (1 − beta1)(g' − m);  v = beta2·v + (1 − beta2)·g'²;  (AMSGrad, where v_max
//         is given: v_max = max(v_max, v), which then takes the place of v)
//         w_new = shrink·w − step_size · m / (√v / root_correction + epsilon)
//         with step_size = rate / (1 − beta1^t) and root_correction = √(1 − beta2^t), computed by the caller in double
//   rmsprop: g' = g + decay·w;  v = alpha·v + (1 − alpha)·g'²;  d = g' / (√v + epsilon), or, given a mean,
//         mean += (1 − alpha)(g' − mean), d = g' / (√max(v − mean², 0) + epsilon);
//         with a buffer, buffer = momentum·buffer + d and d = buffer;  w_new = w − rate·d
typedef struct { double rate, momentum, dampening, decay; int nesterov, first; } strata_sgd_options;
typedef struct { double step_size, beta1, beta2, epsilon, root_correction, decay, shrink; } strata_adam_options;
typedef struct { double rate, alpha, epsilon, decay, momentum; } strata_rmsprop_options;
#define STRATA_OPTIMIZER(T, S)                                                                              \
  void strata_sgd_##S(ptrdiff_t n, strata_sgd_options o, const T *w, const T *g, T *_Nullable m, T *w_new); \
  void strata_adam_##S(ptrdiff_t n, strata_adam_options o, const T *w, const T *g, T *m, T *v, \
                         T *_Nullable v_max, T *w_new);                                                     \
  void strata_rmsprop_##S(ptrdiff_t n, strata_rmsprop_options o, const T *w, const T *g, T *v,              \
                          T *_Nullable mean, T *_Nullable buffer, T *w_new);

STRATA_BOTH_PRECISIONS(STRATA_OPTIMIZER)

#pragma clang assume_nonnull end
