/* The first two sides of a polygon that cross each other.
 *
 * Sides are taken in runs that go one way in x and one way in y. Within a run no two sides cross: those that are not
 * neighbours have boxes apart, or touch at one point, where the test below says no. Runs whose boxes are apart need no
 * look at their sides, and groups of runs no look at their runs.
 */
#include "bezier/crossings.h"

#include "bezier/cubics.h"
#include "native/threads.h"

#define LONGEST_RUN 16 /* sides: a longer run has a larger box, which more others touch */
#define GROUP 16       /* runs */

/* Twice the signed area of a triangle, with rounding noise set to 0. */
HF_INLINE double turn(double ax, double ay, double bx, double by, double cx, double cy) {
    double left = (bx - ax) * (cy - ay), right = (by - ay) * (cx - ax);
    double area = left - right;
    return fabs(area) > 1e-12 * (fabs(left) + fabs(right)) ? area : 0.0;
}

/* Whether boxes have no point in common; false where one has no numbers. */
HF_INLINE bool apart(const SideRun *one, const SideRun *other) {
    return (other->high_x < one->low_x) | (other->low_x > one->high_x) | (other->high_y < one->low_y) |
           (other->low_y > one->high_y);
}

/* Cut a polygon into runs; return how many. A side whose ends are no numbers is a run of its own. */
static int64_t find_runs(const double *xs, const double *ys, int64_t count, SideRun *runs) {
    int64_t number = 0;
    for (int64_t first = 0, i = 0; first < count; first = i) {
        bool right = false, left = false, down = false, up = false;
        double x = xs[first], y = ys[first];
        for (; i < count && i < first + LONGEST_RUN; i++) {
            int64_t next = i + 1 < count ? i + 1 : 0;
            double u = xs[next], v = ys[next];
            right |= !(u <= x);
            left |= !(u >= x);
            down |= !(v <= y);
            up |= !(v >= y);
            if (((right & left) | (down & up)) && i > first) break;
            x = u;
            y = v;
        }
        runs[number++] = (SideRun){
            hf_min(xs[first], x), hf_min(ys[first], y), hf_max(xs[first], x), hf_max(ys[first], y), first, i,
        };
    }
    return number;
}

/* Put boxes around groups of runs; return how many groups. Coordinates that are no numbers are left out. */
static int64_t find_groups(const SideRun *runs, int64_t number, SideRun *groups) {
    int64_t count = 0;
    for (int64_t first = 0; first < number; first += GROUP) {
        SideRun group = {INFINITY, INFINITY, -INFINITY, -INFINITY, first, hf_min_int(first + GROUP, number)};
        for (int64_t r = first; r < group.last; r++) {
            group.low_x = hf_min(runs[r].low_x, group.low_x);
            group.low_y = hf_min(runs[r].low_y, group.low_y);
            group.high_x = hf_max(runs[r].high_x, group.high_x);
            group.high_y = hf_max(runs[r].high_y, group.high_y);
        }
        groups[count++] = group;
    }
    return count;
}

/* First pair with one side in run `one` and one in the later run `other`; sides from `limit` on are not wanted. */
static SidePair crossing_of_runs(const double *xs, const double *ys, int64_t count, const SideRun *one,
                                 const SideRun *other, int64_t limit) {
    for (int64_t i = one->first; i < hf_min_int(one->last, limit); i++) {
        double ax = xs[i], ay = ys[i], bx = xs[i + 1], by = ys[i + 1];
        SideRun side = {hf_min(ax, bx), hf_min(ay, by), hf_max(ax, bx), hf_max(ay, by), i, i + 1};
        if (apart(&side, other)) continue;
        int64_t last = i == 0 && other->last == count ? count - 1 : other->last;
        for (int64_t j = hf_max_int(other->first, i + 2); j < last; j++) {
            int64_t k = j + 1 < count ? j + 1 : 0;
            double cx = xs[j], cy = ys[j], dx = xs[k], dy = ys[k];
            if (hf_max(cx, dx) < side.low_x || hf_min(cx, dx) > side.high_x || hf_max(cy, dy) < side.low_y ||
                hf_min(cy, dy) > side.high_y)
                continue;
            if (turn(ax, ay, bx, by, cx, cy) * turn(ax, ay, bx, by, dx, dy) < 0.0 &&
                turn(cx, cy, dx, dy, ax, ay) * turn(cx, cy, dx, dy, bx, by) < 0.0)
                return (SidePair){i, j};
        }
    }
    return (SidePair){-1, -1};
}

SidePair hf_first_crossing(const double *xs, const double *ys, int64_t count, SideRun *scratch) {
    SideRun *runs = scratch;
    int64_t number = find_runs(xs, ys, count, runs);
    SideRun *groups = scratch + number;
    int64_t group_count = find_groups(runs, number, groups);
    for (int64_t r = 0; r + 1 < number; r++) {
        SidePair best = {-1, -1};
        int64_t limit = INT64_MAX;
        for (int64_t g = (r + 1) / GROUP; g < group_count; g++) {
            if (apart(&runs[r], &groups[g])) continue;
            for (int64_t other = hf_max_int(groups[g].first, r + 1); other < groups[g].last; other++) {
                if (apart(&runs[r], &runs[other])) continue;
                SidePair pair = crossing_of_runs(xs, ys, count, &runs[r], &runs[other], limit);
                if (pair.first >= 0) {
                    best = pair;
                    limit = pair.first;
                }
            }
        }
        if (best.first >= 0) return best;
    }
    return (SidePair){-1, -1};
}
