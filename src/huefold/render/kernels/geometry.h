/* From outlines to lines in bands of rows, and from the gradients of lines back to points.
 *
 * Paths are dealt with in *chunks*, which threads take: lines, entries and sums of a chunk have places of their own,
 * which depend on the scene alone.
 */
#ifndef HUEFOLD_RENDER_GEOMETRY_H
#define HUEFOLD_RENDER_GEOMETRY_H

#include "render/kernels/scene.h"

/* A straight piece of an outline, in output pixels. */
typedef struct {
    double ax, ay, bx, by;
} Line;

/* What the lines of a path may reach. */
typedef struct {
    double left, top, right, bottom;
    bool leaves; /* lines lie right of the canvas, which no band lists */
} Reach;

/* dL/dcoverage summed along a line: that of its first end and that of its last, by moves to its side. */
typedef struct {
    double near, far;
} Pull;

/* Length of a curve's first and last step by that of the others. */
#define END 0.85

/* Step of the parameter, and how much of the second derivative moves a vertex. */
typedef struct {
    double step, shift;
} Step;

HF_INLINE Step parameter_step(int64_t count) {
    double step = 1.0 / ((double)count - 2.0 + 2.0 * END);
    return (Step){step, step * step / 16.0};
}

/* Which lines cross which band. The *entries* of a band are its lines in path order; a *slot* is a path in a band. */
typedef struct {
    int64_t bands, band_rows, width;
    /* Of one topology: */
    int64_t path_count, contour_count, point_count, segment_count, chunk_count;
    int64_t *contours, *paths;  /* as the scene's, to compare */
    int32_t *segment_end;       /* [S] last point of each segment; its first is 3 s */
    int32_t *path_segments;     /* [N + 1] */
    int32_t *chunk_paths;       /* [K + 1] */
    int64_t contour_room, path_room, segment_room, path_segment_room, chunk_room;
    /* Of one scene: */
    int16_t *counts;            /* [S] lines of each segment */
    int32_t *chunk_lines;       /* [K + 1] first line of each chunk */
    Line *lines;                /* [L] */
    int32_t *line_bands;        /* [L, 2] first band, and the one after the last */
    Reach *reaches;             /* [N] */
    int32_t *entry_line;        /* [E] */
    int32_t *slot_path;         /* [G] */
    int32_t *slot_entries;      /* [G + 1] first entry of each slot */
    /* [K + 1, B] first entry and slot of each chunk in each band; the last row is where bands end. */
    int32_t *chunk_entries, *chunk_slots;
    int32_t *scratch; /* [threads, 3, B] */
    Pull *line_pulls; /* [threads, most lines of a chunk] */
    int64_t entry_count, slot_count;
    int64_t count_room, chunk_line_room, line_room, line_band_room, reach_room, entry_room, slot_path_room,
        slot_entry_room, chunk_entry_room, chunk_slot_room, scratch_room, line_pull_room;
} Plan;

/* First entry and slot of a band; of the band after the last, their numbers. */
HF_INLINE int64_t band_entries(const Plan *plan, int64_t band) {
    return band < plan->bands ? plan->chunk_entries[band] : plan->entry_count;
}
HF_INLINE int64_t band_slots(const Plan *plan, int64_t band) {
    return band < plan->bands ? plan->chunk_slots[band] : plan->slot_count;
}

/* Results of bands, to be summed in band order. */
typedef struct {
    Pull *pulls;          /* [E] */
    int32_t *shown_path;  /* [G] path of each slot, -1 where it does not show */
    double *slot_sums;    /* [G, PATH_SUMS] */
    double *band_sums;    /* [B, BAND_SUMS] */
    int64_t *slot_fill;   /* [G] place in fill_sums */
    double *fill_sums;
    int64_t pull_room, shown_path_room, slot_sum_room, band_sum_room, slot_fill_room, fill_sum_room;
} Partials;

/* Cut all curves into lines, with an error of up to `tolerance` pixels, and sort them into bands. Return 0 or
 * HF_NO_MEMORY. */
int64_t plan_lines(Plan *plan, const Scene *scene, double tolerance, int64_t threads);

/* Add up what the bands found, by point and by path, into `pass`. Return 0 or HF_NO_MEMORY. */
int64_t chain_gradients(Plan *plan, const Scene *scene, const Partials *partials, const Pass *pass, int64_t threads);

void free_plan(Plan *plan);

#endif
