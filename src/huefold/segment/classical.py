"""Weight-free over-segmentation: pixels merged into about as many regions as asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from huefold.errors import OptionError, SegmentationError
from huefold.images.checks import check_picture
from huefold.segment.partition import (
    Partition,
    absorb_slivers,
    flat_zones,
    lab_features,
    merge_down,
    merge_grain,
)

if TYPE_CHECKING:
    from huefold.progress import Reporter

__all__ = ["classical"]

SIZE_POWER = 0.8
"""Exponent of the size factor; 1 is Ward's linkage."""
SMOOTHING = 0.5
"""Standard deviation in pixels of the Gaussian that smooths before merging."""
SLIVER = 4
"""Least pixels of a region, unless the image is tiny."""


def classical(
    rgb: NDArray[np.floating[Any]],
    *,
    regions: int = 300,
    threads: int | None = None,
    report: Reporter | None = None,
) -> Partition:
    """Over-segment an image by merging its pixels in CIELAB.

    Starting from the flat zones of the image, the cheapest pair of neighbours is merged until `regions` are
    left. The cost is Ward's linkage [1]_ with the size factor damped, ``(n_u n_v / (n_u + n_v))**0.8 |m_u -
    m_v|**2``: small regions of strong contrast, which is what thin structures are, stay longer than under the
    squared error.

    Parameters
    ----------
    rgb : (H, W, 3) float ndarray
        sRGB values in [0, 1].
    regions : int, optional
        Number of regions; fewer if the image has fewer flat zones.
    threads : int, optional
        Worker threads; the result is the same for any number. Default: all processors.
    report : Reporter, optional
        Told of every step.

    Returns
    -------
    partition : (H, W) int32 ndarray
        Labels 0..N-1 in reading order, each 4-connected.

    Raises
    ------
    OptionError
        If `regions` is not a whole number of at least 1.
    SegmentationError
        If `rgb` is not an (H, W, 3) image of finite values.

    References
    ----------
    .. [1] J. H. Ward, "Hierarchical grouping to optimize an objective function", Journal of the American
       Statistical Association 58 (1963), :doi:`10.1080/01621459.1963.10500845`

    Examples
    --------
    >>> rgb = np.zeros((2, 4, 3), np.float32)
    >>> rgb[:, 2:] = 1.0
    >>> classical(rgb, regions=300)
    array([[0, 0, 1, 1],
           [0, 0, 1, 1]], dtype=int32)
    """
    check_picture(rgb, SegmentationError)
    if isinstance(regions, bool) or not isinstance(regions, int | np.integer) or regions < 1:
        raise OptionError(f"regions must be a whole number of at least 1, got {regions!r}", given=regions)
    if report is not None:
        report(0.0, "flat zones")
    zones = flat_zones(rgb)
    features = lab_features(rgb, smoothing=SMOOTHING, threads=threads)
    if report is not None:
        report(0.2, f"merging {int(zones.max()) + 1} zones")
    partition = _merged(zones, features, int(regions), threads)
    if report is not None:
        report(1.0, f"{int(partition.max()) + 1} regions")
    return partition


def _merged(zones: Partition, features: NDArray[np.float64], regions: int, threads: int | None) -> Partition:
    """Merge the grain, then to four times `regions`, drop slivers, then merge to `regions`."""
    grains = merge_grain(zones, features, size_power=SIZE_POWER, threads=threads)
    start = grains if int(grains.max()) + 1 >= 8 * regions else zones  # small images: nothing to hurry for
    finer = merge_down(start, features, regions=4 * regions, size_power=SIZE_POWER)
    quarter = zones.size // (4 * regions)  # of the mean area; on tiny images specks are all there is
    clean = absorb_slivers(finer, features, min_area=min(SLIVER, quarter))
    if int(clean.max()) + 1 < regions:  # the image is made of specks: keep them
        clean = finer
    return merge_down(clean, features, regions=regions, size_power=SIZE_POWER)
