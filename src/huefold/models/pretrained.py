"""Loading models of transformers from a folder, quietly, with one line of text for any error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from huefold.errors import HuefoldError, WeightsError
from huefold.models.extras import needs

__all__ = ["Triple", "load_model", "load_tokenizer", "preprocessing", "quiet", "read_model_type"]

Triple = tuple[float, float, float]


def load_model(kind: str, folder: Path, device: str) -> Any:
    """Return the model of class `kind` in `folder`: frozen, in float32, with eager attention.

    Raises
    ------
    WeightsError
        If its files are broken or lack weights, which would then be random.
    """
    transformers = needs("transformers", "a text prompt")
    torch = needs("torch", "a text prompt")
    with quiet(transformers), _told(folder, "weights"):
        model, found = getattr(transformers, kind).from_pretrained(
            folder,
            local_files_only=True,
            attn_implementation="eager",  # the others do not return attention
            dtype=torch.float32,
            output_loading_info=True,
            weights_only=True,
        )
    lacking = sorted(found["missing_keys"])
    if lacking:
        raise WeightsError(
            f"the weights in {folder} lack {len(lacking)} tensors of a {kind} ({lacking[0]}, ...); fetch it again",
            path=folder,
            missing=lacking,
        )
    return model.eval().requires_grad_(False).to(device)


def load_tokenizer(folder: Path) -> Any:
    """Return the tokenizer in `folder`."""
    transformers = needs("transformers", "a text prompt")
    with quiet(transformers), _told(folder, "tokenizer"):
        return transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)


def read_model_type(folder: Path) -> str:
    """Return the ``model_type`` that the configuration of the model in a folder names."""
    file = folder / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise WeightsError(f"{folder} is no folder of a model: it has no config.json", path=folder) from None
    except ValueError as error:
        raise WeightsError(f"{file} is not JSON ({error}); fetch it again", path=file) from error
    kind = config.get("model_type") if isinstance(config, dict) else None
    if not isinstance(kind, str):
        raise WeightsError(
            f"{file} does not describe a model: it has no model_type; fetch it again", path=file
        )
    return kind


def preprocessing(folder: Path, side: int, mean: Triple, std: Triple) -> tuple[int, Triple, Triple]:
    """Return side, mean and standard deviation of input images: as the folder says, by default those given."""
    file = folder / "preprocessor_config.json"
    if not file.is_file():
        return side, mean, std
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        size = said.get("size", side)
        if isinstance(size, dict):
            size = size.get("shortest_edge") or size.get("height") or side
        return int(size), _triple(said.get("image_mean", mean)), _triple(said.get("image_std", std))
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"{file} does not say how pictures are prepared; fetch it again", path=file
        ) from error


def _triple(values: Any) -> Triple:
    red, green, blue = (float(value) for value in values)
    return red, green, blue


@contextmanager
def quiet(transformers: Any) -> Iterator[None]:
    """Silence the progress bars and reports of transformers."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


@contextmanager
def _told(folder: Path, what: str) -> Iterator[None]:
    """Raise a `WeightsError` of one line for any error of the packages that read a model."""
    try:
        yield
    except HuefoldError:
        raise
    except MemoryError as error:
        raise WeightsError(f"not enough memory to read the {what} in {folder}", path=folder) from error
    except Exception as error:
        reason = " ".join(str(error).split())[:160] or type(error).__name__
        raise WeightsError(
            f"the {what} in {folder} cannot be read ({reason}): a file is cut short or of another kind; fetch it",
            path=folder,
        ) from error
