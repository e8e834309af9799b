"""Redraw the paper's figures 5 to 8 and table 1 from runs of the quality benchmark.

    python -m benchmarks.figures RUNS... -o FOLDER [--photos 3] [--budget 64] [--ours balanced]

Each of RUNS is a folder that ``python -m benchmarks.quality ... --out`` wrote. A figure is left out, with a line
that says why, where the runs have no data for it.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from benchmarks.judging import Picture, Row, resvg
from benchmarks.methods import ABLATIONS
from benchmarks.records import record_name
from huefold.svg import read_svg, write_svg

# Okabe and Ito's colours, which people with any kind of colour vision tell apart; ours comes first.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#555555")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
CLUSTERINGS = ("kmeans", "dbscan", "greedy")
UNGUIDED = ("random-saliency", "no-guidance")
DIRECT = ("all-detail",)  # what is left of the method without Stages I and II: a baseline of figure 5, too
NAMES = {"kmeans": "k-means", "dbscan": "DBSCAN", "greedy": "greedy (Ward)", "vtracer": "VTracer",
         "all-detail": "details only", "human": "a person's segments",
         "random-saliency": "random saliency", "guided": "guided",
         "no-guidance": "no guidance", "paper": "paper's recipe"}  # fmt: skip
STYLE = {
    "font.size": 9, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#888888",
    "axes.labelcolor": "#333333", "xtick.color": "#555555", "ytick.color": "#555555", "axes.titlesize": 10,
    "axes.grid": True, "axes.grid.axis": "y", "grid.color": "#E4E4E4", "axes.axisbelow": True,
    "legend.frameon": False, "figure.dpi": 110, "savefig.bbox": "tight",
}  # fmt: skip


@dataclass(frozen=True)
class Runs:
    """Rows of one or more runs, and where the drawings lie."""

    rows: tuple[Row, ...]
    folders: tuple[Path, ...]
    ours: str

    @property
    def methods(self) -> list[str]:
        """Names, ours first, the others as they came."""
        found = dict.fromkeys(row.method for row in self.rows)
        return sorted(found, key=lambda name: name != self.ours)

    @property
    def budgets(self) -> list[int]:
        """Numbers of paths."""
        return sorted({row.paths for row in self.rows})

    def values(self, column: str, method: str, paths: int | None = None) -> list[float]:
        """Return a column's known values over photos."""
        wanted = (r for r in self.rows if r.method == method and paths in (None, r.paths))
        return [value for row in wanted if not math.isnan(value := float(getattr(row, column)))]

    def svg(self, row: Row) -> str:
        """Return the drawing of a row."""
        photo = Path(row.photo)
        names = [
            Path(record_name(photo, shared, row.method, row.paths, row.seed)).with_suffix(".svg")
            for shared in (frozenset([photo.stem]), frozenset[str]())
        ]
        for folder in reversed(self.folders):
            for name in names:  # the whole name first: what has it is of no other photo
                if (folder / name).exists():
                    return (folder / name).read_text(encoding="utf-8")
        raise FileNotFoundError(f"{' or '.join(map(str, names))}: in none of the folders")


def load(folders: Sequence[Path], ours: str) -> Runs:
    """Read the tables; of rows for the same photo, method, budget and seed the last one counts."""
    kinds = {field.name: field.type for field in fields(Row)}
    convert = {"int": int, "float": float, "str": str}
    rows: dict[tuple[str, str, int, int], Row] = {}
    for folder in folders:
        with (folder / "quality.csv").open(newline="", encoding="utf-8") as stream:
            for line in csv.DictReader(stream):
                values: dict[str, Any] = {k: convert[str(kinds[k])](v) for k, v in line.items() if k in kinds}
                row = Row(**values)
                rows[row.photo, row.method, row.paths, row.seed] = row
    return Runs(tuple(rows.values()), tuple(folders), ours)


def label(runs: Runs, method: str) -> str:
    """Return a method's name as figures show it."""
    return f"huefold ({method})" if method == runs.ours else NAMES.get(method, method)


def fidelity(runs: Runs) -> Figure:
    """Figure 5: MSE, LPIPS and PSNR of each method at each budget."""
    shown = [name for name in runs.methods if name not in ABLATIONS or name in DIRECT]
    columns = [c for c in ("mse", "lpips", "psnr") if any(runs.values(c, name) for name in shown)]
    if not shown:
        raise LookupError("no method beside the ablations")
    figure, axes = plt.subplots(1, len(columns), figsize=(3.3 * len(columns), 2.7), squeeze=False)
    titles = {
        "mse": "MSE (lower is better)",
        "lpips": "LPIPS (lower is better)",
        "psnr": "PSNR, dB (higher is better)",
    }
    width = 0.8 / len(shown)
    for axis, column in zip(axes[0], columns, strict=True):
        for k, name in enumerate(shown):
            means = [_mean(runs.values(column, name, paths)) for paths in runs.budgets]
            places = np.arange(len(means)) + (k - 0.5 * (len(shown) - 1)) * width
            axis.bar(places, means, 0.92 * width, color=COLORS[k % len(COLORS)], label=label(runs, name))
        axis.set_xticks(range(len(runs.budgets)), [str(paths) for paths in runs.budgets])
        axis.set_xlabel("paths")
        axis.set_title(titles[column])
        if column == "psnr":
            axis.set_ylim(bottom=_below(bar.get_height() for bar in axis.patches))
    _legend(figure, axes[0][0])
    return figure


def clusterings(runs: Runs, photos: int, budget: int) -> Figure:
    """Figure 6: structure (above) and drawing (below) by recoloring and by other clusterings."""
    shown = [name for name in (*CLUSTERINGS, runs.ours) if name in runs.methods]
    if len(shown) < 2 or runs.ours not in shown:
        raise LookupError(f"needs {runs.ours} and one of {', '.join(CLUSTERINGS)}")
    panels = []
    for chosen in _chosen(runs, shown, photos, budget):
        panels.append([_structure(runs.svg(row)) for row in chosen])
        panels.append([resvg(runs.svg(row)) for row in chosen])
    return _pictures(panels, [label(runs, name) for name in shown], ["structure", "drawing"])


def guidance(runs: Runs, photos: int, budget: int) -> Figure:
    """Figure 7: structure without and with guidance."""
    without = next((name for name in (*UNGUIDED, runs.ours) if name in runs.methods), None)
    if without is None or "guided" not in runs.methods:
        raise LookupError("needs the method guided, and one without guidance")
    chosen = _chosen(runs, [without, "guided"], photos, budget)
    panels = [[_structure(runs.svg(row)) for row in pair] + [resvg(runs.svg(pair[1]))] for pair in chosen]
    return _pictures(
        panels, [f"structure,\n{label(runs, without)}", "structure,\nguided", "drawing,\nguided"], [""]
    )


def ratios(runs: Runs) -> Figure:
    """Figure 8: MSE over the share of structural paths, a line for each budget."""
    shares = sorted(float(name.removeprefix("ratio-")) for name in runs.methods if name.startswith("ratio-"))
    if len(shares) < 2:
        raise LookupError("needs two of the methods ratio-...")
    figure, axis = plt.subplots(figsize=(4.2, 2.9))
    for k, paths in enumerate(runs.budgets):
        means = [_mean(runs.values("mse", f"ratio-{share:g}", paths)) for share in shares]
        axis.plot([100.0 * share for share in shares], means, color=COLORS[k % len(COLORS)],
                  marker=MARKERS[k % len(MARKERS)], lw=1.8, label=f"{paths} paths")  # fmt: skip
    axis.set_xlabel("structural paths, %")
    axis.set_ylabel("MSE")
    axis.set_ylim(0.0, 1.1 * float(np.nanmax([line.get_ydata() for line in axis.lines])))
    axis.set_xticks([100.0 * share for share in shares])
    _legend(figure, axis)
    return figure


def compactness(runs: Runs) -> str:
    """Table 1: mean and standard deviation over photos and budgets of VeC, in percent, as Markdown.

    Of methods that drew all that ours drew: means of other photos could not be compared.
    """
    drawn = {name: {(r.photo, r.paths) for r in runs.rows if r.method == name} for name in runs.methods}
    shown = [name for name in runs.methods if runs.values("vec", name) and drawn[runs.ours] <= drawn[name]]
    if not shown:
        raise LookupError("needs photos with label maps")
    lines = [
        "| VeC, % | " + " | ".join(label(runs, name) for name in shown) + " |",
        "|---" * (len(shown) + 1) + "|",
    ]
    for title, column, fold in (
        ("mean", "vec", np.mean), ("standard deviation", "vec", np.std),
        ("mean, visible area", "vec_visible", np.mean), ("standard deviation, visible area", "vec_visible", np.std),
    ):  # fmt: skip
        cells = [f"{100.0 * float(fold(runs.values(column, name))):.1f}" for name in shown]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _below(heights: Iterable[float]) -> float:
    """Where an axis of decibels starts: PSNR has no zero that means anything."""
    return math.floor(min(height for height in heights if not math.isnan(height)) - 1.0)


def _legend(figure: Figure, axis: Axes) -> None:
    handles, names = axis.get_legend_handles_labels()
    figure.tight_layout()
    figure.legend(handles, names, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=min(4, len(names)))


def _chosen(runs: Runs, methods: Sequence[str], photos: int, budget: int) -> list[list[Row]]:
    """Return, for the first photos that all methods drew at the budget closest to that asked for, their rows."""
    paths = min(runs.budgets, key=lambda number: abs(number - budget))
    found: dict[str, dict[str, Row]] = {}
    for row in runs.rows:
        if row.paths == paths and row.method in methods:
            found.setdefault(row.photo, {})[row.method] = row
    whole = [rows for _, rows in sorted(found.items()) if len(rows) == len(methods)]
    if not whole:
        raise LookupError(f"no photo was drawn by all of {', '.join(methods)} with {paths} paths")
    return [[rows[name] for name in methods] for rows in whole[:photos]]


def _structure(svg: str) -> Picture:
    scene = read_svg(svg)
    kept = tuple(path for path in scene.paths if path.role == "structural")
    return resvg(write_svg(replace(scene, paths=kept)))


def _pictures(panels: Sequence[Sequence[Picture]], titles: Sequence[str], rows: Sequence[str]) -> Figure:
    """Lay out pictures in a grid; titles above the columns, and names beside the rows, over and over."""
    width = 2.3 * len(titles)
    height = sum(2.3 * row[0].shape[0] / row[0].shape[1] for row in panels)
    shares = [row[0].shape[0] / row[0].shape[1] for row in panels]
    figure, axes = plt.subplots(
        len(panels), len(titles), figsize=(width, height + 0.3), squeeze=False,
        gridspec_kw={"wspace": 0.02, "hspace": 0.03, "height_ratios": shares},
    )  # fmt: skip
    for i, row in enumerate(panels):
        for j, picture in enumerate(row):
            axis = axes[i][j]
            axis.imshow(picture, interpolation="antialiased")
            axis.set(xticks=[], yticks=[])
            axis.spines[:].set_visible(False)
            if i == 0:
                axis.set_title(titles[j])
        axes[i][0].set_ylabel(rows[i % len(rows)])
    return figure


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw what the runs have data for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.figures", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("runs", type=Path, nargs="+", help="folders that benchmarks.quality --out wrote")
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--photos", type=int, default=3, help="in figures 6 and 7")
    parser.add_argument(
        "--budget", type=int, default=64, help="paths of the drawings in figures 6 and 7, or closest"
    )
    parser.add_argument("--ours", default="balanced", help="the method that is huefold")
    options = parser.parse_args(arguments)
    runs = load(options.runs, options.ours)
    if options.ours not in runs.methods:
        parser.error(f"no rows of {options.ours}; the runs have {', '.join(runs.methods)}; see --ours")
    options.out.mkdir(parents=True, exist_ok=True)
    figures = {
        "figure-5.png": lambda: fidelity(runs),
        "figure-6.png": lambda: clusterings(runs, options.photos, options.budget),
        "figure-7.png": lambda: guidance(runs, options.photos, options.budget),
        "figure-8.png": lambda: ratios(runs),
        "table-1.md": lambda: compactness(runs),
    }
    with mpl.rc_context(STYLE):
        for name, make in figures.items():
            try:
                made = make()
            except LookupError as why:
                print(f"{name}: left out: {why.args[0]}", file=sys.stderr)
                continue
            if isinstance(made, str):
                (options.out / name).write_text(made, encoding="utf-8")
            else:
                made.savefig(options.out / name)
                plt.close(made)
                with Image.open(options.out / name) as picture:
                    picture.convert("RGB").quantize(256).save(options.out / name, optimize=True)
            print(options.out / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
