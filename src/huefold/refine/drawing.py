"""The drawing while Stage III works on it: contours and colours that may move, come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import compress

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.refine.fit import kernels
from huefold.render import GradientFills, SceneArrays
from huefold.scene import Path, Scene, Solid

__all__ = ["Drawing"]

Floats = NDArray[np.float64]


@dataclass(slots=True, eq=False)
class Drawing:
    """Paths in painter's order; the first `structural` ones are regions, the others details of one contour.

    Parameters
    ----------
    scene : Scene
        Where the drawing started: canvas, and all that is known of the structural paths.
    arrays : SceneArrays
        The current values.

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
    def knots(self) -> int:
        """Number of on-curve points of all paths, which is that of their segments."""
        return len(self.arrays.points) // 3

    def path_knots(self) -> NDArray[np.int64]:
        """Number of on-curve points of each path. Shape (N,)."""
        knots: NDArray[np.int64] = np.diff(self.path_points()) // 3
        return knots

    def path_points(self) -> NDArray[np.int64]:
        """Offset of each path in the points; the last entry is their number. Shape (N + 1,)."""
        return self.arrays.contours[self.arrays.paths]

    def add(self, contours: Sequence[Floats], colors: Floats) -> None:
        """Put detail paths of one contour each, with colours (M, 3), on top."""
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
        """The drawing as a scene; details are called d0, d1, ... from the bottom."""
        placeholder = np.zeros((3, 2))
        details = tuple(
            Path((placeholder,), Solid((0.0, 0.0, 0.0)), role="detail", id=f"d{index}")
            for index in range(self.details)
        )
        like = replace(self.scene, paths=self.scene.paths + details)
        return self.arrays.to_scene(like)


def _reordered(arrays: SceneArrays, paths: ArrayLike) -> GradientFills | None:
    """Return the gradients that fill other paths: those named, and -1 for ones of one colour."""
    if arrays.gradients is None:
        return None
    fills = arrays.gradients.reordered(paths)
    return fills if fills.count else None


def _clockwise(path: Path) -> Path:
    """Turn all contours of a path round if they enclose a negative area in sum."""
    points = np.concatenate(path.contours)
    contours = np.cumsum([0, *map(len, path.contours)])
    areas = np.empty(len(path.contours))
    kernels.signed_areas(points, contours, 8, areas)
    if areas.sum() >= 0.0:
        return path
    return replace(path, contours=tuple(np.roll(contour[::-1], 1, axis=0) for contour in path.contours))
