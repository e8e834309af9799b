/* Merging of regions: pairs in a given order, or the cheapest first by an indexed heap. */
#include "segment/powers.h"
#include "segment/sets.h"

/* Regions as they are merged, and the exponent of the size factor. */
typedef struct {
    double *area;  /* [N] pixels */
    double *total; /* [N, F] sums of features */
    double *mean;  /* [N, F] total / area, kept up to date */
    int64_t features;
    HfPowers powers;
} Regions;

static void update_mean(Regions *regions, int64_t r) {
    int64_t features = regions->features;
    for (int64_t f = 0; f < features; f++)
        regions->mean[r * features + f] = regions->total[r * features + f] / regions->area[r];
}

static bool open_regions(Regions *regions, double *area, double *total, int64_t count, int64_t features, double power) {
    regions->area = area;
    regions->total = total;
    regions->features = features;
    regions->mean = hf_new(double, count * features);
    if (!regions->mean) return false;
    hf_prepare_powers(&regions->powers, power);
    for (int64_t r = 0; r < count; r++) update_mean(regions, r);
    return true;
}

HF_INLINE double distance_of(const Regions *regions, int64_t u, int64_t v) {
    int64_t features = regions->features;
    const double *a = regions->mean + u * features, *b = regions->mean + v * features;
    double distance = 0.0;
    for (int64_t f = 0; f < features; f++) distance += (a[f] - b[f]) * (a[f] - b[f]);
    return distance;
}

HF_INLINE double size_of(const Regions *regions, int64_t u, int64_t v) {
    return regions->area[u] * regions->area[v] / (regions->area[u] + regions->area[v]);
}

/* Cost of joining two regions: (n_u n_v / (n_u + n_v))^size_power |mean_u - mean_v|^2. */
HF_INLINE double cost(const Regions *regions, int64_t u, int64_t v) {
    return hf_power_by_table(&regions->powers, size_of(regions, u, v)) * distance_of(regions, u, v);
}

/* Region v becomes part of region u. */
HF_INLINE void join(Regions *regions, int64_t u, int64_t v) {
    int64_t features = regions->features;
    regions->area[u] += regions->area[v];
    for (int64_t f = 0; f < features; f++) regions->total[u * features + f] += regions->total[v * features + f];
    update_mean(regions, u);
}

/* --- pairs in a given order --- */

/* Merge pairs of regions [P] in the order [P] of their indices, each if its cost at that moment is at most `most`.
 * `area` [N] and `total` [N, F] are overwritten; a parent never has a higher number than its child. */
HF_EXPORT int64_t hf_merge_alike(
    double *area, double *total, int64_t count, int64_t features, const int32_t *restrict low,
    const int32_t *restrict high, const int64_t *restrict order, int64_t pairs, double power, double most,
    int32_t *restrict parent
) {
    Regions regions;
    if (!open_regions(&regions, area, total, count, features, power)) return HF_NO_MEMORY;
    for (int64_t r = 0; r < count; r++) parent[r] = (int32_t)r;
    for (int64_t i = 0; i < pairs; i++) {
        int32_t u = hf_top(parent, low[order[i]]), v = hf_top(parent, high[order[i]]);
        if (u == v || cost(&regions, u, v) > most) continue;
        int32_t upper = u < v ? u : v, lower = u < v ? v : u;
        parent[lower] = upper;
        join(&regions, upper, lower);
    }
    free(regions.mean);
    return 0;
}

/* Merge pairs of regions [P] below `count`. */
HF_EXPORT void hf_merge_pairs(
    const int32_t *restrict first, const int32_t *restrict second, int64_t pairs, int64_t count, int32_t *restrict parent
) {
    for (int64_t r = 0; r < count; r++) parent[r] = (int32_t)r;
    for (int64_t k = 0; k < pairs; k++) {
        int32_t u = hf_top(parent, first[k]), v = hf_top(parent, second[k]);
        parent[u < v ? v : u] = u < v ? u : v;
    }
}

/* --- heap of edges --- */

typedef struct {
    double key;
    int32_t edge;
} Entry;

/* The cheapest edge is at the top, the one of the lower number among equals. Four children each: they share a line of the
 * cache, and the heap is half as deep. */
typedef struct {
    Entry *entries;
    int32_t *place; /* of each edge in the heap, or -1 */
    int64_t size;
} Heap;

#define CHILDREN 4

HF_INLINE bool before(Entry a, Entry b) { return a.key < b.key || (a.key == b.key && a.edge < b.edge); }

HF_INLINE void put(Heap *heap, int64_t k, Entry entry) {
    heap->entries[k] = entry;
    heap->place[entry.edge] = (int32_t)k;
}

static void sift_up(Heap *heap, int64_t k, Entry entry) {
    while (k > 0) {
        int64_t up = (k - 1) / CHILDREN;
        if (!before(entry, heap->entries[up])) break;
        put(heap, k, heap->entries[up]);
        k = up;
    }
    put(heap, k, entry);
}

static void sift_down(Heap *heap, int64_t k, Entry entry) {
    for (;;) {
        int64_t first = CHILDREN * k + 1, stop = hf_min_int(first + CHILDREN, heap->size), best = first;
        if (first >= heap->size) break;
        for (int64_t child = first + 1; child < stop; child++)
            if (before(heap->entries[child], heap->entries[best])) best = child;
        if (!before(heap->entries[best], entry)) break;
        put(heap, k, heap->entries[best]);
        k = best;
    }
    put(heap, k, entry);
}

/* Give place k to an entry, which moves up or down to where it belongs. */
static void settle(Heap *heap, int64_t k, Entry entry) {
    if (k > 0 && before(entry, heap->entries[(k - 1) / CHILDREN]))
        sift_up(heap, k, entry);
    else
        sift_down(heap, k, entry);
}

static void remove_edge(Heap *heap, int64_t edge) {
    int64_t k = heap->place[edge];
    heap->place[edge] = -1;
    heap->size--;
    if (k < heap->size) settle(heap, k, heap->entries[heap->size]);
}

/* --- cheapest first --- */

/* For each region the chain of half-edges that end in it. Half-edges 2 e and 2 e + 1 are the ends of edge e. */
typedef struct {
    int32_t *end;          /* [2 E] region of each half-edge */
    int32_t *first, *last; /* [N] */
    int32_t *following;    /* [2 E] */
    int32_t *stamp;        /* [N] the merge in which an edge last led here */
} Chains;

static void link_chains(Chains *chains, int64_t half_edges, int64_t regions) {
    for (int64_t r = 0; r < regions; r++) chains->first[r] = chains->last[r] = chains->stamp[r] = -1;
    for (int64_t h = 0; h < half_edges; h++) {
        int32_t r = chains->end[h];
        chains->following[h] = -1;
        if (chains->first[r] < 0)
            chains->first[r] = (int32_t)h;
        else
            chains->following[chains->last[r]] = (int32_t)h;
        chains->last[r] = (int32_t)h;
    }
}

/* The half-edges of region v end in u, after those of u. */
static void append_chain(Chains *chains, int32_t u, int32_t v) {
    for (int32_t h = chains->first[v]; h >= 0; h = chains->following[h]) chains->end[h] = u;
    chains->following[chains->last[u]] = chains->first[v];
    chains->last[u] = chains->last[v];
}

/* Unlink the dead edges of region u and the second of double ones; `mark` is a number that no stamp has. */
static void unlink_dead(Chains *chains, Heap *heap, int32_t u, int32_t mark) {
    int32_t previous = -1;
    for (int32_t h = chains->first[u]; h >= 0; h = chains->following[h]) {
        int32_t other = chains->end[h ^ 1];
        bool alive = heap->place[h >> 1] >= 0;
        if (alive && chains->stamp[other] == mark) {
            remove_edge(heap, h >> 1);
            alive = false;
        }
        if (alive) {
            chains->stamp[other] = mark;
            previous = h;
        } else if (previous < 0) {
            chains->first[u] = chains->following[h];
        } else {
            chains->following[previous] = chains->following[h];
        }
    }
    chains->last[u] = previous;
}

static void fill_heap(Heap *heap, const Regions *regions, const int32_t *end, int64_t edges) {
    heap->size = edges;
    for (int64_t e = 0; e < edges; e++) put(heap, e, (Entry){cost(regions, end[2 * e], end[2 * e + 1]), (int32_t)e});
    for (int64_t k = (edges - 2) / CHILDREN; k >= 0 && edges > 1; k--) sift_down(heap, k, heap->entries[k]);
}

static void merge_cheapest(Regions *regions, Chains *chains, Heap *heap, int64_t count, int64_t target, int32_t *parent) {
    for (int64_t left = count; left > target && heap->size > 0;) {
        int32_t edge = heap->entries[0].edge, a = chains->end[2 * edge], b = chains->end[2 * edge + 1];
        int32_t u = a < b ? a : b, v = a < b ? b : a;
        remove_edge(heap, edge);
        parent[v] = u;
        left--;
        join(regions, u, v);
        append_chain(chains, u, v);
        unlink_dead(chains, heap, u, (int32_t)left);
        for (int32_t h = chains->first[u]; h >= 0; h = chains->following[h]) {
            Entry entry = {cost(regions, u, chains->end[h ^ 1]), h >> 1};
            settle(heap, heap->place[h >> 1], entry);
        }
    }
}

/* Merge the cheapest neighbours, a pair at a time, until `target` regions are left; equal costs go by edge number.
 *
 * `area` [N], `total` [N, F]: pixels and feature sums; `end` [2 E]: the regions of edge e at 2 e and 2 e + 1, no pair
 * twice. All are overwritten. `parent` [N] is written; a parent never has a higher number than its child. */
HF_EXPORT int64_t hf_merge_regions(
    double *area, double *total, int64_t count, int64_t features, int32_t *end, int64_t edges, int64_t target, double power,
    int32_t *restrict parent
) {
    Regions regions = {0};
    Heap heap = {hf_new(Entry, edges), hf_new(int32_t, edges), 0};
    Chains chains = {
        end, hf_new(int32_t, count), hf_new(int32_t, count), hf_new(int32_t, 2 * edges), hf_new(int32_t, count),
    };
    int64_t status = HF_NO_MEMORY;
    if (heap.entries && heap.place && chains.first && chains.last && chains.following && chains.stamp &&
        open_regions(&regions, area, total, count, features, power)) {
        for (int64_t r = 0; r < count; r++) parent[r] = (int32_t)r;
        link_chains(&chains, 2 * edges, count);
        fill_heap(&heap, &regions, end, edges);
        merge_cheapest(&regions, &chains, &heap, count, target, parent);
        status = 0;
    }
    free(heap.entries);
    free(heap.place);
    free(chains.first);
    free(chains.last);
    free(chains.following);
    free(chains.stamp);
    free(regions.mean);
    return status;
}
