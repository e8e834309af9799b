/* One cubic with given ends and end tangents, fitted to samples by least squares (Schneider 1990). */
#ifndef HUEFOLD_BEZIER_ONE_CURVE_H
#define HUEFOLD_BEZIER_ONE_CURVE_H

#include "native/core.h"

/* Loops over samples run in blocks of so many: compilers work on several samples at once then. */
#define SAMPLE_BLOCK 8

/* Samples of a curve. The first and the last stand for the ends of what is fitted, and are not measured. Each array
 * goes on for SAMPLE_BLOCK values, whatever they are. */
typedef struct {
    const double *x, *y;     /* [count] */
    const double *tolerance; /* largest distance from each to the curve */
    const double *square;    /* of the tolerance */
    const double *straight;  /* largest distance to a straight line */
    const double *step;      /* distance to the sample before; the first one's is not read */
    double *parameters;      /* scratch: where on the curve each sample is */
    int64_t count;
    double width, height; /* of the canvas, which no control point leaves */
} Samples;

/* Largest distance of a sample to a straight line. */
double hf_most_off_line(double tolerance);

/* The four points of a cubic, x and y in turn; the ends are given. Directions of the tangents at the ends, of length 1,
 * both forwards. */
typedef struct {
    double points[8], tangents[4];
} FittedCurve;

/* Make the curve its chord if no sample is further off than `limit` of what a straight line may be. */
bool hf_try_line(const Samples *samples, FittedCurve *curve, double limit);

/* Fit the handles of a curve; return its misfit (1: just fits). The fit ends once that is at most `goal`, or
 * hopeless. */
double hf_fit_curve(const Samples *samples, FittedCurve *curve, double goal);

/* Whether hf_fit_curve would come to a misfit of at most `goal`, above 0 and at most 1; sooner known than the fit.
 * The points are used up. */
bool hf_can_fit(const Samples *samples, FittedCurve *curve, double goal);

#endif
