/* Chains of cubics fitted to samples of a curve; see curve_fit.c. */
#ifndef HUEFOLD_BEZIER_CURVE_FIT_H
#define HUEFOLD_BEZIER_CURVE_FIT_H

#include "native/core.h"

HF_EXPORT int64_t hf_count_piece(const double *points, const double *tolerance, int64_t m, bool loop, int64_t longest,
                                 const double *canvas, int64_t most);
HF_EXPORT int64_t hf_fit_piece(const double *points, const double *tolerance, int64_t m, bool loop, int64_t longest,
                               const double *canvas, double *cubics);

#endif
