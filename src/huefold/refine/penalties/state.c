/* What shows of a drawing: an item buffer, read from the drawing in colours that are the numbers of the paths. */
#include "refine/penalties/state.h"

/* Mean opacity over the stops of the gradient that fills a path; 1 for a colour. */
static double mean_opacity(const GradientFills *fills, int64_t path) {
    int64_t gradient = fills == NULL ? -1 : fills->paths[path];
    if (gradient < 0) return 1.0;
    double total = 0.0;
    for (int64_t stop = fills->stops[gradient]; stop < fills->stops[gradient + 1]; stop++)
        total += fills->opacities[stop];
    return total / (double)(fills->stops[gradient + 1] - fills->stops[gradient]);
}

int64_t hf_update_penalties(PenaltyState *state, Renderer *renderer, const Scene *scene, const GradientFills *fills,
                            int64_t threads) {
    static const double white[3] = {1.0, 1.0, 1.0};
    int64_t count = scene->path_count, pixels = state->penalties->height * state->penalties->width;
    hf_path_codes(state->codes, count);
    for (int64_t path = 0; path < count; path++)
        state->solid[path] = scene->opacities[path] * mean_opacity(fills, path) >= state->opaque;
    Scene coded = *scene;
    coded.colors = state->codes;
    coded.opacities = coded.hiding = state->solid;
    coded.background = white;
    coded.fills.count = 0;
    Pass draw = {.image = state->planes};
    int64_t status = hf_renderer_pass(renderer, &coded, &draw);
    if (status < 0) return status;
    hf_read_codes(state->planes, pixels, count, state->top, threads);
    if (state->regions == NULL) return 0;
    return hf_assign_regions(state->top, pixels, state->regions, count, state->structural, state->structural_cost,
                             state->detail_cost, state->assigned, state->costs);
}
