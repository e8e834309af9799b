"""Topology of a scene: which points make up which contours, and which contours which paths."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.render.arrays import RenderError, SceneArrays
from huefold.render.fills.arrays import GradientFills, finite_array

__all__ = ["Topology"]


@dataclass(frozen=True, slots=True, eq=False)
class Topology:
    """How the points of a scene make up closed contours, and those make up paths.

    A scene is its topology, a canvas, and the values of points, colours, opacities and background.

    Parameters
    ----------
    contours : (C + 1,) array_like of int
        Offset of each contour in the points, beginning with 0; a contour of S cubic segments takes 3 * S points.
        The last entry is the number of points P.
    paths : (N + 1,) array_like of int, optional
        Offset of each path in the contours, beginning with 0; the last entry is C. Default: each contour is a path.
    evenodd : (N,) array_like of bool, optional
        Which paths are filled by the even-odd rule; the others, and by default all, by the non-zero rule.

    Raises
    ------
    RenderError
        If offsets do not increase from 0, a contour's number of points is not a positive multiple of 3, or the
        three do not fit together.

    Examples
    --------
    A disc of 4 segments, and a ring of two contours:

    >>> topology = Topology([0, 12, 24, 36], [0, 1, 3])
    >>> topology.point_count, topology.path_count
    (36, 2)
    """

    contours: NDArray[np.int64]
    paths: NDArray[np.int64]
    evenodd: NDArray[np.uint8]

    def __init__(
        self, contours: ArrayLike, paths: ArrayLike | None = None, evenodd: ArrayLike | None = None
    ) -> None:
        points = _offsets(contours, "contours")
        if (np.diff(points) % 3).any() or (np.diff(points) < 3).any():
            raise RenderError(
                f"a contour of S segments takes 3 * S points, got contours of {np.diff(points).tolist()[:8]} points"
            )
        count = len(points) - 1
        of_path = np.arange(count + 1) if paths is None else _offsets(paths, "paths")
        if of_path[-1] != count:
            raise RenderError(f"paths end at contour {of_path[-1]}, but there are {count} contours")
        rules = np.zeros(len(of_path) - 1, bool) if evenodd is None else np.asarray(evenodd)
        if rules.shape != (len(of_path) - 1,) or rules.dtype.kind not in "bui":
            raise RenderError(f"evenodd is one flag for each of {len(of_path) - 1} paths, got {rules.shape}")
        for name, value in (("contours", points), ("paths", of_path), ("evenodd", rules != 0)):
            object.__setattr__(self, name, _frozen(value, np.uint8 if name == "evenodd" else np.int64))

    @property
    def point_count(self) -> int:
        """Number of points, P."""
        return int(self.contours[-1])

    @property
    def path_count(self) -> int:
        """Number of paths, N."""
        return len(self.evenodd)

    @classmethod
    def closed_curves(cls, count: int, segments: int) -> Topology:
        """Return `count` paths, each one closed curve of `segments` cubic segments."""
        return cls(np.arange(count + 1) * 3 * segments)

    @classmethod
    def of(cls, scene: SceneArrays) -> Topology:
        """Return the topology of `scene`."""
        return cls(scene.contours, scene.paths, scene.evenodd)

    def with_values(
        self,
        points: ArrayLike,
        colors: ArrayLike,
        opacities: ArrayLike | None = None,
        background: ArrayLike = (1.0, 1.0, 1.0),
        *,
        width: float,
        height: float,
        gradients: GradientFills | None = None,
    ) -> SceneArrays:
        """Return a scene of this topology with these values.

        Parameters
        ----------
        points : (P, 2) array_like
            On-curve and control points; scene units, x right, y down.
        colors : (N, 3) array_like
            sRGB fills.
        opacities : (N,) array_like, optional
            In [0, 1]; 1 by default.
        background : (3,) array_like, optional
            sRGB; white by default.
        width, height : float
            Canvas in scene units; it is stretched over the picture.
        gradients : GradientFills, optional
            Which paths are filled by gradients instead of their colours; taken as they are, not copied.

        Returns
        -------
        scene : SceneArrays
            Copies of the values as float64.

        Raises
        ------
        RenderError
            If an array has another shape, a value is not finite, an opacity lies outside [0, 1], the canvas is
            empty, or gradients cannot be drawn.
        """
        count = self.path_count
        return checked(
            SceneArrays(
                width=float(width),
                height=float(height),
                points=np.array(points, np.float64),
                contours=self.contours,
                paths=self.paths,
                colors=np.array(colors, np.float64),
                opacities=np.ones(count) if opacities is None else np.array(opacities, np.float64),
                evenodd=self.evenodd,
                background=np.array(background, np.float64),
                gradients=gradients,
            ),
            self,
        )


def checked(scene: SceneArrays, topology: Topology | None = None) -> SceneArrays:
    """Return `scene` as the kernels want it; raise `RenderError` if it cannot be drawn."""
    known = Topology.of(scene) if topology is None else topology
    count = known.path_count
    values = {
        "points": finite_array(scene.points, (known.point_count, 2), "points"),
        "colors": finite_array(scene.colors, (count, 3), "colors"),
        "opacities": finite_array(scene.opacities, (count,), "opacities"),
        "background": finite_array(scene.background, (3,), "background"),
    }
    opacities = values["opacities"]
    if count and not (opacities.min() >= 0.0 and opacities.max() <= 1.0):
        raise RenderError(
            f"opacities lie in [0, 1], got {opacities.min():g} to {opacities.max():g}: clip them after each step"
        )
    if not (0.0 < scene.width < np.inf and 0.0 < scene.height < np.inf):
        raise RenderError(f"a canvas has a size above 0, got {scene.width} x {scene.height}")
    return SceneArrays(
        width=scene.width,
        height=scene.height,
        contours=known.contours,
        paths=known.paths,
        evenodd=known.evenodd,
        gradients=None if scene.gradients is None else scene.gradients.checked(count),
        transparent=scene.transparent,
        **values,
    )


def _offsets(values: ArrayLike, name: str) -> NDArray[np.int64]:
    given = np.asarray(values)
    if given.ndim != 1 or len(given) == 0 or given.dtype.kind not in "iu":
        raise RenderError(f"{name} are whole numbers in one row, got {given.dtype} of shape {given.shape}")
    offsets = given.astype(np.int64)
    if offsets[0] != 0 or (np.diff(offsets) < 0).any():
        raise RenderError(f"{name} are offsets that rise from 0, got {offsets.tolist()[:8]}")
    return offsets


def _frozen(values: NDArray[np.generic], dtype: type[np.generic]) -> NDArray[np.generic]:
    # A copy: it cannot change after it was checked.
    frozen = values.astype(dtype)
    frozen.setflags(write=False)
    return frozen
