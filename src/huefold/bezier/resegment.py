"""Drawings in which every path has the same number of segments, for comparisons on equal terms."""

from __future__ import annotations

import heapq
from dataclasses import replace
from itertools import count

import numpy as np
from numpy.typing import NDArray

from huefold.errors import OptionError
from huefold.scene import Contour, Path, Scene

__all__ = ["LEAST_SEGMENTS", "with_segments"]

LEAST_SEGMENTS = 3
"""Of a contour: two would leave the tracer's corners nowhere to go."""

_SAMPLES = 8  # of a segment, when it is fitted anew

Curve = NDArray[np.float64]  # (4, 2): end, two control points, end


def with_segments(scene: Scene, segments: int, *, contours: int | None = None) -> Scene:
    """Return the drawing with exactly so many cubic segments in each path.

    Parameters
    ----------
    scene : Scene
        The drawing. Paths that have the number already stay as they are, and so do paths without outlines; segments
        of no length do not count.
    segments : int
        At least 3.
    contours : int, optional
        The most contours of a path; by default as many as there are three segments for each.

    Returns
    -------
    scene : Scene
        Where there were fewer, the longest segments are halved, which changes no outline. Where there were more,
        those knots go one by one whose neighbours one cubic can replace with the least squared distance; and
        contours go, smallest first, where there are too many.

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
        curves = contour.reshape(-1, 3, 2)
        long = (curves != np.roll(curves[:, :1], -1, axis=0)).any(axis=(1, 2))
        kept.append(contour if long.all() or not long.any() else curves[long].reshape(-1, 2))
    same = all(one is other for one, other in zip(kept, path.contours, strict=True))
    return path if same else replace(path, contours=tuple(kept))


def _area(contour: Contour) -> float:
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
    points = contour.reshape(-1, 3, 2)
    curves = list(np.concatenate([points, np.roll(points[:, :1], -1, axis=0)], axis=1))
    curves = _halved(curves, segments) if len(curves) < segments else _merged(curves, segments)
    return np.concatenate([curve[:3] for curve in curves])


def _halved(curves: list[Curve], segments: int) -> list[Curve]:
    curves = list(curves)
    while len(curves) < segments:
        longest = int(np.argmax([np.hypot(*np.diff(curve, axis=0).T).sum() for curve in curves]))
        curves[longest : longest + 1] = _halves(curves[longest])
    return curves


def _halves(curve: Curve) -> list[Curve]:
    """De Casteljau at the middle."""
    a, b, c, d = curve
    ab, bc, cd = (a + b) / 2, (b + c) / 2, (c + d) / 2
    abc, bcd = (ab + bc) / 2, (bc + cd) / 2
    middle = (abc + bcd) / 2
    return [np.stack([a, ab, abc, middle]), np.stack([middle, bcd, cd, d])]


def _merged(curves: list[Curve], segments: int) -> list[Curve]:
    """Join neighbours, those first that one cubic replaces best, until so many are left."""
    samples = {k: _sampled(curve) for k, curve in enumerate(curves)}
    fitted = dict(enumerate(curves))
    after = {k: (k + 1) % len(curves) for k in samples}
    before = {n: k for k, n in after.items()}
    names = count(len(curves))
    queue: list[tuple[float, int, int, Curve]] = []

    def consider(k: int) -> None:
        curve, error = _fit(np.concatenate([samples[k][:-1], samples[after[k]]]))
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


def _bernstein(t: NDArray[np.float64]) -> NDArray[np.float64]:
    s = 1.0 - t
    return np.stack([s**3, 3 * s * s * t, 3 * s * t * t, t**3], axis=1)


def _sampled(curve: Curve) -> NDArray[np.float64]:
    return np.asarray(_bernstein(np.linspace(0.0, 1.0, _SAMPLES + 1)) @ curve)


def _fit(points: NDArray[np.float64]) -> tuple[Curve, float]:
    """Return the cubic between the first and last point that is closest to all, and its squared error."""
    steps = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    t = steps / steps[-1] if steps[-1] > 0.0 else np.linspace(0.0, 1.0, len(points))
    weights = _bernstein(t)
    ends = weights[:, :1] * points[0] + weights[:, 3:] * points[-1]
    controls = np.linalg.lstsq(weights[:, 1:3], points - ends, rcond=None)[0]
    curve = np.concatenate([points[:1], controls, points[-1:]])
    return curve, float(((weights @ curve - points) ** 2).sum())
