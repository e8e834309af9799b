/* Which path shows in each pixel, read from a drawing in colours that are the numbers of the paths. */
#include "native/threads.h"
#include "refine/penalties/penalties.h"

#define CODE_LEVELS 256

/* Of a level: pixels that are further from a code show several paths. */
#define CODE_EXACT 0.02f

/* Components beyond these are no code; they are kept from overflowing. */
#define LEAST_COMPONENT (-1.0f)
#define MOST_COMPONENT 200.0f

#define PIXELS_PER_TASK 8192

/* Third component of a path's code, in levels: mixtures of two codes hardly ever have the right one. */
HF_INLINE int32_t check_code(int32_t path) { return (37 * path + 11) % 251; }

void hf_path_codes(double *codes, int64_t count) {
    for (int64_t path = 0; path < count; path++) {
        codes[3 * path] = (double)(path % CODE_LEVELS) / CODE_LEVELS;
        codes[3 * path + 1] = (double)(path / CODE_LEVELS) / CODE_LEVELS;
        codes[3 * path + 2] = (double)check_code((int32_t)path) / CODE_LEVELS;
    }
}

typedef struct {
    const float *planes;
    int64_t pixels, count;
    int32_t *top;
} CodedPicture;

HF_INLINE float level(float component) {
    return CODE_LEVELS * hf_minf(hf_maxf(component, LEAST_COMPONENT), MOST_COMPONENT);
}

/* In float32, in which levels, and how far they are off a code near by, are exact. */
static void read_codes(const float *restrict low, const float *restrict high, const float *restrict check,
                       int32_t *restrict top, int32_t pixels, int32_t count) {
    for (int32_t pixel = 0; pixel < pixels; pixel++) {
        float first = level(low[pixel]), second = level(high[pixel]), third = level(check[pixel]);
        int32_t path = (int32_t)(first + 0.5f) + CODE_LEVELS * (int32_t)(second + 0.5f);
        float off = fabsf(first - (float)(path & (CODE_LEVELS - 1)));
        off = hf_maxf(off, fabsf(second - (float)(path >> 8)));
        off = hf_maxf(off, fabsf(third - (float)check_code(path)));
        int32_t none = -((off > CODE_EXACT) | (path < 0) | (path >= count));
        top[pixel] = path | none;
    }
}

static void read_share(void *context, int64_t task, int64_t rank) {
    (void)rank;
    const CodedPicture *picture = context;
    int64_t begin = task * PIXELS_PER_TASK, end = hf_min_int(begin + PIXELS_PER_TASK, picture->pixels);
    const float *low = picture->planes + begin;
    read_codes(low, low + picture->pixels, low + 2 * picture->pixels, picture->top + begin, (int32_t)(end - begin),
               (int32_t)hf_min_int(picture->count, INT32_MAX));
}

void hf_read_codes(const float *planes, int64_t pixels, int64_t count, int32_t *top, int64_t threads) {
    CodedPicture picture = {planes, pixels, count, top};
    hf_parallel(read_share, &picture, (pixels + PIXELS_PER_TASK - 1) / PIXELS_PER_TASK, threads);
}
