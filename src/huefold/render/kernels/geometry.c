/* Flatten cubic segments, and sort their lines into bands. */
#include "render/kernels/geometry.h"

#include "native/threads.h"
#include "render/kernels/memory.h"

/* Chunks have at least so many segments, and there are at most so many of them. */
#define LEAST_CHUNK 64
#define MOST_CHUNKS 64

/* Most lines of a segment. */
#define MOST_LINES 256

typedef struct {
    Plan *plan;
    const Scene *scene;
    double tolerance;
    int32_t *scratch; /* [threads, 3, B] */
} Planning;

/* --- the topology --- */

static bool same_topology(const Plan *plan, const Scene *scene) {
    int64_t paths = scene->path_count;
    return plan->path_count == paths && plan->chunk_paths != NULL &&
           memcmp(plan->paths, scene->paths, (size_t)(paths + 1) * sizeof(int64_t)) == 0 &&
           memcmp(plan->contours, scene->contours, (size_t)(scene->paths[paths] + 1) * sizeof(int64_t)) == 0;
}

/* Find the last point of every segment, the segments of paths, and chunks of paths. */
static bool read_topology(Plan *plan, const Scene *scene) {
    int64_t paths = scene->path_count, contours = scene->paths[paths], segments = scene->contours[contours] / 3;
    plan->path_count = -1;
    if (!hf_reserve(&plan->paths, &plan->path_room, paths + 1) ||
        !hf_reserve(&plan->contours, &plan->contour_room, contours + 1) ||
        !hf_reserve(&plan->segment_end, &plan->segment_room, segments + 1) ||
        !hf_reserve(&plan->path_segments, &plan->path_segment_room, paths + 1) ||
        !hf_reserve(&plan->chunk_paths, &plan->chunk_room, MOST_CHUNKS + 2))
        return false;
    memcpy(plan->paths, scene->paths, (size_t)(paths + 1) * sizeof(int64_t));
    memcpy(plan->contours, scene->contours, (size_t)(contours + 1) * sizeof(int64_t));
    for (int64_t contour = 0; contour < contours; contour++) {
        int64_t first = scene->contours[contour], end = scene->contours[contour + 1];
        for (int64_t point = first; point < end; point += 3)
            plan->segment_end[point / 3] = (int32_t)(point + 3 < end ? point + 3 : first);
    }
    int64_t least = hf_max_int(LEAST_CHUNK, (segments + MOST_CHUNKS - 1) / MOST_CHUNKS), chunks = 0, begun = 0;
    for (int64_t path = 0; path <= paths; path++) {
        int64_t segment = scene->contours[scene->paths[path]] / 3;
        plan->path_segments[path] = (int32_t)segment;
        if (path == 0 || (path < paths && segment - begun >= least)) {
            plan->chunk_paths[chunks++] = (int32_t)path;
            begun = segment;
        }
    }
    plan->chunk_paths[chunks] = (int32_t)paths;
    plan->chunk_count = chunks;
    plan->contour_count = contours;
    plan->segment_count = segments;
    plan->point_count = 3 * segments;
    plan->path_count = paths;
    return true;
}

/* List the control points of every segment, [S, 4], and its path, [S]. */
HF_EXPORT void hf_segment_table(
    const int64_t *contours, const int64_t *paths, int64_t path_count, int64_t *segments, int32_t *segment_path) {
    int64_t at = 0;
    for (int64_t path = 0; path < path_count; path++) {
        for (int64_t contour = paths[path]; contour < paths[path + 1]; contour++) {
            int64_t first = contours[contour], end = contours[contour + 1];
            for (int64_t point = first; point < end; point += 3, at++) {
                for (int64_t k = 0; k < 4; k++) segments[4 * at + k] = point + k < end ? point + k : first;
                segment_path[at] = (int32_t)path;
            }
        }
    }
}

/* --- lines --- */

/* Lines of a segment so that no line strays more than `tolerance` output pixels from its curve.
 *
 * A curve strays from a chord over a step h by up to h^2 / 8 times its largest second derivative, to one side. Vertices
 * that are moved to the other side by half of that leave h^2 / 16, to both sides. The ends of a segment stay where they
 * are, hence the shorter steps there. The second derivative of a cubic is at most 6 times its larger second difference
 * of control points. */
HF_INLINE int64_t count_of(const double *p, const double *last, const Scene *scene, double tolerance) {
    double dx = scene->scale_x * (p[0] - 2.0 * p[2] + p[4]), dy = scene->scale_y * (p[1] - 2.0 * p[3] + p[5]);
    double ex = scene->scale_x * (p[2] - 2.0 * p[4] + last[0]), ey = scene->scale_y * (p[3] - 2.0 * p[5] + last[1]);
    double bend = 0.75 * sqrt(hf_max(ex * ex + ey * ey, dx * dx + dy * dy)) / tolerance;
    if (bend <= 1.0) return 1;
    double steps = sqrt(0.5 * bend) + 2.0 - 2.0 * END;
    if (!(steps < MOST_LINES)) return MOST_LINES;
    int64_t whole = (int64_t)steps;
    return whole + ((double)whole < steps);
}

static void count_lines(void *context, int64_t chunk, int64_t rank) {
    const Planning *planning = context;
    Plan *plan = planning->plan;
    (void)rank;
    int64_t first = plan->path_segments[plan->chunk_paths[chunk]];
    int64_t end = plan->path_segments[plan->chunk_paths[chunk + 1]], total = 0;
    const double *points = planning->scene->points;
    for (int64_t s = first; s < end; s++) {
        int64_t count =
            count_of(points + 6 * s, points + 2 * (int64_t)plan->segment_end[s], planning->scene, planning->tolerance);
        plan->counts[s] = (int16_t)count;
        total += count;
    }
    plan->chunk_lines[chunk + 1] = (int32_t)total;
}

/* Write the lines of a segment, in output pixels; shared ends are equal to the bit. */
static Line *flatten_segment(const double *p, const double *last, int64_t count, double sx, double sy, Line *out) {
    double x0 = sx * p[0], y0 = sy * p[1], x3 = sx * last[0], y3 = sy * last[1];
    double x1 = 3.0 * (sx * p[2] - x0), y1 = 3.0 * (sy * p[3] - y0);
    double x2 = 3.0 * (sx * p[4] - x0) - 2.0 * x1, y2 = 3.0 * (sy * p[5] - y0) - 2.0 * y1;
    double rest_x = x3 - x0 - x1 - x2, rest_y = y3 - y0 - y1 - y2;
    Step by = parameter_step(count);
    double from_x = x0 - 2.0 * by.shift * x2, from_y = y0 - 2.0 * by.shift * y2;
    double tangent_x = x1 - 6.0 * by.shift * rest_x, tangent_y = y1 - 6.0 * by.shift * rest_y;
    double ax = x0, ay = y0;
    for (int64_t i = 1; i < count; i++) {
        double t = ((double)i - 1.0 + END) * by.step;
        double bx = ((rest_x * t + x2) * t + tangent_x) * t + from_x;
        double by_ = ((rest_y * t + y2) * t + tangent_y) * t + from_y;
        *out++ = (Line){ax, ay, bx, by_};
        ax = bx;
        ay = by_;
    }
    *out++ = (Line){ax, ay, x3, y3};
    return out;
}

/* Find the bands of a line, from `out[0]` to before `out[1]`, and widen the reach of its path. Lines that are not
 * finite have none. */
HF_INLINE void line_bands_of(const Plan *plan, const Line *line, Reach *reach, int32_t *out) {
    double left = hf_min(line->ax, line->bx), right = hf_max(line->ax, line->bx);
    double top = hf_min(line->ay, line->by), bottom = hf_max(line->ay, line->by);
    reach->left = hf_min(left, reach->left);
    reach->right = hf_max(right, reach->right);
    reach->top = hf_min(top, reach->top);
    reach->bottom = hf_max(bottom, reach->bottom);
    double scale = 1.0 / (double)plan->band_rows, bands = (double)plan->bands;
    out[0] = out[1] = 0;
    if (left >= (double)plan->width) {
        reach->leaves = true;
        return;
    }
    top *= scale;
    bottom *= scale;
    if (!(bottom >= 0.0 && top < bands)) return;
    if (!(fabs(line->bx - line->ax) < INFINITY && fabs(line->by - line->ay) < INFINITY)) return;
    out[0] = (int32_t)hf_max(top, 0.0);
    out[1] = (int32_t)hf_min(bottom, bands - 1.0) + 1;
}

/* Write the lines of a chunk, and count its entries and slots in every band. */
static void flatten_chunk(void *context, int64_t chunk, int64_t rank) {
    const Planning *planning = context;
    Plan *plan = planning->plan;
    const Scene *scene = planning->scene;
    int64_t bands = plan->bands;
    int32_t *entries = plan->chunk_entries + chunk * bands, *slots = plan->chunk_slots + chunk * bands;
    int32_t *last = planning->scratch + 3 * rank * bands;
    Line *lines = plan->lines + plan->chunk_lines[chunk];
    int32_t *line_bands = plan->line_bands + 2 * (int64_t)plan->chunk_lines[chunk];
    for (int64_t band = 0; band < bands; band++) {
        entries[band] = slots[band] = 0;
        last[band] = -1;
    }
    for (int32_t path = plan->chunk_paths[chunk]; path < plan->chunk_paths[chunk + 1]; path++) {
        Reach reach = {INFINITY, INFINITY, -INFINITY, -INFINITY, false};
        for (int64_t s = plan->path_segments[path]; s < plan->path_segments[path + 1]; s++) {
            const double *last_point = scene->points + 2 * (int64_t)plan->segment_end[s];
            Line *end = flatten_segment(
                scene->points + 6 * s, last_point, plan->counts[s], scene->scale_x, scene->scale_y, lines);
            for (; lines < end; lines++, line_bands += 2) {
                line_bands_of(plan, lines, &reach, line_bands);
                for (int32_t band = line_bands[0]; band < line_bands[1]; band++) {
                    entries[band]++;
                    slots[band] += last[band] != path;
                    last[band] = path;
                }
            }
        }
        plan->reaches[path] = reach;
    }
}

/* --- entries --- */

/* List the lines of a chunk in every band. */
static void fill_entries(void *context, int64_t chunk, int64_t rank) {
    const Planning *planning = context;
    Plan *plan = planning->plan;
    int64_t bands = plan->bands;
    int32_t *last = planning->scratch + 3 * rank * bands, *entries = last + bands, *slots = entries + bands;
    memcpy(entries, plan->chunk_entries + chunk * bands, (size_t)bands * sizeof *entries);
    memcpy(slots, plan->chunk_slots + chunk * bands, (size_t)bands * sizeof *slots);
    for (int64_t band = 0; band < bands; band++) last[band] = -1;
    int32_t line = plan->chunk_lines[chunk];
    int64_t s = plan->path_segments[plan->chunk_paths[chunk]];
    for (int32_t path = plan->chunk_paths[chunk]; path < plan->chunk_paths[chunk + 1]; path++) {
        int32_t end = line;
        for (; s < plan->path_segments[path + 1]; s++) end += plan->counts[s];
        for (; line < end; line++) {
            const int32_t *range = plan->line_bands + 2 * (int64_t)line;
            for (int32_t band = range[0]; band < range[1]; band++) {
                if (last[band] != path) {
                    last[band] = path;
                    plan->slot_path[slots[band]] = path;
                    plan->slot_entries[slots[band]++] = entries[band];
                }
                plan->entry_line[entries[band]++] = line;
            }
        }
    }
}

/* Turn the numbers of each chunk in each band into the place of its first; the chunks of a band follow each other. */
static int64_t place_chunks(const Plan *plan, int32_t *numbers) {
    int64_t at = 0, chunks = plan->chunk_count, bands = plan->bands;
    for (int64_t band = 0; band < bands; band++) {
        for (int64_t chunk = 0; chunk < chunks; chunk++) {
            int32_t *number = numbers + chunk * bands + band, count = *number;
            *number = (int32_t)hf_min_int(at, INT32_MAX);
            at += count;
        }
        numbers[chunks * bands + band] = (int32_t)hf_min_int(at, INT32_MAX);
    }
    return at;
}

/* Number the lines; return how many there are, or -1 without memory for them. */
static int64_t place_lines(Plan *plan) {
    int64_t total = 0;
    plan->chunk_lines[0] = 0;
    for (int64_t chunk = 0; chunk < plan->chunk_count; chunk++) {
        total += plan->chunk_lines[chunk + 1];
        if (total > INT32_MAX) return -1;
        plan->chunk_lines[chunk + 1] = (int32_t)total;
    }
    return total;
}

static bool reserve_lines(Plan *plan, int64_t lines) {
    int64_t table = (plan->chunk_count + 1) * plan->bands;
    return lines >= 0 && hf_reserve(&plan->lines, &plan->line_room, lines) &&
           hf_reserve(&plan->line_bands, &plan->line_band_room, 2 * lines) &&
           hf_reserve(&plan->reaches, &plan->reach_room, plan->path_count) &&
           hf_reserve(&plan->chunk_entries, &plan->chunk_entry_room, table) &&
           hf_reserve(&plan->chunk_slots, &plan->chunk_slot_room, table);
}

static bool reserve_entries(Plan *plan) {
    return plan->entry_count < INT32_MAX && plan->slot_count < INT32_MAX &&
           hf_reserve(&plan->entry_line, &plan->entry_room, plan->entry_count) &&
           hf_reserve(&plan->slot_path, &plan->slot_path_room, plan->slot_count) &&
           hf_reserve(&plan->slot_entries, &plan->slot_entry_room, plan->slot_count + 1);
}

static bool plan_all(Plan *plan, Planning *planning, int64_t threads) {
    if (!hf_reserve(&plan->counts, &plan->count_room, plan->segment_count + 1) ||
        !hf_reserve(&plan->chunk_lines, &plan->chunk_line_room, plan->chunk_count + 1))
        return false;
    hf_parallel(count_lines, planning, plan->chunk_count, threads);
    if (!reserve_lines(plan, place_lines(plan))) return false;
    hf_parallel(flatten_chunk, planning, plan->chunk_count, threads);
    plan->entry_count = place_chunks(plan, plan->chunk_entries);
    plan->slot_count = place_chunks(plan, plan->chunk_slots);
    if (!reserve_entries(plan)) return false;
    hf_parallel(fill_entries, planning, plan->chunk_count, threads);
    plan->slot_entries[plan->slot_count] = (int32_t)plan->entry_count;
    return true;
}

int64_t plan_lines(Plan *plan, const Scene *scene, double tolerance, int64_t threads) {
    if (!same_topology(plan, scene) && !read_topology(plan, scene)) return HF_NO_MEMORY;
    int64_t ranks = hf_max_int(1, hf_min_int(threads, plan->chunk_count));
    if (!hf_reserve(&plan->scratch, &plan->scratch_room, 3 * ranks * plan->bands)) return HF_NO_MEMORY;
    Planning planning = {plan, scene, tolerance, plan->scratch};
    return plan_all(plan, &planning, threads) ? 0 : HF_NO_MEMORY;
}

void free_plan(Plan *plan) {
    void *all[] = {plan->contours, plan->paths, plan->segment_end, plan->path_segments, plan->chunk_paths, plan->counts,
                   plan->chunk_lines, plan->lines, plan->line_bands, plan->reaches, plan->entry_line, plan->slot_path,
                   plan->slot_entries, plan->chunk_entries, plan->chunk_slots, plan->scratch, plan->line_pulls};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) free(all[i]);
}
