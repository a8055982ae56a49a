#include "ReferenceProduct.h"
#include <math.h>

#define PRODUCT_ERROR(T, NAME)                                                                                \
  double NAME(reference_product p, const T *a, const T *b, const T *c, const T *z, double epsilon,            \
              ptrdiff_t *worst) {                                                                             \
    double largest = 0;                                                                                       \
    *worst = 0;                                                                                               \
    for (ptrdiff_t i = 0; i < p.rows * p.columns; i++) {                                                      \
      const T *x = a + i / p.columns * p.a_row, *y = b + i % p.columns * p.b_column;                          \
      long double sum = c ? c[i / p.columns * p.c_row + i % p.columns] : 0, magnitude = sum < 0 ? -sum : sum; \
      for (ptrdiff_t k = 0; k < p.depth; k++) {                                                               \
        const long double term = (long double)x[k * p.a_step] * y[k * p.b_step];                              \
        sum += term;                                                                                          \
        magnitude += term < 0 ? -term : term;                                                                 \
      }                                                                                                       \
      const double error = (double)(z[i] - sum), bound = (double)(p.depth + 2) * epsilon * (double)magnitude; \
      const double fraction = error == 0 ? 0 : bound > 0 ? fabs(error) / bound : INFINITY;                    \
      if (!(fraction <= largest)) {                                                                           \
        largest = fraction == fraction ? fraction : INFINITY;                                                 \
        *worst = i;                                                                                           \
      }                                                                                                       \
    }                                                                                                         \
    return largest;                                                                                           \
  }
PRODUCT_ERROR(float, reference_product_error_f32)
PRODUCT_ERROR(double, reference_product_error_f64)
