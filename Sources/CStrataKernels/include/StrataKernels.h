// The vector loops that BLAS has not, in portable C.
//
// Every kernel exists for float (`_f32`) and double (`_f64`), unless its comment says otherwise,
// and is compiled once per CPU generation and chosen when the program runs. Counts are elements,
// arrays are contiguous, matrices are row-major. An output may be the very same array as an
// input of its size (in place), but must not overlap it otherwise. What one call computes depends on
// its arguments alone (on one CPU generation): sums are taken in one fixed order, and an element's result
// does not depend on its place in the array, so a loop may be cut anywhere between elements.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

#define STRATA_BOTH_PRECISIONS(DECLARE) DECLARE(float, f32) DECLARE(double, f64)

// y = f(x), elementwise. float32 exp, tanh and sigmoid are within 2 ulp over their whole range.
#define STRATA_UNARY(T, S)                                            \
  void strata_exp_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_log_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_tanh_##S(ptrdiff_t n, const T *x, T *y);                \
  void strata_sigmoid_##S(ptrdiff_t n, const T *x, T *y);             \
  void strata_sqrt_##S(ptrdiff_t n, const T *x, T *y);                \
  void strata_rsqrt_##S(ptrdiff_t n, const T *x, T *y);               \
  void strata_abs_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_negate_##S(ptrdiff_t n, const T *x, T *y);              \
  void strata_sin_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_cos_##S(ptrdiff_t n, const T *x, T *y);                 \
  void strata_relu_##S(ptrdiff_t n, const T *x, T *y); /* NaN stays NaN */

// y = a ∘ b, elementwise. A step of 0 holds that operand at its first element; the other step is 1.
// Minimum and maximum propagate NaN. Comparisons give 1 or 0. prelu is a where a > 0, else a b, and prelu_slope
// its derivative for a.
#define STRATA_BINARY_OP(NAME, T, S) \
  void strata_##NAME##_##S(ptrdiff_t n, const T *a, ptrdiff_t a_step, const T *b, ptrdiff_t b_step, T *y);
#define STRATA_BINARY(T, S)            \
  STRATA_BINARY_OP(add, T, S)          \
  STRATA_BINARY_OP(subtract, T, S)     \
  STRATA_BINARY_OP(multiply, T, S)     \
  STRATA_BINARY_OP(divide, T, S)       \
  STRATA_BINARY_OP(power, T, S)        \
  STRATA_BINARY_OP(minimum, T, S)      \
  STRATA_BINARY_OP(maximum, T, S)      \
  STRATA_BINARY_OP(equal, T, S)        \
  STRATA_BINARY_OP(not_equal, T, S)    \
  STRATA_BINARY_OP(less, T, S)         \
  STRATA_BINARY_OP(less_equal, T, S)   \
  STRATA_BINARY_OP(greater, T, S)      \
  STRATA_BINARY_OP(greater_equal, T, S) \
  STRATA_BINARY_OP(prelu, T, S)          \
  STRATA_BINARY_OP(prelu_slope, T, S)

// dx = dy · f'(x), with f' written in terms of the output y of f.
// relu: 0 where y <= 0, else dy (so a NaN output lets dy through, as in PyTorch).
#define STRATA_ACTIVATION_BACKWARD(T, S)                                                \
  void strata_relu_backward_##S(ptrdiff_t n, const T *dy, const T *y, T *dx);           \
  void strata_tanh_backward_##S(ptrdiff_t n, const T *dy, const T *y, T *dx);           \
  void strata_sigmoid_backward_##S(ptrdiff_t n, const T *dy, const T *y, T *dx);

// Reductions. Sums are taken in double, over n elements and rows pairwise over blocks: the error does
// not grow with n in practice.
//   sum, sum_of_squares   over n elements
//   is_finite             whether none of n elements is NaN or infinite
//   sum_rows              y[r] = Σ_c x[r, c]
//   sum_columns           y[c] = (accumulate ? y[c] : 0) + Σ_r x[r, c], in double, pairwise over blocks
//                         of rows; columns may be cut anywhere
//   max_*, min_*          the same over extremes (of at least one element); a NaN wins
#define STRATA_REDUCTION(T, S)                                                                             \
  double strata_sum_##S(ptrdiff_t n, const T *x);                                                          \
  double strata_sum_of_squares_##S(ptrdiff_t n, const T *x);                                               \
  int strata_is_finite_##S(ptrdiff_t n, const T *x);                                                       \
  void strata_sum_rows_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);                           \
  void strata_sum_columns_##S(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t row_stride, const T *x, int accumulate, T *y); \
  void strata_max_rows_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);                           \
  void strata_max_columns_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);                        \
  void strata_min_rows_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);                           \
  void strata_min_columns_##S(ptrdiff_t rows, ptrdiff_t columns, const T *x, T *y);

// Softmax cross-entropy, row by row over `classes` logits z, for a target of u_j in class j:
//   returns Σ_rows Σ_j u_j (log Σ_k exp(z_k) − z_j)
//   gradient = scale · (softmax(z) · Σ_j u_j − u)              (may be the array of the logits)
// With class indices y, u_j = w_j ((1 − smoothing) [j = y] + smoothing / classes), or 0 in all of a row whose
// label is `ignored`. The weights w are one a class, or NULL for ones.
// Stable for any finite logit. A target of 0 at a logit of −∞ contributes nothing; the true class at −∞
// gives +∞; a logit of +∞ or NaN makes the loss and its gradient row NaN. Pass NULL as gradient for the
// value alone. Labels must be in range, or ignored.
typedef struct { double smoothing; int32_t ignored; } strata_cross_entropy_options;
#define STRATA_LOSS(T, S)                                                                                \
  double strata_softmax_cross_entropy_##S(ptrdiff_t rows, ptrdiff_t classes, const T *logits,            \
                                          const int32_t *labels, strata_cross_entropy_options o,         \
                                          const T *_Nullable weights, T scale, T *_Nullable gradient);   \
  double strata_soft_cross_entropy_##S(ptrdiff_t rows, ptrdiff_t classes, const T *logits,               \
                                       const T *targets, T scale, T *_Nullable gradient);                          \
  /* returns Σ (x − t)²; gradient = scale · (x − t), may be the array of x, or NULL */                   \
  double strata_squared_error_##S(ptrdiff_t n, const T *x, const T *t, T scale, T *_Nullable gradient);

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

STRATA_BOTH_PRECISIONS(STRATA_UNARY)
STRATA_BOTH_PRECISIONS(STRATA_BINARY)
STRATA_BOTH_PRECISIONS(STRATA_ACTIVATION_BACKWARD)
STRATA_BOTH_PRECISIONS(STRATA_REDUCTION)
STRATA_BOTH_PRECISIONS(STRATA_LOSS)
STRATA_BOTH_PRECISIONS(STRATA_OPTIMIZER)

// The CPU generation whose code runs: "AVX-512", "AVX2", "baseline" or "arm64".
const char *strata_kernel_target(void);

// Tells the core that this thread is spinning.
static inline void strata_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

#pragma clang assume_nonnull end
