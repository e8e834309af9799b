"""CLIP relevance: which patches of a picture made it agree with a text, by gradient-weighted attention."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from huefold.errors import OptionError
from huefold.models.extras import needs
from huefold.models.pretrained import load_model, load_tokenizer, preprocessing
from huefold.models.relevance import Evidence

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ClipModel", "agreement", "embed_texts", "rollout"]

MEAN = (0.48145466, 0.4578275, 0.40821073)
SPREAD = (0.26862954, 0.26130258, 0.27577711)
"""Of the pictures that CLIP was trained on; used where a model's folder does not say otherwise."""


class ClipModel:
    """A CLIP model with a vision transformer, asked for the relevance of each patch.

    Parameters
    ----------
    folder : pathlib.Path
        Configuration, weights and tokenizer.
    first_block : int, optional
        Block of the vision transformer at which the rollout starts; negative counts from the end.
    device : str, optional
        Where it runs.

    References
    ----------
    .. [1] H. Chefer, S. Gur and L. Wolf, "Generic attention-model explainability for interpreting bi-modal and
       encoder-decoder transformers", ICCV 2021, :arxiv:`2103.15679`
    """

    def __init__(self, folder: Path, *, first_block: int = -1, device: str = "cpu") -> None:
        self.name = folder.name
        self._clip = load_model("CLIPModel", folder, device)
        self._tokenizer = load_tokenizer(folder)
        vision = self._clip.config.vision_config
        _, self.mean, self.spread = preprocessing(folder, vision.image_size, MEAN, SPREAD)
        self.side: int = vision.image_size  # its position embeddings fit no other
        self._first = _checked_block(first_block, vision.num_hidden_layers)
        self._device = device

    def embed(self, texts: list[str]) -> Tensor:
        """Return the (P, D) embeddings of texts."""
        return embed_texts(self._clip, self._tokenizer, texts, self._device)

    def look(self, tiles: Tensor, texts: Tensor, explained: int) -> Evidence:
        """Return the relevance for the first `explained` of the embedded texts and the logits for all."""
        attention, logits = self._attend(tiles.to(self._device), texts)
        maps = [
            rollout(attention, _gradients(logits[:, text].sum(), attention), first_of_grid=1)
            for text in range(explained)
        ]
        return Evidence(_stacked(maps).cpu(), logits.detach().cpu())

    def _attend(self, tiles: Tensor, texts: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the attention of the blocks from the first one on, and the logits that depend on it."""
        torch = needs("torch", "a text prompt")
        # What comes before the first block needs no gradient: the graph starts at that block's input.
        block = self._clip.vision_model.encoder.layers[self._first]
        hook = block.register_forward_pre_hook(_start_of_graph, with_kwargs=True)
        try:
            with torch.enable_grad():
                seen = self._clip.get_image_features(tiles, output_attentions=True)
                logits = agreement(self._clip, seen.pooler_output, texts)
        finally:
            hook.remove()
        return list(seen.attentions[self._first :]), logits


def rollout(attention: list[Tensor], gradients: list[Tensor], *, first_of_grid: int) -> Tensor:
    """Return how much each patch mattered to the class token.

    For each block in turn, with the attention A and the gradient of what is explained with respect to it,
    ``cam = mean over heads of max(gradient * A, 0)`` and ``R <- R + cam R``, from the identity (equations 5
    and 6 of [1]_); the answer is the class token's row of R over the patches.

    Parameters
    ----------
    attention, gradients : list of (B, heads, T, T) Tensor
        Of consecutive blocks, first to last; token 0 is the class token.
    first_of_grid : int
        Token at which the patches begin.

    Returns
    -------
    relevance : (B, G, G) Tensor
        Not negative; patches row by row.

    References
    ----------
    .. [1] H. Chefer, S. Gur and L. Wolf, "Generic attention-model explainability for interpreting bi-modal and
       encoder-decoder transformers", ICCV 2021, :arxiv:`2103.15679`
    """
    torch = needs("torch", "a text prompt")
    tokens = attention[0].shape[-1]
    relevance = torch.eye(tokens, device=attention[0].device).expand(len(attention[0]), tokens, tokens)
    for weights, gradient in zip(attention, gradients, strict=True):
        cam = (gradient * weights.detach()).clamp(min=0.0).mean(dim=1)
        relevance = relevance + cam @ relevance
    patches = relevance[:, 0, first_of_grid:]
    grid = round(patches.shape[1] ** 0.5)
    maps: Tensor = patches.reshape(-1, grid, grid)
    return maps


def embed_texts(clip: Any, tokenizer: Any, texts: list[str], device: str) -> Tensor:
    """Return the (P, D) embeddings of texts by a CLIP's text model.

    Raises
    ------
    OptionError
        If a text is longer than the model reads.
    """
    torch = needs("torch", "a text prompt")
    most = clip.config.text_config.max_position_embeddings
    for text, tokens in zip(texts, tokenizer(texts)["input_ids"], strict=True):
        if len(tokens) > most:
            raise OptionError(
                f"a phrase of {len(tokens)} tokens is more than the model reads ({most}): shorten {text[:20]!r}...",
                given=text,
            )
    tokens = tokenizer(texts, padding=True, return_tensors="pt").to(device)
    with torch.no_grad():
        told = clip.get_text_features(tokens["input_ids"], attention_mask=tokens["attention_mask"])
    embeddings: Tensor = told.pooler_output
    return embeddings


def _checked_block(first: int, count: int) -> int:
    if isinstance(first, bool) or not isinstance(first, int) or not -count <= first < count:
        raise OptionError(
            f"first_block must be a whole number from {-count} to {count - 1}: the model has {count} blocks, "
            f"got {first!r}",
            given=first,
        )
    return first % count


def _start_of_graph(_block: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
    states, *others = args
    return (states.detach().requires_grad_(), *others), kwargs


def _gradients(explained: Tensor, attention: list[Tensor]) -> list[Tensor]:
    torch = needs("torch", "a text prompt")
    # A tile's logit depends on its own attention only: the gradient of their sum is each one's own.
    return list(torch.autograd.grad(explained, attention, retain_graph=True))


def agreement(clip: Any, pictures: Tensor, texts: Tensor) -> Tensor:
    """Return the (B, P) logits of pictures and texts: the cosine of their embeddings, by CLIP's own scale."""
    pictures, texts = (vectors / vectors.norm(dim=-1, keepdim=True) for vectors in (pictures, texts))
    logits: Tensor = clip.logit_scale.exp() * pictures @ texts.T
    return logits


def _stacked(maps: list[Tensor]) -> Tensor:
    stack: Tensor = needs("torch", "a text prompt").stack(maps, dim=1)
    return stack
