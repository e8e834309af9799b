"""Drawings in which every path has the same number of segments, for comparisons on equal terms."""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import count

import numpy as np

from huefold.bezier.curve_fit import fit_free
from huefold.bezier.curves import LEAST_SEGMENTS, Floats, contour_of, evaluate, segments_of, split
from huefold.errors import OptionError
from huefold.scene import Contour, Path, Scene

__all__ = ["with_segments"]

_PLACES = np.linspace(0.0, 1.0, 9)  # of a segment, to which another one is fitted


def with_segments(scene: Scene, segments: int, *, contours: int | None = None) -> Scene:
    """Return the drawing with exactly so many cubic segments in each path.

    Parameters
    ----------
    scene : Scene
        The drawing. Paths that have the number already stay as they are, and so do paths without outlines.
        Segments of no length do not count.
    segments : int
        At least 3.
    contours : int, optional
        The most contours of a path; by default as many as there are three segments for each.

    Returns
    -------
    scene : Scene
        Where there were fewer, the longest segments are halved, which changes no outline. Where there were more,
        nodes are removed one by one, those first whose two segments one cubic can replace with the least squared
        distance. Where there are too many contours, the smallest are removed.

    Raises
    ------
    OptionError
        If `segments` is less than 3.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> square = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    >>> scene = Scene(8, 8, (1, 1, 1), (Path((square,), Solid((0, 0, 0))),))
    >>> with_segments(scene, 6).paths[0].segments, with_segments(scene, 3).paths[0].segments
    (6, 3)
    """
    if segments < LEAST_SEGMENTS:
        raise OptionError(f"a path has at least {LEAST_SEGMENTS} segments, got {segments}", given=segments)
    most = segments // LEAST_SEGMENTS
    most = most if contours is None else min(contours, most)
    return replace(scene, paths=tuple(_fixed(path, segments, most) for path in scene.paths))


def _fixed(path: Path, segments: int, most: int) -> Path:
    path = _without_points(path)
    if (path.segments == segments and len(path.contours) <= most) or not path.contours:
        return path
    largest = sorted(path.contours, key=_area, reverse=True)[:most]
    kept = [contour for contour in path.contours if any(contour is one for one in largest)]
    shares = _shares([len(contour) // 3 for contour in kept], segments)
    contours = tuple(_resegmented(contour, share) for contour, share in zip(kept, shares, strict=True))
    return replace(path, contours=contours)


def _without_points(path: Path) -> Path:
    """Leave out segments whose points are all the same: a file would not have them all."""
    kept = []
    for contour in path.contours:
        segments = segments_of(contour)
        long = (segments != segments[:, :1]).any(axis=(1, 2))
        kept.append(contour if long.all() or not long.any() else contour_of(segments[long]))
    same = all(one is other for one, other in zip(kept, path.contours, strict=True))
    return path if same else replace(path, contours=tuple(kept))


def _area(contour: Contour) -> float:
    # Of all control points, and only to rank contours; `signed_areas` may rank nearly equal ones otherwise.
    x, y = contour[:, 0], contour[:, 1]
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))))


def _shares(sizes: list[int], segments: int) -> list[int]:
    """Divide `segments` among contours: three each, the rest one by one to the one with most for each it has."""
    shares = [LEAST_SEGMENTS] * len(sizes)
    for _ in range(segments - sum(shares)):
        needs = [size / share for size, share in zip(sizes, shares, strict=True)]
        shares[int(np.argmax(needs))] += 1
    return shares


def _resegmented(contour: Contour, segments: int) -> Contour:
    curves = list(segments_of(contour))
    curves = _halved(curves, segments) if len(curves) < segments else _merged(curves, segments)
    return contour_of(np.stack(curves))


def _halved(curves: list[Floats], segments: int) -> list[Floats]:
    while len(curves) < segments:
        steps = np.diff(curves, axis=1)
        longest = int(np.argmax(np.sqrt((steps * steps).sum(axis=2)).sum(axis=1)))
        curves[longest : longest + 1] = split(curves[longest])
    return curves


def _merged(curves: list[Floats], segments: int) -> list[Floats]:
    """Merge neighbours, those first that one cubic replaces best, until so many are left."""
    samples = {k: evaluate(curve, _PLACES) for k, curve in enumerate(curves)}
    fitted = dict(enumerate(curves))
    after = {k: (k + 1) % len(curves) for k in samples}
    before = {n: k for k, n in after.items()}
    names = count(len(curves))
    queue: list[tuple[float, int, int, Floats]] = []

    def consider(k: int) -> None:
        curve, error = fit_free(np.concatenate([samples[k][:-1], samples[after[k]]]))
        heapq.heappush(queue, (error, k, after[k], curve))

    for k in list(samples):
        consider(k)
    while len(fitted) > segments:
        _, left, right, curve = heapq.heappop(queue)
        if left not in fitted or right not in fitted or after[left] != right:
            continue
        name = next(names)
        samples[name] = np.concatenate([samples[left][:-1], samples[right]])
        after[name], before[name] = after[right], before[left]
        after[before[name]], before[after[name]] = name, name
        del fitted[left], fitted[right]
        fitted[name] = curve
        consider(name)
        consider(before[name])
    first = min(fitted, key=lambda k: tuple(fitted[k][0]))
    order = [first]
    while after[order[-1]] != first:
        order.append(after[order[-1]])
    return [fitted[k] for k in order]
