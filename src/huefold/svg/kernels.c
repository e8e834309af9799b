/* Inner loops of rounding: samples along segments, the area a move sweeps, and what lies beneath boundaries. */
#include "bezier/cubics.h"

/* Sample each cubic [S, 4, 2] at midpoints of equal parameter steps; `first` [S + 1] says how many. */
HF_EXPORT void hf_sample_cubics(const double *restrict points, const int64_t *first, int64_t count,
                                double *restrict position) {
    for (int64_t s = 0; s < count; s++) {
        const double *p = points + 8 * s;
        int64_t samples = first[s + 1] - first[s];
        double *at = position + 2 * first[s];
        for (int64_t i = 0; i < samples; i++) {
            double w[4];
            hf_bernstein(((double)i + 0.5) / (double)samples, w);
            at[2 * i] = w[0] * p[0] + w[1] * p[2] + w[2] * p[4] + w[3] * p[6];
            at[2 * i + 1] = w[0] * p[1] + w[1] * p[3] + w[2] * p[5] + w[3] * p[7];
        }
    }
}

/* Write the area |D x B'| dt that each sample of the segments `moved` sweeps on the way from `before` to `after`. */
HF_EXPORT void hf_swept_areas(const double *restrict before, const double *restrict after, const int64_t *first,
                              int64_t count, const bool *moved, double *restrict area) {
    for (int64_t s = 0; s < count; s++) {
        int64_t samples = moved[s] ? first[s + 1] - first[s] : 0;
        double shift[8], chord[6]; /* of the control points; and between them, half-way */
        for (int c = 0; c < 8; c++) shift[c] = after[8 * s + c] - before[8 * s + c];
        for (int c = 0; c < 6; c++)
            chord[c] =
                0.5 * (after[8 * s + c + 2] + before[8 * s + c + 2]) - 0.5 * (after[8 * s + c] + before[8 * s + c]);
        for (int64_t i = 0; i < samples; i++) {
            double t = ((double)i + 0.5) / (double)samples, w[4], d[3];
            hf_bernstein(t, w);
            hf_derivative_weights(t, d);
            double x = w[0] * shift[0] + w[1] * shift[2] + w[2] * shift[4] + w[3] * shift[6];
            double y = w[0] * shift[1] + w[1] * shift[3] + w[2] * shift[5] + w[3] * shift[7];
            double u = d[0] * chord[0] + d[1] * chord[2] + d[2] * chord[4];
            double v = d[0] * chord[1] + d[1] * chord[3] + d[2] * chord[5];
            area[first[s] + i] = fabs(x * v - y * u) / (double)samples;
        }
    }
}

/* Outlines of paths as samples, what the paths are painted with, and square cells of the canvas with a border of one
 * cell. */
typedef struct {
    const double *position;          /* [M, 2] */
    const int64_t *contours, *paths; /* offsets of contours in the samples, and of the N paths in the contours */
    const double *least, *largest;   /* [N, 3]: range of the colours of each fill */
    const double *opacity;           /* [N]: largest opacity */
    const bool *opaque, *evenodd;    /* [N]: whether it is opaque everywhere; its fill rule */
    double *low, *high;              /* [rows, columns, 3]: range of the colours in each cell */
    double size, margin;             /* of cells; around a sample, how far the boundary may enter others; pixels */
    int64_t path_count, rows, columns;
} Canvas;

/* For each cell the last path that touches it, and the last that covers it wholly and opaquely, or -1; and the steps of
 * the winding number at its centre, along each row, with one column more. */
typedef struct {
    int64_t *touched, *cover, *winding;
} Marks;

typedef struct {
    int64_t top, bottom, left, right; /* all of them inside */
} CellBox;

/* Row or column of a coordinate. */
HF_INLINE int64_t cell(double x, double size, int64_t count) {
    return (int64_t)hf_min(hf_max(floor(x / size) + 1.0, 0.0), (double)count - 1.0);
}

HF_INLINE int64_t cell_of(const Canvas *canvas, int64_t sample) {
    const double *at = canvas->position + 2 * sample;
    return cell(at[1], canvas->size, canvas->rows) * canvas->columns + cell(at[0], canvas->size, canvas->columns);
}

/* Stamp the cells that samples enter, or nearly so; return the rows and columns that they span. */
static CellBox touch(const Canvas *canvas, int64_t start, int64_t stop, int64_t path, int64_t *touched) {
    CellBox box = {canvas->rows, 0, canvas->columns, 0};
    for (int64_t i = start; i < stop; i++) {
        for (int side = 0; side < 4; side++) {
            double x = canvas->position[2 * i] + (side < 2 ? -canvas->margin : canvas->margin);
            double y = canvas->position[2 * i + 1] + (side % 2 == 0 ? -canvas->margin : canvas->margin);
            int64_t row = cell(y, canvas->size, canvas->rows), column = cell(x, canvas->size, canvas->columns);
            touched[row * canvas->columns + column] = path;
            box.top = hf_min_int(box.top, row);
            box.bottom = hf_max_int(box.bottom, row);
            box.left = hf_min_int(box.left, column);
            box.right = hf_max_int(box.right, column);
        }
    }
    return box;
}

/* Row of cell centres that is the next one above a height. */
HF_INLINE int64_t centre_above(const Canvas *canvas, int64_t sample) {
    double y = canvas->position[2 * sample + 1];
    return (int64_t)hf_min(hf_max(floor(y / canvas->size + 0.5), -1.0), (double)canvas->rows - 1.0);
}

/* Add a closed chain of samples to the steps of the winding number at cell centres along each row.
 *
 * Samples are closer together than cells are high, so a step crosses one row of centres at most. */
static void wind(const Canvas *canvas, int64_t start, int64_t stop, int64_t *winding) {
    if (start >= stop) return;
    int64_t row = centre_above(canvas, start);
    for (int64_t i = start; i < stop; i++) {
        int64_t ahead = centre_above(canvas, i + 1 < stop ? i + 1 : start);
        if (ahead != row) {
            double beside = ceil(canvas->position[2 * i] / canvas->size + 0.5);
            int64_t column = (int64_t)hf_min(hf_max(beside, 0.0), (double)canvas->columns);
            winding[hf_max_int(row, ahead) * (canvas->columns + 1) + column] += ahead > row ? 1 : -1;
        }
        row = ahead;
    }
}

/* Paint a path: widen the ranges of the cells that it touches, replace those that it covers. */
static void paint(const Canvas *canvas, int64_t path, CellBox box, Marks marks) {
    const double *least = canvas->least + 3 * path, *largest = canvas->largest + 3 * path;
    for (int64_t row = box.top; row <= box.bottom; row++) {
        int64_t turns = 0, *winding = marks.winding + row * (canvas->columns + 1);
        for (int64_t column = box.left; column <= box.right; column++) {
            int64_t at = row * canvas->columns + column;
            turns += winding[column];
            winding[column] = 0;
            bool inside = canvas->evenodd[path] ? turns % 2 != 0 : turns != 0;
            bool mixed = marks.touched[at] == path;
            double *low = canvas->low + 3 * at, *high = canvas->high + 3 * at;
            if (inside && !mixed && canvas->opaque[path]) {
                marks.cover[at] = path;
                memcpy(low, least, 3 * sizeof *low);
                memcpy(high, largest, 3 * sizeof *high);
            } else if (mixed || inside) {
                for (int c = 0; c < 3; c++) {
                    low[c] = hf_min(low[c], least[c]);
                    high[c] = hf_max(high[c], largest[c]);
                }
            }
        }
        winding[box.right + 1] = 0;
    }
}

/* Write the opacity times the largest difference between a path's colours and what lies beneath, for its samples. */
static void find_contrast(const Canvas *canvas, int64_t path, int64_t start, int64_t stop, double *contrast) {
    const double *least = canvas->least + 3 * path, *largest = canvas->largest + 3 * path;
    for (int64_t i = start; i < stop; i++) {
        int64_t at = 3 * cell_of(canvas, i);
        double span = 0.0;
        for (int c = 0; c < 3; c++)
            span = hf_max(span, hf_max(largest[c] - canvas->low[at + c], canvas->high[at + c] - least[c]));
        contrast[i] = canvas->opacity[path] * span;
    }
}

static bool find_contrasts(const Canvas *canvas, double *contrast) {
    int64_t cells = canvas->rows * canvas->columns;
    Marks marks = {hf_new(int64_t, cells), hf_new(int64_t, cells), hf_zeros(int64_t, cells + canvas->rows)};
    bool enough = marks.touched != NULL && marks.cover != NULL && marks.winding != NULL;
    if (enough) {
        for (int64_t k = 0; k < cells; k++) marks.touched[k] = marks.cover[k] = -1;
        for (int64_t path = 0; path < canvas->path_count; path++) {
            int64_t start = canvas->contours[canvas->paths[path]], stop = canvas->contours[canvas->paths[path + 1]];
            find_contrast(canvas, path, start, stop, contrast);
            CellBox box = touch(canvas, start, stop, path, marks.touched);
            for (int64_t c = canvas->paths[path]; c < canvas->paths[path + 1]; c++)
                wind(canvas, canvas->contours[c], canvas->contours[c + 1], marks.winding);
            paint(canvas, path, box, marks);
        }
        for (int64_t path = 0; path < canvas->path_count; path++)
            for (int64_t i = canvas->contours[canvas->paths[path]]; i < canvas->contours[canvas->paths[path + 1]]; i++)
                if (marks.cover[cell_of(canvas, i)] > path) contrast[i] = 0.0;
    }
    free(marks.touched);
    free(marks.cover);
    free(marks.winding);
    return enough;
}

/* Bound how much coverage at each sample changes a colour channel (see svg/contrast.py). The arguments are the members
 * of Canvas. The ranges of the cells start at the background, and are used up. */
HF_EXPORT int64_t hf_contrasts(const double *position, const int64_t *contours, const int64_t *paths,
                               int64_t path_count, const double *least, const double *largest, const double *opacity,
                               const bool *opaque, const bool *evenodd, double size, double margin, double *low,
                               double *high, int64_t rows, int64_t columns, double *contrast) {
    Canvas canvas = {
        .position = position,
        .contours = contours,
        .paths = paths,
        .path_count = path_count,
        .least = least,
        .largest = largest,
        .opacity = opacity,
        .opaque = opaque,
        .evenodd = evenodd,
        .size = size,
        .margin = margin,
        .low = low,
        .high = high,
        .rows = rows,
        .columns = columns,
    };
    return find_contrasts(&canvas, contrast) ? 0 : HF_NO_MEMORY;
}
