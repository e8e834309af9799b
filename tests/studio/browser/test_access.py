"""The studio in a real browser: for hands without a mouse, eyes that need contrast, and screen readers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

from tests.studio.server import LONG, QUICK, photo

from huefold import svg

SIZE = (96, 64)
TABLET = (820, 1180)


def looks(visitor):
    """Name what axe-core finds, as one list; in light and in dark on the desktop, whose colours the tablet has."""
    found = []
    tablet = visitor.page.viewport_size["width"] == TABLET[0]
    for scheme in ("dark",) if tablet else ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        found += [f"{scheme}: {one}" for one in visitor.findings()]
    return found


def test_axe_finds_what_is_wrong(visit):
    visitor = visit()
    visitor.arrive()
    visitor.page.evaluate("() => document.querySelector('#run').replaceChildren()")
    visitor.page.evaluate("() => document.querySelector('.start-text').style.setProperty('color', '#ccc')")
    visitor.page.emulate_media(color_scheme="light")
    assert {one.partition(":")[0] for one in visitor.findings()} == {"button-name", "color-contrast"}


@pytest.mark.parametrize("size", [(1280, 720), TABLET], ids=["desktop", "tablet"])
def test_before_and_while_painting_nothing_serious_is_found(visit, served, size):
    visitor = visit(size=size)
    visitor.arrive()
    assert looks(visitor) == []
    visitor.drop("words.jpg", b"only words", "image/jpeg")
    visitor.forgiven.append("Failed to load resource")
    visitor.page.locator("#empty .message").wait_for()
    assert looks(visitor) == []
    visitor.drop("sofa.png", photo())
    visitor.opened()
    visitor.stroke(visitor.at(SIZE, 0.3, 0.5), visitor.at(SIZE, 0.7, 0.5))
    assert looks(visitor) == []
    visitor.page.get_by_role("radio", name="In words").click()
    visitor.page.locator("#draw-budget").get_by_text("More", exact=True).click()
    assert looks(visitor) == []
    served.client.patch(f"/api/projects/{visitor.project}", json={"options": LONG})
    visitor.reload()
    visitor.run()
    visitor.previews(1)
    assert looks(visitor) == []
    visitor.page.locator("#cancel").click()
    visitor.ended()


@pytest.mark.parametrize("size", [(1280, 720), TABLET], ids=["desktop", "tablet"])
def test_with_a_drawing_nothing_serious_is_found(visit, served, size):
    project, _ = served.drawn()
    visitor = visit(size=size)
    visitor.open(project)
    visitor.until(visitor.fills, "the drawing is shown")
    assert looks(visitor) == []
    for view in ("Compare", "Error", "Outlines"):
        visitor.page.get_by_role("radio", name=view).click()
    visitor.panel("Layers").locator(".layer:not(.layer-group):visible").first.click()
    assert looks(visitor) == []
    visitor.panel("Palette").get_by_role("listbox").get_by_role("option").first.click()
    assert looks(visitor) == []


@pytest.mark.parametrize("size", [(1280, 720), TABLET], ids=["desktop", "tablet"])
def test_in_menus_and_dialogs_nothing_serious_is_found(visit, served, size):
    project, _ = served.drawn()
    visitor = visit(size=size)
    visitor.open(project)
    visitor.until(visitor.fills, "the drawing is shown")
    for menu in ("Export", "Appearance and help"):
        visitor.button(menu).click()
        visitor.page.get_by_role("menu", name=menu).wait_for()
        assert looks(visitor) == [], menu
        visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("?")
    visitor.page.get_by_role("dialog", name="Keys").wait_for()
    assert looks(visitor) == []
    visitor.page.keyboard.press("Escape")
    visitor.button("Projects").click()
    visitor.page.locator(".project").first.wait_for()
    assert looks(visitor) == []
    visitor.page.locator(".project-current").get_by_role("button", name=re.compile("^Delete")).click()
    visitor.page.get_by_role("dialog", name="Delete this project?").wait_for()
    assert looks(visitor) == []


def test_from_a_sample_to_the_file_without_a_mouse(visit, served):
    visitor = visit()
    page = visitor.arrive()
    visitor.tab_to("Cup of coffee")
    page.keyboard.press("Enter")
    visitor.opened()
    visitor.tab_to("Photo. Arrow keys move the brush, Enter paints, question mar", most=60)
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    project = f"/api/projects/{visitor.project}"
    visitor.until(lambda: served.client.get(project).json()["has_map"], "the paint is with the server")
    visitor.tab_to("More")
    page.keyboard.press("Enter")
    visitor.tab_to("Preset")
    page.keyboard.press("f")
    visitor.tab_to("Rounds")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    visitor.tab_to("Paths", most=120)
    page.keyboard.press("Home")
    page.keyboard.press("Control+Enter")
    visitor.until(lambda: "PSNR" in visitor.facts(), "the drawing is there")
    job = served.client.get(project).json()["job"]
    asked = QUICK | {"saliency": "map"}
    assert {name: job["options"][name] for name in asked} == asked
    visitor.tab_to("Draw")
    page.keyboard.press("ArrowRight")
    assert visitor.focus()["name"] == "Layers"
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Delete")
    visitor.until(lambda: len(visitor.fills()) == 7, "a shape is deleted")
    visitor.tab_to("Export")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
        assert visitor.focus()["name"].startswith("SVG file")
        page.keyboard.press("Enter")
    assert len(svg.read_svg(Path(download.value.path()).read_bytes()).paths) == 7


def test_dialogs_give_the_focus_back_and_escape_closes_them(visit, served):
    project, _ = served.drawn()
    visitor = visit()
    page = visitor.open(project)
    visitor.until(visitor.fills, "the drawing is shown")
    visitor.tab_to("Projects")
    page.keyboard.press("Enter")
    page.get_by_role("dialog", name="Projects").wait_for()
    for _ in range(6):
        page.keyboard.press("Tab")
        # Behind an open dialog nothing can be reached; the body is where the browser's own controls begin.
        assert page.evaluate("() => document.activeElement.matches('body, dialog *')")
    page.keyboard.press("Escape")
    page.get_by_role("dialog").wait_for(state="hidden")
    assert visitor.focus()["name"] == "Projects"


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768), TABLET])
def test_nothing_is_cut_off_and_nothing_scrolls_sideways(visit, served, size):
    project, _ = served.drawn()
    visitor = visit(size=size)
    page = visitor.open(project)
    visitor.until(visitor.fills, "the drawing is shown")
    inside = """() => {
      const outside = [];
      for (const one of document.querySelectorAll('button, input, select, [role=slider]')) {
        const box = one.getBoundingClientRect();
        if (!one.checkVisibility() || box.width < 2 || one.closest('.draw-scroll, .virtual, .more')) continue;
        if (box.left < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1 || box.top < -1)
          outside.push(one.getAttribute('aria-label') || one.textContent);
      }
      return [outside, document.scrollingElement.scrollWidth <= innerWidth];
    }"""
    for tab in ("Draw", "Layers", "Palette"):
        visitor.panel(tab)
        assert page.evaluate(inside) == [[], True], tab


def test_the_theme_that_was_chosen_stays(visit):
    visitor = visit()
    page = visitor.arrive()
    background = "() => getComputedStyle(document.querySelector('#header')).backgroundColor"
    light = page.evaluate(background)
    visitor.button("Appearance and help").click()
    page.get_by_role("menuitemcheckbox", name="Dark").click()
    visitor.until(lambda: page.evaluate(background) != light, "it is dark")
    dark = page.evaluate(background)
    page.reload()
    visitor.button("Choose a photo").wait_for()
    assert page.evaluate(background) == dark
