/* Chains of cubics fitted to samples of a curve: tangents, and which samples are nodes. */
#include "bezier/one_curve.h"
#include "native/elementary.h"

#define TIGHTENINGS 3 /* bisections of the tolerance at equal segment count */
#define REACH 10      /* most samples to either side that a tangent is found from */

/* Samples with no corner between: from one fixed end to the other, or once around (first = last). With them, where a
 * segment would start or end at each sample, and in which direction. */
typedef struct {
    Samples samples;
    bool loop;
    int64_t longest;                         /* most samples that one segment may span */
    double *at_x, *at_y, *along_x, *along_y; /* [m]: the points, and the tangents of length 1 */
    double ends[4];                          /* tangents at the ends of an open piece, from these points on */
    int64_t *nodes, *tighter;                /* [m] */
    double *memory;
} Piece;

/* Index in a piece; of one that goes around, at most `n` steps from the indices that there are. */
HF_INLINE int64_t wrapped(int64_t k, int64_t n) { return k < 0 ? k + n : k >= n ? k - n : k; }

/* Quadratic Savitzky-Golay positions over 7 samples (fewer near ends); the ends stay where they are. */
static void smooth(const double *samples, int64_t m, bool loop, double *result) {
    int64_t n = loop ? hf_max_int(m - 1, 1) : m;
    for (int64_t k = 0; k < m; k++) {
        int64_t reach = loop ? 3 : hf_min_int(3, hf_min_int(k, m - 1 - k));
        double at = samples[k];
        result[k] = at;
        if (reach < 2 || (loop && n < 8)) continue;
        double one = samples[wrapped(k - 1, n)] + samples[wrapped(k + 1, n)];
        double two = samples[wrapped(k - 2, n)] + samples[wrapped(k + 2, n)];
        if (reach == 2) {
            result[k] = (17.0 * at + 12.0 * one - 3.0 * two) / 35.0;
        } else {
            double three = samples[wrapped(k - 3, n)] + samples[wrapped(k + 3, n)];
            result[k] = (7.0 * at + 6.0 * one + 3.0 * two - 2.0 * three) / 21.0;
        }
    }
}

/* Write the direction of the regression of samples `first` to `last` (cyclic in `n`) on their index. */
static void find_direction(const Samples *samples, int64_t first, int64_t last, int64_t n, double *along_x,
                           double *along_y) {
    double centre = 0.5 * (double)(first + last), x = 0.0, y = 0.0;
    for (int64_t i = first; i <= last; i++) {
        int64_t k = wrapped(i, n);
        x += ((double)i - centre) * samples->x[k];
        y += ((double)i - centre) * samples->y[k];
    }
    double length = hf_hypot(x, y);
    *along_x = length > 0.0 ? x / length : 0.0;
    *along_y = length > 0.0 ? y / length : 0.0;
}

/* Find unit tangents by regression over samples nearby; one-sided at the ends of an open piece.
 *
 * The ends themselves are vertices, off the line that the midpoints of a staircase lie on. Where there are enough
 * midpoints, the tangents at the ends leave them out. */
static void find_tangents(Piece *piece) {
    int64_t m = piece->samples.count, n = piece->loop ? hf_max_int(m - 1, 1) : m;
    for (int64_t k = 0; k < m; k++) {
        double wanted = hf_min(3.0 + 2.0 * piece->samples.tolerance[k], REACH);
        int64_t reach = hf_max_int(3, (int64_t)wanted), first, last;
        if (piece->loop) {
            reach = hf_min_int(reach, n / 4 + 1);
            first = k - reach, last = k + reach;
        } else if (k == 0 || k == m - 1) {
            int64_t skip = m >= 6 ? 1 : 0;
            first = k == 0 ? skip : hf_max_int(skip, m - 1 - reach);
            last = k == 0 ? hf_min_int(m - 1 - skip, reach) : m - 1 - skip;
        } else {
            reach = hf_min_int(reach, hf_min_int(k, m - 1 - k));
            first = k - reach, last = k + reach;
        }
        find_direction(&piece->samples, first, last, n, &piece->along_x[k], &piece->along_y[k]);
    }
}

/* Find unit tangents at both ends of an open piece, from the end itself to the samples nearby. */
static void find_end_tangents(const Samples *samples, double ends[4]) {
    int64_t last = samples->count - 1, reach = hf_min_int(5, last);
    for (int c = 0; c < 2; c++) {
        const double *values = c == 0 ? samples->x : samples->y;
        ends[c] = ends[2 + c] = 0.0;
        for (int64_t j = 1; j <= reach; j++) {
            ends[c] += (double)j * (values[j] - values[0]);
            ends[2 + c] += (double)j * (values[last] - values[last - j]);
        }
    }
    for (int k = 0; k < 4; k += 2) {
        double length = hf_hypot(ends[k], ends[k + 1]);
        if (length > 0.0) {
            ends[k] /= length;
            ends[k + 1] /= length;
        }
    }
}

/* Lay samples [m, 2] and their tolerances [m] out by coordinate; returns the memory behind them, or NULL. What follows
 * `arrays` further ones of the same length is the caller's. */
static double *lay_out(Samples *samples, const double *points, const double *tolerance, int64_t m, int arrays) {
    int64_t length = m + SAMPLE_BLOCK;
    double *memory = hf_zeros(double, (7 + arrays) * length);
    if (memory == NULL) return NULL;
    double *x = memory, *y = x + length, *limits = y + length, *square = limits + length;
    double *straight = square + length, *step = straight + length;
    for (int64_t k = 0; k < m; k++) {
        x[k] = points[2 * k];
        y[k] = points[2 * k + 1];
        limits[k] = tolerance[k];
        square[k] = tolerance[k] * tolerance[k];
        straight[k] = hf_most_off_line(tolerance[k]);
        step[k] = k > 0 ? hf_hypot(x[k] - x[k - 1], y[k] - y[k - 1]) : 0.0;
    }
    *samples = (Samples){
        .x = x,
        .y = y,
        .tolerance = limits,
        .square = square,
        .straight = straight,
        .step = step,
        .parameters = step + length,
        .count = m,
    };
    return memory;
}

static bool open_piece(Piece *piece, const double *points, const double *tolerance, int64_t m, bool loop,
                       int64_t longest, const double *canvas) {
    int64_t length = m + SAMPLE_BLOCK;
    piece->memory = lay_out(&piece->samples, points, tolerance, m, 4);
    piece->nodes = hf_new(int64_t, 2 * m);
    if (piece->memory == NULL || piece->nodes == NULL) {
        free(piece->memory);
        free(piece->nodes);
        return false;
    }
    piece->tighter = piece->nodes + m;
    piece->at_x = piece->samples.parameters + length;
    piece->at_y = piece->at_x + length;
    piece->along_x = piece->at_y + length;
    piece->along_y = piece->along_x + length;
    piece->samples.width = canvas[0];
    piece->samples.height = canvas[1];
    piece->loop = loop;
    piece->longest = longest;
    smooth(piece->samples.x, m, loop, piece->at_x);
    smooth(piece->samples.y, m, loop, piece->at_y);
    find_tangents(piece);
    if (!loop) find_end_tangents(&piece->samples, piece->ends);
    return true;
}

static void close_piece(Piece *piece) {
    free(piece->memory);
    free(piece->nodes);
}

/* The samples `p` to `q` of a piece, and a curve with its ends and tangents. */
static Samples span_of(const Piece *piece, int64_t p, int64_t q, FittedCurve *curve) {
    Samples span = piece->samples;
    span.x += p, span.y += p, span.tolerance += p, span.square += p, span.straight += p, span.step += p;
    span.count = q - p + 1;
    *curve = (FittedCurve){{piece->at_x[p], piece->at_y[p], 0.0, 0.0, 0.0, 0.0, piece->at_x[q], piece->at_y[q]},
                           {piece->along_x[p], piece->along_y[p], piece->along_x[q], piece->along_y[q]}};
    return span;
}

/* At a corner no neighbour shares the tangent: the one that starts from the vertex may serve as well. Whether the span
 * from `p` to `q` has one; if so, the curve takes it. */
static bool take_end_tangents(const Piece *piece, int64_t p, int64_t q, FittedCurve *curve) {
    bool starts = p == 0, ends = q == piece->samples.count - 1;
    if (piece->loop || !(starts || ends)) return false;
    if (starts) memcpy(curve->tangents, piece->ends, 2 * sizeof(double));
    if (ends) memcpy(curve->tangents + 2, piece->ends + 2, 2 * sizeof(double));
    return true;
}

/* Whether one cubic from sample `p` to sample `q` has a misfit of at most `goal`. */
static bool span_fits(const Piece *piece, int64_t p, int64_t q, double goal) {
    FittedCurve curve;
    Samples span = span_of(piece, p, q, &curve);
    return hf_try_line(&span, &curve, goal) || hf_can_fit(&span, &curve, goal) ||
           (take_end_tangents(piece, p, q, &curve) && hf_can_fit(&span, &curve, goal));
}

/* Fit one cubic [4, 2] from sample `p` to sample `q`: the chord if that is close enough, else by least squares. */
static void fit_span(const Piece *piece, int64_t p, int64_t q, double *result) {
    FittedCurve curve, other;
    Samples span = span_of(piece, p, q, &curve);
    other = curve;
    if (!hf_try_line(&span, &curve, 1.0)) {
        double misfit = hf_fit_curve(&span, &curve, 0.0);
        if (misfit > 0.0 && take_end_tangents(piece, p, q, &other) && hf_fit_curve(&span, &other, 0.0) < misfit)
            curve = other;
    }
    memcpy(result, curve.points, sizeof curve.points);
}

/* Choose the samples that are nodes, each as far from the last as a misfit of `goal` allows; return the number of
 * segments. Gives up once there are more than `most`. */
static int64_t place_nodes(const Piece *piece, double goal, int64_t most, int64_t *nodes) {
    int64_t last = piece->samples.count - 1, count = 0;
    nodes[0] = 0;
    while (nodes[count] < last && count <= most) {
        int64_t p = nodes[count], good = p + 1, stride = 8;
        int64_t bad = hf_min_int(p + piece->longest, last) + 1;
        while (good + 1 < bad) {
            int64_t q = stride > 0 ? hf_min_int(good + stride, bad - 1) : (good + bad) / 2;
            if (span_fits(piece, p, q, goal)) {
                good = q;
                stride *= 2;
            } else {
                bad = q;
                stride = 0;
            }
        }
        nodes[++count] = good;
    }
    return count;
}

/* Count the segments that hf_fit_piece would make of samples [m, 2] with tolerances [m]; at least `most` + 1 if there
 * are more. `canvas` [2] is width and height. */
int64_t hf_count_piece(const double *points, const double *tolerance, int64_t m, bool loop, int64_t longest,
                       const double *canvas, int64_t most) {
    Piece piece;
    if (!open_piece(&piece, points, tolerance, m, loop, longest, canvas)) return HF_NO_MEMORY;
    int64_t count = place_nodes(&piece, 1.0, most, piece.nodes);
    close_piece(&piece);
    return count;
}

/* Fit a chain of cubics [m - 1, 4, 2] to a piece, of which as many are written as are returned.
 *
 * Nodes are as few as the tolerance asks for. Then the tolerance is tightened as far as that number allows, so that the
 * last segment is not a remnant and none is worse than it need be. */
HF_EXPORT int64_t hf_fit_piece(const double *points, const double *tolerance, int64_t m, bool loop, int64_t longest,
                               const double *canvas, double *cubics) {
    Piece piece;
    if (!open_piece(&piece, points, tolerance, m, loop, longest, canvas)) return HF_NO_MEMORY;
    double low = 0.0, high = 1.0, goal = 1.0;
    int64_t count = place_nodes(&piece, goal, m, piece.nodes);
    for (int attempt = 0; attempt < TIGHTENINGS && 1 < count && count < m - 1; attempt++) {
        goal = 0.5 * (low + high);
        if (place_nodes(&piece, goal, count, piece.tighter) == count) {
            high = goal;
            memcpy(piece.nodes, piece.tighter, (size_t)(count + 1) * sizeof *piece.nodes);
        } else {
            low = goal;
        }
    }
    for (int64_t k = 0; k < count; k++) fit_span(&piece, piece.nodes[k], piece.nodes[k + 1], cubics + 8 * k);
    close_piece(&piece);
    return count;
}

/* Fit one cubic with given ends [2, 2] and tangents [2, 2] to samples; write it [4, 2], and its misfit. */
HF_EXPORT int64_t hf_fit_cubic(const double *points, const double *tolerance, int64_t m, const double *ends,
                               const double *tangents, const double *canvas, double goal, double *curve,
                               double *misfit) {
    Samples samples;
    double *memory = lay_out(&samples, points, tolerance, m, 0);
    if (memory == NULL) return HF_NO_MEMORY;
    samples.width = canvas[0];
    samples.height = canvas[1];
    FittedCurve fitted = {{ends[0], ends[1], 0.0, 0.0, 0.0, 0.0, ends[2], ends[3]}, {0.0}};
    memcpy(fitted.tangents, tangents, sizeof fitted.tangents);
    *misfit = hf_fit_curve(&samples, &fitted, goal);
    memcpy(curve, fitted.points, sizeof fitted.points);
    free(memory);
    return 0;
}
