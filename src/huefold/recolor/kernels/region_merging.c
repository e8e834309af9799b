/* Neighbouring regions merged greedily, cheapest first. */
#include "native/core.h"

/* Regions while they merge: colours [N, 3], weights [N], and the palette colour that each uses most [N]. */
typedef struct {
    double *color, *mass;
    int64_t *entry;
    double tolerance;
    bool by_color;
} Merging;

/* Neighbours, in their first order: both regions, cost of their merge (infinite where it may not be), and squared
 * distance of their colours. */
typedef struct {
    int64_t *first, *second;
    double *cost, *squared;
    int64_t count;
} Candidates;

static void weigh_edge(const Merging *m, Candidates *edges, int64_t e) {
    int64_t i = edges->first[e], j = edges->second[e];
    double squared = 0.0;
    for (int c = 0; c < 3; c++) {
        double difference = m->color[3 * i + c] - m->color[3 * j + c];
        squared += difference * difference;
    }
    double total = m->mass[i] + m->mass[j], cost = squared;
    if (!m->by_color) cost = total > 0.0 ? squared * m->mass[i] * m->mass[j] / total : 0.0;
    if (m->entry[i] != m->entry[j] && squared > m->tolerance * m->tolerance) cost = INFINITY;
    edges->cost[e] = cost;
    edges->squared[e] = squared;
}

/* The cheapest edge, of equal ones that of least distance, of these the first; -1 for none. */
static int64_t cheapest(const Candidates *edges) {
    int64_t best = -1;
    double cost = INFINITY, squared = INFINITY;
    for (int64_t e = 0; e < edges->count; e++) {
        if (edges->cost[e] > cost) continue;
        if (edges->cost[e] < cost || (edges->cost[e] == cost && edges->squared[e] < squared && cost < INFINITY)) {
            best = e;
            cost = edges->cost[e];
            squared = edges->squared[e];
        }
    }
    return best;
}

/* Let `keep` take over from `drop`: mean colour by weight, and the palette colour of the heavier. */
static void merge(Merging *m, int64_t keep, int64_t drop) {
    double total = m->mass[keep] + m->mass[drop], part = total > 0.0 ? m->mass[drop] / total : 0.5;
    for (int c = 0; c < 3; c++) m->color[3 * keep + c] += part * (m->color[3 * drop + c] - m->color[3 * keep + c]);
    if (m->mass[drop] > m->mass[keep]) m->entry[keep] = m->entry[drop];
    m->mass[keep] = total;
}

/* Let the edges of `drop` be those of `keep`, without those between both, and weigh them anew. */
static void take_over_edges(const Merging *m, Candidates *edges, int64_t keep, int64_t drop) {
    int64_t left = 0;
    for (int64_t e = 0; e < edges->count; e++) {
        int64_t i = edges->first[e] == drop ? keep : edges->first[e];
        int64_t j = edges->second[e] == drop ? keep : edges->second[e];
        if (i == j) continue;
        edges->first[left] = i;
        edges->second[left] = j;
        edges->cost[left] = edges->cost[e];
        edges->squared[left] = edges->squared[e];
        if (i == keep || j == keep) weigh_edge(m, edges, left);
        left++;
    }
    edges->count = left;
}

/* Merge candidates cheapest first, at most `most`; return how many pairs [most, 2] (kept, absorbed) and costs were
 * written, or HF_NO_MEMORY. Colours, weights and entries change: a merged region has the lower number. */
HF_EXPORT int64_t hf_greedy_merges(double *color, double *mass, int64_t *entry, const int64_t *edges,
                                   int64_t edge_count, double tolerance, bool by_color, int64_t most, int64_t *pairs,
                                   double *costs) {
    Merging merging = {color, mass, entry, tolerance, by_color};
    Candidates left = {hf_new(int64_t, edge_count), hf_new(int64_t, edge_count), hf_new(double, edge_count),
                       hf_new(double, edge_count), 0};
    int64_t merges = HF_NO_MEMORY;
    if (left.first != NULL && left.second != NULL && left.cost != NULL && left.squared != NULL) {
        for (int64_t e = 0; e < edge_count; e++) {
            if (edges[2 * e] == edges[2 * e + 1]) continue;
            left.first[left.count] = edges[2 * e];
            left.second[left.count] = edges[2 * e + 1];
            weigh_edge(&merging, &left, left.count++);
        }
        for (merges = 0; merges < most; merges++) {
            int64_t best = cheapest(&left);
            if (best < 0) break;
            int64_t keep = hf_min_int(left.first[best], left.second[best]);
            int64_t drop = hf_max_int(left.first[best], left.second[best]);
            pairs[2 * merges] = keep;
            pairs[2 * merges + 1] = drop;
            costs[merges] = left.cost[best];
            merge(&merging, keep, drop);
            take_over_edges(&merging, &left, keep, drop);
        }
    }
    free(left.first);
    free(left.second);
    free(left.cost);
    free(left.squared);
    return merges;
}
