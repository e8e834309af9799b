"""The whole method on one page, and what of it is kept for the next drawing of the same photo."""

from __future__ import annotations

import hashlib
import io
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from huefold import metrics, recolor, render
from huefold import saliency as saliency_maps
from huefold.errors import ImageError, OptionError
from huefold.images import ImageSource, LoadedImage
from huefold.options import Options, PresetName
from huefold.progress import CancelToken, ProgressCallback
from huefold.run.budgets import Budget, Written, spend
from huefold.run.guidance import Guidance, SaliencySource, name_paths
from huefold.run.presets import PRESETS
from huefold.run.report import BudgetUse
from huefold.run.result import Result
from huefold.run.resume import Start, start_from
from huefold.run.run import Run
from huefold.run.stages import (
    SegmenterSource,
    draw_again,
    find_regions,
    finish,
    guide,
    load_photo,
    recolor_regions,
    refine_paths,
    trace_regions,
    write,
)
from huefold.saliency import Box, Point, RegionAt
from huefold.scene import Scene
from huefold.segment import anything

__all__ = ["Session"]

T = TypeVar("T")

KEPT = 4
"""Of each intermediate result, the last so many are kept."""
COARSEST_LEVEL = 3
FINEST_LEVEL = 400
"""Regions of the coarsest level, and at least of the finest."""


class Session:
    """One photo, drawn again and again: what does not change from one drawing to the next is worked out once.

    The photo at working size, its first regions, guidance and hierarchies are kept. A drawing is the same, to the
    byte, as `huefold.vectorize` makes it, whatever was drawn before; only one that resumes another depends on that.
    One thread at a time may use a session.

    Parameters
    ----------
    image : path_like, bytes, binary file, PIL.Image.Image or (H, W[, C]) ndarray
        The photo; see `huefold.images.load_image`.

    Examples
    --------
    >>> photo = np.zeros((16, 24, 3), np.uint8)
    >>> photo[4:12, 6:18] = (255, 128, 0)
    >>> session = Session(photo)
    >>> first = session.draw(Options(paths=4, preset="fast"))
    >>> more = session.draw(Options(paths=6, preset="fast"), resume=first.scene)
    >>> more.report.paths.drawn <= 6
    True
    """

    def __init__(self, image: ImageSource) -> None:
        self._image: Any = image
        self._name: str | None = None
        self._photos: _Kept[LoadedImage] = _Kept()
        self._partitions: _Kept[NDArray[np.int32]] = _Kept()
        self._guidances: _Kept[Guidance] = _Kept()
        self._hierarchies: _Kept[recolor.Hierarchy] = _Kept()

    def draw(
        self,
        options: Options,
        *,
        saliency: SaliencySource = None,
        segmenter: SegmenterSource = None,
        resume: Scene | None = None,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
    ) -> Result:
        """Draw the photo.

        Parameters
        ----------
        options : Options
            What to do; where saliency and first regions come from is given apart.
        saliency, segmenter
            As for `huefold.vectorize`.
        resume : Scene, optional
            An earlier drawing of the photo to go on from, in a fraction of the time: paths of least worth go, or
            new ones come, until there are as many as `options` ask for, and all are fitted again.
        progress, cancel
            As for `huefold.vectorize`.

        Returns
        -------
        result : Result

        Raises
        ------
        HuefoldError
            As `huefold.vectorize`; `OptionError` also if `resume` is not a drawing of this photo, or the budget is
            none of paths.
        """
        job = _Job(_described(options, saliency, segmenter), progress, cancel)
        photo = self._photo(job)
        if resume is not None:
            _check_start(resume, photo, options)
        guidance = self._guidance(job, photo, saliency)  # first: a map may not fit
        classical = segmenter is None or (isinstance(segmenter, str) and segmenter == "classical")

        def draw(job: _Job) -> tuple[recolor.Hierarchy, Scene]:
            # In a search for the number of paths, models are asked but once.
            regions = (job.options if classical else options).first_regions
            partition = self._partition(job, photo, segmenter, regions)
            hierarchy = self._hierarchy(job, photo, partition, guidance)
            structure = trace_regions(job, photo, hierarchy, preview=resume is None)
            start = Start(structure)
            if resume is not None:
                start = start_from(resume, structure, photo, guidance, job.options)
            drawing = refine_paths(job, photo, start, hierarchy, guidance)
            return hierarchy, name_paths(drawing, guidance.named, threads=options.threads)

        if options.budget is not None:
            return _spend(job, photo, draw, guidance)
        hierarchy, drawing = draw(job)
        return finish(job, photo, write(job, photo, drawing), hierarchy, guidance)

    def levels(
        self,
        options: Options,
        *,
        saliency: SaliencySource = None,
        segmenter: SegmenterSource = None,
        progress: ProgressCallback | None = None,
        cancel: CancelToken | None = None,
    ) -> recolor.Hierarchy:
        """Return one hierarchy with all structures, from coarse to fine, that budgets up to that of `options` have.

        It is meant to be looked at: `draw` merges anew for its own number of structural paths, and may choose a
        little otherwise.

        Parameters
        ----------
        options, saliency, segmenter, progress, cancel
            As for `draw`.

        Returns
        -------
        hierarchy : huefold.recolor.Hierarchy
            Of working size, down to 3 regions.
        """
        job = _Job(_described(options, saliency, segmenter), progress, cancel)
        photo = self._photo(job)
        guidance = self._guidance(job, photo, saliency)
        regions = max(options.first_regions, FINEST_LEVEL)
        partition = self._partition(job, photo, segmenter, regions)
        beneath = options.structural_regions - options.structural_paths
        coarsest = job.changed(structural_ratio=min(1.0, (COARSEST_LEVEL - beneath) / options.paths))
        return self._hierarchy(coarsest, photo, partition, guidance)

    def _source(self) -> Any:
        """Return the photo; an open file is read once, and copied for drawings at other sizes."""
        if hasattr(self._image, "read"):
            self._name = str(getattr(self._image, "name", "the given file"))
            self._image = self._image.read()
            if not isinstance(self._image, bytes):
                raise ImageError("the given file is open as text; open it with mode 'rb'")
        if self._name is None:
            return self._image
        file = io.BytesIO(self._image)
        file.name = self._name
        return file

    def _photo(self, job: _Job) -> LoadedImage:
        key = PRESETS[job.options.preset].working_pixels, job.options.background
        photo = self._photos.get(key, lambda: load_photo(job, self._source()))
        job.notes.extend(photo.notes)
        return photo

    def _guidance(self, job: _Job, photo: LoadedImage, source: SaliencySource) -> Guidance:
        key = _joined(_identity(source), _Same(photo), job.options.focus, job.options.seed)
        guidance = self._guidances.get(key, lambda: guide(job, photo, source))
        job.notes.extend(guidance.notes)
        return guidance

    def _partition(
        self, job: _Job, photo: LoadedImage, source: SegmenterSource, regions: int
    ) -> NDArray[np.int32]:
        key = _joined(_identity(source), _Same(photo), regions)
        return self._partitions.get(key, lambda: find_regions(job, photo, source, regions))

    def _hierarchy(
        self, job: _Job, photo: LoadedImage, partition: NDArray[np.int32], guidance: Guidance
    ) -> recolor.Hierarchy:
        options = job.options
        how = options.clustering, options.rounds, options.preset, options.contained, options.seed
        key = _joined(_Same(partition), _Same(guidance), options.structural_regions, *how)
        return self._hierarchies.get(key, lambda: recolor_regions(job, photo, partition, guidance))


@dataclass(slots=True)
class _Job(Run):
    """A run that may be repeated with other options."""

    def changed(self, **options: object) -> _Job:
        """Return the same run with other values of some options."""
        return replace(self, options=self.options.model_copy(update=options))

    def fit(self, paths: int, *, quick: bool = False) -> _Job:
        """Return the job of one fit of a search."""
        preset: PresetName = "fast" if quick else self.options.preset
        return self.changed(paths=paths, preset=preset)


def _described(options: Options, saliency: SaliencySource, segmenter: SegmenterSource) -> Options:
    """Return the options with where saliency and regions come from, for the report."""
    sources = saliency_maps.source_options(saliency) | anything.segmenter_options(segmenter)
    return Options(**(options.model_dump(exclude_unset=True) | sources))


def _check_start(scene: Scene, photo: LoadedImage, options: Options) -> None:
    if (scene.width, scene.height) != (photo.width, photo.height):
        raise OptionError(
            f"the drawing to resume has a canvas of {scene.width:g}x{scene.height:g}, the photo "
            f"{photo.width}x{photo.height}; resume a drawing of this photo"
        )
    if options.budget is not None:
        raise OptionError(f"a drawing is resumed with a budget of paths, got one of {options.budget[0]}")
    if options.segments_per_path is not None:
        raise OptionError("a drawing cannot be resumed with a fixed number of segments a path; draw it anew")


def _spend(
    job: _Job,
    photo: LoadedImage,
    draw: Callable[[_Job], tuple[recolor.Hierarchy, Scene]],
    guidance: Guidance,
) -> Result:
    """Search for the number of paths that a budget of nodes, bytes or PSNR comes to."""
    kind, limit = job.options.budget or ("nodes", 0.0)
    weight = guidance.loss_weight if kind != "psnr" else None
    hierarchies: dict[tuple[int, bool], recolor.Hierarchy] = {}

    def fit(paths: int, quick: bool) -> Written:
        hierarchies[paths, quick], scene = draw(job.fit(paths, quick=quick))
        return write(job, photo, scene)

    def worth(scene: Scene) -> NDArray[np.float64]:
        arrays = render.SceneArrays.from_scene(scene)
        return render.value_and_grad(arrays, photo.rgb, weight, threads=job.options.threads).importance

    found = spend(
        Budget(kind, limit),
        fit,
        lambda scene: write(job, photo, scene),
        worth,
        lambda scene: metrics.psnr(photo.rgb, draw_again(job, photo, scene)),
        quick=job.options.preset != "fast",
        stopped=lambda: job.stopped is not None,
    )
    if not found.met:
        job.notes.append(f"stopped before {limit:g} dB were reached")
    hierarchy = hierarchies[found.paths, found.quick]
    use = BudgetUse(kind, limit, found.written.spent(kind), found.met, found.fits)
    return finish(job.fit(found.paths), photo, found.written, hierarchy, guidance, use)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """Stands for an object in a key: equal to nothing but itself, which lives as long as the key."""

    thing: Any

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.thing is self.thing


@dataclass(slots=True)
class _Kept(Generic[T]):
    """The last few results of one kind by what they were made from."""

    results: OrderedDict[Hashable, T] = field(default_factory=OrderedDict)

    def get(self, key: Hashable | None, make: Callable[[], T]) -> T:
        """Return the result for `key`, made if it is not there; None as key keeps nothing."""
        if key is None:
            return make()
        if key not in self.results:
            self.results[key] = make()
        self.results.move_to_end(key)
        while len(self.results) > KEPT:
            self.results.popitem(last=False)
        return self.results[key]


def _joined(*parts: Hashable | None) -> Hashable | None:
    return None if any(part is None for part in parts) else parts


def _identity(source: object) -> Hashable | None:
    """Return what tells a source of saliency or regions from others, None where nothing does for sure."""
    if source is None or isinstance(source, (int, float, Box, Point, RegionAt)):
        return ("default",) if source is None else source
    if isinstance(source, str):
        return source if source in ("noise", "auto", "classical", "sam") else None  # a file may change
    if isinstance(source, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(source).tobytes(), digest_size=16)
        return source.shape, source.dtype.str, digest.hexdigest()
    if isinstance(source, (Mapping, tuple)):
        parts = source.items() if isinstance(source, Mapping) else enumerate(source)
        return _joined(*(_joined(k, _identity(v)) for k, v in parts))
    return _Same(source) if callable(source) else None
