"""The studio in a real browser: nothing is lost by reloading, by a server that goes away, or by waiting."""

from __future__ import annotations

import re

import numpy as np
import pytest

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

from tests.studio.server import LONG, QUICK, opened, photo, running

SIZE = (96, 64)


def prepared(visitor, server, options):
    """Open a new project with options; return its id."""
    project = server.project()["id"]
    server.client.patch(f"/api/projects/{project}", json={"options": options})
    visitor.open(project)
    return project


def has_map(server, project):
    return server.client.get(f"/api/projects/{project}").json()["has_map"]


def test_a_reload_while_it_draws_finds_the_job_again_and_sees_its_end(visit, served):
    visitor = visit()
    project = prepared(visitor, served, {"paths": 60, "preset": "balanced"})
    visitor.run()
    visitor.previews(1)
    job = served.client.get(f"/api/projects/{project}").json()["job"]
    visitor.reload()
    visitor.until(visitor.fills, "a preview or the drawing is shown")
    visitor.until(lambda: "PSNR" in visitor.facts(), "the drawing is there")
    visitor.ended()
    after = served.client.get(f"/api/projects/{project}").json()
    assert (after["job"]["id"], after["job"]["status"]) == (job["id"], "done")
    assert len(visitor.fills()) == 60


def test_a_reload_while_it_draws_keeps_the_way_to_stop_it(visit, served):
    visitor = visit()
    project = prepared(visitor, served, LONG)
    visitor.run()
    visitor.reload()
    visitor.page.locator("#cancel").wait_for()
    assert visitor.previews(2) >= 2
    visitor.page.locator("#cancel").click()
    visitor.ended()
    assert served.client.get(f"/api/projects/{project}").json()["job"]["status"] == "cancelled"


def test_a_reload_keeps_map_options_guidance_and_edits(visit, served):
    visitor = visit()
    project = prepared(visitor, served, QUICK)
    visitor.stroke(visitor.at(SIZE, 0.3, 0.5), visitor.at(SIZE, 0.7, 0.5))
    visitor.drawn()
    painted = opened(served.client.get(f"/api/projects/{project}/map"))
    panel = visitor.panel("Layers")
    panel.locator(".layer:not(.layer-group):visible").first.click()
    visitor.page.keyboard.press("Delete")
    shown = visitor.until(lambda: len(visitor.fills()) == 7 and visitor.fills(), "a shape is deleted")
    # The page goes before the pause after which it saves: the next one sends the change.
    visitor.reload()
    visitor.until(lambda: visitor.fills() == shown, "the edited drawing is shown")
    visitor.page.keyboard.press("Alt+1")
    visitor.until(lambda: visitor.picture((0.5, 0.5), "stage-overlay")[3] > 200, "the paint is shown")
    assert np.array_equal(opened(served.client.get(f"/api/projects/{project}/map")), painted)
    paths = visitor.page.locator("#draw-budget").get_by_role("spinbutton", name="Paths")
    assert paths.input_value() == "8"
    assert visitor.page.get_by_role("radio", name="Paint").get_attribute("aria-checked") == "true"


def test_the_last_stroke_before_a_reload_is_kept(visit, served):
    visitor = visit()
    project = prepared(visitor, served, QUICK)
    visitor.stroke(visitor.at(SIZE, 0.3, 0.5), visitor.at(SIZE, 0.7, 0.5))
    visitor.reload()
    visitor.until(lambda: visitor.picture((0.5, 0.5), "stage-overlay")[3] > 200, "the paint is shown")
    visitor.until(lambda: has_map(served, project), "the map is with the server")


def test_a_photo_that_the_server_never_got_is_opened_again_after_a_reload(visit, served):
    visitor = visit()
    visitor.arrive()
    visitor.page.route(
        "**/api/projects", lambda route: route.abort() if route.request.method == "POST" else None
    )
    visitor.forgiven.append("ERR_FAILED")
    visitor.drop("sofa.png", photo())
    visitor.page.locator("#banner").get_by_text("The server does not answer").wait_for()
    visitor.stroke(visitor.at(SIZE, 0.3, 0.5), visitor.at(SIZE, 0.7, 0.5))
    drafts = """() => new Promise((resolve) => {
      const open = indexedDB.open('huefold-studio');
      open.onerror = () => resolve([]);
      open.onsuccess = () => {
        const [database] = [open.result];
        const names = [...database.objectStoreNames];
        if (!names.length) return resolve([]);
        const asked = database.transaction(names[0]).objectStore(names[0]).getAllKeys();
        asked.onsuccess = () => { database.close(); resolve(asked.result); };
      };
    })"""
    visitor.until(lambda: "map:draft" in visitor.page.evaluate(drafts), "photo and paint are kept here")
    visitor.page.unroute("**/api/projects")
    visitor.page.reload()
    visitor.opened()
    project = visitor.project
    visitor.until(lambda: has_map(served, project), "the paint is with the server")
    assert served.client.get(f"/api/projects/{project}").json()["name"] == "sofa"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("restarted")


def test_a_restart_of_the_server_loses_nothing(visit, folder):
    with running(folder) as server:
        server.ready()
        visitor = visit(server)
        visitor.forgiven.extend(["ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET"])
        project = prepared(visitor, server, QUICK)
        visitor.drawn()
        shown = visitor.fills()
        port = server.settings.port
    visitor.page.keyboard.press("Alt+1")
    visitor.stroke(visitor.at(SIZE, 0.3, 0.5), visitor.at(SIZE, 0.7, 0.5))
    visitor.page.locator("#banner").get_by_text("The server does not answer").wait_for()
    with running(folder, port=port) as server:
        visitor.page.locator("#banner").get_by_text("The server does not answer").wait_for(state="hidden")
        visitor.until(lambda: has_map(server, project), "what was painted meanwhile is with the server")
        visitor.reload()
        visitor.until(lambda: visitor.fills() == shown, "the drawing is shown")
        server.ready()
        visitor.drawn()
        assert server.client.get(f"/api/projects/{project}").json()["job"]["options"]["saliency"] == "map"


def test_of_two_jobs_the_second_says_that_it_waits_and_then_draws(visit, served):
    first, second = visit(), visit()
    prepared(first, served, LONG)
    prepared(second, served, QUICK)
    first.run()
    first.previews(1)
    second.run()
    second.wait_text("#draw-run", re.compile("Waiting, 1 before this one"))
    second.wait_text("#statusbar", re.compile("Waiting, 1 before this one"))
    assert second.page.locator(".run-progress").get_attribute("value") is None
    first.page.locator("#cancel").click()
    first.ended()
    second.until(lambda: "PSNR" in second.facts(), "the second is drawn")
    assert len(second.fills()) == 8


def test_a_job_that_waits_can_be_taken_back(visit, served):
    first, second = visit(), visit()
    prepared(first, served, LONG)
    project = prepared(second, served, QUICK)
    first.run()
    first.previews(1)
    second.run()
    second.wait_text("#draw-run", re.compile("Waiting"))
    second.page.locator("#cancel").click()
    second.wait_text("#draw-run", "Stopped before there was a drawing.")
    assert served.client.get(f"/api/projects/{project}").json()["job"]["status"] == "cancelled"
    assert first.page.locator("#cancel").is_visible()
    first.page.locator("#cancel").click()
    first.ended()
