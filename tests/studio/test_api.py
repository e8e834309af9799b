"""The studio's routes, on a server that runs: what it says of itself, and the examples of its documentation."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path as PathOnDisk

import pytest

pytest.importorskip("fastapi")
pytest.importorskip("uvicorn")
pytest.importorskip("python_multipart")

from tests.studio.server import (
    photo,
)

from huefold.options import Options

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


# ---------------------------------------------------------------- the examples of the documentation


def blocks(language):
    page = PathOnDisk(__file__).parents[2] / "docs" / "studio-api.md"
    return "\n".join(re.findall(rf"```{language}\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL))


@pytest.mark.slow
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
    assert "event: scene" in (tmp_path / "events.txt").read_text()


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
