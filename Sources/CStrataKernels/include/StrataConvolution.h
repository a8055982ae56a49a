// Windows that slide over images: convolution and pooling. The rules of StrataKernels.h hold.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// How planes are spread for a window of some stride. Phase (a, b) of a plane holds in row r and column c the
// plane's element (r·stride_h + a − pad_h, c·stride_w + b − pad_w), and a filler where there is none. With a stride
// of 1 there is one phase, the padded plane. Each phase has rows · columns elements and fillers up to `plane`.
typedef struct {
  ptrdiff_t height, width, stride_h, stride_w, pad_h, pad_w, phases_h, phases_w, rows, columns, plane;
} strata_grid;

// An element of the window: where the first output position reads it, and where its weight is.
typedef struct { int32_t x, w; } strata_tap;

// Groups of channels that meet only each other, and how far apart they are in the input, the weights and the output.
typedef struct { ptrdiff_t count, x, w, y; } strata_groups;

// spread, unspread     from planes to their phases, and back to those elements of the planes that are in a phase
// convolve             y[m·y_stride + i] = bias[m] + Σ_k w[tap_k.w + m·w_stride] · x[tap_k.x + i], in the order of
//                      the taps by blocks, for i < n rounded up to a multiple of 16
// convolve_gradient    dw[m·dw_stride + tap_k.w] += Σ_images Σ_i dy[image, m, i] · x[image, tap_k.x + i], i < n, a
//                      multiple of 16; summed in T by blocks, which are summed in double
// gather_patches       p[k·p_stride + (image·rows + r)·columns + c] = x[image·x_image + tap_k.x + r·across + c]; up to
//                      15 elements after the last of p are overwritten
// fill_rows, copy_rows y[r·y_stride + i] = value[r], or x[r·x_stride + i], for i < n
// max_of_taps          y[i] = max_k x[tap_k.x + i], and the k of it: the first of equals, but the last NaN if there
//                      is one, and -1 if all are −∞; i < n rounded up to a multiple of 16
// max_of_squares       max_of_taps for squares of 2 × 2 that do not overlap, the places 0 to 3
// give_to_squares      dx = dy at the winner of each square, else 0
// add_to_winners       dx[r·stride_h, c·stride_w + tap_k.x] += dy[r, c], k = winner[r, c]; -1 is the window's first
#define STRATA_CONVOLUTION(T, S)                                                                                     \
  void strata_spread_##S(ptrdiff_t planes, strata_grid grid, const T *x, T filler, T *y);                            \
  void strata_unspread_##S(ptrdiff_t planes, strata_grid grid, const T *y, T *x);                                    \
  void strata_convolve_##S(strata_groups groups, ptrdiff_t taps, const strata_tap *tap, const T *x,                  \
                           ptrdiff_t channels, const T *w, ptrdiff_t w_stride, const T *_Nullable bias, ptrdiff_t n, \
                           T *y, ptrdiff_t y_stride);                                                                \
  void strata_convolve_gradient_##S(strata_groups groups, ptrdiff_t images, ptrdiff_t n, ptrdiff_t channels,         \
                                    const T *dy, ptrdiff_t dy_stride, ptrdiff_t dy_image, ptrdiff_t taps,            \
                                    const strata_tap *tap, const T *x, ptrdiff_t x_image, T *dw,                     \
                                    ptrdiff_t dw_stride);                                                            \
  void strata_gather_patches_##S(ptrdiff_t taps, const strata_tap *tap, ptrdiff_t images, const T *x,                \
                                 ptrdiff_t x_image, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t across, T *p,       \
                                 ptrdiff_t p_stride);                                                                \
  void strata_fill_rows_##S(ptrdiff_t rows, ptrdiff_t n, const T *value, T *y, ptrdiff_t y_stride);                  \
  void strata_copy_rows_##S(ptrdiff_t rows, ptrdiff_t n, const T *x, ptrdiff_t x_stride, T *y, ptrdiff_t y_stride);  \
  void strata_max_of_taps_##S(ptrdiff_t taps, const strata_tap *tap, const T *x, ptrdiff_t n, T *y, int32_t *winner); \
  void strata_max_of_squares_##S(ptrdiff_t planes, ptrdiff_t height, ptrdiff_t width, const T *x, T *y,              \
                                 int32_t *winner);                                                                   \
  void strata_give_to_squares_##S(ptrdiff_t planes, ptrdiff_t height, ptrdiff_t width, const int32_t *winner,        \
                                  const T *dy, T *dx);                                                               \
  void strata_add_to_winners_##S(ptrdiff_t rows, ptrdiff_t columns, strata_grid grid, const strata_tap *tap,         \
                                 const int32_t *winner, const T *dy, T *dx);

STRATA_CONVOLUTION(float, f32)
STRATA_CONVOLUTION(double, f64)

#pragma clang assume_nonnull end
