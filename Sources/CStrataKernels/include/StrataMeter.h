// What the running thread has taken of memory and done of arithmetic: a planner reads it before and after a layer.
#pragma once
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct {
  int64_t live_bytes, peak_bytes;    // of tensors; what another thread frees is not seen
  int64_t products, multiply_adds;   // matrix products, and the multiplications of these and of convolutions
} strata_meter;

// The running thread's own.
strata_meter *strata_meter_of_thread(void);

#pragma clang assume_nonnull end
