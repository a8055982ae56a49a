// The name of the CPU generation whose clones the loader chose.
#include "StrataTarget.h"
#include "Kernels.h"

const char *strata_kernel_target(void) {
#if STRATA_CLONES
  __builtin_cpu_init();
  return has_long_vectors() ? "AVX-512" : __builtin_cpu_supports("x86-64-v3") ? "AVX2" : "baseline";
#elif defined(__aarch64__)
  return "arm64";
#else
  return "baseline";
#endif
}
