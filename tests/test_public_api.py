"""The public names, and what it costs to import them."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import importlib.metadata
import inspect
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import huefold

PACKAGE = Path(huefold.__file__).parent
STUBS = sorted(PACKAGE.rglob("__init__.pyi"))
SNAPSHOT = Path(__file__).with_name("public_api.txt")
SIGNATURES = Path(__file__).with_name("public_signatures.txt")
WITHOUT_STUB = ("errors", "images", "options", "run.report", "scene")
"""Modules whose `__all__` is public, too."""
HEAVY = {"PIL", "click", "lxml", "numpy", "pydantic", "rich", "scipy", "skimage", "torch"}


def module_of(stub):
    return ".".join(["huefold", *stub.parent.relative_to(PACKAGE).parts])


def names_in(stub):
    """Return the names in the stub's `__all__`."""
    for statement in ast.parse(stub.read_text()).body:
        if isinstance(statement, ast.Assign) and statement.targets[0].id == "__all__":
            return ast.literal_eval(statement.value)
    raise AssertionError(f"{stub} has no __all__")


def test_the_public_names_are_those_agreed_upon():
    compare([f"{module_of(stub)}.{name}" for stub in STUBS for name in sorted(names_in(stub))], SNAPSHOT)


def test_the_public_names_take_and_hold_what_was_agreed_upon():
    public = {module_of(stub): names_in(stub) for stub in STUBS}
    for name in WITHOUT_STUB:
        public[f"huefold.{name}"] = importlib.import_module(f"huefold.{name}").__all__
    compare(
        [
            line
            for module, names in sorted(public.items())
            for name in sorted(names)
            for line in described(f"{module}.{name}", getattr(importlib.import_module(module), name))
        ],
        SIGNATURES,
    )


def compare(lines, golden):
    found = "".join(f"{line}\n" for line in lines)
    if os.environ.get("HUEFOLD_UPDATE_GOLDENS"):
        golden.write_text(found)
    assert found == golden.read_text(), (
        "if this is on purpose: set HUEFOLD_UPDATE_GOLDENS=1 and say so in CHANGELOG.md"
    )


def described(name, thing):
    """Yield a name with its parameters; for a class, those that make it, then its properties and methods."""
    abstract = getattr(thing, "_is_protocol", False)
    made = (inspect.isclass(thing) or inspect.isfunction(thing)) and not abstract
    yield name + parameters(thing) if made else name
    for key, member in sorted(members(thing).items()) if inspect.isclass(thing) else ():
        if isinstance(member, property):
            yield f"{name}.{key}"
        elif inspect.isfunction(member) or isinstance(member, staticmethod | classmethod):
            yield f"{name}.{key}{parameters(getattr(thing, key))}"


def members(cls):
    """Return what a class and its bases in the same package define under public names."""
    package = cls.__module__.partition(".")[0]
    bases = [base for base in reversed(cls.__mro__) if base.__module__.partition(".")[0] == package]
    found = {key: value for base in bases for key, value in vars(base).items()}
    if getattr(cls, "_is_protocol", False):
        found |= dict.fromkeys(inspect.get_annotations(cls), property())
    if dataclasses.is_dataclass(cls):
        found |= {field.name: property() for field in dataclasses.fields(cls) if not field.init}
    return {key: value for key, value in found.items() if not key.startswith("_")}


def parameters(function):
    """Return the names of parameters, with ``=`` after those that may be left out."""
    signature = inspect.signature(function)
    bare = [
        parameter.replace(
            annotation=parameter.empty,
            default=parameter.empty if parameter.default is parameter.empty else ...,
        )
        for parameter in signature.parameters.values()
    ]
    text = str(signature.replace(parameters=bare, return_annotation=signature.empty))
    return text.replace("=Ellipsis", "=")


class _Example(NamedTuple):
    first: int
    second: int = 0

    @property
    def total(self) -> int:
        return self.first + self.second

    def scaled(self, by: float, *, rounded: bool = False) -> float:
        return round(by * self.first) if rounded else by * self.first


def test_renamed_fields_keywords_and_members_show():
    assert list(described("a", _Example)) == [
        "a(first, second=)",
        "a.scaled(self, by, *, rounded=)",
        "a.total",
    ]


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
