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

// spread, unspread     from planes to their phases, and back to those elements of the planes that are in a phase
// convolve             y[m·y_stride + i] = bias[m] + Σ_k w[tap_k.w + m·w_stride] · x[tap_k.x + i], in the order of
//                      the taps by blocks, for i < n rounded up to a multiple of 16
// convolve_gradient    dw[m·dw_stride + tap_k.w] += Σ_images Σ_i dy[image, m, i] · x[image, tap_k.x + i], i < n, a
//                      multiple of 16; summed in T by blocks, which are summed in double
// max_of_taps          y[i] = max_k x[tap_k.x + i], and the k of it: the first of equals, but the last NaN if there
//                      is one, and -1 if all are −∞; i < n rounded up to a multiple of 16
// add_to_winners       dx[r·stride_h, c·stride_w + tap_k.x] += dy[r, c], k = winner[r, c]; -1 is the window's first
#define STRATA_CONVOLUTION(T, S)                                                                                     \
  void strata_spread_##S(ptrdiff_t planes, strata_grid grid, const T *x, T filler, T *y);                            \
  void strata_unspread_##S(ptrdiff_t planes, strata_grid grid, const T *y, T *x);                                    \
  void strata_convolve_##S(ptrdiff_t taps, const strata_tap *tap, const T *x, ptrdiff_t channels, const T *w,        \
                           ptrdiff_t w_stride, const T *_Nullable bias, ptrdiff_t n, T *y, ptrdiff_t y_stride);      \
  void strata_convolve_gradient_##S(ptrdiff_t images, ptrdiff_t n, ptrdiff_t channels, const T *dy,                  \
                                    ptrdiff_t dy_stride, ptrdiff_t dy_image, ptrdiff_t taps, const strata_tap *tap,  \
                                    const T *x, ptrdiff_t x_image, T *dw, ptrdiff_t dw_stride);                      \
  void strata_max_of_taps_##S(ptrdiff_t taps, const strata_tap *tap, const T *x, ptrdiff_t n, T *y, int32_t *winner); \
  void strata_add_to_winners_##S(ptrdiff_t rows, ptrdiff_t columns, strata_grid grid, const strata_tap *tap,         \
                                 const int32_t *winner, const T *dy, T *dx);

STRATA_CONVOLUTION(float, f32)
STRATA_CONVOLUTION(double, f64)

#pragma clang assume_nonnull end
