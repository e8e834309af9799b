"""Cache of what stages gave, for the next drawing of the same photo."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from huefold.images import ImageSource, LoadedImage
from huefold.progress import Reporter
from huefold.recolor import Hierarchy
from huefold.run.clock import StageClock
from huefold.run.guidance import Guidance, find_guidance
from huefold.run.plan import Plan
from huefold.run.request import Request
from huefold.run.stages import find_regions, load_photo, recolor_regions
from huefold.saliency import Box, Point, RegionAt

__all__ = ["CachedStages", "StageCache"]

T = TypeVar("T")

CAPACITY = 4
"""Results kept of each stage."""


@dataclass(slots=True)
class StageCache:
    """The last few results of each stage, by what they were made from.

    Examples
    --------
    >>> cache = StageCache()
    >>> cache.get("load", 1, lambda: "a photo"), cache.get("load", 1, lambda: "another")
    ('a photo', 'a photo')
    """

    results: dict[str, OrderedDict[Hashable, Any]] = field(default_factory=dict)

    def get(self, stage: str, key: Hashable | None, make: Callable[[], T]) -> T:
        """Return the result for `key`, made if it is not there; None as key keeps nothing."""
        if key is None:
            return make()
        kept = self.results.setdefault(stage, OrderedDict())
        if key not in kept:
            kept[key] = make()
        kept.move_to_end(key)
        while len(kept) > CAPACITY:
            kept.popitem(last=False)
        found: T = kept[key]
        return found


@dataclass(frozen=True, slots=True)
class CachedStages:
    """The stages before tracing: each runs once for the same plan and the same inputs."""

    request: Request
    clock: StageClock
    cache: StageCache

    def load(self, plan: Plan, image: ImageSource) -> LoadedImage:
        """Return the photo at working size."""
        return self._once("load", plan.load, lambda _: load_photo(plan, image))

    def guide(self, plan: Plan, photo: LoadedImage) -> Guidance:
        """Return what matters in the photo."""
        source, how = self.request.saliency, plan.saliency
        return self._once(
            "saliency",
            _joined(_identity(source), _Same(photo), how),
            lambda report: find_guidance(source, photo, focus=how.focus, seed=how.seed, report=report),
        )

    def segment(self, plan: Plan, photo: LoadedImage) -> NDArray[np.int32]:
        """Return the first regions."""
        source = self.request.segmenter
        return self._once(
            "segment",
            _joined(_identity(source), _Same(photo), plan.segment),
            lambda report: find_regions(plan, photo, source, report),
        )

    def recolor(
        self, plan: Plan, photo: LoadedImage, partition: NDArray[np.int32], guidance: Guidance
    ) -> Hierarchy:
        """Return the hierarchy of merged regions."""
        return self._once(
            "recolor",
            _joined(_Same(partition), _Same(guidance), plan.recolor),
            lambda report: recolor_regions(plan, photo, partition, guidance, report),
        )

    def _once(self, stage: str, key: Hashable | None, make: Callable[[Reporter], T]) -> T:
        def run() -> T:
            with self.clock.stage(stage) as report:
                return make(report)

        return self.cache.get(stage, key, run)


@dataclass(frozen=True, slots=True, eq=False)
class _Same:
    """An object as part of a key: equal to nothing but itself, and alive as long as the key."""

    thing: Any

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.thing is self.thing


def _joined(*parts: Hashable | None) -> Hashable | None:
    return None if any(part is None for part in parts) else parts


def _identity(source: object) -> Hashable | None:
    """Return what tells a source of saliency or regions from others, None if nothing does reliably."""
    if isinstance(source, (int, float, Box, Point, RegionAt)):
        return source
    if isinstance(source, str):
        return source if source in ("noise", "auto", "classical", "sam") else None  # a file may change
    if isinstance(source, np.ndarray):
        digest = hashlib.blake2b(np.ascontiguousarray(source).tobytes(), digest_size=16)
        return source.shape, source.dtype.str, digest.hexdigest()
    if isinstance(source, (Mapping, tuple)):
        parts = source.items() if isinstance(source, Mapping) else enumerate(source)
        return _joined(*(_joined(k, _identity(v)) for k, v in parts))
    return _Same(source) if callable(source) else None
