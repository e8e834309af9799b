"""Cubic Bezier curves: evaluated, differentiated, split, flattened, fitted, bounded, and tested for crossings.

`curves` and `bounds` work on arrays of curves, `arcs` turns other curves into cubics, `fit` and `resegment` fit
cubics to points. `kernels` and `fit_kernels` are what compiled code calls.
"""
