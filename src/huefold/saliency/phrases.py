"""Phrases of a text prompt: separated, scored against neutral texts, and combined into one map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from huefold.errors import OptionError
from huefold.native import elementary

__all__ = ["Found", "Phrase", "combined", "relevancy", "rounded", "split_phrases"]

PRESENT = 0.5
"""Score from which a phrase is taken to be in the image."""
LEVELS = 4096
"""Steps that maps are rounded to: their last bits differ between processors, and a drawing should not."""


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """One phrase, found in an image.

    Parameters
    ----------
    text : str
        The phrase.
    saliency : (H, W) float32 ndarray
        In [0, 1]: where it applies.
    score : float
        In [0, 1]; above 0.5, some part of the image agrees better with the phrase than with any neutral text.

    Examples
    --------
    >>> Phrase("the cat", np.ones((1, 1), np.float32), score=0.9).present
    True
    """

    text: str
    saliency: NDArray[np.float32]
    score: float

    @property
    def present(self) -> bool:
        """Whether the image seems to show it."""
        return self.score >= PRESENT


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The phrases of a prompt, found in an image.

    Parameters
    ----------
    saliency : (H, W) float32 ndarray
        In [0, 1]: the maximum of the wanted phrases' maps, lowered by those to avoid.
    wanted, avoided : tuple of Phrase
        Each phrase with its own map.

    Examples
    --------
    >>> cat = Phrase("the cat", np.ones((1, 1), np.float32), score=0.1)
    >>> Found(cat.saliency, (cat,), ()).notes
    ("'the cat' does not seem to be in the picture (score 0.10, ...",)
    """

    saliency: NDArray[np.float32]
    wanted: tuple[Phrase, ...]
    avoided: tuple[Phrase, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """One line for each phrase that seems to be absent."""
        return tuple(
            f"{phrase.text!r} does not seem to be in the picture (score {phrase.score:.2f}, present from "
            f"{PRESENT:.2f}), and where its map points may mean nothing; try other words, or a painted map"
            for phrase in self.wanted + self.avoided
            if not phrase.present
        )


def split_phrases(given: str | Iterable[str]) -> tuple[str, ...]:
    """Return the phrases of one or several texts: ``&`` separates them, duplicates are dropped.

    Raises
    ------
    OptionError
        If a phrase is empty or not a string.

    Examples
    --------
    >>> split_phrases(["the sofa & the cat", "a lamp"])
    ('the sofa', 'the cat', 'a lamp')
    """
    phrases: dict[str, None] = {}
    for text in [given] if isinstance(given, str) else given:
        if not isinstance(text, str):
            raise OptionError(
                f"a phrase must be text, got an object of type {type(text).__name__}", given=text
            )
        for part in text.split("&"):
            phrase = " ".join(part.split())
            if not any(map(str.isalnum, phrase)):
                raise OptionError(f"a phrase must say something, such as 'the cat'; got {text!r}", given=text)
            phrases[phrase] = None
    return tuple(phrases)


def relevancy(logits: NDArray[np.float64], phrases: int) -> NDArray[np.float64]:
    """Return the score of each tile and phrase against the neutral text that fits the tile best.

    Parameters
    ----------
    logits : (B, P + M) float64 ndarray
        Of phrases, then of neutral texts.
    phrases : int
        P.

    Returns
    -------
    score : (B, P) float64 ndarray
        ``min_m exp(l) / (exp(l) + exp(l_m))``, in [0, 1]; 0.5 where phrase and neutral text agree equally.
    """
    best = logits[:, phrases:].max(axis=1, keepdims=True)
    return 1.0 / (1.0 + elementary.exp(best - logits[:, :phrases]))


def combined(
    wanted: Sequence[Phrase], avoided: Sequence[Phrase], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Return the maximum of the wanted maps, lowered by the maximum of the others.

    A phrase that seems absent is weighted by twice its score, as its map may show anything; a wanted one only
    if another wanted phrase is present.
    """
    some = any(phrase.present for phrase in wanted)
    raised = _highest(wanted, shape, in_part=some) if wanted else np.ones(shape)
    lowered = _highest(avoided, shape, in_part=True)
    return rounded(raised * (1.0 - lowered))


def _highest(phrases: Sequence[Phrase], shape: tuple[int, int], *, in_part: bool) -> NDArray[np.float64]:
    highest = np.zeros(shape)
    for phrase in phrases:
        part = min(1.0, phrase.score / PRESENT) if in_part else 1.0
        np.maximum(highest, part * phrase.saliency, out=highest)
    return highest


def rounded(values: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Return a map in whole steps of 1 / `LEVELS`."""
    return (np.round(np.asarray(values, dtype=np.float64) * LEVELS) / LEVELS).astype(np.float32)
