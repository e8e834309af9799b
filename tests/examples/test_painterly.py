"""The painterly example, for a few iterations."""

from __future__ import annotations

import importlib.util
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from huefold.render import Topology, rasterize
from huefold.svg import read_svg

EXAMPLE = Path(__file__).parents[2] / "examples" / "painterly.py"


@pytest.fixture(scope="module")
def painterly():
    spec = importlib.util.spec_from_file_location("painterly", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A picture of a sun over a hill, 96 x 64."""
    y, x = np.mgrid[:64, :96]
    picture = np.full((64, 96, 3), (120, 170, 230), np.uint8)
    picture[(x - 60) ** 2 + (y - 20) ** 2 < 120] = (250, 220, 80)
    picture[y > 45 + 8 * np.sin(x / 20)] = (40, 110, 50)
    path = tmp_path_factory.mktemp("photo") / "hill.png"
    Image.fromarray(picture).save(path)
    return path


def run(painterly, photo, output, *extra):
    arguments = [
        str(photo),
        "-o",
        str(output),
        "--paths",
        "12",
        "--iterations",
        "40",
        "--pixels",
        "1536",
        *extra,
    ]
    painterly.main(arguments)
    return output.read_text(encoding="utf-8")


def error(svg, photo):
    with Image.open(photo) as image:
        picture = np.asarray(image) / 255.0
    return float(((rasterize(read_svg(svg))[..., :3] - picture) ** 2).mean())


def test_the_file_has_the_photos_size_and_is_closer_to_it_than_the_start(painterly, photo, tmp_path, capsys):
    start = run(painterly, photo, tmp_path / "start.svg", "--iterations", "1")
    svg = run(painterly, photo, tmp_path / "out.svg")
    assert svg.count("<path") == 12
    scene = read_svg(svg)
    assert (scene.width, scene.height) == (96, 64)
    assert error(svg, photo) < 0.6 * error(start, photo)
    assert "in 40 iterations" in capsys.readouterr().out


def test_the_same_seed_gives_the_same_file(painterly, photo, tmp_path):
    one, same, other = (
        run(painterly, photo, tmp_path / f"{index}.svg", "--seed", seed) for index, seed in enumerate("001")
    )
    assert one == same
    assert one != other


@pytest.mark.slow
@pytest.mark.skipif(find_spec("torch") is None, reason="needs PyTorch (pip install 'huefold[torch]')")
def test_both_ways_take_the_same_steps(painterly):
    rng = np.random.default_rng(3)
    target = rng.random((20, 30, 3)).astype(np.float32)
    scene = painterly.random_curves(Topology.closed_curves(6, 4), target, 60.0, 40.0, rng)
    plain, losses = painterly.fit(scene, target, painterly.RATES, 6)
    taped, torch_losses = painterly.fit_torch(scene, target, painterly.RATES, 6)
    np.testing.assert_allclose(torch_losses, losses, rtol=1e-3)
    np.testing.assert_allclose(taped.colors, plain.colors, atol=1e-3)
    np.testing.assert_allclose(taped.opacities, plain.opacities, atol=1e-3)
