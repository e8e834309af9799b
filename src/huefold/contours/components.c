/* Connected components of label maps. */
#include "native/sets.h"

/* Number the 4-connected components of equal labels [H, W] in reading order; return how many there are. */
HF_EXPORT int64_t hf_connected(const int64_t *restrict labels, int64_t height, int64_t width, int32_t *restrict out) {
    for (int64_t i = 0; i < height; i++) {
        for (int64_t j = 0; j < width; j++) {
            int64_t p = i * width + j;
            bool left = j > 0 && labels[p - 1] == labels[p], up = i > 0 && labels[p - width] == labels[p];
            out[p] = (int32_t)p;
            if (left) out[p] = out[p - 1];
            if (!up) continue;
            if (!left) {
                out[p] = out[p - width];
            } else if (out[p - 1] != out[p - width]) {
                int32_t u = hf_top(out, (int32_t)(p - 1)), v = hf_top(out, (int32_t)(p - width));
                int32_t first = u < v ? u : v;
                out[u] = out[v] = out[p] = first;
            }
        }
    }
    /* A parent is an earlier pixel, so it has its number already; the first pixel of a component is its own parent. */
    int32_t count = 0;
    for (int64_t p = 0; p < height * width; p++) out[p] = out[p] == p ? count++ : out[out[p]];
    return count;
}
