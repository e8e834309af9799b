"""Words that the glossary retired stay out of the code and the pages.

`docs/conventions.md` has the words: the column `not` of its table under the heading Glossary. A word is found as a
whole word of prose, or as one or more parts of an identifier in snake or camel case.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CONVENTIONS = ROOT / "docs" / "conventions.md"
COLUMNS = ["term", "meaning", "not"]

ALLOWED = {
    # Public names: tests/public_api.txt keeps them.
    "FillGradients": "*",
    "GradientFills": "*",
    "Evidence": "*",
    # A field of the HTTP interface, under which scripts know the helper worker.
    "assistant": "src/huefold/studio/routes/page.py",
}
"""Identifiers in which a retired word may stand, each with the files in which it may."""

Word = tuple[str, ...]
"""Parts of an identifier, in lower case."""


@cache
def parts(name: str) -> Word:
    """Split an identifier where its case or an underscore says so: ``addKnot_toPath`` is add, knot, to, path."""
    return tuple(part.lower() for part in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name))


def glossary(text: str) -> dict[str, list[str]]:
    """Return the retired words of each term, from a page with a table under the heading Glossary."""
    section = re.search(r"^## Glossary\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    assert section is not None, "no heading '## Glossary'"
    lines = [line for line in section[1].splitlines() if line.startswith("|")]
    header, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    assert header == COLUMNS
    assert all(len(row) == len(COLUMNS) for row in rows), "a row has another number of cells"
    words = {term: [word.strip(" `") for word in retired.split(",")] for term, _, retired in rows}
    return {term: [word for word in retired if word] for term, retired in words.items()}


def found(text: str, retired: set[Word], allowed: set[str] = frozenset()) -> list[tuple[int, str]]:
    """Return the number of each line with a retired word, and the word or identifier that it stands in."""
    lengths = {len(word) for word in retired}
    hits = []
    for number, line in enumerate(text.splitlines(), 1):
        for name in re.findall(r"[A-Za-z_][A-Za-z0-9_]*", line):
            split = parts(name)
            within = {split[k : k + n] for n in lengths for k in range(len(split) - n + 1)}
            if within & retired and name not in allowed:
                hits.append((number, name))
    return hits


def without_glossary(text: str) -> str:
    """Blank the table, which names the retired words, and keep the numbers of lines."""
    head, mark, rest = text.partition("\n## Glossary\n")
    return head + mark + re.sub(r"^\|.*$", "", rest, flags=re.M)


def pages() -> list[Path]:
    code = [path for kind in ("py", "pyi", "js") for path in (ROOT / "src" / "huefold").rglob(f"*.{kind}")]
    return sorted(code) + sorted((ROOT / "docs").glob("*.md"))


def terms() -> dict[Word, str]:
    """Return the term that stands for each retired word."""
    table = glossary(CONVENTIONS.read_text(encoding="utf-8"))
    return {parts(word): term for term, retired in table.items() for word in retired}


def test_retired_words_stay_away():
    use, hits = terms(), []
    for path in pages():
        name, text = path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        allowed = {identifier for identifier, where in ALLOWED.items() if fnmatch(name, where)}
        text = without_glossary(text) if path == CONVENTIONS else text
        hits += [f"{name}:{number}: {word}" for number, word in found(text, set(use), allowed)]
    assert not hits, "\n".join(hits)


def test_no_term_is_retired():
    use = terms()
    assert use
    assert not {parts(term) for term in use.values()} & set(use)


# --- the checker itself ---

PAGE = """# A page

## Glossary

Words before the table.

| term | meaning | not |
|---|---|---|
| node | on-curve point | knot, knots |
| pruning | removal | `replace_unseen` |
| path | filled | |

## After

| term | meaning | not |
| no | row | word |
"""


def test_the_table_is_read():
    assert glossary(PAGE) == {"node": ["knot", "knots"], "pruning": ["replace_unseen"], "path": []}


@pytest.mark.parametrize(
    "spoilt",
    [
        PAGE.replace("Glossary", "Words"),
        PAGE.replace("| not |", "| never |"),
        PAGE.replace("| knot, ", "| a | knot, "),
    ],
)
def test_another_table_is_refused(spoilt):
    with pytest.raises(AssertionError):
        glossary(spoilt)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("knot", ("knot",)),
        ("path_knots", ("path", "knots")),
        ("_MAX_KNOTS", ("max", "knots")),
        ("addKnotToPath", ("add", "knot", "to", "path")),
        ("SVGKnot2d", ("svg", "knot", "d")),
        ("HTTP", ("http",)),
        ("__init__", ("init",)),
    ],
)
def test_identifiers_are_split(name, expected):
    assert parts(name) == expected


WORDS = {parts(word) for words in glossary(PAGE).values() for word in words}


@pytest.mark.parametrize(
    "line",
    [
        "A knot.",
        "`path_knots`",
        "def add_knot(self):",
        "addKnotToPath()",
        "KNOTS = 3",
        "x.knot",
        "replace_unseen_paths",
    ],
)
def test_retired_words_are_found(line):
    ((number, name),) = found(f"First line.\n{line}", WORDS)
    assert number == 2 and name in line
    assert found(line, WORDS, {name}) == []


@pytest.mark.parametrize(
    "line", ["knotted", "unknot", "replace what is unseen", "unseen_replace", "a node, a path", "k_not"]
)
def test_other_words_are_left_alone(line):
    assert found(line, WORDS) == []


def test_the_table_itself_is_blanked():
    blanked = without_glossary(PAGE + "\nA knot.\n")
    assert found(blanked, WORDS) == [(len(PAGE.splitlines()) + 2, "knot")]
