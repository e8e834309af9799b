/* A chain of cracks (pixel edges) as cubics. */
#ifndef HUEFOLD_CONTOURS_CHAINS_H
#define HUEFOLD_CONTOURS_CHAINS_H

#include "native/core.h"

/* A chain of `count` cracks, and what its curve must keep to. It is closed if its last vertex is the first. */
typedef struct {
    const int32_t *points;   /* [count + 1, 2] vertices */
    const double *tolerance; /* [count] largest distance from a crack's midpoint to the curve */
    const bool *corners;     /* [count + 1] vertices between which pieces are fitted; the ends of an open chain are */
    int64_t count;
    double canvas[2]; /* width and height that no control point leaves */
} CrackChain;

/* Most segments that a chain of so many cracks may have. */
HF_INLINE int64_t hf_most_segments(int64_t cracks) { return 2 * cracks; }

/* Find the corners of a chain of `count` cracks: the fixed vertices [count + 1], the ends of an open chain, and corners
 * between sharp cracks [count]. Returns HF_NO_MEMORY where there is none. */
int64_t hf_find_corners(const int32_t *points, const bool *fixed, const bool *sharp, int64_t count, bool *corners);

/* Fit cubics [S, 4, 2] to a chain; return how many. */
int64_t hf_fit_cracks(const CrackChain *chain, double *cubics);

/* Count the segments that hf_fit_cracks would need; above `most`, return any number above it. */
int64_t hf_count_cracks_segments(const CrackChain *chain, int64_t most);

#endif
