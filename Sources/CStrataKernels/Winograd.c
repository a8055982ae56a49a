// Winograd's convolutions (A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2016): a tile of
// 2 × 2 outputs y = Aᵀ [(G g Gᵀ) ⊙ (Bᵀ d B)] A of a kernel g and the 4 × 4 inputs d takes 16 products and not 36. Over
// channels, each of the 16 places is a product of matrices.
//
//      ⎡1  0 −1  0⎤       ⎡1   0   0⎤
// Bᵀ = ⎢0  1  1  0⎥   G = ⎢½   ½   ½⎥   Aᵀ = ⎡1  1  1  0⎤
//      ⎢0 −1  1  0⎥       ⎢½  −½   ½⎥        ⎣0  1 −1 −1⎦
//      ⎣0  1  0 −1⎦       ⎣0   0   1⎦
//
// A vector has the same place of 16 tiles, which lie side by side.
#include "StrataWinograd.h"
#include "Kernels.h"
#include <string.h>

// The compiler must be asked for vectors of 512 bits.
#if STRATA_CLONES
#define WIDE_KERNEL __attribute__((min_vector_width(512))) KERNEL
#else
#define WIDE_KERNEL KERNEL
#endif

#define UNROLL _Pragma("clang loop unroll(full)")

typedef float_lanes vec;

enum {
  MOST = strata_most_tiles + LANES,
  // Rows and columns of a rectangle with its margin: the most for a rectangle of one column.
  REGION = 4 * (2 * strata_most_tiles + 2) + 4 * LANES,
};

// Every second element of two vectors, and two vectors dealt together.
#define EVEN(A, B) __builtin_shufflevector(A, B, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD(A, B) __builtin_shufflevector(A, B, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define LEFT(A, B) __builtin_shufflevector(A, B, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define RIGHT(A, B) __builtin_shufflevector(A, B, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

#define LOAD(P) (*(const vec *)(P))
#define STORE(P, V) (*(vec *)(P) = (V))

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t larger(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

WIDE_KERNEL void strata_winograd_weights(ptrdiff_t count, bool turned, const float *g, float *u, ptrdiff_t step) {
  for (ptrdiff_t i = 0; i < count; i += LANES) {
    const ptrdiff_t left = smaller(count - i, LANES);
    float taps[9][LANES];
    for (ptrdiff_t l = 0; l < left; l++)
      UNROLL for (int k = 0; k < 9; k++) taps[turned ? 8 - k : k][l] = g[(i + l) * 9 + k];
    vec lines[4][3];
    UNROLL for (int j = 0; j < 3; j++) {
      const vec a = LOAD(taps[j]), b = 0.5f * LOAD(taps[3 + j]), c = LOAD(taps[6 + j]), half = 0.5f * (a + c);
      lines[0][j] = a, lines[1][j] = half + b, lines[2][j] = half - b, lines[3][j] = c;
    }
    UNROLL for (int k = 0; k < 4; k++) {
      const vec half = 0.5f * (lines[k][0] + lines[k][2]), b = 0.5f * lines[k][1];
      const vec out[4] = {lines[k][0], half + b, half - b, lines[k][2]};
      UNROLL for (int j = 0; j < 4; j++) copy_run(left, (const float *)&out[j], u + (4 * k + j) * step + i);
    }
  }
}

WIDE_KERNEL void strata_winograd_kernels(ptrdiff_t count, const float *u, ptrdiff_t step, float *g) {
  for (ptrdiff_t i = 0; i < count; i += LANES) {
    vec lines[3][4];
    UNROLL for (int j = 0; j < 4; j++) {
      const float *const place = u + i + j * step;
      const vec a = LOAD(place), b = 0.5f * LOAD(place + 4 * step), c = 0.5f * LOAD(place + 8 * step);
      lines[0][j] = a + (b + c), lines[1][j] = b - c, lines[2][j] = (b + c) + LOAD(place + 12 * step);
    }
    float taps[9][LANES];
    UNROLL for (int r = 0; r < 3; r++) {
      const vec b = 0.5f * lines[r][1], c = 0.5f * lines[r][2];
      STORE(taps[3 * r], lines[r][0] + (b + c));
      STORE(taps[3 * r + 1], b - c);
      STORE(taps[3 * r + 2], (b + c) + lines[r][3]);
    }
    for (ptrdiff_t l = 0; l < smaller(count - i, LANES); l++)
      UNROLL for (int k = 0; k < 9; k++) g[(i + l) * 9 + k] = taps[k][l];
  }
}

// The part of a plane's row that `count` columns from `first` on have, into a row whose other elements stay.
INLINE void copy_part(const float *x, strata_plane plane, ptrdiff_t i, ptrdiff_t first, ptrdiff_t count, float *to) {
  if (i < 0 || i >= plane.height) return;
  const ptrdiff_t start = larger(0, -first), end = smaller(count, plane.width - first);
  if (end > start) copy_run(end - start, x + i * plane.width + first + start, to + start);
}

WIDE_KERNEL void strata_winograd_inputs(ptrdiff_t channels, strata_plane plane, strata_tiles tiles, const float *x,
                                        float *v, ptrdiff_t row, ptrdiff_t step) {
  const ptrdiff_t rows = 2 * tiles.rows + 2, columns = 2 * tiles.columns + 2;
  // What lies outside of the plane is 0 for every channel.
  float region[REGION], across[4][4][MOST];
  memset(region, 0, (size_t)(rows * columns + 4 * LANES) * sizeof(float));
  for (ptrdiff_t c = 0; c < channels; c++, x += plane.height * plane.width, v += row) {
    for (ptrdiff_t i = 0; i < rows; i++)
      copy_part(x, plane, 2 * tiles.first_row + i - plane.pad_h, 2 * tiles.first_column - plane.pad_w, columns,
                region + i * columns);
    for (ptrdiff_t i = 0; i < rows; i++) {
      const float *const line = region + i * columns;
      float(*const h)[MOST] = across[i % 4];
      for (ptrdiff_t t = 0; t < tiles.columns; t += LANES) {
        const vec p = LOAD(line + 2 * t), q = LOAD(line + 2 * t + LANES);
        const vec r = LOAD(line + 2 * t + 2), s = LOAD(line + 2 * t + 2 + LANES);
        const vec d0 = EVEN(p, q), d1 = ODD(p, q), d2 = EVEN(r, s), d3 = ODD(r, s);
        STORE(h[0] + t, d0 - d2);
        STORE(h[1] + t, d1 + d2);
        STORE(h[2] + t, d2 - d1);
        STORE(h[3] + t, d1 - d3);
      }
      if (i < 3 || i % 2 == 0) continue;
      float *const to = v + (i - 3) / 2 * tiles.columns;
      for (ptrdiff_t t = 0; t < tiles.columns; t += LANES)
        UNROLL for (int j = 0; j < 4; j++) {
          const vec d0 = LOAD(across[(i - 3) % 4][j] + t), d1 = LOAD(across[(i - 2) % 4][j] + t);
          const vec d2 = LOAD(across[(i - 1) % 4][j] + t), d3 = LOAD(h[j] + t);
          float *const place = to + t + j * step;
          STORE(place, d0 - d2);
          STORE(place + 4 * step, d1 + d2);
          STORE(place + 8 * step, d2 - d1);
          STORE(place + 12 * step, d1 - d3);
        }
    }
  }
}

WIDE_KERNEL void strata_winograd_gradients(ptrdiff_t images, ptrdiff_t image, ptrdiff_t channels, strata_plane plane,
                                           strata_tiles tiles, const float *dy, float *v, ptrdiff_t row,
                                           ptrdiff_t step) {
  const ptrdiff_t count = images * tiles.rows * tiles.columns;
  // All upper rows of tiles one after the other, and all lower rows.
  float lines[2][2 * MOST];
  memset(lines, 0, sizeof lines);
  for (ptrdiff_t c = 0; c < channels; c++, dy += plane.height * plane.width, v += row) {
    ptrdiff_t place = 0;
    for (ptrdiff_t n = 0; n < images; n++)
      for (ptrdiff_t r = 0; r < tiles.rows; r++, place += 2 * tiles.columns)
        for (int i = 0; i < 2; i++)
          copy_part(dy + n * image, plane, 2 * (tiles.first_row + r) + i, 2 * tiles.first_column, 2 * tiles.columns,
                    lines[i] + place);
    for (ptrdiff_t t = 0; t < count; t += LANES) {
      vec d[2][4];
      UNROLL for (int i = 0; i < 2; i++) {
        const vec p = LOAD(lines[i] + 2 * t), q = LOAD(lines[i] + 2 * t + LANES), even = EVEN(p, q), odd = ODD(p, q);
        d[i][0] = even, d[i][1] = even + odd, d[i][2] = even - odd, d[i][3] = -odd;
      }
      UNROLL for (int j = 0; j < 4; j++) {
        float *const place = v + t + j * step;
        STORE(place, d[0][j]);
        STORE(place + 4 * step, d[0][j] + d[1][j]);
        STORE(place + 8 * step, d[0][j] - d[1][j]);
        STORE(place + 12 * step, -d[1][j]);
      }
    }
  }
}

WIDE_KERNEL bool strata_winograd_outputs(ptrdiff_t channels, strata_plane plane, strata_tiles tiles, const float *m,
                                         ptrdiff_t row, ptrdiff_t step, const float *bias, float *y) {
  const int_lanes lanes = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  int_lanes excess = {0};
  for (ptrdiff_t c = 0; c < channels; c++, m += row, y += plane.height * plane.width) {
    const vec b = (vec){0} + (bias ? bias[c] : 0);
    for (ptrdiff_t r = 0; r < tiles.rows; r++)
      for (ptrdiff_t t = 0; t < tiles.columns; t += LANES) {
        const float *const from = m + r * tiles.columns + t;
        vec d[2][4];
        UNROLL for (int j = 0; j < 4; j++) {
          const float *const place = from + j * step;
          const vec d1 = LOAD(place + 4 * step), d2 = LOAD(place + 8 * step);
          d[0][j] = LOAD(place) + d1 + d2;
          d[1][j] = d1 - d2 - LOAD(place + 12 * step);
        }
        const ptrdiff_t left = tiles.columns - t, column = 2 * (tiles.first_column + t);
        const ptrdiff_t width = smaller(2 * smaller(left, LANES), plane.width - column);
        const int_lanes counts = lanes < (int)smaller(left, LANES);
        UNROLL for (int i = 0; i < 2; i++) {
          const ptrdiff_t line = 2 * (tiles.first_row + r) + i;
          if (line >= plane.height) continue;
          const vec even = d[i][0] + d[i][1] + d[i][2] + b, odd = d[i][1] - d[i][2] - d[i][3] + b;
          // v − v is not 0 where v is infinite or NaN.
          excess |= ((even - even != 0) | (odd - odd != 0)) & counts;
          float *const to = y + line * plane.width + column;
          const vec out[2] = {LEFT(even, odd), RIGHT(even, odd)};
          if (width == 2 * LANES) memcpy(to, out, sizeof out);
          else copy_run(width, (const float *)out, to);
        }
      }
  }
  int32_t any = 0;
  UNROLL for (int k = 0; k < LANES; k++) any |= excess[k];
  return !any;
}
