/* Trials: which changes fit into one picture, and what they cost there. */
#include "native/threads.h"
#include "refine/edits/boxes.h"

static bool is_unoccupied(const int32_t *occupied, int64_t width, Box box, int32_t turn) {
    for (int64_t y = box.top; y < box.bottom; y++)
        for (int64_t x = box.left; x < box.right; x++)
            if (occupied[y * width + x] == turn) return false;
    return true;
}

/* Give each candidate a turn so that boxes of one turn do not overlap; return how many turns there are. `boxes` and
 * `turns` [K] are those of all changes, `candidates` [M] the changes to try, the first ones first. `turns` are -1 at
 * first, as is `occupied` [H, W], which is scratch memory. */
HF_EXPORT int64_t hf_group_changes(const Box *boxes, const int64_t *candidates, int64_t count, int32_t *occupied,
                                   int64_t width, int64_t *turns) {
    int64_t left = count, turn = 0;
    for (; left > 0; turn++) {
        for (int64_t i = 0; i < count; i++) {
            Box box = boxes[candidates[i]];
            if (turns[candidates[i]] >= 0 || !is_unoccupied(occupied, width, box, (int32_t)turn)) continue;
            for (int64_t y = box.top; y < box.bottom; y++)
                for (int64_t x = box.left; x < box.right; x++) occupied[y * width + x] = (int32_t)turn;
            turns[candidates[i]] = turn;
            left--;
        }
    }
    return turn;
}

typedef struct {
    const float *now, *then, *target, *weight;
    int64_t width, height;
    const Box *boxes;
    const int64_t *tried;
    double *increases;
} Comparison;

/* Errors are compared so many pixels at a time: the differences by vectors, their sum one after the other. */
#define TOGETHER 64

static void compare_box(void *context, int64_t item, int64_t rank) {
    const Comparison *job = context;
    (void)rank;
    Box box = job->boxes[job->tried[item]];
    int64_t plane = job->width * job->height;
    double total = 0.0, more[TOGETHER];
    for (int64_t y = box.top; y < box.bottom; y++) {
        for (int64_t from = box.left; from < box.right; from += TOGETHER) {
            int64_t at = y * job->width + from, count = hf_min_int(box.right - from, TOGETHER);
            const float *now = job->now + at, *then = job->then + at, *target = job->target + at;
            for (int64_t i = 0; i < count; i++) {
                more[i] = 0.0;
                for (int64_t c = 0; c < 3; c++) {
                    float before = now[c * plane + i] - target[c * plane + i];
                    float after = then[c * plane + i] - target[c * plane + i];
                    more[i] += (double)(after * after - before * before);
                }
                more[i] *= (double)job->weight[at + i];
            }
            for (int64_t i = 0; i < count; i++) total += more[i];
        }
    }
    job->increases[job->tried[item]] = total;
}

/* Write by how much the weighted squared error of the picture `then` is larger than that of `now`, box by box. Pictures
 * and target are [3, H, W]; `tried` [M] are the boxes to look at, of which each gets its own of `increases`. */
HF_EXPORT void hf_compare_errors(const float *now, const float *then, const float *target, const float *weight,
                                 int64_t width, int64_t height, const Box *boxes, const int64_t *tried, int64_t count,
                                 double *increases, int64_t threads) {
    Comparison job = {now, then, target, weight, width, height, boxes, tried, increases};
    hf_parallel(compare_box, &job, count, threads);
}
