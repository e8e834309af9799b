"""What hatchling does to build huefold: compile the kernels, and put them into the wheel.

The libraries call nothing of Python, so that one wheel serves every Python on a kind of machine. `HUEFOLD_TARGET`
names another machine, as ziglang calls it, and `HUEFOLD_PLATFORM` what its wheel is for; see tools/wheels.py.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import sys_tags

ZIGLANG = "ziglang>=0.17"


class KernelsHook(BuildHookInterface[BuilderConfig]):
    """Compiles the kernels before a wheel is written."""

    PLUGIN_NAME = "custom"
    _scratch: str | None = None

    def dependencies(self) -> list[str]:
        """Return the compiler, where the system has none that works or the wheel is for another machine."""
        script = self._script()
        try:
            here = self._target() == "native" and script.system_compiler() is not None
        except script.BuildError:
            here = True  # the build says what is wrong with it
        return [] if here or self.target_name != "wheel" else [ZIGLANG]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile: into the checkout if it is installed editable, or else into the wheel.

        Raises
        ------
        RuntimeError
            If no compiler works, or the kernels do not compile.
        """
        script = self._script()
        try:
            if version == "editable":
                if script.is_stale():
                    script.build(script.Target.of("native"), script.LIBRARIES)
                return
            self._scratch = tempfile.mkdtemp()
            libraries = script.build(script.Target.of(self._target()), Path(self._scratch))
        except script.BuildError as error:
            raise RuntimeError(f"huefold's kernels were not compiled. {error}") from None
        for library in libraries:
            build_data["force_include"][str(library)] = f"huefold/native/lib/{library.name}"
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{os.environ.get('HUEFOLD_PLATFORM') or _platform()}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002
        """Remove what was compiled, now that the wheel has it."""
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def _target(self) -> str:
        return os.environ.get("HUEFOLD_TARGET") or "native"

    def _script(self) -> ModuleType:
        path = Path(self.root) / "tools" / "build_kernels.py"
        spec = importlib.util.spec_from_file_location("build_kernels", path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look there
        spec.loader.exec_module(module)
        return module


def _platform() -> str:
    """Return this machine as wheels call it, without a promise about other Linux systems."""
    return next(tag.platform for tag in sys_tags() if not tag.platform.startswith(("manylinux", "musllinux")))
