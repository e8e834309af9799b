"""Boundaries of all paths of a scene, and samples along them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold.bezier.curves import segments_of
from huefold.scene import Scene
from huefold.svg import kernels

__all__ = ["Boundaries", "Samples"]


@dataclass(frozen=True, slots=True, eq=False)
class Boundaries:
    """All segments of a scene, path by path and contour by contour.

    Parameters
    ----------
    points : (S, 4, 2) float64 ndarray
        The four points of each cubic; pixels of the original image.
    contours : (C + 1,) int64 ndarray
        Offset of each contour in the segments; the last entry is S.
    paths : (N + 1,) int64 ndarray
        Offset of each path in the contours; the last entry is C.
    """

    points: NDArray[np.float64]
    contours: NDArray[np.int64]
    paths: NDArray[np.int64]

    @classmethod
    def from_scene(cls, scene: Scene) -> Boundaries:
        """Gather the segments of all paths."""
        chains = [contour for path in scene.paths for contour in path.contours]
        points = np.cumsum([0, *map(len, chains)], dtype=np.int64)
        paths = np.cumsum([0, *(len(path.contours) for path in scene.paths)], dtype=np.int64)
        return cls(segments_of(np.concatenate([np.empty((0, 2)), *chains]), points), points // 3, paths)

    @property
    def path_segments(self) -> NDArray[np.int64]:
        """Offset of each path in the segments, (N + 1,)."""
        return self.contours[self.paths]

    def samples(self, spacing: float) -> Samples:
        """Divide the segments into samples, at most about `spacing` pixels apart."""
        steps = np.diff(self.points, axis=1)
        length = np.sqrt((steps * steps).sum(axis=2)).sum(axis=1)
        counts = np.maximum(1, np.ceil(length / spacing))
        return Samples(self, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64))


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Samples along boundaries: midpoints of equal parameter steps of each segment.

    Parameters
    ----------
    boundaries : Boundaries
        What is sampled.
    first : (S + 1,) int64 ndarray
        First sample of each segment; the last entry is their number, M.
    """

    boundaries: Boundaries
    first: NDArray[np.int64]

    @property
    def count(self) -> int:
        """Number of samples."""
        return int(self.first[-1])

    def positions(self) -> NDArray[np.float64]:
        """Return the positions of the samples, (M, 2); pixels of the original image."""
        position = np.empty((self.count, 2))
        kernels.sample(self.boundaries.points, self.first, position)
        return position

    def segments(self) -> NDArray[np.int64]:
        """Return the segment of each sample, (M,)."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def swept_area(
        self, after: NDArray[np.float64], moved: NDArray[np.bool_], area: NDArray[np.float64]
    ) -> None:
        """Write the area, to first order, that each sample's piece sweeps when the segments move.

        Parameters
        ----------
        after : (S, 4, 2) float64 ndarray
            The segments after the move; pixels.
        moved : (S,) bool ndarray
            Segments whose samples are to be written.
        area : (M,) float64 ndarray
            Receives ``|D x B'| dt`` with D = the displacement of the curve B, square pixels.
        """
        kernels.sweep(self.boundaries.points, after, self.first, moved, area)
