#define _GNU_SOURCE
#include "StrataCores.h"

#ifdef __linux__

#include <sched.h>

int strata_allowed_cores(void) {
  cpu_set_t allowed;
  return sched_getaffinity(0, sizeof allowed, &allowed) == 0 ? CPU_COUNT(&allowed) : 0;
}

int strata_current_core(void) { return sched_getcpu(); }

void strata_leave_core(void) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  cpu_set_t others = allowed;
  CPU_CLR(sched_getcpu(), &others);
  if (CPU_COUNT(&others) == 0) return;
  sched_setaffinity(0, sizeof others, &others);
  sched_setaffinity(0, sizeof allowed, &allowed);
}

#else

int strata_allowed_cores(void) { return 0; }
int strata_current_core(void) { return -1; }
void strata_leave_core(void) {}

#endif
