/* Chain the gradients of lines back to control points, and add up the sums of bands. */
#include "native/threads.h"
#include "render/kernels/geometry.h"
#include "render/kernels/layout.h"
#include "render/kernels/memory.h"

typedef struct {
    const Plan *plan;
    const Scene *scene;
    const Partials *partials;
    const Pass *pass;
    Pull *scratch;        /* [threads, most lines of a chunk] */
    int64_t scratch_lines;
} Chaining;

/* Add the pulls of all bands, in band order, to those of a chunk's lines. */
static void sum_entries(const Plan *plan, const Partials *partials, int64_t chunk, Pull *pulls) {
    int64_t bands = plan->bands, first = plan->chunk_lines[chunk];
    memset(pulls, 0, (size_t)(plan->chunk_lines[chunk + 1] - first) * sizeof *pulls);
    for (int64_t band = 0; band < bands; band++) {
        const int32_t *range = plan->chunk_entries + chunk * bands + band;
        for (int64_t entry = range[0]; entry < range[bands]; entry++) {
            Pull *pull = pulls + (plan->entry_line[entry] - first);
            pull->near += partials->pulls[entry].near;
            pull->far += partials->pulls[entry].far;
        }
    }
}

/* Chain the gradients of a segment's lines to its control points, by way of the coefficients of the powers of t in
 * `flatten_segment`. */
static void chain_segment(
    const Line *lines, const Pull *pulls, int64_t count, double sx, double sy, double *p, double *last) {
    Step by = parameter_step(count);
    double ex = lines->bx - lines->ax, ey = lines->by - lines->ay;
    /* The gradient by a coefficient is the sum of what it is multiplied by times that of the vertex. */
    double x0 = -ey * pulls->near, y0 = ex * pulls->near;
    double far_x = -ey * pulls->far, far_y = ex * pulls->far;
    double x1 = 0.0, x2 = 0.0, x3 = 0.0, y1 = 0.0, y2 = 0.0, y3 = 0.0;
    for (int64_t i = 1; i < count; i++) {
        lines++;
        pulls++;
        double t = ((double)i - 1.0 + END) * by.step, square = t * t;
        double cube = t * (square - 6.0 * by.shift);
        square -= 2.0 * by.shift;
        ex = lines->bx - lines->ax;
        ey = lines->by - lines->ay;
        double gx = far_x - ey * pulls->near, gy = far_y + ex * pulls->near;
        far_x = -ey * pulls->far;
        far_y = ex * pulls->far;
        x0 += gx;
        y0 += gy;
        x1 += t * gx;
        y1 += t * gy;
        x2 += square * gx;
        y2 += square * gy;
        x3 += cube * gx;
        y3 += cube * gy;
    }
    p[0] += sx * (x0 - 3.0 * x1 + 3.0 * x2 - x3);
    p[1] += sy * (y0 - 3.0 * y1 + 3.0 * y2 - y3);
    p[2] += sx * 3.0 * (x1 - 2.0 * x2 + x3);
    p[3] += sy * 3.0 * (y1 - 2.0 * y2 + y3);
    p[4] += sx * 3.0 * (x2 - x3);
    p[5] += sy * 3.0 * (y2 - y3);
    last[0] += sx * (x3 + far_x);
    last[1] += sy * (y3 + far_y);
}

/* Add the sums of all bands, in band order, to those of a chunk's paths. */
static void sum_slots(const Plan *plan, const Partials *partials, int64_t chunk, double *path_sums) {
    int64_t bands = plan->bands;
    for (int64_t band = 0; band < bands; band++) {
        const int32_t *range = plan->chunk_slots + chunk * bands + band;
        for (int64_t slot = range[0]; slot < range[bands]; slot++) {
            int64_t path = partials->shown_path[slot];
            if (path < 0) continue;
            for (int64_t k = 0; k < PATH_SUMS; k++)
                path_sums[PATH_SUMS * path + k] += partials->slot_sums[PATH_SUMS * slot + k];
        }
    }
}

static void chain_chunk(void *context, int64_t chunk, int64_t rank) {
    const Chaining *chaining = context;
    const Plan *plan = chaining->plan;
    const Scene *scene = chaining->scene;
    Pull *pulls = chaining->scratch + rank * chaining->scratch_lines;
    int64_t first = plan->chunk_paths[chunk], end = plan->chunk_paths[chunk + 1];
    int64_t segment = plan->path_segments[first], segment_end = plan->path_segments[end];
    double *points = chaining->pass->points, *path_sums = chaining->pass->path_sums;
    memset(points + 6 * segment, 0, (size_t)(segment_end - segment) * 6 * sizeof *points);
    memset(path_sums + PATH_SUMS * first, 0, (size_t)(end - first) * PATH_SUMS * sizeof *path_sums);
    sum_entries(plan, chaining->partials, chunk, pulls);
    const Line *lines = plan->lines + plan->chunk_lines[chunk];
    for (int64_t s = segment; s < segment_end; s++) {
        int64_t count = plan->counts[s];
        double *last = points + 2 * (int64_t)plan->segment_end[s];
        chain_segment(lines, pulls, count, scene->scale_x, scene->scale_y, points + 6 * s, last);
        lines += count;
        pulls += count;
    }
    sum_slots(plan, chaining->partials, chunk, path_sums);
}

int64_t chain_gradients(Plan *plan, const Scene *scene, const Partials *partials, const Pass *pass, int64_t threads) {
    int64_t most = 0, ranks = hf_max_int(1, hf_min_int(threads, plan->chunk_count));
    for (int64_t chunk = 0; chunk < plan->chunk_count; chunk++)
        most = hf_max_int(most, plan->chunk_lines[chunk + 1] - plan->chunk_lines[chunk]);
    if (!hf_reserve(&plan->line_pulls, &plan->line_pull_room, ranks * most)) return HF_NO_MEMORY;
    Chaining chaining = {plan, scene, partials, pass, plan->line_pulls, most};
    hf_parallel(chain_chunk, &chaining, plan->chunk_count, threads);
    return 0;
}
