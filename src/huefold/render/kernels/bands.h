/* Draw a band of rows, while it is in cache, and differentiate it; for floats and, for proofs, doubles. */
#ifndef HUEFOLD_RENDER_BANDS_H
#define HUEFOLD_RENDER_BANDS_H

#include "render/kernels/geometry.h"

/* What to compute, and where images lie: planes of H * W pixels of one type. */
typedef struct {
    int64_t width, height, band_rows;
    double scale;           /* of the squared error */
    double winding_penalty; /* above 0: draw only windings of 1, charge others so much a pixel */
    const Pass *pass;
} Task;

/* Scratch memory of one thread, or NULL without memory for it. */
void *new_workspace_single(int64_t width, int64_t rows);
void *new_workspace_double(int64_t width, int64_t rows);
void free_workspace_single(void *workspace);
void free_workspace_double(void *workspace);

/* For tests: whether a workspace is zero where it is kept so; what else it holds becomes `rubbish`. */
bool probe_workspace_single(void *workspace, int64_t width, int64_t rows, double rubbish);
bool probe_workspace_double(void *workspace, int64_t width, int64_t rows, double rubbish);

/* Draw a band: colours into the image, sums into `partials`. Return whether there was memory; if there was not, the
 * workspace may not be used again. While it draws, the processor flushes denormals to 0: they are slow, and too small
 * to matter. */
bool draw_band_single(
    const Plan *plan, const Scene *scene, const Task *task, const Partials *partials, void *workspace, int64_t band);
bool draw_band_double(
    const Plan *plan, const Scene *scene, const Task *task, const Partials *partials, void *workspace, int64_t band);

#endif
