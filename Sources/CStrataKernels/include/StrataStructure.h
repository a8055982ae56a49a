// Kernels of dropout and tables of rows.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Random words are a function of (seed, stream, place): Philox-4x32-10 under the key `seed`, at counters whose upper
// half is `stream`. Place 32 p + 8 w + l is word w at counter 8 p + l; `first` is the place of the first element, and
// a loop may be cut between packs of 32 places.
enum { STRATA_PACK = 32 };

//   dropout    y = x · (word < threshold ? 0 : scale)
//   add_rows   y[c] += Σ_r x[place[r], c], in double and in this order, over rows of `stride` elements, of which the
//              first `columns` are added
#define STRATA_STRUCTURE(T, S)                                                                              \
  void strata_dropout_##S(ptrdiff_t n, ptrdiff_t first, uint64_t seed, uint64_t stream, uint32_t threshold, \
                          T scale, const T *_Nonnull x, T *_Nonnull y);                                     \
  void strata_add_rows_##S(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t stride, const T *_Nonnull x,        \
                           const int32_t *_Nonnull place, T *_Nonnull y);
STRATA_STRUCTURE(float, f32)
STRATA_STRUCTURE(double, f64)
