/* The renderer: draws and differentiates scenes at one output size, keeping its buffers from pass to pass.
 *
 * Not safe for use from several threads at once; several renderers are.
 */
#ifndef HUEFOLD_RENDER_RENDERER_H
#define HUEFOLD_RENDER_RENDERER_H

#include "render/kernels/layout.h"
#include "render/kernels/scene.h"

typedef struct Renderer Renderer;

/* Make a renderer, or NULL without memory. Pixels are float or, for proofs, double. Curves become lines that stray by
 * up to `tolerance` output pixels. Above 0, `winding_penalty` draws only what an outline winds around once clockwise,
 * and adds the gradient of so much error a pixel for every other winding. Results are the same for any number of
 * threads. */
HF_EXPORT Renderer *hf_renderer_new(
    int64_t width, int64_t height, bool double_pixels, int64_t threads, double tolerance, double winding_penalty);

/* Draw a scene and, if asked, differentiate it. The topology is read anew only where it has changed. Return 0, or
 * HF_NO_MEMORY; then the renderer may be used again. */
HF_EXPORT int64_t hf_renderer_pass(Renderer *renderer, const Scene *scene, Pass *pass);

HF_EXPORT void hf_renderer_free(Renderer *renderer);

/* Number of lines of the last pass; they go to `lines`, [L, 4] as ax, ay, bx, by in output pixels, unless it is NULL.
 */
HF_EXPORT int64_t hf_renderer_lines(const Renderer *renderer, double *lines);

/* For tests: whether all memory that is kept zero between passes is so; what else there is becomes `rubbish`. */
HF_EXPORT bool hf_renderer_probe(Renderer *renderer, double rubbish);

#endif
