"""Fixtures shared by the studio's tests."""

from __future__ import annotations

import pytest


@pytest.fixture
def studio(served):
    """A studio that runs, shared by modules; some have their own instead."""
    return served
