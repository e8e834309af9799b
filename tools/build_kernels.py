"""Compile the kernels into shared libraries, by a C compiler of the system or, where there is none, by that of ziglang.

    python tools/build_kernels.py                          # for this machine, into src/huefold/native/lib
    python tools/build_kernels.py --target aarch64-macos   # for another one, by ziglang
    python tools/build_kernels.py --sanitize               # with address and undefined-behaviour sanitizers

The build of the package does the same; see hatch_build.py.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "huefold"
LIBRARIES = SOURCES / "native" / "lib"

FLAGS = (
    "-std=c17", "-O3", "-fPIC", "-fvisibility=hidden", "-Wall", "-Wextra", "-Werror=implicit-function-declaration",
    # The same bits everywhere: no products and sums in one step, and nothing that follows from it.
    "-ffp-contract=off",
    # Square roots are instructions, and comparisons may be vectorised: neither changes a result.
    "-fno-math-errno", "-fno-trapping-math",
)  # fmt: skip

INSTRUCTIONS = {
    "baseline": (),
    "avx2": ("-mavx2", "-mpopcnt", "-mbmi", "-mbmi2", "-mlzcnt"),
}

SANITIZERS = (
    "-fsanitize=address,undefined",
    "-fno-sanitize-recover=undefined",
    "-fno-omit-frame-pointer",
    "-g",
    "-O1",
)


class BuildError(Exception):
    """No compiler works, or the kernels do not compile."""


@dataclass(frozen=True)
class Target:
    """A kind of machine."""

    name: str  # as ziglang calls it, or "native"
    system: str  # as sys.platform says
    x86_64: bool

    @classmethod
    def of(cls, name: str) -> Target:
        """Return the machine that ziglang calls `name`; "native" is this one."""
        if name == "native":
            return cls(name, sys.platform, platform.machine().lower() in ("x86_64", "amd64"))
        system = "win32" if "windows" in name else "darwin" if "macos" in name else "linux"
        return cls(name, system, name.startswith("x86_64"))

    @property
    def suffix(self) -> str:
        """End of the names of shared libraries."""
        return {"win32": ".dll", "darwin": ".dylib"}.get(self.system, ".so")

    @property
    def instructions(self) -> dict[str, tuple[str, ...]]:
        """The sets of instructions to build for, with their flags."""
        return INSTRUCTIONS if self.x86_64 else {"baseline": ()}


def sources() -> list[Path]:
    """Return all C files, in a fixed order."""
    return sorted(SOURCES.rglob("*.c"))


def is_stale() -> bool:
    """Whether a source is newer than the libraries of this machine, or there are none."""
    target = Target.of("native")
    built = [LIBRARIES / f"kernels-{name}{target.suffix}" for name in target.instructions]
    if not all(path.exists() for path in built):
        return True
    newest = max(path.stat().st_mtime_ns for path in [*sources(), *SOURCES.rglob("*.h"), Path(__file__)])
    return min(path.stat().st_mtime_ns for path in built) < newest


def system_compiler() -> list[str] | None:
    """Return the command of a C compiler that works, from CC or the PATH, or None."""
    given = os.environ.get("CC")
    candidates = [shlex.split(given)] if given else [[name] for name in ("cc", "gcc", "clang")]
    for command in candidates:
        if shutil.which(command[0]) and _compiles(command):
            return command
    if given:
        raise BuildError(f"CC is {given!r}, which does not compile a C file of one line")
    return None


def _compiles(command: Sequence[str]) -> bool:
    """Whether a command is a compiler for these flags, with the headers of the C library."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "works.c"
        source.write_text(
            "#include <stdatomic.h>\n#include <math.h>\nint works(void) { return (int)floor(1.5); }\n"
        )
        done = subprocess.run(
            [*command, *FLAGS, "-shared", str(source), "-o", str(Path(folder) / "works.so"), "-lm"],
            capture_output=True, check=False,
        )  # fmt: skip
        return done.returncode == 0


def compiler(target: Target) -> list[str]:
    """Return the command that compiles for a machine; ziglang's where the system has none or it is another machine."""
    if target.name == "native":
        found = system_compiler()
        if found is not None:
            return found
    command = [sys.executable, "-m", "ziglang", "cc"]
    if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode != 0:
        raise BuildError("no C compiler works; install one, or: pip install ziglang")
    if target.name != "native":
        command += ["-target", target.name]
    return command


def build(target: Target, folder: Path, *, sanitize: bool = False) -> list[Path]:
    """Compile all kernels once for each set of instructions, and return the libraries.

    Each library is written beside its place and renamed, so that one that is in use stays whole.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = compiler(target)
    flags = [*FLAGS, *(SANITIZERS if sanitize else ("-g0",)), "-I", str(SOURCES)]
    libraries = []
    with tempfile.TemporaryDirectory() as objects, ThreadPoolExecutor(os.cpu_count()) as pool:
        jobs = []
        for name, extra in target.instructions.items():
            for number, source in enumerate(sources()):
                compiled = str(Path(objects) / f"{name}-{number}.o")
                jobs.append([*command, *flags, *extra, "-c", str(source), "-o", compiled])
        list(pool.map(_run, jobs))
        for name, extra in target.instructions.items():
            library = folder / f"kernels-{name}{target.suffix}"
            beside = folder / f".{library.name}.{os.getpid()}"
            parts = [str(Path(objects) / f"{name}-{number}.o") for number in range(len(sources()))]
            _run([*command, *flags, *extra, *_link_flags(target), *parts, "-o", str(beside)])
            beside.replace(library)
            libraries.append(library)
    return libraries


def _link_flags(target: Target) -> list[str]:
    if target.system == "win32":
        return ["-shared"]
    if target.system == "darwin":
        return ["-dynamiclib"]
    return ["-shared", "-pthread", "-lm"]


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BuildError(f"{shlex.join(command)}\n{done.stdout}{done.stderr}")
    sys.stderr.write(done.stderr)


def main() -> int:
    """Compile as the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--target", default="native", help="as ziglang calls it; this machine by default")
    parser.add_argument("--output", type=Path, default=LIBRARIES, help="folder of the libraries")
    parser.add_argument(
        "--sanitize", action="store_true", help="with sanitizers of addresses and undefined behaviour"
    )
    parser.add_argument(
        "--if-stale", action="store_true", help="only if a source is newer than the libraries"
    )
    options = parser.parse_args()
    if options.if_stale and not is_stale():
        return 0
    try:
        libraries = build(Target.of(options.target), options.output, sanitize=options.sanitize)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    for library in libraries:
        print(f"{library}: {library.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
