"""Which build of the kernels is used, and that another one can be asked for."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from huefold.native import available_instructions, elementary, forced_instructions, instructions, library
from huefold.native.library import LibraryError


def test_the_best_is_used_unless_another_is_named(monkeypatch):
    monkeypatch.delenv("HUEFOLD_INSTRUCTIONS", raising=False)
    assert instructions() == available_instructions()[-1]
    monkeypatch.setenv("HUEFOLD_INSTRUCTIONS", "")
    assert instructions() == available_instructions()[-1]
    monkeypatch.setenv("HUEFOLD_INSTRUCTIONS", "baseline")
    assert instructions() == "baseline"


def test_unknown_instructions_are_refused_in_one_line(monkeypatch):
    monkeypatch.setenv("HUEFOLD_INSTRUCTIONS", "avx9000")
    with pytest.raises(LibraryError, match=r"'avx9000', but this processor .* only baseline") as told:
        instructions()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", available_instructions())
def test_forcing_lasts_for_a_block(name):
    before = instructions()
    with forced_instructions(name):
        assert instructions() == name
        assert elementary.exp(0.0) == 1.0
        with forced_instructions("baseline"):
            assert instructions() == "baseline"
        assert instructions() == name
    assert instructions() == before


def test_forcing_ends_with_an_error():
    before = instructions()
    with pytest.raises(ZeroDivisionError), forced_instructions("baseline"):
        raise ZeroDivisionError
    assert instructions() == before


def test_unknown_instructions_cannot_be_forced():
    before, generation = instructions(), library.generation()
    with pytest.raises(LibraryError, match="unset it"), forced_instructions("none"):
        pass
    assert (instructions(), library.generation()) == (before, generation)


def test_kernels_follow_what_is_forced(monkeypatch):
    used = []
    load = library.load
    monkeypatch.setattr(library, "load", lambda: used.append(instructions()) or load())
    for name in available_instructions():
        with forced_instructions(name):
            elementary.exp(np.zeros(2))
    assert used == list(available_instructions())


@pytest.mark.slow
def test_a_run_with_unknown_instructions_ends_with_one_line(tmp_path):
    Image.new("RGB", (40, 30)).save(tmp_path / "photo.png")
    program = "from huefold.cli import main; main(['vectorize', 'photo.png', '-o', 'o.svg'])"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path,
        env={**os.environ, "HUEFOLD_INSTRUCTIONS": "avx9000"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 1
    assert "avx9000" in ran.stderr.splitlines()[-1]
