"""Compiling the numeric kernels once per machine, and saying so, instead of in the middle of a first run."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import platformdirs

__all__ = ["ensure_compiled", "is_compiled", "kernels_fingerprint"]

ANNOUNCEMENT = "compiling kernels (once per machine, under a minute)"


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

    Examples
    --------
    >>> ensure_compiled(print)  # doctest: +SKIP
    compiling kernels (once per machine, under a minute)
    True
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
        pass  # without a cache folder the announcement comes every time, which is then also true
    return True


def is_compiled() -> bool:
    """Return whether a run can begin without compiling.

    Examples
    --------
    >>> is_compiled() in (True, False)
    True
    """
    return _stamp().exists() or os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0")


def _stamp() -> Path:
    return Path(platformdirs.user_cache_dir("huefold")) / f"compiled-{kernels_fingerprint()}"


def kernels_fingerprint() -> str:
    """Return a text that changes whenever compiled kernels would be of no use.

    It covers what the compiler's own cache goes by: versions, processor, where the kernels' files lie, their
    sizes and times.

    Examples
    --------
    >>> kernels_fingerprint() == kernels_fingerprint()
    True
    """
    import llvmlite.binding  # noqa: PLC0415 - slow, and only a run that computes needs it

    package = Path(__file__).parent
    parts = [sys.version, platform.machine(), llvmlite.binding.get_host_cpu_name()]
    parts += [metadata.version(name) for name in ("numba", "llvmlite", "numpy")]
    parts.append(os.environ.get("NUMBA_CACHE_DIR", str(package)))
    for file in sorted(package.rglob("*kernels.py")):
        status = file.stat()
        parts.append(f"{file.relative_to(package)} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def _run_everything_small() -> None:
    """Draw a picture of a few hundred pixels by both recipes, which passes through every kernel."""
    import numpy as np  # noqa: PLC0415 - as above

    from huefold.pipeline import vectorize  # noqa: PLC0415 - as above

    rows, columns = np.mgrid[:24, :32].astype(np.float32)
    photo = np.stack([columns / 32, rows / 24, (columns // 8 + rows // 8) % 2 * 0.8], axis=2)
    for preset in ("balanced", "paper"):
        result = vectorize(photo, paths=6, rounds=2, saliency="auto", preset=preset)
        result.render(width=40)
