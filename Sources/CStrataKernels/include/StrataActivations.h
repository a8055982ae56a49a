// Activations and their backward, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// y = f(x), and dx = dy · f'(x) from dy and what the layer keeps: x, or y where that is enough. `p` is the
// function's parameter (a slope, α or β), unused where there is none. float32 gelu is within 5 ulp, elu, silu
// and softplus are within 4, in their tails too. NaN stays NaN.
#define STRATA_ACTIVATION(NAME, T, S)                                                                 \
  void strata_##NAME##_##S(ptrdiff_t n, T p, const T *x, T *y);                                       \
  void strata_##NAME##_backward_##S(ptrdiff_t n, T p, const T *dy, const T *kept, T *dx);
#define STRATA_ACTIVATIONS(T, S)                                     \
  STRATA_ACTIVATION(leaky_relu, T, S) /* keeps y */                  \
  STRATA_ACTIVATION(elu, T, S)        /* keeps y */                  \
  STRATA_ACTIVATION(gelu, T, S)       /* keeps x */                  \
  STRATA_ACTIVATION(gelu_tanh, T, S)  /* keeps x */                  \
  STRATA_ACTIVATION(silu, T, S)       /* keeps x */                  \
  STRATA_ACTIVATION(softplus, T, S)   /* keeps y */                  \
  STRATA_ACTIVATION(selu, T, S)       /* keeps y */                  \
  STRATA_ACTIVATION(celu, T, S)       /* keeps y */                  \
  STRATA_ACTIVATION(mish, T, S)       /* keeps x */                  \
  STRATA_ACTIVATION(log_sigmoid, T, S) /* keeps y */                 \
  STRATA_ACTIVATION(softsign, T, S)   /* keeps x */                  \
  STRATA_ACTIVATION(softshrink, T, S) /* keeps y */                  \
  STRATA_ACTIVATION(hardshrink, T, S) /* keeps y */                  \
  STRATA_ACTIVATION(hardswish, T, S)  /* keeps x */                  \
  STRATA_ACTIVATION(hardsigmoid, T, S) /* keeps y */

STRATA_BOTH_PRECISIONS(STRATA_ACTIVATIONS)

// dx = dy · f'(x), with f' written in terms of the output y of f.
// relu: 0 where y <= 0, else dy (so a NaN output lets dy through, as in PyTorch).
#define STRATA_ACTIVATION_BACKWARD(T, S)                                                \
  void strata_relu_backward_##S(ptrdiff_t n, const T *dy, const T *y, T *dx);           \
  void strata_tanh_backward_##S(ptrdiff_t n, const T *dy, const T *y, T *dx);           \
  void strata_sigmoid_backward_##S(ptrdiff_t n, const T *dy, const T *y, T *dx);

STRATA_BOTH_PRECISIONS(STRATA_ACTIVATION_BACKWARD)

// Functions of each row of n elements: y = e^x / Σ e^x, or its logarithm; dx from dy and y. log_sum_exp_rows has one y a
// row, log Σ e^x.
#define STRATA_ROW_ACTIVATION(T, S)                                                                       \
  void strata_softmax_##S(ptrdiff_t rows, ptrdiff_t n, const T *x, T *y);                                 \
  void strata_log_softmax_##S(ptrdiff_t rows, ptrdiff_t n, const T *x, T *y);                             \
  void strata_log_sum_exp_rows_##S(ptrdiff_t rows, ptrdiff_t n, const T *x, T *y);                        \
  void strata_softmax_backward_##S(ptrdiff_t rows, ptrdiff_t n, const T *dy, const T *y, T *dx);          \
  void strata_log_softmax_backward_##S(ptrdiff_t rows, ptrdiff_t n, const T *dy, const T *y, T *dx);

STRATA_BOTH_PRECISIONS(STRATA_ROW_ACTIVATION)

#pragma clang assume_nonnull end
