// The trail of modules: one short array a thread, so that entering a layer costs two stores.
#include "StrataTrail.h"

enum { NAMED_DEPTH = 32 };

static _Thread_local int depth;
static _Thread_local strata_place places[NAMED_DEPTH];

int strata_trail_enter(strata_place place) {
  if (depth < NAMED_DEPTH) places[depth] = place;
  return ++depth;
}

void strata_trail_leave(void) { depth--; }

int strata_trail_depth(void) { return depth < NAMED_DEPTH ? depth : NAMED_DEPTH; }

strata_place strata_trail_place(int at) { return places[at]; }
