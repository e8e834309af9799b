"""What the quality benchmark compares: huefold's presets, its ablations, VTracer, and any command.

Each method takes a photo's file and a number of paths and gives an SVG of at most so many.
"""

from __future__ import annotations

import shlex
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from string import Formatter
from typing import Any, get_args

import numpy as np

import huefold
from benchmarks.judging import resvg
from huefold.images import load_image
from huefold.metrics import psnr
from huefold.options import Options, PresetName
from huefold.recolor import ward
from huefold.run.plan import plan_run
from huefold.segment import from_labels

PRESET_NAMES = get_args(PresetName)
CLUSTERINGS = ("kmeans", "dbscan", "greedy")
RATIOS = (0.3, 0.35, 0.4, 0.45, 0.5)
LAYER_DIFFERENCES = (8, 16, 24, 32, 48, 64, 96, 128)
COARSEST_SPECKLE = 128
GUIDE_SHARE = 0.2


@dataclass(frozen=True)
class Task:
    """One drawing to make; `preset` is what the ablations start from."""

    photo: str
    paths: int
    method: str
    preset: str
    seed: int
    threads: int | None
    command: str | None = None

    def vectorize(self, **changes: Any) -> str:
        """Run huefold as the task says, with changes."""
        settings = {
            "paths": self.paths,
            "preset": self.preset,
            "seed": self.seed,
            "threads": self.threads,
        }
        return huefold.vectorize(self.photo, **{**settings, **changes}).svg


def names() -> list[str]:
    """Return the methods that can run here, commands aside."""
    return [*PRESET_NAMES, *ABLATIONS, *(["vtracer"] if find_spec("vtracer") else [])]


def run(task: Task) -> str:
    """Return the SVG of a task."""
    if task.command is not None:
        return _command(task)
    if task.method in PRESET_NAMES:
        return task.vectorize(preset=task.method)
    if task.method == "vtracer":
        return _vtracer(task)
    return ABLATIONS[task.method](task)


def _human(task: Task) -> str:
    """The whole method on regions that a person drew: of those beside the photo, the one with a median number."""
    with np.load(_label_maps(Path(task.photo), "human")) as maps:
        people = sorted((maps[name] for name in maps.files), key=lambda labels: len(np.unique(labels)))
    photo = load_image(task.photo, max_pixels=2**62).rgb
    partition = from_labels(people[len(people) // 2], photo)
    target = min(plan_run(Options(paths=task.paths)).recolor.regions, int(partition.max()) + 1)
    regions = ward(photo, partition, np.ones(partition.shape), target=target).cut(target)
    return task.vectorize(segmenter=regions)


def _label_maps(photo: Path, method: str) -> Path:
    file = photo.with_suffix(".npz")
    if not file.exists():
        raise RuntimeError(f"the method '{method}' needs label maps beside the photo: {file} is not there")
    return file


def _uniform(photo: Any) -> Any:
    return np.full(photo.shape[:2], 0.5, np.float32)


def guide(photo: Path) -> Any:
    """Return what a guided drawing is guided by: of the first person's segments that closest to a fifth in size."""
    with np.load(_label_maps(photo, "guided")) as maps:
        labels = maps[maps.files[0]]
    shares = np.bincount(labels.ravel()) / labels.size
    away = np.where(shares > 0.0, np.abs(shares - GUIDE_SHARE), np.inf)
    return (labels == away.argmin()).astype(np.float32)


ABLATIONS: Mapping[str, Callable[[Task], str]] = {
    "no-guidance": lambda task: task.vectorize(saliency=_uniform),
    "random-saliency": lambda task: task.vectorize(saliency="noise"),
    "auto-saliency": lambda task: task.vectorize(saliency="auto"),
    "guided": lambda task: task.vectorize(saliency=guide(Path(task.photo))),
    **{name: lambda task, name=name: task.vectorize(clustering=name) for name in CLUSTERINGS},
    "human": _human,
    **{
        f"ratio-{ratio:g}": lambda task, ratio=ratio: task.vectorize(structural_ratio=ratio)
        for ratio in RATIOS
    },
    "all-detail": lambda task: task.vectorize(structural_ratio=0.0),
    "contained": lambda task: task.vectorize(contained=True),
    **{
        f"contained-{name}": lambda task, name=name: task.vectorize(contained=True, clustering=name)
        for name in CLUSTERINGS
    },
    "contained-all-detail": lambda task: task.vectorize(contained=True, structural_ratio=0.0),
    "linear-fills": lambda task: task.vectorize(fills="linear"),
    "auto-fills": lambda task: task.vectorize(fills="auto"),
    "four-segments": lambda task: task.vectorize(segments_per_path=4),
    "four-segments-all-detail": lambda task: task.vectorize(segments_per_path=4, structural_ratio=0.0),
}


def _vtracer(task: Task) -> str:
    """The best of VTracer's drawings with at most so many paths, by a search over its settings.

    For each step between its colour layers, the least size of speckles to leave out that keeps the number of
    paths is found by bisection; the drawing closest to the photo, as resvg draws it, is the answer.
    """
    import vtracer  # noqa: PLC0415 - optional

    picture = Path(task.photo).read_bytes()
    kind = Path(task.photo).suffix[1:].lower().replace("jpeg", "jpg")
    original = load_image(task.photo, max_pixels=2**62).rgb

    def traced(layers: int, speckle: int) -> str:
        return str(
            vtracer.convert_raw_image_to_svg(
                picture, img_format=kind, layer_difference=layers, filter_speckle=speckle
            )
        )

    found = [_least_speckle(lambda speckle, step=step: traced(step, speckle), task.paths)
             for step in LAYER_DIFFERENCES]  # fmt: skip
    drawings = [svg for svg in found if svg is not None]
    if not drawings:
        raise RuntimeError(f"VTracer makes more than {task.paths} paths whatever its settings")
    return max(drawings, key=lambda svg: psnr(original.astype(np.float64), resvg(svg)))


def _least_speckle(traced: Callable[[int], str], paths: int) -> str | None:
    few, many, best = COARSEST_SPECKLE + 1, 0, None
    while few - many > 1:
        middle = (few + many) // 2
        svg = traced(middle)
        if svg.count("<path") <= paths:
            few, best = middle, svg
        else:
            many = middle
    return best


BY_LABEL_MAPS = frozenset({"guided", "human"})
PLACES = ("photo", "paths", "seed", "svg")
LONGEST_LINE = 200


def may_see_label_maps(task: Task) -> bool:
    """Whether a drawing may depend on the label maps beside the photo: a command could read them."""
    return task.command is not None or task.method in BY_LABEL_MAPS


def wrong_command(command: str) -> str | None:
    """Return what is wrong with the text of a command, or None.

    Examples
    --------
    >>> wrong_command("draw ${HOME} {svg}")
    'unknown {HOME}; it may name {photo}, {paths}, {seed} and {svg}, and write other braces twice'
    """
    try:
        fields = [field for word in shlex.split(command) for _, field, _, _ in Formatter().parse(word)]
    except ValueError as error:
        return str(error)
    unknown = [field for field in fields if field is not None and field not in PLACES]
    if unknown:
        return (
            f"unknown {{{unknown[0]}}}; it may name {{photo}}, {{paths}}, {{seed}} and {{svg}}, "
            "and write other braces twice"
        )
    return None if "svg" in fields else "it must say where to write: {svg}"


def _command(task: Task) -> str:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.svg"
        values = {"photo": task.photo, "paths": task.paths, "seed": task.seed, "svg": out}
        words = [word.format(**values) for word in shlex.split(task.command or "")]
        done = subprocess.run(
            words, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        if done.returncode:
            last = done.stderr.strip().splitlines()[-1:]
            raise RuntimeError(one_line(": ".join([f"exit code {done.returncode}", *last])))
        return out.read_text(encoding="utf-8")


def one_line(text: str) -> str:
    r"""Return a message as one line of bounded length.

    Examples
    --------
    >>> one_line("no\n  brush")
    'no brush'
    >>> len(one_line(1000 * "x"))
    200
    """
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_LINE else line[: LONGEST_LINE - 3] + "..."
