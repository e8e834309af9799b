/* The minimum barrier distance by raster scans (Zhang et al. 2015, Algorithm 1). */
#include "native/core.h"
#include "native/threads.h"

/* Pixels of one row, or of the row that a path comes from: distance, and the extremes of the best path so far. */
typedef struct {
    double *distance, *low, *high;
} Row;

HF_INLINE void relax(double value, double low_before, double high_before, Row row, int64_t j) {
    double top = hf_max(high_before, value), bottom = hf_min(low_before, value);
    bool nearer = top - bottom < row.distance[j];
    row.distance[j] = nearer ? top - bottom : row.distance[j];
    row.high[j] = nearer ? top : row.high[j];
    row.low[j] = nearer ? bottom : row.low[j];
}

/* Paths into a row from the one before, then along the row, to the right (`step` 1) or to the left (-1). */
static void scan_row(const double *restrict values, const double *restrict low_before,
                     const double *restrict high_before, Row row, int64_t width, int64_t step) {
    double *restrict distance = row.distance, *restrict low = row.low, *restrict high = row.high;
    for (int64_t j = 1; j < width - 1; j++)
        relax(values[j], low_before[j], high_before[j], (Row){distance, low, high}, j);
    int64_t first = step > 0 ? 1 : width - 2;
    double bottom = low[first - step], top = high[first - step];
    for (int64_t j = first; 0 < j && j < width - 1; j += step) {
        relax(values[j], bottom, top, (Row){distance, low, high}, j);
        bottom = low[j];
        top = high[j];
    }
}

typedef struct {
    const double *values;
    double *distances, *extremes;
    int64_t height, width, scans;
} Barriers;

/* Each pixel keeps the extremes of the best path found so far; forward and backward scans take turns. */
static void scan_channel(void *context, int64_t channel, int64_t rank) {
    const Barriers *work = context;
    int64_t height = work->height, width = work->width, pixels = height * width;
    const double *values = work->values + channel * pixels;
    double *distance = work->distances + channel * pixels;
    double *low = work->extremes + 2 * rank * pixels, *high = low + pixels;
    memcpy(low, values, (size_t)pixels * sizeof *low);
    memcpy(high, values, (size_t)pixels * sizeof *high);
    for (int64_t i = 0; i < height; i++)
        for (int64_t j = 0; j < width; j++)
            distance[i * width + j] = i == 0 || j == 0 || i == height - 1 || j == width - 1 ? 0.0 : INFINITY;
    for (int64_t scan = 0; scan < work->scans && width > 2; scan++) {
        int64_t step = scan % 2 == 0 ? 1 : -1;
        for (int64_t i = step > 0 ? 1 : height - 2; 0 < i && i < height - 1; i += step) {
            int64_t at = i * width, before = (i - step) * width;
            Row row = {distance + at, low + at, high + at};
            scan_row(values + at, low + before, high + before, row, width, step);
        }
    }
}

/* Barrier distance to the image border of each channel [C, H, W]: the least (maximum - minimum) over 4-connected
 * paths. */
HF_EXPORT int64_t hf_barrier_distances(const double *values, int64_t channels, int64_t height, int64_t width,
                                       int64_t scans, double *distances, int64_t threads) {
    threads = hf_clip_int(threads, 1, hf_max_int(channels, 1));
    double *extremes = hf_new(double, 2 * threads * height * width);
    if (extremes == NULL) return HF_NO_MEMORY;
    Barriers work = {values, distances, extremes, height, width, scans};
    hf_parallel(scan_channel, &work, channels, threads);
    free(extremes);
    return 0;
}
