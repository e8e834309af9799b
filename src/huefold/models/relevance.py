"""The common form of models that say where in an image a text applies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Evidence", "RelevanceModel"]


class Evidence(NamedTuple):
    """What a model predicts for a batch of tiles.

    Parameters
    ----------
    relevance : (B, P, G, G) Tensor
        How much each cell of a grid over a tile speaks for a phrase, at least 0.
    logits : (B, P) Tensor
        How well each tile as a whole agrees with each phrase.
    """

    relevance: Tensor
    logits: Tensor


class RelevanceModel(Protocol):
    """A model of images and texts that says where a text applies."""

    name: str
    """For messages."""
    side: int
    """Height and width of input tiles, in pixels."""
    mean: tuple[float, float, float]
    """Subtracted from the RGB values of a tile."""
    std: tuple[float, float, float]
    """Standard deviation: divides the difference."""

    def embed(self, texts: list[str]) -> Tensor:
        """Return the (P, D) embeddings of texts."""

    def predict(self, tiles: Tensor, texts: Tensor, explained: int) -> Evidence:
        """Return the relevance for the first `explained` of the embedded texts and the logits for all."""
