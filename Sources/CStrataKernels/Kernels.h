// What the kernel files share: code chosen per CPU, loops that vectorise, one template for both precisions.
#pragma once
#include "StrataKernels.h"
#include <float.h>
#include <math.h>
#include <string.h>

// A KERNEL is compiled once per CPU generation; the loader picks when the program starts (ifunc,
// hence glibc only, and not under the thread sanitizer, whose calls the resolvers cannot make so early).
// arm64 has its vectors in the baseline.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__) && !__has_feature(thread_sanitizer)
#define STRATA_CLONES 1
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif

// Whether the loader chose the clones for AVX-512.
static inline int has_long_vectors(void) {
#if STRATA_CLONES
  return __builtin_cpu_supports("x86-64-v4");
#else
  return 0;
#endif
}

// What a kernel calls must be inlined, to be compiled for the same CPU.
#define INLINE static inline __attribute__((always_inline, overloadable, unused))

// Arrays are the same or disjoint, so no element depends on an earlier one: without this word the
// compiler's overlap check sends every in-place call to scalar code.
#define FOR_EACH(I, N) _Pragma("clang loop vectorize(assume_safety)") for (ptrdiff_t I = 0; I < (N); I++)

// The same for a formula whose steps wait for each other, as a polynomial's do: as many vectors of elements as the
// registers have room for go through it side by side. What follows N says what becomes of element i.
#define EIGHT_SIDE_BY_SIDE _Pragma("clang loop vectorize(assume_safety) interleave_count(8)")
#define FOUR_SIDE_BY_SIDE _Pragma("clang loop vectorize(assume_safety) interleave_count(4)")
#define FOR_EACH_LONG(N, ...) do {                                                                     \
    const ptrdiff_t whole = (N) / 128 * 128;                                                           \
    if (has_long_vectors()) EIGHT_SIDE_BY_SIDE for (ptrdiff_t i = 0; i < whole; i++) __VA_ARGS__       \
    else FOUR_SIDE_BY_SIDE for (ptrdiff_t i = 0; i < whole; i++) __VA_ARGS__                           \
    _Pragma("clang loop vectorize(assume_safety) interleave_count(1)")                                 \
    for (ptrdiff_t i = whole; i < (N); i++) __VA_ARGS__                                                \
  } while (0)

// Loops around libm (exp, log, tanh of double) stay scalar; that is known and not worth a warning.
#pragma clang diagnostic ignored "-Wpass-failed"

// Reductions keep LANES running values side by side, in vector types of that many elements: sums have one
// order on every CPU, and the compiler splits such a vector into the registers that there are.
enum { LANES = 16 };
typedef float float_lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef double double_lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double)), may_alias));
typedef int32_t int_lanes __attribute__((vector_size(LANES * sizeof(int32_t)), aligned(sizeof(int32_t)), may_alias));
typedef uint64_t long_lanes __attribute__((vector_size(LANES * sizeof(uint64_t)), aligned(sizeof(uint64_t)), may_alias));
#define WIDEN(V) __builtin_convertvector(V, double_lanes)
#define SELECT(MASK, A, B) ((__typeof__(A))(((MASK) & (__typeof__(MASK))(A)) | (~(MASK) & (__typeof__(MASK))(B))))

// The sum or extreme of all lanes, by a tree: V becomes FORMULA of V and `other`, V turned by 8, 4, 2 and
// 1 lanes, and the first lane holds the result. (The compiler drops the lanes that do not matter.)
#define TURN(V, N) __builtin_shufflevector(V, V, N, (N) + 1, (N) + 2, (N) + 3, (N) + 4, (N) + 5, (N) + 6, (N) + 7, \
  (N) + 8, (N) + 9, (N) + 10, (N) + 11, (N) + 12, (N) + 13, (N) + 14, (N) + 15)
#define FOLD(V, FORMULA) do {                                   \
    { const __typeof__(V) other = TURN(V, 8); V = FORMULA; }    \
    { const __typeof__(V) other = TURN(V, 4); V = FORMULA; }    \
    { const __typeof__(V) other = TURN(V, 2); V = FORMULA; }    \
    { const __typeof__(V) other = TURN(V, 1); V = FORMULA; }    \
  } while (0)

// A copy of few elements, without a call: the compiler makes one of a loop that it recognizes as a copy, which the empty
// assembly hides.
#define COPY_RUN(T)                                                            \
  INLINE void copy_run(ptrdiff_t n, const T *x, T *y) {                        \
    for (; n >= LANES; n -= LANES, x += LANES, y += LANES) {                   \
      __asm__("" : "+r"(x));                                                   \
      memcpy(y, x, LANES * sizeof(T));                                         \
    }                                                                          \
    _Pragma("clang loop unroll(full)") for (int k = LANES / 2; k > 0; k /= 2)  \
      if (n & k) memcpy(y, x, (size_t)k * sizeof(T)), x += k, y += k;          \
  }
COPY_RUN(float)
COPY_RUN(double)

#include "FloatMath.h"

// A file that names itself as TEMPLATE before including this one is compiled for T = float and T = double, and for
// T = int32_t where it defines INTEGERS (IS_INTEGER is then 1); K(name) is the kernel's public name, LOAD reads LANES
// elements, and T_WIDE is the type that sums of T are taken in.
#ifdef TEMPLATE
#define LOAD(P) (*(const T_LANES *)(P))
#define T_WIDE double
#define T_WIDE_LANES double_lanes
#define IS_INTEGER 0
#define T float
#define T_LANES float_lanes
#define K(NAME) strata_##NAME##_f32
#include TEMPLATE
#undef T
#undef T_LANES
#undef K
#define T double
#define T_LANES double_lanes
#define K(NAME) strata_##NAME##_f64
#include TEMPLATE
#ifdef INTEGERS
#undef T_WIDE
#undef T_WIDE_LANES
#undef IS_INTEGER
#undef T
#undef T_LANES
#undef K
#define T_WIDE uint64_t  // sums wrap around
#define T_WIDE_LANES long_lanes
#define IS_INTEGER 1
#define T int32_t
#define T_LANES int_lanes
#define K(NAME) strata_##NAME##_i32
#include TEMPLATE
#endif
#endif
