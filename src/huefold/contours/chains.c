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
    bool *corners;    /* [n + 1] */
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
    char *memory = hf_new(char, 8 * (doubles + n + 1) + n + 1);
    split->memory = memory;
    if (!memory) return false;
    split->vertices = (double *)memory;
    split->middles = split->vertices + 2 * (n + 1);
    split->limits = split->middles + 2 * n;
    split->samples = split->limits + n;
    split->spans = split->samples + 2 * (n + 2);
    split->at = (int64_t *)(split->spans + n + 2);
    split->corners = (bool *)(split->at + n + 1);
    return true;
}

static bool is_closed(const CrackChain *chain) {
    const int32_t *last = chain->points + 2 * chain->count;
    return chain->points[0] == last[0] && chain->points[1] == last[1];
}

/* Find the corners of a chain, the ends of an open one among them; false where there is no memory. */
static bool find_corners(const CrackChain *chain, Split *split, bool closed) {
    int64_t n = chain->count;
    bool *fixed = hf_new(bool, n + 1);
    if (!fixed) return false;
    for (int64_t k = 0; k <= n; k++) {
        fixed[k] = chain->fixed[k] || (!closed && (k == 0 || k == n));
        split->vertices[2 * k] = chain->points[2 * k];
        split->vertices[2 * k + 1] = chain->points[2 * k + 1];
    }
    int64_t status = hf_corners(split->vertices, fixed, chain->sharp, n, closed, split->corners);
    free(fixed);
    split->pieces = 0;
    for (int64_t k = 0; k < (closed ? n : n + 1) && status == 0; k++)
        if (split->corners[k]) split->at[split->pieces++] = k;
    return status == 0;
}

/* Turn a closed chain so that it begins at its first corner, and find the middles of cracks. */
static void begin_at_corner(const CrackChain *chain, Split *split, bool closed) {
    int64_t n = chain->count, first = closed && split->pieces > 0 ? split->at[0] : 0;
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
    int64_t count = fitted->cubics ? hf_fit_piece(split->samples, split->spans, m, loop, longest, chain->canvas,
                                                  fitted->cubics + 8 * fitted->count)
                                   : hf_count_piece(split->samples, split->spans, m, loop, longest, chain->canvas,
                                                    fitted->most - fitted->count);
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
    bool closed = is_closed(chain), enough = open_split(&split, chain->count) && find_corners(chain, &split, closed);
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

/* Fit cubics [hf_most_segments, 4, 2] to a chain; return how many. The arguments are the fields of CrackChain. */
HF_EXPORT int64_t hf_fit_chain(
    const int32_t *points, const double *tolerance, const bool *fixed, const bool *sharp, int64_t count, double width,
    double height, double *cubics
) {
    CrackChain chain = {points, tolerance, fixed, sharp, count, {width, height}};
    return hf_fit_cracks(&chain, cubics);
}

HF_EXPORT int64_t hf_count_chain(
    const int32_t *points, const double *tolerance, const bool *fixed, const bool *sharp, int64_t count, double width,
    double height, int64_t most
) {
    CrackChain chain = {points, tolerance, fixed, sharp, count, {width, height}};
    return hf_count_cracks_segments(&chain, most);
}
