"""Last stage of a run: the drawing as its file has it, measured, and the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

import huefold
from huefold import metrics, recolor, render, svg
from huefold.images import LoadedImage
from huefold.run.clock import StageClock
from huefold.run.guidance import Guidance, named_shares
from huefold.run.plan import Plan
from huefold.run.report import BudgetUse, Fidelity, PathCounts, Report
from huefold.run.request import Request
from huefold.run.result import Result
from huefold.scene import Scene, Solid

__all__ = ["Written", "draw_at_working_size", "fidelity_of", "finish", "write"]

Rgb: TypeAlias = NDArray[np.float32]


@dataclass(slots=True, eq=False)
class Written:
    """A drawing as its file has it.

    Parameters
    ----------
    svg : str
        The text.
    scene : Scene
        Read back from it.
    psnr : float
        Of the scene at working size against the photo, in dB.
    drawn : (h, w, 3) float32 ndarray or None
        The scene rendered at working size, sRGB; None once it is dropped, for it takes much memory.
    """

    svg: str
    scene: Scene
    psnr: float
    drawn: Rgb | None

    @property
    def nodes(self) -> int:
        """On-curve points of all paths."""
        return sum(path.segments for path in self.scene.paths)

    @property
    def bytes(self) -> int:
        """Size of the text as UTF-8."""
        return len(self.svg.encode())

    def spent(self, kind: Literal["nodes", "bytes", "psnr"]) -> float:
        """Return the nodes, the bytes or the PSNR."""
        return {"nodes": float(self.nodes), "bytes": float(self.bytes), "psnr": self.psnr}[kind]


def write(photo: LoadedImage, drawing: Scene, *, threads: int | None = None) -> Written:
    """Write a drawing, read it back, and render it once at working size."""
    text = svg.write_svg(drawing)
    scene = svg.read_svg(text.encode())
    drawn = draw_at_working_size(photo, scene, threads=threads)
    return Written(text, scene, metrics.psnr(photo.rgb, drawn), drawn)


def draw_at_working_size(photo: LoadedImage, scene: Scene, *, threads: int | None = None) -> Rgb:
    """Render a scene at the size at which its photo is worked on."""
    height, width = photo.rgb.shape[:2]
    return render.rasterize(scene, width=width, height=height, threads=threads)[:, :, :3]


def fidelity_of(rgb: Rgb, drawn: Rgb, *, psnr: float | None = None, threads: int | None = None) -> Fidelity:
    """Return how close a rendered drawing, (H, W, 3), of a `psnr` if known, comes to its photo of the same size."""
    height, width = rgb.shape[:2]
    psnr = metrics.psnr(rgb, drawn) if psnr is None else psnr
    return Fidelity(metrics.mse(rgb, drawn), psnr, metrics.ssim(rgb, drawn, threads=threads), width, height)


def finish(
    request: Request,
    plan: Plan,
    photo: LoadedImage,
    guidance: Guidance,
    hierarchy: recolor.Hierarchy,
    written: Written,
    clock: StageClock,
    *,
    use: BudgetUse | None = None,
    notes: Sequence[str] = (),
) -> Result:
    """Measure a drawing as written, and report how it came about.

    `use` is that of a budget other than paths; `notes` come after those of the photo and of guidance.
    """
    stopped = clock.stopped
    with clock.stage("write", cancellable=False):
        drawn = written.drawn
        if drawn is None:
            drawn = draw_at_working_size(photo, written.scene, threads=plan.threads)
        fidelity = fidelity_of(photo.rgb, drawn, psnr=written.psnr, threads=plan.threads)
        named = named_shares(written.scene, guidance.named, photo.rgb, drawn)
    ended = () if stopped is None else (f"refinement ended early: {stopped}",)
    options = request.options.model_dump(mode="json")
    report = Report(
        width=written.scene.width,
        height=written.scene.height,
        paths=_path_counts(plan.refine.paths, written.scene),
        nodes=written.nodes,
        bytes=written.bytes,
        fidelity=fidelity,
        seconds=clock.seconds,
        seed=request.options.seed,
        version=huefold.__version__,
        options=options if use is None else options | {"paths": None},
        regions=hierarchy.finest,
        stopped=stopped,
        notes=(*photo.notes, *guidance.notes, *notes, *ended),
        budget=use,
        named=named,
        plan=plan.to_dict(),
    )
    own = replace(hierarchy, leaves=hierarchy.leaves.copy())  # the next drawing works on them too
    return Result(written.svg, written.scene, own, guidance.saliency.copy(), report)


def _path_counts(asked: int, scene: Scene) -> PathCounts:
    roles = [path.role for path in scene.paths]
    gradients = sum(not isinstance(path.fill, Solid) for path in scene.paths)
    return PathCounts(asked, len(roles), roles.count("structural"), roles.count("detail"), gradients)
