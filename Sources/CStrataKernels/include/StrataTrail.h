// Where the running thread is inside nested modules: the places that messages name as a path.
#pragma once

#pragma clang assume_nonnull begin

// A child's name, or its position where it has none.
typedef struct {
  int position;
  const char *_Nullable name;
} strata_place;

// Goes into a child, and out again. Deeper than 32 is counted but not named. Entering returns the depth.
int strata_trail_enter(strata_place place);
void strata_trail_leave(void);

// How deep the thread is, and the place at a depth from 0.
int strata_trail_depth(void);
strata_place strata_trail_place(int depth);

#pragma clang assume_nonnull end
