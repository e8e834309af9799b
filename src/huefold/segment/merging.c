/* Merging of regions: pairs in a given order, or the cheapest first by an indexed heap. */
#include "segment/powers.h"
#include "native/sets.h"

/* Regions as they are merged, and the exponent of the size factor. */
typedef struct {
    double *nodes; /* [N, 1 + F] pixels and mean features: what a cost depends on lies together */
    double *total; /* [N, F] sums of features */
    HfPowers powers;
} Regions;

HF_INLINE void update_node(Regions *regions, int64_t features, int64_t r, double area) {
    double *node = regions->nodes + r * (1 + features);
    node[0] = area;
    for (int64_t f = 0; f < features; f++) node[1 + f] = regions->total[r * features + f] / area;
}

static bool open_regions(Regions *regions, const double *area, double *total, int64_t count, int64_t features,
                         double power) {
    regions->total = total;
    regions->nodes = hf_new(double, count * (1 + features));
    if (regions->nodes == NULL) return false;
    hf_prepare_powers(&regions->powers, power);
    for (int64_t r = 0; r < count; r++) update_node(regions, features, r, area[r]);
    return true;
}

/* Cost of joining two regions: (n_u n_v / (n_u + n_v))^size_power |mean_u - mean_v|^2. */
HF_INLINE double cost(const Regions *regions, int64_t features, int64_t u, int64_t v) {
    const double *a = regions->nodes + u * (1 + features), *b = regions->nodes + v * (1 + features);
    double distance = 0.0;
    for (int64_t f = 1; f <= features; f++) distance += (a[f] - b[f]) * (a[f] - b[f]);
    return hf_power_by_table(&regions->powers, a[0] * b[0] / (a[0] + b[0])) * distance;
}

/* Region v becomes part of region u. */
HF_INLINE void join(Regions *regions, int64_t features, int64_t u, int64_t v) {
    double area = regions->nodes[u * (1 + features)] + regions->nodes[v * (1 + features)];
    for (int64_t f = 0; f < features; f++) regions->total[u * features + f] += regions->total[v * features + f];
    update_node(regions, features, u, area);
}

/* --- pairs in a given order --- */

/* Pairs come from all over the picture: what they need is fetched so many pairs before. */
#define AHEAD 12

typedef struct {
    const int32_t *low, *high; /* [P] */
    const int64_t *order;      /* [P] */
    int64_t count;
} Pairs;

HF_INLINE void fetch_ahead(const Pairs *pairs, const Regions *regions, int64_t features, const int32_t *parent,
                           int64_t i) {
    if (i + 2 * AHEAD < pairs->count) {
        __builtin_prefetch(&pairs->low[pairs->order[i + 2 * AHEAD]]);
        __builtin_prefetch(&pairs->high[pairs->order[i + 2 * AHEAD]]);
    }
    if (i + AHEAD < pairs->count) {
        int32_t low = pairs->low[pairs->order[i + AHEAD]], high = pairs->high[pairs->order[i + AHEAD]];
        __builtin_prefetch(&parent[low]);
        __builtin_prefetch(&parent[high]);
        __builtin_prefetch(&regions->nodes[low * (1 + features)]);
        __builtin_prefetch(&regions->nodes[high * (1 + features)]);
    }
}

HF_INLINE void merge_in_order(Regions *regions, int64_t features, const Pairs *pairs, double most, int32_t *parent) {
    for (int64_t i = 0; i < pairs->count; i++) {
        fetch_ahead(pairs, regions, features, parent, i);
        int32_t u = hf_top(parent, pairs->low[pairs->order[i]]), v = hf_top(parent, pairs->high[pairs->order[i]]);
        if (u == v || cost(regions, features, u, v) > most) continue;
        int32_t upper = u < v ? u : v, lower = u < v ? v : u;
        parent[lower] = upper;
        join(regions, features, upper, lower);
    }
}

/* Merge pairs of regions [P] in the order [P] of their indices, each if its cost at that moment is at most `most`.
 *
 * `area` [N] and `total` [N, F]: pixels and feature sums, of which the second are overwritten. `parent` [N] is written;
 * a parent never has a higher number than its child. */
HF_EXPORT int64_t hf_merge_alike(const double *area, double *total, int64_t count, int64_t features, const int32_t *low,
                                 const int32_t *high, const int64_t *order, int64_t pairs, double power, double most,
                                 int32_t *parent) {
    Regions regions;
    if (!open_regions(&regions, area, total, count, features, power)) return HF_NO_MEMORY;
    for (int64_t r = 0; r < count; r++) parent[r] = (int32_t)r;
    Pairs given = {low, high, order, pairs};
    if (features == 3)
        merge_in_order(&regions, 3, &given, most, parent);
    else
        merge_in_order(&regions, features, &given, most, parent);
    free(regions.nodes);
    return 0;
}

/* Merge pairs of regions [P] below `count`. */
HF_EXPORT void hf_merge_pairs(const int32_t *restrict first, const int32_t *restrict second, int64_t pairs,
                              int64_t count, int32_t *restrict parent) {
    for (int64_t r = 0; r < count; r++) parent[r] = (int32_t)r;
    for (int64_t k = 0; k < pairs; k++) {
        int32_t u = hf_top(parent, first[k]), v = hf_top(parent, second[k]);
        parent[u < v ? v : u] = u < v ? u : v;
    }
}

/* --- edges, and a heap of them --- */

/* What a visit to an edge needs lies together. Each edge is in the chains of both regions that it joins. */
typedef struct {
    double cost;          /* below 0 once the edge is gone */
    double key;           /* in the heap */
    int32_t end[2];       /* the regions */
    int32_t following[2]; /* the next half-edge in each region's chain, or -1; edge e has half-edges 2 e and 2 e + 1 */
} Edge;

#define GONE (-1.0)

typedef struct {
    double key;
    int32_t edge;
} Entry;

/* The edge of the lowest key is at the top, the one of the lowest number among equals.
 *
 * Keys are lower bounds of costs: while regions grow, costs mostly rise, and an edge moves down only once it is at the
 * top and its cost is above its key. So the edge that is merged is the cheapest all the same. */
typedef struct {
    Edge *edges;    /* [E] */
    Entry *entries; /* four children each, which share a line of the cache */
    int32_t *place; /* [E] of each edge in the heap */
    int64_t size;
    void *memory;
} Heap;

#define CHILDREN 4
#define LINE 64

static bool open_heap(Heap *heap, int64_t edges) {
    heap->edges = hf_new(Edge, edges);
    heap->place = hf_new(int32_t, edges);
    heap->memory = hf_new(Entry, edges + 2 * CHILDREN);
    heap->size = edges;
    if (heap->edges == NULL || heap->place == NULL || heap->memory == NULL) return false;
    Entry *line = (Entry *)(((uintptr_t)heap->memory + LINE - 1) / LINE * LINE);
    heap->entries = line + CHILDREN - 1; /* the children of k are at 4 k + 1: there a line starts */
    return true;
}

static void close_heap(Heap *heap) {
    free(heap->edges);
    free(heap->place);
    free(heap->memory);
}

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

static void remove_top(Heap *heap) {
    heap->size--;
    if (heap->size > 0) sift_down(heap, 0, heap->entries[heap->size]);
}

/* Return the cheapest edge, or -1 if there is none. */
static int32_t cheapest(Heap *heap) {
    while (heap->size > 0) {
        int32_t top = heap->entries[0].edge;
        Edge *edge = &heap->edges[top];
        if (edge->cost < 0.0) {
            remove_top(heap);
        } else if (edge->cost > edge->key) {
            edge->key = edge->cost;
            sift_down(heap, 0, (Entry){edge->key, top});
        } else {
            return top;
        }
    }
    return -1;
}

/* --- cheapest first --- */

/* For each region the chain of half-edges that end in it. */
typedef struct {
    int32_t *first, *last; /* [N] */
    int32_t *stamp;        /* [N] the merge in which an edge last led here */
} Chains;

static bool open_chains(Chains *chains, Edge *edges, const int32_t *end, int64_t half_edges, int64_t regions) {
    chains->first = hf_new(int32_t, 3 * regions);
    if (chains->first == NULL) return false;
    chains->last = chains->first + regions;
    chains->stamp = chains->last + regions;
    for (int64_t r = 0; r < regions; r++) chains->first[r] = chains->last[r] = chains->stamp[r] = -1;
    for (int64_t h = 0; h < half_edges; h++) {
        int32_t r = end[h], last = chains->last[r];
        edges[h >> 1].end[h & 1] = r;
        edges[h >> 1].following[h & 1] = -1;
        if (last < 0)
            chains->first[r] = (int32_t)h;
        else
            edges[last >> 1].following[last & 1] = (int32_t)h;
        chains->last[r] = (int32_t)h;
    }
    return true;
}

/* The half-edges of region v end in u, after those of u. */
static void append_chain(Chains *chains, Edge *edges, int32_t u, int32_t v) {
    for (int32_t h = chains->first[v]; h >= 0; h = edges[h >> 1].following[h & 1]) edges[h >> 1].end[h & 1] = u;
    edges[chains->last[u] >> 1].following[chains->last[u] & 1] = chains->first[v];
    chains->last[u] = chains->last[v];
}

/* Unlink the edges of region u that are gone and the second of double ones, and find the costs of the others; `mark` is
 * a number that no stamp has. */
HF_INLINE void update_edges(const Regions *regions, int64_t features, Chains *chains, Heap *heap, int32_t u,
                            int32_t mark) {
    int32_t last = -1, *link = &chains->first[u];
    for (int32_t h = *link, next; h >= 0; h = next) {
        Edge *edge = &heap->edges[h >> 1];
        int32_t other = edge->end[~h & 1];
        next = edge->following[h & 1];
        bool there = !(edge->cost < 0.0);
        if (there && chains->stamp[other] == mark) {
            edge->cost = GONE;
            there = false;
        }
        if (!there) continue;
        *link = h;
        link = &edge->following[h & 1];
        last = h;
        chains->stamp[other] = mark;
        edge->cost = cost(regions, features, u, other);
        if (edge->cost < edge->key) {
            edge->key = edge->cost;
            sift_up(heap, heap->place[h >> 1], (Entry){edge->key, h >> 1});
        }
    }
    *link = -1;
    chains->last[u] = last;
}

static void fill_heap(Heap *heap) {
    for (int64_t e = 0; e < heap->size; e++) {
        heap->edges[e].key = heap->edges[e].cost;
        put(heap, e, (Entry){heap->edges[e].key, (int32_t)e});
    }
    for (int64_t k = (heap->size - 2) / CHILDREN; k >= 0 && heap->size > 1; k--) sift_down(heap, k, heap->entries[k]);
}

HF_INLINE void merge_cheapest(Regions *regions, int64_t features, Chains *chains, Heap *heap, int64_t count,
                              int64_t target, int32_t *parent) {
    for (int64_t e = 0; e < heap->size; e++)
        heap->edges[e].cost = cost(regions, features, heap->edges[e].end[0], heap->edges[e].end[1]);
    fill_heap(heap);
    for (int64_t left = count; left > target;) {
        int32_t edge = cheapest(heap);
        if (edge < 0) return;
        int32_t a = heap->edges[edge].end[0], b = heap->edges[edge].end[1], u = a < b ? a : b, v = a < b ? b : a;
        remove_top(heap);
        heap->edges[edge].cost = GONE;
        parent[v] = u;
        left--;
        join(regions, features, u, v);
        append_chain(chains, heap->edges, u, v);
        update_edges(regions, features, chains, heap, u, (int32_t)left);
    }
}

/* Merge the cheapest neighbours, a pair at a time, until `target` regions are left; equal costs go by edge number.
 *
 * `area` [N], `total` [N, F]: pixels and feature sums, of which the second are overwritten; `end` [2 E]: the regions of
 * edge e at 2 e and 2 e + 1, no pair twice. `parent` [N] is written; a parent never has a higher number than its
 * child. */
HF_EXPORT int64_t hf_merge_regions(const double *area, double *total, int64_t count, int64_t features,
                                   const int32_t *end, int64_t edges, int64_t target, double power, int32_t *parent) {
    Regions regions = {0};
    Heap heap = {0};
    Chains chains = {0};
    int64_t status = HF_NO_MEMORY;
    if (open_heap(&heap, edges) && open_chains(&chains, heap.edges, end, 2 * edges, count) &&
        open_regions(&regions, area, total, count, features, power)) {
        for (int64_t r = 0; r < count; r++) parent[r] = (int32_t)r;
        if (features == 3)
            merge_cheapest(&regions, 3, &chains, &heap, count, target, parent);
        else
            merge_cheapest(&regions, features, &chains, &heap, count, target, parent);
        status = 0;
    }
    close_heap(&heap);
    free(chains.first);
    free(regions.nodes);
    return status;
}
