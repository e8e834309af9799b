"""The command line: what it writes, what it says, and the code it leaves with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import huefold
from huefold.cli import main
from huefold.cli.flags import flag_infos
from huefold.images import load_image
from huefold.svg import read_svg

FAST = ["--preset", "fast", "--rounds", "3", "--paths", "12"]


def picture():
    y, x = np.mgrid[:60, :80] / np.array([60, 80])[:, None, None]
    rgb = np.stack([x, y, ((x - 0.5) ** 2 + (y - 0.5) ** 2 < 0.1) * 0.9], axis=2)
    return (rgb * 255).astype(np.uint8)


@pytest.fixture
def photo(tmp_path) -> Path:
    path = tmp_path / "photo.png"
    Image.fromarray(picture()).save(path)
    return path


@pytest.fixture(scope="module")
def drawn() -> str:
    """The SVG that Python gives for the photo with the options of FAST."""
    return huefold.vectorize(picture(), preset="fast", rounds=3, paths=12).svg


@pytest.fixture
def run(capsys):
    def run_main(*arguments):
        with pytest.raises(SystemExit) as left:
            main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return left.value.code, captured.out, captured.err

    return run_main


@pytest.fixture
def drawing(drawn, photo) -> Path:
    path = photo.with_name("drawing.svg")
    path.write_text(drawn)
    return path


# --- vectorize ---


def test_vectorize_writes_what_was_asked_for(run, photo, tmp_path):
    out, report, hierarchy = tmp_path / "out.svg", tmp_path / "out.json", tmp_path / "tree.json"
    code, stdout, stderr = run(
        "vectorize", photo, "-o", out, "--report", report, "--hierarchy", hierarchy, "--seed", 3, *FAST
    )
    assert (code, stdout) == (0, "")
    assert out.read_text().count("<path") == 12
    numbers = json.loads(report.read_text())
    assert (numbers["paths"]["drawn"], numbers["seed"], numbers["bytes"]) == (12, 3, out.stat().st_size)
    assert json.loads(hierarchy.read_text())
    lines = [line.split()[0] for line in stderr.splitlines()]
    stages = list(dict.fromkeys(lines))  # a stage that takes long reports more than once
    assert stages[:7] == ["load", "saliency", "segment", "recolor", "trace", "refine", "write"]
    assert "12 paths (5 structural, 7 detail)" in stderr.splitlines()[-1]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "out.json",
        "out.svg",
        "photo.png",
        "tree.json",
    ]


def test_quiet_says_nothing_and_draws_what_python_draws(run, photo, drawn, tmp_path):
    assert run("vectorize", photo, "-o", tmp_path / "o.svg", "-q", *FAST) == (0, "", "")
    assert (tmp_path / "o.svg").read_text() == drawn


def test_the_drawing_may_go_to_standard_output(run, photo, drawing):
    code, stdout, _ = run("vectorize", photo, "-o", "-", *FAST)
    assert code == 0
    assert stdout == drawing.read_text()


def test_flags_reach_the_method(run, photo, tmp_path):
    weights = tmp_path / "map.png"
    Image.new("L", (80, 60), 200).save(weights)
    report = tmp_path / "r.json"
    given = {
        "saliency": str(weights),
        "regions": 20,
        "threads": 1,
        "time_limit": 30.0,
        "structural_ratio": 0.5,
    }
    flags = [part for name, value in given.items() for part in ("--" + name.replace("_", "-"), value)]
    code, _, _ = run("vectorize", photo, "-o", tmp_path / "o.svg", "--report", report, "-q", *FAST, *flags)
    assert code == 0
    used = json.loads(report.read_text())["options"]
    assert {name: used[name] for name in given} == given


def test_every_option_is_in_the_help(run):
    code, stdout, _ = run("vectorize", "--help")
    assert code == 0
    for info in flag_infos():
        assert info.flag + " " in stdout


# --- mistakes: one line, the right code, no file ---


def text(path):
    path.write_text("just text\n" * 200)


def truncated(path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), dtype=np.uint8)).save(path)
    path.write_bytes(path.read_bytes()[:9000])


BAD_PHOTOS = {
    "text": (text, "not an image"),
    "truncated": (truncated, "damaged or cut short"),
    "empty": (Path.touch, "is empty"),
    "missing": (lambda _: None, "no such file"),
    "folder": (Path.mkdir, "is a folder"),
    "svg": (lambda path: path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>"), "is an SVG already"),
}


def check_refused(outcome, expected_code, message, folder, before):
    code, stdout, stderr = outcome
    assert (code, stdout) == (expected_code, "")
    errors = [line for line in stderr.splitlines() if line.startswith("huefold: error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert stderr.splitlines()[-1] == errors[0]
    assert "Traceback" not in stderr
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize("kind", BAD_PHOTOS)
def test_bad_photos_fail_with_one_line(run, tmp_path, kind):
    make, message = BAD_PHOTOS[kind]
    photo = tmp_path / "input.png"
    make(photo)
    before = sorted(tmp_path.rglob("*"))
    outcome = run("vectorize", photo, "-o", tmp_path / "o.svg", "--report", tmp_path / "r.json")
    check_refused(outcome, 1, message, tmp_path, before)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--paths", "0"], "paths must be a whole number from 1 to 65536, got '0'"),
        (["--paths", "-3"], "got '-3'"),
        (["--paths", "abc"], "got 'abc'"),
        (["--structural-ratio", "2"], "structural-ratio must be a number from 0 to 1, got '2'"),
        (["--preset", "slow"], "preset must be one of"),
        (["--time-limit", "0"], "time-limit"),
        (["--nonsense"], "no such option"),
        (["--paths"], "requires an argument"),
        (["more"], "unexpected extra argument"),
    ],
)
def test_wrong_usage_is_code_2(run, photo, tmp_path, flags, message):
    before = sorted(tmp_path.rglob("*"))
    outcome = run("vectorize", photo, "-o", tmp_path / "o.svg", *flags)
    check_refused(outcome, 2, message, tmp_path, before)


def test_unknown_samples_and_commands_are_wrong_usage(run, tmp_path):
    check_refused(run("vectorize", "sample:tea", "-o", tmp_path / "o.svg"), 2, "choose one of", tmp_path, [])
    check_refused(run("vectorise"), 2, "no such command", tmp_path, [])
    check_refused(run("vectorize", "photo.png"), 2, "missing option '-o'", tmp_path, [])


@pytest.mark.parametrize("size", [(60, 80), (80, 64), (100, 60)])
def test_maps_of_other_proportions_are_refused(run, photo, tmp_path, size):
    weights = tmp_path / "map.png"
    Image.new("L", size, 200).save(weights)
    before = sorted(tmp_path.rglob("*"))
    outcome = run("vectorize", photo, "-o", tmp_path / "o.svg", "--saliency", weights, *FAST)
    check_refused(outcome, 1, "aspect ratio", tmp_path, before)


def test_outputs_are_checked_before_the_work(run, photo, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    start = time.monotonic()
    for flags, message in [
        (["-o", tmp_path / "no" / "o.svg"], "does not exist"),
        (["-o", tmp_path], "is a folder"),
        (["-o", photo], "name that ends in .svg"),
        (["-o", tmp_path / "o.svg", "--report", photo], "what is written there is JSON"),
        (["-o", tmp_path / "o.svg", "--hierarchy", tmp_path / "o.svg"], "what is written there is JSON"),
        (["-o", ""], "the name of an output is empty"),
        (["-o", tmp_path / "o.json", "--report", tmp_path / "o.json"], "same name"),
        (["-o", "-", "--report", "-"], "only one output"),
    ]:
        check_refused(run("vectorize", photo, *flags), 2, message, tmp_path, before)
    assert time.monotonic() - start < 1.0


def test_other_pictures_are_not_overwritten_by_reports(run, photo, drawing, tmp_path):
    other = tmp_path / "other.jpg"
    other.write_bytes(photo.read_bytes())
    before = sorted(tmp_path.rglob("*"))
    message = "other.jpg: what is written there is JSON; give a name that ends in .json"
    arguments = ("-o", tmp_path / "o.svg", "--report", other)
    check_refused(run("vectorize", photo, *arguments), 2, message, tmp_path, before)
    check_refused(run("refine", drawing, photo, *arguments), 2, message, tmp_path, before)
    assert other.read_bytes() == photo.read_bytes()


def test_a_photo_in_the_place_of_a_command_is_told_how(run, photo, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    check_refused(run(photo), 2, f"huefold vectorize {photo} -o photo.svg", tmp_path, before)


@pytest.mark.parametrize("flags", [["--contained"], ["--clustering", "greedy"]])
def test_flags_of_the_method_reach_the_drawing(run, photo, tmp_path, flags):
    drawings = []
    for more in ([], flags):
        asked = ["-o", "-", "--paths", 12, "--preset", "fast", "--threads", 1, *more]
        code, drawing, _ = run("vectorize", photo, *asked, "--report", tmp_path / "r.json")
        assert code == 0
        drawings.append(drawing)
    assert drawings[0] != drawings[1]
    options = json.loads((tmp_path / "r.json").read_text())["options"]
    assert options["contained"] is (flags == ["--contained"])
    assert options["clustering"] == ("greedy" if "greedy" in flags else "recoloring")


def test_options_without_effect_are_refused(run, photo, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    for flags, message in [
        (["--focus", "1"], "focus is for what matters, and nothing says what does; add --saliency"),
        (["--prompt-model", "x"], "prompt-model is for text only; add --prompt"),
        (
            ["--clustering", "greedy", "--rounds", "3"],
            "rounds is for recoloring only; leave it out",
        ),
    ]:
        check_refused(run("vectorize", photo, "-o", tmp_path / "o.svg", *flags), 2, message, tmp_path, before)


@pytest.mark.slow
def test_a_missed_fidelity_is_code_1(run, tmp_path):
    noisy = tmp_path / "noisy.png"
    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 3), np.uint8)
    Image.fromarray(pixels).save(noisy)
    outcome = run("vectorize", noisy, "-o", tmp_path / "o.svg", "--psnr", 99, "--preset", "fast")
    check_refused(outcome, 1, "a PSNR of 99 dB was not reached", tmp_path, [noisy])


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_by_name_receives_the_drawing(photo, drawn):
    """/dev/stdout is a link to a pipe whose resolved name does not exist."""
    program = "from huefold.cli import main; main()"
    command = [sys.executable, "-c", program, "vectorize", photo, "-o", "/dev/stdout", "-q", *FAST]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stdout.decode() == drawn


def test_a_photo_is_not_overwritten_whatever_its_name(run, photo, tmp_path):
    disguised = tmp_path / "photo.svg"
    disguised.write_bytes(photo.read_bytes())
    before = sorted(tmp_path.rglob("*"))
    check_refused(run("vectorize", disguised, "-o", disguised), 2, "would be overwritten", tmp_path, before)
    assert disguised.read_bytes() == photo.read_bytes()


# --- render and compare ---


def test_render_draws_at_any_width(run, drawing, tmp_path):
    out = tmp_path / "o.png"
    assert run("render", drawing, "-o", out)[0] == 0
    with Image.open(out) as image:
        assert image.size == (80, 60)
    assert run("render", drawing, "-o", out, "--width", 200)[0] == 0
    with Image.open(out) as image:
        assert (image.size, image.mode) == ((200, 150), "RGB")
        assert np.asarray(image).std() > 20


def test_render_agrees_with_the_photo(run, drawing, photo, tmp_path):
    assert run("render", drawing, "-o", tmp_path / "o.png")[0] == 0
    drawn, wanted = (load_image(path).rgb for path in (tmp_path / "o.png", photo))
    assert np.abs(drawn - wanted).mean() < 0.15


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["missing.svg", "-o", "o.png"], 1, "missing.svg"),
        (["{drawing}", "-o", "o.jpg"], 2, "name that ends in .png"),
        (["{drawing}", "-o", "o.png", "--width", "0"], 2, "width must be"),
        (["{drawing}", "-o", "o.png", "--width", "x"], 2, "width must be"),
        (["{drawing}", "-o", "o.png", "--width", "99999"], 2, "megapixels"),
        (["{photo}", "-o", "o.png"], 1, "SVG"),
    ],
)
def test_render_refuses_in_one_line(run, drawing, photo, tmp_path, monkeypatch, arguments, code, message):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    given = [argument.format(drawing=drawing, photo=photo) for argument in arguments]
    check_refused(run("render", *given), code, message, tmp_path, before)


def test_compare_prints_json_and_a_table_of_the_same(run, drawing, photo):
    code, stdout, _ = run("compare", photo, drawing, "--json")
    assert code == 0
    found = json.loads(stdout)
    scene = read_svg(drawing)
    assert (found["width"], found["height"], found["paths"]) == (80, 60, 12)
    assert found["nodes"] == sum(path.segments for path in scene.paths)
    assert found["bytes"] == drawing.stat().st_size
    assert found["psnr"] == pytest.approx(-10 * np.log10(found["mse"]))
    assert 0 < found["ssim"] <= 1
    code, table, _ = run("compare", photo, drawing)
    assert code == 0
    for value in (
        f"{found['mse']:.6f}",
        f"{found['psnr']:.2f} dB",
        f"{found['ssim']:.4f}",
        str(found["nodes"]),
    ):
        assert value in table


def test_compare_says_the_same_as_the_report(run, photo, tmp_path):
    out, report = tmp_path / "o.svg", tmp_path / "r.json"
    run("vectorize", photo, "-o", out, "--report", report, "-q", *FAST)
    found = json.loads(run("compare", photo, out, "--json")[1])
    assert found["mse"] == pytest.approx(json.loads(report.read_text())["fidelity"]["mse"], rel=1e-6)


def test_compare_refuses_other_proportions(run, drawing):
    code, _, stderr = run("compare", "sample:rocket", drawing)
    assert code == 1
    assert "proportions differ" in stderr


# --- starting up ---


def test_version_and_help(run):
    assert run("--version")[:2] == (0, f"huefold {huefold.__version__}\n")
    code, stdout, _ = run("--help")
    assert code == 0
    assert all(command in stdout for command in ("vectorize", "render", "compare"))
    code, _, stderr = run()
    assert code == 2
    assert "Usage: huefold" in stderr


@pytest.mark.parametrize("arguments", [["--help"], ["vectorize", "--help"], ["compare", "--help"]])
def test_help_imports_nothing_heavy(arguments):
    program = (
        "import sys, contextlib, io\n"
        "from huefold.cli import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        f"    main({arguments!r})\n"
        "print(sorted({'numpy', 'scipy', 'skimage', 'PIL', 'rich', 'lxml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_photos_that_are_not_there_are_told(run, tmp_path):
    outcome = run("vectorize", tmp_path / "none.png", "-o", tmp_path / "o.svg")
    check_refused(outcome, 1, "no such file", tmp_path, [])


# --- Ctrl-C ---


def start(tmp_path, *flags):
    command = [sys.executable, "-c", "from huefold.cli import main; main()", "vectorize", "sample:coffee"]
    return subprocess.Popen(
        [*command, "-o", str(tmp_path / "o.svg"), "--preset", "best", *flags],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )


def wait_for(process, *words):
    """Read lines until one begins with each of `words` in turn."""
    for word in words:
        while not (line := process.stderr.readline()).startswith(word):
            assert line, f"ended before it said {word!r}"


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_ctrl_c_while_refining_writes_the_best_so_far(tmp_path):
    with start(tmp_path) as process:
        wait_for(process, "trace")
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert "stopping with the best drawing so far" in stderr
    assert "ended early" in stderr
    assert 1 <= len(read_svg(tmp_path / "o.svg").paths) <= 128
    assert [path.name for path in tmp_path.iterdir()] == ["o.svg"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_ctrl_c_before_there_is_a_drawing_writes_nothing(tmp_path):
    with start(tmp_path, "--preset", "paper") as process:
        wait_for(process, "segment")
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 130, stderr
    assert "nothing was written" in stderr
    assert "Traceback" not in stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_a_second_ctrl_c_stops_at_once(tmp_path):
    with start(tmp_path, "--preset", "paper") as process:
        wait_for(process, "saliency")
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        begin = time.monotonic()
        _, stderr = process.communicate(timeout=30)
    assert time.monotonic() - begin < 2
    # Where the first one has ended the run already, the second finds Python on its way out.
    assert process.returncode in (130, -signal.SIGINT), stderr
    assert "Traceback" not in stderr
