"""Guidance: what the user says matters, as one map, and the names of its parts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold import saliency as saliency_maps
from huefold import segment
from huefold.errors import OptionError, SaliencyError
from huefold.images import LoadedImage
from huefold.metrics.areas import path_areas
from huefold.metrics.error_weights import least_weight, loss_weight
from huefold.metrics.fidelity import decibels
from huefold.options import DEFAULTS
from huefold.progress import Reporter
from huefold.run.report import NamedShare
from huefold.run.request import SaliencySource
from huefold.saliency import Box, Point, RegionAt
from huefold.scene import Scene

__all__ = ["Guidance", "NamedMap", "find_guidance", "name_paths", "named_shares"]

Map: TypeAlias = NDArray[np.float32]
Rgb: TypeAlias = NDArray[np.float32]

HALF = 0.5 + 1e-9
"""Share above which a mask names a path: more than a half, and not by rounding."""

LEAST_VISIBLE_PIXELS = 0.5
"""A path with fewer visible pixels is named by all its pixels."""
GROWN_REGIONS = 60
"""Regions that a picture is cut into where a point asks for the region beneath it."""


@dataclass(frozen=True, slots=True, eq=False)
class NamedMap:
    """Map of something that has a name.

    Parameters
    ----------
    name : str
        What it is called.
    saliency : (H, W) float32 ndarray
        A mask, or how likely each pixel belongs to it, in [0, 1].
    weight : float, optional
        How much it matters, in [-1, 1]; below 0, the pixels matter less than others.

    Examples
    --------
    >>> NamedMap("sofa", np.array([[0.0, 0.2, 0.8]], np.float32)).mask
    array([[False, False,  True]])
    """

    name: str
    saliency: Map
    weight: float = 1.0

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Where the map is above half of its largest value."""
        return np.asarray(self.saliency > 0.5 * self.saliency.max())


@dataclass(frozen=True, slots=True, eq=False)
class Guidance:
    """What matters in a photo, and how strongly a drawing follows it.

    Parameters
    ----------
    saliency : (H, W) float32 ndarray
        What was given, in [0, 1]; noise if nothing was.
    steering : (H, W) float32 ndarray
        Map that merging, and the seeding of the published recipe, follow, in [0, 1].
    least : float, optional
        Weight of a pixel of no saliency, in (0, 1]. With 1 the drawing does not follow what was given: `steering`
        is noise, as in section 4.1 of the paper, and all errors count alike.
    named : tuple of NamedMap, optional
        The parts that have a name.
    notes : tuple of str, optional
        What the user should know, one line each.

    Examples
    --------
    >>> saliency = np.array([[1.0, 0.0]], np.float32)
    >>> Guidance(saliency, np.array([[1.0, 0.25]], np.float32), least=0.25).loss_weight
    array([[1.6, 0.4]], dtype=float32)
    """

    saliency: Map
    steering: Map
    least: float = 1.0
    named: tuple[NamedMap, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def followed(self) -> bool:
        """Whether the drawing follows what was given."""
        return self.least < 1.0

    @property
    def effective_share(self) -> float:
        """Share of the picture that counts, in (0, 1]: the mean weight over the largest."""
        return float(self.steering.mean() / self.steering.max()) if self.followed else 1.0

    @property
    def loss_weight(self) -> Map | None:
        """Weights of the squared error in seeding and Stage III, (H, W), of mean 1; None if all count alike."""
        return loss_weight(self.saliency, floor=self.least) if self.followed else None


def find_guidance(
    source: SaliencySource,
    photo: LoadedImage,
    *,
    focus: float = DEFAULTS.focus,
    seed: int = DEFAULTS.seed,
    report: Reporter | None = None,
) -> Guidance:
    """Return what matters in a photo by a source of saliency.

    Parameters
    ----------
    source : "noise", "auto", path_like, PIL.Image.Image, (H, W) ndarray, callable or mapping
        As for `huefold.vectorize`.
    photo : LoadedImage
        At working size.
    focus : float, optional
        How strongly to follow it, in [0, 1].
    seed : int, optional
        Seed of the noise.
    report : Reporter, optional
        Receives the progress of a model.

    Raises
    ------
    SaliencyError
        If a map or mark does not fit the photo.
    OptionError
        If a name or a weight cannot be one.

    Examples
    --------
    >>> photo = LoadedImage(np.zeros((2, 2, 3), np.float32), None, 4, 4)
    >>> found = find_guidance({"cup": Box(0, 0, 2, 4), "wall": (Box(0, 0, 4, 2), -0.5)}, photo)
    >>> found.saliency
    array([[0.5, 0. ],
           [1. , 0. ]], dtype=float32)
    """
    shape = (photo.rgb.shape[0], photo.rgb.shape[1])
    noise = saliency_maps.noise(shape, seed=seed)
    if isinstance(source, str) and source == "noise":
        return Guidance(noise, noise)
    saliency, named, notes = _saliency_of(source, photo, report)
    least = least_weight(focus, float(saliency.mean()))
    if least == 1.0:
        return Guidance(saliency, noise, least, named, notes)
    return Guidance(saliency, least + (1.0 - least) * saliency, least, named, notes)


def name_paths(scene: Scene, named: Sequence[NamedMap], *, threads: int | None = None) -> Scene:
    """Return the scene with names for the paths that show what has a name; others keep theirs.

    Parameters
    ----------
    scene : Scene
        A drawing.
    named : sequence of NamedMap
        A path gets a name if more than half of its visible pixels lie in the mask, or more than half of all its
        pixels if next to none is visible. Of several such names it gets the one of the smallest mask.
    threads : int, optional
        Worker threads; they do not change the result.

    Examples
    --------
    >>> from huefold.scene import Path, Solid, contour_from_polygon
    >>> square = contour_from_polygon([(0, 0), (2, 0), (2, 2), (0, 2)])
    >>> scene = Scene(4, 2, (1, 1, 1), (Path((square,), Solid((1, 0, 0))), Path((square + 1,), Solid((0, 0, 1)))))
    >>> left = np.array([[1, 1, 0, 0], [1, 1, 0, 0]], np.float32)
    >>> [path.name for path in name_paths(scene, [NamedMap("left", left)]).paths]
    ['left', None]
    """
    if not named or not scene.paths:
        return scene
    masks = [part.mask for part in named]
    planes = np.stack([*masks, np.ones_like(masks[0])]).astype(np.float64)
    areas = path_areas(scene, planes, visible=True, threads=threads)
    hidden = areas[:, -1] < LEAST_VISIBLE_PIXELS
    if hidden.any():
        areas[hidden] = path_areas(scene, planes, threads=threads)[hidden]
    inside = areas[:, :-1] > HALF * areas[:, -1:]
    sizes = np.array([mask.sum() for mask in masks])
    first = np.where(inside, sizes, np.inf).argmin(axis=1)
    paths = (
        replace(path, name=named[first[k]].name) if inside[k].any() else path
        for k, path in enumerate(scene.paths)
    )
    return replace(scene, paths=tuple(paths))


def named_shares(scene: Scene, named: Sequence[NamedMap], rgb: Rgb, drawn: Rgb) -> tuple[NamedShare, ...]:
    """Return what each name got of a drawing with named paths, in the order of `named`.

    The photo `rgb` and the rendered drawing `drawn` are (H, W, 3), sRGB in [0, 1].
    """
    squared = ((np.asarray(drawn, np.float64) - rgb) ** 2).mean(axis=2)
    shares = []
    for part in named:
        roles = [path.role for path in scene.paths if path.name == part.name]
        mse = float(squared[part.mask].mean())
        shares.append(
            NamedShare(
                name=part.name,
                weight=part.weight,
                area=float(part.mask.mean()),
                paths=len(roles),
                details=roles.count("detail"),
                share=len(roles) / max(1, len(scene.paths)),
                mse=mse,
                psnr=decibels(mse),
            )
        )
    return tuple(shares)


def _saliency_of(
    source: Any, photo: LoadedImage, report: Reporter | None
) -> tuple[Map, tuple[NamedMap, ...], tuple[str, ...]]:
    """Return the map of a source, its parts that have names, and notes for the user."""
    if isinstance(source, Mapping):
        named = _named_maps(source, photo)
        return _combined(named), named, ()
    if isinstance(source, saliency_maps.Prompt):
        found = source.predict(photo.rgb, report=report)
        weighted = [(phrase, 1.0) for phrase in found.wanted] + [(phrase, -1.0) for phrase in found.avoided]
        # The map of a phrase that is not in the picture may show anything: nothing gets its name.
        named = tuple(NamedMap(part.text, part.saliency, weight) for part, weight in weighted if part.present)
        return found.saliency, named, found.notes
    return _map_of(source, photo), (), ()


def _named_maps(given: Mapping[str, Any], photo: LoadedImage) -> tuple[NamedMap, ...]:
    if not given:
        raise SaliencyError("no named map is given; give at least one, such as {'sofa': mask}")
    parts = []
    for name, value in given.items():
        if not isinstance(name, str) or not name.strip():
            raise OptionError(f"a name must be text that says something, got {name!r}", given=name)
        mark, weight = value if type(value) is tuple and len(value) == 2 else (value, 1.0)
        number = isinstance(weight, (int, float)) and not isinstance(weight, bool)
        if not number or not -1.0 <= weight <= 1.0:
            raise OptionError(f"the weight of {name!r} must be a number from -1 to 1, got {weight!r}")
        parts.append(NamedMap(" ".join(name.split()), _map_of(mark, photo), float(weight)))
    return tuple(parts)


def _map_of(mark: Any, photo: LoadedImage) -> Map:
    """Return the (h, w) map that one mark stands for, at working size."""
    shape = (photo.rgb.shape[0], photo.rgb.shape[1])
    x, y = shape[1] / photo.width, shape[0] / photo.height
    if isinstance(mark, str) and mark == "auto":
        return saliency_maps.automatic(photo.rgb)
    if isinstance(mark, Box):
        scaled = Box(mark.x0 * x, mark.y0 * y, mark.x1 * x, mark.y1 * y, mark.weight)
        return saliency_maps.boxes([scaled], shape)
    if isinstance(mark, Point):
        scaled_point = Point(mark.x * x, mark.y * y, mark.radius * math.sqrt(x * y), mark.weight)
        return saliency_maps.points([scaled_point], shape)
    if isinstance(mark, RegionAt):
        return _region_at(mark, photo)
    return saliency_maps.painted(mark(photo.rgb.copy()) if callable(mark) else mark, shape)


def _region_at(point: RegionAt, photo: LoadedImage) -> Map:
    if not (0.0 <= point.x < photo.width and 0.0 <= point.y < photo.height):
        raise SaliencyError(
            f"point {point.x:g},{point.y:g} lies outside the {photo.width}x{photo.height} photo", point=point
        )
    height, width = photo.rgb.shape[:2]
    labels = segment.classical(photo.rgb, regions=GROWN_REGIONS)
    row, column = int(point.y * height / photo.height), int(point.x * width / photo.width)
    inside: Map = (labels == labels[row, column]).astype(np.float32)
    return inside


def _combined(named: Sequence[NamedMap]) -> Map:
    """Return the maximum of the maps times their weights, lowered where a weight is negative.

    If all weights are negative, everything else matters.
    """
    shape = named[0].saliency.shape
    raised = np.zeros(shape) if any(part.weight >= 0.0 for part in named) else np.ones(shape)
    lowered = np.zeros(shape)
    for part in named:
        into = raised if part.weight >= 0.0 else lowered
        np.maximum(into, abs(part.weight) * part.saliency, out=into)
    combined: Map = (raised * (1.0 - lowered)).astype(np.float32)
    return combined
