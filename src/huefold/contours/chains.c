/* A chain of cracks (pixel edges) -> cubics: split at its corners, each piece is fitted on its own. */
#include "bezier/curve_fit.h"
#include "contours/chains.h"
#include "contours/cracks.h"

/* Distances below this are rounding, in working pixels; it stands for a tolerance of zero. */
#define EXACT 1e-6

/* A chain that begins at a corner, if it has one, and what pieces of it are written to. */
typedef struct {
    double *vertices; /* [n + 1, 2] */
    double *middles;  /* [n, 2] */
    double *limits;   /* [n] */
    double *samples;  /* [n + 2, 2] */
    double *spans;    /* [n + 2] tolerances of the samples */
    int64_t *at;      /* [n + 1] vertices that are corners */
    int64_t pieces;
    void *memory;
} Split;

/* What becomes of a piece: counted, or fitted. */
typedef struct {
    double *cubics; /* NULL to count */
    int64_t count, most;
} Fitted;

static bool open_split(Split *split, int64_t n) {
    int64_t doubles = 2 * (n + 1) + 2 * n + n + 2 * (n + 2) + (n + 2);
    double *memory = hf_new(double, doubles + n + 1); /* an index is as long as a double */
    split->memory = memory;
    if (memory == NULL) return false;
    split->vertices = memory;
    split->middles = split->vertices + 2 * (n + 1);
    split->limits = split->middles + 2 * n;
    split->samples = split->limits + n;
    split->spans = split->samples + 2 * (n + 2);
    split->at = (int64_t *)(split->spans + n + 2);
    return true;
}

static bool is_closed(const int32_t *points, int64_t count) {
    return points[0] == points[2 * count] && points[1] == points[2 * count + 1];
}

int64_t hf_find_corners(const int32_t *points, const bool *fixed, const bool *sharp, int64_t count, bool *corners) {
    bool closed = is_closed(points, count), *kept = hf_new(bool, count + 1);
    double *vertices = hf_new(double, 2 * (count + 1));
    int64_t status = HF_NO_MEMORY;
    if (kept != NULL && vertices != NULL) {
        for (int64_t k = 0; k <= count; k++) kept[k] = fixed[k] || (!closed && (k == 0 || k == count));
        for (int64_t k = 0; k < 2 * (count + 1); k++) vertices[k] = points[k];
        status = hf_corners(vertices, kept, sharp, count, closed, corners);
    }
    free(kept);
    free(vertices);
    return status;
}

/* Turn a closed chain so that it begins at its first corner, and find the middles of cracks. */
static void begin_at_corner(const CrackChain *chain, Split *split, bool closed) {
    int64_t n = chain->count;
    split->pieces = 0;
    for (int64_t k = 0; k < (closed ? n : n + 1); k++)
        if (chain->corners[k]) split->at[split->pieces++] = k;
    int64_t first = closed && split->pieces > 0 ? split->at[0] : 0;
    for (int64_t k = 0; k <= n; k++) {
        const int32_t *point = chain->points + 2 * (k + first <= n ? k + first : k + first - n);
        split->vertices[2 * k] = point[0];
        split->vertices[2 * k + 1] = point[1];
    }
    for (int64_t k = 0; k < n; k++) {
        split->limits[k] = hf_max(chain->tolerance[k + first < n ? k + first : k + first - n], EXACT);
        for (int c = 0; c < 2; c++)
            split->middles[2 * k + c] = 0.5 * (split->vertices[2 * k + 2 + c] + split->vertices[2 * k + c]);
    }
    if (closed && split->pieces > 0) {
        for (int64_t i = 0; i < split->pieces; i++) split->at[i] -= first;
        split->at[split->pieces++] = n;
    }
    split->pieces--; /* there is one corner more than there are pieces */
}

/* Count or fit the piece that was written to the samples; false where there is no memory. */
static bool add_piece(const CrackChain *chain, Split *split, int64_t m, bool loop, int64_t longest, Fitted *fitted) {
    int64_t count = fitted->cubics != NULL ? hf_fit_piece(split->samples, split->spans, m, loop, longest, chain->canvas,
                                                          fitted->cubics + 8 * fitted->count)
                                           : hf_count_piece(split->samples, split->spans, m, loop, longest,
                                                            chain->canvas, fitted->most - fitted->count);
    if (count >= 0) fitted->count += count;
    return count >= 0;
}

/* The whole chain, closed and without a corner. */
static bool add_loop(const CrackChain *chain, Split *split, Fitted *fitted) {
    int64_t n = chain->count;
    memcpy(split->samples, split->middles, (size_t)n * 2 * sizeof(double));
    memcpy(split->samples + 2 * n, split->middles, 2 * sizeof(double));
    memcpy(split->spans, split->limits, (size_t)n * sizeof(double));
    split->spans[n] = split->limits[0];
    return add_piece(chain, split, n + 1, true, (n + 1) / 2, fitted);
}

/* The piece from corner to corner: these vertices, and the middles between. */
static bool add_span(const CrackChain *chain, Split *split, int64_t a, int64_t b, int64_t longest, Fitted *fitted) {
    int64_t cracks = b - a;
    memcpy(split->samples, split->vertices + 2 * a, 2 * sizeof(double));
    memcpy(split->samples + 2, split->middles + 2 * a, (size_t)cracks * 2 * sizeof(double));
    memcpy(split->samples + 2 * (cracks + 1), split->vertices + 2 * b, 2 * sizeof(double));
    split->spans[0] = split->limits[a];
    memcpy(split->spans + 1, split->limits + a, (size_t)cracks * sizeof(double));
    split->spans[cracks + 1] = split->limits[b - 1];
    return add_piece(chain, split, cracks + 2, false, longest, fitted);
}

/* Count or fit all pieces of a chain, unless they become more than `most`; return their number. */
static int64_t fit_pieces(const CrackChain *chain, Fitted *fitted) {
    Split split;
    bool closed = is_closed(chain->points, chain->count), enough = open_split(&split, chain->count);
    if (enough) {
        begin_at_corner(chain, &split, closed);
        /* A closed curve needs two segments at least, or it could be a point. */
        int64_t longest = closed && split.pieces == 1 ? chain->count / 2 + 1 : chain->count + 1;
        if (split.pieces < 0) enough = add_loop(chain, &split, fitted);
        for (int64_t i = 0; enough && i < split.pieces && fitted->count <= fitted->most; i++)
            enough = add_span(chain, &split, split.at[i], split.at[i + 1], longest, fitted);
    }
    free(split.memory);
    return enough ? fitted->count : HF_NO_MEMORY;
}

int64_t hf_fit_cracks(const CrackChain *chain, double *cubics) {
    Fitted fitted = {cubics, 0, INT64_MAX};
    return fit_pieces(chain, &fitted);
}

int64_t hf_count_cracks_segments(const CrackChain *chain, int64_t most) {
    Fitted fitted = {NULL, 0, most};
    return fit_pieces(chain, &fitted);
}

/* --- for Python --- */

/* Fit cubics [hf_most_segments, 4, 2] to a chain, or count them if `cubics` is NULL; return how many. `fixed` and
 * `sharp` are as for hf_find_corners. */
HF_EXPORT int64_t hf_fit_chain(const int32_t *points, const double *tolerance, const bool *fixed, const bool *sharp,
                               int64_t count, double width, double height, int64_t most, double *cubics) {
    bool *corners = hf_new(bool, count + 1);
    int64_t segments = HF_NO_MEMORY;
    if (corners != NULL && hf_find_corners(points, fixed, sharp, count, corners) == 0) {
        CrackChain chain = {points, tolerance, corners, count, {width, height}};
        segments = cubics != NULL ? hf_fit_cracks(&chain, cubics) : hf_count_cracks_segments(&chain, most);
    }
    free(corners);
    return segments;
}
