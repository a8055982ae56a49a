// The order of rows and the conversion of elements, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

// place[r] = the places of the row's elements in order, equal ones in the order of their places; NaN is the largest
// element, and −0 equals 0.
//   argsort_rows   all of them; scratch has 4 columns of T or, for double, of 8 bytes, aligned to 8
//   top_rows       the first k ≥ 1; scratch has 2 k of these
#define STRATA_ORDERING(T, S)                                                                                       \
  void strata_argsort_rows_##S(ptrdiff_t rows, ptrdiff_t columns, int descending, const T *x, int32_t *place,       \
                               void *scratch);                                                                      \
  void strata_top_rows_##S(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t k, int largest, const T *x, int32_t *place, \
                           void *scratch);

STRATA_ALL_TYPES(STRATA_ORDERING)

#pragma clang assume_nonnull end
