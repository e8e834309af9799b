"""A photo in, a drawing of a fixed number of filled paths out."""

from __future__ import annotations

from collections.abc import Sequence

from huefold import saliency as saliency_maps
from huefold.images import ImageSource
from huefold.options import ClusteringName, FillsName, Options, PresetName
from huefold.progress import CancelToken, ProgressCallback
from huefold.run.guidance import SaliencySource
from huefold.run.result import Result
from huefold.run.session import Session
from huefold.run.stages import SegmenterSource
from huefold.segment import anything

__all__ = ["Result", "SaliencySource", "SegmenterSource", "vectorize"]


def vectorize(
    image: ImageSource,
    *,
    paths: int | None = None,
    nodes: int | None = None,
    bytes: int | None = None,  # noqa: A002 - the flag's name
    psnr: float | None = None,
    segments_per_path: int | None = None,
    fills: FillsName = "solid",
    saliency: SaliencySource = None,
    focus: float = 0.5,
    segmenter: SegmenterSource = None,
    structural_ratio: float = 0.4,
    contained: bool = False,
    clustering: ClusteringName = "recoloring",
    rounds: int = 20,
    regions: int | None = None,
    preset: PresetName = "balanced",
    background: Sequence[float] | str = (1.0, 1.0, 1.0),
    seed: int = 0,
    threads: int | None = None,
    time_limit: float | None = None,
    progress: ProgressCallback | None = None,
    cancel: CancelToken | None = None,
) -> Result:
    """Turn a photo into a drawing of `paths` filled paths, or of as many as another budget allows.

    Parameters
    ----------
    image : path_like, bytes, binary file, PIL.Image.Image or (H, W[, C]) ndarray
        The photo; see `huefold.images.load_image`.
    paths : int, optional
        The budget: met exactly unless the picture is too plain to need it, and never exceeded. 128 unless one
        of `nodes`, `bytes` and `psnr` is given instead.
    nodes, bytes : int, optional
        The most on-curve points, or bytes of SVG: never exceeded, and used but for a small rest.
    psnr : float, optional
        In dB: as few paths as a short search finds to reach it, measured on the drawing as written at working size.
    segments_per_path : int, optional
        Exactly so many cubic segments in every path, at least 3.
    fills : {"solid", "linear", "auto"}, optional
        What paths are filled with: one colour; a linear gradient wherever that lowers the error; or linear and
        radial gradients where they are worth their bytes.
    saliency : None, "noise", "auto", path_like, PIL.Image.Image, (H, W) ndarray, callable or mapping, optional
        How much each pixel matters. None and ``"noise"`` give no guidance, ``"auto"`` looks for what stands
        out. A map has the photo's proportions (within 1 %). A callable takes the (h, w, 3) float32 photo at
        working size and gives such a map; `huefold.saliency.prompt` makes one that is asked in words. A mapping
        gives names to maps, or to `huefold.saliency.Box`, `Point` or `RegionAt` marks in pixels of the photo, each
        alone or with a weight from -1 to 1: ``{"sofa": mask, "wall": (box, -0.5)}``. Names and phrases become those
        of the paths that show them, and entries of the report.
    focus : float, optional
        How strongly to follow it, in [0, 1]: more focus, less error where the map is bright and more elsewhere,
        for the same budget. 0 draws as without guidance.
    segmenter : None, "classical", "sam", SegmentAnything, (H, W) or (M, H, W) ndarray or callable, optional
        Where the first regions come from: an over-segmentation, Segment Anything, a label map, masks that may
        overlap, or a callable that takes the (h, w, 3) float32 photo at working size and gives either.
    structural_ratio : float, optional
        Share of the paths that are merged regions, in [0, 1]; the rest are details on top.
    contained : bool, optional
        Let paths pay for leaving the region of the photo that they belong to, so that objects can be selected and
        edited by themselves, for a little more error (see `huefold.metrics.scene_compactness`).
    clustering : {"recoloring", "kmeans", "dbscan", "greedy"}, optional
        How first regions merge: by recoloring, or for comparison by `huefold.recolor.kmeans`,
        `huefold.recolor.dbscan` or, greedily, `huefold.recolor.ward`.
    rounds : int, optional
        Rounds of recoloring and merging.
    regions : int, optional
        Number of first regions; from the budget by default.
    preset : {"fast", "balanced", "best", "paper"}, optional
        How much work to put in; ``"paper"`` is the published recipe.
    background : str or sequence of 3 float, optional
        Colour that transparent pixels are laid over.
    seed : int, optional
        Same photo, options and seed: same bytes, whatever the number of threads.
    threads : int, optional
        One per processor by default.
    time_limit : float, optional
        Seconds from the start after which refinement ends with the best drawing so far.
    progress : callable, optional
        Receives `huefold.Progress` reports.
    cancel : CancelToken, optional
        Stops the run: with the best drawing so far once there is one.

    Returns
    -------
    result : Result

    Raises
    ------
    ImageError
        If the photo cannot be read.
    OptionError, BudgetError
        If an option has a value that it cannot have, there are two budgets, or `bytes` or `psnr` cannot be met.
    SaliencyError, SegmentationError
        If a given map, label map or mask does not fit the photo.
    Cancelled
        If cancelled before there was a drawing.

    References
    ----------
    .. [1] M. Lu et al., "Semantic-guided Recoloring for Compact Image Vectorization", figure 3.

    Examples
    --------
    >>> import numpy as np
    >>> photo = np.zeros((16, 24, 3), dtype=np.uint8)
    >>> photo[4:12, 6:18] = (255, 128, 0)
    >>> result = vectorize(photo, paths=4)
    >>> result.svg.count("<path") <= 4
    True
    """
    budgets = {"paths": paths, "nodes": nodes, "bytes": bytes, "psnr": psnr}
    options = Options(
        **{name: value for name, value in budgets.items() if value is not None},
        segments_per_path=segments_per_path,
        fills=fills,
        **saliency_maps.source_options(saliency),
        **anything.segmenter_options(segmenter),
        focus=focus,
        structural_ratio=structural_ratio,
        contained=contained,
        clustering=clustering,
        rounds=rounds,
        regions=regions,
        preset=preset,
        background=background,
        seed=seed,
        threads=threads,
        time_limit=time_limit,
    )
    return Session(image).draw(
        options, saliency=saliency, segmenter=segmenter, progress=progress, cancel=cancel
    )
