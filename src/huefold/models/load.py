"""Loading the model of a text prompt by what its folder holds."""

from __future__ import annotations

from pathlib import Path

from huefold.errors import OptionError, WeightsError
from huefold.models.clip import ClipModel
from huefold.models.clipseg import ClipSegModel
from huefold.models.extras import needs
from huefold.models.pretrained import read_model_type
from huefold.models.relevance import RelevanceModel

__all__ = ["TEXT_MODEL_FILES", "load_relevance_model"]

TEXT_MODEL_FILES = ("tokenizer*.json",)
"""What a model's folder must hold beside weights and configuration to take texts."""


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
    needs("torch", "a text prompt")
    needs("transformers", "a text prompt")
    kind = read_model_type(folder)
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
