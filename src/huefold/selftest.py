"""Diagnosis of an installation: its parts, and whether it works."""

from __future__ import annotations

import os
import platform
import re
import sys
import time
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import huefold
from huefold.models.folders import hub_cache, models_folder
from huefold.models.known import present_models
from huefold.native import library
from huefold.parallel import available_threads

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["Diagnosis", "Trial", "diagnose", "try_out"]

BUDGET = 12
LEAST_PSNR = 25.0
"""PSNR in dB that the test picture exceeds by far, unless something went wrong."""


@dataclass(frozen=True, slots=True)
class Trial:
    """Outcome of the self-test: wall time in seconds, and one line on what was drawn or what went wrong."""

    passed: bool
    seconds: float
    said: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Parts of an installation.

    Parameters
    ----------
    system, versions : dict of str to str
        Python and the processor; huefold and the packages that it computes with.
    extras : dict of str to dict
        Packages of each extra, with versions; None if one is missing.
    weights : dict of str to dict
        Models on this machine: ``use`` and ``path``.
    threads : int
        Threads that a run uses by default.
    folders : dict of str to dict
        ``path``, and whether it ``exists`` and is ``writable``.
    kernels : dict
        ``library`` (its path), ``instructions`` in use and those ``available``; or the ``error`` if none can be
        loaded.
    trial : Trial or None
        The self-test, if it was made.
    """

    system: dict[str, str]
    versions: dict[str, str]
    extras: dict[str, dict[str, str | None]]
    weights: dict[str, dict[str, str]]
    threads: int
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    kernels: dict[str, Any] = field(default_factory=dict)
    trial: Trial | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def diagnose() -> Diagnosis:
    """Return the parts of this installation, without importing anything heavy.

    Examples
    --------
    >>> diagnose().threads >= 1
    True
    """
    packages, extras = _requirements()
    return Diagnosis(
        system={
            "python": f"{platform.python_version()} ({sys.executable})",
            "system": f"{platform.system()} {platform.machine()}",
        },
        versions={"huefold": huefold.__version__}
        | {name: version for name in packages if (version := _version(name)) is not None},
        extras={extra: {name: _version(name) for name in names} for extra, names in extras.items()},
        weights={name: {"use": use, "path": str(place)} for name, use, place in present_models()},
        threads=available_threads(),
        folders=_folders(),
        kernels=_kernels(),
    )


def _requirements() -> tuple[list[str], dict[str, list[str]]]:
    """Return the packages that huefold needs, and those of each extra for users."""
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for line in metadata.requires("huefold") or ():
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        extra = re.search(r"extra\s*==\s*['\"]([\w-]+)['\"]", line)
        if extra is None:
            needed.append(name)
        elif extra[1] != "test":
            extras.setdefault(extra[1], []).append(name)
    return needed, extras


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _kernels() -> dict[str, Any]:
    try:
        return {
            "library": str(library.path()),
            "instructions": library.instructions(),
            "available": list(library.available_instructions()),
        }
    except library.LibraryError as error:
        return {"error": str(error)}


def _folders() -> dict[str, dict[str, Any]]:
    places = {"Hugging Face cache": hub_cache()}
    own = models_folder()
    if own is not None:
        places["HUEFOLD_MODELS"] = own
    return {
        name: {"path": str(place), "exists": place.is_dir(), "writable": _writable(place)}
        for name, place in places.items()
    }


def _writable(folder: Path) -> bool:
    """Whether files can be put there, or the folder be made."""
    existing = next((place for place in (folder, *folder.absolute().parents) if place.exists()), None)
    return existing is not None and existing.is_dir() and os.access(existing, os.W_OK)


def try_out() -> Trial:
    """Draw a small picture with one thread and with two, and check the result."""
    begin = time.perf_counter()
    try:
        said, wrong = _drawn_and_checked()
    except Exception as error:  # whatever is wrong is what this test is for
        reason = " ".join(str(error).split())[:200]
        said, wrong = "", [f"{type(error).__name__}: {reason}"]
    return Trial(not wrong, round(time.perf_counter() - begin, 3), "; ".join(wrong) or said)


def _drawn_and_checked() -> tuple[str, list[str]]:
    from huefold.run.pipeline import vectorize  # noqa: PLC0415 - slow, and only this needs it

    one, two = (
        vectorize(_picture(), paths=BUDGET, preset="fast", saliency="auto", threads=threads)
        for threads in (1, 2)
    )
    drawn, psnr = one.svg.count("<path"), one.report.fidelity.psnr
    wrong = []
    if not 1 <= drawn <= BUDGET:
        wrong.append(f"{drawn} paths drawn for a budget of {BUDGET}")
    if not psnr >= LEAST_PSNR:
        wrong.append(f"the drawing has a PSNR of {psnr:.1f} dB, expected at least {LEAST_PSNR:.0f}")
    if one.svg != two.svg:
        wrong.append("one thread and two draw different files")
    return f"{drawn} paths, PSNR {psnr:.1f} dB, the same by one thread and two", wrong


def _picture() -> NDArray[np.float32]:
    """Return an orange disc on a gradient of blue, 48 pixels high and 64 wide."""
    import numpy as np  # noqa: PLC0415 - as above

    rows, columns = np.mgrid[:48, :64].astype(np.float32)
    sky = np.stack([0.1 + rows / 160, 0.3 + columns / 160, np.full_like(rows, 0.7)], axis=2)
    disc = np.clip(14.5 - np.hypot(columns - 30, rows - 22), 0.0, 1.0)[:, :, None]
    return np.asarray(sky + disc * (np.array([0.9, 0.5, 0.1]) - sky), dtype=np.float32)
