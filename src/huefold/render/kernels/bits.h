/* Bit sets of pixels, 64 to a word. */
#ifndef HUEFOLD_RENDER_BITS_H
#define HUEFOLD_RENDER_BITS_H

#include "native/core.h"

#define ALL_BITS (~UINT64_C(0))

/* Bits of a word that stand for pixels below `width`, some of which it holds. */
HF_INLINE uint64_t pixels_of_word(int64_t word, int64_t width) {
    return width >= (word + 1) << 6 ? ALL_BITS : ALL_BITS >> (64 - (width & 63));
}

/* Bits of a word that stand for pixels from `first` to `end` - 1, a stretch that reaches into it. */
HF_INLINE uint64_t stretch(int64_t word, int64_t first, int64_t end) {
    uint64_t from = first > word << 6 ? ALL_BITS << (first & 63) : ALL_BITS;
    return from & pixels_of_word(word, end);
}

#endif
