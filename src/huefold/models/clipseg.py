"""CLIPSeg: a decoder on CLIP that was trained to segment what a text names; sharper than CLIP relevance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from huefold.models.clip import agreement, embed_texts
from huefold.models.extras import needs
from huefold.models.pretrained import load_model, load_tokenizer, preprocessing
from huefold.models.relevance import Evidence

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ClipSegModel"]

SIDE = 352
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""Of the images that CLIPSeg was trained on; the defaults of a model whose folder names no others."""


class ClipSegModel:
    """A CLIPSeg model, which predicts the probability of each pixel of a tile.

    Parameters
    ----------
    folder : pathlib.Path
        Configuration, weights and tokenizer.
    device : str, optional
        ``"cpu"`` or ``"cuda"``.

    References
    ----------
    .. [1] T. Lüddecke and A. Ecker, "Image segmentation using text and image prompts", CVPR 2022,
       :arxiv:`2112.10003`
    """

    def __init__(self, folder: Path, *, device: str = "cpu") -> None:
        self.name = folder.name
        self._model = load_model("CLIPSegForImageSegmentation", folder, device)
        self._tokenizer = load_tokenizer(folder)
        self.side, self.mean, self.std = preprocessing(folder, SIDE, MEAN, STD)
        patch = self._model.config.vision_config.patch_size
        self.side = max(patch, self.side // patch * patch)  # the decoder predicts whole patches
        self._device = device

    def embed(self, texts: list[str]) -> Tensor:
        """Return the (P, D) embeddings of texts."""
        return embed_texts(self._model.clip, self._tokenizer, texts, self._device)

    def predict(self, tiles: Tensor, texts: Tensor, explained: int) -> Evidence:
        """Return the probability maps for the first `explained` of the embedded texts and the logits for all."""
        torch = needs("torch", "a text prompt")
        clip, tiles = self._model.clip, tiles.to(self._device)
        with torch.no_grad():
            output = clip.get_image_features(tiles, output_hidden_states=True, interpolate_pos_encoding=True)
            logits = agreement(clip, output.pooler_output, texts)
            # As in the model's own forward pass: the decoder reads the states after these blocks.
            states = [output.hidden_states[block + 1] for block in self._model.extract_layers]
            maps = [
                self._model.decoder(states, texts[text].expand(len(tiles), -1)).logits.reshape(
                    len(tiles), self.side, self.side
                )
                for text in range(explained)
            ]
        return Evidence(torch.stack(maps, dim=1).sigmoid().cpu(), logits.cpu())
