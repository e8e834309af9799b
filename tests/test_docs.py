"""What the documentation promises is there: pages, commands, flags, modules and settings."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
from pathlib import Path

import pytest

from huefold.cli import main
from huefold.cli.app import COMMANDS
from huefold.refine import RefineSettings

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
EXTERNAL = re.compile(r"^[a-z]+:")

pytestmark = pytest.mark.skipif(
    not (ROOT / "docs").is_dir(), reason="the documentation is not beside the tests"
)


def prose(page: Path) -> str:
    """Return a page without its fenced code, in which brackets are not links."""
    return re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.*)$", prose(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> list[str]:
    text = prose(page)
    links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    broken = []
    for link in links:
        file, _, anchor = link.partition("#")
        target = page.parent / file if file else page
        if EXTERNAL.match(link):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page):
    assert broken_links(page) == []


def test_broken_links_are_found(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(
        "# Two words\n[a](page.md#two-words) [b](page.md#three) [c](none.md) [d](https://e.org)\n"
    )
    assert broken_links(page) == ["page.md#three", "none.md"]


def test_every_page_is_in_the_index():
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "docs" / "index.md").read_text(encoding="utf-8")))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"} == linked


def help_of(capsys, *command: str) -> str:
    with pytest.raises(SystemExit):
        main([*command, "--help"])
    return capsys.readouterr().out


def test_flags_exist(capsys):
    known = {command: help_of(capsys, command) for command in COMMANDS}
    known["huefold"] = help_of(capsys)
    checked = 0
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for line in re.findall(r"(?m)^(?:\$ )?(?:\S*/)?huefold (.*)$", text):
            said = line.split("#")[0].split()
            shown = known[said[0]] if said[0] in known else known["huefold"]
            for flag in filter(lambda word: word.startswith("-") and word != "-", said):
                assert re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", shown), f"{page.name}: {line}"
                checked += 1
    assert checked > 10


def test_flags_named_in_the_prose_of_the_command_line_exist(capsys):
    shown = help_of(capsys) + "".join(help_of(capsys, name) for name in COMMANDS)
    named = set(re.findall(r"`(--[a-z][a-z-]*)", prose(ROOT / "docs" / "cli.md") + prose(ROOT / "README.md")))
    assert len(named) >= 4
    assert {flag for flag in named if not re.search(rf"{flag}(?![\w-])", shown)} == set()


def test_modules_named_in_commands_exist():
    named = {
        name
        for page in PAGES
        for name in re.findall(r"-m (benchmarks\.\w+)", page.read_text(encoding="utf-8"))
    }
    assert named
    for name in named:
        assert (ROOT / f"{name.replace('.', '/')}.py").is_file(), name


def test_names_of_the_package_in_the_documentation_exist():
    for page in PAGES:
        for name in re.findall(r"`(huefold(?:\.\w+)+)", page.read_text(encoding="utf-8")):
            assert resolves(name), f"{page.name}: {name}"


def resolves(name: str) -> bool:
    """Whether `name` is a module, or an attribute of one."""
    module, _, attribute = name.rpartition(".")
    if importlib.util.find_spec(module) is None:
        return False
    return hasattr(importlib.import_module(module), attribute) or (importlib.util.find_spec(name) is not None)


def test_the_table_of_presets_is_that_of_the_settings():
    text = (ROOT / "docs" / "refinement.md").read_text(encoding="utf-8")
    rows = {
        row[0]: row[1:] for row in re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \| (.+) \| (.+) \|$", text, re.M)
    }
    presets = [getattr(RefineSettings, name)() for name in ("fast", "balanced", "best", "paper")]
    for field in dataclasses.fields(RefineSettings):
        assert rows[field.name] == tuple(str(getattr(preset, field.name)) for preset in presets), field.name
