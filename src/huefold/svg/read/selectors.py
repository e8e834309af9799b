"""CSS selectors: which style rules match an element, in bounded time for hostile sheets, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Generic, TypeAlias, TypeVar

import cssselect2
from lxml import etree

from huefold.errors import SvgError

__all__ = ["Rules"]

_MAX_RULES = 10_000
_MAX_PARTS = 32  # compounds of one selector
_MAX_TESTS = 1_000_000
_COMBINATORS = frozenset({">", "+", "~"})

Payload = TypeVar("Payload")
Test: TypeAlias = Callable[[Any], bool]


class Rules(Generic[Payload]):
    """Style rules by selector.

    Compound selectors (``rect.a:first-child``) are matched by cssselect2. Combinators are followed here: each
    part of a selector is tested at most once on each element, while plain backtracking takes exponential time.
    """

    def __init__(self, root: etree._Element) -> None:
        self._root = root
        self._matcher = cssselect2.Matcher()
        self._count = 0
        self._tests = 0
        self._wrapped: dict[etree._Element, Any] = {}

    def __len__(self) -> int:
        return self._count

    def add(self, prelude: Sequence[Any], payload: Payload) -> bool:
        """Add a rule, given its list of selectors and what `matching` yields for it.

        Return False if one of the selectors cannot be read; then none of it counts.
        """
        compiled = [self._compiled(tokens) for tokens in _split(prelude)]
        if not compiled or None in compiled:
            return False
        for selector in compiled:
            self._matcher.add_selector(selector, payload)
        self._count += len(compiled)
        if self._count > _MAX_RULES:
            raise SvgError(f"the SVG has more than {_MAX_RULES} style rules; it is not read")
        return True

    def matching(self, element: etree._Element) -> Iterator[Payload]:
        """Yield the payloads of the rules that match, those that count less first."""
        if not self._wrapped:
            wrappers = cssselect2.ElementWrapper.from_xml_root(self._root).iter_subtree()
            self._wrapped = {wrapper.etree_element: wrapper for wrapper in wrappers}
        for _specificity, _order, pseudo, payload in self._matcher.match(self._wrapped[element]):
            if pseudo is None:
                yield payload

    def _compiled(self, tokens: Sequence[Any]) -> Any:
        """Return a compiled selector for the whole chain of compounds; None if it cannot be read."""
        compounds, combinators = _compounds(tokens)
        if len(compounds) > _MAX_PARTS or any(not part or not _is_flat(part) for part in compounds):
            return None
        try:
            parts = [_one(cssselect2.compile_selector_list(compound)) for compound in compounds]
        except cssselect2.SelectorError:
            return None
        last = parts[-1]
        if last is None or any(part is None or part.pseudo_element for part in parts[:-1]):
            return None
        simple = [
            self._counted(part.test, among_siblings=_looks_around(compound))
            for part, compound in zip(parts, compounds, strict=True)
        ]
        test = simple[0]
        for combinator, part in zip(combinators, simple[1:], strict=True):
            test = self._joined(test, combinator, part)
        last.test = test
        last.specificity = tuple(sum(part.specificity[k] for part in parts) for k in range(3))
        return last

    def _counted(self, test: Test, *, among_siblings: bool = False) -> Test:
        """Return a test that remembers its answers, and counts against the limit."""
        answers: dict[Any, bool] = {}

        def counted(wrapper: Any) -> bool:
            element = wrapper.etree_element
            if element not in answers:
                self._step(1 + (len(wrapper.etree_siblings) if among_siblings else 0))
                answers[element] = bool(test(wrapper))
            return answers[element]

        return counted

    def _joined(self, left: Test, combinator: str, right: Test) -> Test:
        def joined(wrapper: Any) -> bool:
            if not right(wrapper):
                return False
            name = "parent" if combinator in " >" else "previous"
            other = getattr(wrapper, name)
            while other is not None:
                self._step()
                if left(other):
                    return True
                other = getattr(other, name) if combinator in " ~" else None
            return False

        return self._counted(joined)

    def _step(self, count: int = 1) -> None:
        self._tests += count
        if self._tests > _MAX_TESTS:
            raise SvgError(
                f"matching the style rules takes more than {_MAX_TESTS} tests; the SVG is not read"
            )


def _one(selectors: Sequence[Any]) -> Any:
    return selectors[0] if len(selectors) == 1 else None


def _split(prelude: Sequence[Any]) -> list[list[Any]]:
    """Return the selectors of a comma-separated list."""
    selectors: list[list[Any]] = [[]]
    for token in prelude:
        if token.type == "literal" and token.value == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def _compounds(tokens: Sequence[Any]) -> tuple[list[list[Any]], list[str]]:
    """Return the compound selectors of a complex one, and the combinators between them."""
    compounds: list[list[Any]] = [[]]
    combinators: list[str] = []
    gap = ""
    for token in tokens:
        if token.type in ("whitespace", "comment"):
            gap = gap or (" " if compounds[-1] else "")
        elif token.type == "literal" and token.value in _COMBINATORS:
            gap = token.value if gap in ("", " ") else "?"
        else:
            if gap:
                combinators.append(gap)
                compounds.append([])
                gap = ""
            compounds[-1].append(token)
    if gap.strip() or "?" in combinators:
        return [[]], []
    return compounds, combinators


def _is_flat(compound: Sequence[Any]) -> bool:
    """Whether functional pseudo-classes need no search, as in ``:not(.a)`` and ``:nth-child(2n)``."""
    for token in compound:
        if token.type == "function":
            inner = [part for part in token.arguments if part.type not in ("whitespace", "comment")]
            words = [part.lower_value for part in inner if part.type == "ident"]
            counted = token.lower_name.startswith("nth-") and "of" not in words
            if token.lower_name == "has" or any(part.type == "function" for part in inner):
                return False
            if not counted and (len(inner) < len(token.arguments) or _searches(inner)):
                return False
    return True


def _looks_around(compound: Sequence[Any]) -> bool:
    """Whether matching a compound walks through an element's siblings (``:nth-child()``, ``:only-of-type``)."""
    names = [
        token.lower_value if token.type == "ident" else getattr(token, "lower_name", "") for token in compound
    ]
    return any(name.startswith("nth-") or name.endswith("-of-type") for name in names)


def _searches(tokens: Sequence[Any]) -> bool:
    return any(token.type == "literal" and token.value in _COMBINATORS for token in tokens)
