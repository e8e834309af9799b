"""Folders of weights on this machine: the user's own, and the Hugging Face cache."""

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
    """Return the Hugging Face cache, also where its packages are not installed.

    As in its own tools, ``HF_HUB_CACHE``, ``HF_HOME`` and ``XDG_CACHE_HOME`` name it.

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
    """Yield paths at which a model may lie, in the user's folder first; not all exist."""
    if folder is not None:
        yield folder / name
        yield folder / name.replace("/", "--")
    yield from _snapshots(hub_cache() / f"models--{name.replace('/', '--')}")


def _snapshots(repository: Path) -> Iterator[Path]:
    """Yield the revisions of a model in the cache: ``main`` as of its last download, then any other."""
    snapshots = repository / "snapshots"
    try:
        main = (repository / "refs" / "main").read_text(encoding="utf-8").strip()
        others = sorted(place for place in snapshots.iterdir() if place.name != main)
    except OSError:
        main, others = "", sorted(snapshots.glob("*"))
    if main:
        yield snapshots / main
    yield from others
