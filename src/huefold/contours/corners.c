/* The corners of a chain of cracks (pixel edges). */
#include "contours/cracks.h"
#include "native/elementary.h"

#define ARM 7         /* cracks on each side of a vertex over which its turning angle is measured */
#define SHARPEST 1.05 /* radians; arms that turn by more than this are a corner */
#define BENT 0.45     /* pixels from an arm's line; arms with cracks further off are not straight */

/* A chain of n cracks: how each goes [n, 2], and its middle [n, 2]. */
typedef struct {
    const double *steps, *middles;
    int64_t n;
    bool closed;
} Chain;

/* Count equal steps from step `k` on (way 1) or back (way -1), up to `limit`. */
static int64_t straight_run(const Chain *chain, int64_t k, int64_t way, int64_t limit) {
    int64_t n = chain->n, length = 1;
    const double *first = chain->steps + 2 * hf_modulo(k, n);
    for (; length < limit; length++) {
        int64_t j = k + way * length;
        if (!chain->closed && (j < 0 || j >= n)) break;
        const double *step = chain->steps + 2 * hf_modulo(j, n);
        if (step[0] != first[0] || step[1] != first[1]) break;
    }
    return length;
}

/* Sine of the turn at vertex `k`; 0 at the ends of an open chain. */
static double turn_at(const Chain *chain, int64_t k) {
    if (!chain->closed && (k <= 0 || k >= chain->n)) return 0.0;
    const double *a = chain->steps + 2 * hf_modulo(k - 1, chain->n), *b = chain->steps + 2 * hf_modulo(k, chain->n);
    return a[0] * b[1] - a[1] * b[0];
}

/* Whether two straight runs meet at vertex `k`, or it ends the blunt tip of a thin straight bar. */
static bool is_square_corner(const Chain *chain, int64_t k, int64_t need) {
    double turn = turn_at(chain, k);
    if (turn == 0.0) return false;
    int64_t before = straight_run(chain, k - 1, -1, need), after = straight_run(chain, k, 1, need);
    if (before >= need && after >= need) return true;
    if (before < need && after < need) return false;
    int64_t far = before >= need ? k + after : k - before;
    if (turn_at(chain, far) != turn) return false;
    int64_t beyond = before >= need ? straight_run(chain, far, 1, need) : straight_run(chain, far - 1, -1, need);
    return beyond >= need;
}

/* Direction of the line of least squares through crack midpoints, and their largest distance to it. */
typedef struct {
    double x, y, bent;
} Arm;

static Arm find_arm(const Chain *chain, int64_t first) {
    double mx = 0.0, my = 0.0, sxx = 0.0, sxy = 0.0, syy = 0.0, at[ARM][2];
    for (int64_t j = 0; j < ARM; j++) {
        const double *middle = chain->middles + 2 * hf_modulo(first + j, chain->n);
        at[j][0] = middle[0];
        at[j][1] = middle[1];
        mx += middle[0] / ARM;
        my += middle[1] / ARM;
    }
    for (int64_t j = 0; j < ARM; j++) {
        double x = at[j][0] - mx, y = at[j][1] - my;
        sxx += x * x;
        sxy += x * y;
        syy += y * y;
    }
    Arm arm = {0.0, 0.0, 0.0};
    hf_sine_and_cosine(0.5 * hf_atan2(2.0 * sxy, sxx - syy), &arm.y, &arm.x);
    if (arm.x * (at[ARM - 1][0] - at[0][0]) + arm.y * (at[ARM - 1][1] - at[0][1]) < 0.0) {
        arm.x = -arm.x;
        arm.y = -arm.y;
    }
    for (int64_t j = 0; j < ARM; j++)
        arm.bent = hf_max(arm.bent, fabs(arm.x * (at[j][1] - my) - arm.y * (at[j][0] - mx)));
    return arm;
}

/* Angle between the arms at vertex `k` in radians; 0 where they are not straight or too short. */
static double sharpness(const Chain *chain, int64_t k) {
    int64_t n = chain->n;
    if (chain->closed ? n < 4 * ARM : (k < ARM || k > n - ARM)) return 0.0;
    Arm a = find_arm(chain, k - ARM);
    if (a.bent > BENT) return 0.0;
    Arm b = find_arm(chain, k);
    if (b.bent > BENT) return 0.0;
    /* Angles that differ by rounding alone are equal: of these the first is the corner. */
    return (double)(float)fabs(hf_atan2(a.x * b.y - a.y * b.x, a.x * b.x + a.y * b.y));
}

/* Whether the angle at vertex `k` is a corner, the sharpest one nearby with no other corner there. */
static bool is_peak(const double *angles, const bool *result, int64_t k, int64_t n, bool closed) {
    if (!(angles[k] > SHARPEST)) return false;
    for (int64_t j = -ARM; j <= ARM; j++) {
        int64_t i = closed ? hf_modulo(k + j, n) : hf_clip_int(k + j, 0, n);
        if (result[i] || !(angles[i] < angles[k] || (angles[i] == angles[k] && j >= 0))) return false;
    }
    return true;
}

/* Mark the vertices of a chain of `n` cracks that stay sharp: the fixed ones and, between eligible cracks, true
 * corners. `points` [n + 1, 2] (first = last if closed), `fixed` and `result` [n + 1], `eligible` [n]. */
HF_EXPORT int64_t hf_corners(const double *points, const bool *fixed, const bool *eligible, int64_t n, bool closed,
                             bool *result) {
    double *memory = hf_zeros(double, 5 * n + 1), *steps = memory, *middles = memory + 2 * n, *angles = memory + 4 * n;
    if (memory == NULL) return HF_NO_MEMORY;
    for (int64_t k = 0; k < 2 * n; k++) {
        steps[k] = points[k + 2] - points[k];
        middles[k] = 0.5 * (points[k + 2] + points[k]);
    }
    Chain chain = {steps, middles, n, closed};
    for (int64_t k = 0; k <= n; k++) result[k] = fixed[k];
    int64_t need = hf_min_int(4, hf_max_int(2, n / 8));
    for (int64_t k = 0; k <= n && n > 0; k++) {
        bool inner = closed || (0 < k && k < n);
        if (fixed[k] || !(inner && eligible[hf_modulo(k, n)] && eligible[hf_modulo(k - 1, n)])) continue;
        if ((closed && n <= 8 && turn_at(&chain, k) != 0.0) || is_square_corner(&chain, k, need))
            result[k] = true;
        else
            angles[k] = sharpness(&chain, k);
    }
    for (int64_t k = 0; k < n; k++)
        if (is_peak(angles, result, k, n, closed)) result[k] = true;
    if (closed) result[0] = result[n] = result[0] || result[n];
    free(memory);
    return 0;
}
