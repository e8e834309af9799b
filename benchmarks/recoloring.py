"""Compare recoloring, its settings and the clustering baselines on photos with human segmentations and masks.

Run ``python benchmarks/recoloring.py EVAL_FOLDER [--photos 4] [--only NAME ...]``; the folder holds ``bsds``,
``kodak`` and ``object``. Prints one line per configuration, means over photos, with commit, seed and machine.
With ``--counts 13 26 51 102`` it prints the comparison at equal region counts instead: each method runs once for
each count, on photos of ``bsds`` and ``object`` at full size (longer side at most 512).
"""

from __future__ import annotations

import argparse
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import maximum_filter

from huefold.recolor import (
    Hierarchy,
    Merge,
    RecolorSettings,
    dbscan,
    kmeans,
    recolor,
    region_statistics,
    ward,
)
from huefold.recolor.reassignment import as_leaves, merges_within, reassign
from huefold.segment import classical

SIDE = 384
FULL_SIDE = 512
TARGETS = (26, 51)
FLOOR = RecolorSettings().saliency_floor
GUIDE_SHARE = 0.2
Method = Callable[[NDArray[np.float32], NDArray[np.int32], NDArray[np.float32], int], Hierarchy]


@dataclass(frozen=True)
class Photo:
    """A photo at working size, its first regions, and what people said about it."""

    rgb: NDArray[np.float32]
    partition: NDArray[np.int32]
    humans: tuple[NDArray[np.uint8], ...] = ()
    inside: NDArray[np.bool_] | None = None

    @property
    def guide(self) -> NDArray[np.bool_]:
        """The object, or that segment of the first person whose share of the photo is closest to a fifth."""
        if self.inside is not None:
            return self.inside
        shares = np.bincount(self.humans[0].ravel()) / self.humans[0].size
        away = np.where(shares > 0.0, np.abs(shares - GUIDE_SHARE), np.inf)
        return np.asarray(self.humans[0] == away.argmin())


def resized(image: Image.Image, resample: Image.Resampling, side: int) -> Image.Image:
    """Return the image with its longer side at `side`; at `FULL_SIDE`, smaller images stay as they are."""
    scale = side / max(image.size)
    if side == FULL_SIDE:
        scale = min(1.0, scale)
    return image.resize((round(image.width * scale), round(image.height * scale)), resample)


def load(path: Path, kind: str, regions: int, side: int) -> Photo:
    """Read a photo with its annotations and segment it."""
    rgb = np.asarray(resized(Image.open(path).convert("RGB"), Image.Resampling.BOX, side), np.float32) / 255.0
    partition = classical(rgb, regions=regions)
    if kind == "bsds":
        maps = np.load(path.with_suffix(".npz"))
        nearest = (resized(Image.fromarray(maps[k]), Image.Resampling.NEAREST, side) for k in maps.files)
        return Photo(rgb, partition, humans=tuple(np.asarray(m) for m in nearest))
    if kind == "object":
        mask = Image.open(path.parent.parent / "masks" / f"{path.stem}.png")
        return Photo(rgb, partition, inside=np.asarray(resized(mask, Image.Resampling.NEAREST, side)) == 255)
    return Photo(rgb, partition)


def photos(folder: Path, kind: str, count: int, regions: int, side: int = SIDE) -> Iterator[Photo]:
    """Yield the first `count` photos of a set."""
    place = folder / kind / "images" if kind == "object" else folder / kind
    files = sorted(p for p in place.iterdir() if p.suffix in {".jpg", ".png"})
    for path in files[:count]:
        yield load(path, kind, regions, side)


def squared_error(rgb: NDArray[np.float32], partition: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return each pixel's squared error (mean of channels) when regions have their mean colours."""
    flat = partition.ravel()
    size = np.bincount(flat)
    means = np.stack([np.bincount(flat, rgb[..., c].ravel()) / size for c in range(3)], axis=1)
    return ((rgb - means[partition]) ** 2).mean(axis=2)


def purity(partition: NDArray[np.int32], human: NDArray[np.uint8]) -> float:
    """Return the mean share of a region's pixels that lie in its majority human segment."""
    table = np.zeros((partition.max() + 1, int(human.max()) + 1))
    np.add.at(table, (partition.ravel(), human.ravel()), 1)
    return float((table.max(axis=1) / table.sum(axis=1)).mean())


def borders(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mark the pixels left of or above a change of label."""
    mark = np.zeros(labels.shape, bool)
    mark[:, :-1] |= labels[:, :-1] != labels[:, 1:]
    mark[:-1] |= labels[:-1] != labels[1:]
    return mark


def boundary_recall(partition: NDArray[np.int32], human: NDArray[np.uint8]) -> float:
    """Return the share of human boundary pixels with a region border within two pixels."""
    near = maximum_filter(borders(partition), size=5)
    return float(near[borders(human)].mean())


def half(shape: tuple[int, int]) -> NDArray[np.float32]:
    """Return saliency that says nothing."""
    return np.full(shape, 0.5, np.float32)


def measure(method: Method, photo: Photo) -> dict[str, list[float]]:
    """Return the measures of a method on one photo, at each target."""
    shape = photo.partition.shape
    found: dict[str, list[float]] = {}
    started = time.process_time()
    plain = method(photo.rgb, photo.partition, half(shape), min(TARGETS))
    found["seconds"] = [time.process_time() - started]
    guided = None
    if photo.inside is not None:
        guided = method(photo.rgb, photo.partition, photo.inside.astype(np.float32), min(TARGETS))
    for target in TARGETS:
        cut = plain.cut(target)
        error = squared_error(photo.rgb, cut)
        found[f"mse{target}"] = [1e3 * float(error.mean())]
        found[f"purity{target}"] = [purity(cut, h) for h in photo.humans]
        found[f"recall{target}"] = [boundary_recall(cut, h) for h in photo.humans]
        if guided is not None and photo.inside is not None:
            after = squared_error(photo.rgb, guided.cut(target))
            weight = FLOOR + (1.0 - FLOOR) * photo.inside
            found[f"in{target}"] = [float(after[photo.inside].mean() / error[photo.inside].mean())]
            found[f"out{target}"] = [float(after[~photo.inside].mean() / error[~photo.inside].mean())]
            found[f"weighted{target}"] = [1e3 * float((weight * after).sum() / weight.sum())]
    return found


def by_recoloring(**changes: object) -> Method:
    """Return recoloring with some settings changed (``paper=True`` starts from the paper's)."""
    base = RecolorSettings.paper() if changes.pop("paper", False) else RecolorSettings()
    values = {name: getattr(base, name) for name in RecolorSettings.__dataclass_fields__} | changes
    settings = RecolorSettings(**values)  # type: ignore[arg-type]
    return lambda rgb, partition, saliency, target: recolor(
        rgb, partition, saliency, target=target, settings=settings
    )


def reassigned_ward(chroma: float) -> Method:
    """Return greedy merging followed by reassignment: what is left of the method without its stages."""

    def method(
        rgb: NDArray[np.float32], partition: NDArray[np.int32], saliency: NDArray[np.float32], target: int
    ) -> Hierarchy:
        stats = region_statistics(rgb, partition, saliency, saliency_floor=FLOOR)
        leaves = as_leaves(stats, RecolorSettings(chroma=chroma).color_metric)
        start = ward(rgb, partition, saliency, target=target, saliency_floor=FLOOR).labels(target)
        pairs, costs = merges_within(leaves, reassign(leaves, start.astype(np.int64)))
        merges = (Merge(int(i), int(j), 1, float(c)) for (i, j), c in zip(pairs, costs, strict=True))
        return Hierarchy(partition, tuple(merges))

    return method


METHODS: dict[str, Method] = {
    "ward, weighted": lambda *a: ward(*a[:3], target=a[3], saliency_floor=FLOOR),
    "k-means, weighted": lambda *a: kmeans(*a[:3], target=a[3], saliency_floor=FLOOR),
    "DBSCAN, weighted": lambda *a: dbscan(*a[:3], target=a[3], saliency_floor=FLOOR),
    "ward, reassigned": reassigned_ward(1.0),
    "ward, reassigned, chroma": reassigned_ward(RecolorSettings().chroma),
    "recoloring": by_recoloring(),
    "not reassigned": by_recoloring(reassign=False),
    "chroma 1": by_recoloring(chroma=1.0),
    "chroma 2": by_recoloring(chroma=2.0),
    "not reassigned, chroma 1": by_recoloring(reassign=False, chroma=1.0),
    "no early stop": by_recoloring(convergence=None),
    "paper": by_recoloring(paper=True),
    "paper, early stop": by_recoloring(paper=True, convergence=1 / 128),
    "paper, early stop, identity": by_recoloring(paper=True, convergence=1 / 128, init="identity"),
    "random start": by_recoloring(init="random"),
    "order color": by_recoloring(merge_order="color"),
    "tolerance 0.1": by_recoloring(tolerance=0.1),
    "tolerance 0.03": by_recoloring(tolerance=0.03),
    "tolerance 0.3": by_recoloring(tolerance=0.3),
    "tv 0": by_recoloring(weight_tv=0.0),
    "tv 0.1": by_recoloring(weight_tv=0.1),
    "tv 3": by_recoloring(weight_tv=3.0),
    "tv 1": by_recoloring(weight_tv=1.0),
    "entropy 0": by_recoloring(weight_entropy=0.0),
    "entropy 1e-3": by_recoloring(weight_entropy=1e-3),
    "entropy 1e-2": by_recoloring(weight_entropy=1e-2),
    "consistency 0": by_recoloring(consistency=0.0),
    "consistency 1": by_recoloring(consistency=1.0),
    "consistency 5": by_recoloring(consistency=5.0),
    "diversity 0": by_recoloring(diversity=0.0),
    "no stage II": by_recoloring(stage2_iterations=0),
    "diversity 0.05": by_recoloring(diversity=0.05),
    "floor 0": by_recoloring(saliency_floor=0.0),
    "floor 0.03": by_recoloring(saliency_floor=0.03),
    "floor 0.3": by_recoloring(saliency_floor=0.3),
    "convergence 1/512": by_recoloring(convergence=1 / 512),
    "convergence 1/2048": by_recoloring(convergence=1 / 2048),
    "prune 0.01": by_recoloring(prune=0.01),
}
COLUMNS = [f"{m}{t}" for t in TARGETS for m in ("mse", "purity", "recall", "weighted", "in", "out")]


def table(folder: Path, count: int, regions: int, names: list[str]) -> None:
    """Print the means of all measures for each named method."""
    sets = [p for kind in ("bsds", "kodak", "object") for p in photos(folder, kind, count, regions)]
    first = np.mean([1e3 * squared_error(p.rgb, p.partition).mean() for p in sets])
    print(f"first regions: {np.mean([p.partition.max() + 1 for p in sets]):.0f}, mse {first:.2f}e-3")
    print("| method | " + " | ".join(COLUMNS) + " | CPU s |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    METHODS["recoloring"](sets[0].rgb, sets[0].partition, half(sets[0].partition.shape), 26)  # compiles
    for name in names:
        found: dict[str, list[float]] = {}
        for photo in sets:
            for key, values in measure(METHODS[name], photo).items():
                found.setdefault(key, []).extend(values)
        cells = [f"{np.mean(found[c]):.3f}" for c in COLUMNS]
        print(f"| {name} | " + " | ".join(cells) + f" | {np.median(found['seconds']):.2f} |", flush=True)


def pixel_purity(partition: NDArray[np.int32], human: NDArray[np.uint8]) -> float:
    """Return the share of all pixels that lie in the majority human segment of their region."""
    counts = np.zeros((int(partition.max()) + 1, int(human.max()) + 1))
    np.add.at(counts, (partition.ravel(), human.ravel()), 1)
    return float(counts.max(axis=1).sum() / counts.sum())


def weighted_error(photo: Photo, cut: NDArray[np.int32]) -> float:
    """Return the squared error (1e-3) weighted 1 in the guide and `FLOOR` outside, regions in weighted means."""
    weight = (FLOOR + (1.0 - FLOOR) * photo.guide).ravel()
    flat, mass = cut.ravel(), np.bincount(cut.ravel(), weight)
    channels = [photo.rgb[..., c].ravel() for c in range(3)]
    means = [np.bincount(flat, weight * values) / mass for values in channels]
    error = sum(((values - mean[flat]) ** 2) @ weight for values, mean in zip(channels, means, strict=True))
    return 1e3 * float(error) / 3.0 / float(weight.sum())


def compare(folder: Path, number: int, regions: int, counts: list[int], names: list[str]) -> None:
    """Print purity, recall and saliency-weighted error of each method at exactly equal region counts."""
    people = list(photos(folder, "bsds", number, regions, FULL_SIDE))
    sets = people + list(photos(folder, "object", number, regions, FULL_SIDE))
    print("| method | " + " | ".join(f"purity{c} | recall{c} | weighted{c}" for c in counts) + " |")
    print("|---" * (3 * len(counts) + 1) + "|")
    for name in names:
        cells = []
        for count in counts:
            plain = [
                METHODS[name](p.rgb, p.partition, half(p.partition.shape), count).cut(count) for p in people
            ]
            pairs = [(cut, human) for cut, p in zip(plain, people, strict=True) for human in p.humans]
            guided = [
                METHODS[name](p.rgb, p.partition, p.guide.astype(np.float32), count).cut(count) for p in sets
            ]
            errors = [weighted_error(p, cut) for p, cut in zip(sets, guided, strict=True)]
            cells += [f"{np.mean([pixel_purity(*pair) for pair in pairs]):.3f}"]
            cells += [f"{np.mean([boundary_recall(*pair) for pair in pairs]):.3f}", f"{np.mean(errors):.3f}"]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def main() -> None:
    """Read the command line and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--photos", type=int, default=4, help="of each set")
    parser.add_argument("--regions", type=int, default=300)
    parser.add_argument("--only", nargs="*", choices=list(METHODS), default=list(METHODS), metavar="NAME")
    parser.add_argument("--counts", nargs="*", type=int, help="compare at these numbers of regions instead")
    given = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False
    )
    print(f"commit {commit.stdout.strip()}, seed 0, {platform.processor() or platform.machine()}")
    if given.counts:
        compare(given.folder, given.photos, given.regions, given.counts, given.only)
    else:
        table(given.folder, given.photos, given.regions, given.only)


if __name__ == "__main__":
    main()
