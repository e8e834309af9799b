"""How quick the studio is in a browser, and what it looks like.

    python -m benchmarks.studio [--runs N] [--jobs N]
    python -m benchmarks.studio --screenshots FOLDER

Starts ``huefold studio`` on a folder of its own, opens it in Chromium (through Playwright) and prints a Markdown
table: medians over the runs, with commit and machine. The photos are scikit-image's. With ``--screenshots``,
pictures of the page's states are written instead (`benchmarks.screenshots`).
"""

from __future__ import annotations

import argparse
import base64
import io
import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from PIL import Image
from skimage import data

from benchmarks.quality import commit, processor
from benchmarks.screenshots import take_screenshots
from benchmarks.seams import CHROMIUM

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
WINDOW = {"width": 1280, "height": 720}

# Drops a photo on the page and tells after how many milliseconds it can be painted on.
DROP = """async (text) => {
  const bytes = Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], 'photo.jpg', {type: 'image/jpeg'}));
  const layer = document.querySelector('.stage-picture');
  const start = performance.now();
  window.dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
  const there = () => {
    const {width, height} = layer;
    const brush = document.querySelector('#rail [aria-label^=Brush]');
    if (!width || brush.disabled) return false;
    return layer.getContext('2d').getImageData(width / 2, height / 2, 1, 1).data[3] > 0;
  };
  while (!there()) await new Promise(requestAnimationFrame);
  return performance.now() - start;
}"""

# Presses Run and tells when each preview was seen, in milliseconds after it, and when the drawing was done.
PREVIEWS = """() => new Promise((resolve) => {
  const [times, run] = [[], document.querySelector('#run')];
  const start = performance.now();
  let before = '';
  run.click();
  const look = () => {
    const running = !document.querySelector('#cancel').hidden;
    const now = [...document.querySelectorAll('.stage-drawing path')].map((path) => path.getAttribute('d')).join();
    if (running && now && now !== before) times.push(performance.now() - start);
    before = now;
    if (times.length && !running) resolve({times, end: performance.now() - start});
    else requestAnimationFrame(look);
  };
  look();
})"""

FRAMES = """() => {
  window.frames_seen = [];
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    window.frames_seen.push(now - last);
    last = now;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""

# Posts so many jobs at once, then asks for the status five times a second until all have ended.
JOBS = """async ([count, text]) => {
  const photo = new Blob([Uint8Array.from(atob(text), (one) => one.charCodeAt(0))], {type: 'image/jpeg'});
  const start = performance.now();
  const posted = await Promise.all(Array.from({length: count}, async () => {
    const form = new FormData();
    form.append('photo', photo, 'photo.jpg');
    form.append('options', JSON.stringify({paths: 64, preset: 'fast'}));
    return (await fetch('/api/jobs', {method: 'POST', body: form})).json();
  }));
  const [answers, mine] = [[], new Set(posted.map((job) => job.id))];
  for (;;) {
    const asked = performance.now();
    await (await fetch('/api/status')).json();
    answers.push(performance.now() - asked);
    const jobs = (await (await fetch('/api/jobs')).json()).filter((job) => mine.has(job.id));
    if (jobs.every((job) => job.finished)) return {jobs, answers, seconds: (performance.now() - start) / 1000};
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the studio, or take its pictures."""
    parser = argparse.ArgumentParser(prog="benchmarks.studio", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=3, help="of which medians are given (default: 3)")
    parser.add_argument("--jobs", type=int, default=20, help="posted at once (default: 20)")
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER", help="write pictures of the page here")
    options = parser.parse_args(arguments)
    with browser() as chromium, tempfile.TemporaryDirectory() as folder:
        if options.screenshots:
            with served(Path(folder)) as (url, _):
                take_screenshots(chromium, url, options.screenshots)
            return 0
        print(f"- commit {commit()}, medians of {options.runs} runs, Chromium {chromium.version}")
        print(f"- machine: {processor()}, {os.cpu_count()} processors, Python {platform.python_version()}")
        print(f"- load average at the start: {os.getloadavg()[0]:.1f} (timings want an idle machine)\n")
        print("| | measured |\n|---|---|", flush=True)
        for name, value in measured(chromium, Path(folder), options.runs, options.jobs):
            print(f"| {name} | {value} |", flush=True)
    return 0


def measured(chromium: Any, folder: Path, runs: int, jobs: int) -> Iterator[tuple[str, str]]:
    """Yield the rows of the table."""
    starts = [start_seconds(chromium, folder / f"start{run}") for run in range(runs)]
    yield "`huefold studio` to a usable page", f"{median(starts):.2f} s"
    with served(folder / "work") as (url, process):
        large, small = photo_file(4000, 3000), photo_file(768, 512)
        dropped = [drop_seconds(chromium, url, large) for _ in range(runs)]
        yield "drop of a 12-megapixel photo to painting", f"{median(dropped):.2f} s"
        worst = [painting_frames(chromium, url, large) for _ in range(runs)]
        late = sum(frame > 50 for frames in worst for frame in frames)
        count = sum(map(len, worst))
        yield (
            "worst frame while painting on it",
            f"{median(map(max, worst)):.0f} ms ({late} of {count} frames over 50 ms)",
        )
        drawn = [previews(chromium, url, small) for _ in range(runs)]
        yield "first preview after Run, 768 x 512, 128 paths", f"{median(one[0] for one in drawn):.2f} s"
        yield "previews a second until the end", f"{median(one[1] for one in drawn):.1f}"
        yield "the whole drawing", f"{median(one[2] for one in drawn):.1f} s"
        yield from many_jobs(chromium, url, process, jobs)


@contextmanager
def browser() -> Iterator[Any]:
    """Start Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - optional

    program = next((name for name in CHROMIUM if Path(name).exists()), None)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


def start(folder: Path) -> subprocess.Popen[str]:
    """Start a studio with a folder of its own, on any free port."""
    program = "import sys; from huefold.cli import main; sys.exit(main())"
    options = ["studio", "--no-browser", "--port", "0", "--folder", str(folder)]
    command = [sys.executable, "-c", program, *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def stop(process: subprocess.Popen[str]) -> None:
    """End a studio as Ctrl-C does."""
    process.terminate()
    process.communicate(timeout=20)


def address(process: subprocess.Popen[str]) -> str:
    """Wait for the line with the address, and return it."""
    assert process.stdout is not None
    line = process.stdout.readline()
    return line.split(": ", 1)[1].split(" ")[0]


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run a studio whose workers are warm."""
    process = start(folder)
    try:
        url = address(process)
        while b'"draw":"ready"' not in urllib.request.urlopen(f"{url}api/status").read().replace(b" ", b""):
            time.sleep(0.1)
        yield url, process
    finally:
        stop(process)


@contextmanager
def visit(chromium: Any, url: str) -> Iterator[Any]:
    """Open the empty page."""
    context = chromium.new_context(viewport=WINDOW)
    page = context.new_page()
    page.goto(url)
    page.get_by_role("button", name="Choose a photo").wait_for()
    page.locator(".samples button").first.wait_for()
    yield page
    context.close()


def start_seconds(chromium: Any, folder: Path) -> float:
    """Return the time from the command to a page on which a photo can be chosen."""
    began = time.perf_counter()
    process = start(folder)
    try:
        with visit(chromium, address(process)):
            return time.perf_counter() - began
    finally:
        stop(process)


def photo_file(width: int, height: int) -> str:
    """Return a photo of that size as JPEG in base64."""
    out = io.BytesIO()
    Image.fromarray(data.coffee()).resize((width, height), Image.Resampling.LANCZOS).save(
        out, "JPEG", quality=92
    )
    return base64.b64encode(out.getvalue()).decode()


def drop_seconds(chromium: Any, url: str, photo: str) -> float:
    """Return the time from a drop to a photo that can be painted on."""
    with visit(chromium, url) as page:
        return float(page.evaluate(DROP, photo)) / 1000


def painting_frames(chromium: Any, url: str, photo: str) -> list[float]:
    """Return the milliseconds between frames while brushes of three sizes paint."""
    with visit(chromium, url) as page:
        page.evaluate(DROP, photo)
        page.wait_for_url("**/#p=*")
        page.wait_for_timeout(1500)
        size = page.locator("#toolbar-options").get_by_role("spinbutton", name="Size")
        frames: list[float] = []
        page.evaluate(FRAMES)
        for pixels in (48, 150, 400):
            size.fill(str(pixels))
            size.press("Enter")
            page.evaluate("() => void window.frames_seen.splice(0)")
            wave(page)
            frames += page.evaluate("() => window.frames_seen.splice(0)")[1:]
            page.wait_for_timeout(900)  # the map is saved meanwhile
        return frames


def wave(page: Any, steps: int = 90) -> None:
    """Paint a wave over the stage, about as fast as a hand."""
    box = page.locator("#stage").bounding_box()
    x, y = box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(steps):
        rise = abs((step % 20) - 10) * box["height"] * 0.05
        page.mouse.move(x + box["width"] * 0.6 * step / steps, y - rise)
        time.sleep(0.012)
    page.mouse.up()


def previews(chromium: Any, url: str, photo: str) -> tuple[float, float, float]:
    """Return seconds to the first preview, previews a second after it, and seconds to the end."""
    with visit(chromium, url) as page:
        page.evaluate(DROP, photo)
        page.wait_for_url("**/#p=*")
        page.locator("#run:enabled").wait_for()
        seen = page.evaluate(PREVIEWS)
    times = seen["times"]
    rate = 1000 * (len(times) - 1) / max(1.0, times[-1] - times[0])
    return times[0] / 1000, rate, seen["end"] / 1000


def many_jobs(
    chromium: Any, url: str, process: subprocess.Popen[str], count: int
) -> Iterator[tuple[str, str]]:
    """Yield what comes of many jobs posted at once."""
    with visit(chromium, url) as page, peak(lambda: tree_mib(process.pid)) as most:
        page.evaluate(FRAMES)
        done = page.evaluate(JOBS, [count, photo_file(384, 256)])
        frames = page.evaluate("() => window.frames_seen.slice(1)")
    jobs = sorted(done["jobs"], key=lambda job: job["created"])
    finished = [job["finished"] for job in jobs]
    ended = sum(job["status"] == "done" for job in jobs)
    order = "in order" if finished == sorted(finished) else "not in order"
    yield (
        f"{count} jobs at once (384 x 256, 64 paths, fast)",
        f"{ended} done, {order}, {done['seconds']:.0f} s",
    )
    yield "most memory of server and workers meanwhile", f"{max(most):.0f} MiB"
    answers = sorted(done["answers"])
    slow = f"{median(answers):.0f} ms, at most {answers[-1]:.0f} ms"
    yield "answers to the page meanwhile", slow
    yield "its worst frame meanwhile", f"{max(frames):.0f} ms"


@contextmanager
def peak(probe: Callable[[], float]) -> Iterator[list[float]]:
    """Collect values of a probe, four a second."""
    values, ended = [probe()], threading.Event()

    def watch() -> None:
        while not ended.wait(0.25):
            values.append(probe())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield values
    finally:
        ended.set()
        thread.join()


def tree_mib(root: int) -> float:
    """Return the memory of a process and all below it, shared pages divided among those who share them."""
    total, waiting = 0, [root]
    while waiting:
        process = Path("/proc") / str(waiting.pop())
        try:
            waiting += map(
                int, " ".join(file.read_text() for file in process.glob("task/*/children")).split()
            )
            lines = (process / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue  # it has ended
        total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


if __name__ == "__main__":
    sys.exit(main())
