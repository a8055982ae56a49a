// One optimizer step over one parameter in one pass: each array is read and written once.
#ifndef T
enum { STEPS = 256 };  // elements whose steps wait in a local array for what is optional
#include "StrataOptimizers.h"
#define TEMPLATE "Optimizers.c"
#include "Kernels.h"
#else

// A mean whose gradients have ended (a dead unit's) shrinks until it sticks at a denormal, which makes each
// further step several times slower; it is worth nothing by then.
INLINE T settle(T x) {
  return __builtin_elementwise_abs(x) < (sizeof(T) == sizeof(float) ? (T)FLT_MIN : (T)DBL_MIN) ? 0 : x;
}

// The root of the largest number there is. What goes into a mean of squares counts as no more than this: an
// infinite mean would never again let its parameter move.
#define ROOT (sizeof(T) == sizeof(float) ? (T)0x1p63 : (T)0x1p511)
INLINE T squarable(T x) { return x > ROOT ? ROOT : x < -ROOT ? -ROOT : x; }

// The running mean, kept · mean + fresh · x with kept + fresh = 1, from the nearer end: where little is kept, a small x
// beside a large mean is not lost.
INLINE T moved(T mean, T x, T kept, T fresh) {
  return kept < (T)0.5 ? x + kept * (mean - x) : mean + fresh * (x - mean);
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

// One loop with AMSGrad and one without, so that the plain one reads and writes no more than it must.
#define ADAM(SQUARE)                                                                                     \
  FOR_EACH(i, n) {                                                                                       \
    const T slope = squarable(g[i] + decay * w[i]);                                                      \
    const T mean = settle(moved(m[i], slope, beta1, fresh1));                                            \
    const T square = beta2 * v[i] + fresh2 * slope * slope, root = __builtin_elementwise_sqrt(SQUARE);   \
    m[i] = mean;                                                                                         \
    v[i] = square;                                                                                       \
    w_new[i] = shrink * w[i] - step_size * (mean / (root * inverse_correction + epsilon));               \
  }
KERNEL void K(adam)(ptrdiff_t n, strata_adam_options o, const T *w, const T *g, T *m, T *v, T *v_max,
                    T *w_new) {
  const T step_size = (T)o.step_size, epsilon = (T)o.epsilon, decay = (T)o.decay, shrink = (T)o.shrink;
  const T beta1 = (T)o.beta1, beta2 = (T)o.beta2, inverse_correction = (T)(1 / o.root_correction);
  const T fresh1 = (T)(1 - o.beta1), fresh2 = (T)(1 - o.beta2);  // in double: 1 - 0.999f is off by 1e-5
  if (v_max) ADAM(v_max[i] = square > v_max[i] ? square : v_max[i])
  else ADAM(square)
}
#undef ADAM

KERNEL void K(rmsprop)(ptrdiff_t n, strata_rmsprop_options o, const T *w, const T *g, T *v, T *mean,
                       T *buffer, T *w_new) {
  const T rate = (T)o.rate, alpha = (T)o.alpha, fresh = (T)(1 - o.alpha), epsilon = (T)o.epsilon;
  const T decay = (T)o.decay, momentum = (T)o.momentum;
  for (ptrdiff_t start = 0; start < n; start += STEPS) {
    const ptrdiff_t size = n - start < STEPS ? n - start : STEPS;
    T step[STEPS], spread[STEPS];
    FOR_EACH(i, size) {
      step[i] = squarable(g[start + i] + decay * w[start + i]);
      v[start + i] = spread[i] = alpha * v[start + i] + fresh * step[i] * step[i];
    }
    if (mean) FOR_EACH(i, size) {
      const T centre = settle(moved(mean[start + i], step[i], alpha, fresh));
      const T variance = spread[i] - centre * centre;
      mean[start + i] = centre;
      spread[i] = variance < 0 ? 0 : variance;
    }
    FOR_EACH(i, size) step[i] /= __builtin_elementwise_sqrt(spread[i]) + epsilon;
    T *b = buffer ? buffer + start : NULL;
    if (b) FOR_EACH(i, size) b[i] = step[i] = settle(momentum * b[i] + step[i]);
    FOR_EACH(i, size) w_new[start + i] = w[start + i] - rate * step[i];
  }
}

KERNEL void K(adam_step)(ptrdiff_t n, strata_adam_step_options o, const T *w, const T *g, T *m, T *v, T *w_new) {
  const T decay = (T)o.decay, shrink = (T)o.shrink, beta1 = (T)o.beta1, beta2 = (T)o.beta2, epsilon = (T)o.epsilon;
  const T fresh1 = (T)(1 - o.beta1), fresh2 = (T)(1 - o.beta2), inverse_correction = (T)(1 / o.root_correction);
  const T of_mean = (T)o.mean_rate, of_slope = (T)o.gradient_rate;
  const int divides = o.divides;
  FOR_EACH(i, n) {
    const T slope = squarable(g[i] + decay * w[i]);
    const T mean = m[i] = settle(moved(m[i], slope, beta1, fresh1));
    const T square = v[i] = beta2 * v[i] + fresh2 * slope * slope;
    const T divisor = divides ? __builtin_elementwise_sqrt(square) * inverse_correction + epsilon : (T)1;
    w_new[i] = shrink * w[i] - (of_mean * mean + of_slope * slope) / divisor;
  }
}

KERNEL void K(adagrad)(ptrdiff_t n, strata_adagrad_options o, const T *w, const T *g, T *v, T *w_new) {
  const T rate = (T)o.rate, epsilon = (T)o.epsilon, decay = (T)o.decay;
  FOR_EACH(i, n) {
    const T slope = squarable(g[i] + decay * w[i]);
    const T sum = v[i] = v[i] + slope * slope;
    w_new[i] = w[i] - rate * slope / (__builtin_elementwise_sqrt(sum) + epsilon);
  }
}

KERNEL void K(adadelta)(ptrdiff_t n, strata_adadelta_options o, const T *w, const T *g, T *v, T *u, T *w_new) {
  const T rate = (T)o.rate, rho = (T)o.rho, fresh = (T)(1 - o.rho), epsilon = (T)o.epsilon, decay = (T)o.decay;
  FOR_EACH(i, n) {
    const T slope = squarable(g[i] + decay * w[i]);
    const T square = v[i] = rho * v[i] + fresh * slope * slope;
    const T step = __builtin_elementwise_sqrt(u[i] + epsilon) / __builtin_elementwise_sqrt(square + epsilon) * slope;
    u[i] = rho * u[i] + fresh * step * step;
    w_new[i] = w[i] - rate * step;
  }
}

KERNEL void K(lion)(ptrdiff_t n, strata_lion_options o, const T *w, const T *g, T *m, T *w_new) {
  const T rate = (T)o.rate, shrink = (T)o.shrink, beta1 = (T)o.beta1, beta2 = (T)o.beta2;
  const T fresh1 = (T)(1 - o.beta1), fresh2 = (T)(1 - o.beta2);
  FOR_EACH(i, n) {
    const T direction = moved(m[i], g[i], beta1, fresh1);
    m[i] = settle(moved(m[i], g[i], beta2, fresh2));
    w_new[i] = shrink * w[i] - (direction > 0 ? rate : direction < 0 ? -rate : 0);
  }
}

KERNEL void K(rprop)(ptrdiff_t n, strata_rprop_options o, const T *w, const T *g, T *last, T *size, T *w_new) {
  const T rate = (T)o.rate, longer = (T)o.longer, shorter = (T)o.shorter, least = (T)o.least, most = (T)o.most;
  FOR_EACH(i, n) {
    // Signs, not products: the product of two small slopes is 0.
    const T now = g[i] > 0 ? 1 : g[i] < 0 ? -1 : 0, sign = now * last[i];
    const T wished = size[i] * (sign > 0 ? longer : sign < 0 ? shorter : 1);
    const T step = size[i] = wished < least ? least : wished > most ? most : wished;
    const T direction = last[i] = sign < 0 ? 0 : now;
    w_new[i] = w[i] - rate * direction * step;
  }
}
#undef ROOT
#endif
