"""Quality, size, time and memory of drawings of a folder of photos, by huefold and by others.

    python -m benchmarks.quality FOLDER --paths 64 128 256 512 [--methods balanced greedy vtracer ...]
        [--limit N] [--jobs N] [--out DIR] [--command NAME='TOOL {photo} {paths} {svg}']

Each drawing is made in a process of its own, so that its peak memory is its own, and judged as resvg renders it
at the photo's size, by the metrics of `huefold.metrics`. A Markdown table goes to the terminal; with ``--out``, the
table as Markdown and CSV, the drawings, and a contact sheet for each budget. A run that was cut off goes on where
it was: drawings of the same commit, photo, command and settings are not made again (``--again`` makes them), but
judged again where label maps beside the photo changed, or LPIPS has got its weights. A drawing that fails is named
and left out; the exit code is then 1.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, fields
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import methods, sheets
from benchmarks.judging import Row, judge, lpips_known, markdown, markdown_head, mean_row, original
from benchmarks.records import kept_record, maps_digest, record_name, shared_stems, sources
from huefold.files import write_atomically

SUFFIXES = {".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif"}
LEAST = {"paths": 1, "jobs": 1, "limit": 1, "threads": 1, "seed": 0}
PACKAGES = ("huefold", "numpy", "scipy", "scikit-image", "pillow", "resvg-py")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure all photos of a folder and print the table."""
    options = parse_arguments(arguments)
    photos = sorted(file for file in options.folder.iterdir() if file.suffix.lower() in SUFFIXES)
    options.shared = shared_stems(photos)  # of the whole folder, so that names do not change with the limit
    photos = photos[: options.limit]
    if not photos:
        print(f"no photos in {options.folder}", file=sys.stderr)
        return 2
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
    lines = list(describe(options))
    print(*lines, f"\n{markdown_head()}", sep="\n", flush=True)
    tasks = [
        (photo, paths, method) for paths in options.paths for photo in photos for method in options.methods
    ]
    with ThreadPoolExecutor(options.jobs) as pool:
        futures = [pool.submit(measure, photo, paths, method, options) for photo, paths, method in tasks]
        results: list[tuple[Row, str]] = []
        failures: list[str] = []
        for (photo, paths, method), future in zip(tasks, futures, strict=True):
            try:
                results.append(future.result())
                print(markdown(results[-1][0]), flush=True)
            except DrawingFailed as failure:
                failures.append(f"- not drawn: {photo.name}, {method}, {paths} paths: {failure}")
                print(failures[-1], file=sys.stderr, flush=True)
    rows = [row for row, _ in results]
    groups = [[row for row in rows if (row.paths, row.method) == (paths, method)]
              for paths in options.paths for method in options.methods]  # fmt: skip
    means = [mean_row(group, of=len(photos)) for group in groups if group]
    print(*map(markdown, means), sep="\n")
    if failures:
        failures.append(f"- {len(failures)} of {len(tasks)} drawings failed; means are over fewer photos")
        print(failures[-1], file=sys.stderr)
    if options.out:
        write_tables(options.out, [*lines, *failures], rows, means)
        write_sheets(options.out, photos, results)
    return 1 if failures else 0


class DrawingFailed(Exception):  # noqa: N818 - it says what happened
    """One drawing could not be made, or not be judged; the others can."""


def parse_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality",
        description=(__doc__ or "").split("\n")[0],
        epilog="methods: " + ", ".join(methods.names()),
    )
    parser.add_argument(
        "folder", type=Path, help="folder of photos; label maps in an NPZ beside one give VeC"
    )
    parser.add_argument("--paths", type=int, nargs="+", default=[128], help="budgets (128)")
    parser.add_argument(
        "--methods", nargs="+", default=None, metavar="NAME", help="what to compare (the preset)"
    )
    parser.add_argument(
        "--preset", default="balanced", help="of the ablations, and alone if no method is given"
    )
    parser.add_argument("--command", action="append", default=[], metavar="NAME=TOOL",
                        help="another method: a command with {photo}, {paths}, {seed} and {svg}")  # fmt: skip
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=None, help="of a drawing; one per processor and job")
    parser.add_argument("--jobs", type=int, default=1, help="drawings made at a time (1)")
    parser.add_argument("--limit", type=int, default=None, help="only the first so many photos")
    parser.add_argument(
        "--out", type=Path, default=None, help="folder for tables, drawings and contact sheets"
    )
    parser.add_argument("--again", action="store_true", help="make drawings again that are there")
    options = parser.parse_args(arguments)
    options.commit = commit()  # of the start: others may commit while it runs
    options.commands = dict(text.split("=", 1) for text in options.command if "=" in text)
    if len(options.commands) < len(options.command):
        parser.error("--command needs NAME=TOOL, each name once")
    for name in options.commands:
        if not name or "/" in name or "\\" in name:
            parser.error(
                f"--command: NAME is part of file names, so not empty and without slashes, got {name!r}"
            )
    options.methods = options.methods or [options.preset, *options.commands]
    unknown = set(options.methods) - {*methods.names(), *options.commands}
    if unknown:
        parser.error(f"unknown or not installed: {', '.join(sorted(unknown))}; see --help")
    unused = set(options.commands) - set(options.methods)
    if unused:
        parser.error(f"--command {', '.join(sorted(unused))} would not run: name it among the --methods")
    for name, least in LEAST.items():
        given = getattr(options, name)
        for number in given if isinstance(given, list) else [given]:
            if number is not None and number < least:
                parser.error(f"--{name} must be at least {least}, got {number}")
    if not options.folder.is_dir():
        parser.error(f"no folder at {options.folder}")
    if options.preset not in methods.PRESET_NAMES:
        parser.error(f"--preset must be one of {', '.join(methods.PRESET_NAMES)}, got {options.preset}")
    for name, command in options.commands.items():
        if (wrong := methods.wrong_command(command)) is not None:
            parser.error(f"--command {name}: {wrong}")
    if options.threads is None and options.jobs > 1:
        options.threads = max(1, (os.cpu_count() or 1) // options.jobs)
    return options


def describe(options: argparse.Namespace) -> Iterator[str]:
    """Yield lines that say what was measured, and on what."""
    threads = options.threads or "all"
    at = getattr(options, "commit", None) or commit()
    yield f"- commit {at}, seed {options.seed}, preset {options.preset}, threads {threads}"
    yield f"- machine: {processor()}, {os.cpu_count()} processors, Python {platform.python_version()}"
    yield "- " + ", ".join(f"{package} {version(package)}" for package in PACKAGES)


def commit() -> str:
    """Return the checked-out commit, marked if files differ from it."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def processor() -> str:
    """Return the processor's name."""
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def measure(photo: Path, paths: int, method: str, options: argparse.Namespace) -> tuple[Row, str]:
    """Return the row and the SVG of one drawing: from the last run where it has it, else made and judged."""
    task = methods.Task(
        str(photo), paths, method, options.preset, options.seed, options.threads, options.commands.get(method)
    )
    # A changed photo of the same name is another photo, and a changed checkout another method.
    files = sources(photo, task.command, maps=methods.may_see_label_maps(task))
    settings = {**asdict(task), "photo": photo.name, "commit": options.commit, **files}
    judged_by = {"masks": maps_digest(photo), "lpips": lpips_known()}
    name = record_name(photo, options.shared, method, paths, options.seed)
    record = options.out / name if options.out else None
    kept = kept_record(record, settings) if record and not options.again else None
    if kept and kept["judged_by"] == judged_by:
        return Row(**kept["row"]), kept["svg"]
    if kept:
        svg, seconds, peak = kept["svg"], kept["row"]["seconds"], kept["row"]["peak_mib"]
    else:
        svg, seconds, peak = in_child(task)
    try:
        row = judge(
            photo,
            svg,
            paths=paths,
            method=method,
            seconds=seconds,
            peak_mib=peak,
            seed=options.seed,
            commit=options.commit,
        )
    except Exception as error:  # whatever a reader or renderer raises at a file from elsewhere
        raise DrawingFailed(methods.one_line(f"cannot be judged: {type(error).__name__}: {error}")) from error
    if record:
        write_atomically(record.with_suffix(".svg"), svg)
        known = {"settings": settings, "judged_by": judged_by, "row": asdict(row), "svg": svg}
        write_atomically(record, json.dumps(known))
    return row, svg


def in_child(task: methods.Task) -> tuple[str, float, float]:
    """Return the SVG, the seconds that it took, and the child's peak memory in MiB."""
    given = [json.dumps(asdict(task)), str(Path.cwd())]
    command = [sys.executable, "-m", "benchmarks.quality", "--child", *given]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[1])
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise DrawingFailed(methods.one_line(said[-1]) if said else f"exit code {done.returncode}")
    answer = json.loads(done.stdout)
    return answer["svg"], answer["seconds"], answer["peak_mib"]


def child(task: str, folder: str) -> int:
    """Draw once, with files named from a folder on, and print the answer as JSON."""
    os.chdir(folder)  # not that of the module, which it was found by
    known: dict[str, Any] = json.loads(task)
    begin = time.perf_counter()
    svg = methods.run(methods.Task(**known))
    seconds = time.perf_counter() - begin
    print(json.dumps({"svg": svg, "seconds": seconds, "peak_mib": peak_memory()}))
    return 0


def peak_memory() -> float:
    """Return this process's peak resident memory in MiB."""
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux that starts from the peak of the process that started this one.
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def write_tables(out: Path, lines: Sequence[str], rows: Sequence[Row], means: Sequence[Row]) -> None:
    """Write all rows with full precision as CSV, and the table as printed."""
    with (out / "quality.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, [field.name for field in fields(Row)])
        writer.writeheader()
        writer.writerows(asdict(row) for row in rows)
    table = [*lines, "", markdown_head(), *map(markdown, rows), *map(markdown, means), ""]
    (out / "quality.md").write_text("\n".join(table), encoding="utf-8")


def write_sheets(out: Path, photos: Sequence[Path], results: Sequence[tuple[Row, str]]) -> None:
    """Write a contact sheet for each budget, of the photos that have drawings."""
    for paths in sorted({row.paths for row, _ in results}):
        blocks = []
        for photo in photos:
            shown = [
                sheets.Shown(f"{row.method}: {row.drawn} paths, {row.psnr:.2f} dB", svg)
                for row, svg in results
                if (row.paths, row.photo) == (paths, photo.name)
            ]
            if shown:
                blocks.append(sheets.block(original(photo), shown))
        sheets.stacked(blocks).save(out / f"contact-{paths}.png")


if __name__ == "__main__":
    sys.exit(child(*sys.argv[2:]) if sys.argv[1:2] == ["--child"] else main())
