"""The studio in a real browser: a new drawing takes nothing from the one before, to which Undo goes back."""

from __future__ import annotations

import os
import re
import signal

import pytest

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

from tests.studio.server import LONG, QUICK, until

EDITED = "#00ff88"


@pytest.fixture
def edited(visit, served):
    """Show a drawing whose topmost shape is deleted and whose lowest colour is changed; return the visitor."""

    def show(options=QUICK):
        project, _ = served.drawn(QUICK)
        served.client.patch(f"/api/projects/{project}", json={"options": options})
        visitor = visit()
        visitor.open(project)
        visitor.until(visitor.fills, "the drawing is shown")
        delete_top(visitor)
        visitor.until(lambda: len(visitor.fills()) == 7, "a shape is deleted")
        panel = visitor.panel("Palette")
        panel.get_by_role("listbox").get_by_role("option").first.click()
        panel.get_by_label("Colour", exact=True).fill(EDITED)
        panel.get_by_label("Colour", exact=True).press("Enter")
        visitor.until(lambda: EDITED in visitor.fills(), "a colour is changed")
        visitor.panel("Draw")
        return visitor

    return show


def delete_top(visitor):
    visitor.panel("Layers").locator("[aria-rowindex='2']:visible").click()  # beneath the name of its group
    visitor.page.keyboard.press("Delete")


def set_paths(visitor, number):
    field = visitor.page.locator("#draw-budget").get_by_role("spinbutton", name="Paths")
    field.fill(str(number))
    field.press("Enter")


def again(visitor, served):
    """Draw one path more; return the colours of the new drawing."""
    project = f"/api/projects/{visitor.project}"
    before = served.client.get(project).json()["result"]
    set_paths(visitor, 9)
    visitor.page.locator("#run").click()
    after = visitor.until(
        lambda: (now := served.client.get(project).json()["result"]) != before and now, "it is drawn"
    )
    visitor.ended()
    fills = [path["fill"] for path in served.client.get(f"/api/jobs/{after}/scene").json()["paths"]]
    visitor.until(lambda: "PSNR" in visitor.facts() and visitor.fills() == fills, "it is shown")
    return fills


def undo_says(visitor):
    return visitor.button("Undo").get_attribute("title")


def test_undo_goes_back_from_a_new_drawing_to_the_one_before_and_its_edits(edited, served):
    visitor = edited()
    shown, first = visitor.fills(), served.client.get(f"/api/projects/{visitor.project}").json()["result"]
    newer = again(visitor, served)
    assert EDITED not in newer
    visitor.wait_text("#toasts", re.compile("edits belong to the drawing before .* Undo brings it back"))
    assert undo_says(visitor).startswith("Undo new drawing")
    visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == shown, "the earlier drawing is back with its edits")
    assert undo_says(visitor).startswith("Undo recolour")
    visitor.until(
        lambda: served.client.get(f"/api/projects/{visitor.project}").json()["result"] == first,
        "the server has it for the project's drawing",
    )
    visitor.button("Undo").click()
    visitor.until(lambda: EDITED not in visitor.fills(), "the history before goes on")
    visitor.button("Undo").click()
    visitor.until(lambda: len(visitor.fills()) == 8, "back to the drawing as it was made")
    for _ in range(2):
        visitor.button("Redo").click()
    visitor.until(lambda: visitor.fills() == shown, "forth again")
    visitor.button("Redo").click()
    visitor.until(lambda: visitor.fills() == newer, "the new drawing is shown again")


def test_edits_of_both_drawings_are_kept(edited, served):
    visitor = edited()
    shown = visitor.fills()
    newer = again(visitor, served)
    delete_top(visitor)
    visitor.until(lambda: visitor.fills() == newer[:-1], "a shape of the new drawing is deleted")
    for _ in range(2):
        visitor.until(visitor.button("Undo").is_enabled, "it can be undone")
        visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == shown, "the earlier drawing is back with its edits")
    for _ in range(2):
        visitor.until(visitor.button("Redo").is_enabled, "it can be done again")
        visitor.button("Redo").click()
    visitor.until(lambda: visitor.fills() == newer[:-1], "the new one is back with its edit")


def test_who_went_back_exports_reloads_and_goes_on_from_what_is_seen(edited, served):
    visitor = edited()
    shown = visitor.fills()
    again(visitor, served)
    visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == shown, "the earlier drawing is back")
    _, content = visitor.take("SVG file")
    assert content.decode().count("<path") == 7
    assert "#0f8" in content.decode()
    visitor.reload()
    visitor.until(lambda: visitor.fills() == shown, "a reload shows what was seen")
    first = served.client.get(f"/api/projects/{visitor.project}").json()["result"]
    set_paths(visitor, 12)
    visitor.wait_text("#run", "Continue")
    visitor.drawn()
    job = served.client.get(f"/api/projects/{visitor.project}").json()["job"]
    assert served.context.store.job(job["id"]).resume == first
    assert served.client.get(f"/api/projects/{visitor.project}").json()["result"] == job["id"]
    assert undo_says(visitor).startswith("Undo new drawing")
    visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == shown, "what it went on from is back")


def test_going_back_just_before_a_reload_is_kept(edited, served):
    visitor = edited()
    shown = visitor.fills()
    again(visitor, served)
    visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == shown, "the earlier drawing is back")
    visitor.reload()
    visitor.until(lambda: visitor.fills() == shown, "it is shown")


def test_an_edited_drawing_can_be_gone_back_to_after_a_reload(edited, served):
    visitor = edited()
    shown = visitor.fills()
    newer = again(visitor, served)
    visitor.reload()
    visitor.until(lambda: visitor.fills() == newer, "the new drawing is shown")
    assert undo_says(visitor).startswith("Undo new drawing")
    visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == shown, "the earlier drawing is back with its edits")
    assert visitor.button("Undo").is_disabled()
    visitor.button("Redo").click()
    visitor.until(lambda: visitor.fills() == newer, "the new drawing is shown again")


def test_the_drawing_before_can_be_gone_back_to_once_the_newest_is_shown(edited, served):
    visitor = edited()
    shown = visitor.fills()
    newer = again(visitor, served)
    held = []

    def hold_first(route):
        if held:
            route.continue_()
        held.append(route)

    visitor.page.route("**/api/jobs/*/scene", hold_first)
    visitor.reload()
    visitor.until(lambda: held, "the newest drawing is on its way")
    visitor.page.keyboard.press("Control+z")
    assert visitor.button("Undo").is_disabled()
    held[0].continue_()
    visitor.until(lambda: visitor.fills() == newer, "the newest drawing is shown")
    visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == shown, "the earlier drawing is back")
    visitor.button("Redo").click()
    visitor.until(lambda: visitor.fills() == newer, "the newest drawing is shown again")


def test_a_run_that_fails_leaves_edits_and_their_history(edited, served):
    visitor = edited({**LONG, "paths": 300})
    shown = visitor.fills()
    visitor.run()
    # A preview is nothing to undo edits on.
    visitor.until(visitor.button("Undo").is_disabled, "previews are shown")
    os.kill(served.context.queue.worker.pid, signal.SIGKILL)
    visitor.page.locator("#draw-run .message").wait_for()
    visitor.until(lambda: visitor.fills() == shown, "the earlier drawing is back with its edits")
    visitor.button("Undo").click()
    visitor.until(lambda: EDITED not in visitor.fills(), "its history goes on")
    until(lambda: served.client.get("/api/status").json()["workers"]["draw"] == "ready", "it is replaced")


def test_what_is_edited_until_the_first_preview_is_kept(edited):
    visitor = edited({**LONG, "paths": 300})
    held = []

    def hold(route):
        held.append(route)

    visitor.page.route("**/api/jobs/*/events", hold)
    visitor.run()
    visitor.until(lambda: held, "the page follows the job")
    delete_top(visitor)
    shown = visitor.until(lambda: len(visitor.fills()) == 6 and visitor.fills(), "another shape is deleted")
    held[0].continue_()
    visitor.panel("Draw")
    visitor.until(visitor.button("Undo").is_disabled, "previews are shown")
    visitor.page.locator("#cancel").click()
    visitor.ended()
    visitor.until(lambda: "new drawing" in undo_says(visitor), "what was drawn until then is there")
    visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == shown, "the earlier drawing has all its edits")
    visitor.reload()
    visitor.until(lambda: visitor.fills() == shown, "and they are with the server")


def test_a_drawing_that_is_gone_is_told(edited, served):
    visitor = edited()
    visitor.forgiven.append("Failed to load resource")
    first = served.client.get(f"/api/projects/{visitor.project}").json()["result"]
    newer = again(visitor, served)
    assert served.client.delete(f"/api/jobs/{first}").status_code == 204
    visitor.button("Undo").click()
    visitor.wait_text("#toasts", "That drawing is not kept any more.")
    assert visitor.fills() == newer
    assert visitor.button("Undo").is_disabled()
    delete_top(visitor)
    visitor.until(lambda: visitor.fills() == newer[:-1], "the new drawing can be edited")
