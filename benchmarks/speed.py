"""Time and memory of whole commands: first run, presets, fills, budgets and threads; by itself or in pairs.

    python -m benchmarks.speed [PHOTO] [--runs 3] [--only NAME ...]
    python -m benchmarks.speed PHOTO --against ../other --against-python ../other/.venv/bin/python

Each command runs in a process of its own. Times are medians of the wall clock. With ``--against``, the commands of
both checkouts alternate, so that both are measured in the same minutes, and the ratio is the median of those of the
pairs. The last table gives Amdahl's share: which part of a command on one thread is not faster with a second one.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.quality import commit, processor

ROOT = Path(__file__).resolve().parents[1]

COFFEE = "sample:coffee"
RUN = "import sys; from huefold.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Command:
    """A command to time."""

    name: str
    arguments: tuple[str, ...]  # of `huefold vectorize`, the photo first
    threads: int = 2


@dataclass(frozen=True)
class Checkout:
    """A version of huefold."""

    root: Path
    python: str

    def run(self, command: Command) -> Measured:
        """Run a command once.

        Raises
        ------
        subprocess.CalledProcessError
            If it fails.
        """
        with tempfile.TemporaryDirectory() as folder:
            out = Path(folder) / "out.svg"
            arguments = ["vectorize", *command.arguments, "-o", str(out), "--quiet"]
            arguments += ["--threads", str(command.threads)]
            environment = {**os.environ, "PYTHONPATH": str(self.root / "src")}
            begin = time.perf_counter()
            process = subprocess.Popen([self.python, "-c", RUN, *arguments], env=environment)
            _, status, used = os.wait4(process.pid, 0)
            wall = time.perf_counter() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            if process.returncode:
                raise subprocess.CalledProcessError(process.returncode, arguments)
        return Measured(wall, used.ru_utime + used.ru_stime, peak_mb(used))


@dataclass(frozen=True)
class Measured:
    """What one process took."""

    wall: float  # s
    cpu: float  # s
    peak: float  # MB


def peak_mb(used: resource.struct_rusage) -> float:
    """Peak memory of a process; Linux counts in KiB, macOS in bytes."""
    return used.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def commands(photo: str) -> list[Command]:
    """All commands, by the names that ``--only`` takes."""
    presets = [
        Command("fast", (COFFEE, "--preset", "fast")),
        Command("balanced", (photo,)),
        Command("linear", (photo, "--fills", "linear")),
    ]
    budgets = [Command(f"{paths} paths", (photo, "--paths", str(paths))) for paths in (256, 512, 1024)]
    threads = [Command(f"balanced, {count} threads", (photo,), count) for count in (1, 2, 4, 8)]
    return [*presets, *budgets, *threads]


def median(values: Sequence[float]) -> float:
    """Median of some numbers."""
    return statistics.median(values)


def table(chosen: Sequence[Command], here: Checkout, other: Checkout | None, runs: int) -> Iterator[str]:
    """Time all commands; with another checkout, in turns with it."""
    heads = ["command", "threads", "s", "processor s", "peak MB"]
    if other is not None:
        heads += ["other: s", "processor s", "peak MB", "ratio of s"]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for command in chosen:
        found: list[Measured] = []
        others: list[Measured] = []
        for _ in range(runs):
            if other is not None:
                others.append(other.run(command))
            found.append(here.run(command))
        cells = [command.name, str(command.threads), *_cells(found)]
        if others:
            ratio = median([mine.wall / theirs.wall for mine, theirs in zip(found, others, strict=True)])
            cells += [*_cells(others), f"{ratio:.2f}"]
        yield f"| {' | '.join(cells)} |"


def _cells(found: Sequence[Measured]) -> list[str]:
    wall, cpu = median([one.wall for one in found]), median([one.cpu for one in found])
    return [f"{wall:.2f}", f"{cpu:.2f}", f"{median([one.peak for one in found]):.0f}"]


def first_run(here: Checkout) -> Iterator[str]:
    """The first drawing of a fresh copy of the package, against the second one."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "src"
        pack = ["tar", "-C", str(here.root / "src"), "--exclude=__pycache__", "-cf", "-", "."]
        tar = subprocess.run(pack, check=True, capture_output=True)
        copy.mkdir()
        subprocess.run(["tar", "-C", str(copy), "-xf", "-"], check=True, input=tar.stdout)
        fresh = Checkout(Path(folder), here.python)
        command = Command("first run", (COFFEE, "--preset", "fast"))
        first, second = fresh.run(command), fresh.run(command)
    yield "| first run of a fresh copy, s | second, s | difference, s |"
    yield "|---|---|---|"
    yield f"| {first.wall:.2f} | {second.wall:.2f} | {first.wall - second.wall:.2f} |"


def amdahl(photo: str, here: Checkout, runs: int) -> Iterator[str]:
    """Share of a command that does not get faster with a second thread: s of T1 = s T1 + (1 - s) T1 / n."""
    yield "| command | 1 thread, s | 2 threads, s | times as fast | serial share |"
    yield "|---|---|---|---|---|"
    for name, arguments in (("fast", (COFFEE, "--preset", "fast")), ("balanced", (photo,))):
        one: list[float] = []
        two: list[float] = []
        for _ in range(runs):
            one.append(here.run(Command(name, arguments, 1)).wall)
            two.append(here.run(Command(name, arguments, 2)).wall)
        gain = median([slow / fast for slow, fast in zip(one, two, strict=True)])
        yield f"| {name} | {median(one):.2f} | {median(two):.2f} | {gain:.2f} | {max(0.0, 2.0 / gain - 1.0):.2f} |"


def main() -> int:
    """Print all tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "photo", nargs="?", default=COFFEE, help="photo of the balanced drawings (sample:coffee)"
    )
    parser.add_argument("--runs", type=int, default=3, help="runs for each median")
    parser.add_argument("--only", nargs="+", help="names of commands, and first-run, amdahl")
    parser.add_argument("--against", type=Path, help="another checkout")
    parser.add_argument("--against-python", default=sys.executable, help="its interpreter (this one)")
    options = parser.parse_args()
    if options.runs < 1:
        parser.error(f"--runs must be at least 1, got {options.runs}")
    photo = options.photo if options.photo.startswith("sample:") else str(Path(options.photo).resolve())
    every = commands(photo)
    names = [*(command.name for command in every), "first-run", "amdahl"]
    wanted = options.only or names
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(names)}")
    here = Checkout(ROOT, sys.executable)
    other = Checkout(options.against.resolve(), options.against_python) if options.against else None
    print(f"- commit {commit()}, {photo}, medians of {options.runs} runs")
    print(f"- machine: {processor()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    print(f"- load average at the start: {os.getloadavg()[0]:.1f} (timings want an idle machine)\n")
    sections = [table([command for command in every if command.name in wanted], here, other, options.runs)]
    if "first-run" in wanted:
        sections.append(first_run(here))
    if "amdahl" in wanted:
        sections.append(amdahl(photo, here, options.runs))
    for section in sections:
        for line in section:
            print(line, flush=True)
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
