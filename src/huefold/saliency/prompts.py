"""Saliency from words: where a picture shows what a phrase names, by CLIP."""

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

from huefold.errors import HuefoldError, OptionError
from huefold.models.extras import needs
from huefold.models.relevance import TEXT_MODEL_FILES, Evidence, RelevanceModel, load_relevance_model
from huefold.models.weights import find_weights
from huefold.saliency.checks import check_rgb
from huefold.saliency.tiles import Tile, cut, merge, tiles_over

if TYPE_CHECKING:
    from huefold.models.download import WeightsInfo

__all__ = ["DEFAULT_MODEL", "Found", "Phrase", "Prompt", "prompt", "source_options", "split_phrases"]

DEFAULT_MODEL = "openai/clip-vit-base-patch32"
TEMPLATE = "a photo of {}"
NEUTRAL = ("an object", "things", "stuff", "a texture")
"""What any picture shows: a phrase that agrees no better with it than these is taken to be absent."""
PRESENT = 0.5
LEVELS = 4096
"""Maps are rounded to these: the last bits differ between processors, and a drawing should not."""
BATCH = 8

Report: TypeAlias = Callable[[float, str], None]


@dataclass(frozen=True, slots=True, eq=False)
class Phrase:
    """What was found of one phrase.

    Parameters
    ----------
    text : str
        The phrase.
    saliency : (H, W) float32 ndarray
        In [0, 1]: where it applies.
    score : float
        In [0, 1]: above 0.5, some part of the picture agrees better with the phrase than with any of the
        neutral ones.

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
        """Whether the picture seems to show it."""
        return self.score >= PRESENT


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What a prompt found in a picture.

    Parameters
    ----------
    saliency : (H, W) float32 ndarray
        In [0, 1]: the largest of the wanted phrases' maps, lowered by those to avoid.
    wanted, avoided : tuple of Phrase
        Phrase by phrase.

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
        """What the user should know, one line for each phrase that seems to be absent."""
        return tuple(
            f"{phrase.text!r} does not seem to be in the picture (score {phrase.score:.2f}, present from "
            f"{PRESENT:.2f}), and where its map points may mean nothing; try other words, or a painted map"
            for phrase in self.wanted + self.avoided
            if not phrase.present
        )


@dataclass(frozen=True, slots=True)
class Prompt:
    """A source of saliency that is asked in words; see `prompt`.

    Calling it with an (H, W, 3) float picture gives the map, so it can be given wherever a callable can.

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
        """Return the map for a picture, with a Python warning for each phrase that seems to be absent."""
        found = self.look(rgb)
        for note in found.notes:
            warnings.warn(note, stacklevel=2)
        return found.saliency

    def to_options(self) -> dict[str, object]:
        """Return the fields of `huefold.options.Options` that say the same, for reports.

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
        for module in ("torch", "transformers"):  # told before anything is downloaded
            needs(module, "a text prompt")
        return find_weights(
            self.model,
            files=TEXT_MODEL_FILES,
            folder=self.folder,
            allow_download=self.allow_download,
            progress=report,
        )

    def look(self, rgb: NDArray[np.floating[Any]], *, report: Report | None = None) -> Found:
        """Find the phrases in a picture.

        Parameters
        ----------
        rgb : (H, W, 3) float ndarray
            sRGB values in [0, 1].
        report : callable, optional
            Receives the fraction done and a line of text; a `huefold.progress.Reporter` will do. What it
            raises ends the search.

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
        check_rgb(rgb)
        tell = report or (lambda _fraction, _message: None)
        tell(0.0, "loading the model")
        model = self.ready(report=report)
        tiles = tiles_over(rgb.shape[:2])
        with _one_thread():
            evidence = _look_at_all(model, rgb, tiles, self.phrases + self.avoid, self.batch, tell)
        return self._judged(evidence, tiles, rgb.shape[:2])

    def _judged(self, evidence: Evidence, tiles: Sequence[Tile], shape: tuple[int, int]) -> Found:
        texts = self.phrases + self.avoid
        trust = relevancy(evidence.logits.double().numpy(), len(texts))
        phrases = tuple(
            Phrase(
                text,
                _rounded(merge(tiles, list(evidence.relevance[:, k].numpy()), list(trust[:, k]), shape)),
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
    """Return a source of saliency that finds what words name.

    The relevance of each patch is the gradient-weighted attention rollout of [1]_, on overlapping square tiles
    at two scales. Tiles that agree better with the phrase than with neutral texts count more ([2]_, section
    3.4). The map is the maximum over the phrases, times one minus the maximum over those to avoid.

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
        To be given to `huefold.vectorize` as `saliency`, or called with a picture.

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


def split_phrases(given: str | Iterable[str]) -> tuple[str, ...]:
    """Return the phrases in a text, or in several: ``&`` separates them, equal ones count once.

    Raises
    ------
    OptionError
        If one is empty or no text.

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
    """Return how much better each tile agrees with each phrase than with the neutral text that fits it best.

    Parameters
    ----------
    logits : (B, P + M) float64 ndarray
        Of phrases, then of neutral texts.
    phrases : int
        P.

    Returns
    -------
    score : (B, P) float64 ndarray
        ``min_m exp(l) / (exp(l) + exp(l_m))``, in [0, 1]; 0.5 where both agree alike.
    """
    best = logits[:, phrases:].max(axis=1, keepdims=True)
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * (logits[:, :phrases] - best))))


def combined(
    wanted: Sequence[Phrase], avoided: Sequence[Phrase], shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Return the maximum of the wanted maps, lowered by the maximum of the others.

    A phrase that seems absent counts in part (twice its score), as its map may show anything; what is wanted
    does so only where another phrase is present.
    """
    some = any(phrase.present for phrase in wanted)
    raised = _highest(wanted, shape, in_part=some) if wanted else np.ones(shape)
    lowered = _highest(avoided, shape, in_part=True)
    return _rounded(raised * (1.0 - lowered))


def _highest(phrases: Sequence[Phrase], shape: tuple[int, int], *, in_part: bool) -> NDArray[np.float64]:
    highest = np.zeros(shape)
    for phrase in phrases:
        part = min(1.0, phrase.score / PRESENT) if in_part else 1.0
        np.maximum(highest, part * phrase.saliency, out=highest)
    return highest


def _rounded(values: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    return (np.round(np.asarray(values, dtype=np.float64) * LEVELS) / LEVELS).astype(np.float32)


@contextmanager
def _one_thread() -> Iterator[None]:
    """Let PyTorch compute by one thread: by several, sums and so the drawing depend on their number."""
    torch = needs("torch", "a text prompt")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _look_at_all(
    model: RelevanceModel,
    rgb: NDArray[np.floating[Any]],
    tiles: Sequence[Tile],
    phrases: Sequence[str],
    batch: int,
    tell: Report,
) -> Evidence:
    """Ask the model about all tiles, in smaller batches where memory is short."""
    torch = needs("torch", "a text prompt")
    texts = model.embed([TEMPLATE.format(text) for text in (*phrases, *NEUTRAL)])
    seen: list[Evidence] = []
    done = 0
    while done < len(tiles):
        tell(done / len(tiles), f"tile {done + 1} of {len(tiles)}")
        some = [cut(rgb, tile, model.side, model.mean, model.spread) for tile in tiles[done : done + batch]]
        try:
            seen.append(model.look(torch.from_numpy(np.stack(some)), texts, len(phrases)))
        except (RuntimeError, MemoryError) as error:
            if not _memory_ran_out(error):
                raise
            if len(some) == 1:
                raise HuefoldError(
                    f"not enough memory for {model.name}, even tile by tile; use a smaller model, or device='cpu'"
                ) from error
            batch = len(some) // 2
            continue
        done += len(some)
    return Evidence(*(torch.cat(parts) for parts in zip(*seen, strict=True)))


def _memory_ran_out(error: Exception) -> bool:
    """Whether it is PyTorch's way of saying so: a class of its own for CUDA, a sentence for the CPU."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or "out of memory" in said or "can't allocate memory" in said
