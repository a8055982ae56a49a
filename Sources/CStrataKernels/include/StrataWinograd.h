// Convolutions of 3 × 3 with a stride of 1 by products of transformed tiles: F(2 × 2, 3 × 3).
#pragma once
#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

// A rectangle of tiles of a plane. A tile is 2 × 2 elements of the output, which 4 × 4 of the input reach.
typedef struct { ptrdiff_t first_row, rows, first_column, columns; } strata_tiles;

// A plane of images, and where its first element lies in the tiles' coordinates.
typedef struct { ptrdiff_t height, width, pad_h, pad_w; } strata_plane;

// The most tiles of a rectangle.
enum { strata_most_tiles = 192 };

// Transformed tiles are 4 · 4 matrices, `step` elements apart: in each, a channel's tiles are a row, and where it takes
// several images, those of one after those of the other, `image` elements apart. Up to 15 elements after the tiles of a
// channel are overwritten.
//
// winograd_weights   u = G g Gᵀ of `count` kernels g, turned round if so asked
// winograd_kernels   g = Gᵀ u G, the adjoint of it, of `count` kernels
// winograd_inputs    v = Bᵀ d B of the tiles d of `channels` planes of x
// winograd_gradients v = A d Aᵀ of tiles d of 2 × 2, the adjoint of what winograd_outputs does
// winograd_outputs   y = Aᵀ m A + bias of the tiles m; returns whether all of y is finite
void strata_winograd_weights(ptrdiff_t count, bool turned, const float *g, float *u, ptrdiff_t step);
void strata_winograd_kernels(ptrdiff_t count, const float *u, ptrdiff_t step, float *g);
void strata_winograd_inputs(ptrdiff_t channels, strata_plane plane, strata_tiles tiles, const float *x, float *v,
                            ptrdiff_t row, ptrdiff_t step);
void strata_winograd_gradients(ptrdiff_t images, ptrdiff_t image, ptrdiff_t channels, strata_plane plane,
                               strata_tiles tiles, const float *dy, float *v, ptrdiff_t row, ptrdiff_t step);
bool strata_winograd_outputs(ptrdiff_t channels, strata_plane plane, strata_tiles tiles, const float *m, ptrdiff_t row,
                             ptrdiff_t step, const float *_Nullable bias, float *y);

#pragma clang assume_nonnull end
