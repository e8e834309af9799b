"""Compare over-segmentations on photos with human boundaries: python benchmarks/segmentation.py FOLDER.

FOLDER holds ``ID.jpg`` and ``ID.npz``, whose arrays are human label maps. Every start is merged down to the
same number of regions. Boundary recall: part of the human boundary pixels within 2 px of ours, mean over
humans, then photos. MSE: of the piecewise constant image (means in sRGB). Border: part of the pixels next to
a boundary.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import distance_transform_edt, gaussian_filter
from skimage.filters import sobel
from skimage.segmentation import felzenszwalb, slic, watershed

from huefold.segment import classical, connected, merge_down
from huefold.segment.partition import Partition, flat_zones, lab_features

Image3 = NDArray[np.float32]
Segmenter = Callable[[Image3, int], Partition]


def smoothed(rgb: Image3, sigma: float) -> NDArray[np.float64]:
    """CIELAB after a Gaussian of `sigma` pixels, one row per pixel."""
    return gaussian_filter(lab_features(rgb).reshape(rgb.shape), (sigma, sigma, 0.0), mode="nearest").reshape(
        -1, 3
    )


def gradient(rgb: Image3) -> NDArray[np.float64]:
    """Length of the Sobel gradient over the CIELAB channels."""
    lab = lab_features(rgb).reshape(rgb.shape)
    return np.sqrt(sum(sobel(lab[..., c]) ** 2 for c in range(3)))


def from_watershed(rgb: Image3, regions: int) -> Partition:
    """Ward merging of the basins of the gradient."""
    return merge_down(connected(watershed(gradient(rgb))), lab_features(rgb), regions=regions)


def from_graph(rgb: Image3, regions: int) -> Partition:
    """Ward merging of graph-based regions."""
    start = connected(felzenszwalb(rgb, scale=10, sigma=0.5, min_size=5))
    return merge_down(start, lab_features(rgb), regions=regions)


def from_superpixels(rgb: Image3, regions: int) -> Partition:
    """Ward merging of 3000 superpixels."""
    start = connected(slic(rgb, 3000, compactness=5, start_label=0))
    return merge_down(start, lab_features(rgb), regions=regions)


def superpixels_alone(rgb: Image3, regions: int) -> Partition:
    """SLIC at the number asked for, as it comes."""
    return connected(slic(rgb, regions, compactness=10, start_label=0))


def from_pixels(sigma: float, power: float, space: str = "lab") -> Segmenter:
    """Return a segmenter that merges single pixels."""

    def segment(rgb: Image3, regions: int) -> Partition:
        features = smoothed(rgb, sigma) if space == "lab" else rgb.reshape(-1, 3).astype(np.float64)
        return merge_down(flat_zones(rgb), features, regions=regions, size_power=power)

    return segment


SEGMENTERS: dict[str, Segmenter] = {
    "SLIC alone": superpixels_alone,
    "SLIC 3000, Ward": from_superpixels,
    "watershed, Ward": from_watershed,
    "graph-based, Ward": from_graph,
    "pixels, sRGB, Ward": from_pixels(0.0, 1.0, "rgb"),
    "pixels, CIELAB, Ward": from_pixels(0.0, 1.0),
    "pixels, smoothed, Ward": from_pixels(0.5, 1.0),
    "pixels, smoothed, power 0.8": from_pixels(0.5, 0.8),
    "pixels, smoothed, power 0.5": from_pixels(0.5, 0.5),
    "**classical** (0.8, grain first)": lambda rgb, regions: classical(rgb, regions=regions),
}


def edges(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Pixels that differ from the one on their left or above."""
    edge = np.zeros(labels.shape, dtype=bool)
    edge[:, 1:] |= labels[:, 1:] != labels[:, :-1]
    edge[1:] |= labels[1:] != labels[:-1]
    return edge


def scores(partition: Partition, rgb: Image3, humans: list[NDArray[np.bool_]]) -> tuple[float, float, float]:
    """Boundary recall, squared error and boundary density of a partition."""
    near = distance_transform_edt(~edges(partition)) <= 2.0
    recall = float(np.mean([near[human].mean() for human in humans if human.any()]))
    flat, pixels = partition.ravel(), rgb.reshape(-1, 3).astype(np.float64)
    area = np.bincount(flat)
    mean = np.stack([np.bincount(flat, pixels[:, c]) / area for c in range(3)], axis=1)
    return recall, float(((pixels - mean[flat]) ** 2).mean()), float(edges(partition).mean())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--regions", type=int, nargs="+", default=[150, 300, 400])
    parser.add_argument("--every", type=int, default=1, help="use every n-th photo")
    options = parser.parse_args()
    photos = []
    for file in sorted(options.folder.glob("*.npz"))[:: options.every]:
        rgb = np.asarray(Image.open(file.with_suffix(".jpg")).convert("RGB"), dtype=np.float32) / np.float32(
            255
        )
        with np.load(file) as humans:
            photos.append((rgb, [edges(humans[key].astype(int)) for key in humans.files]))
    print("| method | N asked | N | recall | MSE x 1000 | border | CPU seconds (median) |")
    print("|---|---|---|---|---|---|---|")
    for name, segment in SEGMENTERS.items():
        segment(photos[0][0][:64, :64], 20)  # kernels are compiled outside the clock
        for regions in options.regions:
            rows, seconds = [], []
            for rgb, humans in photos:
                start = time.process_time()
                partition = segment(rgb, regions)
                seconds.append(time.process_time() - start)
                rows.append((partition.max() + 1, *scores(partition, rgb, humans)))
            count, recall, mse, border = np.mean(rows, axis=0)
            print(
                f"| {name} | {regions} | {count:.0f} | {recall:.3f} | {1000 * mse:.2f} | {border:.3f} "
                f"| {np.median(seconds):.2f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
