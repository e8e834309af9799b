/* Arrays that grow. */
#ifndef HUEFOLD_RENDER_KERNELS_MEMORY_H
#define HUEFOLD_RENDER_KERNELS_MEMORY_H

#include "native/core.h"

/* Make room for `wanted` items, and for half as many again where there is too little; items that are there stay.
 * Return whether there was memory. */
#define hf_reserve(items, room, wanted) hf_grow((void **)(items), (room), (wanted), sizeof **(items))

static bool hf_grow_now(void **items, int64_t *room, int64_t wanted, size_t size) {
    int64_t count = wanted + wanted / 2;
    if ((size_t)count > SIZE_MAX / size) return false;
    void *grown = realloc(*items, (size_t)count * size);
    if (grown == NULL) return false;
    *items = grown;
    *room = count;
    return true;
}

HF_INLINE bool hf_grow(void **items, int64_t *room, int64_t wanted, size_t size) {
    return wanted <= *room || hf_grow_now(items, room, wanted, size);
}

#endif
