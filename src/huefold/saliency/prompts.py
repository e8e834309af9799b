"""Saliency from a text prompt: where an image shows what a phrase names, by CLIP."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.errors import HuefoldError, OptionError, SaliencyError
from huefold.images.checks import check_picture
from huefold.models.batches import Batches
from huefold.models.extras import needs
from huefold.models.load import TEXT_MODEL_FILES, load_relevance_model
from huefold.models.relevance import Evidence, RelevanceModel
from huefold.models.weights import find_weights
from huefold.saliency.phrases import Found, Phrase, combined, relevancy, rounded, split_phrases
from huefold.saliency.tiles import Tile, cut, merge, tiles_over

if TYPE_CHECKING:
    from huefold.models.download import WeightsInfo

__all__ = ["DEFAULT_MODEL", "Prompt", "prompt", "source_options"]

DEFAULT_MODEL = "openai/clip-vit-base-patch32"
TEMPLATE = "a photo of {}"
NEUTRAL = ("an object", "things", "stuff", "a texture")
"""Texts that fit any image: a phrase that agrees with it no better than these is taken to be absent."""
BATCH = 8
"""Tiles a batch, where memory allows."""

Report: TypeAlias = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Prompt:
    """A source of saliency that finds phrases in an image; see `prompt`.

    It is a callable: an (H, W, 3) float image in, a map out.

    Examples
    --------
    >>> Prompt(("the sofa", "the cat")).model
    'openai/clip-vit-base-patch32'
    """

    phrases: tuple[str, ...] = ()
    avoid: tuple[str, ...] = ()
    model: str | os.PathLike[str] | RelevanceModel = DEFAULT_MODEL
    folder: str | os.PathLike[str] | None = None
    allow_download: bool | Callable[[WeightsInfo], bool] = False
    first_block: int = -1
    device: str | None = None
    batch: int = field(default=BATCH, kw_only=True)

    def __post_init__(self) -> None:
        if not self.phrases and not self.avoid:
            raise OptionError("a prompt needs at least one phrase, such as 'the cat'; got none")

    def __call__(self, rgb: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Return the map for an image, with a Python warning for each phrase that seems to be absent."""
        found = self.predict(rgb)
        for note in found.notes:
            warnings.warn(note, stacklevel=2)
        return found.saliency

    def to_options(self) -> dict[str, object]:
        """Return the fields of `huefold.options.Options` that mean the same, for reports.

        Examples
        --------
        >>> Prompt(("the cat",), model="my/clip").to_options()
        {'prompt': ('the cat',), 'avoid': (), 'prompt_model': 'my/clip'}
        """
        model = os.fspath(self.model) if isinstance(self.model, str | os.PathLike) else self.model.name
        return {"prompt": self.phrases, "avoid": self.avoid, "prompt_model": model}

    def ready(self, *, report: Report | None = None) -> RelevanceModel:
        """Find and load the model, downloading it if that is allowed.

        Raises
        ------
        MissingExtraError
            If torch or transformers is not installed.
        WeightsError
            If the weights are not here or broken.
        """
        if not isinstance(self.model, str | os.PathLike):
            return self.model
        return load_relevance_model(
            self.find(report=report), first_block=self.first_block, device=self.device
        )

    def find(self, *, report: Report | None = None) -> Path:
        """Return the folder of the model, downloading it if that is allowed."""
        if not isinstance(self.model, str | os.PathLike):
            raise TypeError("the model is loaded already")
        for module in ("torch", "transformers"):  # before anything is downloaded
            needs(module, "a text prompt")
        return find_weights(
            self.model,
            files=TEXT_MODEL_FILES,
            folder=self.folder,
            allow_download=self.allow_download,
            progress=report,
        )

    def predict(self, rgb: NDArray[np.floating[Any]], *, report: Report | None = None) -> Found:
        """Find the phrases in an image.

        Parameters
        ----------
        rgb : (H, W, 3) float ndarray
            sRGB values in [0, 1].
        report : callable, optional
            Receives the fraction done and a line of text, as `huefold.progress.Reporter` does. What it raises
            ends the search.

        Returns
        -------
        found : Found

        Raises
        ------
        SaliencyError
            If `rgb` is not an (H, W, 3) image of finite values.
        MissingExtraError, WeightsError
            If the model cannot be used.
        """
        check_picture(rgb, SaliencyError)
        tell = report or (lambda _fraction, _message: None)
        tell(0.0, "loading the model")
        model = self.ready(report=report)
        tiles = tiles_over(rgb.shape[:2])
        with _one_thread():
            evidence = _predict_all(model, rgb, tiles, self.phrases + self.avoid, self.batch, tell)
        return self._judged(evidence, tiles, rgb.shape[:2])

    def _judged(self, evidence: Evidence, tiles: Sequence[Tile], shape: tuple[int, int]) -> Found:
        texts = self.phrases + self.avoid
        trust = relevancy(evidence.logits.double().numpy(), len(texts))
        phrases = tuple(
            Phrase(
                text,
                rounded(merge(tiles, list(evidence.relevance[:, k].numpy()), list(trust[:, k]), shape)),
                float(trust[:, k].max()),
            )
            for k, text in enumerate(texts)
        )
        wanted, avoided = phrases[: len(self.phrases)], phrases[len(self.phrases) :]
        return Found(combined(wanted, avoided, shape), wanted, avoided)


def prompt(
    phrases: str | Iterable[str] = (),
    *,
    avoid: str | Iterable[str] = (),
    model: str | os.PathLike[str] | RelevanceModel = DEFAULT_MODEL,
    folder: str | os.PathLike[str] | None = None,
    allow_download: bool | Callable[[WeightsInfo], bool] = False,
    first_block: int = -1,
    device: str | None = None,
) -> Prompt:
    """Return a source of saliency that finds what phrases name.

    The relevance of each patch is the gradient-weighted attention rollout of [1]_, on overlapping square tiles
    at two scales. Tiles are weighted by how much better they agree with the phrase than with neutral texts
    ([2]_, section 3.4). The map is the maximum over the phrases, times one minus the maximum over those to avoid.

    Parameters
    ----------
    phrases : str or iterable of str
        What matters; ``"the sofa & the cat"`` are two phrases.
    avoid : str or iterable of str, optional
        What does not.
    model : str, path_like or RelevanceModel, optional
        Hub id or folder of a CLIP with a vision transformer or of a CLIPSeg, or one that is loaded.
    folder : path_like, optional
        Folder of models; ``$HUEFOLD_MODELS`` by default.
    allow_download : bool or callable, optional
        Whether weights may be downloaded; see `huefold.models.find_weights`.
    first_block : int, optional
        Block of the vision transformer at which the rollout starts; the last one by default, as in [1]_.
    device : str, optional
        Where the model runs: CUDA where there is one by default.

    Returns
    -------
    source : Prompt
        For `huefold.vectorize` as `saliency`, or to be called with an image.

    Raises
    ------
    OptionError
        If there is no phrase, or an empty one.

    References
    ----------
    .. [1] H. Chefer, S. Gur and L. Wolf, "Generic attention-model explainability for interpreting bi-modal and
       encoder-decoder transformers", ICCV 2021, :arxiv:`2103.15679`
    .. [2] J. Kerr, C. M. Kim, K. Goldberg, A. Kanazawa and M. Tancik, "LERF: Language embedded radiance fields",
       ICCV 2023, :arxiv:`2303.09553`

    Examples
    --------
    >>> prompt("the yellow sofa & cat", avoid="the wall").phrases
    ('the yellow sofa', 'cat')
    """
    return Prompt(
        split_phrases(phrases), split_phrases(avoid), model, folder, allow_download, first_block, device
    )


def source_options(source: object) -> dict[str, Any]:
    """Return the fields of `huefold.options.Options` that say where saliency comes from, for reports.

    Examples
    --------
    >>> source_options("auto"), source_options(None), source_options(np.ones((2, 2)))
    ({'saliency': 'auto'}, {'saliency': 'noise'}, {'saliency': 'given'})
    """
    if isinstance(source, Prompt):
        return {"saliency": "prompt", **source.to_options()}
    return {"saliency": source if isinstance(source, str) else "noise" if source is None else "given"}


@contextmanager
def _one_thread() -> Iterator[None]:
    """Make PyTorch use one thread: with several, sums and so the drawing depend on their number."""
    torch = needs("torch", "a text prompt")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _predict_all(
    model: RelevanceModel,
    rgb: NDArray[np.floating[Any]],
    tiles: Sequence[Tile],
    phrases: Sequence[str],
    batch: int,
    tell: Report,
) -> Evidence:
    """Return the model's predictions for all tiles, in smaller batches where memory is short."""
    torch = needs("torch", "a text prompt")
    texts = model.embed([TEMPLATE.format(text) for text in (*phrases, *NEUTRAL)])

    def predicted(numbers: NDArray[np.intp]) -> Evidence:
        tell(numbers[0] / len(tiles), f"tile {numbers[0] + 1} of {len(tiles)}")
        some = [cut(rgb, tiles[k], model.side, model.mean, model.std) for k in numbers]
        return model.predict(torch.from_numpy(np.stack(some)), texts, len(phrases))

    exhausted = HuefoldError(
        f"not enough memory for {model.name}, even tile by tile; use a smaller model, or device='cpu'"
    )
    found = Batches(batch, exhausted).map(predicted, np.arange(len(tiles)))
    return Evidence(*(torch.cat(parts) for parts in zip(*found, strict=True)))
