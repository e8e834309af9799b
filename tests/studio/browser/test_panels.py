"""The studio in a real browser: what the panels say is true, and what their fields hold stays."""

from __future__ import annotations

import pytest

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

from tests.studio.server import QUICK


@pytest.fixture
def shown(visit, served):
    """Show a finished drawing; return the visitor."""

    def show(options=QUICK):
        project, _ = served.drawn(options)
        visitor = visit()
        visitor.open(project)
        visitor.until(visitor.fills, "the drawing is shown")
        return visitor

    return show


def top_row(visitor):
    return visitor.panel("Layers").locator("[aria-rowindex='2']:visible")


def test_a_stopped_drawing_that_misses_its_budget_is_not_called_as_asked_for(visit, served):
    project = served.project()["id"]
    served.client.patch(f"/api/projects/{project}", json={"options": {"psnr": 60, "preset": "best"}})
    visitor = visit()
    visitor.open(project)
    visitor.run()
    visitor.until(visitor.fills, "previews are shown")
    visitor.page.locator("#cancel").click()
    visitor.ended()
    visitor.wait_text("#run", "Run again")
    said = visitor.page.locator("#draw-run .panel-note").inner_text()
    assert said in (
        "The drawing does not reach what was asked for.",
        "The drawing was stopped before it was finished.",
    )


def test_a_finished_drawing_is_called_as_asked_for(shown):
    visitor = shown()
    visitor.wait_text("#draw-run", "The drawing is as asked for.")


def test_regions_and_details_are_those_of_the_drawing_once_there_is_one(shown, served):
    visitor = shown({**QUICK, "paths": 24, "structural_ratio": 0.9})
    result = served.client.get(f"/api/projects/{visitor.project}").json()["result"]
    paths = served.client.get(f"/api/jobs/{result}/scene").json()["paths"]
    regions = sum(path["role"] == "structural" for path in paths)
    visitor.wait_text(
        "#draw-budget", f"Drawn: {regions} regions beneath, {len(paths) - regions} details on top."
    )
    number = visitor.page.locator("#draw-budget").get_by_role("spinbutton", name="Paths")
    number.fill("100")
    number.press("Enter")
    visitor.wait_text("#draw-budget", "90 regions beneath, 10 details on top.")


def test_a_budget_that_is_cleared_stays_what_it_was(shown, served):
    visitor = shown()
    budget = visitor.page.locator("#draw-budget")
    budget.get_by_label("Kind of budget").select_option("bytes")
    field = budget.get_by_role("spinbutton", name="Bytes")
    field.fill("3000")
    field.press("Enter")
    for leave in ("Enter", "Tab"):
        field.fill("")
        field.press(leave)
        visitor.until(lambda: field.input_value() == "3000", "the field shows what holds")
    kept = f"/api/projects/{visitor.project}"
    visitor.until(
        lambda: served.client.get(kept).json()["options"].get("bytes") == 3000, "the server has the same"
    )


def test_keys_of_a_row_work_while_one_of_its_buttons_has_the_focus(shown):
    visitor = shown()
    before = visitor.fills()
    row = top_row(visitor)
    row.hover()
    eye = row.locator("[data-action=hide]")
    eye.click()
    visitor.until(lambda: visitor.fills() == before[:-1], "the shape is hidden")
    visitor.page.keyboard.press("Enter")
    visitor.until(lambda: visitor.fills() == before, "Enter presses the button")
    visitor.page.keyboard.press("Space")
    visitor.until(lambda: visitor.fills() == before[:-1], "so does the space bar")
    visitor.page.keyboard.press("Enter")
    visitor.until(lambda: visitor.fills() == before, "it is shown again")
    visitor.page.keyboard.press("F2")
    visitor.page.keyboard.type("the handle")
    visitor.page.keyboard.press("Enter")
    visitor.panel("Layers").get_by_text("the handle").wait_for()
    eye.focus()
    visitor.page.keyboard.press("Delete")
    visitor.until(lambda: len(visitor.fills()) == len(before) - 1, "the shape is deleted")
    assert visitor.page.evaluate("() => document.activeElement.matches('.layer')")
    assert top_row(visitor).inner_text().strip() != "the handle"


def test_a_switch_shows_its_name_once_and_is_drawn_with(visit, served):
    project = served.project()["id"]
    served.client.patch(f"/api/projects/{project}", json={"options": QUICK})
    visitor = visit()
    visitor.open(project)
    more = visitor.page.locator("#draw-budget")
    more.get_by_text("More", exact=True).click()
    field = more.locator("[data-field=contained]")
    assert field.inner_text().count("Contained") == 1
    field.get_by_text("Contained", exact=True).click()
    assert field.get_by_role("switch", name="Contained").is_checked()
    kept = f"/api/projects/{project}"
    visitor.until(lambda: served.client.get(kept).json()["options"].get("contained") is True, "it is kept")
    visitor.run()
    visitor.until(visitor.fills, "the drawing is shown")
    visitor.ended()
    visitor.reload()
    more.get_by_text("More", exact=True).click()
    assert field.get_by_role("switch", name="Contained").is_checked()
