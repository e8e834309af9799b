"""The first run on a machine, when kernels are compiled."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from huefold.cli import main
from huefold.scene import Scene
from huefold.svg import write_svg


def picture(height=48, width=64):
    rng = np.random.default_rng(3)
    blocks = rng.random((6, 8, 3))
    photo = np.kron(blocks, np.ones((height // 6, width // 8, 1)))
    return (photo * 255).astype(np.uint8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Folder of a photo, a drawing and a map, on a machine where nothing is compiled."""
    Image.fromarray(picture()).save(tmp_path / "photo.png")
    (tmp_path / "in.svg").write_text(write_svg(Scene(64, 48, (0.5, 0.5, 0.5))))
    monkeypatch.setattr("huefold.run.warmup.is_compiled", lambda: False)
    monkeypatch.setattr("huefold.run.warmup.ensure_compiled", lambda say: say("compiling kernels"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("flag", ["--saliency", "--mask"])
@pytest.mark.parametrize("command", [["vectorize"], ["refine", "in.svg"]])
def test_a_map_on_a_first_run_is_checked_before_kernels_are_compiled(folder, capsys, command, flag):
    Image.new("L", (10, 90), 9).save(folder / "map.png")
    with pytest.raises(SystemExit) as left:
        main([*command, "photo.png", "-o", "o.svg", flag, "map.png"])
    said = capsys.readouterr().err
    assert left.value.code == 1
    assert "aspect ratios differ" in said and "compiling" not in said
    assert not (folder / "o.svg").exists()


@pytest.mark.parametrize(
    "command",
    [
        ["vectorize", "--paths", "4", "--rounds", "1", "--preset", "fast"],
        ["refine", "in.svg", "--steps", "1"],
    ],
)
def test_a_first_run_shows_the_photo_loaded_once_before_kernels_are_compiled(folder, capsys, command):
    with pytest.raises(SystemExit) as left:
        main([*command, "photo.png", "-o", str(folder / "o.svg")])
    shown = [line.split()[0] for line in capsys.readouterr().err.splitlines()]
    assert left.value.code == 0
    assert shown[:2] == ["load", "compiling"] and shown.count("load") == 1


@pytest.mark.parametrize(
    ("error", "code"),
    [("cannot cache function 'f': no locator available for file 'k.py'", 1), ("other", None)],
)
def test_no_place_for_compiled_kernels_is_told_in_one_line(monkeypatch, capsys, error, code):
    def fail(**_):
        raise RuntimeError(error)

    # By its module: the package hands out the group of commands under the same name.
    monkeypatch.setattr(import_module("huefold.cli.app").app, "main", fail)
    if code is None:
        with pytest.raises(RuntimeError, match="other"):
            main(["vectorize"])
        return
    with pytest.raises(SystemExit) as left:
        main(["vectorize"])
    said = capsys.readouterr().err
    assert (left.value.code, said.count("\n")) == (code, 1)
    assert "set NUMBA_CACHE_DIR" in said
