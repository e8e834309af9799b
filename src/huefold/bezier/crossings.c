/* The first two sides of a polygon that cross each other.
 *
 * The test of two sides says yes only where they do cross: it takes an area for 0 where rounding may have changed its
 * sign. So pairs that cannot cross may be left out. Sides are taken in runs that turn back neither in x nor in y. No
 * two sides of a run cross, nor any of two neighbouring runs that together do not turn back in x, or not in y. Runs
 * whose boxes are apart need no look at their sides, and groups of runs no look at their runs.
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

/* Ways that sides go; one whose ends are no numbers goes all of them. */
enum { RIGHT = 1, LEFT = 2, DOWN = 4, UP = 8 };

HF_INLINE int ways_of(double x, double y, double u, double v) {
    return !(u <= x) * RIGHT | !(u >= x) * LEFT | !(v <= y) * DOWN | !(v >= y) * UP;
}

/* Whether sides turn back in x, or in y. */
HF_INLINE bool turns_in_x(int ways) { return (ways & (RIGHT | LEFT)) == (RIGHT | LEFT); }
HF_INLINE bool turns_in_y(int ways) { return (ways & (DOWN | UP)) == (DOWN | UP); }

/* Cut a polygon into runs; return how many. A side whose ends are no numbers is a run of its own. */
static int64_t find_runs(const double *xs, const double *ys, int64_t count, SideRun *runs) {
    int64_t number = 0;
    for (int64_t first = 0, i = 0; first < count; first = i) {
        int ways = 0;
        double x = xs[first], y = ys[first];
        for (; i < count && i < first + LONGEST_RUN; i++) {
            int64_t next = i + 1 < count ? i + 1 : 0;
            double u = xs[next], v = ys[next];
            int wider = ways | ways_of(x, y, u, v);
            if ((turns_in_x(wider) || turns_in_y(wider)) && i > first) break;
            ways = wider;
            x = u;
            y = v;
        }
        runs[number++] = (SideRun){
            hf_min(xs[first], x), hf_min(ys[first], y), hf_max(xs[first], x), hf_max(ys[first], y), first, i, ways};
    }
    return number;
}

/* Put boxes around groups of runs; return how many groups. Coordinates that are no numbers are left out. */
static int64_t find_groups(const SideRun *runs, int64_t number, SideRun *groups) {
    int64_t count = 0;
    for (int64_t first = 0; first < number; first += GROUP) {
        SideRun group = {INFINITY, INFINITY, -INFINITY, -INFINITY, first, hf_min_int(first + GROUP, number), 0};
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
        SideRun side = {hf_min(ax, bx), hf_min(ay, by), hf_max(ax, bx), hf_max(ay, by), i, i + 1, 0};
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
                bool neighbours = other == r + 1 || (r == 0 && other == number - 1);
                int ways = runs[r].ways | runs[other].ways;
                if (neighbours && !(turns_in_x(ways) && turns_in_y(ways))) continue;
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
