// Attention by tiles of keys with a running softmax (T. Dao and others, "FlashAttention", 2022): scores exist for one
// strip of queries and one tile of keys at a time. With m the largest score of a row so far, l = Σ exp(s − m) and
// acc = Σ exp(s − m) v, a tile with a larger score first multiplies l and acc by exp(m − m'). The backward works the
// scores out again, from which p = exp(s − log_sum).
#ifndef T
#include "StrataAttention.h"
#include "StrataStructure.h"
#include "Random.h"
#include "Workspace.h"

enum {
  // A tile of keys and a block of queries are multiples of the strips' heights, 6 and 8, and of ALIGNMENT.
  KEYS = 96,
  BLOCK = 48,
  // Rows in the workspace are padded to a multiple of this.
  ALIGNMENT = 16,
  // Of so few queries each is worked out by itself: there is nothing to share a tile with.
  FEW_QUERIES = 2,
};

static inline ptrdiff_t smaller(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
static inline ptrdiff_t rounded_up(ptrdiff_t n, ptrdiff_t unit) { return (n + unit - 1) / unit * unit; }

// How many keys query i sees.
static inline ptrdiff_t reach(const strata_attention_options *o, ptrdiff_t i) {
  if (!o->causal) return o->keys;
  const ptrdiff_t end = o->place + i + 1;
  return end < 0 ? 0 : smaller(end, o->keys);
}

// The first query that sees key j.
static inline ptrdiff_t first_query(const strata_attention_options *o, ptrdiff_t j) {
  const ptrdiff_t i = o->causal ? j - o->place : 0;
  return i < 0 ? 0 : i;
}

#define UNROLL _Pragma("clang loop unroll(full)")

#define TEMPLATE "Attention.c"
#include "Kernels.h"
#else

typedef T K(vector) __attribute__((vector_size(64), aligned(sizeof(T)), may_alias));
#undef VEC
#define VEC K(vector)
#undef LENGTH
#define LENGTH (64 / (ptrdiff_t)sizeof(T))

// A strip of c, rows × (vectors · LENGTH), = a · b, or += where `adds`.
INLINE void multiply_strip(const int rows, const int vectors, ptrdiff_t depth, const T *a, ptrdiff_t a_row,
                           ptrdiff_t a_depth, const T *b, ptrdiff_t b_row, bool adds, T *c, ptrdiff_t c_row) {
  VEC sum[8][2];
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) sum[i][j] = adds ? *(VEC *)(c + i * c_row + j * LENGTH) : (VEC){0};
  for (ptrdiff_t p = 0; p < depth; p++, a += a_depth, b += b_row) {
    VEC y[2];
    UNROLL for (int j = 0; j < vectors; j++) y[j] = *(const VEC *)(b + j * LENGTH);
    UNROLL for (int i = 0; i < rows; i++) {
      const T x = a[i * a_row];
      UNROLL for (int j = 0; j < vectors; j++) sum[i][j] += x * y[j];
    }
  }
  UNROLL for (int i = 0; i < rows; i++)
    UNROLL for (int j = 0; j < vectors; j++) *(VEC *)(c + i * c_row + j * LENGTH) = sum[i][j];
}

// c = a · b or +=, of m and n rounded up to whole strips and vectors.
INLINE void multiply(const int rows, const int vectors, ptrdiff_t m, ptrdiff_t n, ptrdiff_t depth, const T *a,
                     ptrdiff_t a_row, ptrdiff_t a_depth, const T *b, ptrdiff_t b_row, bool adds, T *c,
                     ptrdiff_t c_row) {
  for (ptrdiff_t i = 0; i < m; i += rows) {
    ptrdiff_t j = 0;
    for (; j + (vectors - 1) * LENGTH < n; j += vectors * LENGTH)
      multiply_strip(rows, vectors, depth, a + i * a_row, a_row, a_depth, b + j, b_row, adds, c + i * c_row + j, c_row);
    for (; j < n; j += LENGTH)
      multiply_strip(rows, 1, depth, a + i * a_row, a_row, a_depth, b + j, b_row, adds, c + i * c_row + j, c_row);
  }
}

// Copies rows times a factor, with zeros up to `width` and in the rows up to `padded`.
INLINE void copy_rows(ptrdiff_t rows, ptrdiff_t padded, ptrdiff_t size, ptrdiff_t width, T factor, const T *x,
                      ptrdiff_t x_row, T *y) {
  for (ptrdiff_t i = 0; i < padded; i++) {
    T *to = y + i * width;
    const ptrdiff_t n = i < rows ? size : 0;
    FOR_EACH(c, n) to[c] = x[i * x_row + c] * factor;
    FOR_EACH(c, width - n) to[n + c] = 0;
  }
}

// y(c, j) = x(j, c), with zeros for j from rows up to `padded`, a multiple of ALIGNMENT.
INLINE void transpose_rows(ptrdiff_t rows, ptrdiff_t padded, ptrdiff_t size, const T *x, ptrdiff_t x_row, T *y) {
  for (ptrdiff_t j = 0; j < padded; j += ALIGNMENT) {
    const ptrdiff_t n = smaller(ALIGNMENT, rows - j);
    const T *row[ALIGNMENT];
    for (ptrdiff_t l = 0; l < ALIGNMENT; l++) row[l] = x + (j + smaller(l, n - 1)) * x_row;
    for (ptrdiff_t c = 0; c < size; c++) {
      T *to = y + c * padded + j;
      if (n == ALIGNMENT) UNROLL for (ptrdiff_t l = 0; l < ALIGNMENT; l++) to[l] = row[l][c];
      else for (ptrdiff_t l = 0; l < ALIGNMENT; l++) to[l] = l < n ? row[l][c] : 0;
    }
  }
}

// Adds to the scores of query i with the n keys from `first` on what depends on their places.
INLINE void add_bias(const strata_attention_options *o, ptrdiff_t i, ptrdiff_t first, ptrdiff_t n, const T *bias,
                     T *score) {
  if (bias) {
    const T *b = bias + i * o->bias_row + first;
    FOR_EACH(j, n) score[j] += b[j];
  }
  if (o->slope != 0) {
    const T slope = (T)o->slope, distance = (T)(o->place + i - first);
    FOR_EACH(j, n) {
      const T apart = distance - (T)(int32_t)j;
      score[j] -= slope * (apart < 0 ? -apart : apart);
    }
  }
}

// What dropout multiplies the weights of query i with the n keys from `first` on, a multiple of STRATA_PACK.
INLINE void dropout_factors(const strata_attention_options *o, ptrdiff_t i, ptrdiff_t first, ptrdiff_t n, T *factor) {
  const T keep = (T)o->keep_scale;
  const ptrdiff_t pack = (o->first_place + i * o->row_places + first) / STRATA_PACK;
  for (ptrdiff_t j = 0; j < n; j += STRATA_PACK) {
    uint32_t word[STRATA_PACK];
    random_pack(pack + j / STRATA_PACK, o->seed, o->stream, word);
    FOR_EACH(l, STRATA_PACK) factor[j + l] = word[l] < o->threshold ? 0 : keep;
  }
}

INLINE T largest_of(ptrdiff_t n, const T *x) {
  T_LANES best = LOAD(x);
  for (ptrdiff_t j = LANES; j < n; j += LANES) {
    const T_LANES v = LOAD(x + j);
    best = SELECT(v > best, v, best);
  }
  FOLD(best, SELECT(other > best, other, best));
  return best[0];
}

INLINE T sum_of(ptrdiff_t n, const T *x) {
  T_LANES sum = LOAD(x);
  for (ptrdiff_t j = LANES; j < n; j += LANES) sum += LOAD(x + j);
  FOLD(sum, sum + other);
  return sum[0];
}

INLINE T dot(ptrdiff_t n, const T *x, const T *y) {
  T_LANES sum = {0};
  ptrdiff_t c = 0;
  for (; c + LANES <= n; c += LANES) sum += LOAD(x + c) * LOAD(y + c);
  for (; c < n; c++) sum[0] += x[c] * y[c];
  FOLD(sum, sum + other);
  return sum[0];
}

// A row's softmax over the keys of all tiles so far.
typedef struct {
  T largest;
  double sum;
} K(running);

// Makes of the scores of query i with n keys from `first` on, in n rounded up to ALIGNMENT places, their share of the
// running softmax, and scales what the row has summed before.
INLINE void weigh(const strata_attention_options *o, ptrdiff_t i, ptrdiff_t first, ptrdiff_t n, const T *bias,
                  T *score, K(running) *row, ptrdiff_t width, T *sums) {
  const ptrdiff_t padded = rounded_up(n, ALIGNMENT);
  const ptrdiff_t visible = smaller(reach(o, i) - first, n);
  if (visible > 0) add_bias(o, i, first, visible, bias, score);
  for (ptrdiff_t j = visible < 0 ? 0 : visible; j < padded; j++) score[j] = -INFINITY;
  const T top = largest_of(padded, score);
  if (top > row->largest) {
    if (row->sum > 0) {
      const T factor = exponential_of_negative(row->largest - top);
      row->sum *= factor;
      FOR_EACH(c, width) sums[c] *= factor;
    }
    row->largest = top;
  }
  const T origin = row->largest;
  if (origin == -INFINITY) {
    for (ptrdiff_t j = 0; j < padded; j++) score[j] = score[j] == -INFINITY ? 0 : score[j];
    if (top == -INFINITY) return;
  }
  FOR_EACH(j, padded) score[j] = exponential_of_negative(score[j] - origin);
  row->sum += sum_of(padded, score);
  if (o->threshold) {
    T factor[KEYS];
    dropout_factors(o, i, first, rounded_up(n, STRATA_PACK), factor);
    FOR_EACH(j, padded) score[j] *= factor[j];
  }
}

// Each of few queries by itself, over all keys at once.
INLINE void attend_alone(const strata_attention_options *o, const T *q, const T *k, const T *v, const T *bias,
                         T *out, T *log_sum) {
  const ptrdiff_t size = o->size, width = rounded_up(size, LANES);
  T *const query = strata_workspace((size_t)(2 * width + KEYS) * sizeof(T));
  T *const sums = query + width, *const score = sums + width;
  for (ptrdiff_t i = 0; i < o->queries; i++) {
    copy_rows(1, 1, size, width, (T)o->scale, q + i * o->q_row, 0, query);
    FOR_EACH(c, width) sums[c] = 0;
    K(running) row = {.largest = -INFINITY};
    const ptrdiff_t end = reach(o, i);
    for (ptrdiff_t first = 0; first < end; first += KEYS) {
      const ptrdiff_t n = smaller(KEYS, end - first);
      for (ptrdiff_t j = 0; j < n; j++) score[j] = dot(size, query, k + (first + j) * o->k_row);
      weigh(o, i, first, n, bias, score, &row, width, sums);
      for (ptrdiff_t j = 0; j < n; j++) {
        const T weight = score[j], *value = v + (first + j) * o->v_row;
        FOR_EACH(c, size) sums[c] += weight * value[c];
      }
    }
    const T factor = row.sum > 0 ? (T)(1 / row.sum) : row.sum == 0 ? 0 : NAN;
    FOR_EACH(c, size) out[i * o->out_row + c] = sums[c] * factor;
    log_sum[i] = row.sum == 0 ? INFINITY : row.largest + (T)log(row.sum);
  }
}

INLINE void attend(const int rows, const int vectors, const strata_attention_options *o, const T *q, const T *k,
                   const T *v, const T *bias, T *out, T *log_sum) {
  const ptrdiff_t size = o->size, width = rounded_up(size, ALIGNMENT), queries = o->queries;
  const ptrdiff_t padded = rounded_up(queries, rows);
  T *const query = strata_workspace((size_t)(padded * (size + width) + KEYS * (size + width + rows)) * sizeof(T));
  T *const sums = query + padded * size, *const keys = sums + padded * width;
  T *const values = keys + size * KEYS, *const score = values + KEYS * width;
  K(running) row[STRATA_ATTENTION_QUERIES];
  copy_rows(queries, padded, size, size, (T)o->scale, q, o->q_row, query);
  for (ptrdiff_t i = 0; i < queries; i++) row[i] = (K(running)){.largest = -INFINITY};
  FOR_EACH(c, padded * width) sums[c] = 0;
  const ptrdiff_t end = reach(o, queries - 1);
  for (ptrdiff_t first = 0; first < end; first += KEYS) {
    const ptrdiff_t tile = smaller(KEYS, end - first), tile_width = rounded_up(tile, ALIGNMENT);
    transpose_rows(tile, tile_width, size, k + first * o->k_row, o->k_row, keys);
    copy_rows(tile, tile, size, width, 1, v + first * o->v_row, o->v_row, values);
    for (ptrdiff_t i = first_query(o, first) / rows * rows; i < queries; i += rows) {
      const ptrdiff_t alive = smaller(rows, queries - i);
      const ptrdiff_t n = smaller(tile, reach(o, i + alive - 1) - first);
      multiply(rows, vectors, rows, rounded_up(n, ALIGNMENT), size, query + i * size, size, 1, keys, tile_width, false,
               score, KEYS);
      for (ptrdiff_t r = 0; r < alive; r++)
        weigh(o, i + r, first, n, bias, score + r * KEYS, row + i + r, width, sums + (i + r) * width);
      multiply(rows, vectors, rows, width, n, score, KEYS, 1, values, width, true, sums + i * width, width);
    }
  }
  for (ptrdiff_t i = 0; i < queries; i++) {
    const T factor = row[i].sum > 0 ? (T)(1 / row[i].sum) : row[i].sum == 0 ? 0 : NAN;
    FOR_EACH(c, size) out[i * o->out_row + c] = sums[i * width + c] * factor;
    log_sum[i] = row[i].sum == 0 ? INFINITY : row[i].largest + (T)log(row[i].sum);
  }
}

// With p the weights after softmax, f the factors of dropout and dp = dout · vᵀ: dv = (p ∘ f)ᵀ dout and
// ds = p ∘ (dp ∘ f − D), where D is the row's Σ_j p f dp = Σ_c dout · out; dq = scale · ds k, dk = scale · dsᵀ q.
INLINE void attend_backward(const int rows, const int vectors, const strata_attention_options *o, const T *q,
                            const T *k, const T *v, const T *bias, const T *out, const T *log_sum, const T *dout,
                            bool adds, T *dq, T *dk, T *dv) {
  const ptrdiff_t size = o->size, width = rounded_up(size, ALIGNMENT), queries = o->queries;
  const ptrdiff_t padded = rounded_up(queries, BLOCK);
  T *const query = strata_workspace(
    (size_t)(padded * (3 * width + 1) + KEYS * (2 * size + 3 * width) + 2 * BLOCK * KEYS) * sizeof(T));
  T *const dsums = query + padded * width, *const dquery = dsums + padded * width;
  T *const products = dquery + padded * width, *const keys_across = products + padded;
  T *const values_across = keys_across + size * KEYS, *const keys = values_across + size * KEYS;
  T *const dkeys = keys + KEYS * width, *const dvalues = dkeys + KEYS * width;
  T *const weight = dvalues + KEYS * width, *const dscore = weight + BLOCK * KEYS;
  copy_rows(queries, padded, size, width, (T)o->scale, q, o->q_row, query);
  copy_rows(queries, padded, size, width, 1, dout, o->out_row, dsums);
  FOR_EACH(c, padded * width) dquery[c] = 0;
  for (ptrdiff_t i = 0; i < queries; i++) {
    products[i] = dot(size, out + i * o->out_row, dout + i * o->out_row);
  }
  for (ptrdiff_t first = 0; first < o->keys; first += KEYS) {
    const ptrdiff_t tile = smaller(KEYS, o->keys - first), tile_width = rounded_up(tile, ALIGNMENT);
    transpose_rows(tile, tile_width, size, k + first * o->k_row, o->k_row, keys_across);
    transpose_rows(tile, tile_width, size, v + first * o->v_row, o->v_row, values_across);
    copy_rows(tile, tile, size, width, 1, k + first * o->k_row, o->k_row, keys);
    FOR_EACH(c, KEYS * width) dkeys[c] = dvalues[c] = 0;
    for (ptrdiff_t block = first_query(o, first) / rows * rows; block < queries; block += BLOCK) {
      const ptrdiff_t height = smaller(BLOCK, queries - block);
      const ptrdiff_t block_width = smaller(tile, reach(o, block + height - 1) - first);
      for (ptrdiff_t strip = 0; strip < height; strip += rows) {
        const ptrdiff_t i = block + strip, alive = smaller(rows, queries - i);
        const ptrdiff_t n = smaller(tile, reach(o, i + alive - 1) - first), n_padded = rounded_up(n, ALIGNMENT);
        T *const p = weight + strip * KEYS, *const ds = dscore + strip * KEYS;
        multiply(rows, vectors, rows, n_padded, size, query + i * width, width, 1, keys_across, tile_width, false, p, KEYS);
        multiply(rows, vectors, rows, n_padded, size, dsums + i * width, width, 1, values_across, tile_width, false, ds,
                 KEYS);
        for (ptrdiff_t r = 0; r < rows; r++) {
          T *const x = p + r * KEYS, *const dx = ds + r * KEYS;
          ptrdiff_t visible = r < alive ? smaller(reach(o, i + r) - first, n) : 0;
          if (visible < 0) visible = 0;
          if (visible > 0) {
            add_bias(o, i + r, first, visible, bias, x);
            const T origin = log_sum[i + r], product = products[i + r];
            const ptrdiff_t whole = rounded_up(visible, ALIGNMENT);
            for (ptrdiff_t j = visible; j < whole; j++) x[j] = -INFINITY, dx[j] = 0;
            FOR_EACH(j, whole) x[j] = exponential_of_negative(x[j] - origin);
            if (o->threshold) {
              T factor[KEYS];
              dropout_factors(o, i + r, first, rounded_up(visible, STRATA_PACK), factor);
              FOR_EACH(j, whole) {
                dx[j] = x[j] * (dx[j] * factor[j] - product);
                x[j] *= factor[j];
              }
            } else FOR_EACH(j, whole) dx[j] = x[j] * (dx[j] - product);
          }
          for (ptrdiff_t j = visible; j < KEYS; j++) x[j] = dx[j] = 0;
        }
        multiply(rows, vectors, rows, width, n, ds, KEYS, 1, keys, width, true, dquery + i * width, width);
      }
      const ptrdiff_t m = rounded_up(block_width, rows);
      multiply(rows, vectors, m, width, height, weight, 1, KEYS, dsums + block * width, width, true, dvalues, width);
      multiply(rows, vectors, m, width, height, dscore, 1, KEYS, query + block * width, width, true, dkeys, width);
    }
    for (ptrdiff_t j = 0; j < tile; j++) {
      T *to_key = dk + (first + j) * o->k_row, *to_value = dv + (first + j) * o->v_row;
      const T *from_key = dkeys + j * width, *from_value = dvalues + j * width;
      if (adds) {
        FOR_EACH(c, size) to_key[c] += from_key[c];
        FOR_EACH(c, size) to_value[c] += from_value[c];
      } else {
        memcpy(to_key, from_key, (size_t)size * sizeof(T));
        memcpy(to_value, from_value, (size_t)size * sizeof(T));
      }
    }
  }
  const T scale = (T)o->scale;
  for (ptrdiff_t i = 0; i < queries; i++)
    FOR_EACH(c, size) dq[i * o->q_row + c] = dquery[i * width + c] * scale;
}

// Strips of 6 × 1 vectors fill the 16 registers of AVX2, of 8 × 2 those of AVX-512, whose wide vectors the compiler must
// be asked for.
#undef LONG_VECTORS
#if STRATA_CLONES
#define LONG_VECTORS __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#else
#define LONG_VECTORS
#endif

static KERNEL void K(attend_narrow)(const strata_attention_options *o, const T *q, const T *k, const T *v,
                                    const T *bias, T *out, T *log_sum) {
  attend(6, 1, o, q, k, v, bias, out, log_sum);
}

static LONG_VECTORS void K(attend_wide)(const strata_attention_options *o, const T *q, const T *k, const T *v,
                                       const T *bias, T *out, T *log_sum) {
  attend(8, 2, o, q, k, v, bias, out, log_sum);
}

static KERNEL void K(attend_few)(const strata_attention_options *o, const T *q, const T *k, const T *v, const T *bias,
                                 T *out, T *log_sum) {
  attend_alone(o, q, k, v, bias, out, log_sum);
}

void K(attention)(const strata_attention_options *o, const T *q, const T *k, const T *v, const T *bias, T *out,
                  T *log_sum) {
  (o->queries <= FEW_QUERIES ? K(attend_few) : has_long_vectors() ? K(attend_wide) : K(attend_narrow))(
    o, q, k, v, bias, out, log_sum);
}

static KERNEL void K(attend_backward_narrow)(const strata_attention_options *o, const T *q, const T *k, const T *v,
                                             const T *bias, const T *out, const T *log_sum, const T *dout, bool adds,
                                             T *dq, T *dk, T *dv) {
  attend_backward(6, 1, o, q, k, v, bias, out, log_sum, dout, adds, dq, dk, dv);
}

static LONG_VECTORS void K(attend_backward_wide)(const strata_attention_options *o, const T *q, const T *k, const T *v,
                                                const T *bias, const T *out, const T *log_sum, const T *dout,
                                                bool adds, T *dq, T *dk, T *dv) {
  attend_backward(8, 2, o, q, k, v, bias, out, log_sum, dout, adds, dq, dk, dv);
}

void K(attention_backward)(const strata_attention_options *o, const T *q, const T *k, const T *v, const T *bias,
                           const T *out, const T *log_sum, const T *dout, bool adds, T *dq, T *dk, T *dv) {
  (has_long_vectors() ? K(attend_backward_wide) : K(attend_backward_narrow))(
    o, q, k, v, bias, out, log_sum, dout, adds, dq, dk, dv);
}

KERNEL void K(rotate)(strata_rotation r, const T *cosines, const T *sines, T direction, T *x) {
  for (ptrdiff_t i = 0; i < r.rows; i++) {
    const T *cosine = cosines + i * r.pairs, *sine = sines + i * r.pairs;
    for (ptrdiff_t h = 0; h < r.heads; h++) {
      T *a = x + i * r.row + h * r.head;
      if (r.interleaved) FOR_EACH(p, r.pairs) {
        const T first = a[2 * p], second = a[2 * p + 1], s = direction * sine[p];
        a[2 * p] = first * cosine[p] - second * s;
        a[2 * p + 1] = second * cosine[p] + first * s;
      }
      else FOR_EACH(p, r.pairs) {
        const T first = a[p], second = a[p + r.pairs], s = direction * sine[p];
        a[p] = first * cosine[p] - second * s;
        a[p + r.pairs] = second * cosine[p] + first * s;
      }
    }
  }
}
#endif
