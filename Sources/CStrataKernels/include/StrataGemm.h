// The product of float32 matrices that stands beside BLAS on CPUs with AVX-512.
#pragma once
#include <stdbool.h>
#include <stddef.h>

// Whether this CPU can run strata_gemm_f32.
bool strata_gemm_f32_is_available(void);

// c = a·b, of sizes m × k and k × n: a(i, p) is a[i·a_row + p·a_depth], one of the two strides being 1; b(p, j) is
// b[p·b_depth + j·b_column], likewise; c(i, j) is c[i·c_row + j]. To it is added c itself where `adds`, and the row
// `bias`, of n numbers, where it is not null.
void strata_gemm_f32(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_depth, const float *b,
  ptrdiff_t b_depth, ptrdiff_t b_column, bool adds, const float *bias, float *c, ptrdiff_t c_row);
