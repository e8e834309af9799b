"""Scenes as flat arrays, for the kernels and for Stage III."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold.render.errors import RenderError
from huefold.render.fills.arrays import GradientFills
from huefold.render.renderer import segment_table
from huefold.scene import Color, Fill, Scene, Solid

__all__ = ["RenderError", "SceneArrays"]


@dataclass(frozen=True, slots=True, eq=False)
class SceneArrays:
    """All paths of a scene in flat arrays, in painter's order.

    Parameters
    ----------
    width, height : float
        Canvas in scene units (pixels of the original image).
    points : (P, 2) float64 ndarray
        On-curve and control points of all contours, one after the other: a contour of S segments has 3 * S points.
    contours : (C + 1,) int64 ndarray
        Offset of each contour in `points`; the last entry is P.
    paths : (N + 1,) int64 ndarray
        Offset of each path in `contours`; the last entry is C.
    colors : (N, 3) float64 ndarray
        sRGB fills in [0, 1]; unused where a gradient fills the path.
    opacities : (N,) float64 ndarray
        In [0, 1].
    evenodd : (N,) uint8 ndarray
        1 for the even-odd rule, 0 for non-zero.
    background : (3,) float64 ndarray
        sRGB, opaque.
    gradients : GradientFills, optional
        Which paths are filled by gradients, and those gradients; None if there are none.
    transparent : bool, optional
        Whether nothing lies beneath the paths, whatever `background` says: only `rasterize` draws such scenes.
    """

    width: float
    height: float
    points: NDArray[np.float64]
    contours: NDArray[np.int64]
    paths: NDArray[np.int64]
    colors: NDArray[np.float64]
    opacities: NDArray[np.float64]
    evenodd: NDArray[np.uint8]
    background: NDArray[np.float64]
    gradients: GradientFills | None = None
    transparent: bool = False

    @property
    def path_count(self) -> int:
        """Number of paths."""
        return len(self.colors)

    @classmethod
    def from_scene(cls, scene: Scene) -> SceneArrays:
        """Gather the paths of `scene` into flat arrays."""
        contours = [contour for path in scene.paths for contour in path.contours]
        gradients = GradientFills.of([path.fill for path in scene.paths])
        return cls(
            width=float(scene.width),
            height=float(scene.height),
            points=np.concatenate([*contours, np.zeros((0, 2))]),
            contours=np.cumsum([0, *map(len, contours)], dtype=np.int64),
            paths=np.cumsum([0, *(len(path.contours) for path in scene.paths)], dtype=np.int64),
            colors=np.array([_mean_color(path.fill) for path in scene.paths], np.float64).reshape(-1, 3),
            opacities=np.array([path.opacity for path in scene.paths], dtype=np.float64),
            evenodd=np.array([path.fill_rule == "evenodd" for path in scene.paths], dtype=np.uint8),
            background=np.array(scene.background or (0.0, 0.0, 0.0), dtype=np.float64),
            gradients=gradients if gradients.count else None,
            transparent=scene.background is None,
        )

    def to_scene(self, like: Scene) -> Scene:
        """Return `like`, of the same paths and contours, with these values clipped to [0, 1]."""
        if len(like.paths) != self.path_count:
            raise RenderError(f"the scene has {len(like.paths)} paths, the arrays {self.path_count}")
        paths = []
        for index, path in enumerate(like.paths):
            first, last = self.paths[index], self.paths[index + 1]
            contours = tuple(
                self.points[self.contours[c] : self.contours[c + 1]] for c in range(int(first), int(last))
            )
            fill = self._fill(index)
            opacity = float(np.clip(self.opacities[index], 0.0, 1.0))
            paths.append(replace(path, contours=contours, fill=fill, opacity=opacity))
        background = None if self.transparent else _color(self.background)
        return replace(like, background=background, paths=tuple(paths))

    def _fill(self, index: int) -> Fill:
        gradient = -1 if self.gradients is None else int(self.gradients.paths[index])
        if self.gradients is None or gradient < 0:
            return Solid(_color(self.colors[index]))
        return self.gradients.fill(gradient)

    def segments(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Control-point indices of every segment, (S, 4), and the path each belongs to, (S,)."""
        table = np.empty((len(self.points) // 3, 4), np.int64)
        path = np.empty(len(table), np.int32)
        segment_table(self.contours, self.paths, table, path)
        return table, path


def _mean_color(fill: Fill) -> Iterable[float]:
    """Colour of a solid fill; mean colour of the stops of a gradient."""
    if isinstance(fill, Solid):
        return fill.color
    return np.mean([stop.color for stop in fill.stops], axis=0).tolist()  # type: ignore[no-any-return]


def _color(values: NDArray[np.float64]) -> Color:
    r, g, b = np.clip(values, 0.0, 1.0).tolist()
    return r, g, b
