"""Contours read from path data, and rounded, in one call."""

from __future__ import annotations

import numpy as np

from huefold.bezier.curves import segments_of
from huefold.svg.coordinate_grid import quantize_segments
from huefold.svg.read.paths import closed_contours, parse_subpaths


def parse_path(d):
    """Return the closed contours that path data describes, up to the first error."""
    return closed_contours(parse_subpaths(d)[0])


def quantized(contour, decimals):
    """Return a contour with the same number of decimals everywhere."""
    ring = np.arange(len(contour) // 3)
    fineness = np.full(len(ring), 2 * decimals)
    return quantize_segments(segments_of(contour), fineness, ring - 1, np.roll(ring, -1)).reshape(-1, 2)
