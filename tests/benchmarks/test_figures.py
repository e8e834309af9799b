"""The paper's figures and table, redrawn from rows of the quality benchmark."""

from __future__ import annotations

import csv
from dataclasses import asdict

import pytest

pytest.importorskip("matplotlib", reason="needs huefold[benchmarks]")
pytest.importorskip("resvg_py", reason="needs huefold[benchmarks]")
figures = pytest.importorskip("benchmarks.figures", reason="the benchmarks are not beside the tests")

from benchmarks.judging import Row  # noqa: E402 - they may not be there

BLANK = {
    "drawn": 4, "psnr": 25.0, "ssim": 0.7, "mse": 0.003, "nodes": 40, "bytes": 900, "seconds": 1.0,
    "peak_mib": 200.0, "differs": 0.1, "within": 99.0, "gmsd": 0.2, "lpips": float("nan"), "vec": float("nan"),
    "vec_visible": float("nan"), "self_crossing": 0.0, "slivers": 0.0, "hidden": 0.0, "gzip_bytes": 500, "seed": 0,
    "commit": "abc",
}  # fmt: skip


def write(folder, rows):
    """Write a run's table; rows name what they differ in."""
    folder.mkdir()
    with (folder / "quality.csv").open("w", newline="", encoding="utf-8") as stream:
        values = [asdict(Row(**{**BLANK, **row})) for row in rows]
        writer = csv.DictWriter(stream, fieldnames=list(values[0]))
        writer.writeheader()
        writer.writerows(values)
    return folder


def row(method, photo="a.png", paths=64, **values):
    return {"method": method, "photo": photo, "paths": paths, **values}


def test_table_of_vec_has_the_methods_that_drew_all(tmp_path):
    rows = [
        row("balanced", vec=0.2, vec_visible=0.3), row("balanced", photo="b.png", vec=0.4, vec_visible=0.5),
        row("kmeans", vec=0.1, vec_visible=0.2), row("kmeans", photo="b.png", vec=0.1, vec_visible=0.4),
        row("dbscan", vec=0.9, vec_visible=0.9),
    ]  # fmt: skip
    table = figures.compactness(figures.load([write(tmp_path / "run", rows)], "balanced"))
    assert table.splitlines()[:1] == ["| VeC, % | huefold (balanced) | k-means |"]
    assert "| mean | 30.0 | 10.0 |" in table
    assert "| standard deviation | 10.0 | 0.0 |" in table
    assert "| mean, visible area | 40.0 | 30.0 |" in table


def test_of_rows_for_the_same_drawing_the_last_counts(tmp_path):
    first = write(tmp_path / "first", [row("balanced", psnr=20.0), row("vtracer", psnr=19.0)])
    second = write(tmp_path / "second", [row("balanced", psnr=30.0)])
    runs = figures.load([first, second], "balanced")
    assert runs.values("psnr", "balanced") == [30.0]
    assert runs.methods == ["balanced", "vtracer"]


def test_drawings_of_photos_that_share_a_stem_are_found(tmp_path):
    rows = [row("balanced", photo="a.png"), row("balanced", photo="a.jpg"), row("balanced", photo="b.png")]
    run = write(tmp_path / "run", rows)
    for name in ("a.png", "a.jpg", "b"):
        (run / f"{name}-balanced-64-0.svg").write_text(name)
    (run / "a-balanced-64-0.svg").write_text("of a run that knew one of them only")
    runs = figures.load([run], "balanced")
    assert [runs.svg(drawn) for drawn in runs.rows] == ["a.png", "a.jpg", "b"]


def test_tables_without_the_last_column_are_read(tmp_path):
    run = write(tmp_path / "run", [row("balanced", over=3)])
    table = run / "quality.csv"
    lines = table.read_text().splitlines()
    assert [drawn.over for drawn in figures.load([run], "balanced").rows] == [3]
    table.write_text("\n".join(line.rpartition(",")[0] for line in lines))
    assert [drawn.over for drawn in figures.load([run], "balanced").rows] == [0]


def test_figures_that_runs_have_no_data_for_are_left_out(tmp_path, capsys):
    run = write(tmp_path / "run", [row("balanced"), row("ratio-0.3", mse=0.004), row("ratio-0.5", mse=0.005)])
    assert figures.main([str(run), "-o", str(tmp_path / "out")]) == 0
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["figure-5.png", "figure-8.png"]
    said = capsys.readouterr().err
    assert "figure-6.png: left out" in said
    assert "table-1.md: left out" in said


def test_ours_must_be_among_the_runs(tmp_path, capsys):
    run = write(tmp_path / "run", [row("fast")])
    with pytest.raises(SystemExit) as stopped:
        figures.main([str(run), "-o", str(tmp_path / "out")])
    assert stopped.value.code == 2
    assert "see --ours" in capsys.readouterr().err
