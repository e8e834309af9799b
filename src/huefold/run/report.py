"""Reports of runs: paths, size, fidelity and time."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

__all__ = ["BudgetUse", "Fidelity", "NamedShare", "PathCounts", "RefinementReport", "Report", "Stopped"]

Stopped: TypeAlias = Literal["cancelled", "time limit"]


@dataclass(frozen=True, slots=True)
class _Figures:
    """Base of numbers that are written as JSON."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, which knows no infinity: an infinite number becomes None."""
        return {name: _plain(value) for name, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return value if not isinstance(value, float) or math.isfinite(value) else None


class _RunReport(_Figures):
    """Base of the report of a run."""

    __slots__ = ()
    seconds: dict[str, float]

    @property
    def total_seconds(self) -> float:
        """Wall time of all stages together."""
        return sum(self.seconds.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, as `Fidelity.to_dict` does."""
        seconds = {stage: round(seconds, 4) for stage, seconds in self.seconds.items()}
        return super().to_dict() | {"seconds": seconds}


@dataclass(frozen=True, slots=True)
class PathCounts:
    """How many paths were asked for and drawn.

    Parameters
    ----------
    asked, drawn : int
        The budget, and the paths in the file.
    structural, detail : int
        Merged regions, and paths added in Stage III.
    gradients : int, optional
        Paths that are filled with a gradient.
    """

    asked: int
    drawn: int
    structural: int
    detail: int
    gradients: int = 0


@dataclass(frozen=True, slots=True)
class BudgetUse:
    """What a drawing used of a budget of nodes, bytes or PSNR.

    Parameters
    ----------
    kind : {"nodes", "bytes", "psnr"}
        What was limited, or asked for.
    asked, found : float
        The budget, and the number of the file.
    met : bool
        False only if a PSNR was not reached before the run was stopped.
    fits : int
        Drawings made on the way.
    """

    kind: Literal["nodes", "bytes", "psnr"]
    asked: float
    found: float
    met: bool
    fits: int


@dataclass(frozen=True, slots=True)
class Fidelity(_Figures):
    """How close a drawing comes to its photo, on RGB values in [0, 1].

    Parameters
    ----------
    mse, psnr, ssim : float
        Mean squared error; peak signal-to-noise ratio in dB, infinite for equal pictures; structural similarity.
    width, height : int
        Size in pixels at which it was measured.

    Examples
    --------
    >>> Fidelity(mse=0.0, psnr=math.inf, ssim=1.0, width=4, height=3).to_dict()["psnr"] is None
    True
    """

    mse: float
    psnr: float
    ssim: float
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class NamedShare(_Figures):
    """What something with a name got of a drawing.

    Parameters
    ----------
    name : str
        A phrase, or the name of a mask.
    weight : float
        How much it should matter, in [-1, 1].
    area : float
        Share of the picture that it covers, in [0, 1].
    paths, details : int
        Paths with its name, and how many of them are details.
    share : float
        Its share of all paths drawn, in [0, 1].
    mse, psnr : float
        Mean squared error inside it, on RGB values in [0, 1], and the same in dB.
    """

    name: str
    weight: float
    area: float
    paths: int
    details: int
    share: float
    mse: float
    psnr: float


@dataclass(frozen=True, slots=True)
class Report(_RunReport):
    """What a run of `huefold.vectorize` did.

    Parameters
    ----------
    width, height : int
        Size of the drawing: of the original photo, in pixels.
    paths : PathCounts
        Paths asked for and drawn.
    nodes, bytes : int
        On-curve points, and UTF-8 bytes of the SVG.
    fidelity : Fidelity
        Of the SVG text as written, read back and drawn at working size, against the photo.
    seconds : dict of str to float
        Wall time by stage.
    seed, version, options : int, str, dict
        Seed of everything drawn at random, version of huefold, and all options of the run.
    regions : int
        First regions, before merging.
    stopped : {"cancelled", "time limit"} or None
        Why refinement ended early, if it did.
    notes : tuple of str
        What the user should know, one line each.
    budget : BudgetUse or None
        What was used of a budget of nodes, bytes or PSNR; None for one of paths.
    named : tuple of NamedShare
        What each name that was given got of the drawing.
    plan : dict
        What the stages used, in numbers: see `huefold.run.plan.Plan`.
    """

    width: int
    height: int
    paths: PathCounts
    nodes: int
    bytes: int
    fidelity: Fidelity
    seconds: dict[str, float]
    seed: int
    version: str
    options: dict[str, Any] = field(default_factory=dict)
    regions: int = 0
    stopped: Stopped | None = None
    notes: tuple[str, ...] = ()
    budget: BudgetUse | None = None
    named: tuple[NamedShare, ...] = ()
    plan: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RefinementReport(_RunReport):
    """What a run of `huefold.refine_drawing` did.

    Parameters
    ----------
    width, height : int
        Size of the canvas in pixels.
    paths, nodes, bytes : int
        Paths, on-curve points and UTF-8 bytes of the drawing as written.
    kept : bool
        Whether the given drawing was kept, because no other that was tried was closer to the photo.
    before, fidelity : Fidelity
        Of the given drawing, and of the SVG as written, against the photo.
    seconds : dict of str to float
        Wall time by stage.
    version, options : str, dict
        Version of huefold, and options of the run.
    stopped : {"cancelled", "time limit"} or None
        Why refinement ended early, if it did.
    notes : tuple of str
        What the user should know, one line each.
    plan : dict
        What the stages used, in numbers.
    """

    width: int
    height: int
    paths: int
    nodes: int
    bytes: int
    kept: bool
    before: Fidelity
    fidelity: Fidelity
    seconds: dict[str, float]
    version: str
    options: dict[str, Any] = field(default_factory=dict)
    stopped: Stopped | None = None
    notes: tuple[str, ...] = ()
    plan: dict[str, Any] = field(default_factory=dict)
