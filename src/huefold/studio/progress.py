"""How far a whole job is, from how far its stages are."""

from __future__ import annotations

from types import MappingProxyType

__all__ = ["Course"]

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
"""Share of the time that each stage takes of a photo at working size, about."""


class Course:
    """Adds up stages; never goes back, even where a search for a budget begins them again.

    Examples
    --------
    >>> course = Course()
    >>> round(course.overall("refine", 0.5), 2), round(course.overall("load", 0.0), 2)
    (0.63, 0.63)
    """

    def __init__(self) -> None:
        self._reached = 0.0

    def overall(self, stage: str, fraction: float) -> float:
        """Return how much of the job is done, in [0, 1], with `fraction` of `stage` done."""
        before = 0.0
        for name, weight in WEIGHTS.items():
            if name == stage:
                self._reached = max(self._reached, before + weight * fraction)
                break
            before += weight
        return round(min(self._reached, 1.0), 4)
