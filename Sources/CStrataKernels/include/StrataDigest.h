// A digest of the bits of an array that is nearly as fast as memory and says where a single difference is.
#pragma once
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// Words of 64 bits that make a block of a digest: four rows of eight columns.
enum { STRATA_DIGEST_ROWS = 4, STRATA_DIGEST_COLUMNS = 8 };

// What has been read of an array from one block on: for each column the sums of its rows, and those of u_c below.
typedef struct {
  uint64_t columns[STRATA_DIGEST_ROWS + 3][STRATA_DIGEST_COLUMNS];
  uint64_t blocks;
} strata_digest_state;

// Reads on: n words of 32 bits, of which two make one of 64. They are whole blocks but for the last ones read, which zeros
// follow up to the end of a block.
void strata_digest_read(strata_digest_state *state, ptrdiff_t n, const void *words);

// Adds to the seven sums those over all words read, of which the first is word `start` of the array, a multiple of a
// block's 32. With w the words, s_c the sum over the four rows of column c, counted through all blocks, and u_c = s_c plus
// its upper half, modulo 2⁶⁴:
//   sums[r] += Σ w in row r,   sums[4] += Σ u_c,   sums[5] += Σ c u_c,   sums[6] += Σ c² u_c
// Where one word alone differs, the sum of its row alone changes, by as much. u_c changes by an e that is no multiple of 2³²
// even where the word does by one, so that c is known from e and c e.
void strata_digest_end(const strata_digest_state *state, uint64_t start, uint64_t *sums);

#pragma clang assume_nonnull end
