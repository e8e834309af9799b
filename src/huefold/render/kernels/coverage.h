/* What each path shows in a band, front to back: partly covered cells, and runs of pixels wholly inside. */
#ifndef HUEFOLD_RENDER_COVERAGE_H
#define HUEFOLD_RENDER_COVERAGE_H

#include "render/kernels/bits.h"
#include "render/kernels/lines.h"

/* How windings fill: a path's rule, or only what an outline winds around once clockwise (`ORIENTED`). */
typedef enum { NON_ZERO, EVEN_ODD, ORIENTED } Rule;

/* First and last row, first and last word that a path's lines may reach. */
typedef struct {
    int64_t low, high, first_word, last_word;
} Box;

/* All bits where a stretch of signed cover is inside, else none. */
HF_INLINE uint64_t filled(double cover, Rule rule) {
    bool inside = rule == ORIENTED   ? cover <= -0.5
                  : rule == EVEN_ODD ? ((int64_t)(fabs(cover) + 0.5) & 1) == 1
                                     : fabs(cover) >= 0.5;
    return inside ? ALL_BITS : 0;
}

/* Fill in a cell by its signed cover. */
HF_INLINE double set_cell(Cell *cell, double cover, int32_t pixel, Rule rule) {
    if (rule == EVEN_ODD) cover -= 2.0 * rint(0.5 * cover);
    double alpha = fabs(cover);
    real slope = cover > 0.0 ? 1 : -1, charge = 0;
    bool beyond = alpha > 1.0 + 1e-6;
    slope = beyond ? 0 : slope;
    alpha = alpha > 1.0 ? 1.0 : alpha;
    if (rule == ORIENTED) {
        charge = beyond ? -1 : 0;
        if (cover > 0.0) {
            alpha = 0.0;
            charge = cover > 1e-6 ? 1 : 0;
            slope = cover > 1e-6 ? 0 : -1;
        }
    }
    cell->alpha = (real)alpha;
    cell->slope = slope;
    cell->charge = charge;
    cell->pixel = pixel;
    return alpha;
}

/* Mark pixels that an opaque layer covers: hidden or, looking `beneath` it, hidden from the second one on. */
HF_INLINE void hide(Workspace *ws, int64_t spot, uint64_t covered, bool beneath) {
    uint64_t hidden = beneath ? covered & ~ws->uncovered[spot] : covered;
    ws->uncovered[spot] &= ~covered;
    ws->seen[spot] &= ~hidden;
    ws->visible_count -= hf_bit_count(hidden);
}

/* Record the runs that a word's bits stand for, the lowest at pixel `start`; those from `first_run` on are of this row.
 * Return whether there was memory. */
static bool emit_runs(Workspace *ws, uint64_t bits, int64_t start, bool keep, int64_t first_run) {
    while (bits != 0) {
        int low = hf_trailing_zeros(bits);
        uint64_t rest = bits & (bits + (UINT64_C(1) << low));
        int32_t length = hf_bit_count(bits ^ rest), pixel = (int32_t)(start + low);
        bits = rest;
        if (keep) {
            if (!hf_reserve(&ws->under, &ws->stored_room, ws->stored_count + length)) return false;
            ws->stored_count += length;
        }
        if (low == 0 && ws->run_count > first_run) {
            Run *before = ws->runs + ws->run_count - 1;
            if (before->pixel + before->length == pixel) {
                before->length += length;
                continue;
            }
        }
        if (!hf_reserve(&ws->runs, &ws->run_room, ws->run_count + 1)) return false;
        ws->runs[ws->run_count++] = (Run){pixel, length, keep ? ws->stored_count - length : -1};
    }
    return true;
}

/* Turn a path's accumulated cover into cells and runs; return whether there was memory. */
HF_INLINE bool sweep_by(
    Workspace *ws, const Box *box, const Frame *frame, Visible visible, double hiding, bool beneath, Rule rule) {
    const int64_t width = frame->width, words = frame->words;
    const bool opaque = hiding >= 1.0;
    Cell *cell = ws->cells + ws->cell_count;
    for (int64_t row = box->low; row <= box->high; row++) {
        int64_t first_run = ws->run_count;
        double cover = ws->left[row];
        ws->left[row] = 0.0;
        uint64_t fill = filled(cover, rule);
        for (int64_t word = box->first_word; word < words; word++) {
            /* In rows in which nothing was to be seen, lines are missing: their cover need not add up to nothing. */
            if (word > box->last_word && (fill == 0 || row < visible.first || row >= visible.end)) break;
            int64_t spot = row * words + word, start = row * width + (word << 6);
            uint64_t bits = word <= box->last_word ? ws->touched[spot] : 0;
            if ((bits | fill) == 0) continue;
            uint64_t in_sight = ws->seen[spot], inside = 0, covered = 0;
            uint64_t above = ALL_BITS; /* pixels right of the last cell */
            if (bits != 0) ws->touched[spot] = 0;
            while (bits != 0) {
                int place = hf_trailing_zeros(bits);
                bits &= bits - 1;
                uint64_t from_here = ALL_BITS << place;
                inside |= fill & above & ~from_here;
                above = from_here << 1;
                int64_t pixel = start + place;
                real *swept = ws->swept + 2 * pixel;
                double here = cover + (double)swept[0];
                cover += (double)swept[1];
                swept[0] = swept[1] = 0;
                fill = filled(cover, rule);
                /* Hidden cells are overwritten by the next one. */
                double alpha = set_cell(cell, here, (int32_t)pixel, rule);
                cell += (in_sight >> place) & 1;
                covered |= (uint64_t)(alpha * hiding >= 1.0) << place;
            }
            if (in_sight == 0) continue;
            inside = (inside | (fill & above)) & in_sight;
            covered &= in_sight;
            if (opaque) covered |= inside;
            if (covered != 0) hide(ws, spot, covered, beneath);
            if (inside != 0 && !emit_runs(ws, inside, start, beneath || !opaque, first_run)) return false;
        }
    }
    ws->cell_count = cell - ws->cells;
    return true;
}

static bool sweep(
    Workspace *ws, const Box *box, const Frame *frame, Visible visible, Rule rule, double hiding, bool beneath) {
    switch (rule) {
        case ORIENTED: return sweep_by(ws, box, frame, visible, hiding, beneath, ORIENTED);
        case EVEN_ODD: return sweep_by(ws, box, frame, visible, hiding, beneath, EVEN_ODD);
        default: return sweep_by(ws, box, frame, visible, hiding, beneath, NON_ZERO);
    }
}

/* What a path may reach in the band. Rounding may lead a walk one pixel beyond its line: what it leaves there must not
 * wait for another path. */
HF_INLINE Box box_of(const Reach *reach, const Frame *frame) {
    double top = (double)frame->top;
    return (Box){
        index_of(reach->top - top - 1.0, frame->rows),
        index_of(reach->bottom - top + 1.0, frame->rows),
        index_of(reach->left - 1.0, frame->width) >> 6,
        index_of(reach->right + 1.0, frame->width) >> 6,
    };
}

/* First row of a box, and the one after its last, in which a pixel up to a word can still be seen; 0 and 0 if none can.
 */
HF_INLINE Visible visible_rows(const Workspace *ws, const Box *box, int64_t last_word, int64_t words) {
    Visible rows = {0, 0};
    for (int64_t row = box->low; row <= box->high; row++) {
        uint64_t seen = 0;
        for (int64_t word = box->first_word; word <= last_word; word++) seen |= ws->seen[row * words + word];
        if (seen == 0) continue;
        if (rows.end == 0) rows.first = row;
        rows.end = row + 1;
    }
    return rows;
}

/* All pixels that are wanted can be seen, and nothing is counted yet. */
static void start_band(Workspace *ws, const Frame *frame, const uint64_t *wanted) {
    ws->visible_count = 0;
    for (int64_t row = 0; row < frame->rows; row++)
        for (int64_t word = 0; word < frame->words; word++) {
            int64_t spot = row * frame->words + word;
            uint64_t pixels = pixels_of_word(word, frame->width);
            if (wanted != NULL) pixels &= wanted[frame->top * frame->words + spot];
            ws->seen[spot] = ws->uncovered[spot] = pixels;
            ws->visible_count += hf_bit_count(pixels);
        }
    ws->visit_count = ws->cell_count = ws->run_count = ws->stored_count = ws->group_count = 0;
}

/* Find what a path shows; return whether there was memory. */
static bool cover_slot(
    const Plan *plan, const Scene *scene, int64_t slot, int64_t begin, const Frame *frame, bool oriented, bool beneath,
    Workspace *ws) {
    int64_t path = plan->slot_path[slot], start = plan->slot_entries[slot], end = plan->slot_entries[slot + 1];
    const Reach *reach = plan->reaches + path;
    Box box = box_of(reach, frame);
    Visible rows = visible_rows(ws, &box, reach->leaves ? frame->words - 1 : box.last_word, frame->words);
    if (rows.end == 0) return true;
    int64_t visits = ws->visit_count, cells = ws->cell_count, runs = ws->run_count;
    if (!walk(plan, start, end, begin, frame, rows, ws)) return false;
    if (!hf_reserve(&ws->cells, &ws->cell_room, cells + ws->visit_count - visits + 1)) return false;
    Rule rule = oriented ? ORIENTED : scene->evenodd[path] != 0 ? EVEN_ODD : NON_ZERO;
    if (!sweep(ws, &box, frame, rows, rule, scene->hiding[path], beneath)) return false;
    if (ws->cell_count == cells && ws->run_count == runs) {
        ws->visit_count = visits;
        return true;
    }
    if (!hf_reserve(&ws->groups, &ws->group_room, ws->group_count + 1)) return false;
    ws->groups[ws->group_count++] = (Group){
        path, slot, start, end, cells, ws->cell_count, runs, ws->run_count, ws->visit_count,
    };
    return true;
}

/* Cover a band by all paths, front to back, as long as something can be seen; return whether there was memory. */
static bool cover_band(
    const Plan *plan, const Scene *scene, int64_t band, const Frame *frame, bool oriented, const Pass *pass,
    Workspace *ws) {
    int64_t begin = band_entries(plan, band), first = band_slots(plan, band), slot = band_slots(plan, band + 1);
    start_band(ws, frame, pass->wanted);
    if (!hf_reserve(&ws->first_visit, &ws->entry_room, band_entries(plan, band + 1) - begin + 1)) return false;
    while (slot > first && ws->visible_count > 0)
        if (!cover_slot(plan, scene, --slot, begin, frame, oriented, pass->beneath, ws)) return false;
    return true;
}

#endif
