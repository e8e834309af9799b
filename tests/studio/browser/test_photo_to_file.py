"""The studio in a real browser, from a photo to the files that are taken away."""

from __future__ import annotations

import io
import json
import re
import zipfile

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("httpx")
pytest.importorskip("fastapi")

import resvg_py
from tests.studio.server import LONG, QUICK, opened, photo

from huefold import svg

SIZE = (96, 64)


def prepared(visitor, served, options=QUICK, **form):
    """Open a new project of the small photo, with options; return its id."""
    project = served.project(**form)["id"]
    served.client.patch(f"/api/projects/{project}", json={"options": options})
    visitor.open(project)
    return project


@pytest.fixture(scope="module")
def finished(served):
    """Make a project with a drawing; each test gets a copy of its own."""
    project, _ = served.drawn()
    content = served.client.get(f"/api/projects/{project}/project.huefold").content

    def copy():
        answer = served.client.post("/api/projects", files={"project": ("small.huefold", content)})
        assert answer.status_code == 201, answer.text
        return answer.json()

    return copy


def kept_map(served, project):
    """Return the map that the server has, or None."""
    answer = served.client.get(f"/api/projects/{project}/map")
    return opened(answer) if answer.status_code == 200 else None


def rows(panel):
    """Return the rows of shapes in the layers panel."""
    return panel.locator(".layer:not(.layer-group):visible")


# --- photos in -----------------------------------------------------------------------------------------------


def test_a_dropped_photo_and_a_chosen_one_become_projects(visit, served):
    visitor = visit()
    visitor.arrive()
    visitor.drop("sofa.png", photo())
    visitor.opened()
    first = served.client.get(f"/api/projects/{visitor.project}").json()
    assert (first["name"], first["width"], first["height"]) == ("sofa", *SIZE)
    assert not visitor.page.locator("#empty").is_visible()
    visitor.page.goto(visitor.url)
    visitor.arrive()
    visitor.choose("chair.jpg", photo(48, 40, kind="JPEG"), "image/jpeg")
    visitor.opened()
    second = served.client.get(f"/api/projects/{visitor.project}").json()
    assert (second["name"], second["width"], second["height"]) == ("chair", 48, 40)


def test_a_photo_pasted_over_an_open_one_is_a_project_of_its_own(visit, served, finished):
    visitor = visit()
    visitor.open(finished()["id"])
    before = visitor.project
    visitor.page.evaluate(
        """(data) => {
          const transfer = new DataTransfer();
          const bytes = Uint8Array.from(data);
          transfer.items.add(new File([bytes], 'pasted.png', {type: 'image/png'}));
          window.dispatchEvent(new ClipboardEvent('paste', {clipboardData: transfer, cancelable: true}));
        }""",
        list(photo(40, 40)),
    )
    visitor.until(lambda: visitor.project not in ("", before), "the pasted photo is open")
    visitor.opened()
    assert served.client.get(f"/api/projects/{visitor.project}").json()["width"] == 40
    assert visitor.fills() == []


def test_a_sample_opens_at_a_click(visit):
    visitor = visit()
    visitor.arrive()
    visitor.button("Cup of coffee").click()
    visitor.opened()
    assert "600 \N{MULTIPLICATION SIGN} 400 px" in visitor.facts()
    assert visitor.page.title() == "Coffee - huefold studio"


# --- painting ------------------------------------------------------------------------------------------------


def test_paint_changes_the_map_and_reaches_the_server(visit, served):
    visitor = visit()
    project = prepared(visitor, served)
    assert visitor.picture((0.5, 0.5), "stage-overlay")[3] == 0
    visitor.stroke(visitor.at(SIZE, 0.3, 0.5), visitor.at(SIZE, 0.7, 0.5))
    assert visitor.picture((0.5, 0.5), "stage-overlay")[3] > 200
    visitor.until(lambda: kept_map(served, project) is not None, "the map is with the server")
    grey = kept_map(served, project)
    height, width = grey.shape
    assert grey[height // 2, int(0.4 * width) : int(0.6 * width)].min() == 255
    assert grey[height // 8].max() == 0
    visitor.button("Undo").click()
    visitor.until(lambda: kept_map(served, project) is None, "the map is gone from the server")
    assert visitor.picture((0.5, 0.5), "stage-overlay")[3] == 0
    visitor.page.keyboard.press("Control+Shift+Z")
    visitor.until(lambda: kept_map(served, project) is not None, "the map is back")
    assert np.array_equal(kept_map(served, project), grey)


def test_what_was_painted_is_what_the_job_follows(visit, served):
    visitor = visit()
    project = prepared(visitor, served)
    visitor.page.keyboard.press("m")
    visitor.stroke(visitor.at(SIZE, 0.02, 0.05), visitor.at(SIZE, 0.5, 0.95))
    visitor.drawn()
    job = served.client.get(f"/api/projects/{project}").json()["job"]
    assert job["options"]["saliency"] == "map"
    followed = opened(served.client.get(f"/api/jobs/{job['id']}/saliency.png"))
    assert followed[32, 24] == 255
    assert followed[32, 80] == 0


def test_automatic_guidance_is_seen_on_the_photo_and_drawn_with(visit, served):
    visitor = visit()
    project = prepared(visitor, served)
    visitor.page.get_by_role("radio", name="Automatic").click()
    visitor.button("Find again").wait_for()
    overlay = "() => document.querySelector('.stage-overlay').getContext('2d')"
    marked = f"({overlay})().getImageData(0, 0, 900, 500).data.some((value) => value > 0)"
    visitor.until(lambda: visitor.page.evaluate(marked), "what was found is shown")
    visitor.drawn()
    assert served.client.get(f"/api/projects/{project}").json()["job"]["options"]["saliency"] == "auto"


def test_words_say_what_they_need_where_the_models_are_missing(visit, served):
    how = served.client.get("/api/status").json()["prompt"]
    if how["available"]:
        pytest.skip("the models for words are installed here")
    visitor = visit()
    prepared(visitor, served)
    visitor.page.get_by_role("radio", name="In words").click()
    visitor.wait_text("#draw-guide", re.compile("pip install"))
    assert visitor.page.get_by_label("Look for").is_disabled()
    assert visitor.page.locator("#run").is_enabled()


# --- drawing -------------------------------------------------------------------------------------------------


def test_previews_come_while_it_draws_and_cancelling_keeps_the_best(visit, served):
    visitor = visit()
    prepared(visitor, served, LONG)
    visitor.run()
    assert visitor.previews(3) >= 3
    assert "Refining details" in visitor.page.locator(".run-stage").inner_text()
    visitor.panel("Layers")
    visitor.wait_text("#panel-layers", re.compile("can be changed when it is done"))
    visitor.panel("Draw")
    visitor.page.locator("#cancel").click()
    visitor.ended()
    visitor.wait_text("#draw-run", "Stopped; the drawing so far is kept.")
    job = served.client.get(f"/api/projects/{visitor.project}").json()["job"]
    assert (job["status"], job["has_drawing"]) == ("cancelled", True)
    scene = served.client.get(f"/api/jobs/{job['id']}/scene").json()
    visitor.wait_text("#run", "Continue")
    assert visitor.fills() == [path["fill"] for path in scene["paths"]]


def test_who_presses_run_before_a_stopped_drawing_has_come_goes_on_from_it(visit, served):
    visitor = visit()
    prepared(visitor, served, LONG)
    visitor.run()
    visitor.previews(1)
    held = []

    def hold(route):
        held.append(route)

    visitor.page.route("**/api/jobs/*/scene", hold)
    visitor.page.locator("#cancel").click()
    visitor.ended()
    visitor.until(lambda: held, "the page asks for what was drawn")
    visitor.page.locator("#run").click()
    visitor.wait_text("#run", "Starting…")
    with visitor.page.expect_request("**/api/jobs") as posted:
        held[0].continue_()
    assert 'name="resume"\r\n\r\ntrue' in posted.value.post_data
    visitor.page.locator("#cancel").click()
    visitor.ended()


def test_another_budget_goes_on_from_the_drawing(visit, finished, served):
    visitor = visit()
    project = finished()
    visitor.open(project["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    before = len(visitor.fills())
    budget = visitor.page.locator("#draw-budget")
    number = budget.get_by_role("spinbutton", name="Paths")
    number.fill("14")
    number.press("Enter")
    visitor.wait_text("#draw-run", "Goes on from this drawing to 14 paths.")
    assert "about" in budget.locator(".counts").inner_text()
    with visitor.page.expect_request("**/api/jobs") as posted:
        visitor.drawn()
    assert 'name="resume"\r\n\r\ntrue' in posted.value.post_data
    # A job ends before its drawing has come.
    visitor.until(lambda: before < len(visitor.fills()) <= 14, "the new drawing is shown")
    assert f"{len(visitor.fills())} paths" in visitor.facts()
    assert "about" not in budget.locator(".counts").inner_text()
    assert served.client.get(f"/api/projects/{project['id']}").json()["options"]["paths"] == 14


def test_the_regions_of_a_budget_are_shown_at_once_while_it_is_dragged(visit, served):
    visitor = visit()
    prepared(visitor, served, QUICK | {"paths": 40})
    visitor.page.locator("#draw-budget").get_by_text("Show the regions").click()
    colors = """() => {
      const context = document.querySelector('.stage-picture').getContext('2d');
      const {width, height} = context.canvas;
      const all = new Uint32Array(context.getImageData(0, 0, width, height).data.buffer);
      const counts = new Map();
      for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
      return [...counts.values()].filter((count) => count > 200).length;
    }"""
    visitor.until(lambda: visitor.page.evaluate(colors) <= 18, "the regions are shown")
    coarse = visitor.page.evaluate(colors)
    asked = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    ratio = visitor.page.locator("#draw-budget").get_by_role("slider", name="Structure")
    ratio.focus()
    for _ in range(4):
        visitor.page.keyboard.press("PageUp")
    visitor.until(lambda: visitor.page.evaluate(colors) > coarse, "more regions are shown")
    assert not [url for url in asked if "levels" in url]


def test_views_show_the_error_and_both_sides_of_the_divider(visit, finished):
    visitor = visit()
    visitor.open(finished()["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    with visitor.page.expect_response("**/error.png*") as answer:
        visitor.page.get_by_role("radio", name="Error").click()
    assert answer.value.status == 200
    visitor.page.keyboard.press("Alt+3")
    divider = visitor.page.get_by_role("slider", name="Divider between photo and drawing")
    divider.focus()
    visitor.page.keyboard.press("Home")
    assert divider.get_attribute("aria-valuenow") == "0"
    visitor.page.keyboard.press("Alt+5")
    structure = visitor.page.locator(".stage-drawing path:visible")
    visitor.until(lambda: 0 < structure.count() < 8, "only the structure is shown")


def test_the_error_is_shown_again_when_a_project_is_opened_again(visit, finished):
    visitor = visit()
    project = finished()["id"]
    visitor.open(project)
    visitor.until(visitor.fills, "the drawing is shown")
    for again in (False, True):
        if again:
            visitor.page.evaluate("location.hash = ''")
            visitor.until(lambda: not visitor.fills(), "the project is closed")
            visitor.page.evaluate("(id) => { location.hash = `p=${id}`; }", project)
            visitor.until(visitor.fills, "the drawing is shown again")
        with visitor.page.expect_response("**/error.png*"):
            visitor.page.get_by_role("radio", name="Error").click()


# --- layers and palette --------------------------------------------------------------------------------------


def test_layers_are_hidden_renamed_moved_and_deleted(visit, finished, served):
    visitor = visit()
    project = finished()
    visitor.open(project["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    before = visitor.fills()
    panel = visitor.panel("Layers")
    top = rows(panel).first
    top.hover()
    top.get_by_role("button", name=re.compile("^Hide")).click()
    visitor.until(lambda: visitor.fills() == before[:-1], "the topmost shape is hidden")
    top.get_by_role("button", name=re.compile("^Show")).click()
    visitor.until(lambda: visitor.fills() == before, "it is back")
    top.click()
    visitor.page.keyboard.press("Alt+ArrowDown")
    moved = [*before[:-2], before[-1], before[-2]]
    visitor.until(lambda: visitor.fills() == moved, "it lies one lower")
    visitor.page.keyboard.press("F2")
    visitor.page.keyboard.type("the handle")
    visitor.page.keyboard.press("Enter")
    panel.get_by_text("the handle").wait_for()
    visitor.page.keyboard.press("Delete")
    visitor.until(lambda: visitor.fills() == [*before[:-2], before[-2]], "it is deleted")
    for _ in range(2):
        visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == moved, "deleting and naming are undone")
    assert panel.get_by_text("the handle").count() == 0
    result = served.client.get(f"/api/projects/{project['id']}").json()["result"]
    edited = f"/api/jobs/{result}/scene?edits=1"
    visitor.until(
        lambda: [path["fill"] for path in served.client.get(edited).json()["paths"]] == moved, "it is kept"
    )


def test_the_background_is_a_shape_that_can_be_recoloured_and_hidden(visit, finished, served):
    visitor = visit()
    project = finished()
    visitor.open(project["id"])
    paths = visitor.until(visitor.fills, "the drawing is shown")
    color = visitor.background()
    panel = visitor.panel("Layers")
    bottom = rows(panel).last
    assert bottom.inner_text().strip() == "Background"
    bottom.click()
    visitor.page.keyboard.press("F2")
    assert bottom.locator("input").count() == 0  # it has no name in the file
    palette = visitor.panel("Palette")
    palette.get_by_role("listbox").get_by_role("option", name=color).click()
    palette.get_by_label("Colour", exact=True).fill("#00ff88")
    palette.get_by_label("Colour", exact=True).press("Enter")
    visitor.until(lambda: visitor.background() == "#00ff88", "it is recoloured")
    result = served.client.get(f"/api/projects/{project['id']}").json()["result"]

    def svg():
        return served.client.get(f"/api/jobs/{result}/drawing.svg?edits=1").text

    visitor.until(lambda: re.search('<rect [^>]*fill="#0f8"', svg()), "it is kept")
    visitor.panel("Layers")
    bottom.hover()
    bottom.get_by_role("button", name=re.compile("^Hide")).click()
    visitor.until(lambda: visitor.background() is None, "it is hidden")
    visitor.until(lambda: "<rect" not in svg(), "the file is transparent")
    assert svg().count("<path") == len(paths) == len(visitor.fills())


def test_a_click_on_the_canvas_selects_the_row_of_the_shape(visit, finished):
    visitor = visit()
    visitor.open(finished()["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    panel = visitor.panel("Layers")
    visitor.page.keyboard.press("v")
    visitor.page.mouse.click(*visitor.at(SIZE, 0.5, 0.5))
    visitor.until(lambda: panel.locator("[aria-selected=true]").count() == 1, "a row is selected")
    assert "1 selected" in panel.inner_text()
    colors = visitor.panel("Palette").locator("[aria-selected=true]")
    visitor.until(lambda: colors.count() == 1, "its colour is selected")
    visitor.panel("Layers")
    visitor.page.keyboard.press("Escape")
    visitor.until(lambda: panel.locator("[aria-selected=true]").count() == 0, "nothing is selected")
    visitor.panel("Palette")
    visitor.until(lambda: colors.count() == 0, "nor is a colour")


def test_a_colour_of_the_palette_recolours_all_its_shapes_and_comes_back_by_undo(visit, finished):
    visitor = visit()
    visitor.open(finished()["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    before = visitor.fills()
    panel = visitor.panel("Palette")
    panel.get_by_role("listbox").get_by_role("option").first.click()
    old = panel.get_by_label("Colour", exact=True).input_value()
    recoloured = ["#00ff88" if fill == old else fill for fill in before]
    panel.get_by_label("Colour", exact=True).fill("#00ff88")
    panel.get_by_label("Colour", exact=True).press("Enter")
    assert recoloured != before
    visitor.until(lambda: visitor.fills() == recoloured, "its shapes are recoloured")
    visitor.button("Undo").click()
    visitor.until(lambda: visitor.fills() == before, "they are as they were")
    visitor.button("Redo").click()
    visitor.until(lambda: visitor.fills() == recoloured, "they are recoloured again")
    panel.get_by_label("Colour", exact=True).fill("reddish")
    panel.get_by_label("Colour", exact=True).press("Enter")
    panel.get_by_text("Write a colour as #rrggbb or #rgb.").wait_for()
    assert visitor.fills() == recoloured


# --- files out -----------------------------------------------------------------------------------------------


def test_the_svg_is_the_drawing_that_the_page_shows_edits_included(visit, finished):
    visitor = visit(reduced_motion="reduce")
    visitor.open(finished()["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    panel = visitor.panel("Palette")
    panel.get_by_role("listbox").get_by_role("option").first.click()
    panel.get_by_label("Colour", exact=True).fill("#00ff88")
    panel.get_by_label("Colour", exact=True).press("Enter")
    visitor.until(lambda: "#00ff88" in visitor.fills(), "a colour is changed")
    shown = visitor.fills()
    name, content = visitor.take("SVG file")
    assert name == f"photo-{len(shown)}.svg"
    scene = svg.read_svg(content)
    assert len(scene.paths) == len(shown)
    assert "#0f8" in content.decode()
    visitor.page.keyboard.press("Escape")
    visitor.page.keyboard.press("1")
    visitor.page.keyboard.press("0")
    (left, top), (right, bottom) = visitor.at(SIZE, 0, 0), visitor.at(SIZE, 1, 1)
    box = visitor.page.locator("#stage").bounding_box()
    visitor.page.mouse.move(left - 15, top - 15)
    stage = visitor.shot()[
        round(top - box["y"]) : round(bottom - box["y"]), round(left - box["x"]) : round(right - box["x"])
    ]
    height, width = stage.shape[:2]
    drawn = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=content.decode(), width=width))))
    drawn = np.asarray(drawn.convert("RGB").resize((width, height)))
    differences = np.abs(stage.astype(int) - drawn).max(axis=2)
    # Edges lie up to half a pixel elsewhere; another drawing, or this one without its edit, is far from it.
    assert (differences > 24).mean() < 0.03
    assert (np.abs(stage.astype(int) - stage[::-1]).max(axis=2) > 24).mean() > 0.3


def test_a_file_comes_though_its_project_is_closed_meanwhile(visit, finished):
    visitor = visit()
    visitor.open(finished()["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    held = []
    visitor.page.route(
        "**/api/projects/*",
        lambda route: held.append(route) if route.request.method == "PATCH" else route.continue_(),
    )
    rows(visitor.panel("Layers")).first.click()
    visitor.page.keyboard.press("Delete")
    visitor.until(lambda: len(visitor.fills()) == 7, "a shape is deleted")
    with visitor.page.expect_download() as download:
        visitor.button("Export").click()
        visitor.page.get_by_role("menuitem", name="SVG file").click()
        visitor.until(lambda: held, "the change is on its way to the server")
        visitor.page.evaluate("location.hash = ''")
        visitor.button("Choose a photo").wait_for()
        held[0].continue_()
    assert download.value.suggested_filename == "photo-7.svg"


def test_a_png_of_any_width_the_map_and_copies_are_taken(visit, finished, served):
    visitor = visit(permissions=["clipboard-read", "clipboard-write"])
    project = finished()
    visitor.open(project["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    visitor.button("Export").click()
    visitor.page.get_by_role("menuitem", name="PNG image…").click()
    field = visitor.page.get_by_label("Width in pixels")
    field.fill("0")
    visitor.page.get_by_text("A whole number from 1 to 8,192.").wait_for()
    field.fill("300")
    visitor.page.get_by_text("300 by 200 pixels.").wait_for()
    with visitor.page.expect_download() as download:
        visitor.button("Download").click()
    assert download.value.suggested_filename == "photo-8-300px.png"
    with Image.open(download.value.path()) as picture:
        assert (picture.format, picture.size) == ("PNG", (300, 200))
    visitor.stroke(visitor.at(SIZE, 0.3, 0.5), visitor.at(SIZE, 0.7, 0.5))
    name, content = visitor.take("Map of what matters")
    assert name == "photo-map.png"
    visitor.until(lambda: kept_map(served, project["id"]) is not None, "the map is with the server")
    taken = np.asarray(Image.open(io.BytesIO(content)).convert("L"))
    assert np.array_equal(taken, kept_map(served, project["id"]))
    visitor.button("Export").click()
    visitor.page.get_by_role("menuitem", name="Copy SVG").click()
    visitor.wait_text("#toasts", "The SVG is on the clipboard.")
    copied = visitor.page.evaluate("() => navigator.clipboard.readText()")
    assert len(svg.read_svg(copied).paths) == 8


def test_a_project_file_reopens_everything(visit, finished, served):
    visitor = visit()
    project = finished()
    visitor.open(project["id"])
    visitor.until(visitor.fills, "the drawing is shown")
    visitor.stroke(visitor.at(SIZE, 0.3, 0.5), visitor.at(SIZE, 0.7, 0.5))
    panel = visitor.panel("Layers")
    rows(panel).first.click()
    visitor.page.keyboard.press("Delete")
    shown = visitor.until(lambda: len(visitor.fills()) == 7 and visitor.fills(), "a shape is deleted")
    name, content = visitor.take("Project file")
    assert name == "photo.huefold"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert json.loads(archive.read("project.json"))["format"] == "huefold-project"
    other = visit()
    other.arrive()
    other.choose(name, content, "application/zip")
    other.opened()
    assert other.project != project["id"]
    other.until(lambda: other.fills() == shown, "the edited drawing is shown")
    assert other.picture((0.5, 0.5), "stage-overlay")[3] > 0 or other.page.get_by_role(
        "radio", name="Drawing"
    )
    assert np.array_equal(kept_map(served, other.project), kept_map(served, project["id"]))
    assert served.client.get(f"/api/projects/{other.project}").json()["options"] == QUICK | {
        "saliency": "map"
    }
