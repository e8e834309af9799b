"""How the quality benchmark judges a drawing: as resvg draws it at the photo's size."""

from __future__ import annotations

import io
import math
from dataclasses import asdict, dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import resvg_py
from numpy.typing import NDArray
from PIL import Image

from huefold.errors import MissingExtraError, WeightsError
from huefold.images import load_image
from huefold.metrics import gmsd, lpips, mse, path_statistics, psnr, scene_compactness, ssim
from huefold.render import rasterize
from huefold.svg import read_svg

Picture = NDArray[np.float64]
DIGITS = {
    "psnr": 2, "ssim": 4, "mse": 5, "seconds": 1, "peak_mib": 0, "differs": 3, "within": 3, "gmsd": 4, "lpips": 4,
    "vec": 4, "vec_visible": 4, "vec_missed": 4, "self_crossing": 1, "slivers": 1, "hidden": 1,
}  # fmt: skip


@dataclass(frozen=True)
class Row:
    """What was measured on one photo with one method and budget."""

    photo: str
    paths: int
    drawn: int
    psnr: float
    ssim: float
    mse: float
    nodes: int
    bytes: int
    seconds: float
    peak_mib: float
    differs: float
    """Mean absolute difference of our rendering and resvg's, in 255ths."""
    within: float
    """Share of pixels in which the two agree within 4/255, in percent."""
    method: str
    gmsd: float
    lpips: float
    """NaN without PyTorch or weights."""
    vec: float
    """Vector Compactness by full areas; NaN for photos without masks."""
    vec_visible: float
    self_crossing: float
    slivers: float
    hidden: float
    gzip_bytes: int
    seed: int
    commit: str
    vec_missed: float = math.nan
    """Like `vec`, but masks that no path overlaps count 0 instead of nothing."""
    over: int = 0
    """Paths above the budget; in a mean, those of all photos together."""


def judge(
    photo: Path, svg: str, *, paths: int, method: str, seconds: float, peak_mib: float, seed: int, commit: str
) -> Row:
    """Measure one drawing."""
    picture, drawing, scene = original(photo), resvg(svg), read_svg(svg)
    counts = path_statistics(scene, svg=svg)
    rgba = rasterize(scene)
    ours = rgba[:, :, :3] * rgba[:, :, 3:] + (1.0 - rgba[:, :, 3:])
    gap = 255.0 * np.abs(np.rint(255.0 * ours) / 255.0 - drawing)
    masks = human_masks(photo)
    full, visible, missed = (
        math.nan if masks is None else scene_compactness(scene, masks, area=area, missed=value)
        for area, value in (("full", math.nan), ("visible", math.nan), ("full", 0.0))
    )
    return Row(
        photo=photo.name,
        paths=paths,
        drawn=counts.paths,
        psnr=psnr(picture, drawing),
        ssim=ssim(picture, drawing),
        mse=mse(picture, drawing),
        nodes=counts.nodes,
        bytes=counts.bytes,
        seconds=seconds,
        peak_mib=peak_mib,
        differs=float(gap.mean()),
        within=100.0 * float((gap.max(axis=2) <= 4.0).mean()),
        method=method,
        gmsd=gmsd(picture, drawing),
        lpips=_lpips(picture, drawing),
        vec=full,
        vec_visible=visible,
        vec_missed=missed,
        self_crossing=float(counts.self_crossing),
        slivers=float(counts.slivers),
        hidden=float(counts.hidden),
        gzip_bytes=counts.gzip_bytes,
        seed=seed,
        commit=commit,
        over=max(0, counts.paths - paths),
    )


@lru_cache(maxsize=8)
def original(photo: Path) -> Picture:
    """Return the photo at its own size, (H, W, 3) in [0, 1]."""
    return np.clip(load_image(photo, max_pixels=2**62).rgb.astype(np.float64), 0.0, 1.0)


@lru_cache(maxsize=8)
def human_masks(photo: Path) -> NDArray[np.bool_] | None:
    """Return the segments that people drew, (M, H, W), of all label maps in the NPZ file beside the photo."""
    file = photo.with_suffix(".npz")
    if not file.exists():
        return None
    with np.load(file) as maps:
        people = [maps[name] for name in maps.files]
    return np.concatenate([np.unique(labels)[:, None, None] == labels for labels in people])


def resvg(svg: str) -> Picture:
    """Return the SVG as resvg draws it at its own size, (H, W, 3) in [0, 1]."""
    png = bytes(resvg_py.svg_to_bytes(svg_string=svg))
    picture = Image.open(io.BytesIO(png)).convert("RGBA")
    white = Image.new("RGBA", picture.size, "white")
    return np.asarray(Image.alpha_composite(white, picture).convert("RGB"), dtype=np.float64) / 255.0


def _lpips(first: Picture, second: Picture) -> float:
    try:
        return lpips(first, second)
    except (MissingExtraError, WeightsError):
        return math.nan


@lru_cache(maxsize=1)
def lpips_known() -> bool:
    """Whether LPIPS has its weights here."""
    grey = np.full((64, 64, 3), 0.5)
    return not math.isnan(_lpips(grey, grey))


def mean_row(rows: list[Row], *, of: int) -> Row:
    """Return the means over photos of one method and budget; of those photos that have the figure.

    It names the number of photos, and `of` how many they are where some were not drawn.
    """
    one = asdict(rows[0])
    for field in fields(Row):
        if field.name not in ("photo", "paths", "method", "seed", "commit"):
            known = [value for row in rows if not math.isnan(value := getattr(row, field.name))]
            mean = float(np.mean(known)) if known else math.nan
            one[field.name] = round(mean) if field.type == "int" else mean
    photos = f"{len(rows)}" if len(rows) == of else f"{len(rows)} of {of}"
    return Row(**one | {"photo": f"**mean of {photos}**", "over": sum(row.over for row in rows)})


def markdown(row: Row) -> str:
    """Return the row of a Markdown table."""
    return "| " + " | ".join(_shown(name, value) for name, value in asdict(row).items()) + " |"


def markdown_head() -> str:
    """Return the head of the table."""
    return "| " + " | ".join(field.name for field in fields(Row)) + " |\n|" + "---|" * len(fields(Row))


def _shown(name: str, value: float | str) -> str:
    if isinstance(value, float):
        return "-" if math.isnan(value) else f"{value:.{DIGITS[name]}f}"
    return str(value)
