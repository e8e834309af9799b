"""Area of each path of a drawing, whole or visible, in masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.errors import ImageError
from huefold.render import SceneArrays, vjp
from huefold.scene import Scene

__all__ = ["path_areas"]

_FAINT = 1e-9  # an opacity at which paths do not dim what lies beneath them


def path_areas(
    scene: Scene, masks: ArrayLike, *, visible: bool = False, threads: int | None = None
) -> NDArray[np.float64]:
    """Return how much of each path lies in each mask.

    Parameters
    ----------
    scene : Scene
        The drawing; stretched over the masks.
    masks : (M, H, W) array_like of float or bool
        Weights of the pixels; a plane of ones gives areas on the canvas.
    visible : bool, optional
        Count what shows of a path where later ones cover it, as far as it is opaque; else all of it, as if it
        were alone and opaque. A gradient that fades shows as far as its stops are opaque.
    threads : int, optional
        Does not change the result.

    Returns
    -------
    areas : (N, M) float64 ndarray
        In pixels of the masks.

    Raises
    ------
    ImageError
        If `masks` is not a stack of planes, or holds values that are not finite.

    Notes
    -----
    A path's share of a pixel is the derivative of the pixel by its colour: its coverage times opacity times the
    transmittance of later paths. A vector-Jacobian product with masks, three at a time as channels, sums all shares
    at once. With opacities near 0, paths do not cover each other.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> square = [contour_from_polygon([(x, 0), (x + 2, 0), (x + 2, 2), (x, 2)]) for x in (0, 1)]
    >>> scene = Scene(4, 2, (1, 1, 1), [Path((contour,), Solid((0, 0, 0))) for contour in square])
    >>> whole = np.ones((1, 2, 4))
    >>> path_areas(scene, whole).round(6).tolist(), path_areas(scene, whole, visible=True).tolist()
    ([[4.0], [4.0]], [[2.0], [4.0]])
    """
    planes = np.asarray(masks, dtype=np.float64)
    if planes.ndim != 3 or 0 in planes.shape[1:]:
        raise ImageError(f"masks have shape (M, H, W), got {planes.shape}", shape=planes.shape)
    if planes.size and not (np.isfinite(planes.min()) and np.isfinite(planes.max())):
        raise ImageError("masks hold values that are not finite numbers: give pixels that do not count 0")
    arrays = replace(SceneArrays.from_scene(scene), transparent=False)
    if not visible:
        arrays = replace(arrays, gradients=None, opacities=np.full(arrays.path_count, _FAINT))
    areas = np.zeros((arrays.path_count, len(planes)))
    if not arrays.path_count:
        return areas
    for first in range(0, len(planes), 3):
        three = planes[first : first + 3]
        upstream = np.zeros((*planes.shape[1:], 3))
        upstream[..., : len(three)] = three.transpose(1, 2, 0)
        found = vjp(arrays, upstream, opacities=False, threads=threads)
        areas[:, first : first + 3] = found.path_colors(arrays.gradients)[:, : len(three)]
    return areas if visible else areas / _FAINT
