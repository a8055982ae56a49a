// The core whose kernels OpenBLAS runs, where it does not know the CPU.
//
// An OpenBLAS that is older than the CPU falls back to kernels for Prescott (2004, 128-bit vectors): version 0.3.21 does
// so on Intel's server cores of 2023, where products in float64 then take 4.6 times as long. Nothing but its variable
// OPENBLAS_CORETYPE chooses other kernels, and it is read once, when the library is loaded. So this reads it again, before
// main, while nothing else runs: the environment must not change beside other threads.
#include "StrataTarget.h"
#include <stdlib.h>
#include <string.h>

#if defined(__linux__) && defined(__x86_64__)

// Weak: builds of OpenBLAS for one kind of CPU do not have the latter two, and other libraries have none.
__attribute__((weak)) char *openblas_get_corename(void);
__attribute__((weak)) void gotoblas_dynamic_init(void);
__attribute__((weak)) void gotoblas_dynamic_quit(void);

__attribute__((constructor)) static void choose_blas_core(void) {
  const char *variable = "OPENBLAS_CORETYPE";
  const char *target = strata_kernel_target();
  const char *core = strcmp(target, "AVX-512") == 0 ? "SkylakeX" : strcmp(target, "AVX2") == 0 ? "Haswell" : NULL;
  if (!core || getenv(variable) || !openblas_get_corename || !gotoblas_dynamic_init || !gotoblas_dynamic_quit) return;
  if (strcmp(openblas_get_corename(), "Prescott") != 0 || setenv(variable, core, 0) != 0) return;
  gotoblas_dynamic_quit();
  gotoblas_dynamic_init();
  unsetenv(variable);
}

#endif
