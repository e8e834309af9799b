/* Leaves moved between connected groups while that lowers the weighted squared error. */
#include "native/core.h"

/* Leaves: weights [N], all positive, weighted mean colours [N, 3], and the leaves adjacent to leaf i,
 * neighbours[starts[i]] to neighbours[starts[i + 1] - 1]. */
typedef struct {
    const double *mass, *color;
    const int64_t *starts, *neighbours;
    int64_t count;
} Leaves;

/* The group of each leaf, and weight, mean colour and number of leaves of each group. */
typedef struct {
    int64_t *group;
    double *totals, *means;
    int64_t *members;
} Groups;

/* Leaves to visit, and by which search each was seen last. */
typedef struct {
    int64_t *queue, *seen, mark;
} Search;

/* Whether the rest of a leaf's group holds together without it. */
static bool stays_connected(const Leaves *leaves, const int64_t *group, int64_t leaf, Search *search) {
    int64_t own = group[leaf], head = 0, tail = 0, begin = leaves->starts[leaf], end = leaves->starts[leaf + 1];
    search->mark++;
    for (int64_t k = begin; k < end && tail == 0; k++) {
        if (group[leaves->neighbours[k]] != own) continue;
        search->queue[tail++] = leaves->neighbours[k];
        search->seen[leaves->neighbours[k]] = search->mark;
    }
    while (head < tail) {
        int64_t at = search->queue[head++];
        for (int64_t k = leaves->starts[at]; k < leaves->starts[at + 1]; k++) {
            int64_t other = leaves->neighbours[k];
            if (other == leaf || group[other] != own || search->seen[other] == search->mark) continue;
            search->seen[other] = search->mark;
            search->queue[tail++] = other;
        }
    }
    for (int64_t k = begin; k < end; k++) {
        int64_t other = leaves->neighbours[k];
        if (group[other] == own && search->seen[other] != search->mark) return false;
    }
    return true;
}

/* Increase of the squared error as a leaf joins a group (negative mass: minus the decrease as it leaves). */
static double loss_increase(double mass, const double *color, double total, const double *mean) {
    double squared = 0.0;
    for (int c = 0; c < 3; c++) squared += (color[c] - mean[c]) * (color[c] - mean[c]);
    return squared * mass * total / (mass + total);
}

/* Let a leaf join a group (or leave it: a negative mass). */
static void shift(Groups *groups, int64_t group, double mass, const double *color) {
    double part = mass / (groups->totals[group] + mass), *mean = groups->means + 3 * group;
    for (int c = 0; c < 3; c++) mean[c] += part * (color[c] - mean[c]);
    groups->totals[group] += mass;
    groups->members[group] += mass > 0.0 ? 1 : -1;
}

/* The neighbouring group that takes a leaf best, if that lowers the error by more than `least`; -1 if none does. */
static int64_t best_group(const Leaves *leaves, const Groups *groups, int64_t leaf, double least) {
    int64_t own = groups->group[leaf], best = -1;
    double best_gain = least, mass = leaves->mass[leaf];
    const double *color = leaves->color + 3 * leaf;
    double decrease = -loss_increase(-mass, color, groups->totals[own], groups->means + 3 * own);
    for (int64_t k = leaves->starts[leaf]; k < leaves->starts[leaf + 1]; k++) {
        int64_t other = groups->group[leaves->neighbours[k]];
        if (other == own) continue;
        double gain = decrease - loss_increase(mass, color, groups->totals[other], groups->means + 3 * other);
        if (gain > best_gain) {
            best = other;
            best_gain = gain;
        }
    }
    return best;
}

/* Move each leaf once, in order, where it may go; return the number of moves. */
static int64_t move_leaves(const Leaves *leaves, Groups *groups, Search *search, double least) {
    int64_t moves = 0;
    for (int64_t i = 0; i < leaves->count; i++) {
        int64_t own = groups->group[i];
        if (groups->members[own] == 1) continue;
        int64_t best = best_group(leaves, groups, i, least);
        if (best < 0 || !stays_connected(leaves, groups->group, i, search)) continue;
        shift(groups, own, -leaves->mass[i], leaves->color + 3 * i);
        shift(groups, best, leaves->mass[i], leaves->color + 3 * i);
        groups->group[i] = best;
        moves++;
    }
    return moves;
}

/* Move leaves to the neighbouring group that takes them best, in place; return the number of moves, or HF_NO_MEMORY.
 *
 * A leaf moves if that lowers the error by more than `least` and leaves its group connected and not empty. Ends after a
 * pass without a move, or `passes`. */
HF_EXPORT int64_t hf_reassign(const double *mass, const double *color, int64_t *group, const int64_t *starts,
                              const int64_t *neighbours, int64_t count, double least, int64_t passes) {
    int64_t group_count = 1, moves = HF_NO_MEMORY;
    for (int64_t i = 0; i < count; i++) group_count = hf_max_int(group_count, group[i] + 1);
    Leaves leaves = {mass, color, starts, neighbours, count};
    Groups groups = {group, hf_zeros(double, group_count), hf_zeros(double, 3 * group_count),
                     hf_zeros(int64_t, group_count)};
    Search search = {hf_new(int64_t, count), hf_zeros(int64_t, count), 0};
    if (groups.totals != NULL && groups.means != NULL && groups.members != NULL && search.queue != NULL &&
        search.seen != NULL) {
        for (int64_t i = 0; i < count; i++) shift(&groups, group[i], mass[i], color + 3 * i);
        moves = 0;
        for (int64_t pass = 0; pass < passes; pass++) {
            int64_t made = move_leaves(&leaves, &groups, &search, least);
            moves += made;
            if (made == 0) break;
        }
    }
    free(groups.totals);
    free(groups.means);
    free(groups.members);
    free(search.queue);
    free(search.seen);
    return moves;
}
