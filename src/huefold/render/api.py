"""Scenes in, images out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from huefold.render.arrays import SceneArrays
from huefold.render.rasterizer import Rasterizer
from huefold.scene import Scene

__all__ = ["rasterize"]


def rasterize(
    scene: Scene, *, width: int | None = None, height: int | None = None, threads: int | None = None
) -> NDArray[np.float32]:
    """Draw `scene` with exact box-filter anti-aliasing.

    Parameters
    ----------
    scene : Scene
        What to draw.
    width, height : int, optional
        Output size in pixels. One alone keeps the aspect ratio; none draws at the scene's own size.
    threads : int, optional
        Worker threads; the result is the same to the bit for any number.

    Returns
    -------
    image : (H, W, 4) float32 ndarray
        sRGB and straight (not premultiplied) alpha in [0, 1]; alpha is 1 everywhere, since backgrounds are opaque.

    Raises
    ------
    RenderError
        If the size is not positive.

    Examples
    --------
    >>> rasterize(Scene(4, 2, (1.0, 0.5, 0.0)), width=8).shape
    (4, 8, 4)
    """
    if width is None and height is None:
        width, height = scene.width, scene.height
    elif width is None and height is not None:
        width = max(1, round(scene.width * height / scene.height))
    elif height is None and width is not None:
        height = max(1, round(scene.height * width / scene.width))
    assert width is not None
    assert height is not None
    planes = Rasterizer(width, height, threads=threads).draw(SceneArrays.from_scene(scene))
    image = np.ones((height, width, 4), np.float32)
    image[..., :3] = planes.transpose(1, 2, 0)
    return image
