"""The build script, and copies of what of a checkout it needs."""

from __future__ import annotations

import importlib.util
import shutil
import sys
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]


def build_script(root: Path = ROOT) -> ModuleType:
    """Import the build script of a checkout."""
    name = f"build_kernels_{abs(hash(root))}"
    spec = importlib.util.spec_from_file_location(name, root / "tools" / "build_kernels.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def copied(folder: Path) -> Path:
    """Copy what is built and how to a new folder: no libraries, and of the kernels those that all share."""
    shared = ROOT / "src" / "huefold" / "native"

    def left_out(place: str, names: list[str]) -> list[str]:
        ends = ("__pycache__", "lib") if Path(place) == shared else ("__pycache__", ".c")
        return [name for name in names if name.endswith(ends)]

    for name in ("src", "tools"):
        shutil.copytree(ROOT / name, folder / name, ignore=left_out)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, folder)
    return folder


def without_compilers(folder: Path) -> str:
    """Return a PATH with nothing but a Python in it."""
    folder.mkdir()
    (folder / Path(sys.executable).name).symlink_to(sys.executable)
    return str(folder)
