"""The quality benchmark: methods keep to their budget, runs go on where they were, and tables say what was done."""

from __future__ import annotations

import csv
import json
import math
import sys
from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("resvg_py", reason="the benchmark draws with resvg")
methods = pytest.importorskip("benchmarks.methods", reason="the benchmarks are not beside the tests")

from benchmarks import judging, quality, records, sheets  # noqa: E402 - they may not be there
from huefold.svg import read_svg  # noqa: E402

BLANK = '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"/>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A photo with two people's label maps."""
    y, x = np.mgrid[:48, :64] / 48
    rgb = np.stack([x, y, 1 - x], axis=2) * 0.6
    rgb[(x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.1] = (0.9, 0.2, 0.1)
    rgb += np.random.default_rng(1).normal(0, 0.03, rgb.shape)
    place = tmp_path_factory.mktemp("photos")
    Image.fromarray((255 * rgb.clip(0, 1)).astype(np.uint8)).save(place / "a.png")
    disc = ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.1).astype(np.uint8) + 1
    np.savez(place / "a.npz", a0=disc, a1=(x > 0.7).astype(np.uint8) + disc)
    return place


def task(folder, method):
    return methods.Task(str(folder / "a.png"), 12, method, "fast", 0, 1)


@pytest.mark.parametrize("method", [*methods.ABLATIONS, "fast", "vtracer"])
def test_methods_keep_to_their_budget(folder, method):
    if method == "vtracer":
        pytest.importorskip("vtracer")
    scene = read_svg(methods.run(task(folder, method)))
    assert 1 <= len(scene.paths) <= 12
    assert (scene.width, scene.height) == (64, 48)
    structural = sum(path.role == "structural" for path in scene.paths)
    if method == "vtracer":
        return
    ratio = 0.0 if method.endswith("all-detail") else 0.4
    if method.startswith("ratio-"):
        ratio = float(method.removeprefix("ratio-"))
    wanted = round(12 * ratio)
    # One that ends up hidden gives way to a detail, which a last digit may decide; people drew few.
    fewest = 1 if method == "human" else max(wanted - 1, 0)
    assert fewest <= structural <= wanted
    if "four-segments" in method:
        assert {path.segments for path in scene.paths} == {4}


def test_clusterings_differ(folder):
    drawings = {method: methods.run(task(folder, method)) for method in ("kmeans", "dbscan", "fast")}
    assert len(set(drawings.values())) == 3


def test_the_human_structure_is_a_label_map(folder, monkeypatch):
    """Of two people the one who drew more; what is more than structural paths is merged."""
    given = []
    monkeypatch.setattr(methods.Task, "vectorize", lambda _, **changes: given.append(changes) or "")
    with np.load(folder / "a.npz") as maps:
        finer = maps["a1"]
    methods.run(task(folder, "human"))
    (labels,) = (changes["segmenter"] for changes in given)
    pairs = np.unique(np.stack([labels.ravel(), finer.ravel()]), axis=1).T
    assert len(pairs) == len(np.unique(labels)) >= 3  # each region has pixels of one segment only
    methods.run(replace(task(folder, "human"), paths=3))
    assert len(np.unique(given[1]["segmenter"])) == 2


def test_methods_that_need_label_maps_say_so(folder, tmp_path, monkeypatch):
    photo = tmp_path / "a.png"
    photo.write_bytes((folder / "a.png").read_bytes())
    monkeypatch.setattr(methods.Task, "vectorize", lambda *_given, **_: BLANK)
    for method in methods.ABLATIONS:
        one = methods.Task(str(photo), 12, method, "fast", 0, 1)
        needs = pytest.raises(RuntimeError, match=f"'{method}' needs label maps")
        with needs if methods.may_see_label_maps(one) else nullcontext():
            methods.run(one)


def rows_of(out):
    with (out / "quality.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.slow
def test_a_run_writes_tables_and_sheets_and_goes_on_where_it_was(folder, tmp_path, capsys, monkeypatch):
    command = blank_command(tmp_path / "blank.py")
    out = tmp_path / "out"
    arguments = [str(folder), "--paths", "6", "12", "--preset", "fast", "--methods", "fast", "blank", "--jobs", "2",
                 "--command", command, "--out", str(out), "--seed", "3"]  # fmt: skip
    monkeypatch.setattr(quality, "commit", lambda: "abc")
    assert quality.main(arguments) == 0
    printed = capsys.readouterr().out
    assert "commit abc, seed 3" in printed
    rows = rows_of(out)
    assert [(row["method"], row["paths"], row["drawn"]) for row in rows] == [
        ("fast", "6", "6"), ("blank", "6", "0"), ("fast", "12", "12"), ("blank", "12", "0")]  # fmt: skip
    assert all((row["commit"], row["seed"]) == ("abc", "3") for row in rows)
    assert 0 <= float(rows[0]["vec"]) <= 1
    assert math.isnan(float(rows[1]["vec"]))
    assert float(rows[1]["vec_missed"]) == 0  # without a path, no mask has any
    assert float(rows[1]["differs"]) == 0  # nothing on white, for both renderers
    assert float(rows[2]["psnr"]) > float(rows[1]["psnr"])
    assert markdown_rows(out / "quality.md") == 4 + 4
    with Image.open(out / "contact-12.png") as sheet:
        assert sheet.width == 3 * sheets.PANEL_WIDTH

    monkeypatch.setattr(quality, "in_child", lambda task: pytest.fail(f"made again: {task}"))
    assert quality.main(arguments) == 0
    assert rows_of(out) == rows
    made = []
    monkeypatch.setattr(
        quality, "in_child", lambda task: (made.append(task), (json.loads(kept)["svg"], 0.0, 0.0))[1]
    )
    kept = next(out.glob("a-fast-6-3.json")).read_text()
    monkeypatch.setattr(quality, "commit", lambda: "another")
    assert quality.main(arguments) == 0
    assert len(made) == 4


def blank_command(script):
    script.write_text(f"import sys; open(sys.argv[2], 'w').write({BLANK!r})")
    return f"blank={sys.executable} {script} {{photo}} {{svg}}"


@pytest.fixture
def photos(folder, tmp_path):
    """A folder of its own, with the photo alone."""
    place = tmp_path / "photos"
    place.mkdir()
    (place / "a.png").write_bytes((folder / "a.png").read_bytes())
    return place


@pytest.mark.slow
def test_what_a_drawing_depends_on_is_not_used_again_changed(folder, photos, tmp_path, monkeypatch):
    script = tmp_path / "blank.py"
    arguments = [str(photos), "--paths", "6", "--methods", "blank", "--command", blank_command(script),
                 "--out", str(tmp_path / "out")]  # fmt: skip
    monkeypatch.setattr(quality, "commit", lambda: "abc")
    drawn, made = quality.in_child, []
    monkeypatch.setattr(quality, "in_child", lambda task: (made.append(task), drawn(task))[1])
    assert quality.main(arguments) == quality.main(arguments) == 0
    assert len(made) == 1
    script.write_text(script.read_text() + "\n# another method")
    assert quality.main(arguments) == 0
    assert len(made) == 2
    assert math.isnan(float(rows_of(tmp_path / "out")[0]["vec_missed"]))
    (photos / "a.npz").write_bytes((folder / "a.npz").read_bytes())
    judging.human_masks.cache_clear()
    assert quality.main(arguments) == 0
    assert len(made) == 3
    assert float(rows_of(tmp_path / "out")[0]["vec_missed"]) == 0


@pytest.fixture
def work(monkeypatch):
    """What a run draws and judges, one after the other; drawings are blank."""
    done = []
    judge = quality.judge
    monkeypatch.setattr(quality, "commit", lambda: "abc")
    monkeypatch.setattr(quality, "in_child", lambda _: (done.append("drawn"), (BLANK, 1.5, 2.5))[1])
    monkeypatch.setattr(
        quality, "judge", lambda *given, **known: (done.append("judged"), judge(*given, **known))[1]
    )
    return done


def test_drawings_are_judged_again_where_only_what_judging_needs_changed(
    folder, photos, tmp_path, monkeypatch, work
):
    out = tmp_path / "out"
    arguments = [str(photos), "--paths", "6", "--methods", "fast", "--out", str(out)]
    assert quality.main(arguments) == 0
    assert work == ["drawn", "judged"]
    assert math.isnan(float(rows_of(out)[0]["vec_missed"]))
    (photos / "a.npz").write_bytes((folder / "a.npz").read_bytes())
    judging.human_masks.cache_clear()
    assert quality.main(arguments) == 0
    assert work == ["drawn", "judged", "judged"]
    (row,) = rows_of(out)
    assert float(row["vec_missed"]) == 0
    assert (row["seconds"], row["peak_mib"]) == ("1.5", "2.5")
    monkeypatch.setattr(quality, "lpips_known", lambda: True)
    assert quality.main(arguments) == quality.main(arguments) == 0
    assert work == ["drawn", "judged", "judged", "judged"]
    assert quality.main([*arguments, "--again"]) == 0
    assert work[-2:] == ["drawn", "judged"]


@pytest.mark.parametrize("method", ["guided", "human", "blank"])
def test_what_may_be_drawn_by_label_maps_is_drawn_again_with_others(photos, tmp_path, work, method):
    command = ["--command", blank_command(tmp_path / "blank.py")] if method == "blank" else []
    arguments = [str(photos), "--paths", "6", "--methods", method, *command, "--out", str(tmp_path / "out")]
    for labels in (1, 2):
        np.savez(photos / "a.npz", a0=np.full((48, 64), labels))
        assert quality.main(arguments) == 0
    assert work == ["drawn", "judged"] * 2


@pytest.mark.slow
def test_photos_of_one_stem_have_records_of_their_own(photos, tmp_path):
    Image.open(photos / "a.png").save(photos / "a.bmp")
    out = tmp_path / "out"
    command = blank_command(tmp_path / "blank.py")
    assert quality.main([str(photos), "--paths", "6", "--command", command, "--methods", "blank",
                         "--out", str(out)]) == 0  # fmt: skip
    assert sorted(file.name for file in out.glob("*.svg")) == ["a.bmp-blank-6-0.svg", "a.png-blank-6-0.svg"]
    assert [row["photo"] for row in rows_of(out)] == ["a.bmp", "a.png"]


@pytest.mark.slow
def test_records_have_the_same_names_whatever_the_limit(photos, tmp_path):
    Image.open(photos / "a.png").save(photos / "a.bmp")
    out = tmp_path / "out"
    command = blank_command(tmp_path / "blank.py")
    assert quality.main([str(photos), "--paths", "6", "--command", command, "--methods", "blank",
                         "--out", str(out), "--limit", "1"]) == 0  # fmt: skip
    assert [file.name for file in out.glob("*.svg")] == ["a.bmp-blank-6-0.svg"]


@pytest.mark.slow
def test_files_are_named_from_the_folder_where_the_benchmark_was_started(photos, tmp_path, monkeypatch):
    blank_command(tmp_path / "blank.py")
    monkeypatch.chdir(tmp_path)
    command = f"blank={sys.executable} blank.py {{photo}} {{svg}}"
    assert quality.main([photos.name, "--paths", "6", "--command", command, "--methods", "blank",
                         "--out", "out"]) == 0  # fmt: skip
    kept = json.loads((tmp_path / "out" / "a-blank-6-0.json").read_text())["settings"]
    files = records.sources(photos / "a.png", command.partition("=")[2], maps=True)["command_files"]
    assert kept["command_files"] == files
    assert len(files) == 2


@pytest.mark.slow
def test_a_drawing_that_fails_is_named_and_the_others_are_made(photos, tmp_path, capsys):
    script = tmp_path / "fail.py"
    script.write_text("raise SystemExit('no brush')")
    failing = f"bad={sys.executable} {script} {{svg}}"
    out = tmp_path / "out"
    arguments = [str(photos), "--paths", "6", "--command", failing, "--command", blank_command(tmp_path / "b.py"),
                 "--methods", "bad", "blank", "--out", str(out)]  # fmt: skip
    assert quality.main(arguments) == 1
    assert [row["method"] for row in rows_of(out)] == ["blank"]
    said = "not drawn: a.png, bad, 6 paths: RuntimeError: exit code 1: no brush\n"
    assert said in (out / "quality.md").read_text()
    assert "1 of 2 drawings failed" in capsys.readouterr().err


@pytest.fixture
def half_drawn(photos, tmp_path, monkeypatch):
    """A run over two photos of which the second one cannot be drawn: its exit code, and its folder."""
    Image.open(photos / "a.png").save(photos / "b.png")

    def drawn(task):
        if task.photo.endswith("b.png"):
            raise quality.DrawingFailed("no brush")
        return BLANK, 1.0, 2.0

    monkeypatch.setattr(quality, "in_child", drawn)
    out = tmp_path / "out"
    arguments = [str(photos), "--paths", "6", "--methods", "fast", "best", "--out", str(out)]
    return quality.main(arguments), out


def test_means_over_fewer_photos_say_so(half_drawn):
    _, out = half_drawn
    table = (out / "quality.md").read_text()
    assert table.count("| **mean of 1 of 2** | 6 |") == 2
    assert "2 of 4 drawings failed; means are over fewer photos" in table


def test_paths_above_the_budget_are_counted(photos, tmp_path, capsys, monkeypatch):
    """The mean has their sum: a tenth of a path too many would be rounded away."""
    for name in ("b.png", "c.png"):
        Image.open(photos / "a.png").save(photos / name)
    path = '<path d="M1 1H9V9Z"/>'

    def drawn(task):
        paths = 7 if task.photo.endswith("b.png") else 6
        return BLANK.replace("/>", f">{paths * path}</svg>"), 1.0, 2.0

    monkeypatch.setattr(quality, "in_child", drawn)
    out = tmp_path / "out"
    assert quality.main([str(photos), "--paths", "6", "--methods", "fast", "--out", str(out)]) == 0
    assert [(row["drawn"], row["over"]) for row in rows_of(out)] == [("6", "0"), ("7", "1"), ("6", "0")]
    head, _, *shown, mean = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert head.endswith(" over |")
    assert [line.split("|")[-2].strip() for line in (*shown, mean)] == ["0", "1", "0", "1"]


def test_records_without_paths_above_the_budget_are_read(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(quality, "commit", lambda: "abc")
    monkeypatch.setattr(quality, "in_child", lambda _: (BLANK, 1.0, 2.0))
    out = tmp_path / "out"
    arguments = [str(photos), "--paths", "6", "--methods", "fast", "--out", str(out)]
    assert quality.main(arguments) == 0
    kept = json.loads((out / "a-fast-6-0.json").read_text())
    del kept["row"]["over"]
    (out / "a-fast-6-0.json").write_text(json.dumps(kept))
    monkeypatch.setattr(quality, "in_child", lambda task: pytest.fail(f"made again: {task}"))
    assert quality.main(arguments) == 0
    assert rows_of(out)[0]["over"] == "0"


def test_means_over_all_photos_say_how_many_they_are(photos, capsys, monkeypatch):
    monkeypatch.setattr(quality, "in_child", lambda _: (BLANK, 1.0, 2.0))
    assert quality.main([str(photos), "--methods", "fast"]) == 0
    assert "| **mean of 1** | 128 |" in capsys.readouterr().out


def test_a_photo_without_drawings_is_on_no_sheet(half_drawn):
    code, out = half_drawn
    assert code == 1
    with Image.open(out / "contact-6.png") as sheet:
        assert sheet.height == 3 * (sheets.PANEL_WIDTH * 48 // 64 + sheets.LABEL_HEIGHT)


@pytest.mark.parametrize("text", ["", "<svg", "<svg/>", BLANK.replace("48", "47")])
def test_a_drawing_that_cannot_be_judged_is_one_that_failed(photos, tmp_path, capsys, monkeypatch, text):
    """What is no SVG for one of the renderers, or has another size than the photo."""
    out = tmp_path / "out"
    monkeypatch.setattr(
        quality, "in_child", lambda task: (text if task.method == "fast" else BLANK, 1.0, 2.0)
    )
    arguments = [str(photos), "--paths", "6", "--methods", "fast", "best", "--out", str(out)]
    assert quality.main(arguments) == 1
    assert [row["method"] for row in rows_of(out)] == ["best"]
    said = "- not drawn: a.png, fast, 6 paths: cannot be judged: "
    assert said in capsys.readouterr().err
    assert said in (out / "quality.md").read_text()


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("raise SystemExit(3)", "exit code 3"),
        ("import sys; print('25%\\r50%\\nout of canvas\\n', file=sys.stderr); raise SystemExit(4)",
         "exit code 4: out of canvas"),
        ("raise SystemExit(1000 * 'x')", f"exit code 1: {184 * 'x'}..."),
    ],
)  # fmt: skip
def test_a_command_that_fails_says_how(tmp_path, script, said):
    (tmp_path / "fail.py").write_text(script)
    command = f"{sys.executable} {tmp_path / 'fail.py'} {{svg}}"
    with pytest.raises(RuntimeError) as failed:
        methods.run(methods.Task("a.png", 6, "bad", "fast", 0, 1, command))
    assert str(failed.value) == said


def test_a_folder_that_is_not_there_is_wrong_usage(tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        quality.main([str(tmp_path / "none")])
    assert left.value.code == 2
    assert "no folder at" in capsys.readouterr().err


def markdown_rows(file):
    return file.read_text().count("\n| ") - 1


def test_masks_are_all_segments_of_all_people(folder):
    masks = judging.human_masks(folder / "a.png")
    assert masks.shape == (2 + 3, 48, 64)
    assert (masks.sum(axis=0) == 2).all()
    assert judging.human_masks(folder / "none.png") is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--methods", "magic"], "unknown or not installed: magic"),
        (["--command", "nothing"], "needs NAME=TOOL"),
        (["--jobs", "0"], "--jobs must be at least 1"),
        (["--limit", "-1"], "--limit must be at least 1, got -1"),
        (["--limit", "0"], "--limit must be at least 1, got 0"),
        (["--paths", "8", "0"], "--paths must be at least 1, got 0"),
        (["--threads", "0"], "--threads must be at least 1, got 0"),
        (["--seed", "-1"], "--seed must be at least 0, got -1"),
        (["--command", "a/b=draw {svg}"], "without slashes, got 'a/b'"),
        (["--command", "a\\b=draw {svg}"], "without slashes, got 'a\\\\b'"),
        (["--command", "=draw {svg}"], "not empty and without slashes, got ''"),
        (["--preset", "bogus", "--methods", "kmeans"], "--preset must be one of"),
        (
            ["--methods", "fast", "--command", "mine=draw {svg}"],
            "mine would not run: name it among the --methods",
        ),
        (["--command", "mine=draw ${HOME} {svg}"], "mine: unknown {HOME}; it may name {photo}"),
        (["--command", "mine=draw {photo}"], "mine: it must say where to write: {svg}"),
        (["--command", "mine=draw 'x {svg}"], "mine: No closing quotation"),
    ],
)
def test_mistakes(folder, capsys, arguments, said):
    with pytest.raises(SystemExit) as left:
        quality.main([str(folder), *arguments])
    assert left.value.code == 2
    assert said in capsys.readouterr().err
