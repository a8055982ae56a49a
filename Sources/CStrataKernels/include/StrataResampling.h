// Linear maps along the rows and columns of planes: margins, interpolation, means of ranges. The rules of
// StrataKernels.h hold.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Elements first ..< first + count of an input's axis, with the weights from `weight` on.
typedef struct { int32_t first, count, weight; } strata_stretch;

// What each element along an axis of the output is made of. Outputs run ..< run_end are elements of the input one after
// the other, with weight 1.
typedef struct {
  ptrdiff_t inputs, outputs, run, run_end;
  const strata_stretch *stretch;
  const double *weight;
} strata_axis;

// resample        y[r, c] = Σ_i Σ_j rows.weight[r, i] · columns.weight[c, j] · x[i, j] in each plane; `scratch` has
//                 room for a row of the input
// resample_back   dx = the transposed map of dy
// range_max       y[r, c] = the largest x[i, j] of the stretches, and its place in the plane: the first of equals, but
//                 the last NaN if there is one
// add_at          dx[place] += dy, in each plane
// affine_sample   y[n, r, c] = x[n] at the column place[0] c + place[1] r + place[2] and the row place[3] c + place[4] r +
//                 place[5], between four elements bilinearly; outside it is 0, or the nearest element of the edge. x and
//                 y are different arrays
#define STRATA_RESAMPLING(T, S)                                                                                      \
  void strata_resample_##S(ptrdiff_t planes, strata_axis rows, strata_axis columns, const T *x, T *scratch, T *y);   \
  void strata_resample_back_##S(ptrdiff_t planes, strata_axis rows, strata_axis columns, const T *dy, T *scratch,    \
                                T *dx);                                                                              \
  void strata_range_max_##S(ptrdiff_t planes, strata_axis rows, strata_axis columns, const T *x, T *y,               \
                            int32_t *place);                                                                         \
  void strata_add_at_##S(ptrdiff_t planes, ptrdiff_t inputs, ptrdiff_t outputs, const int32_t *place, const T *dy,   \
                         T *dx);                                                                                     \
  void strata_affine_sample_##S(ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, const double *place,          \
                                int32_t repeats_edge, const T *x, T *y);

STRATA_RESAMPLING(float, f32)
STRATA_RESAMPLING(double, f64)

#pragma clang assume_nonnull end
