// A digest of the bits of an array that is nearly as fast as memory and says where a single difference is.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Words of 64 bits that make a block of a digest: four rows of eight columns.
enum { STRATA_DIGEST_ROWS = 4, STRATA_DIGEST_COLUMNS = 8 };

// Adds to the seven sums those over n words of 32 bits, of which two make one of 64. The first of these is word `start` of
// the array, a multiple of a block's 32; zeros follow the last up to the end of its block. With w the words, s_c the sum over
// the four rows of column c, counted through all blocks, and u_c = s_c plus its upper half, modulo 2⁶⁴:
//   sums[r] += Σ w in row r,   sums[4] += Σ u_c,   sums[5] += Σ c u_c,   sums[6] += Σ c² u_c
// Where one word alone differs, the sum of its row alone changes, by as much. u_c changes by an e that is no multiple of 2³²
// even where the word does by one, so that c is known from e and c e.
void strata_digest(ptrdiff_t n, uint64_t start, const void *words, uint64_t *sums);

#pragma clang assume_nonnull end
