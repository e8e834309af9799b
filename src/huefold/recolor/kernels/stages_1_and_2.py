"""Stage I and Stage II on region statistics: losses, gradients by hand, and Adam.

Arrays are C-contiguous and of one floating type (float32 to run, float64 to test): `logits`, `probability`
(N, K); `palette` (3, K), one plane per channel so that rows over K vectorise; `color`, `color_grad` (N, 3).
"""

import math
from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numba import njit, types
from numba.extending import overload
from numpy.typing import NDArray

__all__ = [
    "Regions",
    "adam_step",
    "color_gradient",
    "color_stage",
    "loss_and_gradient",
    "mix",
    "smooth_gradient",
    "smooth_stage",
]

Array: TypeAlias = NDArray[Any]
Weights: TypeAlias = tuple[float, ...]
Schedule: TypeAlias = tuple[float, int, float]  # learning rate, most iterations, convergence
Mixture: TypeAlias = tuple[Array, Array, Array, Array]  # probability, color, log of the normaliser, entropy


class Regions(NamedTuple):
    """What the losses know of the regions; see `huefold.recolor.RegionStatistics`."""

    a: Array  # [N] summed saliency, by the pixels of the image
    b: Array  # [N, 3] summed saliency times colour, likewise
    edges: Array  # [E, 2] adjacent regions
    border: Array  # [E] summed smoothness along borders, by all pairs of pixels
    share: Array  # [N] part of the pixels


# Sums over K may be regrouped (else they cannot vectorise). Infinities and NaN cannot occur: Adam's steps
# bound the logits, and exponents are clamped. Such functions, and what calls them, become part of the stage that
# they are in, as the order depends on where they are compiled: see `huefold.render.kernels.compiled`.
_embedded = njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
_regrouped = njit(
    cache=True,
    nogil=True,
    error_model="numpy",
    forceinline=True,
    fastmath={"reassoc", "nsz", "contract", "nnan", "ninf", "arcp"},
)
_LOWEST = -40.0  # exp(-40) = 4e-18 is far below what float32 can add to 1, and far above its denormals
_CHECK_EVERY = 10


def _exp(x: Any) -> Any:
    """Exponential of a number that is not positive, clamped at `_LOWEST`."""
    return math.exp(max(x, _LOWEST))


@overload(_exp)
def _exp_overload(x: Any) -> Callable[[Any], Any]:
    """Polynomial in float32, which LLVM vectorises (relative error 1e-7); libm otherwise."""
    lowest, half, one = np.float32(_LOWEST), np.float32(0.5), np.float32(1.0)
    log2_e = np.float32(1.0 / math.log(2.0))
    ln2_high = np.float32(0.693359375)  # few bits, so that k * ln2_high is exact
    ln2_low = np.float32(math.log(2.0) - 0.693359375)
    c2, c3, c4, c5, c6, c7 = (np.float32(1.0 / math.factorial(i)) for i in range(2, 8))
    bias, exponent_unit = np.float32(127.0), np.float32(2.0**23)

    def exp_float32(x: Any) -> Any:
        y = max(x, lowest)
        k = np.floor(y * log2_e + half)
        f = y - k * ln2_high - k * ln2_low
        q = ((((c7 * f + c6) * f + c5) * f + c4) * f + c3) * f + c2
        q = (q * f + one) * f + one
        return q * np.int32((k + bias) * exponent_unit).view(np.float32)

    def exp_float64(x: Any) -> Any:
        return math.exp(max(x, _LOWEST))

    return exp_float32 if x == types.float32 else exp_float64


@_regrouped
def _largest(values: Array, scratch: Array) -> Any:
    """Fold the upper half onto the lower: unlike a running maximum, this vectorises."""
    n = values.size
    for j in range(n):
        scratch[j] = values[j]
    while n > 1:
        half = (n + 1) // 2
        for j in range(n - half):
            scratch[j] = max(scratch[j], scratch[j + half])
        n = half
    return scratch[0]


@_regrouped
def _softmax_row(logits: Array, palette: Array, probability: Array, color: Array) -> tuple[float, float]:
    """Write softmax and its mix of the palette; return the log of the normaliser and the entropy."""
    real = logits.dtype.type
    peak = _largest(logits, probability)
    total, moment = real(0.0), real(0.0)
    for j in range(logits.size):
        x = logits[j] - peak
        e = _exp(x)
        probability[j] = e
        total += e
        moment += e * x
    scale = real(1.0) / total
    red, green, blue = palette[0], palette[1], palette[2]
    c0, c1, c2 = real(0.0), real(0.0), real(0.0)
    for j in range(logits.size):
        p = probability[j] * scale
        probability[j] = p
        c0 += p * red[j]
        c1 += p * green[j]
        c2 += p * blue[j]
    color[0], color[1], color[2] = c0, c1, c2
    log_total = real(math.log(total))
    return peak + log_total, log_total - moment * scale


@_regrouped
def _logit_gradient(
    i: int, logits: Array, palette: Array, mixture: Mixture, color_grad: Array, weight: float, out: Array
) -> None:
    """Write the gradient of row `i` of the logits, given d loss / d color and the entropy's weight."""
    probabilities, colors, log_norm, entropy = mixture
    row, probability, color = logits[i], probabilities[i], colors[i]
    s0, s1, s2 = color_grad[i, 0], color_grad[i, 1], color_grad[i, 2]
    red, green, blue = palette[0], palette[1], palette[2]
    offset = weight * (log_norm[i] - entropy[i]) - (s0 * color[0] + s1 * color[1] + s2 * color[2])
    for j in range(row.size):
        out[j] = probability[j] * (red[j] * s0 + green[j] * s1 + blue[j] * s2 - weight * row[j] + offset)


@_regrouped
def _add_palette_gradient(probability: Array, color_grad: Array, out: Array) -> None:
    for c in range(3):
        plane, s = out[c], color_grad[c]
        for j in range(probability.size):
            plane[j] += probability[j] * s


@_regrouped
def adam_step(x: Array, mean: Array, square: Array, gradient: Array, step: float, epsilon: float) -> None:
    """Adam with the bias corrections folded into `step` and `epsilon`."""
    real = x.dtype.type
    keep1, new1, keep2, new2 = real(0.9), real(0.1), real(0.999), real(0.001)
    tiny = real(1e-27)  # keeps squares out of the (slow) denormals; its root is nothing beside epsilon
    for j in range(x.size):
        g = gradient[j]
        m = keep1 * mean[j] + new1 * g
        v = keep2 * square[j] + new2 * (g * g + tiny)
        mean[j] = m
        square[j] = v
        x[j] -= step * m / (math.sqrt(v) + epsilon)


@njit(cache=True, nogil=True, error_model="numpy")
def color_gradient(color: Array, regions: Regions, weight_mse: float, weight_tv: float, out: Array) -> float:
    """Stage I without entropy (eq. 2 less its constant, and eq. 3): loss and d loss / d color."""
    a, b, edges, border, _ = regions
    loss = 0.0
    for i in range(color.shape[0]):
        for c in range(3):
            r = color[i, c]
            loss += weight_mse * (a[i] * r - 2.0 * b[i, c]) * r
            out[i, c] = 2.0 * weight_mse * (a[i] * r - b[i, c])
    for e in range(edges.shape[0]):
        i, j = edges[e, 0], edges[e, 1]
        pull = weight_tv * border[e]
        for c in range(3):
            difference = color[i, c] - color[j, c]
            loss += pull * difference * difference
            out[i, c] += 2.0 * pull * difference
            out[j, c] -= 2.0 * pull * difference
    return loss


@njit(cache=True, nogil=True, error_model="numpy")
def smooth_gradient(
    color: Array, target: Array, edges: Array, weight: float, consistency: float, diversity: float, out: Array
) -> float:
    """Stage II without entropy (section 4.3): loss and d loss / d color.

    The sum over all ordered pairs is ``2 N sum |c|^2 - 2 |sum c|^2``; the pairs that are not adjacent are all
    pairs less the adjacent ones.
    """
    n = color.shape[0]
    near = weight * (consistency + diversity) / n
    far = weight * diversity / n
    loss = 0.0
    for c in range(3):
        total, squares = 0.0, 0.0
        for i in range(n):
            total += color[i, c]
            squares += color[i, c] * color[i, c]
        loss -= far * 2.0 * (n * squares - total * total)
        for i in range(n):
            difference = color[i, c] - target[i, c]
            loss += weight * difference * difference
            out[i, c] = 2.0 * weight * difference - 4.0 * far * (n * color[i, c] - total)
    for e in range(edges.shape[0]):
        i, j = edges[e, 0], edges[e, 1]
        for c in range(3):
            difference = color[i, c] - color[j, c]
            loss += 2.0 * near * difference * difference
            out[i, c] += 4.0 * near * difference
            out[j, c] -= 4.0 * near * difference
    return loss


@_embedded
def _empty_mixture(logits: Array) -> Mixture:
    n, dtype = logits.shape[0], logits.dtype
    return np.empty_like(logits), np.empty((n, 3), dtype), np.empty(n, dtype), np.empty(n, dtype)


@_embedded
def _forward(logits: Array, palette: Array, mixture: Mixture) -> None:
    probability, color, log_norm, entropy = mixture
    for i in range(logits.shape[0]):
        log_norm[i], entropy[i] = _softmax_row(logits[i], palette, probability[i], color[i])


@njit(cache=True, nogil=True, error_model="numpy")
def _largest_move(color: Array, before: Array) -> float:
    largest = 0.0
    for i in range(color.shape[0]):
        for c in range(3):
            largest = max(largest, abs(color[i, c] - before[i, c]))
            before[i, c] = color[i, c]
    return largest


@njit(cache=True, nogil=True, error_model="numpy")
def _corrections(t: int, rate: float) -> tuple[float, float]:
    second = math.sqrt(1.0 - 0.999**t)
    return rate * second / (1.0 - 0.9**t), 1e-8 * second


@njit(cache=True, nogil=True, error_model="numpy")
def color_stage(logits: Array, palette: Array, regions: Regions, weights: Weights, schedule: Schedule) -> int:
    """Stage I (eq. 5): move logits and palette in place; return the iterations run.

    `weights` are those of error, total variation and entropy. `schedule` is the learning rate, most iterations,
    and the convergence: stops early once no colour moves by more over ten iterations (0 never does).
    """
    weight_mse, weight_tv, weight_entropy = weights
    rate, iterations, convergence = schedule
    real = logits.dtype.type
    n, k = logits.shape
    mixture = _empty_mixture(logits)
    probability, color, _, _ = mixture
    color_grad, before, gradient = np.empty_like(color), np.full((n, 3), np.inf), np.empty(k, logits.dtype)
    mean, square = np.zeros_like(logits), np.zeros_like(logits)
    palette_gradient = np.empty_like(palette)
    palette_mean, palette_square = np.zeros_like(palette), np.zeros_like(palette)
    for t in range(1, iterations + 1):
        _forward(logits, palette, mixture)
        if t % _CHECK_EVERY == 1 and _largest_move(color, before) < convergence:
            return t - 1
        color_gradient(color, regions, weight_mse, weight_tv, color_grad)
        full_step, full_epsilon = _corrections(t, rate)
        step, epsilon = real(full_step), real(full_epsilon)
        palette_gradient[:] = 0.0
        for i in range(n):
            weight = real(weight_entropy * regions.share[i])
            _logit_gradient(i, logits, palette, mixture, color_grad, weight, gradient)
            _add_palette_gradient(probability[i], color_grad[i], palette_gradient)
            adam_step(logits[i], mean[i], square[i], gradient, step, epsilon)
        for c in range(3):
            adam_step(palette[c], palette_mean[c], palette_square[c], palette_gradient[c], step, epsilon)
    return iterations


@njit(cache=True, nogil=True, error_model="numpy")
def smooth_stage(
    logits: Array, palette: Array, target: Array, regions: Regions, weights: Weights, schedule: Schedule
) -> int:
    """Stage II (eq. 6): move logits in place, the palette is frozen; return the iterations run.

    `weights` are those of adjacency, consistency, diversity and entropy; `schedule` as in Stage I.
    """
    adjacency, consistency, diversity, weight_entropy = weights
    rate, iterations, convergence = schedule
    real = logits.dtype.type
    n, k = logits.shape
    mixture = _empty_mixture(logits)
    color = mixture[1]
    color_grad, before, gradient = np.empty_like(color), np.full((n, 3), np.inf), np.empty(k, logits.dtype)
    mean, square = np.zeros_like(logits), np.zeros_like(logits)
    for t in range(1, iterations + 1):
        _forward(logits, palette, mixture)
        if t % _CHECK_EVERY == 1 and _largest_move(color, before) < convergence:
            return t - 1
        smooth_gradient(color, target, regions.edges, adjacency, consistency, diversity, color_grad)
        full_step, full_epsilon = _corrections(t, rate)
        for i in range(n):
            weight = real(weight_entropy * regions.share[i])
            _logit_gradient(i, logits, palette, mixture, color_grad, weight, gradient)
            adam_step(logits[i], mean[i], square[i], gradient, real(full_step), real(full_epsilon))
    return iterations


@njit(cache=True, nogil=True, error_model="numpy")
def mix(logits: Array, palette: Array, probability: Array, color: Array) -> None:
    """Write the assignment (softmax of the logits) and the colours that it mixes."""
    n = logits.shape[0]
    _forward(logits, palette, (probability, color, np.empty(n, logits.dtype), np.empty(n, logits.dtype)))


@njit(cache=True, nogil=True, error_model="numpy")
def loss_and_gradient(
    stage: int, logits: Array, palette: Array, target: Array, regions: Regions, weights: Weights,
    grad_logits: Array, grad_palette: Array,
) -> float:  # fmt: skip
    """Loss of `stage` (1 or 2) and its gradient, by the very functions that the stages run."""
    mixture = _empty_mixture(logits)
    probability, color, _, entropy = mixture
    color_grad = np.empty_like(color)
    _forward(logits, palette, mixture)
    if stage == 1:
        loss = color_gradient(color, regions, weights[0], weights[1], color_grad)
    else:
        loss = smooth_gradient(color, target, regions.edges, weights[0], weights[1], weights[2], color_grad)
    weight_entropy = weights[-1]
    grad_palette[:] = 0.0
    for i in range(len(logits)):
        weight = weight_entropy * regions.share[i]
        loss += weight * entropy[i]
        _logit_gradient(i, logits, palette, mixture, color_grad, logits.dtype.type(weight), grad_logits[i])
        if stage == 1:
            _add_palette_gradient(probability[i], color_grad[i], grad_palette)
    return loss
