"""Where weights can lie on this machine."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["candidates", "hub_cache", "models_folder"]


def models_folder(given: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the user's own folder of models: `given`, else ``$HUEFOLD_MODELS``, else None.

    Examples
    --------
    >>> models_folder("weights").name
    'weights'
    """
    chosen = os.fspath(given) if given is not None else os.environ.get("HUEFOLD_MODELS", "")
    return Path(chosen).expanduser() if chosen else None


def hub_cache() -> Path:
    """Return the Hugging Face cache, by the same variables that its own tools go by.

    Those are ``HF_HUB_CACHE``, ``HF_HOME`` and ``XDG_CACHE_HOME``; the packages need not be installed.

    Examples
    --------
    >>> hub_cache().is_absolute()
    True
    """
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if os.environ.get(variable):
            return Path(os.environ[variable]).expanduser().absolute()
    home = os.environ.get("HF_HOME")
    if home:
        return Path(home).expanduser().absolute() / "hub"
    caches = Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser()
    return caches.absolute() / "huggingface" / "hub"


def candidates(name: str, folder: Path | None) -> Iterator[Path]:
    """Yield the places where the model of that name may lie, the user's own first; not all exist."""
    if folder is not None:
        yield folder / name
        yield folder / name.replace("/", "--")
    yield from _snapshots(hub_cache() / f"models--{name.replace('/', '--')}")


def _snapshots(repository: Path) -> Iterator[Path]:
    """Yield the revisions of a model in the cache: what ``main`` was when last asked, then any other."""
    snapshots = repository / "snapshots"
    try:
        main = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
        others = sorted(place for place in snapshots.iterdir() if place.name != main)
    except OSError:
        main, others = "", sorted(snapshots.glob("*"))
    if main:
        yield snapshots / main
    yield from others
