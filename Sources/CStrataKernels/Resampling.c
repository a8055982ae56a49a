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
#endif
