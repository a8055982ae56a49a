// A thread's room for the packed blocks of one kernel at a time.
#pragma once
#include <stddef.h>

// Returns at least this many bytes, aligned to a page, that the calling thread keeps until it ends; what an earlier call
// returned is lost.
void *strata_workspace(size_t bytes);
