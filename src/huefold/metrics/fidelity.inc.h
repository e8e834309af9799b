/* Errors and similarity of two pictures of `real` values; NAMED adds the kind of value to a name. See fidelity.c. */

static double NAMED(row_error)(const Comparison *all, int64_t row) {
    int64_t values = all->width * all->channels;
    const real *first = (const real *)all->first + row * values, *second = (const real *)all->second + row * values;
    double lanes[HF_LANES] = {0.0};
    int64_t i = 0;
    for (; i + HF_LANES <= values; i += HF_LANES)
        for (int lane = 0; lane < HF_LANES; lane++) {
            double difference = (double)first[i + lane] - (double)second[i + lane];
            lanes[lane] += difference * difference;
        }
    for (int lane = 0; i + lane < values; lane++) {
        double difference = (double)first[i + lane] - (double)second[i + lane];
        lanes[lane] += difference * difference;
    }
    return hf_sum_lanes(lanes);
}

static double NAMED(weighted_row_error)(const Comparison *all, int64_t row) {
    const real *first = (const real *)all->first + row * all->width * all->channels;
    const real *second = (const real *)all->second + row * all->width * all->channels;
    const double *counts = all->counts + row * all->width;
    double lanes[HF_LANES] = {0.0};
    for (int64_t x = 0; x < all->width; x++) {
        double squared = 0.0;
        for (int64_t i = x * all->channels; i < (x + 1) * all->channels; i++) {
            double difference = (double)first[i] - (double)second[i];
            squared += difference * difference;
        }
        lanes[x % HF_LANES] += counts[x] * squared;
    }
    return hf_sum_lanes(lanes);
}

static void NAMED(error_task)(void *context, int64_t row, int64_t rank) {
    (void)rank;
    Comparison *all = context;
    all->sums[row] = all->counts == NULL ? NAMED(row_error)(all, row) : NAMED(weighted_row_error)(all, row);
}

/* Write the sum of the squared differences of each row of two pictures, [height, width, channels]. Each pixel counts as
 * often as `counts` says, [height, width], which may be NULL: all alike. */
HF_EXPORT void NAMED(hf_row_errors)(const real *first, const real *second, const double *counts, double *sums,
                                    int64_t height, int64_t width, int64_t channels, int64_t threads) {
    Comparison all = {first, second, counts, NULL, sums, NULL, width, channels};
    hf_parallel(NAMED(error_task), &all, height, threads);
}

/* Weighted sums along the columns around a row: of both pictures, of their squares together, and of their product. */
static void NAMED(column_sums)(const Comparison *all, int64_t row, double *restrict means, double *restrict others,
                               double *restrict squares, double *restrict products) {
    int64_t values = all->width * all->channels;
    const real *restrict first = (const real *)all->first + row * values;
    const real *restrict second = (const real *)all->second + row * values;
    double window[REACH + 1];
    memcpy(window, all->window, sizeof window);
    for (int64_t i = 0; i < values; i++) {
        double a = (double)first[i], b = (double)second[i];
        double mean = window[0] * a, other = window[0] * b;
        double square = window[0] * (a * a + b * b), product = window[0] * (a * b);
        for (int reach = 1; reach <= REACH; reach++) {
            double a1 = (double)first[i - reach * values], a2 = (double)first[i + reach * values];
            double b1 = (double)second[i - reach * values], b2 = (double)second[i + reach * values];
            mean += window[reach] * (a1 + a2);
            other += window[reach] * (b1 + b2);
            square += window[reach] * ((a1 * a1 + a2 * a2) + (b1 * b1 + b2 * b2));
            product += window[reach] * (a1 * b1 + a2 * b2);
        }
        means[i] = mean;
        others[i] = other;
        squares[i] = square;
        products[i] = product;
    }
}

static void NAMED(similarity_task)(void *context, int64_t item, int64_t rank) {
    Comparison *all = context;
    int64_t values = all->width * all->channels;
    double *columns = all->scratch + 8 * values * rank;
    NAMED(column_sums)(all, item + REACH, columns, columns + values, columns + 2 * values, columns + 3 * values);
    all->sums[item] = summed_similarity(all, columns, columns + 4 * values);
}

/* Write the sum of the structural similarities of each row of two pictures, [height, width, channels], whose windows
 * lie inside; `sums` is [height - 10]. Both sides have more than 10 pixels. `window`, [6], is half a Gaussian. */
HF_EXPORT int64_t NAMED(hf_row_similarities)(const real *first, const real *second, const double *window, double *sums,
                                             int64_t height, int64_t width, int64_t channels, int64_t threads) {
    int64_t rows = height - 2 * REACH;
    threads = hf_clip_int(threads, 1, rows);
    double *scratch = hf_new(double, threads * 8 * width * channels);
    if (scratch == NULL) return HF_NO_MEMORY;
    Comparison all = {first, second, NULL, window, sums, scratch, width, channels};
    hf_parallel(NAMED(similarity_task), &all, rows, threads);
    free(scratch);
    return 0;
}
