// The recurrent cells' steps: everything between two matrix products in one pass over the gates.
#ifndef T
#define TEMPLATE "Recurrent.c"
#include "StrataRecurrent.h"
#include "Kernels.h"
#else
#pragma clang assume_nonnull begin

#define FORWARD(NAME) KERNEL STRATA_STEP_OF(K(NAME##_forward), T)
#define BACKWARD(NAME) KERNEL STRATA_STEP_OF(K(NAME##_backward), T)

#define RNN(NAME, FORMULA, SLOPE)                                                                                  \
  FORWARD(NAME) { FOR_EACH(i, rows * n) { const T x = z[i]; h[i] = (FORMULA); } }                                  \
  BACKWARD(NAME) {                                                                                                 \
    if (dy) FOR_EACH(i, rows * n) dh[i] += dy[i];                                                                  \
    FOR_EACH(i, rows * n) { const T y = h[i], slope = dh[i]; z[i] = (SLOPE); }                                     \
  }
RNN(rnn_tanh, hyperbolic_tangent(x), slope * (1 - y * y))
RNN(rnn_relu, x < 0 ? 0 : x, y <= 0 ? 0 : slope)

FORWARD(lstm) {
  for (ptrdiff_t r = 0; r < rows; r++, z += 4 * n, c_before += n, c += n, h += n) {
    T *input = z, *forget = z + n, *candidate = z + 2 * n, *output = z + 3 * n;
    FOR_EACH(j, n) {
      const T i = sigmoid(input[j]), f = sigmoid(forget[j]), g = hyperbolic_tangent(candidate[j]);
      const T o = sigmoid(output[j]), memory = f * c_before[j] + i * g;
      input[j] = i, forget[j] = f, candidate[j] = g, output[j] = o;
      c[j] = memory;
      h[j] = o * hyperbolic_tangent(memory);
    }
  }
}

BACKWARD(lstm) {
  if (dy) FOR_EACH(i, rows * n) dh[i] += dy[i];
  for (ptrdiff_t r = 0; r < rows; r++, z += 4 * n, c_before += n, c += n, dh += n, dc += n) {
    T *input = z, *forget = z + n, *candidate = z + 2 * n, *output = z + 3 * n;
    FOR_EACH(j, n) {
      const T i = input[j], f = forget[j], g = candidate[j], o = output[j], y = hyperbolic_tangent(c[j]);
      const T slope = dc[j] + dh[j] * o * (1 - y * y);
      input[j] = slope * g * (i * (1 - i));
      forget[j] = slope * c_before[j] * (f * (1 - f));
      candidate[j] = slope * i * (1 - g * g);
      output[j] = dh[j] * y * (o * (1 - o));
      dc[j] = slope * f;
    }
  }
}

FORWARD(gru) {
  for (ptrdiff_t r = 0; r < rows; r++, z += 3 * n, zh += 3 * n, h_before += n, h += n) {
    T *reset = z, *update = z + n, *candidate = z + 2 * n;
    FOR_EACH(j, n) {
      const T g = sigmoid(reset[j] + zh[j]), u = sigmoid(update[j] + zh[j + n]);
      const T m = hyperbolic_tangent(candidate[j] + g * zh[j + 2 * n]);
      reset[j] = g, update[j] = u, candidate[j] = m;
      h[j] = m + u * (h_before[j] - m);
    }
  }
}

BACKWARD(gru) {
  if (dy) FOR_EACH(i, rows * n) dh[i] += dy[i];
  for (ptrdiff_t r = 0; r < rows; r++, z += 3 * n, zh += 3 * n, h_before += n, dh += n) {
    T *reset = z, *update = z + n, *candidate = z + 2 * n;
    FOR_EACH(j, n) {
      const T g = reset[j], u = update[j], m = candidate[j];
      const T dm = dh[j] * (1 - u) * (1 - m * m), dg = dm * zh[j + 2 * n] * (g * (1 - g));
      const T du = dh[j] * (h_before[j] - m) * (u * (1 - u));
      reset[j] = dg, update[j] = du, candidate[j] = dm;
      zh[j] = dg, zh[j + n] = du, zh[j + 2 * n] = dm * g;
      dh[j] *= u;
    }
  }
}

#undef FORWARD
#undef BACKWARD
#undef RNN
#pragma clang assume_nonnull end
#endif
