"""Settings of recoloring: weights of the losses, schedule, start, and how regions merge."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from huefold.errors import OptionError

__all__ = ["Init", "MergeOrder", "RecolorSettings", "require_number", "require_whole"]

Init: TypeAlias = Literal["identity", "random"]
MergeOrder: TypeAlias = Literal["ward", "color"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecolorSettings:
    """Settings of `huefold.recolor.recolor`; the defaults come from ``docs/studies/recoloring.md``.

    Parameters
    ----------
    weight_mse, weight_tv : float, optional
        Weights of the saliency-weighted squared error (eq. 2) and total variation (eq. 3) in Stage I.
    weight_entropy : float, optional
        Weight of the assignment entropy (eq. 4) in both stages.
    weight_adjacency : float, optional
        Weight of the adjacency loss in Stage II (eq. 6).
    consistency, diversity : float, optional
        Weights inside the adjacency loss of the pull between adjacent regions (lambda_c) and of the push
        between those that are not (lambda_d).
    stage1_iterations, stage2_iterations : int, optional
        Most Adam steps per round and stage.
    learning_rate : float, optional
        Of Adam, for palette and logits.
    convergence : float or None, optional
        A stage stops once no region's colour moved by more than this in any channel over ten steps, in units
        of the colour range [0, 1]; None runs all iterations.
    palette_size : int or None, optional
        Number K of palette colours; None takes one per first region.
    prune : float, optional
        After a round, palette colours that no region uses with more than this probability are dropped and the
        assignments renormalised; 0 keeps all K.
    init : {"identity", "random"}, optional
        Start from the mean colours of the regions, each assigned to its own, or from random colours and
        logits.
    merge_order : {"ward", "color"}, optional
        Merge first what increases the weighted squared error least, ``d**2 * m_i * m_j / (m_i + m_j)``, or what
        is closest in colour (d). m is a region's summed saliency and d the distance after Stage II.
    tolerance : float, optional
        Neighbours closer than this after Stage II may merge, as may those that share a palette colour
        (Euclidean distance in RGB, with `chroma`); above ``3 ** 0.5`` times the larger of `chroma` and 1 all
        neighbours may, and the order decides.
    saliency_floor : float, optional
        The saliency used is ``floor + (1 - floor) * A``: how much the least salient pixel counts.
    chroma : float, optional
        Weight, in merging, of colour differences off the grey axis relative to those along it.
    reassign : bool, optional
        After the last round, move first regions to neighbouring regions until that no longer lowers the
        saliency-weighted squared error; the number of regions stays.

    Raises
    ------
    OptionError
        If a value is out of range; the message says which and what is allowed.
    """

    weight_mse: float = 1.0
    weight_tv: float = 0.3
    weight_entropy: float = 1e-4
    weight_adjacency: float = 1.0
    consistency: float = 0.3
    diversity: float = 0.01
    stage1_iterations: int = 1000
    stage2_iterations: int = 125
    learning_rate: float = 0.01
    convergence: float | None = 1.0 / 128.0
    palette_size: int | None = None
    prune: float = 0.0
    init: Init = "identity"
    merge_order: MergeOrder = "ward"
    tolerance: float = 2.0
    saliency_floor: float = 0.1
    chroma: float = 1.5
    reassign: bool = True

    def __post_init__(self) -> None:
        for name in (
            "weight_mse",
            "weight_tv",
            "weight_entropy",
            "weight_adjacency",
            "consistency",
            "diversity",
        ):
            require_number(name, getattr(self, name), 0.0, math.inf)
        for name, low in (("stage1_iterations", 0), ("stage2_iterations", 0), ("palette_size", 1)):
            require_whole(name, getattr(self, name), low, optional=name == "palette_size")
        require_number("learning_rate", self.learning_rate, 0.0, 1.0)
        require_number("tolerance", self.tolerance, 0.0, math.inf)
        require_number("saliency_floor", self.saliency_floor, 0.0, 1.0)
        require_number("prune", self.prune, 0.0, 0.5)
        require_number("chroma", self.chroma, 0.0, math.inf)
        _require_choice("reassign", self.reassign, (True, False))
        if self.convergence is not None:
            require_number("convergence", self.convergence, 0.0, 1.0)
        _require_choice("init", self.init, ("identity", "random"))
        _require_choice("merge_order", self.merge_order, ("ward", "color"))

    @classmethod
    def paper(cls) -> RecolorSettings:
        """Return the schedule of the paper's section 5.1: random start, 1000 + 125 iterations, no early stop.

        Merging goes by colours as they are, closest first, and is final.
        """
        return cls(
            init="random",
            convergence=None,
            merge_order="color",
            tolerance=0.1,
            saliency_floor=0.0,
            chroma=1.0,
            reassign=False,
        )

    def contained(self) -> RecolorSettings:
        """The same for regions that keep small things apart: closest colours merge first, then reassignment."""
        return replace(self, merge_order="color", reassign=True)

    @property
    def color_metric(self) -> NDArray[np.float64]:
        """(3, 3): rows of colours times this lie as far apart as merging sees them.

        Examples
        --------
        >>> bool(np.allclose(np.ones(3) @ RecolorSettings(chroma=2.0).color_metric, 1.0))  # greys stay
        True
        """
        grey = np.full((3, 3), 1.0 / 3.0)
        return np.asarray(grey + self.chroma * (np.eye(3) - grey), dtype=np.float64)


def require_number(name: str, value: object, low: float, high: float) -> None:
    """Raise an `OptionError` unless `value` is a finite number from `low` to `high`."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not low <= value <= high or not math.isfinite(value):  # type: ignore[operator, arg-type]
        limits = f"at least {low:g}" if math.isinf(high) else f"in [{low:g}, {high:g}]"
        raise OptionError(
            f"recoloring: {name} must be a number {limits}, got {value!r}", name=name, given=value
        )


def require_whole(name: str, value: object, low: int, *, optional: bool = False) -> None:
    """Raise an `OptionError` unless `value` is a whole number of at least `low` (or None, if optional)."""
    if optional and value is None:
        return
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool) or value < low:
        raise OptionError(
            f"recoloring: {name} must be a whole number of at least {low}, got {value!r}",
            name=name,
            given=value,
        )


def _require_choice(name: str, value: object, choices: tuple[object, ...]) -> None:
    if value not in choices:
        allowed = " or ".join(repr(choice) for choice in choices)
        raise OptionError(f"recoloring: {name} must be {allowed}, got {value!r}", name=name, given=value)
