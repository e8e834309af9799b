"""Progress of a whole job, estimated from the progress of its stages."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["ProgressEstimate"]

WEIGHTS = MappingProxyType(
    {
        "load": 0.02,
        "saliency": 0.03,
        "segment": 0.08,
        "recolor": 0.12,
        "trace": 0.04,
        "refine": 0.68,
        "write": 0.03,
    }
)
"""Share of the time that each stage takes, about, for a photo at working size."""


class ProgressEstimate:
    """Adds up the stages of a job; never falls, even where a search for a budget repeats stages.

    Examples
    --------
    >>> estimate = ProgressEstimate()
    >>> round(estimate.overall("refine", 0.5), 2), round(estimate.overall("load", 0.0), 2)
    (0.63, 0.63)
    """

    def __init__(self) -> None:
        self._reached = 0.0

    def overall(self, stage: str, fraction: float) -> float:
        """Return the share of the job that is done, in [0, 1], once `fraction` of `stage` is."""
        before = 0.0
        for name, weight in WEIGHTS.items():
            if name == stage:
                self._reached = max(self._reached, before + weight * fraction)
                break
            before += weight
        return round(min(self._reached, 1.0), 4)
