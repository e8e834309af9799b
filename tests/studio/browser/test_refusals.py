"""The studio in a real browser: what it cannot take or do, it says in words beside what caused it."""

from __future__ import annotations

import json
import os
import re
import signal

import pytest

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

from tests.studio.server import LONG, QUICK, photo, until

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
REFUSED = "Failed to load resource"  # Chromium's own note on an answer that is an error


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("words.jpg", b"these are only words", "image/jpeg"),
        (
            "drawing.svg",
            b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
            "image/svg+xml",
        ),
        ("cut.png", photo()[:200], "image/png"),
        ("nothing.png", b"", "image/png"),
        ("work.huefold", b"PK\x03\x04 cut short", "application/zip"),
    ],
    ids=["text", "svg", "truncated", "empty", "project"],
)
def test_what_is_not_a_photo_is_refused_where_it_was_dropped(visit, served, name, content, kind):
    visitor = visit()
    visitor.forgiven.append(REFUSED)
    projects = len(served.client.get("/api/projects").json())
    visitor.arrive()
    visitor.drop(name, content, kind)
    said = visitor.page.locator("#empty .message")
    said.wait_for()
    words = said.inner_text()
    assert len(words.split()) >= 4
    assert words.endswith((".", ")"))
    assert not re.search(r"\b4\d\d\b|Error|undefined|/tmp", words)
    assert visitor.page.locator("#empty").is_visible()
    assert "#p=" not in visitor.page.url
    assert len(served.client.get("/api/projects").json()) == projects
    visitor.drop("sofa.png", photo())
    visitor.opened()
    assert said.count() == 0 or not said.is_visible()


def test_a_file_that_is_too_big_is_not_even_sent(visit):
    visitor = visit()

    def small(route):
        answer = route.fetch()
        status = answer.json()
        status["limits"]["bytes"] = 2 << 20
        route.fulfill(response=answer, body=json.dumps(status))

    visitor.page.route("**/api/status", small)
    visitor.arrive()
    sent = []
    visitor.page.on("request", lambda request: request.method == "POST" and sent.append(request.url))
    visitor.choose("big.png", photo() + b"\0" * (3 << 20))
    visitor.wait_text("#empty", re.compile("3 MiB; at most 2 MiB"))
    assert sent == []


def test_too_many_bytes_for_the_server_are_told_too(visit, tmp_path):
    from tests.studio.server import running

    with running(tmp_path, upload_bytes=20_000) as server:
        visitor = visit(server)
        visitor.forgiven.append(REFUSED)
        # An older page does not know the limit: the server says it.
        visitor.page.route(
            "**/api/status",
            lambda route: route.fulfill(json={**server.client.get("/api/status").json(), "limits": {}}),
        )
        visitor.arrive()
        visitor.drop("big.png", photo(400, 300))
        visitor.wait_text("#empty", re.compile("at most"))
        assert server.client.get("/api/projects").json() == []


def test_a_project_that_is_gone_is_told_and_the_page_is_ready_for_another(visit):
    visitor = visit()
    visitor.forgiven.append(REFUSED)
    visitor.page.goto(f"{visitor.url}/#p={'0' * 16}")
    visitor.wait_text("#empty", "This project is not here any more.")
    assert "#p=" not in visitor.page.url
    visitor.button("Choose a photo").wait_for()


def test_an_option_that_cannot_be_is_told_at_its_field(visit, served):
    visitor = visit()
    visitor.forgiven.append(REFUSED)
    project = served.project()["id"]
    visitor.open(project)
    more = visitor.page.locator("#draw-budget")
    more.get_by_text("More", exact=True).click()
    field = more.locator("[data-field=segments_per_path]")
    number = field.get_by_role("spinbutton")
    number.fill("2")
    number.press("Enter")
    visitor.until(lambda: "field-wrong" in field.get_attribute("class"), "the field is marked")
    assert "3" in field.locator(".field-note").inner_text()
    assert number.get_attribute("aria-invalid") == "true"
    assert served.client.get(f"/api/projects/{project}").json()["options"].get("segments_per_path") is None
    number.fill("4")
    number.press("Enter")
    visitor.until(lambda: "field-wrong" not in field.get_attribute("class"), "the field is as it should be")
    kept = f"/api/projects/{project}"
    visitor.until(
        lambda: served.client.get(kept).json()["options"].get("segments_per_path") == 4, "it is kept"
    )


def test_a_drawing_that_failed_says_why_at_the_button_and_can_be_tried_again(visit, served):
    visitor = visit()
    project = served.project()["id"]
    served.client.patch(f"/api/projects/{project}", json={"options": LONG})
    visitor.open(project)
    visitor.run()
    visitor.previews(1)
    os.kill(served.context.queue.worker.pid, signal.SIGKILL)
    visitor.page.locator("#draw-run .message").wait_for()
    assert "stopped unexpectedly" in visitor.page.locator("#draw-run .message").inner_text()
    until(lambda: served.client.get("/api/status").json()["workers"]["draw"] == "ready", "it is replaced")
    number = visitor.page.locator("#draw-budget").get_by_role("spinbutton", name="Paths")
    number.fill(str(QUICK["paths"]))
    number.press("Enter")
    visitor.page.locator("#draw-budget").get_by_text("More", exact=True).click()
    visitor.page.locator("[data-field=preset] select").select_option("fast")
    visitor.page.locator("#run").click()
    visitor.until(lambda: "PSNR" in visitor.facts(), "it is drawn")
    assert not visitor.page.locator("#draw-run .message").is_visible()
