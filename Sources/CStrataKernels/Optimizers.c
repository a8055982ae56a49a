// One optimizer step over one parameter in one pass: each array is read and written once.
#ifndef T
#define TEMPLATE "Optimizers.c"
#include "Kernels.h"
#else

// A mean whose gradients have ended (a dead unit's) shrinks until it sticks at a denormal, which makes each
// further step several times slower; it is worth nothing by then.
INLINE T settle(T x) {
  return __builtin_elementwise_abs(x) < (sizeof(T) == sizeof(float) ? (T)FLT_MIN : (T)DBL_MIN) ? 0 : x;
}

KERNEL void K(sgd)(ptrdiff_t n, strata_sgd_options o, const T *w, const T *g, T *m, T *w_new) {
  const T rate = (T)o.rate, momentum = (T)o.momentum, fresh = (T)(1 - o.dampening), decay = (T)o.decay;
  const int nesterov = o.nesterov, first = o.first;
  if (!m) {
    FOR_EACH(i, n) w_new[i] = w[i] - rate * (g[i] + decay * w[i]);
    return;
  }
  FOR_EACH(i, n) {
    const T slope = g[i] + decay * w[i];
    const T velocity = settle(first ? slope : momentum * m[i] + fresh * slope);
    m[i] = velocity;
    w_new[i] = w[i] - rate * (nesterov ? slope + momentum * velocity : velocity);
  }
}

KERNEL void K(adam)(ptrdiff_t n, strata_adam_options o, const T *w, const T *g, T *m, T *v, T *w_new) {
  const T step_size = (T)o.step_size, epsilon = (T)o.epsilon, decay = (T)o.decay, shrink = (T)o.shrink;
  const T beta2 = (T)o.beta2, inverse_correction = (T)(1 / o.root_correction);
  const T fresh1 = (T)(1 - o.beta1), fresh2 = (T)(1 - o.beta2);  // in double: 1 - 0.999f is off by 1e-5
  FOR_EACH(i, n) {
    const T slope = g[i] + decay * w[i];
    const T mean = settle(m[i] + fresh1 * (slope - m[i]));
    const T square = beta2 * v[i] + fresh2 * slope * slope;
    m[i] = mean;
    v[i] = square;
    w_new[i] = shrink * w[i] - step_size * (mean / (__builtin_elementwise_sqrt(square) * inverse_correction + epsilon));
  }
}
#endif
