"""The rasteriser: threads over bands of rows, with buffers that are reused from call to call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from huefold.parallel import available_threads, pool
from huefold.render import buffers
from huefold.render.arrays import RenderError, SceneArrays
from huefold.render.checks import SceneChecks, is_number
from huefold.render.fills import tables
from huefold.render.fills.arrays import FillGradients, GradientFills
from huefold.render.kernels import geometry, layout
from huefold.render.kernels.bands import draw_bands
from huefold.render.kernels.fills.sums import add_sums
from huefold.render.kernels.records import Fills, Paint, Partials, Plan, Task, Workspace, plain

__all__ = ["FLATTENING_TOLERANCE", "Gradients", "Rasterizer", "available_threads"]

Planes: TypeAlias = NDArray[np.floating[Any]]
Whole = TypeVar("Whole", NDArray[np.int64], NDArray[np.uint8])

FLATTENING_TOLERANCE = 0.05
"""Largest distance of a drawn line from its curve, in output pixels."""

BAND_ROWS = 16


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
        self._band_rows = min(BAND_ROWS, self.height)
        self._bands = -(-self.height // self._band_rows)
        self._workspaces: list[Workspace] = []
        self._checks = SceneChecks()
        self._none = np.empty((3, 0), self.dtype)
        # Empty, but with memory of its own behind it: where vectorised sums check for overlap, they look at that.
        self._no_weight = np.empty(self.width * self.height, self.dtype)[:0]

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
        plan, _ = self._plan(scene)
        task = self._task(image=image.reshape(3, -1))
        self._run(plan, self._paint(scene), task, buffers.partials(plan, self._bands))
        return image

    def loss(self, scene: SceneArrays, target: Planes, weight: Planes | None = None) -> float:
        """Weighted squared error of `scene` against `target`, without gradients (see `value_and_grad`)."""
        plan, _ = self._plan(scene)
        task = self._task(target=self._flat(target), weight=self._flat_weight(weight))
        partials = buffers.partials(plan, self._bands)
        self._run(plan, self._paint(scene), task, partials)
        return float(partials.band_sums[:, layout.LOSS].sum())

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
        task = self._task(
            target=self._flat(target),
            weight=self._flat_weight(weight),
            image=None if out is None else self._fitting(out).reshape(3, -1),
            backward=True,
            beneath=beneath,
        )
        return self._differentiate(scene, task)

    def vjp(self, scene: SceneArrays, upstream: Planes, *, beneath: bool = False) -> Gradients:
        """Gradients of a scalar whose gradient by the image is `upstream`, (3, H, W); `loss` is 0."""
        task = self._task(target=self._flat(upstream), backward=True, beneath=beneath, from_upstream=True)
        return self._differentiate(scene, task)

    def _differentiate(self, scene: SceneArrays, task: Task) -> Gradients:
        plan, (segments, counts) = self._plan(scene)
        paint = self._paint(scene)
        partials = buffers.partials(plan, self._bands, paint.fills)
        self._run(plan, paint, task, partials)
        points = np.empty_like(scene.points)
        sums = np.empty((scene.path_count, layout.PATH_SUMS))
        results = (partials.entry_grad, partials.group_path, partials.group_sums, partials.band_sums)
        scale = self._scales(scene)
        total = geometry.chain_gradients(plan.entry_line, results, segments, counts, scale, points, sums)
        return Gradients(
            loss=float(total[layout.LOSS]),
            points=points,
            colors=np.ascontiguousarray(sums[:, layout.RED : layout.BLUE + 1]),
            background=total[layout.BACKGROUND_RED : layout.BACKGROUND_BLUE + 1],
            opacities=sums[:, layout.OPACITY] if task.beneath else None,
            importance=sums[:, layout.IMPORTANCE] if task.beneath else None,
            fills=self._fill_gradients(scene, plan, paint.fills, partials, beneath=task.beneath),
        )

    def _fill_gradients(
        self, scene: SceneArrays, plan: Plan, fills: Fills, partials: Partials, *, beneath: bool
    ) -> FillGradients | None:
        if scene.gradients is None:
            return None
        shape_sums = np.zeros((scene.gradients.count, layout.SHAPE_SUMS))
        stop_sums = np.zeros((len(scene.gradients.offsets), layout.STOP_SUMS))
        if len(fills.of_path):
            add_sums(
                plan.band_groups, partials.group_path, fills.of_path, fills.stops,
                partials.fill_starts, partials.fill_sums, shape_sums, stop_sums,
            )  # fmt: skip
        scales = self._scales(scene)
        return tables.derivatives(scene.gradients, scales, shape_sums, stop_sums, beneath=beneath)

    def _paint(self, scene: SceneArrays) -> Paint:
        if scene.transparent:
            raise RenderError(
                "the canvas is transparent: give the scene a background colour to draw planes or gradients, "
                "or draw it with rasterize, which gives alpha"
            )
        return Paint(
            scene.colors,
            scene.opacities,
            _sealed(scene.evenodd),
            scene.background,
            tables.hiding(scene.gradients, scene.opacities),
            tables.tables(scene.gradients, self._scales(scene)),
        )

    def _scales(self, scene: SceneArrays) -> tuple[float, float]:
        return self.width / scene.width, self.height / scene.height

    def _plan(self, scene: SceneArrays) -> tuple[Plan, tuple[NDArray[np.int64], NDArray[np.int32]]]:
        """Flatten all segments and sort their lines into bands."""
        self._checks.require(scene)
        segments, counts, *plan = geometry.plan_lines(
            scene.points, _sealed(scene.contours), _sealed(scene.paths), self._scales(scene), self.tolerance,
            self.width, self._band_rows, self._bands,
        )  # fmt: skip
        return Plan(*plan), (segments, counts)

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

    def _task(
        self,
        *,
        target: Planes | None = None,
        weight: Planes | None = None,
        image: Planes | None = None,
        backward: bool = False,
        beneath: bool = False,
        from_upstream: bool = False,
    ) -> Task:
        return Task(
            width=self.width,
            height=self.height,
            band_rows=self._band_rows,
            scale=1.0 / (3.0 * self.width * self.height),
            backward=backward,
            from_upstream=from_upstream,
            beneath=beneath,
            winding_penalty=self.winding_penalty,
            target=self._none if target is None else target,
            weight=self._no_weight if weight is None else weight,
            image=self._none if image is None else image,
        )

    def _flat(self, planes: Planes) -> Planes:
        if planes.shape != (3, self.height, self.width):
            raise RenderError(
                f"expected planes of shape (3, {self.height}, {self.width}), got {planes.shape}"
            )
        return np.ascontiguousarray(planes, self.dtype).reshape(3, -1)

    def _flat_weight(self, weight: Planes | None) -> Planes | None:
        if weight is None:
            return None
        if weight.shape != (self.height, self.width):
            raise RenderError(f"expected weights of shape ({self.height}, {self.width}), got {weight.shape}")
        return np.ascontiguousarray(weight, self.dtype).reshape(-1)

    def _run(self, plan: Plan, paint: Paint, task: Task, partials: Partials) -> None:
        """Draw all bands: each thread takes the next one until none are left."""
        entries = int((plan.band_entries[1:] - plan.band_entries[:-1]).max())
        visits = int(plan.band_visits.max())
        threads = min(self.threads, self._bands)
        while len(self._workspaces) < threads:
            self._workspaces.append(buffers.workspace(self.width, self._band_rows, self.dtype))
        queue = np.zeros(1, np.int64)
        records = (tuple(plan), plain(paint), tuple(task), tuple(partials))

        def work(index: int) -> None:
            space = buffers.fitted(self._workspaces[index], len(paint.colors), entries, visits)
            band, status = draw_bands(*records, plain(space), queue, -1)
            while status != layout.DONE:
                space = buffers.grown(space, status)
                band, status = draw_bands(*records, plain(space), queue, band)
            self._workspaces[index] = space

        others = [pool(threads).submit(work, index) for index in range(1, threads)]
        try:
            work(0)
        finally:
            for other in others:
                if not other.cancel():  # one that has not begun finds nothing left to do
                    other.result()


def _pixel_type(dtype: DTypeLike) -> np.dtype[Any]:
    try:
        found = np.dtype(dtype)
    except TypeError as error:
        raise RenderError(f"pixels are float32 or float64, got {dtype!r}") from error
    if found not in (np.float32, np.float64):
        raise RenderError(f"pixels are float32 or float64, got {found}")
    return found


def _sealed(values: Whole) -> Whole:
    """The same values, read-only: kernels are compiled for read-only offsets."""
    view = values.view()
    view.flags.writeable = False
    return view
