"""Fixtures shared by all tests."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is not asked for
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what opens a browser as slow."""
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def eval_dir() -> Path:
    """Folder of the evaluation photos; tests that need it skip when it is not there."""
    beside_checkout = Path(__file__).resolve().parents[2] / "shared" / "eval"
    folder = Path(os.environ.get("HUEFOLD_EVAL", beside_checkout))
    if not folder.is_dir():
        pytest.skip("evaluation photos are not here (set HUEFOLD_EVAL to their folder)")
    return folder


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """The browser; one for all modules, as one thread can hold one Playwright only."""
    from tests.studio.browser.visitor import launched

    with launched() as browser:
        yield browser


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A studio that runs, shared by the modules that need nothing special of it."""
    for name in ("fastapi", "uvicorn", "python_multipart", "httpx"):
        pytest.importorskip(name, reason="the studio's tests need huefold[studio] and httpx")
    from tests.studio.server import running

    with running(tmp_path_factory.mktemp("served")) as server:
        yield server.ready()


@pytest.fixture
def visit(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Callable[..., Any]]:
    """Make visitors, of the shared studio or another one; afterwards no page may have complained."""
    from tests.studio.browser.visitor import Visitor

    visitors: list[Visitor] = []

    def make(server: Any = None, **context: Any) -> Visitor:
        server = server or request.getfixturevalue("served")
        visitors.append(Visitor(chromium, server.url, **context))
        return visitors[-1]

    yield make
    for visitor in visitors:
        visitor.context.close()
    assert [visitor.unforgiven() for visitor in visitors if visitor.unforgiven()] == []
