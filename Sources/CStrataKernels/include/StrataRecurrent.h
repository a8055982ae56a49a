// One time step of the built-in recurrent cells, without its matrix products.
//
// A step has `rows` sequences of `n` hidden units. Pre-activations come in z, [rows, gates · n], gate after
// gate; those of the hidden state alone in zh, which is z itself where a cell adds the two. The hidden state is
// h_before and becomes h; so c_before and c for the LSTM's memory. Cells without the one or the other ignore it.
//   forward   z becomes the gates' activations, which backward needs; dy, dh and dc are not looked at
//   backward  takes dh and dc, dL by the new state through the steps after, adds dy to dh unless it is NULL,
//             writes over z and zh their gradients, and over dh and dc those by the state before, but for
//             what reaches h_before through its matrix product; dh is 0 + that where the cell has no other way
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

#define STRATA_STEP_OF(NAME, T)                                                                                    \
  void NAME(ptrdiff_t rows, ptrdiff_t n, T *z, T *zh, const T *h_before, const T *c_before, T *h, T *c,            \
            const T *_Nullable dy, T *_Nullable dh, T *_Nullable dc)
#define STRATA_STEP(NAME, T, S)                    \
  STRATA_STEP_OF(strata_##NAME##_forward_##S, T);  \
  STRATA_STEP_OF(strata_##NAME##_backward_##S, T);

#define STRATA_RECURRENT(T, S)                                                                \
  STRATA_STEP(rnn_tanh, T, S) /* h = tanh(z) */                                               \
  STRATA_STEP(rnn_relu, T, S) /* h = max(z, 0) */                                             \
  STRATA_STEP(lstm, T, S)     /* i, f, g, o: c = f c_before + i g, h = o tanh(c) */           \
  STRATA_STEP(gru, T, S)      /* r, u, n: n = tanh(z_n + r zh_n), h = (1 - u) n + u h_before */
STRATA_BOTH_PRECISIONS(STRATA_RECURRENT)

#pragma clang assume_nonnull end
