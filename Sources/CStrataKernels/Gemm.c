// A product of float32 matrices for CPUs with AVX-512, where small and narrow products matter more than to BLAS.
//
// c is cut into tiles of 8 × 48 whose sums stay in 24 vector registers while one column of a meets one row of b
// after the other. So that those arrive from a near cache, b is copied into panels as wide as a tile, a few
// hundred rows deep, and a too where its columns lie apart (K. Goto and R. van de Geijn, "Anatomy of
// High-Performance Matrix Multiplication", 2008), unless so few rows of a meet them that the copy costs more than
// it gains. Every number of c is the sum over k in ascending order, rounded at the edges of the same blocks of k,
// wherever in c it stands: how c is cut does not change its bits.
#include "StrataGemm.h"

#if defined(__x86_64__)
#include "Workspace.h"
#include <immintrin.h>
#include <string.h>

// Wide vectors are asked for, since the compiler by itself stays at 256 bits on such a CPU.
#define AVX512 __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define INLINE static inline __attribute__((always_inline)) AVX512
#define UNROLL _Pragma("clang loop unroll(full)")

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }

typedef float vec __attribute__((vector_size(64), aligned(4), may_alias));

enum {
  LANES = 16,
  TILE_ROWS = 8,
  TILE_VECTORS = 3,
  // One vector wide, a tile needs more rows to keep the multipliers busy; up to three rows high, more columns.
  NARROW_ROWS = 16,
  FEW_ROWS = 3,
  WIDE_VECTORS = 8,
  // Blocks of b (depth × columns) and of a (rows × depth) that share the second-level cache.
  DEPTH = 256,
  COLUMNS = 528,
  ROWS = 192,
  // A single row of a: as many sums as stay in the nearest cache, and as many rows of b as are read side by side.
  ROW_SUMS = 4096,
  STREAMS = 8,
};

typedef struct {
  const float *a;
  ptrdiff_t a_row, a_depth;
  const float *b;
  ptrdiff_t b_depth;
  ptrdiff_t depth;
  // The row that the sums start from, or null.
  const float *start;
  // Whether c is added to rather than overwritten.
  bool adds;
  float *c;
  ptrdiff_t c_row;
  // Which lanes of the last vector are columns of c.
  __mmask16 last;
  // Where a leading tile copies its part of b to, row after row, or null.
  float *panel;
} Tile;

// How many rows ahead b is fetched by who reads it first.
enum { AHEAD = 24 };

// rows × vectors sums; both, and whether it is the first to read this part of b, are constants where it is inlined.
INLINE void multiply_tile(const int rows, const int vectors, const bool leads, const Tile *t) {
  const __mmask16 last = t->last;
  vec sum[NARROW_ROWS][WIDE_VECTORS];
  UNROLL for (int j = 0; j < vectors; j++) {
    const __mmask16 mask = j == vectors - 1 ? last : 0xFFFF;
    const vec start = t->start ? (vec)_mm512_maskz_loadu_ps(mask, t->start + j * LANES) : (vec){0};
    UNROLL for (int i = 0; i < rows; i++) sum[i][j] = start;
  }
  // By the time the sums are done, the place for them is in the nearest cache.
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) __builtin_prefetch(t->c + i * t->c_row + j * LANES, 1);
  const float *b = t->b;
  const ptrdiff_t a_row = t->a_row, a_depth = t->a_depth, b_depth = t->b_depth;
  float *panel = t->panel;
  // A pointer for every four rows. From a single one the compiler steps from row to row by additions, each of which
  // waits for the one before: 16 of them last longer than 16 products.
  enum { GROUP = 4 };
  const int groups = (rows + GROUP - 1) / GROUP;
  const float *group[NARROW_ROWS / GROUP];
  UNROLL for (int i = 0; i < groups; i++) group[i] = t->a + i * GROUP * a_row;
  for (ptrdiff_t p = t->depth; p > 0; p--, b += b_depth) {
    vec y[WIDE_VECTORS];
    UNROLL for (int j = 0; j < vectors - 1; j++) y[j] = *(const vec *)(b + j * LANES);
    y[vectors - 1] = (vec)_mm512_maskz_loadu_ps(last, b + (vectors - 1) * LANES);
    if (leads) {
      UNROLL for (int j = 0; j < vectors; j++) __builtin_prefetch(b + AHEAD * b_depth + j * LANES);
      if (panel) UNROLL for (int j = 0; j < vectors; j++, panel += LANES) *(vec *)panel = y[j];
    }
    // Hides how far apart they are.
    UNROLL for (int i = 0; i < groups; i++) __asm__("" : "+r"(group[i]));
    UNROLL for (int i = 0; i < rows; i++) {
      const float x = group[i / GROUP][i % GROUP * a_row];
      UNROLL for (int j = 0; j < vectors; j++) sum[i][j] += x * y[j];
    }
    UNROLL for (int i = 0; i < groups; i++) group[i] += a_depth;
  }
  float *const c = t->c;
  const ptrdiff_t c_row = t->c_row;
  const bool adds = t->adds;
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) {
      float *target = c + i * c_row + j * LANES;
      if (j == vectors - 1 && last != 0xFFFF) {
        if (adds) sum[i][j] += (vec)_mm512_maskz_loadu_ps(last, target);
        _mm512_mask_storeu_ps(target, last, (__m512)sum[i][j]);
      } else if (adds) *(vec *)target += sum[i][j];
      else *(vec *)target = sum[i][j];
    }
}

#define TILE(ROWS, VECTORS) \
  static AVX512 void tile_##ROWS##_##VECTORS(const Tile *t) { multiply_tile(ROWS, VECTORS, false, t); }
#define TILES(VECTORS) \
  TILE(1, VECTORS) TILE(2, VECTORS) TILE(3, VECTORS) TILE(4, VECTORS) \
  TILE(5, VECTORS) TILE(6, VECTORS) TILE(7, VECTORS) TILE(8, VECTORS)
TILES(1) TILES(2) TILES(3) TILE(16, 1)
TILE(1, 4) TILE(2, 4) TILE(3, 4) TILE(1, 8) TILE(2, 8) TILE(3, 8)

// The first tile of a panel fetches b, and can copy it on the way: the multipliers hide most of that.
#define LEADING_TILE(VECTORS) \
  static AVX512 void leading_tile_##VECTORS(const Tile *t) { multiply_tile(TILE_ROWS, VECTORS, true, t); }
LEADING_TILE(1) LEADING_TILE(2) LEADING_TILE(3)
static void (*const leading_tiles[TILE_VECTORS + 1])(const Tile *) = {
  0, leading_tile_1, leading_tile_2, leading_tile_3,
};

// By vectors, then rows.
#define LISTED(V) tile_1_##V, tile_2_##V, tile_3_##V, tile_4_##V, tile_5_##V, tile_6_##V, tile_7_##V, tile_8_##V
static void (*const tiles[WIDE_VECTORS + 1][NARROW_ROWS + 1])(const Tile *) = {
  [1] = {0, LISTED(1), [16] = tile_16_1},
  [2] = {0, LISTED(2)},
  [3] = {0, LISTED(3)},
  [4] = {0, tile_1_4, tile_2_4, tile_3_4},
  [8] = {0, tile_1_8, tile_2_8, tile_3_8},
};

// Two vectors of a 16 × 16 square exchange blocks of D lanes: the upper of A against the lower of B.
#define LOWER(I, D) (((I) & (D)) ? 16 + (I) - (D) : (I))
#define UPPER(I, D) (((I) & (D)) ? 16 + (I) : (I) + (D))
#define LANE_LIST(F, D) F(0, D), F(1, D), F(2, D), F(3, D), F(4, D), F(5, D), F(6, D), F(7, D), \
  F(8, D), F(9, D), F(10, D), F(11, D), F(12, D), F(13, D), F(14, D), F(15, D)
#define EXCHANGE(D) \
  UNROLL for (int i = 0; i < LANES; i++) { \
    if (i & (D)) continue; \
    const vec low = r[i], high = r[i + (D)]; \
    r[i] = __builtin_shufflevector(low, high, LANE_LIST(LOWER, D)); \
    r[i + (D)] = __builtin_shufflevector(low, high, LANE_LIST(UPPER, D)); \
  }

// to[p·to_row + j] = from[j·from_row + p], 16 × 16.
INLINE void transpose(const float *from, ptrdiff_t from_row, float *to, ptrdiff_t to_row) {
  vec r[LANES];
  UNROLL for (int i = 0; i < LANES; i++) r[i] = *(const vec *)(from + i * from_row);
  EXCHANGE(8) EXCHANGE(4) EXCHANGE(2) EXCHANGE(1)
  UNROLL for (int i = 0; i < LANES; i++) *(vec *)(to + i * to_row) = r[i];
}

// Copies `columns` columns of b, `depth` long without gaps, into a panel of whole vectors, with zeros in the lanes
// beyond.
static AVX512 void pack_b(ptrdiff_t depth, ptrdiff_t columns, const float *b, ptrdiff_t b_column, float *to) {
  const ptrdiff_t width = (columns + LANES - 1) / LANES * LANES;
  for (ptrdiff_t j = 0; j < columns; j += LANES) {
    const ptrdiff_t lanes = smaller(LANES, columns - j);
    const float *from = b + j * b_column;
    float *target = to + j;
    ptrdiff_t p = 0;
    if (lanes == LANES)
      for (; p + LANES <= depth; p += LANES) transpose(from + p, b_column, target + p * width, width);
    for (; p < depth; p++)
      for (ptrdiff_t l = 0; l < LANES; l++) target[p * width + l] = l < lanes ? from[l * b_column + p] : 0;
  }
}

// Copies the rows of a, which lie side by side, into panels of TILE_ROWS rows, two of them at a time: a cache line.
static AVX512 void pack_a(ptrdiff_t rows, ptrdiff_t depth, const float *a, ptrdiff_t a_depth, float *to) {
  for (ptrdiff_t i = 0; i < rows; i += 2 * TILE_ROWS, to += 2 * TILE_ROWS * depth) {
    const __mmask16 mask = 0xFFFF >> (2 * TILE_ROWS - smaller(rows - i, 2 * TILE_ROWS));
    const bool both = rows - i > TILE_ROWS;
    for (ptrdiff_t p = 0; p < depth; p++) {
      const float *from = a + i + p * a_depth;
      __builtin_prefetch(from + AHEAD * a_depth);
      const __m512 pair = _mm512_maskz_loadu_ps(mask, from);
      _mm256_storeu_ps(to + p * TILE_ROWS, _mm512_castps512_ps256(pair));
      if (both) _mm256_storeu_ps(to + (depth + p) * TILE_ROWS, _mm512_extractf32x8_ps(pair, 1));
    }
  }
}

// How many vectors wide the panel is that starts where `columns` columns are left.
static int panel_vectors(ptrdiff_t rows, ptrdiff_t columns) {
  const int left = (int)smaller((columns + LANES - 1) / LANES, WIDE_VECTORS);
  if (rows > FEW_ROWS) return left == TILE_VECTORS + 1 ? 2 : (int)smaller(left, TILE_VECTORS);
  return left < 4 ? left : left < WIDE_VECTORS ? 4 : WIDE_VECTORS;
}

// The length of the fewest equal pieces of `length`, multiples of `unit`, that `limit` holds, itself a multiple.
static inline ptrdiff_t piece(ptrdiff_t length, ptrdiff_t limit, ptrdiff_t unit) {
  if (length <= unit) return unit;
  const ptrdiff_t count = (length + limit - 1) / limit;
  return ((length + count - 1) / count + unit - 1) / unit * unit;
}

// sum[j] += Σ_p a[p] b[p, j], for rows of b that lie together; `depth` is a constant where it is inlined.
INLINE void add_rows(const int depth, ptrdiff_t columns, const float *a, ptrdiff_t a_depth, const float *b,
                     ptrdiff_t b_depth, float *sum) {
  float x[STREAMS];
  UNROLL for (int p = 0; p < depth; p++) x[p] = a[p * a_depth];
  for (ptrdiff_t j = 0; j < columns; j += LANES) {
    const __mmask16 mask = 0xFFFF >> (LANES - smaller(columns - j, LANES));
    vec s = *(vec *)(sum + j);
    // The next rows: a matrix that comes from memory is waited for otherwise at the start of each.
    UNROLL for (int p = 0; p < depth; p++) __builtin_prefetch(b + (depth + p) * b_depth + j);
    UNROLL for (int p = 0; p < depth; p++) s += x[p] * (vec)_mm512_maskz_loadu_ps(mask, b + p * b_depth + j);
    *(vec *)(sum + j) = s;
  }
}

// The same for LANES columns of b that are each without gaps. Of fewer the last stands for those that lack, and the
// sums beyond theirs mean nothing.
INLINE void add_columns(ptrdiff_t depth, ptrdiff_t columns, const float *a, ptrdiff_t a_depth, const float *b,
                        ptrdiff_t b_column, float *sum) {
  const float *column[LANES];
  UNROLL for (int j = 0; j < LANES; j++) column[j] = b + smaller(j, columns - 1) * b_column;
  vec s = *(vec *)sum, r[LANES];
  ptrdiff_t p = 0;
  for (; p + LANES <= depth; p += LANES) {
    // Halves of two columns fill a vector as they are loaded: the first of four exchanges.
    UNROLL for (int i = 0; i < LANES; i++) {
      const __m256 low = _mm256_loadu_ps(column[i % 8] + p + i / 8 * 8);
      const __m256 high = _mm256_loadu_ps(column[i % 8 + 8] + p + i / 8 * 8);
      r[i] = (vec)_mm512_insertf32x8(_mm512_castps256_ps512(low), high, 1);
    }
    EXCHANGE(4) EXCHANGE(2) EXCHANGE(1)
    UNROLL for (int l = 0; l < LANES; l++) s += a[(p + l) * a_depth] * r[l];
  }
  for (; p < depth; p++) {
    vec last;
    UNROLL for (int j = 0; j < LANES; j++) last[j] = column[j][p];
    s += a[p * a_depth] * last;
  }
  *(vec *)sum = s;
}

// A product of a single row, which no other row shares b with: nothing is copied, and every number is the same sum.
static AVX512 void multiply_row(
  ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t a_depth, const float *b, ptrdiff_t b_depth, ptrdiff_t b_column,
  bool adds, const float *bias, float *c) {
  float sums[ROW_SUMS];
  const ptrdiff_t deep = piece(k, DEPTH, 1);
  for (ptrdiff_t left = 0; left < n; left += ROW_SUMS)
    for (ptrdiff_t front = 0; front == 0 || front < k; front += deep) {
      const ptrdiff_t columns = smaller(ROW_SUMS, n - left), depth = smaller(deep, k - front);
      const float *x = a + front * a_depth, *y = b + front * b_depth + left * b_column;
      if (bias && front == 0) memcpy(sums, bias + left, (size_t)columns * sizeof(float));
      else memset(sums, 0, (size_t)columns * sizeof(float));
      if (b_column == 1) {
        ptrdiff_t p = 0;
        for (; p + STREAMS <= depth; p += STREAMS)
          add_rows(STREAMS, columns, x + p * a_depth, a_depth, y + p * b_depth, b_depth, sums);
        for (; p < depth; p++) add_rows(1, columns, x + p * a_depth, a_depth, y + p * b_depth, b_depth, sums);
      } else {
        for (ptrdiff_t j = 0; j < columns; j += LANES)
          add_columns(depth, smaller(LANES, columns - j), x, a_depth, y + j * b_column, b_column, sums + j);
      }
      if (adds || front > 0) for (ptrdiff_t j = 0; j < columns; j++) c[left + j] += sums[j];
      else memcpy(c + left, sums, (size_t)columns * sizeof(float));
    }
}

bool strata_gemm_f32_is_available(void) { return __builtin_cpu_supports("x86-64-v4"); }

AVX512 void strata_gemm_f32(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_depth, const float *b,
  ptrdiff_t b_depth, ptrdiff_t b_column, bool adds, const float *bias, float *c, ptrdiff_t c_row) {
  // A narrow b whose rows lie together is as fast by tiles.
  if (m == 1 && (b_column != 1 || n > WIDE_VECTORS * LANES)) {
    multiply_row(n, k, a, a_depth, b, b_depth, b_column, adds, bias, c);
    return;
  }
  float *const packed_b = strata_workspace(DEPTH * (COLUMNS + ROWS) * sizeof(float)), *const packed_a = packed_b + DEPTH * COLUMNS;
  // Where the rows of b lie together, tiles can read it in place, or the first of a panel copies it for the others.
  // The copy pays where enough of them read it, the sooner the farther apart its rows are.
  const bool has_rows = b_column == 1;
  const bool in_place = has_rows && (m <= 2 * TILE_ROWS || (m <= 256 && m * b_depth <= 1 << 16));
  const ptrdiff_t deep = piece(k, DEPTH, 1), wide = piece(n, COLUMNS, TILE_VECTORS * LANES);
  const ptrdiff_t high = piece(m, ROWS, TILE_ROWS);
  // A product of depth 0 is one step too: it writes zeros, or the bias.
  for (ptrdiff_t front = 0; front == 0 || front < k; front += deep) {
    const ptrdiff_t depth = smaller(deep, k - front);
    for (ptrdiff_t left = 0; left < n; left += wide) {
      const ptrdiff_t columns = smaller(wide, n - left);
      const bool packs_a = a_row == 1 && a_depth != 1 && columns > 2 * TILE_VECTORS * LANES;
      for (ptrdiff_t top = 0; top < m; top += high) {
        const ptrdiff_t rows = smaller(high, m - top);
        Tile t = {.depth = depth, .adds = adds || front > 0, .c_row = c_row};
        const float *a_block = a + top * a_row + front * a_depth;
        if (packs_a) pack_a(rows, depth, a_block, a_depth, packed_a);
        t.a_row = packs_a ? 1 : a_row;
        t.a_depth = packs_a ? TILE_ROWS : a_depth;
        float *panel = packed_b;
        int vectors;
        for (ptrdiff_t j = 0; j < columns; j += vectors * LANES) {
          vectors = panel_vectors(m, columns - j);
          const ptrdiff_t width = smaller(vectors * LANES, columns - j);
          const float *source = b + (left + j) * b_column + front * b_depth;
          if (top == 0 && !has_rows) pack_b(depth, width, source, b_column, panel);
          t.panel = in_place ? NULL : panel;
          t.last = (1u << (width - (vectors - 1) * LANES)) - 1;
          t.start = bias && front == 0 ? bias + left + j : NULL;
          ptrdiff_t height;
          for (ptrdiff_t i = 0; i < rows; i += height) {
            const bool leads = has_rows && top + i == 0 && m >= TILE_ROWS && !(in_place && n <= LANES);
            const bool is_narrow = n <= LANES && rows - i >= NARROW_ROWS && !leads;
            height = is_narrow ? NARROW_ROWS : smaller(rows - i, TILE_ROWS);
            t.b = in_place || leads ? source : panel;
            t.b_depth = in_place || leads ? b_depth : vectors * LANES;
            t.a = packs_a ? packed_a + i * depth : a_block + i * a_row;
            t.c = c + (top + i) * c_row + left + j;
            (leads ? leading_tiles[vectors] : tiles[vectors][height])(&t);
          }
          // Where no rows are left to read this panel again, the next takes its place in the nearest cache.
          if (rows < m) panel += depth * vectors * LANES;
        }
      }
    }
  }
}

#else

bool strata_gemm_f32_is_available(void) { return false; }

void strata_gemm_f32(
  ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const float *a, ptrdiff_t a_row, ptrdiff_t a_depth, const float *b,
  ptrdiff_t b_depth, ptrdiff_t b_column, bool adds, const float *bias, float *c, ptrdiff_t c_row) {
  __builtin_trap();  // never called: it is not available
}

#endif
