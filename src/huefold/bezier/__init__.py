"""Cubic Bezier curves: evaluated, differentiated, split, flattened, fitted, bounded, and tested for crossings.

`curves` and `bounds` work on arrays of curves, `arcs` turns other curves into cubics, `curve_fit` fits cubics to
points. `kernels` and `curve_fit_kernels` are what compiled code calls.
"""
