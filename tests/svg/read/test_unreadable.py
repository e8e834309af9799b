"""Drawings that cannot be read are named; those of broken sizes are read."""

from __future__ import annotations

import pytest

from huefold.cli import main
from huefold.errors import SvgError
from huefold.svg import read_svg


def test_drawings_of_broken_sizes_are_still_read():
    scene = read_svg('<svg xmlns="http://www.w3.org/2000/svg" width="40.5" height="30.25"/>')
    assert (scene.width, scene.height) == (41, 30)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is empty"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "binary file, not an SVG"),
        (b"<svg", "not well-formed"),
        (b"<html/>", "<html>"),
    ],
)
def test_unreadable_drawings_are_named(tmp_path, content, words, capsys):
    drawing = tmp_path / "in.svg"
    drawing.write_bytes(content)
    with pytest.raises(SvgError, match=r"in\.svg: .*" + words):
        read_svg(drawing)
    with pytest.raises(SystemExit) as left:
        main(["render", str(drawing), "-o", str(tmp_path / "out.png")])
    said = capsys.readouterr().err
    assert (left.value.code, said.count("\n"), "in.svg" in said) == (1, 1, True)
    assert not (tmp_path / "out.png").exists()
