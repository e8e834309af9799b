"""``huefold doctor``: what it finds, and that it notices what is wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

from huefold import selftest
from huefold.cli import main
from huefold.errors import HuefoldError
from huefold.native import instructions
from huefold.run import pipeline


def doctor(capsys, *arguments):
    with pytest.raises(SystemExit) as left:
        main(["doctor", *arguments])
    return left.value.code, capsys.readouterr()


@pytest.fixture
def quick(monkeypatch):
    """Leave out the self-test, which a test of its own makes."""
    monkeypatch.setattr(selftest, "try_out", lambda: selftest.Trial(True, 0.1, "12 paths"))


def test_all_is_well_here(capsys):
    code, said = doctor(capsys)
    assert code == 0
    assert "self-test   passed" in said.out
    assert "the same by one thread and two" in said.out
    for word in (
        "huefold     0.",
        "python ",
        "threads ",
        "numpy ",
        "Hugging Face cache:",
        f"kernels     {instructions()}",
    ):
        assert word in said.out


@pytest.mark.usefixtures("quick")
def test_json_says_the_same_to_programs(capsys):
    code, said = doctor(capsys, "--json")
    found = json.loads(said.out)
    assert code == 0
    assert found["versions"]["numpy"] == np.__version__
    assert found["threads"] >= 1
    assert found["trial"] == {"passed": True, "seconds": 0.1, "said": "12 paths"}
    assert set(found) == {
        "system",
        "versions",
        "extras",
        "weights",
        "threads",
        "folders",
        "kernels",
        "trial",
    }


@pytest.mark.usefixtures("quick")
def test_weights_are_listed_with_their_place(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.delenv("HUEFOLD_MODELS", raising=False)
    assert "weights     none found" in doctor(capsys)[1].out
    monkeypatch.setenv("HUEFOLD_MODELS", str(tmp_path))
    known = tmp_path / "openai" / "clip-vit-base-patch32"
    for folder in (known, tmp_path / "my-clip", tmp_path / "half"):
        folder.mkdir(parents=True)
        (folder / "config.json").write_text("{}")
        if folder.name != "half":
            (folder / "model.safetensors").write_bytes(b"weights")
    said = doctor(capsys)[1].out
    assert f"weights     openai/clip-vit-base-patch32 (text prompts): {known}" in said
    assert f"weights     my-clip: {tmp_path / 'my-clip'}" in said
    assert "half" not in said


@pytest.mark.usefixtures("quick")
def test_missing_extras_are_named_with_what_installs_them(capsys, monkeypatch):
    lines = [
        "numpy>=2.0",
        "no_such_package>=1 ; extra == 'models'",
        'numpy; extra == "more"',
        "x; extra == 'test'",
    ]
    monkeypatch.setattr(selftest.metadata, "requires", lambda _name: lines)
    said = doctor(capsys)[1].out
    assert "extra       models: no_such_package missing; pip install 'huefold[models]'" in said
    assert f"extra       more: numpy {np.__version__}\n" in said
    assert "test:" not in said


@pytest.mark.usefixtures("quick")
def test_folders_that_cannot_be_written_are_named(capsys, monkeypatch, tmp_path):
    file = tmp_path / "file"
    file.write_text("no folder")
    monkeypatch.setenv("HF_HUB_CACHE", str(file / "cache"))
    assert f"{file / 'cache'}, CANNOT BE WRITTEN" in doctor(capsys)[1].out


@pytest.mark.usefixtures("quick")
def test_kernels_that_cannot_be_loaded_are_told(capsys, monkeypatch):
    monkeypatch.setenv("HUEFOLD_INSTRUCTIONS", "avx9000")
    said = doctor(capsys)[1].out
    assert "kernels     CANNOT BE LOADED: HUEFOLD_INSTRUCTIONS is 'avx9000'" in said
    assert json.loads(doctor(capsys, "--json")[1].out)["kernels"].keys() == {"error"}


def raising(error):
    def vectorize(*_, **__):
        raise error

    return vectorize


@pytest.mark.parametrize(
    "error",
    [
        HuefoldError("the kernels\nare gone"),
        RuntimeError("something else"),
        OSError(28, "full"),
    ],
)
def test_a_self_test_that_fails_is_exit_code_1(capsys, monkeypatch, error):
    monkeypatch.setattr(pipeline, "vectorize", raising(error))
    code, said = doctor(capsys)
    assert code == 1
    assert f"FAILED in 0.0 s: {type(error).__name__}: " in said.out
    assert len(said.out.split("self-test")[1].strip().splitlines()) == 1


class Drawing:
    def __init__(self, svg, psnr):
        self.svg = svg
        self.report = type("R", (), {"fidelity": type("F", (), {"psnr": psnr})})


@pytest.mark.parametrize(
    ("drawings", "wrong"),
    [
        ([Drawing("<path/>" * 13, 30.0)] * 2, "13 paths drawn for a budget of 12"),
        ([Drawing("", 30.0)] * 2, "0 paths drawn"),
        ([Drawing("<path/>", 9.0)] * 2, "PSNR of 9.0 dB"),
        ([Drawing("<path/>", float("nan"))] * 2, "PSNR of nan dB"),
        ([Drawing("<path/>", 30.0), Drawing("<path />", 30.0)], "different files"),
    ],
)
def test_a_drawing_that_is_wrong_is_noticed(monkeypatch, drawings, wrong):
    left = list(drawings)
    monkeypatch.setattr(pipeline, "vectorize", lambda *_, **__: left.pop(0))
    trial = selftest.try_out()
    assert not trial.passed
    assert wrong in trial.said


def test_nothing_heavy_is_imported_to_look_around():
    import subprocess
    import sys

    code = "import sys; from huefold.selftest import diagnose; diagnose(); print('torch' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ran.stdout.strip() == "False"
