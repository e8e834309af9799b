"""Refinement of an existing drawing: an SVG and a photo in, the same paths closer to the photo out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

import huefold
from huefold import metrics, refine, svg
from huefold.errors import OptionError, SvgError
from huefold.images import ImageSource, LoadedImage, load_image
from huefold.images.checks import same_proportions
from huefold.options import DEFAULTS, Options, PresetName
from huefold.progress import CancelToken, ProgressCallback
from huefold.run.clock import StageClock
from huefold.run.guidance import find_guidance
from huefold.run.presets import PRESETS
from huefold.run.report import Fidelity, RefinementReport
from huefold.run.request import Request, SaliencySource
from huefold.run.result import Refinement
from huefold.run.writing import draw_at_working_size, fidelity_of
from huefold.scene import Scene

__all__ = ["DrawingSource", "OpenDrawing", "open_drawing", "refine_drawing", "refine_open"]

DrawingSource: TypeAlias = "str | bytes | os.PathLike[str] | Scene"

PHOTO_PIXELS_PER_UNIT = 2
"""Photo pixels per canvas unit, along a side; the file resolves no finer detail."""
MAX_STEPS = 100_000


@dataclass(frozen=True, slots=True)
class GivenDrawingPlan:
    """Most pixels of the photo worked on, steps in all (None: those of the settings), and schedule and rates."""

    pixels: int
    steps: int | None
    settings: refine.RefineSettings


@dataclass(frozen=True, slots=True, eq=False)
class OpenDrawing:
    """An existing drawing to refine: its SVG text, if it came as one, its data, and its photo at working size."""

    request: Request
    text: str | None
    scene: Scene
    photo: LoadedImage
    plan: GivenDrawingPlan


def refine_drawing(
    drawing: DrawingSource,
    image: ImageSource,
    *,
    saliency: SaliencySource = None,
    focus: float = DEFAULTS.focus,
    preset: PresetName = DEFAULTS.preset,
    steps: int | None = None,
    background: Sequence[float] | str = DEFAULTS.background,
    threads: int | None = None,
    time_limit: float | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Refinement:
    """Fit the paths of an existing drawing to a photo.

    Adam optimises points, colours, opacities below 1 and gradients on the exact gradient of the squared error. All
    paths stay, with their order, ids, names, groups, fill rules and number of segments; straight segments stay
    straight, and a transparent canvas stays transparent.

    Parameters
    ----------
    drawing : str, bytes, path_like or Scene
        SVG text, its bytes, the name of a file (see `huefold.svg.read_svg`), or a scene.
    image : path_like, bytes, binary file, PIL.Image.Image or (H, W[, C]) ndarray
        The photo, of the canvas' proportions within 1 %; it is stretched over the canvas.
    saliency : None, "noise", "auto", path_like, PIL.Image.Image, (H, W) ndarray, callable or mapping, optional
        How much each pixel's error counts, as for `huefold.vectorize`; None and ``"noise"``: all alike.
    focus : float, optional
        How strongly to follow it, in [0, 1]; 0: all alike.
    preset : {"fast", "balanced", "best", "paper"}, optional
        Number of steps, and size of the photo worked on.
    steps : int, optional
        Steps in all, instead of the preset's number.
    background : str or sequence of 3 float, optional
        Colour that transparent pixels of the photo, and a transparent canvas, are laid over.
    threads : int, optional
        Worker threads; one per processor by default. They do not change the result.
    time_limit : float, optional
        Seconds from the start, after which to end with the best drawing so far.
    progress : callable, optional
        Receives `huefold.Progress` reports.
    cancel : CancelToken, optional
        Stops the run, with the best drawing so far once there is one.

    Returns
    -------
    refinement : Refinement
        Its weighted error is never larger than that of the given drawing.

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
    request = Request.from_arguments(
        saliency=saliency,
        focus=focus,
        preset=preset,
        background=background,
        threads=threads,
        time_limit=time_limit,
    )
    clock = StageClock(progress, cancel, request.options.time_limit)
    return refine_open(open_drawing(drawing, image, request, clock, steps=steps), clock)


def open_drawing(
    drawing: DrawingSource,
    image: ImageSource,
    request: Request,
    clock: StageClock,
    *,
    steps: int | None = None,
) -> OpenDrawing:
    """Read a drawing and its photo, at a size no larger than the written drawing can hold; see `refine_drawing`."""
    steps, options = _checked_steps(steps), request.options
    preset = PRESETS[options.preset]
    with clock.stage("load"):
        text, scene = _read(drawing)
        pixels = min(preset.working_pixels, PHOTO_PIXELS_PER_UNIT**2 * scene.width * scene.height)
        photo = load_image(image, background=options.background, max_pixels=pixels)
        if not same_proportions(scene.width, scene.height, photo.width, photo.height):
            raise SvgError(
                f"the drawing is {scene.width}x{scene.height} and the photo {photo.width}x{photo.height}: "
                "their proportions differ by more than 1 %; crop one of them"
            )
    plan = GivenDrawingPlan(pixels, steps, preset.refine_settings())
    return OpenDrawing(request, text, scene, photo, plan)


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


def refine_open(drawing: OpenDrawing, clock: StageClock) -> Refinement:
    """Fit a drawing that has been read: saliency, Stage III, and the file; see `refine_drawing`."""
    options, photo, plan = drawing.request.options, drawing.photo, drawing.plan
    weight: NDArray[np.float32] | None = None
    notes = _notes(drawing)
    if options.saliency != "noise":
        with clock.stage("saliency") as reporter:
            guidance = find_guidance(drawing.request.saliency, photo, focus=options.focus, report=reporter)
        weight, notes = guidance.loss_weight, [*notes, *guidance.notes]
    with clock.stage("refine", cancellable=False) as reporter:
        refined = refine.refine_given(
            photo.rgb,
            drawing.scene,
            weight=weight,
            background=options.background,
            steps=plan.steps,
            settings=plan.settings,
            threads=options.threads,
            deadline=clock.deadline,
            report=reporter,
        )
    stopped = clock.stopped
    with clock.stage("write", cancellable=False):
        text, scene, before, after = _written(drawing, refined, weight)
    kept = scene is drawing.scene
    if kept:
        notes.append("no drawing that was tried is closer to the photo: the one given is kept")
    if stopped is not None:
        notes.append(f"refinement ended early: {stopped}")
    counts = metrics.path_statistics(scene, svg=text)
    report = RefinementReport(
        width=scene.width,
        height=scene.height,
        paths=counts.paths,
        nodes=counts.nodes,
        bytes=len(text.encode()),
        kept=kept,
        before=before,
        fidelity=after,
        seconds=clock.seconds,
        version=huefold.__version__,
        options=_options(options, plan.steps),
        stopped=stopped,
        notes=tuple(notes),
        plan=asdict(plan),
    )
    return Refinement(text, scene, report)


def _notes(drawing: OpenDrawing) -> list[str]:
    photo, scene = drawing.photo, drawing.scene
    notes = list(photo.notes)
    if (photo.width, photo.height) != (scene.width, scene.height):
        notes.append(
            f"the photo's {photo.width}x{photo.height} pixels laid over the canvas of {scene.width}x{scene.height}"
        )
    if scene.background is None:
        notes.append("the canvas is transparent: fitted over the background, and left transparent")
    return notes


def _written(
    drawing: OpenDrawing, refined: Scene, weight: NDArray[np.float32] | None
) -> tuple[str, Scene, Fidelity, Fidelity]:
    """Return the better one of the given and the refined drawing, as written, and the fidelity before and after."""
    photo, given, options = drawing.photo, drawing.scene, drawing.request.options
    text = svg.write_svg(refined)
    scene = svg.read_svg(text.encode())
    before = _fidelity(photo, given, options)
    was, now = (
        refine.drawing_loss(
            photo.rgb, tried, weight=weight, background=options.background, threads=options.threads
        )
        for tried in (given, scene)
    )
    if now >= was:
        return svg.write_svg(given) if drawing.text is None else drawing.text, given, before, before
    return text, scene, before, _fidelity(photo, scene, options)


def _fidelity(photo: LoadedImage, scene: Scene, options: Options) -> Fidelity:
    opaque = replace(scene, background=options.background if scene.background is None else scene.background)
    drawn = draw_at_working_size(photo, opaque, threads=options.threads)
    return fidelity_of(photo.rgb, drawn, threads=options.threads)


def _options(options: Options, steps: int | None) -> dict[str, Any]:
    names = {"preset", "saliency", "focus", "background", "threads", "time_limit"}
    if options.saliency == "prompt":
        names |= {"prompt", "avoid", "prompt_model"}
    return {"steps": steps, **options.model_dump(mode="json", include=names)}
