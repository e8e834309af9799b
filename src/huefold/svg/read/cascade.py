"""The cascade (CSS Cascade 4): which declarations hold for an element.

Presentation attributes, style sheets and the ``style`` attribute, each over the one before; sheets by specificity,
``!important`` over all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from lxml import etree

from huefold.svg.read.notes import Notes
from huefold.svg.read.source import SVG

if TYPE_CHECKING:
    from huefold.svg.read.selectors import Rules

__all__ = ["Cascade"]

# In SVG 2 these are properties too; here they count as attributes only.
_GEOMETRY = frozenset({"x", "y", "width", "height", "cx", "cy", "r", "rx", "ry", "d"})

Declarations = dict[str, tuple[str, bool]]


class Cascade:
    """Declarations of a document's elements.

    Properties other than `names` are ignored; those in `sheet_only` are no presentation attributes. Declarations
    whose value is not valid leave the ones before in force. Rules that are not supported become `notes`.
    """

    def __init__(
        self,
        root: etree._Element,
        names: frozenset[str],
        sheet_only: frozenset[str],
        is_valid: Callable[[str, str], bool],
        notes: Notes,
    ) -> None:
        self._is_valid = is_valid
        self._names = names
        self._attributes = names - sheet_only
        self._notes = notes
        self._inline: dict[str, Declarations] = {}
        self._root = root
        self._rules: Rules[Declarations] | None = None  # huefold's own drawings have none
        for sheet in root.iter(f"{SVG}style"):
            if sheet.get("type", "text/css").strip().lower() in ("", "text/css"):
                self._add_sheet("".join(sheet.itertext()))

    def declared(self, element: etree._Element) -> dict[str, str]:
        """Return the values declared for `element`, by property."""
        names = self._attributes
        values = {str(name): str(text) for name, text in element.attrib.items() if name in names}
        style = element.get("style")
        if style is None and not self._rules:
            return values
        layers = [*self._rules.matching(element)] if self._rules else []
        if style is not None:
            layers.append(self._parsed(style))
        for urgent in (False, True):
            for layer in layers:
                values.update(
                    {name: text for name, (text, important) in layer.items() if important is urgent}
                )
        return values

    def _parsed(self, style: str) -> Declarations:
        if style not in self._inline:
            import tinycss2  # noqa: PLC0415 - slow to import

            self._inline[style] = self._declarations(
                tinycss2.parse_blocks_contents(style, skip_comments=True, skip_whitespace=True)
            )
        return self._inline[style]

    def _declarations(self, items: Iterable[Any]) -> Declarations:
        import tinycss2  # noqa: PLC0415 - slow to import

        declarations: Declarations = {}
        for item in items:
            if item.type != "declaration":
                continue
            name = item.lower_name
            if name in self._names:
                text = tinycss2.serialize(item.value).strip()
                previous = declarations.get(name)
                if (previous is None or item.important or not previous[1]) and self._is_valid(name, text):
                    declarations[name] = (text, item.important)
            elif name in _GEOMETRY:
                self._notes.add(f"the style property '{name}' is passed over; only the attribute counts")
        return declarations

    def _add_sheet(self, text: str) -> None:
        import tinycss2  # noqa: PLC0415 - slow to import

        from huefold.svg.read.selectors import Rules  # noqa: PLC0415 - slow to import

        if self._rules is None:
            self._rules = Rules(self._root)
        for rule in tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True):
            if rule.type == "at-rule" and rule.lower_at_keyword not in ("font-face", "charset"):
                self._notes.add(f"the style rule '@{rule.lower_at_keyword}' is passed over")
            elif rule.type == "qualified-rule":
                self._add_rule(rule, self._rules)

    def _add_rule(self, rule: Any, rules: Rules[Declarations]) -> None:
        import tinycss2  # noqa: PLC0415 - slow to import

        content = tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True)
        if not rules.add(rule.prelude, self._declarations(content)):
            words = tinycss2.serialize(rule.prelude).strip()
            self._notes.add(f"the style rule for '{words}' cannot be read and is passed over")
