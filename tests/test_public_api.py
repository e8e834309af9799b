"""The public names, and what it costs to import them."""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

import huefold

PACKAGE = Path(huefold.__file__).parent
STUBS = sorted(PACKAGE.rglob("__init__.pyi"))
SNAPSHOT = Path(__file__).with_name("public_api.txt")
HEAVY = {"PIL", "click", "lxml", "numba", "numpy", "pydantic", "rich", "scipy", "skimage", "torch"}


def module_of(stub):
    return ".".join(["huefold", *stub.parent.relative_to(PACKAGE).parts])


def names_in(stub):
    """Return the names in the stub's `__all__`."""
    for statement in ast.parse(stub.read_text()).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "__all__":
            return ast.literal_eval(statement.value)
    raise AssertionError(f"{stub} has no __all__")


def test_the_public_names_are_those_agreed_upon():
    found = "".join(f"{module_of(stub)}.{name}\n" for stub in STUBS for name in sorted(names_in(stub)))
    if os.environ.get("HUEFOLD_UPDATE_GOLDENS"):
        SNAPSHOT.write_text(found)
    assert found == SNAPSHOT.read_text(), (
        "if this is on purpose: set HUEFOLD_UPDATE_GOLDENS=1 and say so in CHANGELOG.md"
    )


@pytest.mark.parametrize("stub", STUBS, ids=module_of)
def test_each_stub_says_what_can_be_imported(stub):
    module = importlib.import_module(module_of(stub))
    names = names_in(stub)
    assert len(set(names)) == len(names)
    missing = [name for name in names if not hasattr(module, name)]
    assert not missing
    assert set(names) == set(module.__all__)


@pytest.mark.parametrize(
    "folder", sorted(p.parent for p in PACKAGE.rglob("__init__.py")), ids=lambda p: p.name
)
def test_packages_with_public_names_carry_their_stub_and_a_docstring(folder):
    text = (folder / "__init__.py").read_text()
    assert ast.get_docstring(ast.parse(text)), f"{folder.name} does not say what it is"
    assert ("attach_stub" in text) == (folder / "__init__.pyi").exists()


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout


def test_importing_huefold_imports_nothing_heavy():
    loaded = run_python(
        "import sys, huefold; print(*{name.partition('.')[0] for name in sys.modules})"
    ).split()
    assert "huefold" in loaded
    assert not HEAVY & set(loaded)


def test_importing_huefold_is_quick():
    code = "import time; begin = time.perf_counter(); import huefold; print(time.perf_counter() - begin)"
    assert min(float(run_python(code)) for _ in range(3)) < 0.1


def test_the_version_is_that_of_the_installed_package():
    assert huefold.__version__ == importlib.metadata.version("huefold")


def test_the_package_is_typed():
    assert (PACKAGE / "py.typed").exists()


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError):
        huefold.vectorise  # noqa: B018
