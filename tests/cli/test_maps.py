"""Maps and masks in files: one that does not fit the photo is refused before anything is drawn."""

from __future__ import annotations

import pytest
from PIL import Image

from huefold.cli import main
from huefold.scene import Scene
from huefold.svg import write_svg


@pytest.mark.parametrize("flag", ["--saliency", "--mask"])
@pytest.mark.parametrize("command", [["vectorize"], ["refine", "in.svg"]])
def test_a_map_of_other_proportions_is_refused(tmp_path, monkeypatch, capsys, command, flag):
    monkeypatch.chdir(tmp_path)
    Image.new("RGB", (64, 48), (200, 90, 10)).save("photo.png")
    Image.new("L", (10, 90), 9).save("map.png")
    (tmp_path / "in.svg").write_text(write_svg(Scene(64, 48, (0.5, 0.5, 0.5))))
    with pytest.raises(SystemExit) as left:
        main([*command, "photo.png", "-o", "o.svg", flag, "map.png"])
    assert left.value.code == 1
    assert "aspect ratios differ" in capsys.readouterr().err
    assert not (tmp_path / "o.svg").exists()
