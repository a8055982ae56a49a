// The trail of containers: one short array a thread, so that entering a layer costs two stores.
#include "StrataTrail.h"

enum { NAMED_DEPTH = 32 };

static _Thread_local int depth;
static _Thread_local int positions[NAMED_DEPTH];

void strata_trail_enter(int position) {
  if (depth < NAMED_DEPTH) positions[depth] = position;
  depth++;
}

void strata_trail_leave(void) { depth--; }

int strata_trail_depth(void) { return depth < NAMED_DEPTH ? depth : NAMED_DEPTH; }

int strata_trail_position(int at) { return positions[at]; }
