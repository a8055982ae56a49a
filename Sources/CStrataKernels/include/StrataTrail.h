// Where the running thread is inside nested containers: the positions that messages name as a path.
#pragma once

// Goes into child `position` of a container, and out again. Deeper than 32 is counted but not named.
void strata_trail_enter(int position);
void strata_trail_leave(void);

// How deep the thread is, and the position at a depth from 0.
int strata_trail_depth(void);
int strata_trail_position(int depth);
