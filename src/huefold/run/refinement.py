"""Stage III on a drawing that exists: an SVG and a photo in, the same paths closer to the photo out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import huefold
from huefold import metrics, refine, render, svg
from huefold import saliency as saliency_maps
from huefold.errors import OptionError, SvgError
from huefold.files import write_atomically
from huefold.images import ImageSource, LoadedImage, load_image
from huefold.options import Options, PresetName
from huefold.progress import CancelToken, ProgressCallback
from huefold.run.guidance import SaliencySource, find_guidance
from huefold.run.presets import PRESETS
from huefold.run.report import Fidelity, Stopped
from huefold.run.run import Run
from huefold.scene import Color, Scene

__all__ = ["DrawingSource", "Refinement", "RefinementReport", "refine_drawing"]

DrawingSource: TypeAlias = "str | bytes | os.PathLike[str] | Scene"

ASPECT_TOLERANCE = 0.01
DETAIL = 2
"""What is smaller than a pixel of the photo at this many times the canvas is not kept by the written SVG."""
MAX_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class RefinementReport:
    """What a run of `huefold.refine_drawing` did.

    Parameters
    ----------
    width, height : int
        Size of the canvas in pixels.
    paths, nodes, bytes : int
        Of the drawing as written: its paths, on-curve points, and UTF-8 bytes.
    kept : bool
        Whether the drawing is the one that was given, because none that was tried was closer to the photo.
    before, fidelity : Fidelity
        Of the drawing that was given, and of the SVG text as written, against the photo.
    seconds : dict of str to float
        Wall time by stage.
    version : str
        Version of huefold.
    options : dict
        Options of the run.
    stopped : {"cancelled", "time limit"} or None
        Why refinement ended early, if it did.
    notes : tuple of str
        What the user should know, one line each.

    Examples
    --------
    >>> same = Fidelity(mse=0.01, psnr=20.0, ssim=0.9, width=4, height=3)
    >>> RefinementReport(4, 3, 1, 4, 120, True, same, same, {"load": 0.1}, "0.1.0").to_dict()["kept"]
    True
    """

    width: int
    height: int
    paths: int
    nodes: int
    bytes: int
    kept: bool
    before: Fidelity
    fidelity: Fidelity
    seconds: dict[str, float]
    version: str
    options: dict[str, Any] = field(default_factory=dict)
    stopped: Stopped | None = None
    notes: tuple[str, ...] = ()

    @property
    def total_seconds(self) -> float:
        """Wall time of all stages together."""
        return sum(self.seconds.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {
            "before": self.before.to_dict(),
            "fidelity": self.fidelity.to_dict(),
            "seconds": {stage: round(seconds, 4) for stage, seconds in self.seconds.items()},
            "notes": list(self.notes),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Refinement:
    """A refined drawing.

    Parameters
    ----------
    svg : str
        The drawing as SVG text; where nothing was gained from a text or file, that text.
    scene : Scene
        The same as data, read back from `svg`.
    report : RefinementReport
        Counts, fidelity before and after, times.

    Examples
    --------
    >>> refined = refine_drawing("logo.svg", "photo.jpg")  # doctest: +SKIP
    >>> refined.save("closer.svg")  # doctest: +SKIP
    """

    svg: str
    scene: Scene
    report: RefinementReport

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the SVG to `path`; an existing file is replaced at once or not at all.

        Raises
        ------
        HuefoldError
            If the system refuses.
        """
        write_atomically(path, self.svg)

    def __repr__(self) -> str:
        report = self.report
        return (
            f"<Refinement {report.width}x{report.height}, {report.paths} paths, "
            f"PSNR {report.before.psnr:.2f} -> {report.fidelity.psnr:.2f} dB>"
        )

    def _repr_svg_(self) -> str:
        return self.svg


def refine_drawing(
    drawing: DrawingSource,
    image: ImageSource,
    *,
    saliency: SaliencySource = None,
    focus: float = 0.5,
    preset: PresetName = "balanced",
    steps: int | None = None,
    background: Sequence[float] | str = (1.0, 1.0, 1.0),
    threads: int | None = None,
    time_limit: float | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Refinement:
    """Fit an existing drawing to a photo: every path stays, and moves to where the photo wants it.

    Points, colours, opacities below 1 and gradients are optimised by Adam on the exact gradient of the squared
    error. Order, ids, names, groups, fill rules and the number of segments stay as they are; straight segments
    stay straight, and a transparent canvas stays transparent.

    Parameters
    ----------
    drawing : str, bytes, path_like or Scene
        SVG text, its bytes, the name of a file (see `huefold.svg.read_svg`), or a scene.
    image : path_like, bytes, binary file, PIL.Image.Image or (H, W[, C]) ndarray
        The photo. Its proportions are the canvas' within 1 %; it is stretched over the canvas.
    saliency : None, "noise", "auto", path_like, PIL.Image.Image, (H, W) ndarray, callable or mapping, optional
        How much each pixel's error counts, as for `huefold.vectorize`; None and ``"noise"``: all alike.
    focus : float, optional
        How strongly to follow it, in [0, 1]; 0: all alike.
    preset : {"fast", "balanced", "best", "paper"}, optional
        How many steps, and at which size of the photo.
    steps : int, optional
        Steps in all, instead of the preset's number.
    background : str or sequence of 3 float, optional
        Colour that transparent pixels of the photo, and a transparent canvas, are laid over.
    threads : int, optional
        One per processor by default; does not change the result.
    time_limit : float, optional
        Seconds from the start after which to end with the best drawing so far.
    progress : callable, optional
        Receives `huefold.Progress` reports.
    cancel : CancelToken, optional
        Stops the run, with the best drawing so far once there is one.

    Returns
    -------
    refinement : Refinement
        Never further from the photo than what was given, by the error that was made smaller.

    Raises
    ------
    SvgError
        If the drawing cannot be read, or its proportions are not the photo's.
    ImageError, SaliencyError
        If the photo or the map cannot be read, or the map does not fit.
    OptionError
        If an option has a value that it cannot have.
    Cancelled
        If cancelled before refinement began.

    Examples
    --------
    >>> photo = np.zeros((16, 24, 3), dtype=np.uint8)
    >>> photo[4:12, 6:18] = (255, 128, 0)
    >>> text = '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="16"><path d="M7 5H17V11H7Z"/></svg>'
    >>> refined = refine_drawing(text, photo, background="black", steps=300)
    >>> refined.report.before.psnr < 10, refined.report.fidelity.psnr > 40
    (True, True)
    """
    options = Options(
        **saliency_maps.source_options(saliency),
        focus=focus,
        preset=preset,
        background=background,
        threads=threads,
        time_limit=time_limit,
    )
    job = _Job(options, progress, cancel, steps=_checked_steps(steps))
    with job.stage("load"):
        text, scene = _read(drawing)
        photo = _load(job, image, scene)
    weight = _weight(job, photo, saliency)
    refined = _refine(job, photo, scene, weight)
    return _write(job, photo, text, scene, refined, weight)


@dataclass(slots=True)
class _Job(Run):
    """A run on a drawing that exists."""

    steps: int | None = None

    @property
    def background(self) -> Color:
        red, green, blue = self.options.background
        return red, green, blue


def _checked_steps(steps: object) -> int | None:
    if steps is None:
        return None
    if isinstance(steps, bool) or not isinstance(steps, int) or not 1 <= steps <= MAX_STEPS:
        raise OptionError(f"steps must be a whole number from 1 to {MAX_STEPS}, got {steps!r}", given=steps)
    return steps


def _read(drawing: DrawingSource) -> tuple[str | None, Scene]:
    """Return a drawing's text, where it has one, and its scene."""
    if isinstance(drawing, Scene):
        return None, drawing
    scene = svg.read_svg(drawing)
    if isinstance(drawing, bytes):
        return drawing.decode("utf-8-sig", "replace"), scene
    if isinstance(drawing, str) and drawing.lstrip("\ufeff \t\r\n").startswith("<"):
        return drawing, scene
    return Path(drawing).read_text(encoding="utf-8-sig", errors="replace"), scene


def _load(job: _Job, image: ImageSource, scene: Scene) -> LoadedImage:
    """Read the photo at the size it is worked on at: no larger than what the written drawing can hold."""
    pixels = min(PRESETS[job.options.preset].working_pixels, DETAIL**2 * scene.width * scene.height)
    photo = load_image(image, background=job.options.background, max_pixels=pixels)
    if abs(scene.width * photo.height / (scene.height * photo.width) - 1.0) > ASPECT_TOLERANCE:
        raise SvgError(
            f"the drawing is {scene.width}x{scene.height} and the photo {photo.width}x{photo.height}: "
            "their proportions differ by more than 1 %; crop one of them"
        )
    job.notes.extend(photo.notes)
    if (photo.width, photo.height) != (scene.width, scene.height):
        job.notes.append(
            f"the photo's {photo.width}x{photo.height} pixels laid over the canvas of {scene.width}x{scene.height}"
        )
    if scene.background is None:
        job.notes.append("the canvas is transparent: fitted over the background, and left transparent")
    return photo


def _weight(job: _Job, photo: LoadedImage, source: SaliencySource) -> NDArray[np.float32] | None:
    if source is None or (isinstance(source, str) and source == "noise"):
        return None
    with job.stage("saliency") as report:
        guidance = find_guidance(source, photo, focus=job.options.focus, report=report)
    job.notes.extend(guidance.notes)
    return guidance.loss_weight


def _refine(job: _Job, photo: LoadedImage, scene: Scene, weight: NDArray[np.float32] | None) -> Scene:
    with job.stage("refine", cancellable=False) as report:
        return refine.refine_given(
            photo.rgb,
            scene,
            weight=weight,
            background=job.background,
            steps=job.steps,
            settings=PRESETS[job.options.preset].refine_settings(),
            threads=job.options.threads,
            deadline=job.deadline,
            report=report,
        )


def _write(
    job: _Job,
    photo: LoadedImage,
    text: str | None,
    given: Scene,
    refined: Scene,
    weight: NDArray[np.float32] | None,
) -> Refinement:
    stopped = job.stopped
    with job.stage("write", cancellable=False):
        written = svg.write_svg(refined)
        scene = svg.read_svg(written.encode())
        kept = _loss(job, photo, scene, weight) >= _loss(job, photo, given, weight)
        if kept:
            written = svg.write_svg(given) if text is None else text
            scene = given
        before, after = (_fidelity(job, photo, drawing) for drawing in (given, scene))
    if kept:
        job.notes.append("no drawing that was tried is closer to the photo: the one given is kept")
    if stopped is not None:
        job.notes.append(f"refinement ended early: {stopped}")
    counts = metrics.path_statistics(scene, svg=written)
    report = RefinementReport(
        width=scene.width,
        height=scene.height,
        paths=counts.paths,
        nodes=counts.nodes,
        bytes=len(written.encode()),
        kept=kept,
        before=before,
        fidelity=after,
        seconds=job.seconds,
        version=huefold.__version__,
        options=_options(job),
        stopped=stopped,
        notes=tuple(job.notes),
    )
    return Refinement(written, scene, report)


def _options(job: _Job) -> dict[str, Any]:
    names = {"preset", "saliency", "focus", "background", "threads", "time_limit"}
    if job.options.saliency == "prompt":
        names |= {"prompt", "avoid", "prompt_model"}
    return {"steps": job.steps, **job.options.model_dump(mode="json", include=names)}


def _loss(job: _Job, photo: LoadedImage, scene: Scene, weight: NDArray[np.float32] | None) -> float:
    return refine.drawing_loss(
        photo.rgb, scene, weight=weight, background=job.background, threads=job.options.threads
    )


def _fidelity(job: _Job, photo: LoadedImage, scene: Scene) -> Fidelity:
    opaque = replace(scene, background=job.background if scene.background is None else scene.background)
    height, width = photo.rgb.shape[:2]
    drawn = render.rasterize(opaque, width=width, height=height, threads=job.options.threads)[:, :, :3]
    values = metrics.mse(photo.rgb, drawn), metrics.psnr(photo.rgb, drawn), metrics.ssim(photo.rgb, drawn)
    return Fidelity(*values, width, height)
