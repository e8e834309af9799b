/* Stages I and II for numbers of one type: `real` and NAMED(name) are defined where this is included.
 *
 * Rows over the K palette colours are padded to a multiple of HF_LANES, so that sums run in lanes to their ends; the
 * padding has probability 0. Nothing is infinite or not a number: Adam's steps bound the logits. */

/* HF_LANES numbers that are worked on at once, whatever the width of the registers: the lanes of sums. (Of loops over
 * lanes within loops over rows some compilers make very slow code.) */
typedef real NAMED(Lanes) __attribute__((vector_size(HF_LANES * sizeof(real))));

/* What the losses know of the regions: summed saliency [N], summed saliency times colour [N, 3], adjacent regions
 * [E, 2], smoothness along their borders [E], and part of the pixels [N]. */
typedef struct {
    const real *a, *b;
    const int64_t *edges;
    const real *border, *share;
    int64_t count, edge_count;
} NAMED(Regions);

/* An assignment while it is optimised: rows of K padded to `stride`. */
typedef struct {
    int64_t count, colors, stride;
    real *logits, *probability, *mean, *square;       /* [N, stride] */
    real *palette, *next_palette;                     /* [3, stride]; the next one is written while this one is read */
    real *palette_mean, *palette_square;              /* [3, stride] */
    real *color, *color_gradient;                     /* [N, 3] */
    real *log_norm, *entropy;                         /* [N] */
    double *before;                                   /* [N, 3] */
    void *memory;
} NAMED(Assignment);

/* Copies of logits [N, K] and palette [3, K]; false where there is no memory. */
static bool NAMED(open)(NAMED(Assignment) * s, const real *logits, const real *palette, int64_t count, int64_t colors) {
    int64_t stride = (colors + HF_LANES - 1) / HF_LANES * HF_LANES, numbers = count * stride;
    int64_t reals = 4 * numbers + 12 * stride + 8 * count;
    *s = (NAMED(Assignment)){.count = count, .colors = colors, .stride = stride};
    real *at = hf_zeros(real, reals);
    s->memory = at;
    s->before = hf_new(double, 3 * count);
    if (at == NULL || s->before == NULL) return false;
    s->logits = at, at += numbers;
    s->probability = at, at += numbers;
    s->mean = at, at += numbers;
    s->square = at, at += numbers;
    s->palette = at, at += 3 * stride;
    s->next_palette = at, at += 3 * stride;
    s->palette_mean = at, at += 3 * stride;
    s->palette_square = at, at += 3 * stride;
    s->color = at, at += 3 * count;
    s->color_gradient = at, at += 3 * count;
    s->log_norm = at, at += count;
    s->entropy = at;
    for (int64_t i = 0; i < 3 * count; i++) s->before[i] = INFINITY;
    for (int c = 0; c < 3; c++) memcpy(s->palette + c * stride, palette + c * colors, (size_t)colors * sizeof(real));
    memcpy(s->next_palette, s->palette, (size_t)(3 * stride) * sizeof(real));
    for (int64_t i = 0; i < count; i++) {
        memcpy(s->logits + i * stride, logits + i * colors, (size_t)colors * sizeof(real));
        for (int64_t j = colors; j < stride; j++) s->logits[i * stride + j] = PADDING_LOGIT;
    }
    return true;
}

static void NAMED(close)(NAMED(Assignment) * s) {
    free(s->memory);
    free(s->before);
}

/* Write rows [N, K] from padded ones. */
static void NAMED(copy_rows)(const real *padded, int64_t rows, int64_t colors, int64_t stride, real *out) {
    for (int64_t i = 0; i < rows; i++) memcpy(out + i * colors, padded + i * stride, (size_t)colors * sizeof(real));
}

static real NAMED(largest)(const real *restrict values, int64_t stride) {
    real lanes[HF_LANES];
    for (int l = 0; l < HF_LANES; l++) lanes[l] = values[l];
    for (int64_t j = HF_LANES; j < stride; j += HF_LANES)
        for (int l = 0; l < HF_LANES; l++) lanes[l] = values[j + l] > lanes[l] ? values[j + l] : lanes[l];
    real largest = lanes[0];
    for (int l = 1; l < HF_LANES; l++) largest = lanes[l] > largest ? lanes[l] : largest;
    return largest;
}

/* Write the exponentials of a row's logits less the largest, and the sums of these, and of these times their
 * logarithms. In a loop for each, which compilers vectorise; of a clamp within the second one they make branches. */
static NEVER_INLINE void NAMED(exponentials)(const real *restrict logits, int64_t colors, int64_t stride, real peak,
                                             real *restrict out, real *restrict sums) {
    for (int64_t j = 0; j < stride; j++) {
        real x = logits[j] - peak;
        out[j] = x > (real)LOWEST_EXPONENT ? x : (real)LOWEST_EXPONENT;
    }
    for (int64_t j = 0; j < stride; j++) out[j] = EXPONENTIAL(out[j]);
    for (int64_t j = colors; j < stride; j++) out[j] = 0;
    NAMED(Lanes) totals = {0}, moments = {0}, e, x;
    for (int64_t j = 0; j < stride; j += HF_LANES) {
        memcpy(&e, out + j, sizeof e);
        memcpy(&x, logits + j, sizeof x);
        totals += e;
        moments += e * (x - peak);
    }
    sums[0] = SUM_LANES((const real *)&totals);
    sums[1] = SUM_LANES((const real *)&moments);
}

/* Divide exponentials by their sum, and write the colour that they mix from a palette. */
static void NAMED(mix_row)(real *probability, int64_t stride, real scale, const real *palette, real *color) {
    NAMED(Lanes) sums[3] = {{0}, {0}, {0}}, p, channel;
    for (int64_t j = 0; j < stride; j += HF_LANES) {
        memcpy(&p, probability + j, sizeof p);
        p *= scale;
        memcpy(probability + j, &p, sizeof p);
        for (int c = 0; c < 3; c++) {
            memcpy(&channel, palette + c * stride + j, sizeof channel);
            sums[c] += p * channel;
        }
    }
    for (int c = 0; c < 3; c++) color[c] = SUM_LANES((const real *)&sums[c]);
}

/* Write the softmax of a row of logits, the log of its normaliser, its entropy, and the colour that it mixes. */
static void NAMED(forward)(NAMED(Assignment) * s, const real *palette, int64_t i) {
    const real *logits = s->logits + i * s->stride;
    real *probability = s->probability + i * s->stride;
    real peak = NAMED(largest)(logits, s->stride), sums[2];
    NAMED(exponentials)(logits, s->colors, s->stride, peak, probability, sums);
    real scale = (real)1 / sums[0], log_total = (real)hf_log((double)sums[0]);
    s->log_norm[i] = peak + log_total;
    s->entropy[i] = log_total - sums[1] * scale;
    NAMED(mix_row)(probability, s->stride, scale, palette, s->color + 3 * i);
}

/* The gradient of a number of a row, given d loss / d colour and the entropy's weight; two loops use it. */
#define LOGIT_GRADIENT(j) \
    (probability[j] * (red[j] * s0 + green[j] * s1 + blue[j] * s2 - weight * logits[j] + offset))

/* What is the same for all numbers of a row in its gradient. */
static real NAMED(row_offset)(const NAMED(Assignment) * s, int64_t i, real weight) {
    const real *gradient = s->color_gradient + 3 * i, *color = s->color + 3 * i;
    return weight * (s->log_norm[i] - s->entropy[i]) -
           (gradient[0] * color[0] + gradient[1] * color[1] + gradient[2] * color[2]);
}

static void NAMED(logit_gradient)(const NAMED(Assignment) * s, int64_t i, real weight, real *restrict out) {
    const real *restrict logits = s->logits + i * s->stride, *restrict probability = s->probability + i * s->stride;
    const real *restrict red = s->palette, *restrict green = red + s->stride, *restrict blue = green + s->stride;
    real s0 = s->color_gradient[3 * i], s1 = s->color_gradient[3 * i + 1], s2 = s->color_gradient[3 * i + 2];
    real offset = NAMED(row_offset)(s, i, weight);
    for (int64_t j = 0; j < s->colors; j++) out[j] = LOGIT_GRADIENT(j);
}

/* One number's step of Adam, with the bias corrections folded into `step` and `epsilon`. What is added to sizes and
 * squares keeps them out of the (slow) denormals; its root is nothing beside epsilon. */
#define ADAM(x, mean, square, gradient)                                                      \
    do {                                                                                     \
        real g = (gradient), size = MAGNITUDE(g) + (real)1e-18;                              \
        real m = (real)0.9 * (mean) + (real)0.1 * g;                                         \
        real v = (real)0.999 * (square) + (real)0.001 * (size * size + (real)1e-27);         \
        (mean) = m;                                                                          \
        (square) = v;                                                                        \
        (x) -= step * m / (SQUARE_ROOT(v) + epsilon);                                        \
    } while (0)

/* Move the numbers of a row. Arrays are parameters of a function that is not part of others: compilers know then that
 * no two overlap. */
static NEVER_INLINE void NAMED(move_numbers)(int64_t count, real *restrict logits, real *restrict mean,
                                             real *restrict square, const real *restrict probability,
                                             const real *restrict red, const real *restrict green,
                                             const real *restrict blue, const real color_gradient[3], real weight,
                                             real offset, real step, real epsilon) {
    real s0 = color_gradient[0], s1 = color_gradient[1], s2 = color_gradient[2];
    for (int64_t j = 0; j < count; j++) ADAM(logits[j], mean[j], square[j], LOGIT_GRADIENT(j));
}

/* Move a row of logits downhill. */
static void NAMED(move_row)(NAMED(Assignment) * s, int64_t i, real weight, real step, real epsilon) {
    int64_t first = i * s->stride;
    const real *palette = s->palette;
    NAMED(move_numbers)(s->stride, s->logits + first, s->mean + first, s->square + first, s->probability + first,
                        palette, palette + s->stride, palette + 2 * s->stride, s->color_gradient + 3 * i, weight,
                        NAMED(row_offset)(s, i, weight), step, epsilon);
}

/* Add up the gradient of some palette colours, over all regions in order. */
static void NAMED(palette_gradient)(const NAMED(Assignment) * s, int64_t begin, int64_t count, real *restrict red,
                                    real *restrict green, real *restrict blue) {
    for (int64_t j = 0; j < count; j++) red[j] = green[j] = blue[j] = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const real *restrict probability = s->probability + i * s->stride + begin;
        real s0 = s->color_gradient[3 * i], s1 = s->color_gradient[3 * i + 1], s2 = s->color_gradient[3 * i + 2];
        for (int64_t j = 0; j < count; j++) {
            red[j] += probability[j] * s0;
            green[j] += probability[j] * s1;
            blue[j] += probability[j] * s2;
        }
    }
}

/* Stage I without entropy (eq. 2 less its constant, and eq. 3): loss and d loss / d color. */
static double NAMED(color_gradient)(NAMED(Assignment) * s, const NAMED(Regions) * regions, double error,
                                    double variation) {
    const real *color = s->color;
    real *out = s->color_gradient;
    double loss = 0.0;
    for (int64_t i = 0; i < s->count; i++) {
        for (int c = 0; c < 3; c++) {
            real r = color[3 * i + c], a = regions->a[i], b = regions->b[3 * i + c];
            loss += error * ((double)(a * r) - 2.0 * (double)b) * (double)r;
            out[3 * i + c] = (real)(2.0 * error * (double)(a * r - b));
        }
    }
    for (int64_t e = 0; e < regions->edge_count; e++) {
        int64_t i = regions->edges[2 * e], j = regions->edges[2 * e + 1];
        double pull = variation * (double)regions->border[e];
        for (int c = 0; c < 3; c++) {
            double difference = (double)(real)(color[3 * i + c] - color[3 * j + c]);
            loss += pull * difference * difference;
            out[3 * i + c] = (real)((double)out[3 * i + c] + 2.0 * pull * difference);
            out[3 * j + c] = (real)((double)out[3 * j + c] - 2.0 * pull * difference);
        }
    }
    return loss;
}

/* Stage II without entropy (section 4.3): loss and d loss / d color, with the colours of `target` [N, 3].
 *
 * The sum over all ordered pairs is 2 N sum |c|^2 - 2 |sum c|^2; the pairs that are not adjacent are all pairs less the
 * adjacent ones. */
static double NAMED(smooth_gradient)(NAMED(Assignment) * s, const NAMED(Regions) * regions, const real *target,
                                     const StageWeights *weights) {
    const real *color = s->color;
    real *out = s->color_gradient;
    double n = (double)s->count, weight = weights->first, consistency = weights->second, diversity = weights->third;
    double near = weight * (consistency + diversity) / n, far = weight * diversity / n, loss = 0.0;
    for (int c = 0; c < 3; c++) {
        double total = 0.0, squares = 0.0;
        for (int64_t i = 0; i < s->count; i++) {
            real r = color[3 * i + c];
            total += (double)r;
            squares += (double)(real)(r * r);
        }
        loss -= far * 2.0 * (n * squares - total * total);
        for (int64_t i = 0; i < s->count; i++) {
            double difference = (double)(real)(color[3 * i + c] - target[3 * i + c]);
            loss += weight * difference * difference;
            out[3 * i + c] = (real)(2.0 * weight * difference - 4.0 * far * (n * (double)color[3 * i + c] - total));
        }
    }
    for (int64_t e = 0; e < regions->edge_count; e++) {
        int64_t i = regions->edges[2 * e], j = regions->edges[2 * e + 1];
        for (int c = 0; c < 3; c++) {
            double difference = (double)(real)(color[3 * i + c] - color[3 * j + c]);
            loss += 2.0 * near * difference * difference;
            out[3 * i + c] = (real)((double)out[3 * i + c] + 4.0 * near * difference);
            out[3 * j + c] = (real)((double)out[3 * j + c] - 4.0 * near * difference);
        }
    }
    return loss;
}

static double NAMED(largest_move)(NAMED(Assignment) * s) {
    double largest = 0.0;
    for (int64_t i = 0; i < 3 * s->count; i++) {
        largest = hf_max(largest, fabs((double)s->color[i] - s->before[i]));
        s->before[i] = (double)s->color[i];
    }
    return largest;
}

/* --- one iteration, in parallel --- */

typedef struct {
    NAMED(Assignment) * s;
    const NAMED(Regions) * regions; /* NULL in the first pass, in which no row moves */
    double entropy;
    real step, epsilon;
    int64_t rows; /* of a task */
} NAMED(Pass);

/* Move some rows, and write their softmax and colours anew. */
static void NAMED(do_rows)(void *context, int64_t task, int64_t rank) {
    (void)rank;
    const NAMED(Pass) *pass = context;
    NAMED(Assignment) *s = pass->s;
    int64_t end = hf_min_int((task + 1) * pass->rows, s->count);
    for (int64_t i = task * pass->rows; i < end; i++) {
        if (pass->regions != NULL)
            NAMED(move_row)(s, i, (real)(pass->entropy * (double)pass->regions->share[i]), pass->step, pass->epsilon);
        NAMED(forward)(s, s->next_palette, i);
    }
}

/* Write some colours of the next palette. */
static void NAMED(do_colors)(void *context, int64_t task, int64_t rank) {
    (void)rank;
    const NAMED(Pass) *pass = context;
    NAMED(Assignment) *s = pass->s;
    real step = pass->step, epsilon = pass->epsilon, gradient[3][COLORS_PER_TASK];
    int64_t begin = task * COLORS_PER_TASK, count = hf_min_int(COLORS_PER_TASK, s->colors - begin);
    NAMED(palette_gradient)(s, begin, count, gradient[0], gradient[1], gradient[2]);
    for (int c = 0; c < 3; c++) {
        int64_t first = c * s->stride + begin;
        for (int64_t j = 0; j < count; j++) {
            real x = s->palette[first + j];
            ADAM(x, s->palette_mean[first + j], s->palette_square[first + j], gradient[c][j]);
            s->next_palette[first + j] = x;
        }
    }
}

static void NAMED(pass_rows)(NAMED(Pass) * pass, int64_t threads) {
    NAMED(Assignment) *s = pass->s;
    pass->rows = hf_max_int(1, NUMBERS_PER_TASK / s->stride);
    hf_parallel(NAMED(do_rows), pass, (s->count + pass->rows - 1) / pass->rows, threads);
}

/* Run a stage (1 or 2) in place on logits [N, K] and, in Stage I, on the palette [3, K]; return the iterations run, or
 * HF_NO_MEMORY. */
static int64_t NAMED(run_stage)(int64_t stage, real *logits, real *palette, int64_t colors, const real *target,
                                const NAMED(Regions) * regions, const StageWeights *weights,
                                const StageSchedule *schedule, int64_t threads) {
    NAMED(Assignment) s;
    int64_t run = 0;
    if (!NAMED(open)(&s, logits, palette, regions->count, colors)) {
        NAMED(close)(&s);
        return HF_NO_MEMORY;
    }
    NAMED(Pass) pass = {.s = &s, .entropy = weights->entropy};
    if (schedule->iterations > 0) NAMED(pass_rows)(&pass, threads);
    pass.regions = regions;
    for (; run < schedule->iterations; run++) {
        if (run % CHECK_EVERY == 0 && NAMED(largest_move)(&s) < schedule->convergence) break;
        if (stage == 1)
            NAMED(color_gradient)(&s, regions, weights->first, weights->second);
        else
            NAMED(smooth_gradient)(&s, regions, target, weights);
        double second = sqrt(1.0 - hf_whole_power(0.999, run + 1));
        pass.step = (real)(schedule->rate * second / (1.0 - hf_whole_power(0.9, run + 1)));
        pass.epsilon = (real)(1e-8 * second);
        if (stage == 1) hf_parallel(NAMED(do_colors), &pass, (colors + COLORS_PER_TASK - 1) / COLORS_PER_TASK, threads);
        NAMED(pass_rows)(&pass, threads);
        real *read = s.palette;
        s.palette = s.next_palette;
        s.next_palette = stage == 1 ? read : s.palette;
    }
    NAMED(copy_rows)(s.logits, s.count, colors, s.stride, logits);
    if (stage == 1) NAMED(copy_rows)(s.palette, 3, colors, s.stride, palette);
    NAMED(close)(&s);
    return run;
}

/* Write the assignment (softmax of the logits) [N, K] and the colours that it mixes [N, 3]. */
static int64_t NAMED(run_mix)(const real *logits, const real *palette, int64_t count, int64_t colors, real *probability,
                              real *color, int64_t threads) {
    NAMED(Assignment) s;
    bool opened = NAMED(open)(&s, logits, palette, count, colors);
    if (opened) {
        NAMED(Pass) pass = {.s = &s};
        NAMED(pass_rows)(&pass, threads);
        NAMED(copy_rows)(s.probability, count, colors, s.stride, probability);
        memcpy(color, s.color, (size_t)(3 * count) * sizeof(real));
    }
    NAMED(close)(&s);
    return opened ? 0 : HF_NO_MEMORY;
}

/* Loss of a stage and its gradient, by the very functions that the stages run. */
static int64_t NAMED(run_loss)(int64_t stage, const real *logits, const real *palette, int64_t colors,
                               const real *target, const NAMED(Regions) * regions, const StageWeights *weights,
                               real *logit_gradient, real *palette_gradient, double *loss) {
    NAMED(Assignment) s;
    bool opened = NAMED(open)(&s, logits, palette, regions->count, colors);
    if (opened) {
        NAMED(Pass) pass = {.s = &s};
        NAMED(pass_rows)(&pass, 1);
        *loss = stage == 1 ? NAMED(color_gradient)(&s, regions, weights->first, weights->second)
                           : NAMED(smooth_gradient)(&s, regions, target, weights);
        for (int64_t i = 0; i < s.count; i++) {
            double weight = weights->entropy * (double)regions->share[i];
            *loss += weight * (double)s.entropy[i];
            NAMED(logit_gradient)(&s, i, (real)weight, logit_gradient + i * colors);
        }
        memset(palette_gradient, 0, (size_t)(3 * colors) * sizeof(real));
        if (stage == 1)
            NAMED(palette_gradient)(&s, 0, colors, palette_gradient, palette_gradient + colors,
                                    palette_gradient + 2 * colors);
    }
    NAMED(close)(&s);
    return opened ? 0 : HF_NO_MEMORY;
}
