// Conversions between types of elements, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// y = x, rounded to nearest, or toward zero to integers. Returns whether every x fits; what does not becomes 0.
int strata_convert_f32_f64(ptrdiff_t n, const float *x, double *y);
int strata_convert_f64_f32(ptrdiff_t n, const double *x, float *y);
int strata_convert_i32_f32(ptrdiff_t n, const int32_t *x, float *y);
int strata_convert_i32_f64(ptrdiff_t n, const int32_t *x, double *y);
int strata_convert_f32_i32(ptrdiff_t n, const float *x, int32_t *y);
int strata_convert_f64_i32(ptrdiff_t n, const double *x, int32_t *y);

#pragma clang assume_nonnull end
