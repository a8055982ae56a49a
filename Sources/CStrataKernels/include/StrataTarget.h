// Which kernels run, and what a spinning thread says to its core.
#pragma once

#pragma clang assume_nonnull begin

// The CPU generation whose code runs: "AVX-512", "AVX2", "baseline" or "arm64".
const char *strata_kernel_target(void);

// Tells the core that this thread is spinning.
static inline void strata_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

#pragma clang assume_nonnull end
