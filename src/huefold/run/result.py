"""Results of runs: the drawing, and how it came about."""

from __future__ import annotations

import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from huefold import recolor, render
from huefold.files import write_atomically
from huefold.run.report import RefinementReport, Report
from huefold.scene import Scene

__all__ = ["Refinement", "Result"]


@dataclass(frozen=True, slots=True, eq=False)
class _SvgResult:
    """Base of results: a drawing as SVG text, and the same as data."""

    svg: str
    scene: Scene

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the SVG to `path`; an existing file is replaced at once or not at all.

        Raises
        ------
        HuefoldError
            If the system refuses.
        """
        write_atomically(path, self.svg)

    def _repr_svg_(self) -> str:
        return self.svg


@dataclass(frozen=True, slots=True, eq=False)
class Result(_SvgResult):
    """A drawing, and how it came about.

    Parameters
    ----------
    svg : str
        The drawing as SVG text.
    scene : Scene
        The same as data, read back from `svg`.
    hierarchy : huefold.recolor.Hierarchy
        First regions and the order in which they merged.
    saliency : (h, w) float32 ndarray
        What matters, in [0, 1], at working size; noise where nothing was given.
    report : Report
        Counts, fidelity, times.
    """

    hierarchy: recolor.Hierarchy
    saliency: NDArray[np.float32]
    report: Report

    def render(self, *, width: int | None = None, threads: int | None = None) -> NDArray[np.float32]:
        """Render the drawing.

        Parameters
        ----------
        width : int, optional
            Width in pixels; that of the photo by default. The height follows.
        threads : int, optional
            Worker threads; they do not change the result.

        Returns
        -------
        rgba : (H, W, 4) float32 ndarray
            sRGB values and alpha in [0, 1].
        """
        return render.rasterize(self.scene, width=width, threads=threads)

    def __repr__(self) -> str:
        report = self.report
        return (
            f"<Result {report.width}x{report.height}, {report.paths.drawn} paths, {report.bytes} bytes, "
            f"PSNR {report.fidelity.psnr:.2f} dB>"
        )


@dataclass(frozen=True, slots=True, eq=False)
class Refinement(_SvgResult):
    """A refined drawing.

    Parameters
    ----------
    svg : str
        The drawing as SVG text; the given text, if the given drawing was kept.
    scene : Scene
        The same as data, read back from `svg`.
    report : RefinementReport
        Counts, fidelity before and after, times.
    """

    report: RefinementReport

    def __repr__(self) -> str:
        report = self.report
        return (
            f"<Refinement {report.width}x{report.height}, {report.paths} paths, "
            f"PSNR {report.before.psnr:.2f} -> {report.fidelity.psnr:.2f} dB>"
        )
