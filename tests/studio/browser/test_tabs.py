"""The studio in two tabs of a browser that show the same project."""

from __future__ import annotations

import pytest

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

from tests.studio.server import QUICK


def test_edits_stay_with_the_drawing_that_their_tab_shows(visit, served):
    project, first = served.drawn(QUICK)
    visitor = visit()
    visitor.open(project)
    visitor.until(lambda: len(visitor.fills()) == 8, "the first drawing is shown")
    second = served.ended(served.job(project, {**QUICK, "seed": 1})["id"])  # as another tab would
    panel = visitor.panel("Layers")
    panel.locator(".layer:not(.layer-group):visible").first.click()
    visitor.page.keyboard.press("Delete")

    def shapes(job):
        return len(served.client.get(f"/api/jobs/{job['id']}/scene?edits=1").json()["paths"])

    visitor.until(lambda: shapes(first) == 7, "the edit is saved with the drawing that was edited")
    assert shapes(second) == 8
    visitor.reload()
    visitor.until(lambda: len(visitor.fills()) == 8, "the newest drawing is shown as it was drawn")
