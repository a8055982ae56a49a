// Elements moved as they are, in words of 4 or 8 bytes, under the rules of StrataKernels.h.
#pragma once
#include "StrataKernels.h"

#pragma clang assume_nonnull begin

//   copy       y(r, c) = x(r, c) for rows × columns elements; a step between rows and one between columns says where
//              each lies, and may be 0 or negative in x. Fast where columns lie together in y.
//   gather     y[o, j, i] = x[o, place[o, j, i], i] for [outer, count, inner] places in an axis of `length`
//   scatter    y[o, place[o, j, i], i] = x[o, j, i], in order
//   select_M   y = mask != 0 ? a : b, elementwise; steps are 0 or 1, as of functions of two elements
//   are_indices  whether all of n places are in 0 ..< length
int strata_are_indices(ptrdiff_t n, ptrdiff_t length, const int32_t *place);
#define STRATA_SELECT(M, S, T, W)                                                                             \
  void strata_select_##S##_##W(ptrdiff_t n, const M *mask, ptrdiff_t mask_step, const T *a, ptrdiff_t a_step, \
                               const T *b, ptrdiff_t b_step, T *y);
#define STRATA_MOVING(T, W)                                                                                       \
  void strata_copy_##W(ptrdiff_t rows, ptrdiff_t columns, const T *x, ptrdiff_t x_row, ptrdiff_t x_column, T *y,  \
                       ptrdiff_t y_row, ptrdiff_t y_column);                                                      \
  void strata_gather_##W(ptrdiff_t outer, ptrdiff_t count, ptrdiff_t length, ptrdiff_t inner,                     \
                         const int32_t *place, const T *x, T *y);                                                 \
  void strata_scatter_##W(ptrdiff_t outer, ptrdiff_t count, ptrdiff_t length, ptrdiff_t inner,                    \
                          const int32_t *place, const T *x, T *y);                                                \
  STRATA_SELECT(float, f32, T, W)                                                                                 \
  STRATA_SELECT(double, f64, T, W)                                                                                \
  STRATA_SELECT(int32_t, i32, T, W)

STRATA_MOVING(uint32_t, u32)
STRATA_MOVING(uint64_t, u64)

#pragma clang assume_nonnull end
