/* The fit loop: many steps of Adam on the exact gradient of the weighted squared error and its penalties. */
#include "refine/fit/loop.h"

#include "native/elementary.h"

static void clip_unit(double *values, int64_t count) {
    for (int64_t i = 0; i < count; i++) values[i] = hf_within_unit(values[i]);
}

/* Share of a learning rate after so many iterations. */
static double cosine_decay(double done, double iterations, double last) {
    return last + (1.0 - last) * 0.5 * (1.0 + hf_cos(HF_PI * done / iterations));
}

static int64_t add_penalties(Fit *fit, int64_t iteration) {
    PenaltyState *state = fit->penalty_state;
    if (state == NULL) return 0;
    if (iteration % state->every == 0) {
        int64_t status = hf_update_penalties(state, fit->renderer, fit->scene, fit->fills, fit->threads);
        if (status < 0) return status;
    }
    PenaltyOutlines outlines = {fit->values.points, fit->scene->contours, fit->scene->paths};
    hf_add_penalties(state->penalties, &outlines, 0, fit->scene->path_count, fit->pass->points, fit->threads);
    return 0;
}

static void move_outlines(Fit *fit, double rate, double done, AdamCorrections corrections) {
    double *points = fit->values.points, *gradient = fit->pass->points;
    if (fit->straight != NULL) {
        hf_move_straight_outlines(fit->straight, points, gradient, fit->mean.points, fit->square.points, rate,
                                  corrections);
        return;
    }
    double share = hf_max(0.0, 1.0 - done / fit->smooth_after);
    hf_move_smooth_outlines(fit->smooth, fit->asymmetry, share, points, gradient, fit->mean.points,
                            fit->square.points, fit->point_count, rate, corrections);
}

static void move_colors(Fit *fit, double rate, AdamCorrections corrections) {
    int64_t count = fit->scene->path_count;
    const double *sums = fit->pass->path_sums;
    for (int64_t path = 0; path < count; path++)
        for (int channel = 0; channel < 3; channel++)
            fit->color_gradient[3 * path + channel] = sums[PATH_SUMS * path + SUM_RED + channel];
    hf_adam_step(fit->values.colors, fit->color_gradient, fit->mean.colors, fit->square.colors, 3 * count, rate,
                 corrections);
    clip_unit(fit->values.colors, 3 * count);
    if (fit->free_background) {
        hf_adam_step(fit->values.background, fit->pass->background, fit->mean.background, fit->square.background, 3,
                     rate, corrections);
        clip_unit(fit->values.background, 3);
    }
    if (fit->free_opacities == NULL) return;
    for (int64_t path = 0; path < count; path++) {
        double gradient = fit->free_opacities[path] ? sums[PATH_SUMS * path + SUM_OPACITY] : 0.0;
        hf_adam_move(&fit->values.opacities[path], gradient, &fit->mean.opacities[path],
                     &fit->square.opacities[path], rate, corrections);
    }
    clip_unit(fit->values.opacities, count);
}

/* Move gradient fills, and write what the renderer reads of them. */
static void move_fills(Fit *fit, double end_rate, double color_rate, AdamCorrections corrections) {
    const Scene *scene = fit->scene;
    if (fit->fills == NULL) return;
    FillValues by = fit->fill_gradient;
    bool known = hf_fill_derivatives(fit->fills, scene->scale_x, scene->scale_y, fit->pass->shape_sums,
                                     fit->pass->stop_sums, fit->pass->beneath, &by);
    if (!known) by.opacities = NULL;
    hf_move_fills(fit->fill_variables, fit->fills, &by, &fit->mean.fills, &fit->square.fills, corrections, end_rate,
                  color_rate, &fit->values.fills);
    hf_fill_tables(fit->fills, scene->scale_x, scene->scale_y, fit->maps, fit->paint);
    hf_fill_hiding(fit->fills, fit->values.opacities, fit->hiding);
}

static int64_t check_crossings(Fit *fit) {
    if (fit->guard == NULL) return 0;
    return hf_guard_contours(fit->guard, fit->values.points, fit->mean.points, NULL, fit->threads);
}

static int64_t step(Fit *fit, int64_t iteration) {
    int64_t status = hf_renderer_pass(fit->renderer, fit->scene, fit->pass);
    if (status >= 0) status = add_penalties(fit, iteration);
    if (status < 0) return status;
    double share = cosine_decay((double)iteration, (double)fit->iterations, fit->last_rate);
    double point_rate = fit->point_rate * share, color_rate = fit->color_rate * share;
    AdamCorrections corrections = hf_adam_corrections(iteration + 1);
    move_outlines(fit, point_rate, (double)(iteration + 1) / (double)fit->iterations, corrections);
    move_colors(fit, color_rate, corrections);
    move_fills(fit, fit->end_share * point_rate, color_rate, corrections);
    return (iteration + 1) % fit->check_every == 0 ? check_crossings(fit) : 0;
}

int64_t hf_fit(Fit *fit, int64_t begin, int64_t end) {
    for (int64_t iteration = begin; iteration < end; iteration++) {
        int64_t status = step(fit, iteration);
        if (status < 0) return status;
        if (iteration == begin) fit->first_loss = fit->pass->loss;
    }
    return 0;
}

int64_t hf_finish_fit(Fit *fit) {
    int64_t status = check_crossings(fit);
    return status < 0 ? status : 0;
}
