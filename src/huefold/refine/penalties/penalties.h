/* The penalties of outlines: what their gradient is computed from, and what is updated every few iterations. */
#ifndef HUEFOLD_REFINE_PENALTIES_PENALTIES_H
#define HUEFOLD_REFINE_PENALTIES_PENALTIES_H

#include "native/core.h"

/* The outlines of a drawing: points [P, 2] in units of the canvas, the first point of each contour [C + 1], and the
 * first contour of each path [N + 1]. */
typedef struct {
    const double *points;
    const int64_t *contours, *paths;
} PenaltyOutlines;

/* The penalties of drawings at one size. Costs are those of one pixel (of area, or of length) that counts 1. */
typedef struct {
    int64_t height, width;   /* of the picture in pixels */
    double scale_x, scale_y; /* pixels to a unit of the canvas */
    const float *weight;     /* [H, W], how much each pixel counts */
    const int32_t *top;      /* [H, W], the path that shows, -1 where none or several do */
    double occlusion;        /* cost of area under later paths, 0 for none */
    double margin;           /* units of the canvas that a path may run on beneath later ones */
    double length;           /* cost of length that shows, 0 for none */
    double border;           /* pixels from the border within which length costs nothing */
    double softness;         /* pixels of length up to which the cost is quadratic, above 0 */
    const int32_t *leaves;   /* [H, W], the leaf region of each pixel; NULL for no containment */
    const int64_t *spans;    /* [R, 2], first and last place (excluded) of the leaves of each region */
    const double *colors;    /* [R, 3], mean colours */
    const int64_t *assigned; /* [N], region of each path */
    const double *costs;     /* [N], cost of its area outside of that region, 0 for none */
    double similar;          /* distance of two colours at which area outside costs half, above 0 */
} Penalties;

/* The regions of a photo, from the leaves on; children precede parents. */
typedef struct {
    const int32_t *leaves;  /* [H, W] */
    const int64_t *parents; /* [R], -1 for none */
    const int64_t *sizes;   /* [R], pixels */
    const bool *cut;        /* [R], which of them the structure was made of */
    int64_t count;          /* R */
} PenaltyRegions;

/* Add the gradient of all penalties by the points of paths `begin` to `end` - 1 to `gradient` [P, 2]. */
HF_EXPORT void hf_add_penalties(const Penalties *penalties, const PenaltyOutlines *outlines, int64_t begin, int64_t end,
                                double *gradient, int64_t threads);

/* Write the numbers of `count` paths as colours [N, 3]. */
void hf_path_codes(double *codes, int64_t count);

/* Read which of `count` paths each pixel of a picture [3, pixels] in these colours shows; -1 where none or several. */
void hf_read_codes(const float *planes, int64_t pixels, int64_t count, int32_t *top, int64_t threads);

/* Write the region that each of `count` paths belongs to by where it shows in `top` [pixels], and what its area outside
 * of that costs. For the first `structural` paths it is the region of the cut with most of what shows, for others the
 * region of the whole hierarchy with the greatest intersection over union. Where nothing shows it is region 0 and no
 * cost. Returns 0 or HF_NO_MEMORY. */
HF_EXPORT int64_t hf_assign_regions(const int32_t *top, int64_t pixels, const PenaltyRegions *regions, int64_t count,
                                    int64_t structural, double structural_cost, double detail_cost,
                                    int64_t *assigned, double *costs);

#endif
