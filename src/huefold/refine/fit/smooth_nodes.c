/* Smooth nodes: between points on the one hand, and nodes and handles on the other. */
#include "refine/fit/smooth_nodes.h"

void hf_to_handles(SmoothNodes nodes, double *points) {
    for (int64_t j = 0; j < nodes.count; j++) {
        double *leaving = points + 2 * (nodes.node[j] + 1), *arriving = points + 2 * nodes.arriving[j];
        for (int k = 0; k < 2; k++) leaving[k] = arriving[k] = 0.5 * (leaving[k] - arriving[k]);
    }
}

void hf_to_points(SmoothNodes nodes, double *points, const double *asymmetry, double share) {
    for (int64_t j = 0; j < nodes.count; j++) {
        double *node = points + 2 * nodes.node[j], *arriving = points + 2 * nodes.arriving[j];
        for (int k = 0; k < 2; k++) {
            double handle = node[2 + k];
            double middle = node[k] + (asymmetry == NULL ? 0.0 : asymmetry[2 * j + k] * share);
            arriving[k] = middle - handle;
            node[2 + k] = middle + handle;
        }
    }
}

void hf_to_handle_gradient(SmoothNodes nodes, double *gradient) {
    for (int64_t j = 0; j < nodes.count; j++) {
        double *node = gradient + 2 * nodes.node[j], *arriving = gradient + 2 * nodes.arriving[j];
        for (int k = 0; k < 2; k++) {
            double leaving = node[2 + k], other = arriving[k];
            node[k] += leaving + other;
            node[2 + k] = arriving[k] = 0.5 * (leaving - other);
        }
    }
}

void hf_asymmetry(SmoothNodes nodes, const double *points, double *asymmetry) {
    for (int64_t j = 0; j < nodes.count; j++) {
        const double *node = points + 2 * nodes.node[j], *arriving = points + 2 * nodes.arriving[j];
        for (int k = 0; k < 2; k++) asymmetry[2 * j + k] = 0.5 * (node[2 + k] + arriving[k] - 2.0 * node[k]);
    }
}

void hf_move_smooth_outlines(SmoothNodes nodes, const double *asymmetry, double share, double *points, double *gradient,
                             double *mean, double *square, int64_t count, double rate, AdamCorrections corrections) {
    hf_to_handles(nodes, points);
    hf_to_handle_gradient(nodes, gradient);
    hf_adam_step(points, gradient, mean, square, 2 * count, rate, corrections);
    hf_to_points(nodes, points, asymmetry, share);
}

/* --- for Python --- */

HF_EXPORT void hf_smooth_to_handles(const int64_t *node, const int64_t *arriving, int64_t count, double *points) {
    SmoothNodes nodes = {node, arriving, count};
    hf_to_handles(nodes, points);
}

HF_EXPORT void hf_smooth_to_points(const int64_t *node, const int64_t *arriving, int64_t count, double *points,
                                   const double *asymmetry, double share) {
    SmoothNodes nodes = {node, arriving, count};
    hf_to_points(nodes, points, asymmetry, share);
}

HF_EXPORT void hf_smooth_gradient(const int64_t *node, const int64_t *arriving, int64_t count, double *gradient) {
    SmoothNodes nodes = {node, arriving, count};
    hf_to_handle_gradient(nodes, gradient);
}

HF_EXPORT void hf_smooth_asymmetry(const int64_t *node, const int64_t *arriving, int64_t count, const double *points,
                                   double *asymmetry) {
    SmoothNodes nodes = {node, arriving, count};
    hf_asymmetry(nodes, points, asymmetry);
}
