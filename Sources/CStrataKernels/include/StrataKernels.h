// The vector loops that BLAS has not, in portable C.
//
// Every kernel exists for float (`_f32`) and double (`_f64`), many for int32_t (`_i32`) too,
// and is compiled once per CPU generation and chosen when the program runs. Counts are elements,
// arrays are contiguous, matrices are row-major. An output may be the very same array as an
// input of its size (in place), but must not overlap it otherwise. What one call computes depends on
// its arguments alone (on one CPU generation): sums are taken in one fixed order, and an element's result
// does not depend on its place in the array, so a loop may be cut anywhere between elements.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define STRATA_BOTH_PRECISIONS(DECLARE) DECLARE(float, f32) DECLARE(double, f64)
#define STRATA_ALL_TYPES(DECLARE) STRATA_BOTH_PRECISIONS(DECLARE) DECLARE(int32_t, i32)
