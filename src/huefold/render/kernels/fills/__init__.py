"""The colour of gradient fills, pixel by pixel, and its derivatives by all they are made of.

A gradient fill maps the plane to an offset t, a spread folds t into [0, 1], and stops give colours over it.
All are sampled at pixel centres. Along a row the t of a linear gradient is affine, so a run falls into *pieces*,
stretches of pixels between the same two stops, in which colours are affine too and the derivatives need only
zeroth and first moments of what comes from above.
"""
