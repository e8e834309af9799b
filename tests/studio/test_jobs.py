"""Jobs of the studio: drawings, edits, events, on a server that runs."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")

from tests.studio.server import (
    QUICK,
    failure,
    grey_map,
    opened,
    photo,
    told,
    until,
)

from huefold import render, svg


@pytest.fixture(scope="module")
def drawn(served):
    """A project with a finished job."""
    return served.drawn()


# ---------------------------------------------------------------- jobs and drawings


def test_a_job_ends_with_a_drawing_and_a_report(studio, drawn):
    project, job = drawn
    assert job["status"] == "done"
    assert job["overall"] == 1.0
    assert job["position"] is None
    assert job["has_drawing"] is True
    assert job["report"]["paths"]["asked"] == 8
    assert job["created"] <= job["started"] <= job["finished"]
    there = studio.client.get(f"/api/projects/{project}").json()
    assert there["result"] == there["job"]["id"] == job["id"]
    assert there["options"] == QUICK


def test_the_scene_and_the_files_show_the_same(studio, drawn):
    _, job = drawn
    path = f"/api/jobs/{job['id']}"
    scene = studio.client.get(f"{path}/scene").json()
    text = studio.client.get(f"{path}/drawing.svg")
    assert text.headers["content-type"].startswith("image/svg+xml")
    assert text.headers["content-disposition"].startswith("attachment")
    assert "sandbox" in text.headers["content-security-policy"]
    read = svg.read_svg(text.content)
    assert [entry["id"] for entry in scene["paths"]] == [entry.id for entry in read.paths]
    assert scene["bytes"] == len(text.content) == job["report"]["bytes"]
    assert scene["nodes"] == job["report"]["nodes"]
    assert all(re.fullmatch(r"(M[-\d. e]+(C[-\d. e]+)+Z)+", entry["d"]) for entry in scene["paths"])
    drawing = opened(studio.client.get(f"{path}/drawing.png", params={"width": 192}))
    expected = np.round(render.rasterize(read, width=192)[:, :, :3] * 255)
    assert np.abs(drawing - expected).max() <= 1
    assert opened(studio.client.get(f"{path}/drawing.png")).shape == (64, 96, 3)


def test_pictures_beside_a_drawing(studio, drawn):
    _, job = drawn
    path = f"/api/jobs/{job['id']}"
    assert opened(studio.client.get(f"{path}/error.png")).shape == (64, 96, 3)
    assert opened(studio.client.get(f"{path}/saliency.png")).shape == (64, 96)
    failure(studio.client.get(f"{path}/drawing.png?width=0"), 422)
    failure(studio.client.get(f"{path}/drawing.png?width=16000"), 413)


def test_edits_shape_what_is_taken_away_and_stay_with_their_drawing(studio):
    project, job = studio.drawn()
    path = f"/api/jobs/{job['id']}"
    ids = [entry["id"] for entry in studio.client.get(f"{path}/scene").json()["paths"]]
    edits = {"order": ids[::-1], "deleted": [ids[1]], "hidden": [ids[2]], "fills": {ids[0]: "#00FF00"}}
    edits |= {"names": {ids[3]: "the <sofa>"}, "locked": [ids[0]]}
    kept = studio.client.patch(f"/api/projects/{project}", json={"edits": edits}).json()["edits"]
    assert kept["fills"] == {ids[0]: "#00ff00"}
    scene = studio.client.get(f"{path}/scene?edits=1").json()
    assert [entry["id"] for entry in scene["paths"]] == [
        key for key in ids[::-1] if key not in (ids[1], ids[2])
    ]
    assert scene["paths"][-1]["fill"] == "#00ff00"
    text = studio.client.get(f"{path}/drawing.svg?edits=1").content
    assert scene["bytes"] == len(text)
    assert "the <sofa>" in {entry.name for entry in svg.read_svg(text).paths}
    top = opened(studio.client.get(f"{path}/drawing.png?edits=1"))
    assert (top == (0, 255, 0)).all(axis=2).any()
    assert len(studio.client.get(f"{path}/scene").json()["paths"]) == len(ids)
    newer = studio.ended(studio.job(project)["id"])
    assert studio.client.get(f"/api/projects/{project}").json()["edits"]["deleted"] == []
    late = {"edits": {"deleted": [ids[0]]}, "result": job["id"]}
    studio.client.patch(f"/api/projects/{project}", json=late)
    assert len(studio.client.get(f"{path}/scene?edits=1").json()["paths"]) == len(ids) - 1
    everything = studio.client.get(f"/api/jobs/{newer['id']}/scene").json()
    assert studio.client.get(f"/api/jobs/{newer['id']}/scene?edits=1").json() == everything


def test_edits_need_a_drawing(studio):
    path = f"/api/projects/{studio.project()['id']}"
    failure(studio.client.patch(path, json={"edits": {"deleted": ["s0"]}}), 409)
    assert studio.client.patch(path, json={"edits": {}}).status_code == 200


def test_a_photo_and_a_map_alone_make_a_job(studio):
    files = {"photo": ("../../sofa.png", photo()), "map": ("map.png", grey_map())}
    answer = studio.client.post("/api/jobs", files=files, data={"options": json.dumps(QUICK)})
    job = studio.ended(answer.json()["id"])
    assert job["status"] == "done", job["error"]
    assert job["options"]["saliency"] == "map"
    assert studio.client.get(f"/api/projects/{job['project']}").json()["name"] == "sofa"
    followed = opened(studio.client.get(f"/api/jobs/{job['id']}/saliency.png"))
    assert followed[:, :40].min() == 255
    assert followed[:, 56:].max() == 0


def test_a_job_keeps_the_map_that_it_was_given(studio):
    project = studio.project()
    path = f"/api/projects/{project['id']}/map"
    studio.client.put(path, content=grey_map())
    job = studio.job(project["id"])
    studio.client.delete(path)
    job = studio.ended(job["id"])
    assert job["status"] == "done", job["error"]
    assert opened(studio.client.get(f"/api/jobs/{job['id']}/saliency.png"))[0, 0] == 255


def test_an_empty_map_guides_nothing_and_a_missing_one_is_told(studio):
    project = studio.project()
    studio.client.put(f"/api/projects/{project['id']}/map", content=grey_map(value=0))
    job = studio.ended(studio.job(project["id"])["id"])
    assert any("nothing is painted" in note for note in job["report"]["notes"])
    job = studio.ended(studio.job(studio.project()["id"], QUICK | {"saliency": "map"})["id"])
    assert job["status"] == "failed"
    assert "paint one" in job["error"]["message"]


def test_a_drawing_is_gone_on_from(studio):
    project, _ = studio.drawn()
    job = studio.ended(studio.job(project, QUICK | {"paths": 12}, resume="true")["id"])
    assert job["status"] == "done", job["error"]
    assert 8 < job["report"]["paths"]["drawn"] <= 12


def test_drawings_are_those_that_huefold_makes(studio, drawn):
    import huefold

    _, job = drawn
    expected = huefold.vectorize(photo(), **QUICK)
    assert studio.client.get(f"/api/jobs/{job['id']}/drawing.svg").text == expected.svg


def test_jobs_are_listed_and_removed(studio):
    _, job = studio.drawn()
    assert job["id"] in {one["id"] for one in studio.client.get("/api/jobs").json()}
    assert studio.client.delete(f"/api/jobs/{job['id']}").status_code == 204
    failure(studio.client.get(f"/api/jobs/{job['id']}"), 404)
    failure(studio.client.get(f"/api/jobs/{job['id']}/scene"), 404)


def test_jobs_need_one_source_and_readable_options(studio):
    failure(studio.client.post("/api/jobs"), 400)
    failure(studio.client.post("/api/jobs", data={"project": "0" * 16}), 404)
    project = studio.project()["id"]
    failure(studio.client.post("/api/jobs", data={"project": project, "options": "{"}), 422)
    failure(studio.client.post("/api/jobs", data={"project": project, "options": "[1]"}), 422)


# ---------------------------------------------------------------- events


def test_news_begin_with_the_job_and_end_with_its_end(studio):
    project = studio.project()
    job = studio.job(project["id"], QUICK | {"preset": "balanced"})
    with studio.client.stream("GET", f"/api/jobs/{job['id']}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        events = list(told(stream))
    kinds = [kind for kind, _, _ in events]
    jobs = [data for kind, data, _ in events if kind == "job"]
    assert kinds[0] == kinds[-1] == "job"
    assert "scene" in kinds
    assert jobs[-1]["status"] == "done"
    assert all(one["status"] in ("waiting", "running") for one in jobs[:-1])
    overall = [one["overall"] for one in jobs]
    assert overall == sorted(overall)
    previews = [data for kind, data, _ in events if kind == "scene"]
    assert {"width", "height", "background", "paths", "bytes", "nodes"} == previews[0].keys()


def test_who_comes_later_is_told_at_once_what_was_missed(studio):
    project = studio.project()
    job = studio.job(project["id"], {"paths": 60, "preset": "best"})
    until(
        lambda: studio.context.queue.events(studio.context.store.job(job["id"])).scene_version >= 2,
        "previews come",
    )
    path = f"/api/jobs/{job['id']}/events"
    with studio.client.stream("GET", path) as stream:
        (first, _, _), (second, _, number) = told(stream, most=2)
    assert (first, second) == ("job", "scene")
    assert number >= 2
    with studio.client.stream("GET", path, headers={"Last-Event-ID": str(number)}) as stream:
        later = [seen for kind, _, seen in told(stream, most=3) if kind == "scene"]
    assert all(seen > number for seen in later)
    with studio.client.stream("GET", path, headers={"Last-Event-ID": "9" * 5000}) as stream:
        assert [kind for kind, _, _ in told(stream, most=2)] == ["job", "scene"]
    studio.client.post(f"/api/jobs/{job['id']}/cancel")
    ended = studio.ended(job["id"])
    with studio.client.stream("GET", path) as stream:
        assert [data["status"] for _, data, _ in told(stream)] == [ended["status"]]
