// Linear maps along the rows and columns of planes, each output a weighted sum of a stretch of the input.
#ifndef T
#include "StrataResampling.h"
#include <string.h>

#define TEMPLATE "Resampling.c"
#include "Kernels.h"
#else

KERNEL void K(resample)(ptrdiff_t planes, strata_axis rows, strata_axis columns, const T *x, T *scratch, T *y) {
  const ptrdiff_t width = columns.inputs;
  for (ptrdiff_t p = 0; p < planes; p++, x += rows.inputs * width)
    for (ptrdiff_t r = 0; r < rows.outputs; r++, y += columns.outputs) {
      const strata_stretch s = rows.stretch[r];
      const T *row = x + s.first * width;
      if (s.count != 1 || rows.weight[s.weight] != 1) {
        // A margin of zeros has no element.
        if (s.count == 0) FOR_EACH(c, width) scratch[c] = 0;
        for (ptrdiff_t i = 0; i < s.count; i++) {
          const T w = (T)rows.weight[s.weight + i];
          if (i == 0) FOR_EACH(c, width) scratch[c] = w * row[c];
          else FOR_EACH(c, width) scratch[c] += w * row[i * width + c];
        }
        row = scratch;
      }
      if (columns.run < columns.run_end)
        memcpy(y + columns.run, row + columns.stretch[columns.run].first,
               (size_t)(columns.run_end - columns.run) * sizeof(T));
      for (ptrdiff_t c = 0; c < columns.outputs; c++) {
        if (c == columns.run && c < columns.run_end) {
          c = columns.run_end - 1;
          continue;
        }
        const strata_stretch t = columns.stretch[c];
        T sum = 0;
        for (ptrdiff_t j = 0; j < t.count; j++) sum += (T)columns.weight[t.weight + j] * row[t.first + j];
        y[c] = sum;
      }
    }
}

KERNEL void K(resample_back)(ptrdiff_t planes, strata_axis rows, strata_axis columns, const T *dy, T *scratch, T *dx) {
  const ptrdiff_t width = columns.inputs;
  for (ptrdiff_t p = 0; p < planes; p++, dx += rows.inputs * width) {
    FOR_EACH(i, rows.inputs * width) dx[i] = 0;
    for (ptrdiff_t r = 0; r < rows.outputs; r++, dy += columns.outputs) {
      const strata_stretch s = rows.stretch[r];
      if (s.count == 0) continue;
      FOR_EACH(c, width) scratch[c] = 0;
      if (columns.run < columns.run_end)
        memcpy(scratch + columns.stretch[columns.run].first, dy + columns.run,
               (size_t)(columns.run_end - columns.run) * sizeof(T));
      for (ptrdiff_t c = 0; c < columns.outputs; c++) {
        if (c == columns.run && c < columns.run_end) {
          c = columns.run_end - 1;
          continue;
        }
        const strata_stretch t = columns.stretch[c];
        for (ptrdiff_t j = 0; j < t.count; j++) scratch[t.first + j] += (T)columns.weight[t.weight + j] * dy[c];
      }
      for (ptrdiff_t i = 0; i < s.count; i++) {
        const T w = (T)rows.weight[s.weight + i];
        T *row = dx + (s.first + i) * width;
        FOR_EACH(c, width) row[c] += w * scratch[c];
      }
    }
  }
}

KERNEL void K(range_max)(ptrdiff_t planes, strata_axis rows, strata_axis columns, const T *x, T *y, int32_t *place) {
  for (ptrdiff_t p = 0; p < planes; p++, x += rows.inputs * columns.inputs)
    for (ptrdiff_t r = 0; r < rows.outputs; r++)
      for (ptrdiff_t c = 0; c < columns.outputs; c++) {
        const strata_stretch s = rows.stretch[r], t = columns.stretch[c];
        ptrdiff_t best = s.first * columns.inputs + t.first;
        for (ptrdiff_t i = s.first; i < s.first + s.count; i++)
          for (ptrdiff_t j = t.first; j < t.first + t.count; j++) {
            const ptrdiff_t here = i * columns.inputs + j;
            if (x[here] > x[best] || x[here] != x[here]) best = here;
          }
        *y++ = x[best];
        *place++ = (int32_t)best;
      }
}

KERNEL void K(add_at)(ptrdiff_t planes, ptrdiff_t inputs, ptrdiff_t outputs, const int32_t *place, const T *dy, T *dx) {
  for (ptrdiff_t p = 0; p < planes; p++, dx += inputs)
    for (ptrdiff_t n = 0; n < outputs; n++) dx[*place++] += *dy++;
}

KERNEL void K(affine_sample)(ptrdiff_t channels, ptrdiff_t height, ptrdiff_t width, const double *place,
                             int32_t repeats_edge, const T *x, T *y) {
  const ptrdiff_t area = height * width;
  // Beyond these nothing of the image is met.
  const double margin = repeats_edge ? 0 : 1;
  for (ptrdiff_t r = 0; r < height; r++)
    for (ptrdiff_t c = 0; c < width; c++, y++) {
      const double u = fmin(fmax(place[0] * c + place[1] * r + place[2], -margin), width - 1 + margin);
      const double v = fmin(fmax(place[3] * c + place[4] * r + place[5], -margin), height - 1 + margin);
      const ptrdiff_t left = (ptrdiff_t)floor(u), top = (ptrdiff_t)floor(v);
      const T right_part = (T)(u - left), bottom_part = (T)(v - top);
      // An element outside has no weight, and one inside stands for it.
      const T column[] = {left < 0 || left >= width ? 0 : 1 - right_part, left + 1 >= width ? 0 : right_part};
      const T row[] = {top < 0 || top >= height ? 0 : 1 - bottom_part, top + 1 >= height ? 0 : bottom_part};
      const ptrdiff_t i = top < 0 ? 0 : top >= height ? height - 1 : top;
      const ptrdiff_t j = left < 0 ? 0 : left >= width ? width - 1 : left;
      const ptrdiff_t below = row[1] != 0 ? (top + 1 - i) * width : 0, beside = column[1] != 0 ? left + 1 - j : 0;
      const T *near = x + i * width + j;
      for (ptrdiff_t n = 0; n < channels; n++, near += area)
        y[n * area] = row[0] * (column[0] * near[0] + column[1] * near[beside])
                    + row[1] * (column[0] * near[below] + column[1] * near[below + beside]);
    }
}
#endif
