"""Names of paths: which of them show what has a name, and what each name got of a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.metrics.areas import path_areas
from huefold.run.guidance import NamedMap
from huefold.run.report import NamedShare
from huefold.scene import Scene

__all__ = ["name_paths", "named_shares"]

Rgb: TypeAlias = NDArray[np.float32]

HIDDEN_PIXELS = 0.5
"""A path of which less shows is named by where it lies."""


def name_paths(scene: Scene, named: Sequence[NamedMap], *, threads: int | None = None) -> Scene:
    """Return the scene with the paths named that show what has a name.

    Parameters
    ----------
    scene : Scene
        A drawing.
    named : sequence of NamedMap
        A path gets the name in whose mask more than half of it lies: of what shows of it, or of all of it if
        next to nothing shows. Of several such names it is that of the smallest mask, which says most.
    threads : int, optional
        Does not change the result.

    Returns
    -------
    scene : Scene
        Other paths keep the names that they have.

    Examples
    --------
    >>> from huefold.scene import Path, Solid, contour_from_polygon
    >>> square = contour_from_polygon([(0, 0), (2, 0), (2, 2), (0, 2)])
    >>> scene = Scene(4, 2, (1, 1, 1), (Path((square,), Solid((1, 0, 0))), Path((square + 1,), Solid((0, 0, 1)))))
    >>> left = np.array([[1, 1, 0, 0], [1, 1, 0, 0]], np.float32)
    >>> [path.name for path in name_paths(scene, [NamedMap("left", left)]).paths]
    ['left', None]
    """
    if not named or not scene.paths:
        return scene
    masks = [part.mask for part in named]
    planes = np.stack([*masks, np.ones_like(masks[0])]).astype(np.float64)
    areas = path_areas(scene, planes, visible=True, threads=threads)
    hidden = areas[:, -1] < HIDDEN_PIXELS
    if hidden.any():
        areas[hidden] = path_areas(scene, planes, threads=threads)[hidden]
    inside = areas[:, :-1] > 0.5 * areas[:, -1:]
    sizes = np.array([mask.sum() for mask in masks])
    first = np.where(inside, sizes, np.inf).argmin(axis=1)
    paths = (
        replace(path, name=named[first[k]].name) if inside[k].any() else path
        for k, path in enumerate(scene.paths)
    )
    return replace(scene, paths=tuple(paths))


def named_shares(scene: Scene, named: Sequence[NamedMap], rgb: Rgb, drawn: Rgb) -> tuple[NamedShare, ...]:
    """Return what each name got of a drawing.

    Parameters
    ----------
    scene : Scene
        With its paths named.
    named : sequence of NamedMap
    rgb, drawn : (H, W, 3) float32 ndarray
        The photo, and the drawing at the same size; sRGB values in [0, 1].

    Returns
    -------
    shares : tuple of NamedShare
        In the order of `named`.
    """
    squared = ((np.asarray(drawn, np.float64) - rgb) ** 2).mean(axis=2)
    shares = []
    for part in named:
        roles = [path.role for path in scene.paths if path.name == part.name]
        mse = float(squared[part.mask].mean())
        shares.append(
            NamedShare(
                name=part.name,
                weight=part.weight,
                area=float(part.mask.mean()),
                paths=len(roles),
                details=roles.count("detail"),
                share=len(roles) / max(1, len(scene.paths)),
                mse=mse,
                psnr=-10.0 * math.log10(mse) if mse > 0.0 else math.inf,
            )
        )
    return tuple(shares)
