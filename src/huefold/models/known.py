"""Models of the hub that huefold is tested with; others of their kinds work too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from huefold.errors import WeightsError
from huefold.models.folders import candidates, models_folder
from huefold.models.weights import missing_from

__all__ = ["KNOWN", "KnownModel", "present_models"]


class KnownModel(NamedTuple):
    """A model of the hub: its id and use.

    Examples
    --------
    >>> KNOWN[0].use
    'text prompts'
    """

    name: str
    use: str


KNOWN = (
    KnownModel("openai/clip-vit-base-patch32", "text prompts"),
    KnownModel("openai/clip-vit-base-patch16", "text prompts"),
    KnownModel("openai/clip-vit-large-patch14", "text prompts"),
    KnownModel("CIDAS/clipseg-rd64-refined", "text prompts"),
    KnownModel("facebook/sam-vit-base", "segmentation"),
    KnownModel("facebook/sam-vit-large", "segmentation"),
    KnownModel("facebook/sam-vit-huge", "segmentation"),
    KnownModel("facebook/sam2.1-hiera-tiny", "segmentation"),
    KnownModel("facebook/sam2.1-hiera-large", "segmentation"),
)


def present_models(folder: Path | None = None) -> Iterator[tuple[str, str, Path]]:
    """Yield name, use and path of each model on this machine: known ones, and all in the user's folder.

    Parameters
    ----------
    folder : pathlib.Path, optional
        The user's folder of models; ``$HUEFOLD_MODELS`` by default.

    Examples
    --------
    >>> all(place.exists() for name, use, place in present_models())
    True
    """
    own = models_folder(folder)
    seen: set[Path] = set()
    for model in KNOWN:
        place = next((place for place in candidates(model.name, own) if _whole(place)), None)
        if place is not None:
            seen.add(place)
            yield model.name, model.use, place
    for config in _configs(own):
        if config.parent not in seen and _whole(config.parent) and own is not None:
            yield config.parent.relative_to(own).as_posix(), "", config.parent


def _configs(own: Path | None) -> list[Path]:
    return [] if own is None else sorted({*own.glob("*/config.json"), *own.glob("*/*/config.json")})


def _whole(place: Path) -> bool:
    try:
        return place.exists() and not missing_from(place)
    except (OSError, WeightsError):  # unreadable, or a broken index
        return False
