"""Limits on what a document may ask for: beyond them, reading stops with one clear error."""

from __future__ import annotations

from huefold.errors import SvgError

__all__ = ["MAX_BYTES", "MAX_COORDINATE", "MAX_DEPTH", "MAX_SEGMENTS", "MAX_SIDE", "Budget"]

MAX_BYTES = 64 * 2**20
MAX_SIDE = 1_000_000
MAX_DEPTH = 200  # libxml2 stops at 256 elements; references can nest deeper
MAX_COORDINATE = 1e9  # pixels: beyond, products in double precision are off by a thousandth of a pixel
MAX_COPIES = 50_000
MAX_COMBINED = 20_000
MAX_SEGMENTS = 1_000_000


class Budget:
    """Limits on the work of reading a document of so many elements.

    References may add `MAX_COPIES` visits: documents can grow exponentially by ``use``.
    """

    def __init__(self, elements: int) -> None:
        self._visits = elements + MAX_COPIES
        self._segments = MAX_SEGMENTS
        self._combined = MAX_COMBINED

    def visit(self, depth: int) -> None:
        """Count an element that is read, at `depth` levels below the root."""
        self._visits -= 1
        if self._visits < 0:
            raise SvgError(f"references repeat more than {MAX_COPIES} elements; the SVG is not read")
        if depth > MAX_DEPTH:
            raise SvgError(f"elements are nested deeper than {MAX_DEPTH} levels; the SVG is not read")

    def combine(self, count: int = 1) -> None:
        """Count outlines that are combined with others."""
        self._combined -= count
        if self._combined < 0:
            raise SvgError(
                f"clips and group opacity cut more than {MAX_COMBINED} outlines; the SVG is not read"
            )

    def draw(self, segments: int) -> None:
        """Count curve segments."""
        self._segments -= segments
        if self._segments < 0:
            raise SvgError(f"the SVG has more than {MAX_SEGMENTS} segments of outlines; it is not read")
