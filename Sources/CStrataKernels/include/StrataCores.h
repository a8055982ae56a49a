// The cores that threads run on. Only Linux tells; elsewhere a core is −1 and a thread stays where it is.
#pragma once

#include <stdint.h>

// How many cores the affinity of the calling thread allows; 0 if unknown.
int strata_allowed_cores(void);

// The core at which the calling thread runs.
int strata_current_core(void);

// Moves the calling thread to another core that its affinity allows, if there is one. Its affinity stays as it was.
void strata_leave_core(void);

// Asks the scheduler to let the calling thread run for this many nanoseconds at a time: its share of a core stays the
// same, in shorter turns that come sooner. Linux takes it from 6.12 on, from 100,000 to 100,000,000 (sched_setattr(2)).
void strata_request_slice(int64_t nanoseconds);
