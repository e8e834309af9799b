"""CLIP relevance: the patches that make an image agree with a text, by gradient-weighted attention."""

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
STD = (0.26862954, 0.26130258, 0.27577711)
"""Of the images that CLIP was trained on; the default of a model whose folder names no others."""


class ClipModel:
    """A CLIP model with a vision transformer, which predicts the relevance of each patch.

    Parameters
    ----------
    folder : pathlib.Path
        Configuration, weights and tokenizer.
    first_block : int, optional
        Block of the vision transformer at which the rollout starts; negative counts from the end.
    device : str, optional
        ``"cpu"`` or ``"cuda"``.

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
        _, self.mean, self.std = preprocessing(folder, vision.image_size, MEAN, STD)
        self.side: int = vision.image_size  # position embeddings fit no other size
        self._first = _checked_block(first_block, vision.num_hidden_layers)
        self._device = device

    def embed(self, texts: list[str]) -> Tensor:
        """Return the (P, D) embeddings of texts."""
        return embed_texts(self._clip, self._tokenizer, texts, self._device)

    def predict(self, tiles: Tensor, texts: Tensor, explained: int) -> Evidence:
        """Return the relevance for the first `explained` of the embedded texts and the logits for all."""
        attention, logits = self._attend(tiles.to(self._device), texts)
        maps = [
            rollout(attention, _gradients(logits[:, text].sum(), attention), first_of_grid=1)
            for text in range(explained)
        ]
        return Evidence(_stacked(maps).cpu(), logits.detach().cpu())

    def _attend(self, tiles: Tensor, texts: Tensor) -> tuple[list[Tensor], Tensor]:
        """Return the attention of the blocks from the first one on, and the logits computed from it."""
        torch = needs("torch", "a text prompt")
        # Earlier blocks need no gradient: the graph starts at the first block's input.
        block = self._clip.vision_model.encoder.layers[self._first]
        hook = block.register_forward_pre_hook(_start_of_graph, with_kwargs=True)
        try:
            with torch.enable_grad():
                output = self._clip.get_image_features(tiles, output_attentions=True)
                logits = agreement(self._clip, output.pooler_output, texts)
        finally:
            hook.remove()
        return list(output.attentions[self._first :]), logits


def rollout(attention: list[Tensor], gradients: list[Tensor], *, first_of_grid: int) -> Tensor:
    """Return the relevance of each patch to the class token, by attention rollout.

    R starts as the identity. Each block with attention A and gradient of the logit G adds ``R <- R + cam R``,
    ``cam = mean over heads of max(G * A, 0)`` (equations 5 and 6 of [1]_). The result is the class token's row
    of R over the patches.

    Parameters
    ----------
    attention, gradients : list of (B, heads, T, T) Tensor
        Of consecutive blocks, first to last; token 0 is the class token.
    first_of_grid : int
        First token of a patch.

    Returns
    -------
    relevance : (B, G, G) Tensor
        At least 0; patches row by row.

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
    """Return the (P, D) embeddings of texts by the text model of a CLIP.

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
        output = clip.get_text_features(tokens["input_ids"], attention_mask=tokens["attention_mask"])
    embeddings: Tensor = output.pooler_output
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
    # A tile's logit depends on its own attention only, so the gradient of the sum holds each tile's gradient.
    return list(torch.autograd.grad(explained, attention, retain_graph=True))


def agreement(clip: Any, images: Tensor, texts: Tensor) -> Tensor:
    """Return the (B, P) logits of images and texts: the cosine of their embeddings times CLIP's scale."""
    images, texts = (vectors / vectors.norm(dim=-1, keepdim=True) for vectors in (images, texts))
    logits: Tensor = clip.logit_scale.exp() * images @ texts.T
    return logits


def _stacked(maps: list[Tensor]) -> Tensor:
    stack: Tensor = needs("torch", "a text prompt").stack(maps, dim=1)
    return stack
