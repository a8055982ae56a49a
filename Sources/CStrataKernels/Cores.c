#define _GNU_SOURCE
#include "StrataCores.h"

#ifdef __linux__

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

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

// The first version of Linux's struct sched_attr, which glibc declares from 2.41 on only.
struct attributes {
  uint32_t size, policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime, deadline, period;
};

void strata_request_slice(int64_t nanoseconds) {
  struct attributes attributes;
  if (syscall(SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0) return;
  if (attributes.policy != SCHED_OTHER) return;
  attributes.runtime = (uint64_t)nanoseconds;
  syscall(SYS_sched_setattr, 0, &attributes, 0);
}

#else

int strata_allowed_cores(void) { return 0; }
int strata_current_core(void) { return -1; }
void strata_leave_core(void) {}
void strata_request_slice(int64_t nanoseconds) { (void)nanoseconds; }

#endif
