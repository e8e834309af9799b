"""The drawing while Stage III works on it: paths that move, come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.bezier import kernels
from huefold.render import GradientFills, SceneArrays
from huefold.scene import Path, Scene, Solid

__all__ = ["Drawing"]

Floats = NDArray[np.float64]

ORIENTATION_STEPS = 8
"""Sides of the polygon for each segment by which the orientation of a path is told."""


@dataclass(slots=True, eq=False)
class Drawing:
    """Paths in painter's order: first the structural ones, which are regions, then details of one contour.

    Parameters
    ----------
    scene : Scene
        Canvas, ids and names of the structural paths; their values are those at the start.
    arrays : SceneArrays
        Current values of all paths.

    Examples
    --------
    >>> drawing = Drawing.from_scene(Scene(4, 4, (1, 1, 1)))
    >>> drawing.count, drawing.structural
    (0, 0)
    """

    scene: Scene
    arrays: SceneArrays

    @classmethod
    def from_scene(cls, scene: Scene, details: Sequence[Path] = ()) -> Drawing:
        """Start from the structural paths of `scene` and `details` over them, outlines turned clockwise."""
        turned = replace(scene, paths=tuple(_clockwise(path) for path in scene.paths))
        all_paths = turned.paths + tuple(_clockwise(path) for path in details)
        return cls(turned, SceneArrays.from_scene(replace(turned, paths=all_paths)))

    @property
    def structural(self) -> int:
        """Number of structural paths."""
        return len(self.scene.paths)

    @property
    def count(self) -> int:
        """Number of paths."""
        return self.arrays.path_count

    @property
    def details(self) -> int:
        """Number of detail paths."""
        return self.count - self.structural

    @property
    def nodes(self) -> int:
        """Number of nodes of all paths, which is that of their segments."""
        return len(self.arrays.points) // 3

    def path_nodes(self) -> NDArray[np.int64]:
        """Number of nodes of each path. Shape (N,)."""
        nodes: NDArray[np.int64] = np.diff(self.arrays.contours[self.arrays.paths]) // 3
        return nodes

    def add(self, contours: Sequence[Floats], colors: Floats) -> None:
        """Add detail paths of one contour each, with colours (M, 3), on top."""
        if not len(contours):
            return
        old = self.arrays
        sizes = [len(contour) for contour in contours]
        self.arrays = replace(
            old,
            points=np.concatenate([old.points, *contours]),
            contours=np.concatenate([old.contours, old.contours[-1] + np.cumsum(sizes)]),
            paths=np.concatenate([old.paths, old.paths[-1] + 1 + np.arange(len(contours))]),
            colors=np.concatenate([old.colors, colors]),
            opacities=np.concatenate([old.opacities, np.ones(len(contours))]),
            evenodd=np.concatenate([old.evenodd, np.zeros(len(contours), np.uint8)]),
            gradients=_reordered(old, [*range(self.count), *([-1] * len(contours))]),
        )

    def drop(self, paths: NDArray[np.int64]) -> None:
        """Remove the given paths, structural or details."""
        keep = np.ones(self.count, bool)
        keep[paths] = False
        old = self.arrays
        self.scene = replace(self.scene, paths=tuple(compress(self.scene.paths, keep)))
        contour_path = np.repeat(np.arange(self.count), np.diff(old.paths))
        contour_kept = keep[contour_path]
        sizes = np.diff(old.contours)
        point_kept = np.repeat(contour_kept, sizes)
        self.arrays = replace(
            old,
            points=old.points[point_kept],
            contours=np.concatenate([[0], np.cumsum(sizes[contour_kept])]),
            paths=np.concatenate([[0], np.cumsum(np.diff(old.paths)[keep])]),
            colors=old.colors[keep],
            opacities=old.opacities[keep],
            evenodd=old.evenodd[keep],
            gradients=_reordered(old, np.flatnonzero(keep)),
        )

    def to_scene(self) -> Scene:
        """Return the drawing as a scene; details have the ids d0, d1, ... from the bottom."""
        placeholder = np.zeros((3, 2))
        details = tuple(
            Path((placeholder,), Solid((0.0, 0.0, 0.0)), role="detail", id=f"d{index}")
            for index in range(self.details)
        )
        like = replace(self.scene, paths=self.scene.paths + details)
        return self.arrays.to_scene(like)


def _reordered(arrays: SceneArrays, paths: ArrayLike) -> GradientFills | None:
    """Return the gradients of the paths named, in their order; -1 stands for a path of one colour."""
    if arrays.gradients is None:
        return None
    fills = arrays.gradients.reordered(paths)
    return fills if fills.count else None


def _clockwise(path: Path) -> Path:
    """Reverse all contours of a path if the sum of their signed areas is negative."""
    points = np.concatenate(path.contours)
    contours = np.cumsum([0, *map(len, path.contours)])
    areas = np.empty(len(path.contours))
    kernels.signed_areas(points, contours, ORIENTATION_STEPS, areas)
    if areas.sum() >= 0.0:
        return path
    return replace(path, contours=tuple(np.roll(contour[::-1], 1, axis=0) for contour in path.contours))
