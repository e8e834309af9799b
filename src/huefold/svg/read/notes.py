"""Notes on unsupported content of a document: one warning for each kind."""

from __future__ import annotations

import warnings
from collections import Counter

from huefold.errors import SvgWarning

__all__ = ["Notes"]

_SHOWN = 60  # characters of a document's own words in a message


class Notes:
    """Collected notes on what is not drawn as the document says.

    Examples
    --------
    >>> notes = Notes()
    >>> notes.add("<text> is not drawn")
    >>> notes.add("<text> is not drawn")
    >>> notes.messages()
    ['<text> is not drawn (2 times)']
    """

    def __init__(self) -> None:
        self._counts = Counter[str]()

    def add(self, kind: str) -> None:
        """Count one more of a kind; the text names it and says how it is treated."""
        words = " ".join(kind.split())
        self._counts[words if len(words) <= 2 * _SHOWN else words[: 2 * _SHOWN] + "..."] += 1

    def messages(self) -> list[str]:
        """Return one line for each kind, in order of their first appearance."""
        return [kind + (f" ({count} times)" if count > 1 else "") for kind, count in self._counts.items()]

    def warn(self, stacklevel: int) -> None:
        """Issue the warnings; `stacklevel` as for `warnings.warn`, seen from the caller."""
        for (kind, count), message in zip(self._counts.items(), self.messages(), strict=True):
            warnings.warn(SvgWarning(message, kind, count), stacklevel=stacklevel + 1)
