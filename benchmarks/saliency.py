"""Compare weight-free saliency maps on photos with object masks: python benchmarks/saliency.py FOLDER.

FOLDER holds ``images/`` and ``masks/`` (255 object, 0 background, 128 ignored). max-F: the largest F-measure
over 256 thresholds of the mean precision and recall, beta^2 = 0.3. Own best F: the mean of each photo's
largest F. MAE: mean absolute error against the mask.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.color import rgb2lab

from huefold.saliency import automatic, centre_prior, noise, normalise
from huefold.saliency.automatic import _reduced, _resized, _robust_background
from huefold.saliency.barrier import barrier_distance, barrier_saliency, flattened

Map = NDArray[np.floating]


def at_working_size(of_lab: Callable[[NDArray[np.float64]], Map]) -> Callable[[NDArray[np.float32]], Map]:
    """Wrap a method on the reduced CIELAB image as one on the photo."""

    def saliency(rgb: NDArray[np.float32]) -> Map:
        small = rgb2lab(_reduced(rgb)).astype(np.float64)
        return np.clip(_resized(normalise(of_lab(small)), rgb.shape[:2]), 0.0, 1.0)

    return saliency


def both(lab: NDArray[np.float64]) -> Map:
    """Sum of the two kinds of evidence."""
    return normalise(_robust_background(lab)) + normalise(barrier_saliency(lab))


def framed(of_lab: Callable[[NDArray[np.float64]], Map]) -> Callable[[NDArray[np.float64]], Map]:
    """Multiply a map by the centre prior."""
    return lambda lab: normalise(of_lab(lab)) * centre_prior(lab.shape[:2], std=0.35)


METHODS: dict[str, Callable[[NDArray[np.float32]], Map]] = {
    "noise": lambda rgb: noise(rgb.shape[:2], seed=0),
    "centre prior (std 0.2)": lambda rgb: centre_prior(rgb.shape[:2], std=0.2),
    "barrier distance": at_working_size(lambda lab: flattened(barrier_distance(lab))),
    "barrier + backgroundness": at_working_size(barrier_saliency),
    "boundary connectivity": at_working_size(_robust_background),
    "both": at_working_size(both),
    "barrier + backgroundness, framed": at_working_size(framed(barrier_saliency)),
    "boundary connectivity, framed": at_working_size(framed(_robust_background)),
    "both, framed": at_working_size(framed(both)),
    "**automatic** (both, framed, sharpened)": automatic,
}


def curves(saliency: Map, mask: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64], float]:
    """Precision and recall at 256 thresholds, and the mean absolute error."""
    known = mask != 128
    truth, values = mask[known] == 255, saliency[known]
    levels = np.floor(values * 255.0).astype(int)
    found = np.bincount(levels, minlength=256)[::-1].cumsum()
    hit = np.bincount(levels[truth], minlength=256)[::-1].cumsum()
    precision = np.where(found > 0, hit / np.maximum(found, 1), 1.0)
    return precision, hit / truth.sum(), float(np.abs(values - truth).mean())


def f_measure(precision: NDArray[np.float64], recall: NDArray[np.float64]) -> NDArray[np.float64]:
    """F-measure with beta^2 = 0.3."""
    return 1.3 * precision * recall / np.maximum(0.3 * precision + recall, 1e-12)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    photos = []
    for file in sorted((options.folder / "images").iterdir()):
        rgb = np.asarray(Image.open(file).convert("RGB"), dtype=np.float32) / np.float32(255)
        mask = next((options.folder / "masks").glob(file.stem + ".*"))
        photos.append((rgb, np.asarray(Image.open(mask).convert("L"))))
    print("| method | max-F | own best F | MAE | CPU seconds (median) |")
    print("|---|---|---|---|---|")
    for name, method in METHODS.items():
        method(photos[0][0][:64, :64])  # kernels are compiled outside the clock
        results, seconds = [], []
        for rgb, mask in photos:
            start = time.process_time()
            saliency = method(rgb)
            seconds.append(time.process_time() - start)
            results.append(curves(saliency, mask))
        precision = np.mean([result[0] for result in results], axis=0)
        recall = np.mean([result[1] for result in results], axis=0)
        best = f_measure(precision, recall).max()
        own = np.mean([f_measure(result[0], result[1]).max() for result in results])
        error = np.mean([result[2] for result in results])
        print(f"| {name} | {best:.3f} | {own:.3f} | {error:.3f} | {np.median(seconds):.2f} |", flush=True)


if __name__ == "__main__":
    main()
