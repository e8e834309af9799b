/* Draw a band of rows and, when asked, differentiate it; see bands.h. Part of single.c and double.c. */
#include "render/kernels/backward.h"
#include "render/kernels/fills/backward.h"
#include "render/kernels/fills/compositing.h"
#include "render/kernels/coverage.h"
#include "render/kernels/finish.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#define FLUSH_DENORMALS 0x8040u /* results, and what is read */
#endif

void TYPED(free_workspace)(void *workspace) {
    Workspace *ws = workspace;
    if (ws == NULL) return;
    void *all[] = {ws->pixels, ws->under, ws->edge, ws->swept, ws->left, ws->touched, ws->seen, ws->uncovered,
                   ws->visits,
                   ws->first_visit, ws->cells, ws->runs, ws->groups, ws};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}

void *TYPED(new_workspace)(int64_t width, int64_t rows) {
    Workspace *ws = hf_zeros(Workspace, 1);
    if (ws == NULL) return NULL;
    int64_t pixels = rows * width, words = rows * ((width + 63) >> 6);
    ws->pixels = hf_new(Quad, pixels);
    ws->edge = hf_zeros(real, pixels);
    ws->swept = hf_zeros(real, 2 * pixels);
    ws->left = hf_zeros(double, rows);
    ws->touched = hf_zeros(uint64_t, words);
    ws->seen = hf_new(uint64_t, words);
    ws->uncovered = hf_new(uint64_t, words);
    if (ws->pixels != NULL && ws->edge != NULL && ws->swept != NULL && ws->left != NULL && ws->touched != NULL &&
        ws->seen != NULL && ws->uncovered != NULL)
        return ws;
    TYPED(free_workspace)(ws);
    return NULL;
}

static bool is_zero(const void *memory, size_t size) {
    const unsigned char *bytes = memory;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != 0) return false;
    return true;
}

bool TYPED(probe_workspace)(void *workspace, int64_t width, int64_t rows, double rubbish) {
    Workspace *ws = workspace;
    size_t pixels = (size_t)(rows * width), words = (size_t)(rows * ((width + 63) >> 6));
    for (size_t p = 0; p < pixels; p++) ws->pixels[p] = quad_of((real)rubbish);
    for (int64_t p = 0; p < ws->stored_room; p++) ws->under[p] = quad_of((real)rubbish);
    for (int64_t cell = 0; cell < ws->cell_room; cell++) ws->cells[cell].under = quad_of((real)rubbish);
    for (size_t word = 0; word < words; word++) ws->seen[word] = ws->uncovered[word] = rubbish != 0.0 ? 1000 : 0;
    return is_zero(ws->edge, pixels * sizeof *ws->edge) && is_zero(ws->swept, 2 * pixels * sizeof *ws->swept) &&
           is_zero(ws->left, (size_t)rows * sizeof *ws->left) && is_zero(ws->touched, words * sizeof *ws->touched);
}

static __attribute__((noinline)) bool draw_band(
    const Plan *plan, const Scene *scene, const Task *task, const Partials *partials, Workspace *ws, int64_t band) {
    const Pass *pass = task->pass;
    const int64_t width = task->width, top = band * task->band_rows;
    const Frame frame = {top, hf_min_int(task->band_rows, task->height - top), width, (width + 63) >> 6};
    const int64_t pixels = frame.rows * width, first = top * width;
    if (!cover_band(plan, scene, band, &frame, task->winding_penalty > 0.0, pass, ws)) return false;
    composite_band(scene, &frame, ws);
    const real *target = pass->target, *weight = pass->weight;
    const Planes planes = {
        target != NULL ? target + first : NULL,
        weight != NULL ? weight + first : NULL,
        pass->image != NULL ? (real *)pass->image + first : NULL,
        task->width * task->height,
        (real)task->scale,
        quad_of(2 * (real)task->scale),
        pass->from_upstream,
    };
    double *sums = partials->band_sums + BAND_SUMS * band;
    for (int64_t k = 0; k < BAND_SUMS; k++) sums[k] = 0.0;
    sums[BAND_LOSS] = finish_band(&planes, ws->pixels, pixels);
    if (pass->backward) {
        const Loss loss = {pass->beneath, planes.scale, (real)(task->winding_penalty * task->scale), planes.weight};
        backward_band(plan, scene, partials, band, &frame, &loss, ws);
        backward_background(ws, &frame, pass->beneath, sums);
    }
    return true;
}

bool TYPED(draw_band)(
    const Plan *plan, const Scene *scene, const Task *task, const Partials *partials, void *workspace, int64_t band) {
#if defined(__SSE2__)
    unsigned int before = _mm_getcsr();
    _mm_setcsr(before | FLUSH_DENORMALS);
#endif
    bool done = draw_band(plan, scene, task, partials, workspace, band);
#if defined(__SSE2__)
    _mm_setcsr(before);
#endif
    return done;
}
