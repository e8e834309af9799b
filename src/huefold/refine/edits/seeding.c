/* Where new details repair most: the gain of discs around each pixel, and a greedy choice of them. */
#include "native/threads.h"

/* Planes of which means are taken over boxes: weights, weighted channels, weighted excess. */
#define MOST_PLANES 5

/* Least weight that a gain is divided by. */
#define LEAST_WEIGHT 1e-9F

/* --- gains --- */

typedef struct {
    const float *planes;   /* [planes, H, W] */
    int64_t count;         /* of planes: 4, or 5 with the excess */
    int64_t height, width;
    const int64_t *sizes;  /* [R], sides of the boxes */
    const float *areas;    /* [R], of the discs */
    float *gains;          /* [R, H, W] */
    double *scratch;       /* [threads, scratch_size] */
    int64_t scratch_size;
} GainJob;

/* Sums over boxes of one row of all planes move along: one value comes, one goes. */
typedef struct {
    double *columns; /* [planes, W], sums over the rows of the box */
    double *line;    /* [size + W + size], means of a row of them, zeros on both sides */
    float *means;    /* [planes, W] */
} Rows;

/* Sum over the rows of the box, column by column. */
static void move_columns(const GainJob *job, int64_t plane, int64_t y, int64_t size, double *columns) {
    int64_t before = size / 2, after = size - before - 1, width = job->width;
    const float *values = job->planes + plane * job->height * width;
    if (y == 0) {
        for (int64_t x = 0; x < width; x++) columns[x] = 0.0;
        for (int64_t row = 0; row < hf_min_int(after + 1, job->height); row++)
            for (int64_t x = 0; x < width; x++) columns[x] += (double)values[row * width + x];
        return;
    }
    bool comes = y + after < job->height, goes = y - before - 1 >= 0;
    const float *new = values + (y + after) * width, *old = values + (y - before - 1) * width;
    if (comes && goes)
        for (int64_t x = 0; x < width; x++) columns[x] += (double)new[x] - (double)old[x];
    else if (comes)
        for (int64_t x = 0; x < width; x++) columns[x] += (double)new[x];
    else if (goes)
        for (int64_t x = 0; x < width; x++) columns[x] -= (double)old[x];
}

/* Means over the boxes around the pixels of a row. Means of columns are rounded to single precision in between. */
static void mean_of_row(const double *columns, int64_t width, int64_t size, double *line, float *means) {
    int64_t before = size / 2, after = size - before - 1;
    double *values = line + size, sum = 0.0, parts = (double)size;
    for (int64_t x = 0; x < width; x++) values[x] = (double)(float)(columns[x] / parts);
    for (int64_t x = 0; x < size; x++) values[width + x] = 0.0;
    for (int64_t x = -before; x <= after; x++) sum += values[x];
    means[0] = (float)(sum / parts);
    for (int64_t x = 1; x < width; x++) {
        sum += values[x + after] - values[x - before - 1];
        means[x] = (float)(sum / parts);
    }
}

static void write_gains(const GainJob *job, const float *means, float area, float *gains) {
    int64_t width = job->width;
    const float *weight = means, *excess = means + 4 * width;
    for (int64_t x = 0; x < width; x++) {
        float squares = 0.0F;
        for (int64_t c = 1; c <= 3; c++) squares += means[c * width + x] * means[c * width + x];
        float gain = squares / hf_maxf(weight[x], LEAST_WEIGHT);
        gains[x] = (job->count == MOST_PLANES ? excess[x] + gain : gain) * area;
    }
}

static void find_gains(void *context, int64_t item, int64_t rank) {
    const GainJob *job = context;
    int64_t size = job->sizes[item], width = job->width;
    Rows rows;
    rows.columns = job->scratch + rank * job->scratch_size;
    rows.line = rows.columns + job->count * width;
    rows.means = (float *)(rows.line + width + 2 * size);
    for (int64_t x = 0; x < size; x++) rows.line[x] = 0.0;
    for (int64_t y = 0; y < job->height; y++) {
        for (int64_t plane = 0; plane < job->count; plane++) {
            double *columns = rows.columns + plane * width;
            move_columns(job, plane, y, size, columns);
            mean_of_row(columns, width, size, rows.line, rows.means + plane * width);
        }
        write_gains(job, rows.means, job->areas[item], job->gains + (item * job->height + y) * width);
    }
}

/* Fill the planes [4 or 5, H, W] of which means are taken. */
static void fill_planes(const float *target, const float *residual, const float *weight, int64_t plane, bool flat,
                        float *planes) {
    const float *wanted = flat ? target : residual;
    memcpy(planes, weight, (size_t)plane * sizeof *planes);
    for (int64_t c = 0; c < 3; c++)
        for (int64_t at = 0; at < plane; at++)
            planes[(c + 1) * plane + at] = weight[at] * wanted[c * plane + at];
    if (!flat) return;
    for (int64_t at = 0; at < plane; at++) {
        float left = 0.0F, all = 0.0F;
        for (int64_t c = 0; c < 3; c++) {
            left += residual[c * plane + at] * residual[c * plane + at];
            all += target[c * plane + at] * target[c * plane + at];
        }
        planes[4 * plane + at] = weight[at] * (left - all);
    }
}

/* Write the gain of discs around each pixel [R, H, W]: of the photo's mean colour if `flat`, or else of a shift of
 * colour. `target` and `residual` are [3, H, W], `weight` [H, W]. Means over boxes of `sizes` [R] pixels stand in for
 * those over discs of `areas` [R]. */
HF_EXPORT int64_t hf_disc_gains(const float *target, const float *residual, const float *weight, int64_t height,
                                int64_t width, const int64_t *sizes, const float *areas, int64_t radii, bool flat,
                                float *gains, int64_t threads) {
    int64_t count = flat ? MOST_PLANES : MOST_PLANES - 1, largest = 0;
    for (int64_t r = 0; r < radii; r++) largest = hf_max_int(largest, sizes[r]);
    threads = hf_clip_int(threads, 1, hf_max_int(radii, 1));
    int64_t size = count * width + width + 2 * largest + (count * width + 1) / 2;
    float *planes = hf_new(float, count * height * width);
    double *scratch = hf_new(double, threads * size);
    int64_t status = HF_NO_MEMORY;
    if (planes != NULL && scratch != NULL) {
        fill_planes(target, residual, weight, height * width, flat, planes);
        GainJob job = {planes, count, height, width, sizes, areas, gains, scratch, size};
        hf_parallel(find_gains, &job, radii, threads);
        status = 0;
    }
    free(planes);
    free(scratch);
    return status;
}

/* --- choice --- */

/* The gains, and the largest one of each row. */
typedef struct {
    float *gains; /* [R, H, W] */
    float *most;  /* [R, H] */
    int64_t radii, height, width;
} Gains;

static float largest_of(const float *row, int64_t width) {
    float lanes[HF_LANES], most = -INFINITY;
    for (int i = 0; i < HF_LANES; i++) lanes[i] = -INFINITY;
    int64_t x = 0;
    for (; x + HF_LANES <= width; x += HF_LANES)
        for (int i = 0; i < HF_LANES; i++) lanes[i] = hf_maxf(row[x + i], lanes[i]);
    for (int i = 0; i < HF_LANES; i++) most = hf_maxf(lanes[i], most);
    for (; x < width; x++) most = hf_maxf(row[x], most);
    return most;
}

/* Lower the gain of discs that would overlap one just placed. */
static void discount(Gains *all, const double *radii, const int64_t disc[3]) {
    for (int64_t r = 0; r < all->radii; r++) {
        int64_t reach = (int64_t)(radii[disc[0]] + radii[r]);
        int64_t top = hf_max_int(0, disc[1] - reach), bottom = hf_min_int(all->height, disc[1] + reach + 1);
        int64_t left = hf_max_int(0, disc[2] - reach), right = hf_min_int(all->width, disc[2] + reach + 1);
        float kept = r == disc[0] ? 0.0F : 0.3F;
        for (int64_t y = top; y < bottom; y++) {
            float *row = all->gains + (r * all->height + y) * all->width;
            for (int64_t x = left; x < right; x++) row[x] *= kept;
            all->most[r * all->height + y] = largest_of(row, all->width);
        }
    }
}

/* Choose discs of the largest gain [R, H, W], each after those that overlap the last one have less, until there are
 * `wanted` or none gains more than `least`. Discs [wanted, 3] are the number of a radius, row and column; `found` of
 * them there are already. Returns how many there are then. Changes the gains. */
HF_EXPORT int64_t hf_choose_discs(float *gains, int64_t count, int64_t height, int64_t width, const double *radii,
                                  float least, int64_t *discs, int64_t found, int64_t wanted) {
    Gains all = {gains, hf_new(float, count * height), count, height, width};
    if (all.most == NULL) return HF_NO_MEMORY;
    for (int64_t row = 0; row < count * height; row++) all.most[row] = largest_of(gains + row * width, width);
    for (int64_t i = 0; i < found; i++) discount(&all, radii, discs + 3 * i);
    for (; found < wanted; found++) {
        int64_t best = 0, x = 0;
        for (int64_t row = 1; row < count * height; row++)
            if (all.most[row] > all.most[best]) best = row;
        if (!(all.most[best] > least)) break;
        while (gains[best * width + x] != all.most[best]) x++;
        int64_t *disc = discs + 3 * found;
        disc[0] = best / height;
        disc[1] = best % height;
        disc[2] = x;
        discount(&all, radii, disc);
    }
    free(all.most);
    return found;
}

/* Write the weighted mean colour [M, 3] of the photo over the pixels whose centres lie in discs [M, 3]. */
HF_EXPORT void hf_disc_colors(const float *target, const float *weight, int64_t height, int64_t width,
                              const double *radii, const int64_t *discs, int64_t count, double *colors) {
    int64_t plane = height * width;
    for (int64_t i = 0; i < count; i++) {
        int64_t row = discs[3 * i + 1], column = discs[3 * i + 2];
        double radius = radii[discs[3 * i]], mass = 0.0, pixels = 0.0, weighted[3] = {0.0}, plain[3] = {0.0};
        int64_t reach = (int64_t)radius + 1;
        for (int64_t y = hf_max_int(0, row - reach); y < hf_min_int(height, row + reach + 1); y++) {
            for (int64_t x = hf_max_int(0, column - reach); x < hf_min_int(width, column + reach + 1); x++) {
                int64_t down = y - row, across = x - column;
                if ((double)(down * down + across * across) > radius * radius) continue;
                double w = (double)weight[y * width + x];
                mass += w;
                pixels += 1.0;
                for (int64_t c = 0; c < 3; c++) {
                    double channel = (double)target[c * plane + y * width + x];
                    weighted[c] += w * channel;
                    plain[c] += channel;
                }
            }
        }
        for (int c = 0; c < 3; c++)
            colors[3 * i + c] = hf_clip(mass > 0.0 ? weighted[c] / mass : plain[c] / pixels, 0.0, 1.0);
    }
}
