/* Pairs of paths that could merge. */
#include "refine/edits/merging.h"

#include "native/threads.h"
#include "refine/edits/bridges.h"

HF_INLINE Layers layers_of(const MergeScene *scene) {
    Layers layers = {scene->filled, scene->offsets, scene->boxes, scene->count};
    return layers;
}

/* The path in whose place a pair is painted: a structural one, or the upper one. */
HF_INLINE PathPair pair_of(const MergeScene *scene, const int64_t *paths) {
    PathPair pair = {paths[0], paths[1], paths[0] < scene->structural ? paths[0] : paths[1]};
    return pair;
}

/* --- costs --- */

/* Cost of each squared difference of colours that become one: as in Ward's criterion. */
HF_INLINE double shared_mass(const MergeScene *scene, int64_t low, int64_t high) {
    return scene->mass[low] * scene->mass[high] / (scene->mass[low] + scene->mass[high]);
}

/* Squared difference of the colours of two paths, as it is and with more weight on the chroma. */
static void color_difference(const MergeScene *scene, int64_t low, int64_t high, double *plain, double *seen) {
    const double *one = scene->colors + 3 * low, *other = scene->colors + 3 * high;
    double change[3] = {one[0] - other[0], one[1] - other[1], one[2] - other[2]};
    *plain = *seen = 0.0;
    for (int j = 0; j < 3; j++) {
        double component = 0.0;
        for (int i = 0; i < 3; i++) {
            double weight = 1.0 / 3.0 + scene->chroma * ((i == j ? 1.0 : 0.0) - 1.0 / 3.0);
            component += change[i] * weight;
        }
        *plain += change[j] * change[j];
        *seen += component * component;
    }
}

/* About what it costs that two paths get one fill: one colour, or one gradient. */
static double fill_cost(const MergeScene *scene, int64_t low, int64_t high) {
    if (scene->sums != NULL) return hf_gradient_cost(scene->sums, scene->errors, low, high);
    double plain, seen;
    color_difference(scene, low, high, &plain, &seen);
    return seen * shared_mass(scene, low, high);
}

/* What the difference in hue of two paths costs beyond the squared error. */
static double hue_cost(const MergeScene *scene, int64_t low, int64_t high) {
    double plain, seen;
    color_difference(scene, low, high, &plain, &seen);
    return (seen - plain) * shared_mass(scene, low, high);
}

static bool is_near(Box one, Box other, int64_t reach) {
    int64_t across = hf_max_int(one.left, other.left) - hf_min_int(one.right, other.right);
    int64_t down = hf_max_int(one.top, other.top) - hf_min_int(one.bottom, other.bottom);
    return hf_max_int(across, down) <= reach;
}

/* Write the pairs [M, 2] of paths near each other for which one fill costs less than `limit`; return how many. `pairs`
 * may be NULL. `plain` [N] are the paths that may merge; of two structural ones neither does. */
HF_EXPORT int64_t hf_similar_pairs(const MergeScene *scene, const bool *plain, double limit, int64_t *pairs) {
    int64_t found = 0;
    for (int64_t low = 0; low < scene->count; low++) {
        if (!plain[low]) continue;
        for (int64_t high = hf_max_int(low + 1, scene->structural); high < scene->count; high++) {
            if (!plain[high] || !is_near(scene->boxes[low], scene->boxes[high], scene->reach)) continue;
            if (!(fill_cost(scene, low, high) < limit)) continue;
            if (pairs != NULL) {
                pairs[2 * found] = low;
                pairs[2 * found + 1] = high;
            }
            found++;
        }
    }
    return found;
}

/* --- masks --- */

typedef struct {
    BridgeScratch bridges;
    uint8_t *near, *state; /* [H, W], what is in the pixels of a window, and of the box of a mask */
    int32_t *beneath;      /* [H, W], what shows there without the pair */
    bool *inside;          /* [H, W] */
} Scratch;

static void free_scratch(Scratch *scratch, int64_t threads) {
    for (int64_t rank = 0; scratch != NULL && rank < threads; rank++) {
        hf_free_bridges(&scratch[rank].bridges);
        free(scratch[rank].near);
        free(scratch[rank].state);
        free(scratch[rank].beneath);
        free(scratch[rank].inside);
    }
    free(scratch);
}

static Scratch *new_scratch(const MergeScene *scene, int64_t threads) {
    Scratch *scratch = hf_zeros(Scratch, threads);
    int64_t count = scene->height * scene->width;
    for (int64_t rank = 0; scratch != NULL && rank < threads; rank++) {
        Scratch *own = &scratch[rank];
        bool have = hf_new_bridges(&own->bridges, scene->width, scene->height);
        own->near = hf_new(uint8_t, count);
        own->state = hf_new(uint8_t, count);
        own->beneath = hf_new(int32_t, count);
        own->inside = hf_new(bool, count);
        if (!have || own->near == NULL || own->state == NULL || own->beneath == NULL || own->inside == NULL) {
            free_scratch(scratch, threads);
            return NULL;
        }
    }
    return scratch;
}

/* Share of what shows of a path that lies inside. `top` is what shows in a box, in rows `stride` apart, of which
 * `inside` [h, w] marks pixels; the path shows nowhere but in the part. */
static double kept_share(const int32_t *top, int64_t stride, Box box, const bool *inside, Box part, int64_t path) {
    int64_t shows = 0, remains = 0;
    for (int64_t y = part.top; y < part.bottom; y++) {
        const int32_t *row = top + (y - box.top) * stride - box.left;
        const bool *marks = inside + (y - box.top) * hf_box_width(box) - box.left;
        for (int64_t x = part.left; x < part.right; x++) {
            shows += row[x] == path;
            remains += row[x] == path && marks[x];
        }
    }
    return (double)remains / (double)hf_max_int(shows, 1);
}

/* Write what two paths would fill as one to `own->inside` [h, w], and what shows beneath; return whether a hidden
 * bridge joins them, and most of what shows of them remains. */
static bool build_mask(const MergeScene *scene, PathPair pair, Box *box, Scratch *own) {
    Layers layers = layers_of(scene);
    Box low = scene->boxes[pair.low], high = scene->boxes[pair.high];
    int64_t low_area = hf_box_width(low) * hf_box_height(low), high_area = hf_box_width(high) * hf_box_height(high);
    int64_t small = low_area <= high_area ? pair.low : pair.high, large = pair.low + pair.high - small;
    Box window = hf_box_padded(scene->boxes[small], scene->around, scene->width, scene->height);
    int64_t width = hf_box_width(window), height = hf_box_height(window);
    const int32_t *top = scene->shows + window.top * scene->width + window.left;
    hf_find_free(&layers, scene->shows, scene->width, pair, window, own->beneath, own->near);
    int64_t end = hf_build_bridge(own->near, top, scene->width, height, width, (int32_t)small, (int32_t)large,
                                  scene->reach, scene->thickness, &own->bridges);
    if (end < 0) return false;
    *box = hf_box_around(window, hf_box_around(low, high));
    int64_t wide = hf_box_width(*box), shift = (window.top - box->top) * wide + window.left - box->left;
    hf_find_free(&layers, scene->shows, scene->width, pair, *box, own->beneath, own->state);
    for (int64_t y = 0; y < height; y++) memcpy(own->state + shift + y * wide, own->near + y * width, (size_t)width);
    int64_t start = shift + end / width * wide + end % width;
    hf_fill_mask(own->state, hf_box_height(*box), wide, start, own->inside, &own->bridges);
    const int32_t *shows = scene->shows + box->top * scene->width + box->left;
    return kept_share(shows, scene->width, *box, own->inside, low, pair.low) >= scene->least_kept &&
           kept_share(shows, scene->width, *box, own->inside, high, pair.high) >= scene->least_kept;
}

/* Increase of the weighted squared error when a merged path of colour `mean` takes the place of `kept`. `top` is what
 * shows now in a box, in rows `stride` apart; `inside` and `beneath` are of it [h, w]. */
static double squared_increase(const MergeScene *scene, const double mean[3], int64_t kept, Box box, const int32_t *top,
                               int64_t stride, const bool *inside, const int32_t *beneath) {
    const int64_t plane = scene->height * scene->width;
    const double *background = scene->colors + 3 * scene->count;
    double total = 0.0;
    for (int64_t y = box.top; y < box.bottom; y++, top += stride) {
        for (int64_t x = box.left; x < box.right; x++, inside++, beneath++) {
            int64_t at = y * scene->width + x;
            int32_t shows = top[x - box.left];
            bool covers = *inside && *beneath < kept;
            if (!covers && *beneath == shows) continue; /* nothing changes */
            const double *then = covers ? mean : *beneath < 0 ? background : scene->colors + 3 * *beneath;
            const double *now = shows < 0 ? background : scene->colors + 3 * shows;
            double more = 0.0;
            for (int64_t c = 0; c < 3; c++) {
                double wanted = (double)scene->target[c * plane + at];
                double after = then[c] - wanted, before = now[c] - wanted;
                more += after * after - before * before;
            }
            total += more * (double)scene->weight[at];
        }
    }
    return total;
}

typedef struct {
    const MergeScene *scene;
    const int64_t *pairs;
    double *costs;
    Scratch *scratch;
} Search;

static void judge_pair(void *context, int64_t item, int64_t rank) {
    const Search *job = context;
    const MergeScene *scene = job->scene;
    Scratch *own = &job->scratch[rank];
    PathPair pair = pair_of(scene, job->pairs + 2 * item);
    double *costs = job->costs + 2 * item;
    Box box;
    costs[0] = INFINITY;
    costs[1] = 0.0;
    if (!build_mask(scene, pair, &box, own)) return;
    if (scene->sums != NULL) {
        costs[0] = hf_gradient_cost(scene->sums, scene->errors, pair.low, pair.high);
        return;
    }
    double low = scene->mass[pair.low], high = scene->mass[pair.high], mean[3];
    for (int c = 0; c < 3; c++)
        mean[c] = (scene->colors[3 * pair.low + c] * low + scene->colors[3 * pair.high + c] * high) / (low + high);
    costs[1] = hue_cost(scene, pair.low, pair.high);
    const int32_t *top = scene->shows + box.top * scene->width + box.left;
    costs[0] = costs[1] + squared_increase(scene, mean, pair.kept, box, top, scene->width, own->inside, own->beneath);
}

/* Write for each pair [M, 2] about the increase of the squared error with the cost of hue if it merges, infinite where
 * it cannot; and that cost of hue beyond the squared error [M, 2]. */
HF_EXPORT int64_t hf_merge_costs(const MergeScene *scene, const int64_t *pairs, int64_t count, double *costs,
                                 int64_t threads) {
    threads = hf_clip_int(threads, 1, hf_max_int(count, 1));
    Search job = {scene, pairs, costs, new_scratch(scene, threads)};
    if (job.scratch == NULL) return HF_NO_MEMORY;
    hf_parallel(judge_pair, &job, count, threads);
    free_scratch(job.scratch, threads);
    return 0;
}

/* Write what a pair [2] that can merge would fill: a box, and which of its pixels [h, w] as the first of `inside` [H,
 * W]. Returns whether it can. */
HF_EXPORT int64_t hf_merge_mask(const MergeScene *scene, const int64_t *paths, Box *box, bool *inside) {
    Scratch *scratch = new_scratch(scene, 1);
    if (scratch == NULL) return HF_NO_MEMORY;
    bool found = build_mask(scene, pair_of(scene, paths), box, scratch);
    if (found) memcpy(inside, scratch->inside, (size_t)(hf_box_width(*box) * hf_box_height(*box)) * sizeof *inside);
    free_scratch(scratch, 1);
    return found;
}

/* --- for the tests --- */

/* Lay a bridge in a box [h, w] of which `top` shows; see bridges.h. Returns one more than the place of its end, or 0.
 */
HF_EXPORT int64_t hf_bridge(uint8_t *state, const int32_t *top, int64_t height, int64_t width, int64_t small,
                            int64_t large, int64_t reach, int64_t thickness) {
    BridgeScratch scratch;
    int64_t status = HF_NO_MEMORY;
    if (hf_new_bridges(&scratch, width, height))
        status = 1 + hf_build_bridge(state, top, width, height, width, (int32_t)small, (int32_t)large, reach, thickness,
                                     &scratch);
    hf_free_bridges(&scratch);
    return status;
}

/* Fill a mask in a box [h, w]; see bridges.h. */
HF_EXPORT int64_t hf_mask(const uint8_t *state, int64_t height, int64_t width, int64_t start, bool *inside) {
    BridgeScratch scratch;
    bool have = hf_new_bridges(&scratch, width, height);
    if (have) hf_fill_mask(state, height, width, start, inside, &scratch);
    hf_free_bridges(&scratch);
    return have ? 0 : HF_NO_MEMORY;
}

HF_EXPORT double hf_kept_share(const bool *inside, const int32_t *top, int64_t height, int64_t width, int64_t path) {
    Box box = {0, 0, width, height};
    return kept_share(top, width, box, inside, box, path);
}

/* See squared_increase; of the scene only colours and photo matter. */
HF_EXPORT double hf_merge_increase(const MergeScene *scene, const double *mean, int64_t kept, const Box *box,
                                   const int32_t *top, const bool *inside, const int32_t *beneath) {
    return squared_increase(scene, mean, kept, *box, top, hf_box_width(*box), inside, beneath);
}
