"""The studio in a real browser: in narrow and low windows everything can be seen and reached."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

from tests.studio.server import LONG

SIZES = [(320, 640), (400, 800), (568, 320), (700, 450)]

# Names of controls that are cut off, or lie beneath something else, once one has scrolled to them.
HIDDEN = """() => {
  const [found, LATER] = [[], '.toggle-input, .layer-action, [type=file]']; // seen by their labels or once a row is
  const covered = (one, box) => {
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return !top || !(one.contains(top) || top.closest('label, .slider')?.contains(one));
  };
  const inside = (box, frame) => box.left >= frame.left - 1 && box.right <= frame.right + 1
    && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
  const all = [...document.querySelectorAll('button, input, select, textarea, summary')];
  for (const one of all) {
    if (!one.checkVisibility() || one.disabled || one.matches(LATER)) continue;
    one.scrollIntoView({block: 'nearest', inline: 'nearest'});
    const box = one.getBoundingClientRect();
    const frame = {left: 0, top: 0, right: innerWidth, bottom: innerHeight};
    if (!inside(box, frame) || covered(one, box)) found.push(one.getAttribute('aria-label') || one.textContent);
  }
  return found;
}"""

# What is wider than its place, though nothing there is meant to be scrolled sideways.
WIDER = """() => ['html', 'body', '#app', '#header', '#toolbar-options', '.draw-scroll', '#panel',
  '.panel-page:not([hidden])', '#empty', '#statusbar'].filter((name) => {
    const one = document.querySelector(name);
    return one?.checkVisibility() && one.scrollWidth > one.clientWidth;
  })"""

# Marks of a slider whose numbers touch, and texts that are cut off.
CUT = """() => {
  const marks = [...document.querySelectorAll('.slider-tick')].filter((one) => one.checkVisibility());
  const boxes = marks.map((one) => one.getBoundingClientRect());
  const touching = boxes.flatMap((box, k) => (k && box.left < boxes[k - 1].right ? [marks[k].textContent] : []));
  const texts = '.color-name, .color-share, .color-count, .segment-label, .button-label';
  const cut = [...document.querySelectorAll(texts)].filter((one) => {
    if (!one.checkVisibility() || getComputedStyle(one).position === 'absolute') return false;
    return one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== 'inline';
  });
  // A list shows its longest choice beside its arrow.
  const short = (one) => one.checkVisibility() && one.clientWidth < 80;
  const lists = [...document.querySelectorAll('select')].filter(short);
  return [...touching, ...cut.map((one) => one.textContent), ...lists.map((one) => one.value)];
}"""


def faults(visitor):
    """Return what is cut off, covered or wider than its place."""
    return [visitor.page.evaluate(script) for script in (WIDER, HIDDEN, CUT)]


@pytest.fixture(scope="module")
def drawn(served):
    return served.drawn({"paths": 30, "preset": "fast", "rounds": 2})[0]


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_every_control_can_be_seen_and_reached(visit, drawn, size):
    visitor = visit(size=size, reduced_motion="reduce")
    visitor.arrive()
    assert faults(visitor) == [[], [], []]
    visitor.open(drawn)
    visitor.until(visitor.fills, "the drawing is shown")
    for tab in ("Draw", "Layers", "Palette"):
        panel = visitor.panel(tab)
        if tab == "Draw":
            panel.get_by_text("More", exact=True).click()
        if tab == "Layers":
            panel.locator(".layer:not(.layer-group):visible").first.click()
        if tab == "Palette":
            panel.get_by_role("listbox").get_by_role("option").first.click()
        assert faults(visitor) == [[], [], []], tab
    for tool in ("Erase", "Box", "Select shapes"):
        visitor.button(tool).click()
        assert faults(visitor) == [[], [], []], tool


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_the_photo_has_room(visit, drawn, size):
    visitor = visit(size=size)
    visitor.open(drawn)
    visitor.until(visitor.fills, "the drawing is shown")
    box = visitor.page.locator("#stage").bounding_box()
    assert box["width"] >= 240
    assert box["height"] >= 120


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def test_menus_and_dialogs_lie_in_the_window(visit, drawn, size):
    visitor = visit(size=size, reduced_motion="reduce")
    page = visitor.open(drawn)
    visitor.until(visitor.fills, "the drawing is shown")
    for menu in ("Map", "Export", "Appearance and help"):
        visitor.button(menu).click()
        box = page.get_by_role("menu", name=menu).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        assert box["y"] >= 0
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys").wait_for()
    fits = "(one) => one.scrollWidth <= one.clientWidth"
    assert page.locator(".dialog-body").evaluate(fits)
    page.keyboard.press("Escape")
    visitor.button("Projects").click()
    page.locator(".project").first.wait_for()
    assert page.locator(".dialog-body").evaluate(fits)


def test_a_drawing_on_its_way_fits_a_phone(visit, served):
    project = served.project()["id"]
    served.client.patch(f"/api/projects/{project}", json={"options": LONG})
    visitor = visit(size=(320, 640), reduced_motion="reduce")
    visitor.open(project)
    visitor.run()
    visitor.wait_text("#statusbar", re.compile("Refining"))
    assert faults(visitor) == [[], [], []]
    visitor.page.locator("#cancel").click()
    visitor.ended()
    assert faults(visitor) == [[], [], []]


def test_nothing_serious_is_found_on_a_phone(visit, drawn):
    visitor = visit(size=(320, 640), reduced_motion="reduce")
    visitor.open(drawn)
    visitor.until(visitor.fills, "the drawing is shown")
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for tab in ("Draw", "Layers", "Palette"):
            visitor.panel(tab)
            assert visitor.findings() == [], (scheme, tab)
