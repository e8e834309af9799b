/* The fit loop: many steps of Adam on the exact gradient of the weighted squared error and its penalties. */
#include "native/elementary.h"
#include "refine/fit/crossing_guard.h"
#include "refine/fit/fill_variables.h"
#include "refine/fit/smooth_nodes.h"
#include "refine/fit/straight_outlines.h"
#include "refine/penalties/penalties.h"
#include "render/renderer.h"

/* Values of a drawing, derivatives by them, or moments of these. Those of gradient fills are in `fills`. */
typedef struct {
    double *points;     /* [P, 2] */
    double *colors;     /* [N, 3] */
    double *opacities;  /* [N] */
    double *background; /* [3] */
    FillValues fills;
} Values;

/* What is hidden, what shows, and which region each path belongs to: updated every few iterations. */
typedef struct {
    Penalties *penalties;
    const PenaltyRegions *regions; /* NULL: nothing is contained */
    double structural_cost, detail_cost;
    int64_t structural; /* number of structural paths */
    int32_t *top;       /* [H, W] as `penalties->top` */
    int64_t *assigned;  /* [N] as `penalties->assigned` */
    double *costs;      /* [N] as `penalties->costs` */
    float *planes;      /* [3, H, W] scratch */
    double *codes;      /* [N, 3] scratch */
    double *solid;      /* [N] scratch */
    double opaque;      /* paths of a lower opacity hide nothing */
    int64_t every;      /* iterations between two updates */
} PenaltyState;

/* One fit. All memory is the caller's. */
typedef struct {
    Renderer *renderer;
    Scene *scene; /* its values are those of `values`, its gradient fills those of `fills` */
    Pass *pass;   /* a backward pass, whose gradient by points is that of `gradient` */
    int64_t threads;
    int64_t point_count;
    /* The schedule; rates fall along a cosine to a share of `last_rate`. */
    int64_t iterations;
    double point_rate, color_rate, last_rate; /* in scene units, and in sRGB units */
    int64_t check_every;                      /* iterations between two checks for crossings */
    /* What may move. */
    Values values, mean, square;
    const StraightOutlines *straight; /* NULL: outlines with smooth nodes */
    SmoothNodes smooth;
    const double *asymmetry; /* [J, 2] what smooth nodes lack to be smooth when the fit begins */
    double smooth_after;     /* share of the iterations in which they become smooth */
    const bool *free_opacities; /* [N], or NULL: none */
    bool free_background;
    double *color_gradient; /* [N, 3] scratch */
    /* Gradient fills; NULL if there are none. */
    GradientFills *fills;
    const FillVariables *fill_variables;
    FillValues fill_gradient;
    double *maps, *paint, *hiding; /* as the scene's */
    double end_share; /* learning rate of ends of gradients, as a share of that of points */
    /* What is added to the squared error, and what no outline may do; NULL for nothing. */
    PenaltyState *penalty_state;
    const CrossingGuard *guard;
    double first_loss; /* written: the weighted squared error before the first step of the call */
} Fit;

static void clip_unit(double *values, int64_t count) {
    for (int64_t i = 0; i < count; i++) values[i] = hf_clip(values[i], 0.0, 1.0);
}

/* Share of a learning rate after so many iterations. */
static double cosine_decay(double done, double iterations, double last) {
    return last + (1.0 - last) * 0.5 * (1.0 + hf_cos(HF_PI * done / iterations));
}

/* Least opacity that a path's fill has, as its mean over the stops: what penalties call opaque. */
static double mean_opacity(const GradientFills *fills, int64_t path) {
    int64_t gradient = fills == NULL ? -1 : fills->paths[path];
    if (gradient < 0) return 1.0;
    double total = 0.0;
    for (int64_t stop = fills->stops[gradient]; stop < fills->stops[gradient + 1]; stop++)
        total += fills->opacities[stop];
    return total / (double)(fills->stops[gradient + 1] - fills->stops[gradient]);
}

/* Find out which path alone shows in each pixel, and which region each path belongs to: the drawing is read in colours
 * that are the numbers of the paths. */
static int64_t update_penalties(Fit *fit) {
    static const double white[3] = {1.0, 1.0, 1.0};
    PenaltyState *state = fit->penalty_state;
    Penalties *penalties = state->penalties;
    int64_t count = fit->scene->path_count, pixels = penalties->height * penalties->width;
    hf_path_codes(state->codes, count);
    for (int64_t path = 0; path < count; path++)
        state->solid[path] = fit->values.opacities[path] * mean_opacity(fit->fills, path) >= state->opaque;
    Scene coded = *fit->scene;
    coded.colors = state->codes;
    coded.opacities = coded.hiding = state->solid;
    coded.background = white;
    coded.fills.count = 0;
    Pass draw = {.image = state->planes};
    int64_t status = hf_renderer_pass(fit->renderer, &coded, &draw);
    if (status < 0) return status;
    hf_read_codes(state->planes, pixels, count, state->top, fit->threads);
    if (state->regions == NULL) return 0;
    return hf_assign_regions_and_costs(state->top, pixels, state->regions, count, state->structural,
                                       state->structural_cost, state->detail_cost, state->assigned, state->costs);
}

static int64_t add_penalties(Fit *fit, int64_t iteration) {
    PenaltyState *state = fit->penalty_state;
    if (state == NULL) return 0;
    if (iteration % state->every == 0) {
        int64_t status = update_penalties(fit);
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
    Scene *scene = fit->scene;
    if (fit->fills != NULL) {
        FillValues by = fit->fill_gradient;
        bool known = hf_fill_derivatives(fit->fills, scene->scale_x, scene->scale_y, fit->pass->shape_sums,
                                         fit->pass->stop_sums, fit->pass->beneath, &by);
        if (!known) by.opacities = NULL;
        hf_move_fills(fit->fill_variables, fit->fills, &by, &fit->mean.fills, &fit->square.fills, corrections,
                      end_rate, color_rate, &fit->values.fills);
        hf_fill_tables(fit->fills, scene->scale_x, scene->scale_y, fit->maps, fit->paint);
        hf_fill_hiding(fit->fills, fit->values.opacities, fit->hiding);
    }
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

/* Do iterations `begin` to `end` - 1 of a fit. Returns 0, or HF_NO_MEMORY. */
HF_EXPORT int64_t hf_fit(Fit *fit, int64_t begin, int64_t end) {
    for (int64_t iteration = begin; iteration < end; iteration++) {
        int64_t status = step(fit, iteration);
        if (status < 0) return status;
        if (iteration == begin) fit->first_loss = fit->pass->loss;
    }
    return 0;
}

/* Move outlines back that cross themselves, after the last step. Returns 0, or HF_NO_MEMORY. */
HF_EXPORT int64_t hf_finish_fit(Fit *fit) {
    int64_t status = check_crossings(fit);
    return status < 0 ? status : 0;
}
