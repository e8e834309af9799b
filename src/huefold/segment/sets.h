/* Disjoint sets: each has the lowest of its numbers at the top. */
#ifndef HUEFOLD_SEGMENT_SETS_H
#define HUEFOLD_SEGMENT_SETS_H

#include "native/core.h"

/* Top of the set that r is in; the way there is halved. */
HF_INLINE int32_t hf_top(int32_t *parent, int32_t r) {
    while (parent[r] != r) {
        parent[r] = parent[parent[r]];
        r = parent[r];
    }
    return r;
}

#endif
