/* Steps of Adam for gradient fills, and what gradients must stay. */
#include "refine/fit/fill_variables.h"

/* Learning rate of offsets of stops, as a share of that of colours. */
#define OFFSET_SHARE 0.3

/* How far out a focus may lie, and how large a focal circle may be, as shares of the radius of the circle. */
#define INSIDE 0.98
#define LARGEST_FOCUS 0.9

/* Move a focal circle into its outer circle. */
static void keep_focus_inside(double *shape) {
    double radius = shape[HF_RADIUS], focal = hf_clip(shape[HF_FOCAL_RADIUS], 0.0, LARGEST_FOCUS * radius);
    double x = shape[HF_FOCUS] - shape[HF_CENTER], y = shape[HF_FOCUS + 1] - shape[HF_CENTER + 1];
    double away = hf_any_length(x, y), most = INSIDE * radius - focal;
    double share = away > most ? most / (away > 0.0 ? away : 1.0) : 1.0;
    shape[HF_FOCUS] = shape[HF_CENTER] + x * share;
    shape[HF_FOCUS + 1] = shape[HF_CENTER + 1] + y * share;
    shape[HF_FOCAL_RADIUS] = focal;
}

/* Derivatives by a shape, in which numbers that stay equal count together. */
static void hold_together(const FillVariables *variables, int64_t fill, bool radial, const double *by, double *held) {
    for (int k = 0; k < HF_SHAPE_COLUMNS; k++) held[k] = by[k];
    if (variables->centered[fill])
        for (int k = 0; k < 2; k++) {
            held[HF_CENTER + k] += held[HF_FOCUS + k];
            held[HF_FOCUS + k] = 0.0;
        }
    if (variables->pointed[fill]) held[HF_FOCAL_RADIUS] = 0.0;
    if (!radial) held[4] = held[5] = 0.0;
}

/* A shape after a step as shapes can be: `before` where it would have no extent. */
static void repair_shape(const FillVariables *variables, int64_t fill, bool radial, const double *before,
                         double *shape) {
    if (variables->centered[fill])
        for (int k = 0; k < 2; k++) shape[HF_FOCUS + k] = shape[HF_CENTER + k];
    double length = radial ? shape[HF_RADIUS] : hf_any_length(shape[2] - shape[0], shape[3] - shape[1]);
    if (length < variables->least[fill])
        for (int k = 0; k < HF_SHAPE_COLUMNS; k++) shape[k] = before[k];
    if (radial) keep_focus_inside(shape);
}

static void move_shapes(const FillVariables *variables, const GradientFills *fills, const FillValues *by,
                        const FillValues *mean, const FillValues *square, AdamCorrections corrections,
                        double end_rate, double *moved) {
    for (int64_t fill = 0; fill < fills->count; fill++) {
        bool radial = fills->radial[fill] != 0;
        int64_t at = HF_SHAPE_COLUMNS * fill;
        double before[HF_SHAPE_COLUMNS], held[HF_SHAPE_COLUMNS];
        for (int k = 0; k < HF_SHAPE_COLUMNS; k++) before[k] = moved[at + k] = fills->shapes[at + k];
        hold_together(variables, fill, radial, by->shapes + at, held);
        hf_adam_step(moved + at, held, mean->shapes + at, square->shapes + at, HF_SHAPE_COLUMNS,
                     end_rate / variables->scale[fill], corrections);
        repair_shape(variables, fill, radial, before, moved + at);
    }
}

/* Move numbers of which some are free; the others have no gradient. Without moments none moves. */
static void move_free(const bool *free, const double *values, const double *gradient, double *mean, double *square,
                      int64_t count, double rate, AdamCorrections corrections, double *moved) {
    for (int64_t i = 0; i < count; i++) {
        double value = values[i];
        if (gradient != NULL && mean != NULL)
            hf_adam_move(&value, free[i] ? gradient[i] : 0.0, &mean[i], &square[i], rate, corrections);
        moved[i] = hf_within_unit(value);
    }
}

void hf_move_fills(const FillVariables *variables, const GradientFills *fills, const FillValues *by,
                   const FillValues *mean, const FillValues *square, AdamCorrections corrections, double end_rate,
                   double color_rate, const FillValues *moved) {
    int64_t stops = fills->stops[fills->count];
    move_shapes(variables, fills, by, mean, square, corrections, end_rate, moved->shapes);
    if (moved->colors != fills->colors) memcpy(moved->colors, fills->colors, sizeof(double) * 3 * (size_t)stops);
    hf_adam_step(moved->colors, by->colors, mean->colors, square->colors, 3 * stops, color_rate, corrections);
    for (int64_t i = 0; i < 3 * stops; i++) moved->colors[i] = hf_within_unit(moved->colors[i]);
    move_free(variables->offsets, fills->offsets, by->offsets, mean->offsets, square->offsets, stops,
              OFFSET_SHARE * color_rate, corrections, moved->offsets);
    for (int64_t fill = 0; fill < fills->count; fill++)
        for (int64_t stop = fills->stops[fill] + 1; stop < fills->stops[fill + 1]; stop++)
            if (moved->offsets[stop] < moved->offsets[stop - 1]) moved->offsets[stop] = moved->offsets[stop - 1];
    move_free(variables->opacities, fills->opacities, by->opacities, mean->opacities, square->opacities, stops,
              color_rate, corrections, moved->opacities);
}

/* --- for Python --- */

/* See `hf_move_fills`; the first step is 1. */
HF_EXPORT void hf_move_gradient_fills(const FillVariables *variables, const GradientFills *fills, const FillValues *by,
                                      const FillValues *mean, const FillValues *square, int64_t step, double end_rate,
                                      double color_rate, const FillValues *moved) {
    hf_move_fills(variables, fills, by, mean, square, hf_adam_corrections(step), end_rate, color_rate, moved);
}
