"""What this machine offers: sample photos, and text prompts where their model is installed."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from typing import Any

from huefold.errors import WeightsError
from huefold.studio.failures import MODELS_ADVICE

__all__ = ["prompt_offer", "samples"]

TITLES = {"coffee": "Cup of coffee", "cat": "Cat", "astronaut": "Astronaut", "rocket": "Rocket"}


@lru_cache(maxsize=1)
def samples() -> tuple[dict[str, str], ...]:
    """Return names and titles of the sample photos.

    Examples
    --------
    >>> samples()[0]
    {'name': 'coffee', 'title': 'Cup of coffee'}
    """
    from huefold.images import sample_names  # noqa: PLC0415 - half a second, while the page loads already

    there = sample_names()
    return tuple({"name": name, "title": title} for name, title in TITLES.items() if name in there)


def prompt_offer() -> dict[str, Any]:
    """Return whether text prompts work, and else how to install them, without loading a model."""
    from huefold.models.load import TEXT_MODEL_FILES  # noqa: PLC0415 - as above
    from huefold.models.weights import find_weights  # noqa: PLC0415 - as above
    from huefold.saliency.prompts import DEFAULT_MODEL  # noqa: PLC0415 - as above

    found = all(importlib.util.find_spec(name) is not None for name in ("torch", "transformers"))
    try:
        if found:
            find_weights(DEFAULT_MODEL, files=TEXT_MODEL_FILES)
    except WeightsError:
        found = False
    return {"available": found, "how": "" if found else MODELS_ADVICE}
