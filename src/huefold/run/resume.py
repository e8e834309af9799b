"""Where a drawing starts from that goes on from an earlier one with another budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from huefold import render
from huefold.images import LoadedImage
from huefold.metrics.areas import path_areas
from huefold.options import Options
from huefold.run.guidance import Guidance
from huefold.scene import Path, Scene, Solid

__all__ = ["Start", "start_from"]

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
        Segments of all paths that come from an earlier drawing.
    change : float, optional
        Share of the paths that came or went since then, in [0, 1]; 1 where there was none.
    """

    structure: Scene
    details: tuple[Path, ...] = ()
    inherited_segments: int = 0
    change: float = 1.0


def start_from(
    earlier: Scene, structure: Scene, photo: LoadedImage, guidance: Guidance, options: Options
) -> Start:
    """Take over what an earlier drawing of the photo has, as far as the budget goes.

    Of structural paths and of details, those of least worth are left behind where there are too many. Where there
    are too few structural paths, those of `structure` come in that would repair most of the earlier one's error.

    Parameters
    ----------
    earlier : Scene
        Drawn with any budget.
    structure : Scene
        Structural paths that a drawing from scratch would start with.
    photo : LoadedImage
        At working size.
    guidance : Guidance
        Says how much errors count.
    options : Options
        The budget, and what paths may be filled with.

    Returns
    -------
    start : Start
    """
    if options.fills == "solid":
        earlier = replace(earlier, paths=tuple(_in_one_color(path) for path in earlier.paths))
    weight = guidance.loss_weight
    arrays = render.SceneArrays.from_scene(earlier)
    worth = render.value_and_grad(arrays, photo.rgb, weight, threads=options.threads).importance
    is_detail = np.array([path.role == "detail" and len(path.contours) == 1 for path in earlier.paths], bool)
    wanted = len(structure.paths)
    kept = _most_worth(earlier.paths, worth, ~is_detail, wanted)
    details = _most_worth(earlier.paths, worth, is_detail, options.paths - wanted)
    inherited_segments = sum(path.segments for path in (*kept, *details))
    if len(kept) < wanted:
        gains = _gains(structure, earlier, photo, weight, options.threads)
        best = np.argsort(-gains, kind="stable")[: wanted - len(kept)]
        kept += [structure.paths[k] for k in np.sort(best) if gains[k] > 0.0]
    renamed = tuple(replace(path, id=f"s{k}", role="structural") for k, path in enumerate(kept))
    old, new = len(earlier.paths), options.paths
    change = abs(new - old) / max(new, old, 1)
    begun = replace(structure, background=earlier.background, paths=renamed)
    return Start(begun, tuple(details), inherited_segments, change)


def _most_worth(paths: Sequence[Path], worth: Floats, among: NDArray[np.bool_], count: int) -> list[Path]:
    """Return at most `count` of some paths, in their order: those whose loss would cost most."""
    ranked = np.argsort(np.where(among, -worth, np.inf), kind="stable")
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
