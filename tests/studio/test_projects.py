"""Projects of the studio: photos, maps, regions, levels, and project files."""

from __future__ import annotations

import io
import json
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")

from PIL import Image
from tests.studio.server import (
    QUICK,
    encoded,
    failure,
    grey_map,
    labels,
    opened,
    photo,
)

# ---------------------------------------------------------------- projects


def test_a_photo_becomes_a_project_and_is_shown_upright(studio):
    turned = Image.open(io.BytesIO(photo(96, 64)))
    exif = Image.Exif()
    exif[0x0112] = 6
    project = studio.project(encoded(turned, "JPEG", exif=exif), name="  My\nphoto ")
    assert (project["width"], project["height"]) == (64, 96)
    assert project["name"] == "My photo"
    shown = opened(studio.client.get(f"/api/projects/{project['id']}/photo"))
    assert shown.shape[:2] == (96, 64)
    assert opened(studio.client.get(f"/api/projects/{project['id']}/thumbnail")).shape[:2] == (96, 64)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF"])
def test_all_kinds_of_photos_are_taken(studio, kind):
    project = studio.project(photo(40, 30, kind=kind))
    assert (project["width"], project["height"]) == (40, 30)


def test_photos_with_many_bits_a_channel_and_with_transparency_are_shown(studio):
    deep = np.linspace(0, 65535, 40 * 30).astype(np.uint16).reshape(30, 40)
    project = studio.project(encoded(Image.fromarray(deep)))
    shown = opened(studio.client.get(f"/api/projects/{project['id']}/photo"))
    assert shown[0].mean() < 20 < 235 < shown[-1].mean()
    clear = Image.new("RGBA", (20, 10), (255, 0, 0, 0))
    project = studio.project(encoded(clear))
    shown = opened(studio.client.get(f"/api/projects/{project['id']}/photo"))
    assert (shown[:, :, 3] == 0).all()


def test_a_photo_is_reduced_to_the_side_asked_for(studio):
    project = studio.project(photo(1400, 700, kind="JPEG"))
    key = project["id"]
    assert opened(studio.client.get(f"/api/projects/{key}/photo?size=512")).shape == (256, 512, 3)
    assert opened(studio.client.get(f"/api/projects/{key}/photo")).shape == (700, 1400, 3)
    assert opened(studio.client.get(f"/api/projects/{key}/thumbnail")).shape == (160, 320, 3)
    failure(studio.client.get(f"/api/projects/{key}/photo?size=0"), 422)


def test_samples_become_projects(studio):
    answer = studio.client.post("/api/projects", data={"sample": "coffee"})
    assert answer.status_code == 201
    assert (answer.json()["width"], answer.json()["height"]) == (600, 400)
    failure(studio.client.post("/api/projects", data={"sample": "../../etc/passwd"}), 404)


def test_typed_names_are_kept_and_files_are_named_after_them(studio):
    project, job = studio.drawn()
    answer = studio.client.patch(
        f"/api/projects/{project}", json={"name": "Sofa 1/2", "edits": {"names": {"s0": "sky\\cloud / blue"}}}
    )
    assert answer.json()["name"] == "Sofa 1/2"
    assert answer.json()["edits"]["names"] == {"s0": "sky\\cloud / blue"}
    saved = studio.client.get(f"/api/projects/{project}/project.huefold")
    drawing = studio.client.get(f"/api/jobs/{job['id']}/drawing.svg?edits=1")
    for one, ending in ((saved, "huefold"), (drawing, "svg")):
        assert f"Sofa%201-2.{ending}" in one.headers["content-disposition"]
    again = studio.client.post("/api/projects", files={"project": ("a.huefold", saved.content)}).json()
    assert (again["name"], again["edits"]["names"]) == ("Sofa 1/2", {"s0": "sky\\cloud / blue"})


def test_a_project_goes_back_to_an_earlier_drawing_until_there_is_a_newer_one(studio):
    project, first = studio.drawn()
    path = f"/api/projects/{project}"
    studio.client.patch(path, json={"result": first["id"], "edits": {"deleted": ["d0"]}})
    second = studio.ended(studio.job(project, QUICK | {"seed": 1})["id"])
    answer = studio.client.get(path).json()
    assert (answer["result"], answer["edits"]["deleted"]) == (second["id"], [])
    assert answer["before"] == first["id"]
    answer = studio.client.patch(path, json={"drawing": first["id"]}).json()
    assert answer["before"] is None
    assert (answer["result"], answer["edits"]["deleted"]) == (first["id"], ["d0"])
    assert answer["job"]["id"] == second["id"]
    saved = studio.client.get(f"{path}/project.huefold").content
    again = studio.client.post("/api/projects", files={"project": ("a.huefold", saved)}).json()
    assert again["edits"]["deleted"] == ["d0"]
    third = studio.ended(studio.job(project, QUICK | {"paths": 9}, resume="true")["id"])
    assert studio.context.store.job(third["id"]).resume == first["id"]
    assert studio.client.get(path).json()["result"] == third["id"]
    failure(studio.client.patch(path, json={"drawing": "0" * 16}), 404)
    other = studio.client.patch(f"/api/projects/{again['id']}", json={"drawing": first["id"]})
    assert failure(other, 409)["field"] == "drawing"


def test_one_thing_is_sent_at_a_time(studio):
    failure(studio.client.post("/api/projects"), 400)
    both = studio.client.post("/api/projects", data={"sample": "coffee"}, files={"photo": ("a.png", photo())})
    failure(both, 400)


def test_projects_are_listed_newest_first_changed_and_removed(studio):
    first, second = studio.project(name="one"), studio.project(name="two")
    listed = [project["id"] for project in studio.client.get("/api/projects").json()]
    assert listed.index(second["id"]) < listed.index(first["id"])
    path = f"/api/projects/{first['id']}"
    changed = studio.client.patch(path, json={"name": "better", "options": {"paths": 9}, "marks": [{"x": 1}]})
    assert (changed.json()["name"], changed.json()["options"]) == ("better", {"paths": 9})
    studio.client.patch(path, json={"options": {}})
    again = studio.client.get(path).json()
    assert (again["name"], again["options"], again["marks"]) == ("better", {}, [{"x": 1}])
    assert studio.client.delete(path).status_code == 204
    failure(studio.client.get(path), 404)
    assert not (studio.settings.folder / "projects" / first["id"]).exists()


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"paths": 0}, "paths"),
        ({"paths": "many"}, "paths"),
        ({"preset": "slow"}, "preset"),
        ({"saliency": "/etc/passwd"}, "saliency"),
        ({"segmenter": "given"}, "segmenter"),
        ({"download": True}, "download"),
        ({"models": "/"}, "models"),
        ({"prompt": ["a" * 201]}, "prompt"),
        ({"prompt": ["a cat"], "saliency": "map"}, "prompt"),
        ({"background": "url(x)"}, "background"),
        ({"paths": 4, "nodes": 100}, None),
    ],
)
def test_options_that_cannot_be_are_refused_by_name(studio, options, field):
    project = studio.project()
    error = failure(studio.client.patch(f"/api/projects/{project['id']}", json={"options": options}), 422)
    assert error["field"] == field
    answer = studio.client.post("/api/jobs", data={"project": project["id"], "options": json.dumps(options)})
    assert failure(answer, 422)["field"] == field
    assert "\n" not in error["message"]


def test_marks_are_kept_within_bounds(studio):
    path = f"/api/projects/{studio.project()['id']}"
    failure(studio.client.patch(path, json={"marks": ["x" * 300_000]}), 413)
    answer = studio.client.patch(
        path, content=b'{"marks": [NaN]}', headers={"content-type": "application/json"}
    )
    failure(answer, 422)


# ---------------------------------------------------------------- maps, regions, levels


def test_a_map_is_kept_as_grey_and_can_be_removed(studio):
    path = f"/api/projects/{studio.project()['id']}"
    failure(studio.client.get(f"{path}/map"), 404)
    changed = studio.client.put(f"{path}/map", content=grey_map(48, 32)).json()
    assert (changed["has_map"], changed["map_version"]) == (True, 1)
    kept = opened(studio.client.get(f"{path}/map"))
    assert kept.shape == (32, 48)
    assert kept[0, 0] == 255
    assert kept[0, -1] == 0
    assert studio.client.delete(f"{path}/map").json()["has_map"] is False
    failure(studio.client.get(f"{path}/map"), 404)


@pytest.mark.slow
def test_a_map_that_is_replaced_and_removed_meanwhile_is_read_whole_or_not_there(studio):
    path = f"/api/projects/{studio.project()['id']}/map"
    maps = [grey_map(48, 32), grey_map(96, 64, value=90)]
    ended = threading.Event()

    def change():
        for number in range(40):
            studio.client.put(path, content=maps[number % 2])
            studio.client.delete(path)
        ended.set()

    with ThreadPoolExecutor() as pool:
        changing = pool.submit(change)
        answers = []
        while not ended.is_set():
            answers.append(studio.client.get(path))
            assert not changing.done() or changing.result() is None
    assert {answer.status_code for answer in answers} <= {200, 404}
    assert {opened(answer).shape for answer in answers if answer.status_code == 200} <= {(32, 48), (64, 96)}
    assert len(answers) > 40


def test_maps_of_other_proportions_or_kinds_are_refused(studio):
    path = f"/api/projects/{studio.project()['id']}/map"
    assert "proportions" in failure(studio.client.put(path, content=grey_map(64, 64)), 422)["message"]
    failure(studio.client.put(path, content=b"not a picture"), 422)
    failure(studio.client.put(path, content=b""), 400)


def test_regions_tile_the_photo(studio):
    path = f"/api/projects/{studio.project()['id']}/regions"
    found = labels(opened(studio.client.get(path, params={"count": 20})))
    assert found.shape == (64, 96)
    assert sorted(np.unique(found)) == list(range(20))
    failure(studio.client.get(path, params={"count": 1}), 422)


def test_levels_give_every_cut_of_one_tree(studio):
    project = studio.project()
    path = f"/api/projects/{project['id']}/levels"
    levels = studio.client.get(path).json()
    leaves = labels(opened(studio.client.get(f"{path}.png")))
    finest = levels["finest"]
    assert leaves.shape == (levels["height"], levels["width"])
    assert sorted(np.unique(leaves)) == list(range(finest))
    assert len(levels["colors"]) == len(levels["counts"]) == finest + len(levels["merges"])
    parents = {}
    for k, (a, b) in enumerate(levels["merges"]):
        assert a not in parents
        assert b not in parents
        assert max(a, b) < finest + k
        parents[a] = parents[b] = finest + k
        assert levels["counts"][finest + k] == levels["counts"][a] + levels["counts"][b]
    assert levels["counts"][:finest] == np.bincount(leaves.ravel()).tolist()
    sent = opened(studio.client.get(f"/api/projects/{project['id']}/photo"))
    mean = sent[leaves == 0].mean(axis=0)
    assert np.abs(mean - levels["colors"][0]).max() < 12  # the photo is shown as a JPEG


def test_levels_follow_the_map(studio):
    project = studio.project(photo(seed=3))
    path = f"/api/projects/{project['id']}"
    before = studio.client.get(f"{path}/levels").content
    assert studio.client.get(f"{path}/levels").content == before
    studio.client.put(f"{path}/map", content=grey_map())
    assert studio.client.get(f"{path}/levels").content != before


@pytest.mark.slow
def test_what_stands_out_is_found_and_words_say_what_they_need(studio):
    path = f"/api/projects/{studio.project()['id']}/saliency"
    found = opened(studio.client.post(path, json={"source": "auto"}))
    assert found.shape == (64, 96)
    assert found.max() > found.min()
    failure(studio.client.post(path, json={"source": "elsewhere"}), 422)
    assert failure(studio.client.post(path, json={"source": "prompt"}), 422)["field"] == "prompt"
    if not studio.client.get("/api/status").json()["prompt"]["available"]:
        error = failure(studio.client.post(path, json={"source": "prompt", "prompt": ["a cat"]}), 409)
        assert "hf download" in error["message"]


# ---------------------------------------------------------------- project files


def test_a_project_file_reopens_everything(studio):
    project, job = studio.drawn()
    path = f"/api/projects/{project}"
    studio.client.put(f"{path}/map", content=grey_map())
    scene = studio.client.get(f"/api/jobs/{job['id']}/scene").json()
    change = {"name": "So/fa", "edits": {"deleted": [scene["paths"][0]["id"]]}, "marks": [1, 2]}
    studio.client.patch(path, json=change)
    saved = studio.client.get(f"{path}/project.huefold")
    assert saved.headers["content-type"] == "application/zip"
    answer = studio.client.post("/api/projects", files={"project": ("a.huefold", saved.content)})
    assert answer.status_code == 201, answer.text
    again = answer.json()
    assert again["id"] != project
    before = studio.client.get(path).json()
    same = ("name", "width", "height", "options", "edits", "marks", "has_map")
    assert [again[name] for name in same] == [before[name] for name in same]
    assert again["job"]["report"] == before["job"]["report"]
    copied = studio.client.get(f"/api/jobs/{again['result']}/scene").json()
    assert copied == scene
    kept = opened(studio.client.get(f"/api/projects/{again['id']}/map"))
    assert (kept == opened(studio.client.get(f"{path}/map"))).all()
    assert not list((studio.settings.folder / "projects" / project).glob("*.part"))


def _project_file(**changes):
    about = {"format": "huefold-project", "version": 1, "name": "a", "options": {}}
    members = {"project.json": json.dumps(about), "photo": photo()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **changes}.items():
            if content is not None:
                archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"PK\x03\x04 cut short", 415),
        (_project_file(photo=None), 415),
        (_project_file(photo=b"<svg/>"), 415),
        (_project_file(**{"project.json": "{}"}), 415),
        (_project_file(**{"project.json": '{"format": "huefold-project", "marks": NaN}'}), 415),
        (_project_file(**{"project.json": "[" * 100_000}), 415),
        (_project_file(**{"drawing.svg": "<html/>"}), 415),
        (_project_file(**{"map.png": b"x"}), 422),
        (_project_file(**{"drawing.svg": b" " * (33 << 20)}), 413),
        (_project_file(**{f"more{k}": b"" for k in range(100)}), 415),
        (
            _project_file(**{"project.json": '{"format": "huefold-project", "options": {"models": "/"}}'}),
            422,
        ),
    ],
    ids=[
        "cut",
        "no photo",
        "bad photo",
        "no format",
        "nan",
        "deep",
        "bad drawing",
        "bad map",
        "bomb",
        "many",
        "options",
    ],
)
def test_project_files_are_not_believed(studio, content, status):
    folders = set((studio.settings.folder / "projects").iterdir())
    failure(studio.client.post("/api/projects", files={"project": ("a.huefold", content)}), status)
    assert set((studio.settings.folder / "projects").iterdir()) == folders


def _saying(more):
    """Return a project file whose description goes on with this JSON, with a drawing."""
    text = '{"format": "huefold-project", "version": 1, ' + more + "}"
    drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64"><path d="M0 0H9V9Z"/></svg>'
    return {"project": ("a.huefold", _project_file(**{"project.json": text, "drawing.svg": drawing}))}


def test_numbers_beyond_json_in_a_project_file_spoil_nothing(studio):
    for part in ('"marks": [1e999]', '"edits": {"order": [-1e999]}', '"name": 1e999'):
        failure(studio.client.post("/api/projects", files=_saying(part)), 415)
    assert studio.client.get("/api/jobs").status_code == 200


@pytest.mark.parametrize(
    "report", ["7", "{}", '{"paths": null, "nodes": "many", "fidelity": []}', '{"a": 1e999}', "[[[]]]"]
)
def test_a_report_that_is_none_is_not_kept(studio, report):
    answer = studio.client.post("/api/projects", files=_saying(f'"report": {report}'))
    assert answer.status_code == 201, answer.text
    assert answer.json()["job"]["report"] is None
    assert studio.client.get("/api/projects").status_code == 200


def test_long_descriptions_do_not_end_the_helper_worker(studio):
    pid = studio.context.helper.process.pid
    text = '{"format": "huefold-project", "marks": "' + "\u00e9" * 3_900_000 + '"}'
    content = _project_file(**{"project.json": text.encode()})
    error = failure(studio.client.post("/api/projects", files={"project": ("a.huefold", content)}), 413)
    assert error["field"] == "marks"
    assert studio.context.helper.process.pid == pid


def test_a_drawing_of_another_size_is_refused_before_it_is_drawn(studio):
    thin = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="100000"><path d="M0 0H9V9Z"/></svg>'
    content = _project_file(**{"drawing.svg": thin})
    error = failure(studio.client.post("/api/projects", files={"project": ("a.huefold", content)}), 415)
    assert "another size" in error["message"]


def test_members_with_paths_for_names_go_nowhere(studio):
    content = _project_file(**{"../../evil": b"x", "/tmp/huefold-evil": b"x"})
    answer = studio.client.post("/api/projects", files={"project": ("a.huefold", content)})
    assert answer.status_code == 201
    assert not list(studio.settings.folder.rglob("*evil*"))


def test_a_drawing_in_a_project_file_is_written_anew(studio):
    hostile = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="96" height="64"><script>alert(1)</script>'
        '<path id="a" onclick="alert(1)" d="M0 0H9V9Z"/></svg>'
    )
    answer = studio.client.post(
        "/api/projects", files={"project": ("a.huefold", _project_file(**{"drawing.svg": hostile}))}
    )
    assert answer.status_code == 201, answer.text
    text = studio.client.get(f"/api/jobs/{answer.json()['result']}/drawing.svg").text
    assert "script" not in text
    assert "onclick" not in text
    assert 'id="a"' in text
