"""Partition -> one path per region, in painter's order."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.contours import kernels
from huefold.contours.chains import fit_chain
from huefold.contours.stacked import stacked_outlines
from huefold.errors import OptionError, SegmentationError
from huefold.images.checks import check_picture
from huefold.parallel import available_threads
from huefold.progress import Reporter
from huefold.scene import Contour, Path, Solid
from huefold.trace.cutout import cutout_contours
from huefold.trace.order import PainterOrder, order_and_boxes

__all__ = ["Mode", "fit_chain", "trace"]

Mode: TypeAlias = Literal["stacked", "cutout"]

_BATCH = 16


def trace(
    rgb: NDArray[np.float32],
    partition: ArrayLike,
    *,
    width: int,
    height: int,
    tolerance: float = 0.75,
    mode: Mode = "stacked",
    max_segments: int | None = None,
    threads: int | None = None,
    report: Reporter | None = None,
) -> tuple[Path, ...]:
    """Turn a partition into filled paths, one for each region.

    Parameters
    ----------
    rgb : (H, W, 3) float32 ndarray
        The picture, sRGB in [0, 1]; a path has the mean colour of its region.
    partition : (H, W) int array_like
        Labels 0..N-1, each 4-connected.
    width, height : int
        Size of the original image: the paths' coordinates are in its pixels.
    tolerance : float, optional
        Largest distance from the middle of a visible pixel edge to the curve drawn for it; pixels of the
        partition. Less where a region is thinner than twice that.
    mode : {"stacked", "cutout"}, optional
        ``"stacked"``: each path continues beneath those painted over it, and the first is the whole canvas.
        ``"cutout"``: neighbours share identical curves and do not overlap.
    max_segments : int, optional
        Most cubic segments of a path: its tolerance grows until they suffice. Ends on the canvas border,
        holes and, in cutout mode, junctions stay, so a path may need more.
    threads : int, optional
        Worker threads; the result is the same for any number. Default: all processors.
    report : Reporter, optional
        Is told of progress, and may stop the work.

    Returns
    -------
    paths : tuple of Path
        N structural paths, bottom to top, with ids ``"s0"``, ``"s1"``, ...; pixels of the original image.

    Raises
    ------
    ImageError, SegmentationError, OptionError
        If the picture has values outside [0, 1], the labels are no partition of it, or an option is out of range.

    Examples
    --------
    >>> rgb = np.zeros((6, 6, 3), dtype=np.float32)
    >>> partition = np.zeros((6, 6), dtype=np.int32)
    >>> partition[2:4, 1:5] = 1
    >>> paths = trace(rgb, partition, width=12, height=12)
    >>> paths[1].contours[0][::3].tolist()
    [[2.0, 4.0], [10.0, 4.0], [10.0, 8.0], [2.0, 8.0]]
    """
    labels = _checked_partition(rgb, partition)
    _check_options(width, height, tolerance, mode, max_segments)
    order, edges = order_and_boxes(labels)
    if mode == "stacked":
        outlines = _stacked(order, edges, tolerance, max_segments, threads, report)
    else:
        if report is not None:
            report(0.0, "shared boundaries")
        by_label = cutout_contours(labels, tolerance=tolerance, max_segments=max_segments)
        outlines = [by_label[label] for label in order.labels]
    colors = _mean_colors(rgb, order)
    scale = np.array([width / labels.shape[1], height / labels.shape[0]])
    return tuple(
        Path(tuple(c * scale for c in contours), Solid((r, g, b)), role="structural", id=f"s{level}")
        for level, (contours, (r, g, b)) in enumerate(zip(outlines, colors, strict=True))
    )


def _stacked(
    order: PainterOrder,
    edges: NDArray[np.int64],
    tolerance: float,
    max_segments: int | None,
    threads: int | None,
    report: Reporter | None,
) -> list[tuple[Contour, ...]]:
    boxes = [(slice(top, bottom), slice(left, right)) for top, bottom, left, right in edges.tolist()]
    count = len(boxes)
    # After so many outlines progress is told, and the work may be stopped.
    batch = count if report is None else _BATCH
    outlines: list[tuple[Contour, ...]] = []
    for first in range(0, count, batch):
        outlines += stacked_outlines(
            order.rank,
            boxes[first : first + batch],
            first=first,
            tolerance=tolerance,
            max_segments=max_segments,
            threads=threads or available_threads(),
        )
        if report is not None:
            for level in range(first + 1, len(outlines) + 1):
                report(level / count, f"outline {level} of {count}")
    return outlines


def _mean_colors(rgb: NDArray[np.float32], order: PainterOrder) -> list[tuple[float, float, float]]:
    flat = order.rank.ravel()
    sums = [np.bincount(flat, weights=rgb[..., channel].ravel()) for channel in range(3)]
    means = np.clip(np.stack(sums, axis=1) / np.bincount(flat)[:, None], 0.0, 1.0)
    return [(float(r), float(g), float(b)) for r, g, b in means]


def _checked_partition(rgb: NDArray[np.float32], partition: ArrayLike) -> NDArray[np.int32]:
    labels = np.asarray(partition)
    if labels.ndim != 2 or labels.size == 0 or not np.issubdtype(labels.dtype, np.integer):
        raise SegmentationError(
            f"a partition is an (H, W) array of whole numbers, got {labels.dtype} of shape {labels.shape}"
        )
    check_picture(rgb)
    if rgb.shape != (*labels.shape, 3):
        raise SegmentationError(
            f"the picture must be {(*labels.shape, 3)} to fit the partition, got {rgb.shape}", shape=rgb.shape
        )
    count = int(labels.max()) + 1
    if labels.min() < 0 or count > labels.size or np.bincount(labels.ravel(), minlength=count).min() == 0:
        raise SegmentationError("a partition has labels 0 to N-1, none left out: relabel it first")
    result = np.ascontiguousarray(labels, dtype=np.int32)
    parts = int(kernels.components(result.astype(np.int64)).max()) + 1
    if parts != count:
        raise SegmentationError(
            f"each region is 4-connected, got {parts} parts of {count} regions: split them"
        )
    return result


def _check_options(width: int, height: int, tolerance: float, mode: str, max_segments: int | None) -> None:
    if width < 1 or height < 1:
        raise OptionError(f"width and height must be at least 1, got {width}x{height}")
    if not 0.0 < tolerance < np.inf:
        raise OptionError(f"tolerance must be more than 0 pixels, got {tolerance!r}", given=tolerance)
    if mode not in ("stacked", "cutout"):
        raise OptionError(f'mode must be "stacked" or "cutout", got {mode!r}', given=mode)
    if max_segments is not None and max_segments < 4:
        raise OptionError(f"max_segments must be at least 4, got {max_segments}", given=max_segments)
