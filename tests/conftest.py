"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def eval_dir() -> Path:
    """Folder of the evaluation photos; tests that need it skip when it is not there."""
    beside_checkout = Path(__file__).resolve().parents[2] / "shared" / "eval"
    folder = Path(os.environ.get("HUEFOLD_EVAL", beside_checkout))
    if not folder.is_dir():
        pytest.skip("evaluation photos are not here (set HUEFOLD_EVAL to their folder)")
    return folder
