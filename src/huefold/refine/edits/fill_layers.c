/* Which whole pixels each path of a drawing fills: each path is drawn alone, in its box. */
#include <stdatomic.h>

#include "native/threads.h"
#include "refine/edits/boxes.h"
#include "render/renderer.h"

/* A path of the drawing; as in layers.py. */
typedef struct {
    const double *points;    /* [P, 2], in scene units */
    const int64_t *contours; /* [C + 1], offsets in the points */
    const int64_t *paths;    /* [N + 1], offsets in the contours */
    const uint8_t *evenodd;  /* [N] */
    int64_t count;           /* N */
    double unit_x, unit_y;   /* size of a pixel in scene units */
    double tolerance, winding_penalty; /* of the renderer */
} PathsToFill;

typedef struct {
    const PathsToFill *paths;
    const Box *boxes;
    const int64_t *offsets;
    uint8_t *filled;
    _Atomic bool failed;
} Filling;

/* Draw a path in white on black; `image` is [3, h, w]. Return whether there was memory. */
static bool draw_alone(const PathsToFill *all, int64_t path, Box box, double *points, int64_t *contours, float *image) {
    int64_t first = all->paths[path], count = all->paths[path + 1] - first, start = all->contours[first];
    for (int64_t c = 0; c <= count; c++) contours[c] = all->contours[first + c] - start;
    double left = all->unit_x * (double)box.left, top = all->unit_y * (double)box.top;
    for (int64_t i = 0; i < contours[count]; i++) {
        points[2 * i] = all->points[2 * (start + i)] - left;
        points[2 * i + 1] = all->points[2 * (start + i) + 1] - top;
    }
    int64_t width = hf_box_width(box), height = hf_box_height(box);
    const int64_t paths[2] = {0, count};
    const double white[3] = {1.0, 1.0, 1.0}, black[3] = {0.0, 0.0, 0.0}, one[1] = {1.0};
    const Scene scene = {
        .path_count = 1, .points = points, .contours = contours, .paths = paths, .colors = white, .opacities = one,
        .hiding = one, .evenodd = all->evenodd + path, .background = black,
        .scale_x = (double)width / ((double)width * all->unit_x),
        .scale_y = (double)height / ((double)height * all->unit_y),
    };
    Pass pass = {.image = image};
    Renderer *renderer = hf_renderer_new(width, height, false, 1, all->tolerance, all->winding_penalty);
    bool done = renderer != NULL && hf_renderer_pass(renderer, &scene, &pass) == 0;
    hf_renderer_free(renderer);
    return done;
}

static void fill_path(void *context, int64_t path, int64_t rank) {
    Filling *job = context;
    const PathsToFill *all = job->paths;
    (void)rank;
    if (atomic_load_explicit(&job->failed, memory_order_relaxed)) return;
    Box box = job->boxes[path];
    int64_t first = all->paths[path], last = all->paths[path + 1];
    int64_t pixels = hf_box_width(box) * hf_box_height(box);
    double *points = hf_new(double, 2 * (all->contours[last] - all->contours[first]));
    int64_t *contours = hf_new(int64_t, last - first + 1);
    float *image = hf_new(float, 3 * pixels);
    bool have = points != NULL && contours != NULL && image != NULL;
    if (have && draw_alone(all, path, box, points, contours, image)) {
        uint8_t *filled = job->filled + job->offsets[path];
        for (int64_t at = 0; at < pixels; at++) filled[at] = image[at] > 0.5F;
    } else {
        atomic_store(&job->failed, true);
    }
    free(points);
    free(contours);
    free(image);
}

/* Mark the pixels of its box that each path covers by more than half. `boxes` [N] hold the paths; each begins in
 * `filled` where `offsets` [N] say. */
HF_EXPORT int64_t hf_fill_layers(const PathsToFill *paths, const Box *boxes, const int64_t *offsets, uint8_t *filled,
                                 int64_t threads) {
    Filling job = {paths, boxes, offsets, filled, false};
    hf_parallel(fill_path, &job, paths->count, threads);
    return atomic_load(&job.failed) ? HF_NO_MEMORY : 0;
}
