// One meter a thread, so that two threads that plan at once do not see each other.
#include "StrataMeter.h"

static _Thread_local strata_meter meter;

strata_meter *strata_meter_of_thread(void) { return &meter; }
