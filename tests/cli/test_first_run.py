"""The first run on a machine, when kernels are compiled."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from huefold.cli import main


def picture(height=48, width=64):
    rng = np.random.default_rng(3)
    blocks = rng.random((6, 8, 3))
    photo = np.kron(blocks, np.ones((height // 6, width // 8, 1)))
    return (photo * 255).astype(np.uint8)


def test_a_map_on_a_first_run_is_checked_before_kernels_are_compiled(tmp_path, monkeypatch, capsys):
    Image.fromarray(picture()).save(tmp_path / "photo.png")
    Image.new("L", (10, 90), 9).save(tmp_path / "map.png")
    monkeypatch.setattr("huefold.run.warmup.is_compiled", lambda: False)
    photo, output, drawn_map = (str(tmp_path / name) for name in ("photo.png", "o.svg", "map.png"))
    with pytest.raises(SystemExit) as left:
        main(["vectorize", photo, "-o", output, "--saliency", drawn_map])
    said = capsys.readouterr().err
    assert left.value.code == 1
    assert "aspect ratios differ" in said and "compiling" not in said
    assert not (tmp_path / "o.svg").exists()


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
