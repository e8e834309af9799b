/* Fits of one cubic to samples, in blocks of them. */
#include "bezier/one_curve.h"

#include "bezier/cubics.h"

#define BLOCK SAMPLE_BLOCK
#define STRAIGHT 0.5   /* of the tolerance: a chord that keeps to it is preferred to a curve */
#define STAIRCASE 0.36 /* pixels from a vertex of a diagonal staircase to the line through its midpoints */
#define ROUNDS 4       /* Newton reparametrisations before a cubic is given up; four times that for the final ones */

double hf_most_off_line(double tolerance) { return hf_min(tolerance, hf_max(STRAIGHT * tolerance, STAIRCASE)); }

/* Give samples parameters in proportion to the lengths of the chords; return the length of all. */
static double by_chords(const Samples *samples) {
    double *u = samples->parameters, arc = 0.0;
    u[0] = 0.0;
    for (int64_t k = 1; k < samples->count; k++) u[k] = arc = arc + samples->step[k];
    if (arc > 0.0)
        for (int64_t k = 0; k < samples->count; k++) u[k] /= arc;
    return arc;
}

/* Sums of the least squares, in lanes. */
typedef struct {
    double c00[BLOCK], c01[BLOCK], c11[BLOCK], x0[BLOCK], x1[BLOCK];
} Sums;

/* Add `count` samples of a block to the sums. */
HF_INLINE void add_to_sums(const Samples *samples, const FittedCurve *curve, int64_t first, int64_t count, Sums *sums) {
    const double *u = samples->parameters + first, *x = samples->x + first, *y = samples->y + first;
    const double *p = curve->points, *t = curve->tangents;
    for (int k = 0; k < BLOCK; k++) {
        double b[4];
        hf_bernstein(u[k], b);
        double b0 = b[0] + b[1], b3 = b[3] + b[2];
        double rx = x[k] - b0 * p[0] - b3 * p[6], ry = y[k] - b0 * p[1] - b3 * p[7];
        double b1 = k < count ? b[1] : 0.0, b2 = k < count ? b[2] : 0.0;
        sums->c00[k] += b1 * b1;
        sums->c01[k] += b1 * b2;
        sums->c11[k] += b2 * b2;
        sums->x0[k] += b1 * (rx * t[0] + ry * t[1]);
        sums->x1[k] -= b2 * (rx * t[2] + ry * t[3]);
    }
}

static double sum_of(const double lanes[BLOCK]) {
    return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

/* Lengths of the handles that bring the cubic closest to the samples; -1 where there are none. */
static void least_squares(const Samples *samples, const FittedCurve *curve, double lengths[2]) {
    const double *t = curve->tangents;
    Sums sums = {{0.0}, {0.0}, {0.0}, {0.0}, {0.0}};
    int64_t first = 0;
    for (; first + BLOCK <= samples->count; first += BLOCK) add_to_sums(samples, curve, first, BLOCK, &sums);
    if (first < samples->count) add_to_sums(samples, curve, first, samples->count - first, &sums);
    double c00 = sum_of(sums.c00), c11 = sum_of(sums.c11), x0 = sum_of(sums.x0), x1 = sum_of(sums.x1);
    double c01 = sum_of(sums.c01) * (t[0] * -t[2] + t[1] * -t[3]);
    double det = c00 * c11 - c01 * c01;
    bool none = det < 1e-12 * c00 * c11 || c00 == 0.0;
    lengths[0] = none ? -1.0 : (x0 * c11 - x1 * c01) / det;
    lengths[1] = none ? -1.0 : (x1 * c00 - x0 * c01) / det;
}

/* Place the inner control points, on the canvas; thirds of the chord where the lengths make no sense. */
static void place_handles(const Samples *samples, FittedCurve *curve, const double lengths[2], double arc) {
    double *p = curve->points, chord = hf_hypot(p[6] - p[0], p[7] - p[1]);
    double alpha = lengths[0], beta = lengths[1], canvas[2] = {samples->width, samples->height};
    if (!(0.02 * chord < alpha && alpha < arc) || !(0.02 * chord < beta && beta < arc)) alpha = beta = chord / 3.0;
    for (int c = 0; c < 2; c++) {
        p[2 + c] = hf_min(hf_max(p[c] + alpha * curve->tangents[c], 0.0), canvas[c]);
        p[4 + c] = hf_min(hf_max(p[6 + c] + beta * -curve->tangents[2 + c], 0.0), canvas[c]);
    }
}

/* Raise `worst` to the squares of distances in units of the tolerances, for `count` samples of a block. A Newton step
 * moves the parameters if asked. */
HF_INLINE void measure(const Samples *samples, const double px[4], const double py[4], int64_t first, int64_t count,
                       bool newton, double worst[BLOCK]) {
    double *restrict u = samples->parameters + first;
    const double *x = samples->x + first, *y = samples->y + first, *square = samples->square + first;
    for (int k = 0; k < BLOCK; k++) {
        double t = u[k];
        double ex = ((px[3] * t + px[2]) * t + px[1]) * t + px[0] - x[k];
        double ey = ((py[3] * t + py[2]) * t + py[1]) * t + py[0] - y[k];
        double off = (ex * ex + ey * ey) / square[k];
        worst[k] = k < count ? hf_max(worst[k], off) : worst[k];
        if (newton) {
            double vx = (3.0 * px[3] * t + 2.0 * px[2]) * t + px[1], vy = (3.0 * py[3] * t + 2.0 * py[2]) * t + py[1];
            double ax = 6.0 * px[3] * t + 2.0 * px[2], ay = 6.0 * py[3] * t + 2.0 * py[2];
            double bend = vx * vx + vy * vy + ex * ax + ey * ay;
            double moved = hf_min(1.0, hf_max(0.0, t - (ex * vx + ey * vy) / bend));
            u[k] = (k < count) & (bend > 1e-12) ? moved : t;
        }
    }
}

static double largest(const double worst[BLOCK]) {
    double most = worst[0];
    for (int k = 1; k < BLOCK; k++) most = hf_max(most, worst[k]);
    return sqrt(most);
}

/* Largest distance of samples to the curve, in units of the tolerance; less may be returned once it is above
 * `hopeless`. A Newton step moves the parameters if asked. */
HF_INLINE double misfit(const Samples *samples, const FittedCurve *curve, bool newton, double hopeless) {
    const double *p = curve->points;
    double px[4], py[4], worst[BLOCK] = {0.0};
    hf_power_coefficients(p[0], p[2], p[4], p[6], px);
    hf_power_coefficients(p[1], p[3], p[5], p[7], py);
    int64_t first = 1, last = samples->count - 1;
    for (; first + BLOCK <= last; first += BLOCK) {
        measure(samples, px, py, first, BLOCK, newton, worst);
        if (first / BLOCK % 8 == 7 && largest(worst) > hopeless) return largest(worst);
    }
    measure(samples, px, py, first, last - first, newton, worst);
    return largest(worst);
}

/* Whether the curve leaves the samples between two of them: a spike, which no sample is far from. */
static bool runs_out(const Samples *samples, const FittedCurve *curve) {
    const double *u = samples->parameters, *x = samples->x, *y = samples->y, *p = curve->points;
    for (int64_t k = 0; k + 1 < samples->count; k++) {
        double b[4];
        hf_bernstein(0.5 * (u[k] + u[k + 1]), b);
        double off_x = b[0] * p[0] + b[1] * p[2] + b[2] * p[4] + b[3] * p[6] - 0.5 * (x[k] + x[k + 1]);
        double off_y = b[0] * p[1] + b[1] * p[3] + b[2] * p[5] + b[3] * p[7] - 0.5 * (y[k] + y[k + 1]);
        double apart = samples->step[k + 1];
        double most = hf_max(samples->tolerance[k], samples->tolerance[k + 1]);
        if (sqrt(off_x * off_x + off_y * off_y) > most + 0.5 * apart + 0.5) return true;
    }
    return false;
}

/* Whether one of `count` samples of a block is too far from a chord (ex, ey), whose length has this square. */
HF_INLINE bool strays(const Samples *samples, const double *start, double ex, double ey, double square, double limit,
                      int64_t first, int64_t count) {
    const double *x = samples->x + first, *y = samples->y + first, *most = samples->straight + first;
    int64_t found = 0;
    for (int k = 0; k < BLOCK; k++) {
        double px = x[k] - start[0], py = y[k] - start[1];
        double t = square > 0.0 ? (px * ex + py * ey) / square : 0.0;
        t = hf_min(1.0, hf_max(0.0, t));
        found |= (hf_hypot(px - t * ex, py - t * ey) > limit * most[k]) & (k < count);
    }
    return found != 0;
}

bool hf_try_line(const Samples *samples, FittedCurve *curve, double limit) {
    double *p = curve->points, ex = p[6] - p[0], ey = p[7] - p[1], square = ex * ex + ey * ey;
    int64_t last = samples->count - 1, middle = hf_max_int(last / 2, 1);
    /* The middle first: that is where most curves leave their chords. */
    if (strays(samples, p, ex, ey, square, limit, middle, last - middle)) return false;
    for (int64_t first = 1; first < last; first += BLOCK)
        if (strays(samples, p, ex, ey, square, limit, first, last - first)) return false;
    for (int c = 0; c < 2; c++) {
        double controls[2];
        hf_thirds(p[c], p[6 + c], controls);
        p[2 + c] = controls[0];
        p[4 + c] = controls[1];
    }
    return true;
}

double hf_fit_curve(const Samples *samples, FittedCurve *curve, double goal) {
    double arc = by_chords(samples), least = INFINITY, lengths[2];
    FittedCurve best = *curve;
    int rounds = goal > 0.0 ? ROUNDS : 4 * ROUNDS;
    for (int attempt = 0; attempt <= rounds; attempt++) {
        least_squares(samples, curve, lengths);
        place_handles(samples, curve, lengths, arc);
        double now =
            attempt < rounds ? misfit(samples, curve, true, INFINITY) : misfit(samples, curve, false, INFINITY);
        if (now < least && now <= 1.0 && runs_out(samples, curve)) now = 2.0; /* further rounds may mend it */
        if (now < least) {
            least = now;
            best = *curve;
        }
        if (least <= goal || (goal > 0.0 && now > (attempt == 0 ? 8.0 : 4.0))) break;
    }
    *curve = best;
    return least;
}

bool hf_can_fit(const Samples *samples, FittedCurve *curve, double goal) {
    double arc = by_chords(samples), lengths[2];
    for (int attempt = 0; attempt <= ROUNDS; attempt++) {
        double hopeless = attempt == 0 ? 8.0 : 4.0;
        least_squares(samples, curve, lengths);
        place_handles(samples, curve, lengths, arc);
        double now = attempt < ROUNDS ? misfit(samples, curve, true, hopeless) : misfit(samples, curve, false, goal);
        if (now <= goal && !runs_out(samples, curve)) return true;
        if (now > hopeless) return false;
    }
    return false;
}
