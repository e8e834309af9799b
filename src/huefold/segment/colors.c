/* Pictures in 8-bit colours. */
#include "native/core.h"

/* Write the 8-bit colours of `count` sRGB pixels [N, 3] in [0, 1], red in the upper bits. */
HF_EXPORT void hf_colors_of_8_bits(const float *restrict rgb, int64_t count, int64_t *restrict out) {
    for (int64_t i = 0; i < count; i++) {
        int32_t level[3];
        for (int c = 0; c < 3; c++) level[c] = (int32_t)rintf(hf_minf(hf_maxf(rgb[3 * i + c], 0.0f), 1.0f) * 255.0f);
        out[i] = (level[0] << 16) | (level[1] << 8) | level[2];
    }
}
