"""Guidance with names: marks into one map, focus in all three places, names of paths, and what the report says."""

from __future__ import annotations

import itertools
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from benchmarks import guidance as benchmark
from huefold import recolor, refine, refine_drawing, vectorize
from huefold.cli import main
from huefold.errors import HuefoldError, OptionError, SaliencyError
from huefold.images import load_image
from huefold.metrics.error_weights import least_weight
from huefold.options import Options
from huefold.render import rasterize
from huefold.run.guidance import NamedMap, find_guidance, name_paths, named_shares
from huefold.saliency import Box, Found, Phrase, Point, Prompt, RegionAt
from huefold.scene import Path, Scene, Solid, contour_from_polygon
from huefold.svg import read_svg

HEIGHT, WIDTH = 60, 90


def picture(seed=0):
    """Three fields, each with texture of its own to spend paths on."""
    rng = np.random.default_rng(seed)
    rgb = np.empty((HEIGHT, WIDTH, 3))
    for k, color in enumerate([(0.8, 0.3, 0.2), (0.2, 0.7, 0.3), (0.3, 0.3, 0.8)]):
        blocks = rng.normal(0, 0.15, (12, 6, 3)).repeat(5, axis=0).repeat(5, axis=1)
        rgb[:, 30 * k : 30 * k + 30] = np.array(color) + blocks
    return np.clip(rgb, 0, 1)


def field(k):
    """Mask of one of the fields."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[:, 30 * k : 30 * k + 30] = True
    return mask


def photo():
    return load_image(picture())


def fast(**values):
    return vectorize(picture(), **({"paths": 40, "rounds": 3, "preset": "fast"} | values))


@pytest.fixture(scope="module")
def named():
    return fast(saliency={"left": field(0), "right": (field(2), -1.0)})


# --- marks into maps ---


def test_weights_raise_and_lower():
    found = find_guidance(
        {"a": (field(0), 0.5), "b": Box(20, 0, 60, 60), "c": (Box(50, 0, 90, 60), -0.25)}, photo()
    )
    row = found.saliency[30]
    assert (row[10], row[25], row[45], row[55], row[70]) == (0.5, 1.0, 1.0, 0.75, 0.0)
    assert [(part.name, part.weight) for part in found.named] == [("a", 0.5), ("b", 1.0), ("c", -0.25)]


def test_where_only_less_is_asked_all_the_rest_matters():
    found = find_guidance({"left": (field(0), -1.0)}, photo())
    np.testing.assert_array_equal(found.saliency, ~field(0))


def test_marks_are_in_pixels_of_the_photo():
    small = load_image(np.kron(picture(), np.ones((4, 4, 1))), max_pixels=HEIGHT * WIDTH)
    assert small.rgb.shape[:2] == (HEIGHT, WIDTH) and small.width == 4 * WIDTH
    box = find_guidance({"x": Box(120, 0, 240, 240)}, small)
    np.testing.assert_array_equal(box.saliency, field(1))
    point = find_guidance({"x": Point(180, 120, radius=40)}, small).saliency
    assert point[29:31, 44:46].min() > 0.9 and np.count_nonzero(point) < 3.2 * 10**2


def test_a_point_takes_the_region_beneath_it():
    flat = np.zeros((HEIGHT, WIDTH, 3))
    flat[field(1)] = (1.0, 0.5, 0.0)
    flat[20:40, 40:50] = (0.0, 0.5, 1.0)
    region = find_guidance({"x": RegionAt(44, 31)}, load_image(flat)).saliency
    inside = np.zeros((HEIGHT, WIDTH), bool)
    inside[20:40, 40:50] = True
    assert region[31, 44] == 1.0 and not region[~inside].any()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({}, "no named map"),
        ({"": field(0)}, "name"),
        ({3: field(0)}, "name"),
        ({"a": (field(0), 2)}, "weight of 'a'"),
        ({"a": (field(0), True)}, "weight of 'a'"),
        ({"a": field(0).T}, "aspect"),
        ({"a": np.zeros((HEIGHT, WIDTH))}, "zero"),
        ({"a": None}, "path, a PIL image or an array"),
        ({"a": RegionAt(90, 3)}, "outside the 90x60 photo"),
        ({"a": Box(100, 0, 120, 5)}, "covers nothing"),
    ],
)
def test_marks_that_do_not_fit_are_told_in_one_line(source, message):
    with pytest.raises((SaliencyError, OptionError), match=re.escape(message)) as caught:
        find_guidance(source, photo())
    assert "\n" not in str(caught.value)


# --- focus ---


def test_saliency_reaches_merging_seeding_and_the_loss(monkeypatch):
    """The three places where guidance acts, and all of them by the same map."""
    seen = {}
    merge, fit = recolor.recolor, refine.refine

    def watch_merge(rgb, partition, saliency, *, settings, **rest):
        seen["merging"] = settings.saliency_floor + (1 - settings.saliency_floor) * saliency
        return merge(rgb, partition, saliency, settings=settings, **rest)

    def watch_fit(rgb, scene, saliency, *, weight, settings, **rest):
        seen.update(seeding=saliency, loss=weight, draft=settings.draft_pixels)
        return fit(rgb, scene, saliency, weight=weight, settings=settings, **rest)

    monkeypatch.setattr(recolor, "recolor", watch_merge)
    monkeypatch.setattr(refine, "refine", watch_fit)
    fast(saliency=field(0), focus=0.75, paths=4)
    least = least_weight(0.75, share=1 / 3)
    for place in ("merging", "seeding", "loss"):
        inside, outside = seen[place][field(0)], seen[place][~field(0)]
        assert np.ptp(inside) == np.ptp(outside) == 0
        assert outside[0] / inside[0] == pytest.approx(least, rel=1e-4), place
    guided = seen["draft"]
    fast(paths=4)
    assert seen["loss"] is None and seen["draft"] < guided


def test_no_focus_draws_as_without_guidance():
    plain, given = fast(), fast(saliency={"left": field(0)}, focus=0.0)
    names = re.compile(r"<g id=\"left[^>]*>.*\n|<title>.*</title>")
    without = [line for line in given.svg.splitlines() if line.startswith("<path")]
    assert without == [line for line in plain.svg.splitlines() if line.startswith("<path")]
    assert names.search(given.svg) and not names.search(plain.svg)


@pytest.mark.slow
def test_more_focus_less_error_inside_and_more_outside():
    inside = []
    outside = []
    for focus in (0.0, 0.5, 1.0):
        pairs = []
        for seed in range(3):
            rgb = picture(seed)
            drawn = vectorize(rgb, paths=40, rounds=3, preset="fast", saliency=field(1), focus=focus).render()
            squared = ((drawn[:, :, :3] - rgb) ** 2).mean(axis=2)
            pairs.append((squared[field(1)].mean(), squared[~field(1)].mean()))
        mean = np.mean(pairs, axis=0)
        inside.append(mean[0])
        outside.append(mean[1])
    assert inside[0] > inside[1] > inside[2]
    assert outside[0] < outside[1] < outside[2]
    assert inside[1] < 0.7 * inside[0]


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_the_least_weight_falls_with_focus_and_rises_with_the_share(a, b, share):
    low, high = sorted((a, b))
    assert 0 < least_weight(high, share) <= least_weight(low, share) <= 1
    assert least_weight(share, low) <= least_weight(share, high)
    assert least_weight(0.0, share) == 1.0


def test_at_half_focus_what_matters_has_four_fifths_of_the_weight():
    for share in (0.1, 0.3, 0.6):
        outside = least_weight(0.5, share) * (1 - share)
        assert share / (share + outside) == pytest.approx(0.8)


@pytest.mark.parametrize("focus", [-0.1, 1.5, float("nan"), "much", True, None])
def test_focus_out_of_bounds_is_told_in_one_line(focus):
    with pytest.raises(OptionError, match=r"^focus must be a number from 0 to 1, got "):
        Options(focus=focus)


# --- names ---


def square(x, y, size, **values):
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    return Path((contour_from_polygon(corners),), Solid((0.5, 0.5, 0.5)), **values)


def test_a_path_is_named_by_most_of_what_shows_of_it():
    left, right = np.zeros((10, 20), np.float32), np.zeros((10, 20), np.float32)
    left[:, :10], right[:, 10:] = 1.0, 0.3  # a map's own largest value is what counts
    scene = Scene(
        20,
        10,
        (1, 1, 1),
        (
            square(5, 0, 10),  # half each: neither
            square(4, 0, 10),  # more of it left, but what shows is right: the next one covers the rest
            square(0, 0, 11),
            square(12, 2, 3),
            square(13, 3, 1),  # hidden by the next one, named by where it lies
            square(12, 2, 3, name="kept"),
        ),
    )
    parts = [NamedMap("left", left), NamedMap("right", right)]
    names = [path.name for path in name_paths(scene, parts).paths]
    assert names[1:] == ["right", "left", "right", "right", "right"]
    alone = Scene(20, 10, (1, 1, 1), scene.paths[:1])
    assert name_paths(alone, parts).paths[0].name is None


def test_of_several_masks_the_smallest_names():
    whole, part = np.ones((10, 10), np.float32), np.zeros((10, 10), np.float32)
    part[:5] = 1.0
    scene = Scene(10, 10, (1, 1, 1), (square(0, 0, 4), square(5, 6, 4)))
    for parts in itertools.permutations([NamedMap("cat & sofa", whole), NamedMap("cat", part)]):
        assert [path.name for path in name_paths(scene, parts).paths] == ["cat", "cat & sofa"]


def slow_names(scene, parts):
    """By drawing each path's visible pixels, one after another, at whole-pixel squares."""
    owner = np.full((scene.height, scene.width), -1)
    boxes = []
    for k, path in enumerate(scene.paths):
        (x0, y0), (x1, y1) = path.contours[0].min(axis=0), path.contours[0].max(axis=0)
        boxes.append(np.s_[int(max(y0, 0)) : int(y1), int(max(x0, 0)) : int(x1)])
        owner[boxes[-1]] = k
    for k, box in enumerate(boxes):
        shown = owner == k
        if not shown.any():
            shown[box] = True
        found = [part for part in parts if shown.any() and part.mask[shown].mean() > 0.5]
        yield min(found, key=lambda part: part.mask.sum()).name if found else None


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_names_agree_with_a_slow_twin(data):
    corner = st.tuples(st.integers(0, 10), st.integers(0, 7), st.integers(1, 5))
    scene = Scene(12, 9, (1, 1, 1), [square(*where) for where in data.draw(st.lists(corner, max_size=6))])
    parts = []
    for k in range(data.draw(st.integers(1, 4))):
        plane = np.zeros((9, 12), np.float32)
        plane[: 2 + k, : data.draw(st.integers(1, 12))] = 1.0  # sizes may be equal: then the first one names
        parts.append(NamedMap(f"n{k}", plane))
    assert [path.name for path in name_paths(scene, parts).paths] == list(slow_names(scene, parts))


def test_names_are_in_the_drawing_and_the_report(named):
    names = [path.name for path in named.scene.paths]
    assert {"left", "right", None} == set(names)
    assert [path.name for path in read_svg(named.svg).paths] == names
    left, right = named.report.named
    assert (left.name, left.weight, right.name, right.weight) == ("left", 1.0, "right", -1.0)
    assert left.paths == names.count("left") > 2 * right.paths
    assert left.share == left.paths / len(names) and left.area == pytest.approx(1 / 3)
    assert left.details == sum(path.name == "left" and path.role == "detail" for path in named.scene.paths)
    squared = ((named.render()[:, :, :3] - picture()) ** 2).mean(axis=2)
    assert left.mse == pytest.approx(squared[field(0)].mean(), rel=1e-3)
    assert left.psnr == pytest.approx(-10 * np.log10(left.mse))
    assert left.mse < right.mse
    told = json.loads(json.dumps(named.report.to_dict()))["named"]
    assert [entry["name"] for entry in told] == ["left", "right"]


def test_an_exact_drawing_survives_json():
    rgb = np.full((4, 4, 3), 0.5, np.float32)
    (share,) = named_shares(Scene(4, 4, (0.5,) * 3), [NamedMap("all", np.ones((4, 4), np.float32))], rgb, rgb)
    assert share.psnr == np.inf and share.share == 0.0
    assert json.loads(json.dumps(share.to_dict(), allow_nan=False))["psnr"] is None


def test_phrases_become_names_unless_they_are_absent(monkeypatch):
    planes = [field(k).astype(np.float32) for k in range(3)]
    wanted = (Phrase("the sofa", planes[0], 0.9), Phrase("a dragon", planes[1], 0.1))
    found = Found(planes[0], wanted, (Phrase("the wall", planes[2], 0.8),))
    monkeypatch.setattr(Prompt, "predict", lambda *_, **__: found)
    result = fast(saliency=Prompt(("the sofa", "a dragon"), ("the wall",)), paths=12)
    assert [(share.name, share.weight) for share in result.report.named] == [
        ("the sofa", 1.0),
        ("the wall", -1.0),
    ]
    assert '<g id="the-sofa"><title>the sofa</title>' in result.svg
    assert any("a dragon" in note for note in result.report.notes)


def test_refining_keeps_names_and_follows_the_focus(named):
    before = {path.id: path.name for path in named.scene.paths}
    moved = np.roll(picture(), 7, axis=1)  # to which no path is fitted yet
    errors = []
    for focus in (0.0, 1.0):
        refined = refine_drawing(named.svg, moved, saliency={"left": field(0)}, focus=focus, steps=200)
        assert {path.id: path.name for path in refined.scene.paths} == before
        drawn = rasterize(refined.scene)[:, :, :3]
        errors.append(((drawn - moved) ** 2)[field(0)].mean())
    assert errors[1] < 0.95 * errors[0]


# --- the command line ---


@pytest.fixture
def run(capsys, tmp_path):
    source = tmp_path / "photo.png"
    Image.fromarray((255 * picture()).astype(np.uint8)).save(source)
    for k, name in enumerate(("a", "b")):
        Image.fromarray(field(k)).save(tmp_path / f"{name}.png")

    def run_main(*flags):
        arguments = ["vectorize", source, "-o", tmp_path / "o.svg", "--report", tmp_path / "o.json"]
        arguments += ["--preset", "fast", "--rounds", 3, "--paths", 12, *flags]
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        return left.value.code, capsys.readouterr().err

    return run_main


def test_marks_on_the_command_line(run, tmp_path):
    code, said = run(
        *("--mask", f"sofa={tmp_path / 'a.png'}", "--mask", f"{tmp_path / 'b.png'}:-0.5"),
        *("--box", "cup=60,0,90,30:0.5", "--point", "75,45", "--focus", 0.8),
    )
    assert code == 0, said
    report = json.loads((tmp_path / "o.json").read_text())
    found = [(entry["name"], entry["weight"]) for entry in report["named"]]
    assert found == [("sofa", 1.0), ("b", -0.5), ("cup", 0.5), ("point 1", 1.0)]
    assert report["options"]["focus"] == 0.8
    assert re.search(r"^sofa: \d+ paths \(\d+%\) for 33% of the picture, PSNR ", said, re.M)
    assert "sofa" in {path.name for path in read_svg(tmp_path / "o.svg").paths}


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--box", "1,2,3"], "box must be [NAME=]X0,Y0,X1,Y1[:WEIGHT], got '1,2,3'"),
        (["--box", "a=1,2,3,x"], "box must be"),
        (["--point", "1,nan"], "point must be"),
        (["--point", "=1,2"], "point must be"),
        (["--mask", "sofa="], "mask must be"),
        (["--mask", "sofa=a.png:3"], "weight of a mask"),
        (["--point", "a=1,2", "--point", "a=3,4"], "two marks are called 'a'"),
        (["--point", "1,2", "--saliency", "auto"], "give one of them"),
        (["--point", "1,2", "--prompt", "cat"], "give one of them"),
        (["--point", "1,2", "--focus", "2"], "focus must be a number from 0 to 1, got '2'"),
    ],
)
def test_marks_that_cannot_be_read_are_wrong_usage(run, flags, message):
    code, said = run(*flags)
    assert code == 2 and message in said and said.count("\n") == 1


def test_a_mask_is_not_overwritten_and_must_be_there(run, tmp_path):
    code, said = run("--mask", f"x={tmp_path / 'a.png'}", "--hierarchy", tmp_path / "a.png")
    assert code == 2 and "overwritten" in said
    code, said = run("--mask", f"x={tmp_path / 'none.png'}")
    assert code == 1 and "no saliency map at" in said


# --- the benchmark ---


@pytest.mark.slow
def test_the_benchmark_measures_what_it_says(tmp_path, capsys):
    Image.fromarray((255 * picture()).astype(np.uint8)).save(tmp_path / "p.png")
    masks = np.stack([field(0), field(0) | field(1), np.ones_like(field(0))])
    np.savez(
        tmp_path / "m.npz",
        packed=np.packbits(masks.reshape(3, -1), axis=1),
        shape=np.array(masks.shape[1:]),
        names=np.array(["left", "two", "all"]),
    )
    (tmp_path / "index.json").write_text(json.dumps([{"image": "p.png", "masks": "m.npz"}]))
    flags = ["--paths", "32", "--preset", "fast", "--focus", "0.3", "0.9"]
    assert benchmark.main([str(tmp_path), *flags]) == 0
    rows = [line.split(" | ") for line in capsys.readouterr().out.splitlines() if line.startswith("| p |")]
    assert [(row[1], row[2], row[3]) for row in rows] == [("left", "0.3", "33.3%"), ("left", "0.9", "33.3%")]
    assert (
        float(rows[1][4]) < float(rows[0][4]) < 1.0
    )  # the masks of 67 % and 100 % are too large to ask for more


def test_named_masks_of_the_evaluation_set(eval_dir):
    cases = list(itertools.islice(benchmark.named_masks(eval_dir / "semantic"), 2))
    assert {case.name for case in cases[0]} == {"bench", "teddy bear", "chair", "person"}
    with pytest.raises(HuefoldError):
        fast(saliency={"x": cases[0][0].inside})  # of another photo
