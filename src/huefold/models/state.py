"""Weights read from a file without running any code that it may hold."""

from __future__ import annotations

import os
import pickle
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from huefold.errors import WeightsError
from huefold.models.extras import needs
from huefold.models.weights import model_files

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["load_state_dict"]


def load_state_dict(path: str | os.PathLike[str]) -> dict[str, Tensor]:
    """Read the tensors of a checkpoint.

    Parameters
    ----------
    path : str or path_like
        A ``.safetensors`` file, a file of `torch.save`, or a folder with either, in one or several parts;
        safetensors are preferred. Pickles are read with ``weights_only=True``: they can hold tensors, and
        nothing that runs.

    Returns
    -------
    state : dict of str to Tensor
        On the CPU, by name.

    Raises
    ------
    WeightsError
        If the file is missing, truncated, or holds something else than named tensors.
    MissingExtraError
        If torch or safetensors is not installed.

    Examples
    --------
    >>> load_state_dict("no-such-file.safetensors")
    Traceback (most recent call last):
        ...
    huefold.errors.WeightsError: no weights at no-such-file.safetensors; check the path
    """
    place = Path(path)
    if not place.exists():
        raise WeightsError(f"no weights at {place}; check the path", path=place)
    if place.is_file():
        return _read(place)
    files = model_files(place)
    if not files:
        raise WeightsError(
            f"no weights in {place}: it holds neither safetensors nor a checkpoint", path=place
        )
    state: dict[str, Tensor] = {}
    for file in files:
        state |= _read(file)
    return state


def _read(file: Path) -> dict[str, Tensor]:
    read = _read_safetensors if file.suffix == ".safetensors" else _read_pickle
    try:
        state = read(file)
    except FileNotFoundError:
        raise WeightsError(f"{file} is missing; fetch the model again", path=file) from None
    except MemoryError as error:
        raise WeightsError(f"not enough memory to read {file}", path=file) from error
    except OSError as error:
        raise WeightsError(f"{file} cannot be read: {error.strerror or error}", path=file) from error
    if not isinstance(state, dict) or not state or not all(map(_is_named_tensor, state.items())):
        raise WeightsError(f"{file} holds something else than named tensors: it is no state dict", path=file)
    return state


def _is_named_tensor(item: tuple[Any, Any]) -> bool:
    return isinstance(item[0], str) and isinstance(item[1], needs("torch", "reading weights").Tensor)


def _read_safetensors(file: Path) -> Any:
    safetensors = needs("safetensors", "reading weights")
    loader = needs("safetensors.torch", "reading weights")
    try:
        return loader.load_file(file)
    except safetensors.SafetensorError as error:
        raise WeightsError(_broken(file, "safetensors file", error), path=file) from error


def _read_pickle(file: Path) -> Any:
    torch = needs("torch", "reading weights")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pickles of another protocol are read or refused
            return torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if "weights_only" in str(error) or "Unsupported" in str(error):
            raise WeightsError(
                f"{file} holds more than tensors, or is no checkpoint, and is not run; "
                "use a safetensors file, or a state dict written by torch.save",
                path=file,
            ) from error
        raise WeightsError(_broken(file, "checkpoint", error), path=file) from error
    except (RuntimeError, EOFError, ValueError, KeyError, AttributeError, IndexError, UnicodeError) as error:
        raise WeightsError(_broken(file, "checkpoint", error), path=file) from error


def _broken(file: Path, kind: str, error: Exception) -> str:
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return f"{file} is no whole {kind} ({reason}): it is cut short or another kind of file; fetch it again"
