// Windows that slide over images, with no matrix of patches. A padded plane is one long row: every output position
// reads an element of the window, a tap, at one fixed distance from its own place. So a tap is a pointer, and a
// tile of channels × positions stays in registers over all taps. Positions between two rows of the output are
// computed as well and thrown away. With a stride, the plane is first dealt into its phases, in which each tap
// steps by one again.
#ifndef T
#include "StrataConvolution.h"
#include <stdbool.h>
#include <string.h>

enum {
  TAP_BLOCK = 512,  // taps whose products are summed in one go, for the error not to grow with the window
  DOT_BLOCK = 512   // the same for the vectors of positions that a weight's gradient goes through
};

#define UNROLLED(I, N) _Pragma("clang loop unroll(full)") for (int I = 0; I < (N); I++)

// The next of equal parts, none longer than `most`, that cut what is left.
static inline int part(ptrdiff_t left, int most) {
  const ptrdiff_t parts = (left + most - 1) / most;
  return (int)((left + parts - 1) / parts);
}

#define TEMPLATE "Convolution.c"
#include "Kernels.h"
#else
typedef int32_t int32_lanes __attribute__((vector_size(LANES * sizeof(int32_t))));

INLINE void deal(const int back, ptrdiff_t planes, strata_grid g, T *x, T filler, T *y) {
  for (ptrdiff_t p = 0; p < planes; p++, x += g.height * g.width)
    for (ptrdiff_t a = 0; a < g.phases_h; a++)
      for (ptrdiff_t b = 0; b < g.phases_w; b++, y += g.plane) {
        const ptrdiff_t step = g.stride_w, start = b - g.pad_w;
        ptrdiff_t first = 0, last = g.columns;
        while (first < last && first * step + start < 0) first++;
        while (last > first && (last - 1) * step + start >= g.width) last--;
        if (!back) FOR_EACH(n, g.plane) y[n] = filler;
        for (ptrdiff_t r = 0; r < g.rows; r++) {
          const ptrdiff_t i = r * g.stride_h + a - g.pad_h;
          if (i < 0 || i >= g.height || first == last) continue;
          T *row = x + i * g.width + first * step + start, *spread = y + r * g.columns + first;
          if (step == 1) copy_run(last - first, back ? spread : row, back ? row : spread);
          else if (back) for (ptrdiff_t c = 0; c < last - first; c++) row[c * step] = spread[c];
          else for (ptrdiff_t c = 0; c < last - first; c++) spread[c] = row[c * step];
        }
      }
}
KERNEL void K(spread)(ptrdiff_t planes, strata_grid g, const T *x, T filler, T *y) {
  deal(0, planes, g, (T *)x, filler, y);
}
KERNEL void K(unspread)(ptrdiff_t planes, strata_grid g, const T *y, T *x) {
  deal(1, planes, g, x, 0, (T *)y);
}

INLINE void tile(const int height, const int width, ptrdiff_t taps, const strata_tap *tap, const T *x, const T *w,
                 ptrdiff_t w_stride, const T *bias, T *y, ptrdiff_t y_stride) {
  ptrdiff_t k = 0;
  do {
    const ptrdiff_t end = taps - k > TAP_BLOCK ? k + TAP_BLOCK : taps;
    const bool is_first = k == 0;
    T_LANES sum[8][3];
    UNROLLED(m, height) UNROLLED(i, width) sum[m][i] = (T_LANES){0} + (is_first && bias ? bias[m] : 0);
    for (; k < end; k++) {
      T_LANES v[3];
      UNROLLED(i, width) v[i] = LOAD(x + tap[k].x + i * LANES);
      UNROLLED(m, height) UNROLLED(i, width) sum[m][i] += v[i] * w[tap[k].w + m * w_stride];
    }
    UNROLLED(m, height) UNROLLED(i, width) {
      if (!is_first) sum[m][i] += LOAD(y + m * y_stride + i * LANES);
      memcpy(y + m * y_stride + i * LANES, &sum[m][i], sizeof sum[m][i]);
    }
  } while (k < taps);
}

#define TILE(HEIGHT, WIDTH)                                                                                       \
  case HEIGHT + 16 * WIDTH:                                                                                       \
    tile(HEIGHT, WIDTH, taps, tap, x + i, w + m * w_stride, w_stride, b ? b + m : NULL, y + m * y_stride + i,       \
         y_stride);                                                                                               \
    break;
#define TILES(WIDTH) \
  TILE(1, WIDTH) TILE(2, WIDTH) TILE(3, WIDTH) TILE(4, WIDTH) \
  TILE(5, WIDTH) TILE(6, WIDTH) TILE(7, WIDTH) TILE(8, WIDTH)

KERNEL void K(convolve)(strata_groups g, ptrdiff_t taps, const strata_tap *tap, const T *x, ptrdiff_t channels,
                        const T *w, ptrdiff_t w_stride, const T *bias, ptrdiff_t n, T *y, ptrdiff_t y_stride) {
  // As many sums of LANES elements as stay in registers, of which only AVX-512 has 32.
  const bool is_long = has_long_vectors(), is_float = sizeof(T) == sizeof(float);
  const int highest = is_long && is_float ? 8 : 6, widest = !is_long ? 1 : is_float ? 3 : 2;
  for (ptrdiff_t group = 0; group < g.count; group++, x += g.x, w += g.w, y += g.y) {
    const T *const b = bias ? bias + group * channels : NULL;
    for (ptrdiff_t i = 0, width; i < n; i += width * LANES) {
      width = part((n - i + LANES - 1) / LANES, widest);
      for (ptrdiff_t m = 0, height; m < channels; m += height)
        switch ((height = part(channels - m, highest)) + 16 * width) { TILES(1) TILES(2) TILES(3) }
    }
  }
}

INLINE void dots(const int height, const int width, ptrdiff_t images, ptrdiff_t n, const T *dy, ptrdiff_t dy_stride,
                 ptrdiff_t dy_image, const strata_tap *tap, const T *x, ptrdiff_t x_image, T *dw, ptrdiff_t dw_stride) {
  T_LANES sum[4][4];
  double total[4][4] = {{0}};
  UNROLLED(m, height) UNROLLED(k, width) sum[m][k] = (T_LANES){0};
  ptrdiff_t summed = 0;
  for (ptrdiff_t image = 0; image < images; image++, dy += dy_image, x += x_image)
    for (ptrdiff_t i = 0, end; i < n; i = end) {
      end = n - i > DOT_BLOCK * LANES ? i + DOT_BLOCK * LANES : n;
      summed += end - i;
      for (ptrdiff_t p = i; p < end; p += LANES) {
        T_LANES u[4], v[4];
        UNROLLED(m, height) u[m] = LOAD(dy + m * dy_stride + p);
        UNROLLED(k, width) v[k] = LOAD(x + tap[k].x + p);
        UNROLLED(m, height) UNROLLED(k, width) sum[m][k] += u[m] * v[k];
      }
      if (summed < DOT_BLOCK * LANES && !(image == images - 1 && end == n)) continue;
      summed = 0;
      UNROLLED(m, height) UNROLLED(k, width) {
        FOLD(sum[m][k], sum[m][k] + other);
        total[m][k] += sum[m][k][0];
        sum[m][k] = (T_LANES){0};
      }
    }
  UNROLLED(m, height) UNROLLED(k, width) dw[m * dw_stride + tap[k].w] += (T)total[m][k];
}

#define DOTS(HEIGHT, WIDTH)                                                                                  \
  case HEIGHT + 8 * WIDTH:                                                                                   \
    dots(HEIGHT, WIDTH, images, n, dy + m * dy_stride, dy_stride, dy_image, tap + k, x, x_image,             \
         dw + m * dw_stride, dw_stride);                                                                     \
    break;

KERNEL void K(convolve_gradient)(strata_groups g, ptrdiff_t images, ptrdiff_t n, ptrdiff_t channels, const T *dy,
                                 ptrdiff_t dy_stride, ptrdiff_t dy_image, ptrdiff_t taps, const strata_tap *tap,
                                 const T *x, ptrdiff_t x_image, T *dw, ptrdiff_t dw_stride) {
  const int most = has_long_vectors() && sizeof(T) == sizeof(float) ? 4 : 3;
  for (ptrdiff_t group = 0; group < g.count; group++, x += g.x, dw += g.w, dy += g.y)
    for (ptrdiff_t m = 0, height; m < channels; m += height) {
      height = part(channels - m, most);
      for (ptrdiff_t k = 0, width; k < taps; k += width)
        switch (height + 8 * (width = part(taps - k, most))) {
          DOTS(1, 1) DOTS(2, 1) DOTS(3, 1) DOTS(4, 1) DOTS(1, 2) DOTS(2, 2) DOTS(3, 2) DOTS(4, 2)
          DOTS(1, 3) DOTS(2, 3) DOTS(3, 3) DOTS(4, 3) DOTS(1, 4) DOTS(2, 4) DOTS(3, 4) DOTS(4, 4)
        }
    }
}

KERNEL void K(gather_patches)(ptrdiff_t taps, const strata_tap *tap, ptrdiff_t images, const T *x, ptrdiff_t x_image,
                              ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t across, T *p, ptrdiff_t p_stride) {
  for (ptrdiff_t k = 0; k < taps; k++, p += p_stride) {
    T *y = p;
    for (ptrdiff_t image = 0; image < images; image++) {
      const T *row = x + image * x_image + tap[k].x;
      // Whole vectors: what is written beyond a row is overwritten by the next.
      for (ptrdiff_t r = 0; r < rows; r++, row += across, y += columns)
        for (ptrdiff_t c = 0; c < columns; c += LANES) *(T_LANES *)(y + c) = LOAD(row + c);
    }
  }
}

KERNEL void K(fill_rows)(ptrdiff_t rows, ptrdiff_t n, const T *value, T *y, ptrdiff_t y_stride) {
  for (ptrdiff_t r = 0; r < rows; r++, y += y_stride) FOR_EACH(i, n) y[i] = value[r];
}

KERNEL void K(copy_rows)(ptrdiff_t rows, ptrdiff_t n, const T *x, ptrdiff_t x_stride, T *y, ptrdiff_t y_stride) {
  for (ptrdiff_t r = 0; r < rows; r++, x += x_stride, y += y_stride) copy_run(n, x, y);
}

KERNEL void K(max_of_taps)(ptrdiff_t taps, const strata_tap *tap, const T *x, ptrdiff_t n, T *y, int32_t *winner) {
  for (ptrdiff_t i = 0; i < n; i += LANES) {
    T_LANES best = (T_LANES){0} - INFINITY;
    __typeof__(best > best) place = best == best;  // -1
    for (ptrdiff_t k = 0; k < taps; k++) {
      const T_LANES v = LOAD(x + tap[k].x + i);
      const __typeof__(place) wins = (v > best) | (v != v);
      best = SELECT(wins, v, best);
      place = (wins & (int)k) | (~wins & place);
    }
    const int32_lanes places = __builtin_convertvector(place, int32_lanes);
    memcpy(y + i, &best, sizeof best);
    memcpy(winner + i, &places, sizeof places);
  }
}

KERNEL void K(add_to_winners)(ptrdiff_t rows, ptrdiff_t columns, strata_grid g, const strata_tap *tap,
                              const int32_t *winner, const T *dy, T *dx) {
  for (ptrdiff_t r = 0; r < rows; r++)
    for (ptrdiff_t c = 0; c < columns; c++) {
      const ptrdiff_t k = *winner++, i = r * g.stride_h, j = c * g.stride_w;
      const ptrdiff_t first = (i < g.pad_h ? 0 : i - g.pad_h) * g.width + (j < g.pad_w ? 0 : j - g.pad_w);
      dx[k < 0 ? first : i * g.width + j + tap[k].x] += *dy++;
    }
}

// The columns of even and of odd numbers in two vectors, and two vectors of such columns.
#define EVEN(A, B) __builtin_shufflevector(A, B, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30)
#define ODD(A, B) __builtin_shufflevector(A, B, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31)
#define LEFT(A, B) __builtin_shufflevector(A, B, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define RIGHT(A, B) __builtin_shufflevector(A, B, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)

INLINE void max_square(const T *top, const T *bottom, T *y, int32_t *winner) {
  const T_LANES a = LOAD(top), b = LOAD(top + LANES), c = LOAD(bottom), d = LOAD(bottom + LANES);
  const T_LANES v[4] = {EVEN(a, b), ODD(a, b), EVEN(c, d), ODD(c, d)};
  T_LANES best = v[0];
  __typeof__(best > best) place = {0};
  UNROLLED(k, 4) {
    const __typeof__(place) wins = (v[k] > best) | (v[k] != v[k]);
    best = SELECT(wins, v[k], best);
    place = (wins & k) | (~wins & place);
  }
  const int32_lanes places = __builtin_convertvector(place, int32_lanes);
  memcpy(y, &best, sizeof best);
  memcpy(winner, &places, sizeof places);
}

INLINE void give_square(const int32_t *winner, const T *dy, T *top, T *bottom) {
  const T_LANES g = LOAD(dy);
  int32_lanes places;
  memcpy(&places, winner, sizeof places);
  const __typeof__(g > g) place = __builtin_convertvector(places, __typeof__(g > g));
  T_LANES v[4];
  UNROLLED(k, 4) v[k] = SELECT(place == k, g, (T_LANES){0});
  const T_LANES out[4] = {LEFT(v[0], v[1]), RIGHT(v[0], v[1]), LEFT(v[2], v[3]), RIGHT(v[2], v[3])};
  memcpy(top, out, 2 * sizeof g);
  memcpy(bottom, out + 2, 2 * sizeof g);
}

// Rows shorter than a vector go through one; of longer ones the last vector overlaps the one before.
#define EACH_VECTOR(C, N)                      \
  for (ptrdiff_t C = 0, more = 1; more;        \
       more = C + LANES < (N), C = C + 2 * LANES > (N) ? (N) - LANES : C + LANES)

KERNEL void K(max_of_squares)(ptrdiff_t planes, ptrdiff_t height, ptrdiff_t width, const T *x, T *y, int32_t *winner) {
  const ptrdiff_t rows = height / 2, columns = width / 2;
  const T *const end = x + planes * height * width;
  for (ptrdiff_t p = 0; p < planes; p++, x += height * width)
    for (ptrdiff_t r = 0; r < rows; r++, y += columns, winner += columns) {
      const T *top = x + 2 * r * width, *bottom = top + width;
      if (columns < LANES) {
        T rest[4 * LANES] = {0}, best[LANES];
        int32_t place[LANES];
        if (end - bottom < 2 * LANES) {
          copy_run(2 * columns, top, rest);
          copy_run(2 * columns, bottom, rest + 2 * LANES);
          top = rest;
          bottom = rest + 2 * LANES;
        }
        max_square(top, bottom, best, place);
        copy_run(columns, best, y);
        for (ptrdiff_t c = 0; c < columns; c++) winner[c] = place[c];
        continue;
      }
      EACH_VECTOR(c, columns) max_square(top + 2 * c, bottom + 2 * c, y + c, winner + c);
    }
}

KERNEL void K(give_to_squares)(ptrdiff_t planes, ptrdiff_t height, ptrdiff_t width, const int32_t *winner, const T *dy,
                               T *dx) {
  const ptrdiff_t rows = height / 2, columns = width / 2;
  const T *const end = dy + planes * rows * columns;
  for (ptrdiff_t p = 0; p < planes; p++, dx += height * width) {
    // The last row and column of an odd number are in no square.
    if (height % 2) memset(dx + (height - 1) * width, 0, (size_t)width * sizeof(T));
    for (ptrdiff_t r = 0; r < rows; r++, dy += columns, winner += columns) {
      T *top = dx + 2 * r * width, *bottom = top + width;
      if (columns < LANES) {
        T g[LANES] = {0}, rest[4 * LANES];
        int32_t place[LANES] = {0};
        const bool is_last = end - dy < LANES;
        if (is_last) {
          copy_run(columns, dy, g);
          for (ptrdiff_t c = 0; c < columns; c++) place[c] = winner[c];
        }
        give_square(is_last ? place : winner, is_last ? g : dy, rest, rest + 2 * LANES);
        copy_run(2 * columns, rest, top);
        copy_run(2 * columns, rest + 2 * LANES, bottom);
      } else {
        EACH_VECTOR(c, columns) give_square(winner + c, dy + c, top + 2 * c, bottom + 2 * c);
      }
      if (width % 2) top[width - 1] = bottom[width - 1] = 0;
    }
  }
}

#undef TILE
#undef TILES
#undef DOTS
#undef EVEN
#undef ODD
#undef LEFT
#undef RIGHT
#undef EACH_VECTOR
#endif
