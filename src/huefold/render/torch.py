"""The renderer as a PyTorch function: ``from huefold.render.torch import rasterize``.

Needs ``pip install 'huefold[torch]'``. Runs on the CPU.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.errors import MissingExtraError
from huefold.render import api
from huefold.render.arrays import RenderError, SceneArrays
from huefold.render.fills.arrays import GradientFills
from huefold.render.rasterizer import Gradients
from huefold.render.topology import Topology, checked

try:
    import torch
    from torch import Tensor
except ModuleNotFoundError as error:
    raise MissingExtraError(
        "huefold.render.torch needs PyTorch: pip install 'huefold[torch]'", extra="torch"
    ) from error

__all__ = ["GradientFills", "Topology", "gradient_tensors", "rasterize", "tensors"]

FILL_FIELDS = {
    "shapes": "shapes",
    "stop_offsets": "offsets",
    "stop_colors": "colors",
    "stop_opacities": "opacities",
}
"""Arguments of `rasterize` by the fields of `GradientFills` that they stand for."""


def rasterize(
    points: Tensor,
    colors: Tensor,
    opacities: Tensor | None = None,
    background: Tensor | None = None,
    *,
    topology: Topology,
    width: int,
    height: int,
    canvas: tuple[float, float] | None = None,
    threads: int | None = None,
    gradients: GradientFills | None = None,
    shapes: Tensor | None = None,
    stop_offsets: Tensor | None = None,
    stop_colors: Tensor | None = None,
    stop_opacities: Tensor | None = None,
) -> Tensor:
    """Draw a scene, or a batch of scenes, differentiably in all tensors.

    Leading batch dimensions ``...`` broadcast: one set of colours may paint a batch of points.

    Parameters
    ----------
    points : (..., P, 2) Tensor
        On-curve and control points; x right, y down, in units of the canvas. float32 or float64, as all others.
    colors : (..., N, 3) Tensor
        sRGB fills.
    opacities : (..., N) Tensor, optional
        In [0, 1]; 1 by default. Opaque paths draw fastest.
    background : (..., 3) Tensor, optional
        sRGB, opaque; white by default.
    topology : Topology
        Which points make up which contours and paths.
    width, height : int
        Output size in pixels.
    canvas : (float, float), optional
        Width and height of the canvas in the points' units; stretched over the output. Default: (width, height).
    threads : int, optional
        Worker threads; image and gradients are the same to the bit for any number. Default: all processors.
    gradients : GradientFills, optional
        Which paths are filled by which gradients instead of their colours.
    shapes : (..., G, 6) Tensor, optional
        Ends of linear gradients; centre, radius, focus, focal radius of radial ones. As in `gradients` by default.
    stop_offsets, stop_opacities : (..., T) Tensor, optional
        Of the stops of all gradients, in [0, 1]; offsets rise within a gradient. As in `gradients` by default.
    stop_colors : (..., T, 3) Tensor, optional
        sRGB values of the stops. As in `gradients` by default.

    Returns
    -------
    image : (..., H, W, 3) Tensor
        sRGB with exact box-filter anti-aliasing, of the points' dtype. Its memory is that of contiguous
        (..., 3, H, W) planes: ``image.movedim(-1, -3)`` for convolutions copies nothing.

    Raises
    ------
    RenderError
        If tensors are not on the CPU, not of one float dtype, or do not fit topology or gradients; if a point is
        not finite, an opacity outside [0, 1] or a gradient fill impossible; and on differentiating twice.

    Notes
    -----
    The backward pass draws again, band by band (`huefold.render.vjp`); only the inputs are kept for it. It looks
    beneath opaque paths only if some opacities require a gradient.

    Examples
    --------
    >>> import torch
    >>> from huefold.render import Topology
    >>> square = torch.tensor([[1, 1], [1, 1], [3, 1], [3, 1], [3, 1], [3, 3],
    ...                        [3, 3], [3, 3], [1, 3], [1, 3], [1, 3], [1, 1.0]], requires_grad=True)
    >>> image = rasterize(square, torch.tensor([[0.0, 0, 0]]), topology=Topology.closed_curves(1, 4),
    ...                   width=4, height=4)
    >>> image.shape
    torch.Size([4, 4, 3])
    >>> image[..., 0].sum().backward()  # white pixels: moving the right side to the right blackens two of them
    >>> square.grad[2:8, 0].sum()
    tensor(-2.)
    """
    n, p = topology.path_count, topology.point_count
    if opacities is None:
        opacities = torch.ones(n, dtype=points.dtype)
    if background is None:
        background = torch.ones(3, dtype=points.dtype)
    given = {"points": points, "colors": colors, "opacities": opacities, "background": background}
    sizes = {"points": (p, 2), "colors": (n, 3), "opacities": (n,), "background": (3,)}
    values = {
        "shapes": shapes,
        "stop_offsets": stop_offsets,
        "stop_colors": stop_colors,
        "stop_opacities": stop_opacities,
    }
    for name, tensor in values.items():
        if tensor is not None:
            given[name] = tensor
            sizes[name] = _size(gradients, name)
    _check(given, sizes)
    batch = _batch(given, sizes)
    count = math.prod(batch)
    flat = (t.expand(*batch, *sizes[name]).reshape(count, *sizes[name]) for name, t in given.items())
    setting = _Setting(
        topology, *api.whole_size(width, height), canvas or (width, height), threads, gradients, tuple(given)
    )
    image: Tensor = _Draw.apply(*flat, setting)
    return image.reshape(*batch, *image.shape[1:])


def tensors(
    scene: SceneArrays, *, dtype: torch.dtype = torch.float32
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return points, colours, opacities and background of `scene` as tensors, in the order `rasterize` takes them.

    Parameters
    ----------
    scene : SceneArrays
        What to take the values of; its topology is ``Topology.of(scene)``.
    dtype : torch.dtype, optional
        float32 or float64.

    Returns
    -------
    points, colors, opacities, background : Tensor
        (P, 2), (N, 3), (N,) and (3,); copies that require no gradient yet.
    """
    values = (scene.points, scene.colors, scene.opacities, scene.background)
    points, colors, opacities, background = (torch.tensor(value, dtype=dtype) for value in values)
    return points, colors, opacities, background


def gradient_tensors(gradients: GradientFills, *, dtype: torch.dtype = torch.float32) -> dict[str, Tensor]:
    """Return the values of gradient fills as tensors, by their names in `rasterize`.

    Parameters
    ----------
    gradients : GradientFills
        What to take the values of.
    dtype : torch.dtype, optional
        float32 or float64.

    Returns
    -------
    values : dict of str to Tensor
        ``shapes`` (G, 6), ``stop_offsets`` (T,), ``stop_colors`` (T, 3) and ``stop_opacities`` (T,); copies that
        require no gradient yet.
    """
    return {name: torch.tensor(getattr(gradients, field), dtype=dtype) for name, field in FILL_FIELDS.items()}


@dataclass(frozen=True, slots=True)
class _Setting:
    """All arguments that are not tensors."""

    topology: Topology
    width: int
    height: int
    canvas: tuple[float, float]
    threads: int | None
    gradients: GradientFills | None
    names: tuple[str, ...]

    def scenes(self, *values: Tensor) -> list[SceneArrays]:
        """Return the scenes of a batch; `values` are the tensors that `names` names."""
        columns = [tensor.detach().to(torch.float64).numpy() for tensor in values]
        return [self._scene(dict(zip(self.names, row, strict=True))) for row in zip(*columns, strict=True)]

    def _scene(self, values: dict[str, Any]) -> SceneArrays:
        moved: dict[str, Any] = {
            field: values.pop(name) for name, field in FILL_FIELDS.items() if name in values
        }
        topology = self.topology
        return checked(
            SceneArrays(
                width=float(self.canvas[0]),
                height=float(self.canvas[1]),
                contours=topology.contours,
                paths=topology.paths,
                evenodd=topology.evenodd,
                gradients=None if self.gradients is None else replace(self.gradients, **moved),
                **values,
            ),
            topology,
        )

    def gradients_of(self, found: Gradients) -> list[NDArray[np.float64] | None]:
        """Return the gradients of a backward pass in the order of the tensors."""
        return [
            getattr(found.fills, FILL_FIELDS[name]) if name in FILL_FIELDS else getattr(found, name)
            for name in self.names
        ]


class _Draw(torch.autograd.Function):
    """Batches of tensors in the order of `_Setting.names` to images (B, H, W, 3)."""

    @staticmethod
    def forward(*inputs: Any) -> Tensor:
        *values, setting = inputs
        scenes = setting.scenes(*values)
        rows, columns = setting.height, setting.width
        strides = (3 * rows * columns, columns, 1, rows * columns)  # those of planes
        image = torch.empty_strided((len(scenes), rows, columns, 3), strides, dtype=values[0].dtype)
        for scene, out in zip(scenes, image.movedim(-1, 1).numpy(), strict=True):
            api.draw_planes(scene, out, threads=setting.threads)
        return image

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:  # noqa: ARG004 - autograd's
        *values, ctx.setting = inputs
        ctx.save_for_backward(*values)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        wanted = tuple(ctx.needs_input_grad[:-1])
        names = ctx.setting.names
        beneath = any(asked and "opacities" in name for name, asked in zip(names, wanted, strict=True))
        found = _DrawBackward.apply(upstream, *ctx.saved_tensors, ctx.setting, beneath)
        return *(grad if asked else None for grad, asked in zip(found, wanted, strict=True)), None


class _DrawBackward(torch.autograd.Function):
    """Backward pass of `_Draw`; a function of its own, so that double backward can be refused."""

    @staticmethod
    def forward(upstream: Tensor, *inputs: Any) -> tuple[Tensor, ...]:
        *values, setting, beneath = inputs
        grads = tuple(torch.zeros_like(value, memory_format=torch.contiguous_format) for value in values)
        planes = upstream.detach().movedim(-1, 1).contiguous().numpy()
        for scene, up, *out in zip(setting.scenes(*values), planes, *grads, strict=True):
            found = api.vjp_planes(scene, up, opacities=beneath, threads=setting.threads)
            _put(out, setting.gradients_of(found))
        return grads

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: tuple[Tensor, ...]) -> None:
        """Nothing is kept: there is no second backward pass."""

    @staticmethod
    def backward(ctx: Any, *upstream: Tensor) -> Any:  # noqa: ARG004
        raise RenderError(
            "the renderer's gradient cannot be differentiated again (double backward): use first derivatives only"
        )


def _size(gradients: GradientFills | None, name: str) -> tuple[int, ...]:
    """Shape of a value of `gradients`, without batch dimensions."""
    if gradients is None:
        raise RenderError(f"{name} are values of gradient fills: give gradients= too")
    return np.shape(getattr(gradients, FILL_FIELDS[name]))


def _batch(given: dict[str, Tensor], sizes: dict[str, tuple[int, ...]]) -> torch.Size:
    """Leading dimensions of all tensors, broadcast."""
    try:
        batch: torch.Size = torch.broadcast_shapes(
            *(t.shape[: t.ndim - len(sizes[name])] for name, t in given.items())
        )
    except RuntimeError as error:
        found = {name: tuple(tensor.shape) for name, tensor in given.items()}
        raise RenderError(f"batch dimensions do not broadcast: {found}") from error
    return batch


def _put(tensors: list[Tensor], values: list[NDArray[np.float64] | None]) -> None:
    for tensor, value in zip(tensors, values, strict=True):
        if value is not None:
            tensor.copy_(torch.from_numpy(value))


def _check(given: dict[str, Tensor], shapes: dict[str, tuple[int, ...]]) -> None:
    dtype = given["points"].dtype
    if dtype not in (torch.float32, torch.float64):
        raise RenderError(f"points are float32 or float64, got {dtype}")
    for name, tensor in given.items():
        if tensor.device.type != "cpu":
            raise RenderError(
                f"huefold draws on the CPU, but {name} is on {tensor.device}: call .cpu() on it first"
            )
        if tensor.dtype != dtype:
            raise RenderError(f"all tensors have one dtype: points are {dtype}, {name} {tensor.dtype}")
        if tuple(tensor.shape[-len(shapes[name]) :]) != shapes[name]:
            raise RenderError(f"expected {name} of shape (..., {', '.join(map(str, shapes[name]))}), "
                              f"got {tuple(tensor.shape)}")  # fmt: skip
