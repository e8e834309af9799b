"""LPIPS: distance between deep features, for PyTorch and weights that are at hand.

The network is AlexNet's stack of convolutions, whose weights torchvision publishes, and one linear layer for each
of its five outputs, whose weights the authors of LPIPS publish. Nothing is downloaded here.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from huefold.errors import ImageError, MissingExtraError, WeightsError
from huefold.metrics.fidelity import checked_pictures

if TYPE_CHECKING:
    import torch

    State: TypeAlias = Mapping[str, torch.Tensor]

__all__ = ["lpips"]

NETWORK = "alexnet-owt-7be5be79.pth"
LINEAR = "alex.pth"
PLACE = "HUEFOLD_LPIPS_WEIGHTS"

_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_LAYERS = ((0, 4, 2, False), (3, 1, 2, True), (6, 1, 1, True), (8, 1, 1, False), (10, 1, 1, False))
"""Of each convolution: number in the names of weights, stride, padding, whether pooling comes before."""
_LEAST_SIDE = 31
"""Pixels: below this the network's third stage has nothing to look at."""


def lpips(image: ArrayLike, other: ArrayLike, *, weights: str | os.PathLike[str] | None = None) -> float:
    """Return the learned perceptual distance of two pictures (LPIPS 0.1, AlexNet): 0 for equal ones.

    Parameters
    ----------
    image, other : (H, W, 3) array_like of float
        sRGB values in [0, 1], both of the same shape, at least 31 x 31.
    weights : path_like, optional
        Folder with ``alexnet-owt-7be5be79.pth`` (torchvision's weights of AlexNet) and ``alex.pth`` (the linear
        layers, from the folder ``lpips/weights/v0.1`` of the authors' code). By default the environment variable
        ``HUEFOLD_LPIPS_WEIGHTS``, then PyTorch's cache of checkpoints and an installed package ``lpips``.

    Returns
    -------
    distance : float
        Mean over positions of the weighted squared distance of unit features, summed over five layers.

    Raises
    ------
    MissingExtraError
        If PyTorch is not installed.
    WeightsError
        If weights are missing or are not those of this network.
    ImageError
        If the pictures cannot be compared.

    References
    ----------
    .. [1] R. Zhang, P. Isola, A. A. Efros, E. Shechtman, O. Wang. The unreasonable effectiveness of deep features
       as a perceptual metric. CVPR 2018, equation 1. arXiv:1801.03924

    Examples
    --------
    >>> photo = np.zeros((64, 64, 3))
    >>> lpips(photo, photo)  # doctest: +SKIP
    0.0
    """
    first, second = checked_pictures(image, other)
    if first.ndim != 3 or first.shape[2] != 3 or min(first.shape[:2]) < _LEAST_SIDE:
        raise ImageError(
            f"LPIPS compares pictures (H, W, 3) of at least {_LEAST_SIDE} x {_LEAST_SIDE}, got {first.shape}"
        )
    if importlib.util.find_spec("torch") is None:
        raise MissingExtraError("LPIPS needs PyTorch: pip install 'huefold[lpips]'")
    network, linear = (_found(name, weights) for name in (NETWORK, LINEAR))
    return _distance(first, second, _loaded(str(network)), _loaded(str(linear)))


def _found(name: str, folder: str | os.PathLike[str] | None) -> Path:
    places = [Path(folder)] if folder is not None else _usual_places()
    for place in places:
        if (place / name).is_file():
            return place / name
    looked = ", ".join(map(str, places))
    raise WeightsError(
        f"LPIPS needs the weights {name}, which are not in {looked}; give their folder as weights= or {PLACE}",
        name=name,
    )


def _usual_places() -> list[Path]:
    import torch  # noqa: PLC0415 - optional, and slow to import

    given = os.environ.get(PLACE)
    places = [Path(given)] if given else []
    places.append(Path(torch.hub.get_dir()) / "checkpoints")
    package = importlib.util.find_spec("lpips")
    if package is not None and package.origin is not None:
        places.append(Path(package.origin).parent / "weights" / "v0.1")
    return places


@lru_cache(maxsize=4)
def _loaded(file: str) -> State:
    import torch  # noqa: PLC0415 - optional, and slow to import

    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:
        raise WeightsError(f"{file} holds no weights that PyTorch can read", path=file) from error
    if not isinstance(state, Mapping):
        raise WeightsError(f"{file} holds no named weights but a {type(state).__name__}", path=file)
    return state


def _distance(
    first: NDArray[np.floating], second: NDArray[np.floating], network: State, linear: State
) -> float:
    import torch  # noqa: PLC0415 - optional, and slow to import

    try:
        with torch.inference_mode():
            features = [_features(picture, network) for picture in (first, second)]
            total = 0.0
            for layer, (one, two) in enumerate(zip(*features, strict=True)):
                gains = linear[f"lin{layer}.model.1.weight"]
                total += float((gains * (one - two) ** 2).sum(dim=1).mean())
    except (KeyError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise WeightsError(f"the weights for LPIPS are not those of AlexNet: {reason[:120]}") from error
    return total


def _features(picture: NDArray[np.floating], network: State) -> list[torch.Tensor]:
    """Return the outputs of the five stages, of unit length at each position; (1, C, h, w) each."""
    import torch  # noqa: PLC0415 - optional, and slow to import
    from torch.nn import functional  # noqa: PLC0415 - as above

    values = torch.from_numpy(np.ascontiguousarray(picture, np.float32)).permute(2, 0, 1)[None]
    shift, scale = (torch.tensor(three)[None, :, None, None] for three in (_SHIFT, _SCALE))
    values = (2.0 * values - 1.0 - shift) / scale
    outputs = []
    for number, stride, padding, pooled in _LAYERS:
        if pooled:
            values = functional.max_pool2d(values, 3, 2)
        kernel, bias = network[f"features.{number}.weight"], network[f"features.{number}.bias"]
        values = functional.relu(functional.conv2d(values, kernel, bias, stride, padding))
        outputs.append(values / (values.norm(dim=1, keepdim=True) + 1e-10))
    return outputs
