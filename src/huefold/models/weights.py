"""Weights of a pretrained model: found at a path, in the user's folder or the cache, or downloaded."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from huefold.errors import WeightsError
from huefold.models.download import WeightsInfo, download
from huefold.models.folders import candidates, hub_cache, models_folder

__all__ = ["find_weights", "missing_from", "model_files"]

Permission: TypeAlias = "bool | Callable[[WeightsInfo], bool]"
Report: TypeAlias = Callable[[float, str], None]

HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)?")
WEIGHT_SUFFIXES = (".safetensors", ".bin", ".pth", ".pt")
INDEXES = ("model.safetensors.index.json", "pytorch_model.bin.index.json")


def find_weights(
    name: str | os.PathLike[str],
    *,
    files: Sequence[str] = (),
    folder: str | os.PathLike[str] | None = None,
    allow_download: Permission = False,
    progress: Report | None = None,
) -> Path:
    """Return the path of a model's weights; download them if that is allowed.

    The order is: `name` itself where it is a folder or file, the user's folder of models (as ``org/model`` or
    ``org--model``), the Hugging Face cache, the Hugging Face hub.

    Parameters
    ----------
    name : str or path_like
        Hub id (``"openai/clip-vit-base-patch32"``), local folder, or checkpoint file.
    files : sequence of str, optional
        Patterns (``"tokenizer*.json"``) that a folder must hold a file for, beside its weights and
        ``config.json``.
    folder : path_like, optional
        The user's folder of models; ``$HUEFOLD_MODELS`` by default.
    allow_download : bool or callable, optional
        Whether to download missing weights. A callable receives size and licence first, and decides.
    progress : callable, optional
        Receives the fraction done and a line of text, as `huefold.progress.Reporter` does.

    Returns
    -------
    path : pathlib.Path
        The folder, or the checkpoint file that was named.

    Raises
    ------
    WeightsError
        If the weights are missing, incomplete, or cannot be downloaded; the message says what to do.
    MissingExtraError
        If a download needs huggingface_hub and it is not installed.

    Examples
    --------
    >>> find_weights("openai/clip-vit-base-patch32")  # doctest: +SKIP
    PosixPath('/home/me/.cache/huggingface/hub/models--openai--clip-vit-base-patch32/snapshots/3d74acf9')
    """
    hub_id = os.fspath(name)
    given = Path(name).expanduser()
    if hub_id and given.exists():  # "" would be the current folder
        return _complete(given, files)
    if not HUB_ID.fullmatch(hub_id) or hub_id.endswith(WEIGHT_SUFFIXES):
        return _own_file(hub_id, models_folder(folder))
    found, flaws = _local(hub_id, models_folder(folder), files)
    if found is not None:
        return found
    if allow_download is False:
        raise WeightsError(_advice(hub_id, models_folder(folder), flaws), name=hub_id)
    return _complete(download(hub_id, files, allow_download, progress), files)


def _own_file(name: str, folder: Path | None) -> Path:
    """Return the file or folder of that name, which is no hub id, in the user's folder of models."""
    place = None if folder is None or Path(name).is_absolute() else folder / name
    if place is not None and place.exists():
        return place
    looked = f"{name!r} does not exist" if place is None else f"neither {name} nor {place} exists"
    raise WeightsError(f"no weights: {looked}; check the path, or give a hub id such as org/model", name=name)


def _local(name: str, folder: Path | None, files: Sequence[str]) -> tuple[Path | None, list[str]]:
    """Return the first complete copy on this machine, and what the incomplete ones before it lack."""
    flaws: list[str] = []
    for place in candidates(name, folder):
        if not place.exists():
            continue
        missing = missing_from(place, files)
        if not missing:
            return place, flaws
        flaws.append(f"{place} misses {', '.join(missing)}")
    return None, flaws


def _complete(place: Path, files: Sequence[str]) -> Path:
    missing = missing_from(place, files)
    if missing:
        raise WeightsError(
            f"the model in {place} is incomplete: it misses {', '.join(missing)}; fetch them, or name another",
            path=place,
            missing=missing,
        )
    return place


def missing_from(place: Path, files: Sequence[str] = ()) -> list[str]:
    """Return the files that a model's folder lacks; a checkpoint file lacks none.

    Parameters
    ----------
    place : pathlib.Path
        Folder or file.
    files : sequence of str, optional
        Patterns beside ``config.json`` and the weights.

    Returns
    -------
    missing : list of str
        Names or patterns.

    Examples
    --------
    >>> missing_from(Path("/no/such/folder"), ["vocab.json"])
    ['config.json', 'vocab.json', 'weights (model.safetensors)']
    """
    if place.is_file():
        return []
    wanted = dict.fromkeys(["config.json", *files])
    missing = [pattern for pattern in wanted if not any(place.glob(pattern))]
    weights = model_files(place)
    if not weights:
        missing.append("weights (model.safetensors)")
    return missing + [file.name for file in weights if not file.is_file()]


def model_files(place: Path) -> list[Path]:
    """Return the weight files of a folder: safetensors if there are any, else pickles.

    A model in parts has an index that names all of them, missing ones too.

    Examples
    --------
    >>> model_files(Path("/no/such/folder"))
    []
    """
    for index, whole in zip(INDEXES, ("model.safetensors", "pytorch_model.bin"), strict=True):
        if (place / whole).is_file():
            return [place / whole]
        if (place / index).is_file():
            return [place / part for part in _parts(place / index)]
    for suffix in WEIGHT_SUFFIXES:
        found = sorted(place.glob(f"*{suffix}"))
        if len(found) == 1:
            return found
    return []


def _parts(index: Path) -> list[str]:
    try:
        parts = json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()
        return sorted({Path(part).name for part in parts})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        raise WeightsError(
            f"{index} is not the index of a model in parts; fetch it again", path=index
        ) from None


def _advice(name: str, folder: Path | None, flaws: Sequence[str]) -> str:
    looked = [] if folder is None else [str(folder)]
    here = "; ".join(flaws) if flaws else f"looked in {' and '.join([*looked, str(hub_cache())])}"
    return (
        f"no weights of {name} on this machine ({here}): allow the download with --download "
        f"(allow_download=True), or run 'hf download {name}', or put its files into a folder "
        f"DIR/{name} and set HUEFOLD_MODELS=DIR"
    )
