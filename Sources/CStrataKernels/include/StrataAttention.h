// Scaled dot-product attention of one head, without the matrix of its weights. The rules of StrataKernels.h hold, except
// that rows of matrices lie apart: an argument NAME_row is the number of elements from one row to the next.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// What is alike for the rows of one call.
typedef struct {
  // The rows of q, the rows of k and v, and the elements of a row of each of them.
  ptrdiff_t queries, keys, size;
  ptrdiff_t q_row, k_row, v_row, out_row, bias_row;
  // Query i is at this place plus i in the order of the keys; where `causal`, it sees the keys up to that place.
  ptrdiff_t place;
  bool causal;
  double scale;
  // ALiBi: slope times the distance in places is taken from a score.
  double slope;
  // Dropout of weights: word (i · row_places + j) from `first_place` on decides on weight (i, j), as in
  // StrataStructure.h; both are multiples of STRATA_PACK. No weight is dropped where the threshold is 0.
  uint64_t seed, stream;
  ptrdiff_t first_place, row_places;
  uint32_t threshold;
  double keep_scale;
} strata_attention_options;

// Rows, each of heads of which the first 2 · pairs elements are turned pairwise; neighbours are a pair where
// `interleaved`, else elements p and p + pairs.
typedef struct {
  ptrdiff_t rows, row, heads, head, pairs;
  bool interleaved;
} strata_rotation;

// How many rows of q one call takes.
enum { STRATA_ATTENTION_QUERIES = 192 };

//   attention            out(i, ·) = Σ_j p(i, j) v(j, ·), where p(i, ·) is the softmax over the keys j that query i sees of
//                        s(i, j) = scale · q(i, ·) · k(j, ·) + bias(i, j), and log_sum[i] = log Σ_j exp s(i, j). A query
//                        that sees nothing, all s(i, j) being −∞, has out 0 and log_sum +∞.
//   attention_backward   dq, and dk and dv, to which it adds where `adds`; for any number of queries
//   rotate               (a, b) becomes (a cos − b sin, b cos + a sin) in place, cos(i, p) and sin(i, p) being those of row i
//                        and pair p, the sine times `direction`
#define STRATA_ATTENTION(T, S)                                                                                        \
  void strata_attention_##S(const strata_attention_options *o, const T *q, const T *k, const T *v,                    \
                            const T *_Nullable bias, T *out, T *log_sum);                                             \
  void strata_attention_backward_##S(const strata_attention_options *o, const T *q, const T *k, const T *v,           \
                                     const T *_Nullable bias, const T *out, const T *log_sum, const T *dout,          \
                                     bool adds, T *dq, T *dk, T *dv);                                                 \
  void strata_rotate_##S(strata_rotation r, const T *cosines, const T *sines, T direction, T *x);

STRATA_ATTENTION(float, f32)
STRATA_ATTENTION(double, f64)

#pragma clang assume_nonnull end
