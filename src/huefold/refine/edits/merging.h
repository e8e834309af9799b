/* Pairs of paths that could merge: what one fill costs them, and what they would fill together. */
#ifndef HUEFOLD_REFINE_EDITS_MERGING_H
#define HUEFOLD_REFINE_EDITS_MERGING_H

#include "refine/edits/color_moments.h"
#include "refine/edits/layers.h"

/* A drawing in pixels beside the photo, in which pairs are looked for; as in merging.py. */
typedef struct {
    const uint8_t *filled; /* see Layers */
    const int64_t *offsets;
    const Box *boxes;
    const int32_t *shows; /* [H, W], the path that shows, -1 for the background */
    const float *target;  /* [3, H, W], the photo */
    const float *weight;  /* [H, W] */
    const double *colors; /* [N + 1, 3], of the paths, gradients in the mean, and of the background */
    const double *mass;   /* [N], how much of each path shows: sum of the weights */
    const double *sums;   /* [N, 16], if merged paths get gradients, or else NULL: see color_moments.h */
    const double *errors; /* [N], then what the gradient of each path leaves, or else its best colour */
    int64_t count;        /* N */
    int64_t structural;   /* how many of them are structural, the lowest ones */
    int64_t height, width;
    int64_t reach;     /* most pixels between two paths */
    int64_t around;    /* pixels around the smaller path within which a way to the other one is looked for */
    int64_t thickness; /* pixels to both sides that a bridge has, where it can */
    double least_kept; /* share of what shows of either path that must remain in one piece */
    double chroma;     /* weight of chroma differences relative to lightness */
} MergeScene;

#endif
