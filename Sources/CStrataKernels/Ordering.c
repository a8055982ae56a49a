// The order of the elements of a row: sorting by radix, and the first few by comparing with the last of them.
#ifndef T
#include "StrataOrdering.h"
#include <string.h>

// An element's place and its key: an unsigned number in the order of the elements, NaN being largest and −0 equal
// to 0.
typedef struct { uint32_t key; int32_t place; } strata_entry_f32;
typedef struct { uint64_t key; int64_t place; } strata_entry_f64;
typedef struct { uint32_t key; int32_t place; } strata_entry_i32;

#define KEY_OF(T, U, KEY)                                                              \
  static inline __attribute__((always_inline, overloadable)) U key_of(T x) {           \
    const U sign = (U)1 << (8 * sizeof(U) - 1);                                        \
    const T number = x + 0;                                                            \
    U bits;                                                                            \
    memcpy(&bits, &number, sizeof bits);                                               \
    return KEY;                                                                        \
  }
KEY_OF(float, uint32_t, x != x ? ~sign | sign : bits & sign ? ~bits : bits | sign)
KEY_OF(double, uint64_t, x != x ? ~sign | sign : bits & sign ? ~bits : bits | sign)
KEY_OF(int32_t, uint32_t, bits ^ sign)

enum { DIGIT_BITS = 8, DIGITS = 1 << DIGIT_BITS, FEW = 48 };
#define TEMPLATE "Ordering.c"
#define INTEGERS
#include "Kernels.h"
#else

#define ENTRY K(entry)
#define KEY __typeof__(((ENTRY *)0)->key)

// Moves entries with a larger key behind this one, among the first `end`.
INLINE void insert(ENTRY *entries, ptrdiff_t end, ENTRY entry) {
  for (; end > 0 && entries[end - 1].key > entry.key; end--) entries[end] = entries[end - 1];
  entries[end] = entry;
}

// Least significant digit first; a digit that all keys share needs no pass. Returns the half of 2 n entries that
// they end in.
INLINE ENTRY *sort_by_digits(ptrdiff_t n, ENTRY *from) {
  ENTRY *to = from + n;
  uint32_t counts[sizeof(KEY)][DIGITS] = {{0}};
  for (ptrdiff_t i = 0; i < n; i++)
    for (unsigned d = 0; d < sizeof(KEY); d++) counts[d][from[i].key >> d * DIGIT_BITS & (DIGITS - 1)]++;
  for (unsigned d = 0; d < sizeof(KEY); d++) {
    uint32_t *count = counts[d], start = 0;
    if (count[from[0].key >> d * DIGIT_BITS & (DIGITS - 1)] == n) continue;
    for (int digit = 0; digit < DIGITS; digit++) {
      const uint32_t here = count[digit];
      count[digit] = start;
      start += here;
    }
    for (ptrdiff_t i = 0; i < n; i++) to[count[from[i].key >> d * DIGIT_BITS & (DIGITS - 1)]++] = from[i];
    ENTRY *const other = from;
    from = to;
    to = other;
  }
  return from;
}

KERNEL void K(argsort_rows)(ptrdiff_t rows, ptrdiff_t columns, int descending, const T *x, int32_t *place,
                            void *scratch) {
  const KEY flip = descending ? ~(KEY)0 : 0;
  for (ptrdiff_t r = 0; r < rows; r++, x += columns, place += columns) {
    ENTRY *entries = scratch;
    if (columns <= FEW) {
      for (ptrdiff_t c = 0; c < columns; c++) insert(entries, c, (ENTRY){key_of(x[c]) ^ flip, (int32_t)c});
    } else {
      for (ptrdiff_t c = 0; c < columns; c++) entries[c] = (ENTRY){key_of(x[c]) ^ flip, (int32_t)c};
      entries = sort_by_digits(columns, entries);
    }
    for (ptrdiff_t c = 0; c < columns; c++) place[c] = (int32_t)entries[c].place;
  }
}

// A pack of lanes is looked at one by one only where not all of them come after the last of the first k.
KERNEL void K(top_rows)(ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t k, int largest, const T *x, int32_t *place,
                        void *scratch) {
  const KEY flip = largest ? ~(KEY)0 : 0;
  ENTRY *const entries = scratch;
  for (ptrdiff_t r = 0; r < rows; r++, x += columns, place += k) {
    for (ptrdiff_t c = 0; c < k; c++) insert(entries, c, (ENTRY){key_of(x[c]) ^ flip, (int32_t)c});
    for (ptrdiff_t c = k; c < columns;) {
      const T_LANES last = (T_LANES){0} + x[entries[k - 1].place];
      const ptrdiff_t end = columns - c < LANES ? columns : c + LANES;
      if (end == c + LANES && !__builtin_reduce_or(largest ? ~(LOAD(x + c) <= last) : ~(LOAD(x + c) >= last))) {
        c = end;
        continue;
      }
      for (; c < end; c++) {
        const KEY key = key_of(x[c]) ^ flip;
        if (key < entries[k - 1].key) insert(entries, k - 1, (ENTRY){key, (int32_t)c});
      }
    }
    for (ptrdiff_t c = 0; c < k; c++) place[c] = (int32_t)entries[c].place;
  }
}

#undef ENTRY
#undef KEY
#endif
