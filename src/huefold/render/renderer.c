/* A pass of the renderer: from a scene to lines, bands of rows by all threads, and sums over them. */
#include "render/renderer.h"

#include <stdatomic.h>

#include "native/threads.h"
#include "render/kernels/bands.h"
#include "render/kernels/bits.h"
#include "render/kernels/fills/sums.h"
#include "render/kernels/memory.h"

/* Rows of a band: few enough that its pixels stay in cache, many enough that lines are seldom cut. */
#define BAND_ROWS 16

struct Renderer {
    int64_t width, height, band_rows, bands, threads;
    bool double_pixels;
    double tolerance, winding_penalty;
    Plan plan;
    Partials partials;
    void **workspaces; /* [threads], NULL where a thread has had no band yet */
};

typedef struct {
    Renderer *renderer;
    const Scene *scene;
    Task task;
    _Atomic bool failed;
} Drawing;

static void free_workspace(const Renderer *renderer, void *workspace) {
    (renderer->double_pixels ? free_workspace_double : free_workspace_single)(workspace);
}

/* Whether a pixel of a band is to be drawn. */
static bool is_wanted(const Drawing *drawing, int64_t band) {
    const Renderer *renderer = drawing->renderer;
    const uint64_t *wanted = drawing->task.pass->wanted;
    if (wanted == NULL) return true;
    int64_t words = (renderer->width + 63) >> 6, first = band * renderer->band_rows;
    int64_t end = hf_min_int(first + renderer->band_rows, renderer->height) * words;
    for (int64_t word = first * words; word < end; word++)
        if (wanted[word] != 0) return true;
    return false;
}

static void draw_band(void *context, int64_t band, int64_t rank) {
    Drawing *drawing = context;
    Renderer *renderer = drawing->renderer;
    bool doubles = renderer->double_pixels;
    void **workspace = renderer->workspaces + rank;
    if (atomic_load_explicit(&drawing->failed, memory_order_relaxed)) return;
    if (!is_wanted(drawing, band)) return;
    if (*workspace == NULL)
        *workspace = (doubles ? new_workspace_double : new_workspace_single)(renderer->width, renderer->band_rows);
    bool done = *workspace != NULL && (doubles ? draw_band_double : draw_band_single)(
                                          &renderer->plan, drawing->scene, &drawing->task, &renderer->partials,
                                          *workspace, band);
    if (done) return;
    free_workspace(renderer, *workspace);
    *workspace = NULL;
    atomic_store(&drawing->failed, true);
}

/* Find a place for the sums of every gradient in every band. */
static bool place_fill_sums(const Plan *plan, const Fills *fills, Partials *partials) {
    int64_t at = 0;
    if (!hf_reserve(&partials->slot_fill, &partials->slot_fill_room, plan->slot_count)) return false;
    for (int64_t slot = 0; slot < plan->slot_count; slot++) {
        int64_t fill = fills->of_path[plan->slot_path[slot]];
        partials->slot_fill[slot] = at;
        if (fill >= 0) at += SHAPE_SUMS + STOP_SUMS * (fills->stops[fill + 1] - fills->stops[fill]);
    }
    return hf_reserve(&partials->fill_sums, &partials->fill_sum_room, at);
}

static bool reserve_partials(const Plan *plan, const Scene *scene, Partials *partials, bool backward) {
    if (!hf_reserve(&partials->band_sums, &partials->band_sum_room, plan->bands * BAND_SUMS)) return false;
    if (!backward) return true;
    return hf_reserve(&partials->pulls, &partials->pull_room, plan->entry_count) &&
           hf_reserve(&partials->shown_path, &partials->shown_path_room, plan->slot_count) &&
           hf_reserve(&partials->slot_sums, &partials->slot_sum_room, plan->slot_count * PATH_SUMS) &&
           (scene->fills.count == 0 || place_fill_sums(plan, &scene->fills, partials));
}

/* Add up what the bands found. */
static int64_t finish_pass(Renderer *renderer, const Scene *scene, Pass *pass) {
    const Partials *partials = &renderer->partials;
    if (pass->wanted != NULL) return 0; /* only drawn */
    double total[BAND_SUMS] = {0.0};
    for (int64_t band = 0; band < renderer->bands; band++)
        for (int64_t k = 0; k < BAND_SUMS; k++) total[k] += partials->band_sums[BAND_SUMS * band + k];
    pass->loss = total[BAND_LOSS];
    if (!pass->backward) return 0;
    for (int64_t k = 0; k < 3; k++) pass->background[k] = total[BAND_BACKGROUND_RED + k];
    add_fill_sums(
        &scene->fills, renderer->plan.slot_count, partials->shown_path, partials->slot_fill, partials->fill_sums,
        pass->shape_sums, pass->stop_sums);
    return chain_gradients(&renderer->plan, scene, partials, pass, renderer->threads);
}

int64_t hf_renderer_pass(Renderer *renderer, const Scene *scene, Pass *pass) {
    Plan *plan = &renderer->plan;
    if (plan_lines(plan, scene, renderer->tolerance, renderer->threads) != 0 ||
        !reserve_partials(plan, scene, &renderer->partials, pass->backward))
        return HF_NO_MEMORY;
    Drawing drawing = {
        renderer,
        scene,
        {
            renderer->width,
            renderer->height,
            renderer->band_rows,
            1.0 / (3.0 * (double)renderer->width * (double)renderer->height),
            renderer->winding_penalty,
            pass,
        },
        false,
    };
    hf_parallel(draw_band, &drawing, renderer->bands, renderer->threads);
    return atomic_load(&drawing.failed) ? HF_NO_MEMORY : finish_pass(renderer, scene, pass);
}

Renderer *hf_renderer_new(
    int64_t width, int64_t height, bool double_pixels, int64_t threads, double tolerance, double winding_penalty) {
    Renderer *renderer = hf_zeros(Renderer, 1);
    if (renderer == NULL) return NULL;
    renderer->width = width;
    renderer->height = height;
    renderer->band_rows = hf_min_int(BAND_ROWS, height);
    renderer->bands = (height + renderer->band_rows - 1) / renderer->band_rows;
    renderer->threads = hf_max_int(1, hf_min_int(threads, renderer->bands));
    renderer->double_pixels = double_pixels;
    renderer->tolerance = tolerance;
    renderer->winding_penalty = winding_penalty;
    renderer->plan.bands = renderer->bands;
    renderer->plan.band_rows = renderer->band_rows;
    renderer->plan.width = width;
    renderer->workspaces = hf_zeros(void *, renderer->threads);
    if (renderer->workspaces != NULL) return renderer;
    hf_renderer_free(renderer);
    return NULL;
}

void hf_renderer_free(Renderer *renderer) {
    if (renderer == NULL) return;
    const Partials *partials = &renderer->partials;
    void *all[] = {partials->pulls,     partials->shown_path, partials->slot_sums, partials->band_sums,
                   partials->slot_fill, partials->fill_sums};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
    for (int64_t rank = 0; renderer->workspaces != NULL && rank < renderer->threads; rank++)
        free_workspace(renderer, renderer->workspaces[rank]);
    free(renderer->workspaces);
    free_plan(&renderer->plan);
    free(renderer);
}

int64_t hf_renderer_lines(const Renderer *renderer, double *lines) {
    const Plan *plan = &renderer->plan;
    int64_t count = plan->lines == NULL ? 0 : plan->chunk_lines[plan->chunk_count];
    if (lines != NULL && count > 0) memcpy(lines, plan->lines, (size_t)count * sizeof *plan->lines);
    return count;
}

/* Set the bits of all pixels in `count` boxes [K, 4] (left, top, right, bottom) of a picture of `words` a row. */
HF_EXPORT void hf_mark_boxes(const int64_t *boxes, int64_t count, uint64_t *wanted, int64_t words) {
    for (const int64_t *box = boxes; box < boxes + 4 * count; box += 4) {
        int64_t left = box[0], right = box[2];
        for (int64_t row = box[1]; row < box[3] && left < right; row++)
            for (int64_t word = left >> 6; word << 6 < right; word++)
                wanted[row * words + word] |= stretch(word, left, right);
    }
}

bool hf_renderer_probe(Renderer *renderer, double rubbish) {
    bool clean = true;
    for (int64_t rank = 0; rank < renderer->threads; rank++) {
        if (renderer->workspaces[rank] == NULL) continue;
        clean &= (renderer->double_pixels ? probe_workspace_double : probe_workspace_single)(
            renderer->workspaces[rank], renderer->width, renderer->band_rows, rubbish);
    }
    return clean;
}
