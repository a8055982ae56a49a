// What fast kernels are held against: plain loops, of as much precision as the machine has.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// A product z = a·b + c of sizes rows, columns and depth. Steps are those of a from row to row and along a row, of b
// from column to column and along a column, and of c from row to row (0 repeats one row).
typedef struct {
  ptrdiff_t rows, columns, depth, a_row, a_step, b_column, b_step, c_row;
} strata_product;

// The worst error of z against a sum in long double, as a fraction of (depth + 2) · epsilon · Σ |terms|, and which
// element has it. Where epsilon is 0, any error is infinite, as a NaN is. c may be NULL.
#define STRATA_REFERENCE(T, S)                                                                                    \
  double strata_product_error_##S(strata_product p, const T *a, const T *b, const T *_Nullable c, const T *z,     \
                                  double epsilon, ptrdiff_t *worst);

STRATA_BOTH_PRECISIONS(STRATA_REFERENCE)

#pragma clang assume_nonnull end
