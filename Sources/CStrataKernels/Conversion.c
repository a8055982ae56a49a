// Conversions between types of elements.
#include "StrataConversion.h"
#include "Kernels.h"

#define CONVERT(FROM, F, TO, S)                                                     \
  KERNEL int strata_convert_##F##_##S(ptrdiff_t n, const FROM *x, TO *y) {          \
    FOR_EACH(i, n) y[i] = (TO)x[i];                                                 \
    return 1;                                                                       \
  }
CONVERT(float, f32, double, f64)
CONVERT(double, f64, float, f32)
CONVERT(int32_t, i32, float, f32)
CONVERT(int32_t, i32, double, f64)

// Both limits and all that lies between them are numbers of either type.
#define CONVERT_TO_INTEGER(FROM, F, LOWEST, HIGHEST)                                \
  KERNEL int strata_convert_##F##_i32(ptrdiff_t n, const FROM *x, int32_t *y) {     \
    int outside = 0;                                                                \
    FOR_EACH(i, n) {                                                                \
      const int fits = x[i] LOWEST && x[i] < HIGHEST;                               \
      outside |= !fits;                                                             \
      y[i] = (int32_t)(fits ? x[i] : 0);                                            \
    }                                                                               \
    return !outside;                                                                \
  }
CONVERT_TO_INTEGER(float, f32, >= -0x1p31f, 0x1p31f)
CONVERT_TO_INTEGER(double, f64, > -2147483649.0, 2147483648.0)
