"""The rasteriser: scenes to planes of pixels, and gradients back, with buffers that are kept from call to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from huefold.parallel import available_threads
from huefold.render.arrays import RenderError, SceneArrays
from huefold.render.checks import SceneChecks, is_number
from huefold.render.fills import tables
from huefold.render.fills.arrays import FillGradients, GradientFills
from huefold.render.renderer import IMPORTANCE, OPACITY, Paint, Planes, Renderer, Results, mark_boxes

__all__ = ["FLATTENING_TOLERANCE", "Gradients", "Rasterizer", "available_threads"]

Item = TypeVar("Item", np.float64, np.int64, np.uint8)

FLATTENING_TOLERANCE = 0.05
"""Largest distance of a drawn line from its curve, in output pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """Results of one backward pass.

    Attributes
    ----------
    loss : float
        The weighted squared error, or 0 for an upstream gradient.
    points : (P, 2) float64 ndarray
        Gradient of the loss by scene coordinates.
    colors : (N, 3) float64 ndarray
        Gradient by sRGB fill values.
    background : (3,) float64 ndarray
        Gradient by the background's sRGB values.
    opacities : (N,) float64 ndarray or None
        Gradient by opacity; None unless asked for.
    importance : (N,) float64 ndarray or None
        Exact loss increase if the path were left out; None unless asked for.
    fills : FillGradients or None
        Gradient by what gradient fills are made of; None if the scene has none.
    """

    loss: float
    points: NDArray[np.float64]
    colors: NDArray[np.float64]
    background: NDArray[np.float64]
    opacities: NDArray[np.float64] | None
    importance: NDArray[np.float64] | None
    fills: FillGradients | None = None

    def path_colors(self, fills: GradientFills | None) -> NDArray[np.float64]:
        """Gradient by one value added to a path's colour, or to all its stops in `fills`. Shape (N, 3).

        For an upstream gradient of ones, this is the visible area of each path.
        """
        if fills is None or self.fills is None:
            return self.colors
        found: NDArray[np.float64] = self.colors + fills.path_sums(self.fills.colors)
        return found


class Rasterizer:
    """Draws and differentiates scenes at one output size, keeping its buffers between calls.

    Not safe for use from several threads at once; make one each.

    Parameters
    ----------
    width, height : int
        Output size in pixels; the scene's canvas is stretched over it.
    dtype : {float32, float64}, optional
        Type of pixels. float64 is for proofs.
    threads : int, optional
        Worker threads; the result is the same to the bit for any number. Default: all processors.
    tolerance : float, optional
        Largest distance between a curve and the lines drawn for it, in output pixels.
    winding_penalty : float, optional
        Above 0, draws only what an outline winds around once clockwise on the screen, whatever the fill rule. Adds
        the gradient of so much error a pixel for every other winding (to the gradient, not to the loss), so that
        outlines gain nothing by crossing themselves. 0 draws by the fill rules.

    Raises
    ------
    RenderError
        If the size is not positive and whole, the dtype is neither float32 nor float64, threads are not whole and
        above 0, tolerance is not above 0, or the winding penalty is below 0; when drawing, if the arrays of a scene
        do not belong together.

    Examples
    --------
    >>> from huefold.scene import Path, Scene, Solid, contour_from_polygon
    >>> square = Path((contour_from_polygon([(1, 1), (3, 1), (3, 3), (1, 3)]),), Solid((1, 0, 0)))
    >>> arrays = SceneArrays.from_scene(Scene(4, 4, (0, 0, 0), (square,)))
    >>> Rasterizer(4, 4).draw(arrays)[0]
    array([[0., 0., 0., 0.],
           [0., 1., 1., 0.],
           [0., 1., 1., 0.],
           [0., 0., 0., 0.]], dtype=float32)
    """

    def __init__(
        self,
        width: int,
        height: int,
        *,
        dtype: DTypeLike = np.float32,
        threads: int | None = None,
        tolerance: float = FLATTENING_TOLERANCE,
        winding_penalty: float = 0.0,
    ) -> None:
        for side in (width, height):
            if not is_number(side, 1.0) or int(side) != side:
                raise RenderError(
                    f"an image has whole sides and at least 1x1 pixels, got {width!r} x {height!r}"
                )
        if threads is not None and not (is_number(threads, 1.0) and int(threads) == threads):
            raise RenderError(f"threads must be a whole number, at least 1, got {threads!r}")
        if not is_number(tolerance, 0.0) or tolerance == 0.0:
            raise RenderError(f"tolerance must be a number of pixels above 0, got {tolerance!r}")
        if not is_number(winding_penalty, 0.0):
            raise RenderError(f"winding_penalty must be a number, at least 0, got {winding_penalty!r}")
        self.dtype = _pixel_type(dtype)
        self.width = int(width)
        self.height = int(height)
        self.threads = int(threads) if threads is not None else available_threads()
        self.tolerance = tolerance
        self.winding_penalty = winding_penalty
        self._checks = SceneChecks()
        self.renderer = Renderer(
            self.width, self.height, self.dtype, threads=self.threads, tolerance=tolerance,
            winding_penalty=winding_penalty,
        )  # fmt: skip

    def alone(self) -> Rasterizer:
        """Return a rasteriser of the same settings on one thread, with buffers of its own."""
        options = {"tolerance": self.tolerance, "winding_penalty": self.winding_penalty}
        return Rasterizer(self.width, self.height, dtype=self.dtype, threads=1, **options)

    def draw(self, scene: SceneArrays, *, out: Planes | None = None) -> Planes:
        """Render `scene` as planes.

        Parameters
        ----------
        scene : SceneArrays
            What to draw.
        out : (3, H, W) ndarray, optional
            Where to put it; C-contiguous, of this rasteriser's dtype.

        Returns
        -------
        planes : (3, H, W) ndarray
            sRGB in [0, 1].
        """
        image = self._fitting(out) if out is not None else np.empty((3, self.height, self.width), self.dtype)
        self.renderer.draw(self._paint(scene), image=image)
        return image

    def draw_boxes(self, scene: SceneArrays, boxes: NDArray[np.int64], out: Planes) -> None:
        """Render `scene` within boxes of pixels into `out`; what the rest of it becomes is not defined.

        Parameters
        ----------
        scene : SceneArrays
            What to draw.
        boxes : (K, 4) int64 ndarray
            Left, top, right and bottom of each box within the picture; right and bottom lie outside.
        out : (3, H, W) ndarray
            C-contiguous, of this rasteriser's dtype.

        Raises
        ------
        RenderError
            If `out` is not such an array, or as for `draw`.

        Examples
        --------
        >>> from huefold.scene import Scene
        >>> out = np.zeros((3, 2, 3), np.float32)
        >>> white = SceneArrays.from_scene(Scene(3, 2, (1.0, 1.0, 1.0)))
        >>> Rasterizer(3, 2).draw_boxes(white, np.array([[1, 0, 3, 1]]), out)
        >>> out[0, 0, 1:]
        array([1., 1.], dtype=float32)
        """
        within = np.clip(boxes, 0, (self.width, self.height) * 2).astype(np.int64)
        wanted = np.zeros((self.height, (self.width + 63) // 64), np.uint64)
        mark_boxes(np.ascontiguousarray(within), len(within), wanted, wanted.shape[1])
        self.renderer.draw(self._paint(scene), image=self._fitting(out), wanted=wanted)

    def loss(self, scene: SceneArrays, target: Planes, weight: Planes | None = None) -> float:
        """Weighted squared error of `scene` against `target`, without gradients (see `value_and_grad`)."""
        return self.renderer.loss(self._paint(scene), self._flat(target), self._flat_weight(weight))

    def value_and_grad(
        self,
        scene: SceneArrays,
        target: Planes,
        weight: Planes | None = None,
        *,
        beneath: bool = False,
        out: Planes | None = None,
    ) -> Gradients:
        """Loss ``sum(weight * (image - target)**2) / (3 * H * W)`` and its exact gradient, in one pass.

        Parameters
        ----------
        scene : SceneArrays
            What to draw.
        target : (3, H, W) ndarray
            The image to match, of this rasteriser's dtype.
        weight : (H, W) ndarray, optional
            How much each pixel counts; 1 everywhere by default.
        beneath : bool, optional
            Also look under opaque paths: gives the gradient of opacities and each path's importance; slower.
        out : (3, H, W) ndarray, optional
            Receives the rendered image; C-contiguous, of this rasteriser's dtype.

        Returns
        -------
        gradients : Gradients
            The loss, its gradients and, when asked for, leave-one-out importance.
        """
        target, weight = self._flat(target), self._flat_weight(weight)
        image = None if out is None else self._fitting(out)
        paint = self._paint(scene)
        found = self.renderer.differentiate(paint, target, weight, image=image, beneath=beneath)
        return _gradients(scene, paint, found, beneath=beneath)

    def vjp(self, scene: SceneArrays, upstream: Planes, *, beneath: bool = False) -> Gradients:
        """Gradients of a scalar whose gradient by the image is `upstream`, (3, H, W); `loss` is 0."""
        upstream, paint = self._flat(upstream), self._paint(scene)
        found = self.renderer.differentiate(paint, upstream, beneath=beneath, from_upstream=True)
        return _gradients(scene, paint, found, beneath=beneath)

    def _paint(self, scene: SceneArrays) -> Paint:
        self._checks.require(scene)
        if scene.transparent:
            raise RenderError(
                "the canvas is transparent: give the scene a background colour to draw planes or gradients, "
                "or draw it with rasterize, which gives alpha"
            )
        scale = self.width / scene.width, self.height / scene.height
        opacities = _contiguous(scene.opacities, np.float64)
        return Paint(
            points=_contiguous(scene.points, np.float64),
            contours=_contiguous(scene.contours, np.int64),
            paths=_contiguous(scene.paths, np.int64),
            colors=_contiguous(scene.colors, np.float64),
            opacities=opacities,
            hiding=tables.hiding(scene.gradients, opacities),
            evenodd=_contiguous(scene.evenodd, np.uint8),
            background=_contiguous(scene.background, np.float64),
            scale=scale,
            fills=tables.tables(scene.gradients, scale),
        )

    def _fitting(self, out: Planes) -> Planes:
        shape = (3, self.height, self.width)
        if not isinstance(out, np.ndarray):
            raise RenderError(
                f"out must be an array of {self.dtype} of shape {shape}, got {type(out).__name__}"
            )
        flags = out.flags
        if out.shape != shape or out.dtype != self.dtype or not (flags.c_contiguous and flags.writeable):
            raise RenderError(
                f"out must be a writeable C-contiguous array of {self.dtype} of shape {shape}, "
                f"got {out.dtype} of shape {out.shape}"
            )
        return out

    def _flat(self, planes: Planes) -> Planes:
        if planes.shape != (3, self.height, self.width):
            raise RenderError(
                f"expected planes of shape (3, {self.height}, {self.width}), got {planes.shape}"
            )
        return np.ascontiguousarray(planes, self.dtype)

    def _flat_weight(self, weight: Planes | None) -> Planes | None:
        if weight is None:
            return None
        if weight.shape != (self.height, self.width):
            raise RenderError(f"expected weights of shape ({self.height}, {self.width}), got {weight.shape}")
        return np.ascontiguousarray(weight, self.dtype)


def _gradients(scene: SceneArrays, paint: Paint, found: Results, *, beneath: bool) -> Gradients:
    sums, fills = found.path_sums, scene.gradients
    return Gradients(
        loss=found.loss,
        points=found.points,
        colors=np.ascontiguousarray(sums[:, :3]),
        background=found.background,
        opacities=sums[:, OPACITY] if beneath else None,
        importance=sums[:, IMPORTANCE] if beneath else None,
        fills=None
        if fills is None
        else tables.derivatives(fills, paint.scale, found.shape_sums, found.stop_sums, beneath=beneath),
    )


def _pixel_type(dtype: DTypeLike) -> np.dtype[Any]:
    try:
        found = np.dtype(dtype)
    except TypeError as error:
        raise RenderError(f"pixels are float32 or float64, got {dtype!r}") from error
    if found not in (np.float32, np.float64):
        raise RenderError(f"pixels are float32 or float64, got {found}")
    return found


def _contiguous(values: NDArray[Any], dtype: type[Item]) -> NDArray[Item]:
    """The same values as the kernels read them."""
    return np.ascontiguousarray(values, dtype)
