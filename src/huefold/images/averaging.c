/* Resizing by area averaging. */
#include "native/threads.h"

typedef struct {
    const float *values;         /* [rows, columns, channels] */
    const int64_t *down, *across; /* [height], [width]: first row, first column of each new one */
    const double *down_shares, *across_shares; /* [height, down_reach], [width, across_reach] */
    float *out;                  /* [height, width, channels] */
    double *scratch;             /* [threads, columns * channels] */
    int64_t columns, channels, width, down_reach, across_reach;
} Averaging;

static void average_row(void *context, int64_t row, int64_t rank) {
    const Averaging *all = context;
    int64_t count = all->columns * all->channels, channels = all->channels;
    double *restrict sums = all->scratch + rank * count;
    memset(sums, 0, (size_t)count * sizeof *sums);
    for (int64_t k = 0; k < all->down_reach; k++) {
        double share = all->down_shares[row * all->down_reach + k];
        if (share == 0.0) continue; /* perhaps beyond the last row */
        const float *restrict values = all->values + (all->down[row] + k) * count;
        for (int64_t i = 0; i < count; i++) sums[i] += share * (double)values[i];
    }
    float *out = all->out + row * all->width * channels;
    for (int64_t x = 0; x < all->width; x++) {
        const double *shares = all->across_shares + x * all->across_reach;
        for (int64_t channel = 0; channel < channels; channel++) {
            const double *values = sums + all->across[x] * channels + channel;
            double sum = 0.0;
            for (int64_t k = 0; k < all->across_reach; k++)
                if (shares[k] != 0.0) sum += shares[k] * values[k * channels];
            out[x * channels + channel] = (float)sum;
        }
    }
}

/* Average the rows and columns of a picture, [rows, columns, channels], into `out`, [height, width, channels].
 *
 * Row y of the result is the sum of rows down[y] + k, each times down_shares[y, k]; shares of rows that do not exist
 * are 0. Columns likewise. */
HF_EXPORT int64_t hf_average_areas(const float *values, const int64_t *down, const double *down_shares,
                                   const int64_t *across, const double *across_shares, float *out, int64_t columns,
                                   int64_t channels, int64_t height, int64_t width, int64_t down_reach,
                                   int64_t across_reach, int64_t threads) {
    threads = hf_clip_int(threads, 1, hf_max_int(height, 1));
    double *scratch = hf_new(double, threads * columns * channels);
    if (scratch == NULL) return HF_NO_MEMORY;
    Averaging all = {values,  down,     across, down_shares, across_shares, out,
                     scratch, columns, channels, width,      down_reach,   across_reach};
    hf_parallel(average_row, &all, height, threads);
    free(scratch);
    return 0;
}
