"""Where in a picture a text applies: the common form of the models that can say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from huefold.errors import OptionError, WeightsError
from huefold.models.extras import needs

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Evidence", "RelevanceModel", "load_relevance_model"]

TEXT_MODEL_FILES = ("tokenizer*.json",)
"""What a model's folder must hold beside weights and configuration to be asked in words."""


class Evidence(NamedTuple):
    """What a model finds in a batch of tiles.

    Parameters
    ----------
    relevance : (B, P, G, G) Tensor
        For each tile and phrase, how much each cell of a grid over the tile speaks for the phrase; not negative.
    logits : (B, P) Tensor
        How well each tile as a whole agrees with each phrase.

    Examples
    --------
    >>> Evidence(relevance=..., logits=...)._fields
    ('relevance', 'logits')
    """

    relevance: Tensor
    logits: Tensor


class RelevanceModel(Protocol):
    """A model of images and texts that says where a text applies."""

    name: str
    """For messages."""
    side: int
    """Tiles are so many pixels wide and high."""
    mean: tuple[float, float, float]
    """Taken from the RGB values of a tile."""
    spread: tuple[float, float, float]
    """What the difference is divided by."""

    def embed(self, texts: list[str]) -> Tensor:
        """Return the (P, D) embeddings of texts."""

    def look(self, tiles: Tensor, texts: Tensor, explained: int) -> Evidence:
        """Return the relevance for the first `explained` of the embedded texts and the logits for all."""


def load_relevance_model(folder: Path, *, first_block: int = -1, device: str | None = None) -> RelevanceModel:
    """Load a CLIP or CLIPSeg model from a folder.

    Parameters
    ----------
    folder : pathlib.Path
        With configuration, weights and tokenizer, as `huefold.models.find_weights` returns it.
    first_block : int, optional
        Block of CLIP's vision transformer at which the rollout starts; -1, the last one, by default.
    device : str, optional
        ``"cpu"``, ``"cuda"``; CUDA where there is one by default.

    Returns
    -------
    model : RelevanceModel

    Raises
    ------
    WeightsError
        If the folder holds another kind of model, or its files are broken.
    OptionError
        If there is no such block or device.
    MissingExtraError
        If torch or transformers is not installed.

    Examples
    --------
    >>> load_relevance_model(Path("clip-vit-base-patch32")).side  # doctest: +SKIP
    224
    """
    from huefold.models.clip import ClipModel  # noqa: PLC0415 - what follows needs torch
    from huefold.models.clipseg import ClipSegModel  # noqa: PLC0415 - as above

    needs("torch", "a text prompt")
    needs("transformers", "a text prompt")
    kind = read_config(folder).get("model_type")
    if kind == "clip":
        return ClipModel(folder, first_block=first_block, device=_device(device))
    if kind == "clipseg":
        if first_block != -1:
            raise OptionError("first_block is a setting of CLIP; CLIPSeg has no rollout", given=first_block)
        return ClipSegModel(folder, device=_device(device))
    raise WeightsError(
        f"{folder} holds a model of type {kind!r}; a text prompt needs one of type 'clip' or 'clipseg'",
        path=folder,
    )


def _device(asked: str | None) -> str:
    torch = needs("torch", "a text prompt")
    if asked is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=asked)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise OptionError(
            f"device {asked!r} cannot be used by PyTorch here; use 'cpu'", given=asked
        ) from None
    return asked


def read_config(folder: Path) -> dict[str, Any]:
    """Return the configuration of the model in a folder."""
    file = folder / "config.json"
    try:
        config = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise WeightsError(f"{folder} is no folder of a model: it has no config.json", path=folder) from None
    except ValueError as error:
        raise WeightsError(f"{file} is not JSON ({error}); fetch it again", path=file) from error
    if not isinstance(config, dict):
        raise WeightsError(f"{file} does not describe a model; fetch it again", path=file)
    return config
