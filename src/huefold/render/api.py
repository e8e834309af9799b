"""The renderer as functions: scenes to images, and gradients back to scenes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from huefold.parallel import available_threads
from huefold.render.arrays import RenderError, SceneArrays
from huefold.render.fills.arrays import FillGradients
from huefold.render.rasterizer import Gradients, Rasterizer
from huefold.render.topology import checked
from huefold.scene import Scene

__all__ = ["LossAndGradients", "rasterize", "value_and_grad", "vjp"]

Image: TypeAlias = NDArray[np.floating[Any]]

KEPT_RASTERIZERS = 4
"""Number of sizes for which a thread keeps buffers."""

MAX_PIXELS = 200_000_000
"""Largest picture drawn; it takes 2.4 GB."""


@dataclass(frozen=True, slots=True, eq=False)
class LossAndGradients:
    """Loss, image and gradients of one pass of `value_and_grad`.

    Attributes
    ----------
    loss : float
        The weighted squared error.
    image : (H, W, 3) ndarray
        The rendering, of the target's dtype: a view of contiguous planes (3, H, W).
    points : (P, 2) float64 ndarray
        Gradient of the loss by scene coordinates.
    colors : (N, 3) float64 ndarray
        Gradient by sRGB fill values.
    opacities : (N,) float64 ndarray
        Gradient by opacity; from below where opacity is 1.
    background : (3,) float64 ndarray
        Gradient by the background's sRGB values.
    importance : (N,) float64 ndarray
        Exact loss increase if the path were left out; negative where the drawing gains without it.
    fills : FillGradients or None
        Gradient by what gradient fills are made of; None if the scene has none.
    """

    loss: float
    image: Image
    points: NDArray[np.float64]
    colors: NDArray[np.float64]
    opacities: NDArray[np.float64]
    background: NDArray[np.float64]
    importance: NDArray[np.float64]
    fills: FillGradients | None = None


def rasterize(
    scene: Scene | SceneArrays,
    *,
    width: int | None = None,
    height: int | None = None,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Draw `scene` with exact box-filter anti-aliasing.

    Parameters
    ----------
    scene : Scene or SceneArrays
        What to draw.
    width, height : int, optional
        Output size in pixels. One alone keeps the aspect ratio; none draws at the scene's own size.
    threads : int, optional
        Worker threads; the result is the same to the bit for any number. Default: all processors.

    Returns
    -------
    image : (H, W, 4) float32 ndarray
        sRGB and straight (not premultiplied) alpha, which is 1 everywhere unless the canvas is transparent. In
        [0, 1] where the colours are; black where alpha is 0.

    Raises
    ------
    RenderError
        If the size is not positive or beyond 200 megapixels, or arrays do not make up a scene.

    Examples
    --------
    >>> rasterize(Scene(4, 2, (1.0, 0.5, 0.0)), width=8).shape
    (4, 8, 4)

    A canvas without a background:

    >>> from huefold.scene import Path, Solid, contour_from_polygon
    >>> half = contour_from_polygon([(0, 0), (0.5, 0), (0.5, 1), (0, 1)])
    >>> rasterize(Scene(2, 1, None, (Path((half,), Solid((1.0, 0.0, 0.0))),)))
    array([[[1. , 0. , 0. , 0.5],
            [0. , 0. , 0. , 0. ]]], dtype=float32)
    """
    arrays = checked(SceneArrays.from_scene(scene) if isinstance(scene, Scene) else scene)
    columns, rows = _output_size(arrays, width, height)
    image = np.ones((rows, columns, 4), np.float32)
    planes = np.empty((3, rows, columns), np.float32)
    if arrays.transparent:
        image[..., 3] = _draw_alpha(arrays, planes, threads)
        arrays = replace(arrays, background=np.zeros(3), transparent=False)
    draw_planes(arrays, planes, threads=threads)
    image[..., :3] = planes.transpose(1, 2, 0)
    if (image[..., 3] < 1.0).any():
        _unmultiply(image, _brightest(arrays))
    return image


def value_and_grad(
    scene: SceneArrays, target: Image, weight: Image | None = None, *, threads: int | None = None
) -> LossAndGradients:
    """Draw `scene` and differentiate its error against `target` by everything in the scene, in one pass.

    The loss is ``sum(weight * (image - target)**2) / (3 * H * W)``: the mean squared error where `weight` is 1.

    Parameters
    ----------
    scene : SceneArrays
        What to draw; its canvas is stretched over the target.
    target : (H, W, 3) ndarray
        sRGB picture to match, in [0, 1]; float32, or float64 for pixels in double precision.
    weight : (H, W) ndarray, optional
        How much each pixel counts, at least 0; 1 everywhere by default.
    threads : int, optional
        Worker threads; the result is the same to the bit for any number. Default: all processors.

    Returns
    -------
    result : LossAndGradients
        Loss, image, gradients, and the importance of each path.

    Raises
    ------
    RenderError
        If arrays do not make up a scene, target and weight are not pictures of one size, the target holds values
        that are not finite, or weights are not finite numbers from 0 on.

    See Also
    --------
    vjp : For losses other than a squared error.
    Rasterizer : Works on planes; quicker where neither importance nor the gradient of opacities is needed.

    Notes
    -----
    Coverage is the exact area of the filled shape in each pixel; its derivative by a point is an integral along the
    outline, in closed form for each pixel. Equal input gives equal output to the bit.

    Examples
    --------
    A disc to the left of the one in the target:

    >>> import numpy as np
    >>> from huefold.render import Topology, value_and_grad
    >>> k = 0.5523
    >>> disc = np.array([(1, 0), (1, k), (k, 1), (0, 1), (-k, 1), (-1, k),
    ...                  (-1, 0), (-1, -k), (-k, -1), (0, -1), (k, -1), (1, -k)])
    >>> curve = Topology.closed_curves(1, 4)
    >>> left = curve.with_values((7, 8) + 4 * disc, [(1, 0, 0)], width=16, height=16)
    >>> middle = curve.with_values((8, 8) + 4 * disc, [(1, 0, 0)], width=16, height=16)
    >>> found = value_and_grad(left, rasterize(middle)[..., :3])
    >>> bool(found.points[:, 0].sum() < 0)  # the loss falls as the disc moves to the right
    True
    """
    arrays = checked(scene)
    planes = _planes(target, "target")
    rows, columns = planes.shape[1:]
    weights = None if weight is None else _weights(weight, (rows, columns))
    image = np.empty((3, rows, columns), planes.dtype)
    raster = _rasterizer(columns, rows, planes.dtype, threads)
    found = raster.value_and_grad(arrays, planes, weights, beneath=True, out=image)
    return LossAndGradients(
        loss=found.loss,
        image=image.transpose(1, 2, 0),
        points=found.points,
        colors=found.colors,
        opacities=cast("NDArray[np.float64]", found.opacities),  # there, since it looked beneath
        background=found.background,
        importance=cast("NDArray[np.float64]", found.importance),
        fills=found.fills,
    )


def vjp(
    scene: SceneArrays, upstream: Image, *, opacities: bool = True, threads: int | None = None
) -> Gradients:
    """Return the gradient of any loss by the scene, given that by the image: the vector-Jacobian product.

    Draws the scene again, band by band; nothing is kept from an earlier call.

    Parameters
    ----------
    scene : SceneArrays
        What was drawn.
    upstream : (H, W, 3) ndarray
        Gradient of the loss by the image; float32, or float64 for double precision.
    opacities : bool, optional
        Whether to compute the gradient of opacities, of paths and of stops. Without it, what lies beneath opaque
        paths needs no work.
    threads : int, optional
        Worker threads; the result is the same to the bit for any number. Default: all processors.

    Returns
    -------
    gradients : Gradients
        Of points, colours, background, gradient fills and, if wanted, opacities of paths and stops; its `loss` is 0
        and its `importance` None.

    Raises
    ------
    RenderError
        If arrays do not make up a scene, or `upstream` is not (H, W, 3) of a float type, or not finite.

    Examples
    --------
    Gradient of the picture's mean brightness by the colours:

    >>> import numpy as np
    >>> from huefold.render import Topology, vjp
    >>> from huefold.scene import contour_from_polygon
    >>> square = contour_from_polygon([(1, 1), (3, 1), (3, 3), (1, 3)])
    >>> scene = Topology.closed_curves(1, 4).with_values(square, [(1, 0, 0)], width=4, height=4)
    >>> found = vjp(scene, np.full((4, 4, 3), 1 / 48))
    >>> found.colors.sum().round(9), found.background.sum().round(9)  # a quarter of the pixels, and the rest
    (np.float64(0.25), np.float64(0.75))
    """
    arrays = checked(scene)
    planes = _planes(upstream, "upstream")
    return vjp_planes(arrays, planes, opacities=opacities, threads=threads)


def draw_planes(scene: SceneArrays, out: Image, *, threads: int | None = None) -> None:
    """Draw a checked scene into contiguous planes (3, H, W)."""
    _rasterizer(out.shape[2], out.shape[1], out.dtype, threads).draw(scene, out=out)


def vjp_planes(
    scene: SceneArrays, upstream: Image, *, opacities: bool, threads: int | None = None
) -> Gradients:
    """`vjp` of a checked scene, with upstream planes (3, H, W)."""
    raster = _rasterizer(upstream.shape[2], upstream.shape[1], upstream.dtype, threads)
    found = raster.vjp(scene, upstream, beneath=opacities)
    # Importance is defined for the squared error only.
    return replace(found, loss=0.0, importance=None)


def _draw_alpha(scene: SceneArrays, planes: Image, threads: int | None) -> Image:
    """Alpha of a transparent scene: drawn all white on black, which does not cancel where alpha is near 0."""
    gradients = scene.gradients
    if gradients is not None:
        gradients = replace(gradients, colors=np.ones_like(gradients.colors))
    white = replace(
        scene,
        colors=np.ones_like(scene.colors),
        gradients=gradients,
        background=np.zeros(3),
        transparent=False,
    )
    draw_planes(white, planes, threads=threads)
    alpha: Image = planes[0].copy()
    return alpha


def _brightest(scene: SceneArrays) -> float:
    """Largest sRGB value of all fills, at least 1."""
    stops = 1.0 if scene.gradients is None else scene.gradients.colors.max(initial=1.0)
    return float(max(scene.colors.max(initial=1.0), stops))


def _unmultiply(image: NDArray[np.float32], brightest: float) -> None:
    """Divide premultiplied colours by alpha, in place; rounding leads them no further than to `brightest`."""
    alpha = image[..., 3:]
    np.divide(image[..., :3], alpha, out=image[..., :3], where=alpha > 0.0)
    np.minimum(image[..., :3], np.float32(brightest), out=image[..., :3])


def _output_size(scene: SceneArrays, width: int | None, height: int | None) -> tuple[int, int]:
    """Size asked for; what is missing follows from the canvas."""
    if width is None and height is None:
        width, height = max(1, round(scene.width)), max(1, round(scene.height))
    elif width is None and isinstance(height, int | np.integer):
        width = max(1, round(scene.width * height / scene.height))
    elif height is None and isinstance(width, int | np.integer):
        height = max(1, round(scene.height * width / scene.width))
    return whole_size(width, height)


def whole_size(width: object, height: object) -> tuple[int, int]:
    """Return a size in whole pixels; raise `RenderError` if it is none."""
    for size in (width, height):
        if not isinstance(size, int | np.integer) or size < 1:
            raise RenderError(
                f"an image is a whole number of pixels, at least 1, wide and high, got {size!r}"
            )
    columns, rows = cast("tuple[int, int]", (width, height))
    if columns * rows > MAX_PIXELS:
        raise RenderError(
            f"{columns}x{rows} pixels are more than {MAX_PIXELS // 10**6} megapixels; ask for a smaller size"
        )
    return columns, rows


def _planes(picture: Image, name: str) -> Image:
    """(H, W, 3) as contiguous (3, H, W); no copy for a picture that this module made."""
    values = np.asarray(picture)
    if values.ndim != 3 or values.shape[2] != 3 or values.size == 0:
        raise RenderError(f"{name} is an array of shape (H, W, 3), got {values.shape}")
    if values.dtype not in (np.float32, np.float64):
        raise RenderError(
            f"{name} is float32 or float64, got {values.dtype}: convert it (8 bits: divide by 255)"
        )
    # Minimum and maximum take no memory, and are NaN where there is one.
    if not (np.isfinite(values.min()) and np.isfinite(values.max())):
        raise RenderError(f"{name} holds values that are not finite numbers: replace them (numpy.nan_to_num)")
    return np.ascontiguousarray(values.transpose(2, 0, 1))


def _weights(weight: Image, shape: tuple[int, int]) -> Image:
    values = np.asarray(weight)
    if values.shape != shape:
        raise RenderError(f"expected weights of shape {shape}, got {values.shape}")
    if values.dtype.kind not in "biuf":
        raise RenderError(f"weights are numbers, got {values.dtype}")
    if not (values.min() >= 0 and values.max() < np.inf):
        raise RenderError(
            f"weights are finite numbers, at least 0, got {values.min():g} to {values.max():g}: clip them"
        )
    return values


class _Kept(threading.local):
    """One thread's rasterisers, least recently used first."""

    def __init__(self) -> None:
        self.rasterizers: OrderedDict[tuple[int, int, np.dtype[Any], int], Rasterizer] = OrderedDict()


_kept = _Kept()


def _rasterizer(width: int, height: int, dtype: np.dtype[Any], threads: int | None) -> Rasterizer:
    if threads is not None and threads < 1:
        raise RenderError(f"threads is at least 1, got {threads}")
    key = (width, height, dtype, available_threads() if threads is None else int(threads))
    raster = _kept.rasterizers.pop(key, None)
    if raster is None:
        raster = Rasterizer(width, height, dtype=dtype, threads=key[3])
    _kept.rasterizers[key] = raster
    while len(_kept.rasterizers) > KEPT_RASTERIZERS:
        _kept.rasterizers.popitem(last=False)
    return raster
