"""The clustering methods that recoloring is compared with: k-means, DBSCAN and greedy region merging.

Each takes the same first regions and saliency as `huefold.recolor.recolor`, ends at the same number of
connected regions, and gives the same `Hierarchy`. K-means and DBSCAN cluster the regions by colour, as
coarsely as leaves at least `target` connected groups; neighbours within a cluster merge first (round 1,
cheapest first), and what is still above the target merges greedily (round 2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from huefold.recolor.hierarchy import Hierarchy, Merge
from huefold.recolor.region_merging import greedy_merges
from huefold.recolor.regions import RegionStatistics, region_statistics
from huefold.recolor.settings import require_whole

__all__ = ["dbscan", "kmeans", "ward"]


def ward(
    rgb: ArrayLike, partition: ArrayLike, saliency: ArrayLike, *, target: int, saliency_floor: float = 0.0
) -> Hierarchy:
    """Merge, one pair at a time, the neighbours that increase the saliency-weighted squared error least.

    Parameters
    ----------
    rgb : (H, W, 3) array_like
        Image, sRGB values in [0, 1].
    partition : (H, W) array_like of int
        First regions, labels 0 to N - 1.
    saliency : (H, W) array_like
        Weights of the pixels, in [0, 1].
    target : int
        Regions to end with.
    saliency_floor : float, optional
        The weights used are ``floor + (1 - floor) * saliency``.

    Returns
    -------
    hierarchy : Hierarchy

    References
    ----------
    .. [1] J. H. Ward, "Hierarchical grouping to optimize an objective function", JASA 58 (1963),
       :doi:`10.1080/01621459.1963.10500845`.

    Examples
    --------
    >>> grey = np.repeat(np.array([[0.0, 0.1, 0.9, 1.0]])[..., None], 3, axis=2)
    >>> ward(grey, [[0, 1, 2, 3]], np.ones((1, 4)), target=2).cut(2)
    array([[0, 0, 1, 1]], dtype=int32)
    """
    stats = region_statistics(rgb, partition, saliency, saliency_floor=saliency_floor)
    return _hierarchy(partition, stats, np.zeros(stats.regions, np.int64), target)


def kmeans(
    rgb: ArrayLike,
    partition: ArrayLike,
    saliency: ArrayLike,
    *,
    target: int,
    saliency_floor: float = 0.0,
    seed: int = 0,
) -> Hierarchy:
    """Cluster the regions' colours by saliency-weighted k-means; neighbours in one cluster merge.

    k is the smallest number of colours that leaves at least `target` connected groups (by bisection).

    Parameters
    ----------
    rgb, partition, saliency, target, saliency_floor
        As for `ward`.
    seed : int, optional
        Of the start (k-means++).

    Returns
    -------
    hierarchy : Hierarchy

    References
    ----------
    .. [1] S. P. Lloyd, "Least squares quantization in PCM", IEEE Trans. Inf. Theory 28 (1982).
    .. [2] D. Arthur, S. Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007.

    Examples
    --------
    >>> grey = np.repeat(np.array([[0.0, 0.1, 0.9, 1.0]])[..., None], 3, axis=2)
    >>> kmeans(grey, [[0, 1, 2, 3]], np.ones((1, 4)), target=2).cut(2)
    array([[0, 0, 1, 1]], dtype=int32)
    """
    stats = region_statistics(rgb, partition, saliency, saliency_floor=saliency_floor)
    colors = _weighted_means(stats)
    few, many = 0, stats.regions
    clusters = np.arange(stats.regions)
    while many - few > 1:
        k = (few + many) // 2
        tried = _lloyd(colors, stats.weight, k, seed)
        if _groups(stats, tried) >= target:
            many, clusters = k, tried
        else:
            few = k
    return _hierarchy(partition, stats, clusters, target)


def dbscan(
    rgb: ArrayLike,
    partition: ArrayLike,
    saliency: ArrayLike,
    *,
    target: int,
    saliency_floor: float = 0.0,
    min_weight: float = 2.0,
) -> Hierarchy:
    """Cluster the regions' colours by DBSCAN; neighbours in one cluster merge.

    The radius is the largest that leaves at least `target` connected groups (by bisection).

    Parameters
    ----------
    rgb, partition, saliency, target, saliency_floor
        As for `ward`.
    min_weight : float, optional
        A region is a core if the regions within the radius, itself included, weigh at least so many times the
        mean region.

    Returns
    -------
    hierarchy : Hierarchy

    References
    ----------
    .. [1] M. Ester et al., "A density-based algorithm for discovering clusters", KDD 1996.

    Examples
    --------
    >>> grey = np.repeat(np.array([[0.0, 0.1, 0.9, 1.0]])[..., None], 3, axis=2)
    >>> dbscan(grey, [[0, 1, 2, 3]], np.ones((1, 4)), target=2).cut(2)
    array([[0, 0, 1, 1]], dtype=int32)
    """
    stats = region_statistics(rgb, partition, saliency, saliency_floor=saliency_floor)
    colors = _weighted_means(stats)
    weights = stats.weight / max(float(stats.weight.mean()), np.finfo(float).tiny)
    low, high = 0.0, np.sqrt(3.0)
    clusters = np.arange(stats.regions)
    for _ in range(20):
        radius = 0.5 * (low + high)
        tried = _density_clusters(colors, weights, radius, min_weight)
        if _groups(stats, tried) >= target:
            low, clusters = radius, tried
        else:
            high = radius
    return _hierarchy(partition, stats, clusters, target)


def _weighted_means(stats: RegionStatistics) -> NDArray[np.float64]:
    """Return the saliency-weighted mean colours; the plain mean where nothing is salient."""
    salient = stats.weight > 0.0
    means = stats.mean_color
    means[salient] = stats.weighted_color[salient] / stats.weight[salient, None]
    return means


def _lloyd(points: NDArray[np.float64], weights: NDArray[np.float64], k: int, seed: int) -> NDArray[np.int64]:
    centers = _draw_centers(points, weights, k, np.random.default_rng(seed))
    nearest = cKDTree(centers).query(points)[1]
    for _ in range(100):
        mass = np.bincount(nearest, weights, minlength=k)
        sums = np.stack([np.bincount(nearest, weights * x, minlength=k) for x in points.T], axis=1)
        centers[mass > 0.0] = sums[mass > 0.0] / mass[mass > 0.0, None]
        before, nearest = nearest, cKDTree(centers).query(points)[1]
        if np.array_equal(before, nearest):
            break
    return np.asarray(nearest, dtype=np.int64)


def _draw_centers(
    points: NDArray[np.float64], weights: NDArray[np.float64], k: int, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw k points with probability proportional to weight times squared distance to those drawn."""
    chosen = [int(np.argmax(weights))]
    distance = ((points - points[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < k:
        odds = np.cumsum(weights * distance)
        if odds[-1] <= 0.0:
            odds = np.cumsum(np.ones_like(weights))
        chosen.append(int(np.searchsorted(odds, rng.random() * odds[-1], side="right")))
        distance = np.minimum(distance, ((points - points[chosen[-1]]) ** 2).sum(axis=1))
    return points[chosen].copy()


def _density_clusters(
    points: NDArray[np.float64], weights: NDArray[np.float64], radius: float, min_weight: float
) -> NDArray[np.int64]:
    """Return DBSCAN's clusters; noise keeps clusters of its own."""
    near = cKDTree(points).sparse_distance_matrix(cKDTree(points), radius, output_type="ndarray")
    i, j = near["i"], near["j"]
    core = np.bincount(i, weights[j], minlength=len(points)) >= min_weight
    linked = core[i] & core[j]
    clusters = _components(len(points), i[linked], j[linked])
    reached = core[j] & ~core[i]
    order = np.argsort(near["v"][reached], kind="stable")[::-1]
    clusters[i[reached][order]] = clusters[j[reached][order]]  # the nearest core, written last, stays
    return clusters


def _groups(stats: RegionStatistics, clusters: NDArray[np.int64]) -> int:
    """Count the connected groups of regions that share a cluster."""
    first, second = stats.edges[:, 0], stats.edges[:, 1]
    same = clusters[first] == clusters[second]
    return int(_components(stats.regions, first[same], second[same]).max()) + 1


def _components(count: int, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.int64]:
    graph = coo_array((np.ones(len(first), np.int8), (first, second)), shape=(count, count))
    return connected_components(graph, directed=False)[1].astype(np.int64)


def _hierarchy(
    partition: ArrayLike, stats: RegionStatistics, clusters: NDArray[np.int64], target: int
) -> Hierarchy:
    require_whole("target", target, 1)
    color, mass, entry = _weighted_means(stats), stats.weight.copy(), clusters.copy()
    merges: list[Merge] = []
    edges = stats.edges.copy()
    for step, tolerance in ((1, 0.0), (2, np.inf)):
        most = max(0, stats.regions - len(merges) - target)
        pairs, costs = greedy_merges(color, mass, entry, edges, most=most, tolerance=tolerance)
        merges += [Merge(int(i), int(j), step, float(c)) for (i, j), c in zip(pairs, costs, strict=True)]
        for keep, drop in pairs:
            edges[edges == drop] = keep
    return Hierarchy(np.asarray(partition).astype(np.int32), tuple(merges))
