"""Start of a drawing that resumes an earlier one with another number of paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold import render
from huefold.errors import OptionError
from huefold.images import LoadedImage
from huefold.metrics.areas import path_areas
from huefold.options import Options
from huefold.run.guidance import Guidance
from huefold.run.plan import Plan
from huefold.scene import Path, Scene, Solid

__all__ = ["Start", "check_start", "start_from"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """What Stage III begins with.

    Parameters
    ----------
    structure : Scene
        Structural paths in painter's order.
    details : tuple of Path, optional
        Details of an earlier drawing.
    inherited_segments : int, optional
        Segments of the paths that come from an earlier drawing.
    change : float, optional
        Share of the paths that came or went since then, in [0, 1]; 1 without an earlier drawing.
    """

    structure: Scene
    details: tuple[Path, ...] = ()
    inherited_segments: int = 0
    change: float = 1.0


def check_start(scene: Scene, photo: LoadedImage, options: Options) -> None:
    """Raise `OptionError` unless a drawing is one of this photo, and the options allow a drawing to be resumed."""
    if (scene.width, scene.height) != (photo.width, photo.height):
        raise OptionError(
            f"the drawing to resume has a canvas of {scene.width:g}x{scene.height:g}, the photo "
            f"{photo.width}x{photo.height}; resume a drawing of this photo"
        )
    if options.budget is not None:
        raise OptionError(f"a drawing is resumed with a budget of paths, got one of {options.budget[0]}")
    if options.segments_per_path is not None:
        raise OptionError("a drawing cannot be resumed with a fixed number of segments a path; draw it anew")


def start_from(earlier: Scene, structure: Scene, photo: LoadedImage, guidance: Guidance, plan: Plan) -> Start:
    """Take over what an earlier drawing of the photo has, as far as the number of paths allows.

    Where there are too many structural paths or details, the least important are left out. Where there are too few
    structural paths, those of `structure` come in that lower the error of the earlier drawing most.

    Parameters
    ----------
    earlier : Scene
        The earlier drawing, of any number of paths.
    structure : Scene
        Structural paths that a drawing from scratch would start with.
    photo, guidance, plan
        Of the new drawing.
    """
    if plan.refine.fills == "solid":
        earlier = replace(earlier, paths=tuple(_in_one_color(path) for path in earlier.paths))
    weight = guidance.loss_weight
    arrays = render.SceneArrays.from_scene(earlier)
    importance = render.value_and_grad(arrays, photo.rgb, weight, threads=plan.threads).importance
    is_detail = np.array([path.role == "detail" and len(path.contours) == 1 for path in earlier.paths], bool)
    wanted = len(structure.paths)
    kept = _most_important(earlier.paths, importance, ~is_detail, wanted)
    details = _most_important(earlier.paths, importance, is_detail, plan.refine.paths - wanted)
    inherited_segments = sum(path.segments for path in (*kept, *details))
    if len(kept) < wanted:
        gains = _gains(structure, earlier, photo, weight, plan.threads)
        best = np.argsort(-gains, kind="stable")[: wanted - len(kept)]
        kept += [structure.paths[k] for k in np.sort(best) if gains[k] > 0.0]
    renamed = tuple(replace(path, id=f"s{k}", role="structural") for k, path in enumerate(kept))
    old, new = len(earlier.paths), plan.refine.paths
    change = abs(new - old) / max(new, old, 1)
    return Start(
        replace(structure, background=earlier.background, paths=renamed),
        tuple(details),
        inherited_segments,
        change,
    )


def _most_important(
    paths: Sequence[Path], importance: Floats, among: NDArray[np.bool_], count: int
) -> list[Path]:
    """Return at most `count` of some paths, the most important ones, in painter's order."""
    ranked = np.argsort(np.where(among, -importance, np.inf), kind="stable")
    chosen = ranked[: max(0, min(count, int(among.sum())))]
    return [paths[k] for k in np.sort(chosen)]


def _gains(
    structure: Scene,
    earlier: Scene,
    photo: LoadedImage,
    weight: NDArray[np.float32] | None,
    threads: int | None,
) -> Floats:
    """Return by how much each path, laid over a drawing in its best colour, would lower the squared error."""
    height, width = photo.rgb.shape[:2]
    drawn = render.rasterize(earlier, width=width, height=height, threads=threads)[:, :, :3]
    rgb = photo.rgb.astype(np.float64)
    counts = np.ones((height, width)) if weight is None else weight.astype(np.float64)
    error = ((rgb - drawn) ** 2).sum(axis=2)
    planes = (
        np.concatenate([np.stack([error, (rgb**2).sum(axis=2)], axis=2), rgb], axis=2) * counts[..., None]
    )
    sums = path_areas(structure, np.concatenate([planes.transpose(2, 0, 1), counts[None]]), threads=threads)
    now, squares, colors, area = sums[:, 0], sums[:, 1], sums[:, 2:5], np.maximum(sums[:, 5], 1e-9)
    gains: Floats = now - (squares - (colors**2).sum(axis=1) / area)
    return gains


def _in_one_color(path: Path) -> Path:
    if isinstance(path.fill, Solid):
        return path
    red, green, blue = np.mean([stop.color for stop in path.fill.stops], axis=0).clip(0.0, 1.0)
    return replace(path, fill=Solid((float(red), float(green), float(blue))))
