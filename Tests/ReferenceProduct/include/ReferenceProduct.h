// What fast products are held against: plain loops, of as much precision as the machine has.
#pragma once
#include <stddef.h>

#pragma clang assume_nonnull begin

// A product z = a·b + c of sizes rows, columns and depth. Steps are those of a from row to row and along a row, of b
// from column to column and along a column, and of c from row to row (0 repeats one row).
typedef struct {
  ptrdiff_t rows, columns, depth, a_row, a_step, b_column, b_step, c_row;
} reference_product;

// The worst error of z against a sum in long double, as a fraction of (depth + 2) · epsilon · Σ |terms|, and which
// element has it. Where epsilon is 0, any error is infinite, as a NaN is. c may be NULL.
double reference_product_error_f32(
  reference_product p, const float *a, const float *b, const float *_Nullable c, const float *z, double epsilon,
  ptrdiff_t *worst);
double reference_product_error_f64(
  reference_product p, const double *a, const double *b, const double *_Nullable c, const double *z, double epsilon,
  ptrdiff_t *worst);

#pragma clang assume_nonnull end
