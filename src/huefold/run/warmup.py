"""Compilation of the numeric kernels, once per machine, announced and before the first run."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import platformdirs

from huefold.parallel import available_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from huefold.options import FillsName

__all__ = ["ensure_compiled", "is_compiled", "kernels_fingerprint"]

ANNOUNCEMENT = "compiling kernels (once per machine, under a minute)"

HELPER_SECONDS = 120
"""Longest wait for the other process once there is nothing else to do."""


def ensure_compiled(announce: Callable[[str], None]) -> bool:
    """Compile all kernels if this machine has not done so yet.

    Parameters
    ----------
    announce : callable
        Receives a line for the user before the work begins.

    Returns
    -------
    compiled : bool
        Whether there was anything to do.
    """
    if is_compiled():
        return False
    announce(ANNOUNCEMENT)
    _run_everything_small()
    stamp = _stamp()
    try:
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.touch()
    except OSError:
        pass  # without a cache folder kernels are compiled, and announced, every time
    return True


def is_compiled() -> bool:
    """Return whether a run can begin without compiling."""
    return _stamp().exists() or os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def _stamp() -> Path:
    return Path(platformdirs.user_cache_dir("huefold")) / f"compiled-{kernels_fingerprint()}"


def kernels_fingerprint() -> str:
    """Return a text that changes whenever kernels must be compiled anew.

    It depends on what the compiler's own cache depends on: versions, the processor, and the places, sizes and times
    of the kernels' files.
    """
    import llvmlite.binding  # noqa: PLC0415 - slow, and only a run that computes needs it

    package = Path(__file__).parents[1]
    parts = [sys.version, platform.machine(), llvmlite.binding.get_host_cpu_name()]
    parts += [metadata.version(name) for name in ("numba", "llvmlite", "numpy")]
    parts.append(os.environ.get("NUMBA_CACHE_DIR", str(package)))
    for name in _kernel_files(package):
        status = (package / name).stat()
        parts.append(f"{name} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _kernel_files(package: Path) -> list[Path]:
    """Python files named, or in a folder named, `kernels` or something that ends so; relative to `package`."""
    names = sorted(file.relative_to(package) for file in package.rglob("*.py"))
    return [name for name in names if any(part.endswith("kernels") for part in name.with_suffix("").parts)]


def _run_everything_small() -> None:
    """Draw a picture of a few hundred pixels by both recipes, which compiles every kernel.

    With a second processor, another process compiles the kernels of Stage III while this one compiles those of the
    stages before it. Both fill the compiler's cache, where the drawing finds the kernels.
    """
    from huefold import metrics  # noqa: PLC0415 - slow, and only a run that computes needs it
    from huefold.run.pipeline import vectorize  # noqa: PLC0415 - as above

    photo = _small_photo()
    if available_threads() > 1:
        with _drawing_compiled_beside():
            _pass_through_regions(photo)
    for preset in ("balanced", "paper"):
        other = preset == "paper"  # both ways through the renderer, and all penalties
        fills: FillsName = "auto" if other else "solid"
        result = vectorize(
            photo, paths=6, rounds=2, saliency="auto", preset=preset, fills=fills, contained=other
        )
        result.render(width=40)
        metrics.path_statistics(result.scene)  # in double precision


def _small_photo() -> NDArray[np.float32]:
    import numpy as np  # noqa: PLC0415 - as above

    rows, columns = np.mgrid[:24, :32].astype(np.float32)
    return np.stack([columns / 32, rows / 24, (columns // 8 + rows // 8) % 2 * 0.8], axis=2)


def _pass_through_regions(photo: NDArray[np.float32]) -> None:
    """Run the stages before Stage III."""
    from huefold import recolor, saliency, segment, trace  # noqa: PLC0415 - as above

    partition = segment.classical(photo, regions=40)
    hierarchy = recolor.recolor(photo, partition, saliency.automatic(photo), target=3, rounds=2)
    trace.trace(photo, hierarchy.cut(3), width=32, height=24, tolerance=0.75, max_segments=20)


def _pass_through_drawing() -> None:
    """Run Stage III, writing and reading on regions that need no other stage."""
    import numpy as np  # noqa: PLC0415 - slow, and only a run that computes needs it

    from huefold import refine, render, scene, svg  # noqa: PLC0415 - as above

    photo = _small_photo()
    triangle = scene.contour_from_polygon([(2.3, 3.1), (20.7, 5.2), (9.6, 21.9)])
    red = scene.Path((triangle,), scene.Solid((1.0, 0.0, 0.0)))
    structure = scene.Scene(32, 24, (0.5, 0.5, 0.5), (red,))
    halves = np.arange(32, dtype=np.int32) // 16 * np.ones((24, 1), np.int32)
    tree = refine.RegionTree(halves, np.array([-1, -1]), np.ones(2, np.bool_))
    for settings in (refine.RefineSettings.fast().contained(), refine.RefineSettings.paper()):
        drawn = refine.refine(
            photo, structure, photo[:, :, 0].copy(), paths=3, settings=settings, regions=tree
        )
        render.rasterize(svg.read_svg(svg.write_svg(drawn).encode()))


@contextmanager
def _drawing_compiled_beside() -> Iterator[None]:
    """Compile the kernels of Stage III in another process meanwhile; if that fails, they are compiled later."""
    program = "from huefold.run.warmup import _help_to_compile; _help_to_compile()"
    try:
        helper = subprocess.Popen(
            # Without -P, Python would import a file in the current folder in place of a module.
            [sys.executable, "-P", "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except (OSError, ValueError, TypeError):  # an interpreter inside another program may have no executable
        yield
        return
    with helper:
        try:
            yield
            helper.wait(HELPER_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            helper.kill()


def _help_to_compile() -> None:
    """Compile the kernels of Stage III in a process that ends with the one that started it."""
    threading.Thread(target=_exit_at_end_of_input, daemon=True).start()
    _pass_through_drawing()


def _exit_at_end_of_input() -> None:
    os.read(0, 1)
    os._exit(1)
