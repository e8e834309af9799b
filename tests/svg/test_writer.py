"""What `write_svg` promises: few bytes, nothing visible lost, and the same bytes the second time."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from tests.svg.contours import parse_path, quantized

from huefold.errors import SvgError
from huefold.render import rasterize
from huefold.scene import Path, Scene, Solid, contour_from_polygon
from huefold.svg import read_svg, write_svg
from huefold.svg.coordinate_grid import to_grid
from huefold.svg.pathdata import format_number, format_path

RED = Solid((1.0, 0.0, 0.0))


def blob(rng, center, radius, nodes):
    angle = np.arange(3 * nodes) / (3 * nodes) * 2 * np.pi
    reach = radius * (1 + 0.2 * rng.normal(size=3 * nodes))
    return np.stack([center[0] + reach * np.cos(angle), center[1] + reach * np.sin(angle)], axis=1)


def random_scene(seed, *, width, height, paths, radius):
    """Blobs in 8-bit colours, so that only coordinates are left to round."""
    rng = np.random.default_rng(seed)

    def color():
        return tuple(rng.integers(0, 256, 3) / 255.0)

    return Scene(
        width,
        height,
        color(),
        tuple(
            Path(
                (blob(rng, rng.uniform((0, 0), (width, height)), rng.uniform(2, radius), 5),),
                Solid(color()),
                opacity=float(rng.choice([1.0, 0.7])),
                fill_rule="evenodd" if k % 7 == 0 else "nonzero",
                role="structural" if k < paths // 2 else "detail",
                id=f"p{k}",
            )
            for k in range(paths)
        ),
    )


def path_data(*contours, decimals=2):
    arrays = [np.asarray(contour, dtype=float) for contour in contours]
    placed = [quantized(contour, decimals) for contour in arrays]
    return format_path([to_grid(contour, decimals) for contour in placed])


@pytest.mark.parametrize(
    ("units", "decimals", "text"), [(0, 3, "0"), (50, 2, ".5"), (-5, 2, "-.05"), (-1200, 2, "-12")]
)
def test_numbers_are_as_short_as_can_be(units, decimals, text):
    assert format_number(units, decimals) == text


@given(st.integers(-(10**9), 10**9), st.integers(0, 4))
def test_numbers_keep_their_value(units, decimals):
    text = format_number(units, decimals)
    assert round(float(text) * 10**decimals) == units
    assert not re.search(r"^-?0\d|\.$|\.\d*0$|^-?0\.|^-0?$", text)


def test_straight_segments_become_lines_and_repeats_are_implied():
    corners = [(1, 1), (3.5, 2.25), (3.5, 8), (2, 8), (1.5, 7.5)]
    assert path_data(contour_from_polygon(corners)) == "m1 1 2.5 1.25v5.75h-1.5l-.5-.5z"


def test_smooth_joints_use_the_short_curve():
    first = [(0, 0), (0, 1), (1, 2), (2, 2), (3, 2), (4, 1)]
    assert path_data([*first, (4, 0), (3, -1), (1, -1)]) == "m0 0c0 1 1 2 2 2s2-1 2-2c-1-1-3-1-4 0z"


def test_neighbouring_fractions_need_no_separator():
    assert (
        path_data(contour_from_polygon([(0.5, 0.25), (0.75, 0.5), (0, 3)]))
        == "m.5.25.25.25L"[:-1] + "-.75 2.5z"
    )


def test_a_second_contour_starts_relative_to_the_first():
    square = contour_from_polygon([(10, 10), (20, 10), (20, 20), (10, 20)])
    assert path_data(square, square[::-1] * 0.5 + 10) == path_data(square) + path_data(square[::-1] * 0.5)


def test_a_contour_smaller_than_the_grid_is_still_a_path():
    speck = contour_from_polygon([(5.001, 5.001), (5.002, 5.001), (5.001, 5.002)])
    assert path_data(speck) == "m5 5z"
    np.testing.assert_array_equal(parse_path("m5 5z")[0], [(5, 5)] * 3)


def test_flat_curve_that_overshoots_its_chord_is_no_line():
    overshooting = [(0, 0), (-4, 0), (14, 0), (10, 0), (10, 5), (0, 5)]
    assert path_data(overshooting).startswith("m0 0c-4 0 14 0 10 0")


def test_errors_do_not_add_up_along_a_path():
    angle = np.linspace(0, 2 * np.pi, 900, endpoint=False)
    contour = np.stack([300 + 200.123 * np.cos(angle), 300 + 200.123 * np.sin(angle)], axis=1)
    for decimals in (1, 2, 3):
        (back,) = parse_path(format_path([to_grid(contour, decimals)]))
        assert np.abs(back[::3] - contour[::3]).max() <= 0.5 * 10.0**-decimals + 1e-9


def test_only_what_differs_from_the_default_is_written():
    square = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    plain = write_svg(Scene(4, 4, (1, 1, 1), (Path((square,), RED),)))
    assert "fill-rule" not in plain and "opacity" not in plain and "<g" not in plain and "title" not in plain
    full = write_svg(
        Scene(4, 4, (1, 1, 1), (Path((square,), RED, opacity=0.5, fill_rule="evenodd", name="a & <b>"),))
    )
    assert 'fill-opacity=".5" fill-rule="evenodd"' in full and "<title>a &amp; &lt;b&gt;</title>" in full
    assert read_svg(full).paths[0].name == "a & <b>"


def test_roles_ids_and_painters_order_survive():
    square = contour_from_polygon([(0, 0), (4, 0), (4, 4), (0, 4)])
    roles = ["other", "structural", "structural", "detail", "structural", "other", "detail"]
    paths = [Path((square,), RED, role=role, id=f"p{k}") for k, role in enumerate(roles)]
    text = write_svg(Scene(4, 4, (1, 1, 1), paths))
    assert re.findall(r'<g id="([^"]+)"', text) == ["structure", "details", "structure-2", "details-2"]
    back = read_svg(text)
    assert [path.role for path in back.paths] == roles
    assert [path.id for path in back.paths] == [path.id for path in paths]


@pytest.mark.parametrize("ids", [("a", "a"), ("structure", "b"), ("a", "details-2"), ("two words", "b")])
def test_ids_that_xml_cannot_hold_are_refused(ids):
    paths = [Path((contour_from_polygon([(0, 0), (4, 0), (4, 4)]),), RED, id=name) for name in ids]
    with pytest.raises(SvgError, match="id"):
        write_svg(Scene(4, 4, (1, 1, 1), paths))


def test_names_that_xml_cannot_hold_are_refused():
    path = Path((contour_from_polygon([(0, 0), (4, 0), (4, 4)]),), RED, name="bell\x07")
    with pytest.raises(SvgError, match="XML"):
        write_svg(Scene(4, 4, (1, 1, 1), (path,)))


coordinates = (
    st.floats(-50, 150, allow_nan=False)
    | st.integers(-50, 150)
    | st.integers(-500, 1500).map(lambda v: v / 10)
)
contours = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.tuples(coordinates, coordinates), min_size=3 * n, max_size=3 * n).map(
        lambda points: np.array(points, dtype=float)
    )
)
polygons = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=5).map(contour_from_polygon)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(contours | polygons, max_size=3), max_size=3), st.floats(0, 1))
def test_written_read_and_written_again_is_the_same_text(shapes, opacity):
    paths = [Path(tuple(shape), RED, opacity=opacity, id=f"p{k}") for k, shape in enumerate(shapes)]
    text = write_svg(Scene(100, 80, (0.2, 0.4, 0.6), paths))
    again = read_svg(text)
    assert len(again.paths) == len(paths)
    assert write_svg(again) == text


def test_large_canvases_are_rounded_without_a_look():
    small = random_scene(5, width=120, height=90, paths=6, radius=40)
    large = Scene(4000, 3000, small.background, small.paths)
    text = write_svg(large)
    assert len(text) < 1.1 * len(write_svg(small))
    change = np.abs(
        drawn_at_twice_the_size(small)
        - drawn_at_twice_the_size(replace(read_svg(text), width=small.width, height=small.height))
    )
    assert change.max() <= 1.0 / 255.0


def drawn_at_twice_the_size(scene, *, finer=4):
    """Render at twice the original size, `finer` times as fine to make flattening exact enough."""
    picture = rasterize(scene, width=2 * finer * scene.width)[..., :3].astype(np.float64)
    shape = (2 * scene.height, finer, 2 * scene.width, finer, 3)
    return picture.reshape(shape).mean(axis=(1, 3))


@pytest.mark.parametrize(
    ("seed", "paths", "radius"), [(0, 40, 50), (1, 150, 20), (2, 300, 4), (3, 3, 90), (4, 60, 200)]
)
def test_rounding_changes_no_pixel_by_more_than_one_level_at_twice_the_size(seed, paths, radius):
    scene = random_scene(seed, width=120, height=90, paths=paths, radius=radius)
    text = write_svg(scene)
    change = np.abs(drawn_at_twice_the_size(scene) - drawn_at_twice_the_size(read_svg(text)))
    assert change.max() <= 1.0 / 255.0


def test_low_contrast_paths_get_fewer_decimals():
    def decimals(fill):
        scene = random_scene(5, width=120, height=90, paths=1, radius=40)
        path = replace(scene.paths[0], fill=Solid(fill), opacity=1.0)
        d = re.search(r' d="([^"]+)"', write_svg(Scene(120, 90, (0.5, 0.5, 0.5), (path,))))[1]
        return max(len(number) for number in re.findall(r"\.(\d+)", d))

    assert decimals((0.51, 0.5, 0.5)) < decimals((0.6, 0.5, 0.5)) < decimals((1.0, 1.0, 1.0))


def test_hidden_paths_get_few_decimals():
    scene = random_scene(6, width=120, height=90, paths=1, radius=30)
    cover = Path((contour_from_polygon([(-9, -9), (129, -9), (129, 99), (-9, 99)]),), Solid((0, 0, 0)))
    text = write_svg(replace(scene, paths=(*scene.paths, cover)))
    assert max(len(n) for n in re.findall(r"\.(\d+)", re.search(r' d="([^"]+)"', text)[1])) == 1


def test_pictures_with_very_long_outlines_are_written_with_safe_precision(monkeypatch):
    monkeypatch.setattr("huefold.svg.precision._MAX_SAMPLES", 10)
    scene = random_scene(7, width=120, height=90, paths=30, radius=40)
    text = write_svg(scene)
    change = np.abs(drawn_at_twice_the_size(scene) - drawn_at_twice_the_size(read_svg(text)))
    assert change.max() <= 1.0 / 255.0
    assert write_svg(read_svg(text)) == text


def test_an_independent_renderer_draws_the_same():
    resvg_py = pytest.importorskip("resvg_py")
    scene = random_scene(8, width=96, height=64, paths=60, radius=25)
    text = write_svg(scene)
    png = resvg_py.svg_to_bytes(svg_string=text, width=96 * 16)
    theirs = np.asarray(Image.open(io.BytesIO(bytes(png))).convert("RGB"), dtype=np.float64) / 255.0
    ours = rasterize(scene, width=96 * 16)[..., :3]
    # resvg samples coverage 4 x 4 times a pixel; the mean over blocks takes that noise away.
    difference = np.abs((theirs - ours).reshape(128, 8, 192, 8, 3).mean(axis=(1, 3))) * 255.0
    assert difference.mean() < 0.5
    assert difference.max() < 4.0
