// A digest of the bits of an array that is nearly as fast as memory and says where a single difference is.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Adds to the sums those over n words of 32 bits, of which two make one of 64, the last of an odd number with zeros; the
// first of these is word `start` of the array. With u the i-th word of 64 bits plus its upper half:
//   sums[0] += Σ u,  sums[1] += Σ i u,  sums[2] += Σ i² u,  modulo 2⁶⁴
// Where one word alone differs they change by d, i d and i² d; a half by ±δ changes u by d = ±δ if it is the lower one,
// by ±δ (2³² + 1) if it is the upper one, so that d is never 0, nor a multiple of 2³².
void strata_digest(ptrdiff_t n, uint64_t start, const void *words, uint64_t *sums);

#pragma clang assume_nonnull end
