"""The studio's routes, on a server that runs."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path as PathOnDisk

import numpy as np
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")

from PIL import Image
from tests.studio_server import (
    QUICK,
    encoded,
    failure,
    grey_map,
    labels,
    opened,
    photo,
    running,
    told,
    until,
)

from huefold import render, svg
from huefold.options import Options
from huefold.scene import LinearGradient, Path, RadialGradient, Scene, Solid, Stop, contour_from_polygon
from huefold.studio.scenes import edited, scene_from_json, scene_to_json


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    with running(tmp_path_factory.mktemp("studio")) as server:
        yield server.ready()


@pytest.fixture(scope="module")
def drawn(studio):
    """A project with a finished job."""
    return studio.drawn()


# ---------------------------------------------------------------- what the studio is


def test_status_says_what_a_page_needs(studio):
    status = studio.client.get("/api/status").json()
    assert {"name": "coffee", "title": "Cup of coffee"} in status["samples"]
    assert status["limits"]["bytes"] == 64 << 20
    assert status["presets"] == ["fast", "balanced", "best", "paper"]
    assert status["token_required"] is False
    assert status["prompt"]["available"] or "pip install" in status["prompt"]["how"]


def test_options_are_those_of_huefold_and_none_that_names_a_file(studio):
    infos = {info["name"]: info for info in studio.client.get("/api/options").json()}
    assert infos["paths"]["default"] == Options().paths
    assert (infos["paths"]["minimum"], infos["paths"]["maximum"]) == (1, 65536)
    assert infos["saliency"]["choices"] == ["noise", "auto", "map"]
    kinds = {name: info["kind"] for name, info in infos.items()}
    assert kinds["seed"] == "integer"
    assert kinds["focus"] == "number"
    assert kinds["preset"] == "choice"
    assert kinds["background"] == "color"
    assert kinds["prompt"] == "texts"
    assert not {"models", "download", "mask", "prompt_model", "sam_model", "threads"} & infos.keys()


def test_the_defaults_of_all_options_are_accepted(studio):
    infos = studio.client.get("/api/options").json()
    budgets = {"nodes", "bytes", "psnr"}
    defaults = {info["name"]: info["default"] for info in infos if info["name"] not in budgets}
    project = studio.project()
    answer = studio.client.patch(f"/api/projects/{project['id']}", json={"options": defaults})
    assert answer.status_code == 200, answer.text


def test_the_documentation_covers_all_routes_and_loads_nothing_from_elsewhere(studio):
    document = studio.client.get("/openapi.json").json()
    page = studio.client.get("/docs").text
    for path in document["paths"]:
        assert f"</b> {path}</h3>" in page
    assert "/api/jobs/{key}/events" in document["paths"]
    assert not re.findall(r"https?://", page)
    assert "<script" not in page
    assert "color-scheme" in studio.client.get("/docs.css").text


def test_the_page_and_its_parts_come_with_a_strict_policy(studio):
    for path in ("/", "/static/index.html"):
        answer = studio.client.get(path)
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in answer.headers


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


# ---------------------------------------------------------------- news


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
        lambda: studio.context.queue.news(studio.context.store.job(job["id"])).scene_version >= 2,
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
    studio.client.post(f"/api/jobs/{job['id']}/cancel")
    ended = studio.ended(job["id"])
    with studio.client.stream("GET", path) as stream:
        assert [data["status"] for _, data, _ in told(stream)] == [ended["status"]]


# ---------------------------------------------------------------- the examples of the documentation


def blocks(language):
    page = PathOnDisk(__file__).parents[1] / "docs" / "studio-api.md"
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))


@pytest.mark.skipif(
    not (shutil.which("curl") and shutil.which("bash")), reason="the examples need bash and curl"
)
def test_the_examples_for_the_shell_run(studio, tmp_path):
    (tmp_path / "photo.jpg").write_bytes(photo(kind="JPEG"))
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", blocks("sh")],
        cwd=tmp_path,
        env={**os.environ, "STUDIO": studio.url},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "drawing.svg").read_text().startswith("<svg")
    assert "#f80" in (tmp_path / "edited.svg").read_text()
    assert "event: scene" in (tmp_path / "news.txt").read_text()


def test_the_example_in_python_runs(studio, tmp_path, monkeypatch, capsys):
    (tmp_path / "photo.jpg").write_bytes(photo(kind="JPEG"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STUDIO", studio.url)
    exec(compile(blocks("python"), "studio-api.md", "exec"), {})
    said = capsys.readouterr().out.splitlines()
    assert said[-2] == "1.0"
    assert said[-1].endswith(" bytes")


def test_every_route_is_in_the_examples(studio):
    page = blocks("sh")
    for path, methods in studio.client.get("/openapi.json").json()["paths"].items():
        names = "PROJECT" if "/projects" in path else "(JOB|MORE|RESULT)"
        pattern = r"\$STUDIO" + re.escape(path).replace(r"\{key\}", r"\$" + names) + r"[?\"]"
        assert re.search(pattern, page), path
        for method in methods.keys() - {"get", "post"}:
            assert re.search(f'-X {method.upper()} "{pattern}', page), (method, path)


# ---------------------------------------------------------------- scenes as data


def test_all_kinds_of_fills_come_back_from_data():
    stops = (Stop(0.0, (1, 0, 0)), Stop(0.25, (0, 1, 0), 0.5), Stop(1.0, (0, 0, 1)))
    fills = (
        Solid((0.2, 0.4, 0.6)),
        LinearGradient((1, 2), (30, 4), stops),
        RadialGradient((5, 5), 4, stops, focus=(6, 5), transform=(1, 0.5, -0.5, 1, 2, 3)),
    )
    outlines = (
        contour_from_polygon([(-1, 0), (12345.67, 0), (3, 8)]),
        contour_from_polygon([(2, 1), (4, 1), (3, 2)]),
    )
    paths = tuple(
        Path(outlines, fill, 0.5, "evenodd", "detail", f"d{k}", "a cat") for k, fill in enumerate(fills)
    )
    values = scene_to_json(Scene(40, 30, None, paths), size=7)
    assert json.loads(json.dumps(values)) == values
    again = scene_from_json(values)
    assert scene_to_json(again, size=7) == values
    for path, same in zip(again.paths, paths, strict=True):
        assert path.fill == same.fill
        assert all(np.allclose(a, b, atol=0.006) for a, b in zip(path.contours, same.contours, strict=True))


def test_new_paths_stay_above_the_one_that_they_were_painted_after():
    square = contour_from_polygon([(0, 0), (1, 0), (1, 1)])
    scene = Scene(4, 4, None, tuple(Path((square,), Solid((0, 0, 0)), id=key) for key in "abcd"))
    for order, expected in (
        (["d", "b"], "adbc"),
        (["x", "c", "b", "a", "d"], "cbad"),
        ([], "abcd"),
        (["d"], "abcd"),
    ):
        assert "".join(path.id for path in edited(scene, {"order": order}).paths) == expected


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
