// What the kernel files share: code chosen per CPU, loops that vectorise, one template for both precisions.
#pragma once
#include "StrataKernels.h"
#include <math.h>

// A KERNEL is compiled once per CPU generation; the loader picks when the program starts (ifunc,
// hence glibc only). arm64 has its vectors in the baseline.
#if defined(__x86_64__) && defined(__linux__) && defined(__GLIBC__)
#define STRATA_CLONES 1
#define KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define KERNEL
#endif

// A helper must be inlined to be compiled for the CPU of the kernel around it.
#define INLINE static inline __attribute__((always_inline, overloadable, unused))

// Arrays are the same or disjoint, so no element depends on an earlier one: without this word the
// compiler's overlap check sends every in-place call to scalar code.
#define FOR_EACH(I, N) _Pragma("clang loop vectorize(assume_safety)") for (ptrdiff_t I = 0; I < (N); I++)

// Loops around libm (exp, log, tanh of double) stay scalar; that is known and not worth a warning.
#pragma clang diagnostic ignored "-Wpass-failed"

// Reductions keep LANES running values side by side, in vector types of that many elements: sums have one
// order on every CPU, and the compiler splits such a vector into the registers that there are.
enum { LANES = 16 };
typedef float float_lanes __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));
typedef double double_lanes __attribute__((vector_size(LANES * sizeof(double)), aligned(sizeof(double)), may_alias));
#define WIDEN(V) __builtin_convertvector(V, double_lanes)
#define SELECT(MASK, A, B) ((__typeof__(A))(((MASK) & (__typeof__(MASK))(A)) | (~(MASK) & (__typeof__(MASK))(B))))

// Halves on halves: a tree of four additions.
#define FOLD(V) fold((const double *)&(V))
INLINE double fold(const double *v) {
  double half[LANES / 2];
  for (int l = 0; l < LANES / 2; l++) half[l] = v[l] + v[l + LANES / 2];
  return ((half[0] + half[4]) + (half[2] + half[6])) + ((half[1] + half[5]) + (half[3] + half[7]));
}

#include "FloatMath.h"

// A file that names itself as TEMPLATE before including this one is compiled for T = float and
// T = double; K(name) is the kernel's public name, and LOAD reads LANES elements.
#ifdef TEMPLATE
#define LOAD(P) (*(const T_LANES *)(P))
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
#endif
