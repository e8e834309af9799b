/* Records of arrays that belong together: what the band kernels read and write. See real.h for `real` and `Quad`.
 *
 * A band is a stretch of rows that is drawn at once; pixels are numbered within it, row by row. A *visit* is the part
 * of a line inside one pixel, a *cell* a pixel that lines of a path visit, a *run* a stretch of pixels wholly inside a
 * path that nothing opaque hides. Coordinates are in output pixels, x right, y down.
 */
#ifndef HUEFOLD_RENDER_KERNELS_RECORDS_H
#define HUEFOLD_RENDER_KERNELS_RECORDS_H

#include "render/kernels/layout.h"
#include "render/kernels/real.h"
#include "render/kernels/scene.h"

/* A pixel that lines of a path visit. */
typedef struct {
    Quad under;  /* colour beneath, and 0 */
    real alpha;  /* coverage */
    real slope;  /* dcoverage/dwinding: -1, 0 or 1 */
    real charge; /* what the winding penalty charges: 1 where wound below 0, -1 where wound above 1, else 0 */
    int32_t pixel;
} Cell;

/* A stretch of pixels of one row, wholly inside a path. */
typedef struct {
    int32_t pixel;
    int32_t length;
    int64_t stored; /* place of its colours beneath in `Workspace.under`; -1 where nothing beneath is needed */
} Run;

/* A part of a line inside a pixel, as a range of the line's parameter. */
typedef struct {
    int32_t pixel;
    real range[2]; /* t1 - t0 and (t0 + t1) / 2 */
} Visit;

/* What one path has in a band: half-open ranges. */
typedef struct {
    int64_t path;
    int64_t slot; /* of its results in `Partials` */
    int64_t entries, entries_end;
    int64_t cells, cells_end;
    int64_t runs, runs_end;
    int64_t visits_end;
} Group;

/* The band at hand. */
typedef struct {
    int64_t top; /* its first row */
    int64_t rows;
    int64_t width;
    int64_t words; /* of 64 bits a row of pixels */
} Frame;

/* Scratch memory of one thread; it grows where it is too small. */
typedef struct {
    /* [R * W] red, green, blue, 0 while painted; then dL/dcolour and transmittance above the current path. */
    Quad *pixels;
    Quad *under;         /* colours beneath runs, and 0 */
    real *edge;          /* [R * W] dL/dcoverage of the current path's cells, kept zero */
    real *swept;         /* [R * W, 2] area and cover that begin in each pixel, kept zero */
    double *left;        /* [R] cover from the left of the canvas, kept zero */
    uint64_t *touched;   /* [R * words] bit set of pixels that the current path visits, kept zero */
    uint64_t *seen;      /* [R * words] bit set of pixels that can still be seen */
    uint64_t *uncovered; /* [R * words] bit set of pixels that no opaque layer covers yet */
    Visit *visits;
    int32_t *first_visit; /* of each entry of the band */
    Cell *cells;
    Run *runs;
    Group *groups;
    int64_t visit_count, cell_count, run_count, stored_count, group_count;
    int64_t visible_count;                                                        /* pixels that can still be seen */
    int64_t visit_room, cell_room, run_room, stored_room, group_room, entry_room; /* what there is memory for */
} Workspace;

/* How the loss weighs the band's pixels. */
typedef struct {
    bool beneath;         /* also look under the first opaque layer: opacity gradients, importance */
    real scale;           /* of the squared error */
    real winding_penalty; /* in units of the loss */
    const real *weight;   /* of the band's pixels, or NULL: 1 everywhere */
} Loss;

/* One gradient fill. */
typedef struct {
    const double *map;     /* [MAP_COLUMNS] */
    const double *offsets; /* [stops] */
    const double *paint;   /* [stops, 4] */
    int64_t stops;
    int spread;
    bool radial;
    bool two_stops; /* the common case: padded, two stops that are not too close */
} Gradient;

#endif
