/* Pictures to what segmentation compares: 8-bit colours, and CIELAB, smoothed a little. */
#include "native/threads.h"
#include "segment/powers.h"

/* Rows that a thread takes at once. */
#define BAND 16

/* --- 8-bit colours --- */

/* Write the 8-bit colours of `count` sRGB pixels [N, 3] in [0, 1], red in the upper bits. */
HF_EXPORT void hf_colors_of_8_bits(const float *restrict rgb, int64_t count, int64_t *restrict out) {
    for (int64_t i = 0; i < count; i++) {
        int32_t level[3];
        for (int c = 0; c < 3; c++) level[c] = (int32_t)rintf(hf_minf(hf_maxf(rgb[3 * i + c], 0.0f), 1.0f) * 255.0f);
        out[i] = (level[0] << 16) | (level[1] << 8) | level[2];
    }
}

/* --- CIELAB --- */

/* sRGB primaries to XYZ under D65 (IEC 61966-2-1), each row divided by the white point. */
static const double XYZ[3][3] = {
    {0.412453 / 0.95047, 0.357580 / 0.95047, 0.180423 / 0.95047},
    {0.212671, 0.715160, 0.072169},
    {0.019334 / 1.08883, 0.119193 / 1.08883, 0.950227 / 1.08883},
};

typedef struct {
    const float *rgb;
    double *out;
    int64_t count, band;
    HfPowers decode, root;
} LabTask;

static void lab_band(void *context, int64_t item, int64_t rank) {
    LabTask *task = context;
    (void)rank;
    int64_t stop = hf_min_int(task->count, (item + 1) * task->band);
    for (int64_t i = item * task->band; i < stop; i++) {
        double linear[3], f[3];
        for (int c = 0; c < 3; c++) {
            double v = (double)task->rgb[3 * i + c];
            linear[c] = v > 0.04045 ? hf_power_by_table(&task->decode, (v + 0.055) / 1.055) : v / 12.92;
        }
        for (int k = 0; k < 3; k++) {
            double t = XYZ[k][0] * linear[0] + XYZ[k][1] * linear[1] + XYZ[k][2] * linear[2];
            f[k] = t > 0.008856 ? hf_power_by_table(&task->root, t) : 7.787 * t + 16.0 / 116.0;
        }
        task->out[3 * i] = 116.0 * f[1] - 16.0;
        task->out[3 * i + 1] = 500.0 * (f[0] - f[1]);
        task->out[3 * i + 2] = 200.0 * (f[1] - f[2]);
    }
}

/* Write L*, a* and b* of `count` sRGB pixels [N, 3] in [0, 1]. */
HF_EXPORT void hf_lab(const float *rgb, int64_t count, double *out, int64_t threads) {
    LabTask task = {.rgb = rgb, .out = out, .count = count, .band = 4096};
    hf_prepare_powers(&task.decode, 2.4);
    hf_prepare_powers(&task.root, 1.0 / 3.0);
    hf_parallel(lab_band, &task, (count + task.band - 1) / task.band, threads);
}

/* --- smoothing --- */

/* A Gaussian is cut off this far from its centre, in standard deviations. */
#define CUT_OFF 4.0

typedef struct {
    const double *picture;
    double *out, *rows; /* rows: for each thread the channels of one row, smoothed downwards */
    const double *weights;
    int64_t height, width, channels, radius;
} SmoothTask;

/* Row i of the picture smoothed downwards; beyond the border it goes on as it ends. */
static void smooth_downwards(const SmoothTask *task, int64_t i, double *restrict row) {
    int64_t values = task->width * task->channels;
    const double *here = task->picture + i * values;
    for (int64_t k = 0; k < values; k++) row[k] = here[k] * task->weights[0];
    for (int64_t r = task->radius; r > 0; r--) {
        const double *above = task->picture + hf_max_int(i - r, 0) * values;
        const double *below = task->picture + hf_min_int(i + r, task->height - 1) * values;
        for (int64_t k = 0; k < values; k++) row[k] += (above[k] + below[k]) * task->weights[r];
    }
}

static void smooth_across(const SmoothTask *task, const double *restrict row, double *restrict out) {
    int64_t channels = task->channels, last = task->width - 1, values = task->width * channels;
    for (int64_t k = 0; k < values; k++) out[k] = row[k] * task->weights[0];
    for (int64_t r = task->radius; r > 0; r--) {
        double weight = task->weights[r];
        int64_t inner_start = hf_min_int(r, task->width), inner_stop = hf_max_int(task->width - r, inner_start);
        for (int64_t j = 0; j < task->width; j++) {
            if (j == inner_start) j = inner_stop;
            if (j > last) break;
            int64_t left = hf_max_int(j - r, 0), right = hf_min_int(j + r, last);
            for (int64_t c = 0; c < channels; c++)
                out[j * channels + c] += (row[left * channels + c] + row[right * channels + c]) * weight;
        }
        int64_t shift = r * channels;
        for (int64_t k = inner_start * channels; k < inner_stop * channels; k++)
            out[k] += (row[k - shift] + row[k + shift]) * weight;
    }
}

static void smooth_band(void *context, int64_t item, int64_t rank) {
    SmoothTask *task = context;
    int64_t values = task->width * task->channels, stop = hf_min_int(task->height, (item + 1) * BAND);
    double *row = task->rows + rank * values;
    for (int64_t i = item * BAND; i < stop; i++) {
        smooth_downwards(task, i, row);
        smooth_across(task, row, task->out + i * values);
    }
}

/* Smooth a picture [H, W, C] by a Gaussian of a standard deviation in pixels; the border pixels go on outside. */
HF_EXPORT int64_t hf_smooth(
    const double *picture, int64_t height, int64_t width, int64_t channels, double deviation, double *out,
    int64_t threads
) {
    int64_t radius = (int64_t)(CUT_OFF * deviation + 0.5), crew = hf_max_int(1, threads);
    double *weights = hf_new(double, radius + 1), *rows = hf_new(double, crew * width * channels);
    if (weights && rows) {
        double sum = 0.0;
        for (int64_t r = radius; r >= 0; r--) {
            weights[r] = hf_exp(-0.5 / (deviation * deviation) * (double)(r * r));
            sum += r > 0 ? 2.0 * weights[r] : weights[r];
        }
        for (int64_t r = 0; r <= radius; r++) weights[r] /= sum;
        SmoothTask task = {picture, out, rows, weights, height, width, channels, radius};
        hf_parallel(smooth_band, &task, (height + BAND - 1) / BAND, crew);
    }
    int64_t status = weights && rows ? 0 : HF_NO_MEMORY;
    free(weights);
    free(rows);
    return status;
}
