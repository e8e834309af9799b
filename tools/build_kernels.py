"""Compile the kernels into shared libraries, by a C compiler of the system or, where there is none, by ziglang's.

    python tools/build_kernels.py                          # for this machine, into src/huefold/native/lib
    python tools/build_kernels.py --target aarch64-macos   # for another one, by ziglang
    python tools/build_kernels.py --sanitize               # with address and undefined-behaviour sanitizers

The build of the package does the same; see hatch_build.py. `CC` names another compiler; `CFLAGS` and `LDFLAGS` are
added where it compiles for this machine, but cannot undo what keeps results the same on every machine.
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
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ROOT / "src" / "huefold"
LIBRARIES = SOURCES / "native" / "lib"

FLAGS = (
    "-std=c17", "-O3", "-fPIC", "-fvisibility=hidden",
    "-Wall", "-Wextra", "-Wno-psabi", "-Werror=implicit-function-declaration",
    # The same bits everywhere: no products and sums in one step, and nothing that follows from it.
    "-fno-fast-math", "-ffp-contract=off",
    # Square roots are instructions, and comparisons may be vectorised: neither changes a result.
    "-fno-math-errno", "-fno-trapping-math",
)  # fmt: skip

SYSTEMS = {"windows": "win32", "macos": "darwin"}

INSTRUCTIONS = {
    "baseline": (),
    "avx2": ("-mavx2", "-mpopcnt", "-mbmi", "-mbmi2", "-mlzcnt"),
}

LINK_FLAGS = {
    # All that kernels call must be there when they are linked, not when they are loaded.
    "linux": ("-shared", "-fPIC", "-pthread", "-Wl,-z,defs", "-lm"),
    "darwin": ("-dynamiclib", "-Wl,-install_name,@rpath/huefold-kernels.dylib"),
    "win32": ("-shared",),
}

SYSTEM_COMPILERS = ("cc", "gcc", "clang")

UNDEFINED = "undefined,float-cast-overflow"
SANITIZER_FLAGS = (f"-fno-sanitize-recover={UNDEFINED}", "-fno-omit-frame-pointer", "-g", "-O1")

NO_COMPILER = (
    "no C compiler works: neither cc, gcc, clang nor ziglang compiles a C file. Install one (Debian: apt-get "
    "install gcc libc6-dev; macOS: xcode-select --install), or on any system: pip install ziglang"
)


class BuildError(Exception):
    """No compiler works, or the kernels do not compile."""


@dataclass(frozen=True)
class Target:
    """A kind of machine."""

    name: str  # as ziglang calls it, or "native"
    system: str  # as sys.platform says, and linux for all that are like it
    x86_64: bool

    @classmethod
    def of(cls, name: str) -> Target:
        """Return the machine that ziglang calls `name`; "native" is this one."""
        if name == "native":
            system = sys.platform if sys.platform in LINK_FLAGS else "linux"
            return cls(name, system, platform.machine().lower() in ("x86_64", "amd64"))
        system = next((system for word, system in SYSTEMS.items() if word in name), "linux")
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
    """Return the command of a C compiler that works, from CC or the PATH, or None.

    Raises
    ------
    BuildError
        If CC names one that does not work.
    """
    given = shlex.split(os.environ.get("CC", ""))
    if given:
        complaint = _complaint(given)
        if complaint is not None:
            raise BuildError(f"CC is {shlex.join(given)!r}, which does not compile a C file:\n{complaint}")
        return given
    return next(([name] for name in SYSTEM_COMPILERS if _complaint([name]) is None), None)


def _complaint(command: Sequence[str]) -> str | None:
    """Return what a compiler says about a small library, or None if it compiles it."""
    if shutil.which(command[0]) is None:
        return f"there is no program {command[0]}"
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "works.c"
        source.write_text(
            "#include <stdatomic.h>\n#include <math.h>\nint works(double x) { return (int)floor(x); }\n"
        )
        linking = LINK_FLAGS[Target.of("native").system]
        done = subprocess.run(
            [*command, *FLAGS, str(source), *linking, "-o", str(Path(folder) / "works")],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return None if done.returncode == 0 else done.stdout + done.stderr


def compiler(target: Target) -> list[str]:
    """Return the command that compiles for a machine: ziglang's if that is another one, or the system has none.

    Raises
    ------
    BuildError
        If no compiler works.
    """
    command = system_compiler() if target.name == "native" else None
    if command is None:
        command = [sys.executable, "-m", "ziglang", "cc"]
        if subprocess.run([*command, "--version"], capture_output=True, check=False).returncode != 0:
            raise BuildError(
                NO_COMPILER if target.name == "native" else "other machines need: pip install ziglang"
            )
    if not _is_zig(command):
        return command
    if target.name != "native":
        return [*command, "-target", target.name]
    # It compiles for the very processor that it runs on, if not told otherwise.
    return [*command, "-mcpu=baseline"]


def _is_zig(command: Sequence[str]) -> bool:
    return any(Path(word).stem in ("zig", "ziglang") for word in command)


def build(target: Target, folder: Path, *, sanitize: str = "") -> list[Path]:
    """Compile all kernels once for each set of instructions, and return the libraries.

    Each library is written beside its place and renamed, so that one that is in use stays whole.

    Parameters
    ----------
    target : Target
        The machine.
    folder : Path
        Where the libraries go; it is made.
    sanitize : str, optional
        Sanitizers to build in, as compilers call them.

    Raises
    ------
    BuildError
        If no compiler works, or the kernels do not compile.
    """
    command = compiler(target)
    compiling, linking = _flags(target, sanitize)
    if _is_zig(command) and target.system != "win32":
        linking.append("--rtlib=none")  # nothing of it is called, and it would be compiled first
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, ThreadPoolExecutor(_processors()) as pool:
        # ziglang keeps what it compiled of the C library: with us, where nobody names a place.
        environment = {"ZIG_GLOBAL_CACHE_DIR": str(Path(scratch) / "zig"), **os.environ}
        objects: dict[str, list[str]] = {name: [] for name in target.instructions}
        jobs = []
        for name, extra in target.instructions.items():
            for number, source in enumerate(sources()):
                compiled = str(Path(scratch) / f"{name}-{number}.o")
                objects[name].append(compiled)
                jobs.append([*command, *compiling, *extra, "-c", str(source), "-o", compiled])
        list(pool.map(lambda job: _run(job, environment), jobs))
        libraries = []
        for name, parts in objects.items():
            library = folder / f"kernels-{name}{target.suffix}"
            linked = Path(scratch) / library.name
            _run([*command, *parts, *linking, "-o", str(linked)], environment)
            beside = folder / f".{library.name}.{os.getpid()}"
            shutil.copy(linked, beside)
            beside.replace(library)
            libraries.append(library)
    return libraries


def _flags(target: Target, sanitize: str) -> tuple[list[str], list[str]]:
    """Return the flags to compile and those to link with."""
    given = os.environ if target.name == "native" else {}
    compiling = [*shlex.split(given.get("CFLAGS", "")), *FLAGS, "-I", str(SOURCES)]
    linking = [*shlex.split(given.get("LDFLAGS", "")), *LINK_FLAGS[target.system], "-O3", "-g0"]
    if not sanitize:
        return [*compiling, "-g0"], linking
    chosen = f"-fsanitize={sanitize}"
    return [*compiling, chosen, *SANITIZER_FLAGS], [flag for flag in linking if "defs" not in flag] + [chosen]


def _processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _run(command: Sequence[str], environment: Mapping[str, str]) -> None:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
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
        "--sanitize", nargs="?", const=f"address,{UNDEFINED}", default="", metavar="NAMES",
        help="with sanitizers: of addresses and undefined behaviour, or as named",
    )  # fmt: skip
    parser.add_argument(
        "--if-stale", action="store_true", help="only if a source is newer than the libraries"
    )
    options = parser.parse_args()
    if options.if_stale and not is_stale():
        return 0
    try:
        libraries = build(Target.of(options.target), options.output, sanitize=options.sanitize)
    except (BuildError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    for library in libraries:
        print(f"{library}: {library.stat().st_size} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
