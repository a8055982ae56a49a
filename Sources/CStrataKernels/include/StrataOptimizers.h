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
//   adam_step: g', m and v as adam has them;
//         w_new = shrink·w − (mean_rate · m + gradient_rate · g') / (√v / root_correction + epsilon), or, unless it
//         `divides`, without that divisor
//   adagrad: g' = g + decay·w;  v += g'²;  w_new = w − rate·g' / (√v + epsilon)
//   adadelta: g' = g + decay·w;  v = rho·v + (1 − rho)·g'²;  d = √(u + epsilon) / √(v + epsilon) · g';
//         u = rho·u + (1 − rho)·d²;  w_new = w − rate·d
//   lion: w_new = shrink·w − rate · sign(beta1·m + (1 − beta1)·g);  m = beta2·m + (1 − beta2)·g
//   rprop: `last` is the sign of the last slope. Where g has that sign, size = longer·size, where it has the other,
//         size = shorter·size, within least…most, and the step is left out;  w_new = w − rate·sign(g)·size
typedef struct { double rate, momentum, dampening, decay; int nesterov, first; } strata_sgd_options;
typedef struct { double step_size, beta1, beta2, epsilon, root_correction, decay, shrink; } strata_adam_options;
typedef struct { double rate, alpha, epsilon, decay, momentum; } strata_rmsprop_options;
typedef struct {
  double mean_rate, gradient_rate, beta1, beta2, epsilon, root_correction, decay, shrink;
  int divides;
} strata_adam_step_options;
typedef struct { double rate, epsilon, decay; } strata_adagrad_options;
typedef struct { double rate, rho, epsilon, decay; } strata_adadelta_options;
typedef struct { double rate, beta1, beta2, shrink; } strata_lion_options;
typedef struct { double rate, longer, shorter, least, most; } strata_rprop_options;
#define STRATA_OPTIMIZER(T, S)                                                                              \
  void strata_sgd_##S(ptrdiff_t n, strata_sgd_options o, const T *w, const T *g, T *_Nullable m, T *w_new); \
  void strata_adam_##S(ptrdiff_t n, strata_adam_options o, const T *w, const T *g, T *m, T *v, \
                         T *_Nullable v_max, T *w_new);                                                     \
  void strata_rmsprop_##S(ptrdiff_t n, strata_rmsprop_options o, const T *w, const T *g, T *v,              \
                          T *_Nullable mean, T *_Nullable buffer, T *w_new);                                \
  void strata_adam_step_##S(ptrdiff_t n, strata_adam_step_options o, const T *w, const T *g, T *m, T *v,    \
                            T *w_new);                                                                      \
  void strata_adagrad_##S(ptrdiff_t n, strata_adagrad_options o, const T *w, const T *g, T *v, T *w_new);   \
  void strata_adadelta_##S(ptrdiff_t n, strata_adadelta_options o, const T *w, const T *g, T *v, T *u,      \
                           T *w_new);                                                                       \
  void strata_lion_##S(ptrdiff_t n, strata_lion_options o, const T *w, const T *g, T *m, T *w_new);         \
  void strata_rprop_##S(ptrdiff_t n, strata_rprop_options o, const T *w, const T *g, T *last, T *size,      \
                        T *w_new);

STRATA_BOTH_PRECISIONS(STRATA_OPTIMIZER)

#pragma clang assume_nonnull end
