"""Make wheels for all kinds of machines on this one, by ziglang, and check them.

    python tools/wheels.py                       # all, into dist/
    python tools/wheels.py --only linux-x86_64   # one; --only may be given again
    python tools/wheels.py --list

Needs the packages of the group `wheels` in pyproject.toml: pip install --group wheels (pip 25.1 or newer).

A library must have the functions that huefold calls, and need nothing but libraries that each such system has, and
nothing newer of them than the wheel's name promises. No use of Python's binary interface is audited, as there is
none. The wheel for this machine is installed into a fresh environment, and draws.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lief

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "huefold"

OLDEST_GLIBC = (2, 17)

SYSTEM_LIBRARIES = re.compile(
    r"lib(c|m|pthread)\.so\.\d|libc\.so|ld-linux-[\w-]+\.so\.\d|/usr/lib/libSystem\.B\.dylib"
    r"|(KERNEL32|ntdll|ucrtbase)\.dll|api-ms-win-crt-[\w-]+\.dll",
    re.IGNORECASE,
)


ADDED_BY_LINKERS = ("init", "fini", "dso_handle", "mh_dylib_header")

CALLED_BY_LOADING = {"hf_has_avx2", "hf_forget_threads"}


@dataclass(frozen=True)
class Wheel:
    """A kind of machine: as ziglang calls it, and as wheels do."""

    target: str
    platform: str


WHEELS = {
    "linux-x86_64": Wheel("x86_64-linux-gnu.2.17", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
    "linux-aarch64": Wheel("aarch64-linux-gnu.2.17", "manylinux_2_17_aarch64.manylinux2014_aarch64"),
    "musl-x86_64": Wheel("x86_64-linux-musl", "musllinux_1_2_x86_64"),
    "musl-aarch64": Wheel("aarch64-linux-musl", "musllinux_1_2_aarch64"),
    "macos-arm64": Wheel("aarch64-macos.11.0", "macosx_11_0_arm64"),
    "macos-x86_64": Wheel("x86_64-macos.10.15", "macosx_10_15_x86_64"),
    "windows-amd64": Wheel("x86_64-windows-gnu", "win_amd64"),
    "windows-arm64": Wheel("aarch64-windows-gnu", "win_arm64"),
}


def make(wheel: Wheel, folder: Path) -> Path:
    """Compile and write a wheel."""
    environment = {
        "ZIG_GLOBAL_CACHE_DIR": str(ROOT / "build" / "zig"),
        **os.environ,
        "HUEFOLD_TARGET": wheel.target,
        "HUEFOLD_PLATFORM": wheel.platform,
        "SOURCE_DATE_EPOCH": "1735689600",
    }
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{done.stdout}{done.stderr}")
    (made,) = folder.glob(f"*-py3-none-{wheel.platform}.whl")
    return made


def complaints(wheel: Wheel, made: Path) -> Iterator[str]:
    """Yield what is wrong with the libraries of a wheel."""
    with zipfile.ZipFile(made) as archive:
        libraries = [name for name in archive.namelist() if name.startswith("huefold/native/lib/")]
        expected = 2 if wheel.target.startswith("x86_64") else 1
        if len(libraries) != expected:
            yield f"{len(libraries)} libraries, expected {expected}"
        for name in libraries:
            binary = lief.parse(archive.read(name))
            if binary is None:
                yield f"{name} is no library"
                continue
            for complaint in _library_complaints(wheel, binary):
                yield f"{name}: {complaint}"


def _library_complaints(wheel: Wheel, binary: lief.Binary) -> Iterator[str]:
    exported = {_text(function.name).lstrip("_") for function in binary.exported_functions}
    missing = called_functions() - exported
    if missing:
        yield f"functions are missing: {', '.join(sorted(missing))}"
    others = [name for name in exported if not name.startswith("hf_") and name not in ADDED_BY_LINKERS]
    if others:
        yield f"other functions are exported: {', '.join(sorted(others)[:5])}"
    needed = (
        [
            command.name
            for command in binary.libraries
            if command.command != lief.MachO.LoadCommand.TYPE.ID_DYLIB
        ]
        if isinstance(binary, lief.MachO.Binary)
        else binary.libraries
    )
    foreign = [name for name in map(_text, needed) if not SYSTEM_LIBRARIES.fullmatch(name)]
    if foreign:
        yield f"needs {', '.join(foreign)}"
    if isinstance(binary, lief.ELF.Binary):
        yield from _elf_complaints(binary)
    elif isinstance(binary, lief.MachO.Binary):
        yield from _mach_o_complaints(wheel, binary)


def _elf_complaints(binary: lief.ELF.Binary) -> Iterator[str]:
    for required in binary.symbols_version_requirement:
        for version in required.get_auxiliary_symbols():
            numbers = re.fullmatch(r"GLIBC_([\d.]+)", _text(version.name))
            if numbers is None or tuple(map(int, numbers[1].split("."))) > OLDEST_GLIBC:
                yield f"needs {_text(version.name)}"


def _mach_o_complaints(wheel: Wheel, binary: lief.MachO.Binary) -> Iterator[str]:
    if "arm64" in wheel.platform and not binary.has_code_signature:
        yield "is not signed, and would not be loaded"
    least = binary.build_version.minos if binary.has_build_version else binary.version_min.version
    promised = [int(number) for number in re.findall(r"\d+", wheel.platform)[:2]]
    if list(least)[:2] > promised:
        yield f"needs macOS {'.'.join(map(str, least))}"


def _text(name: str | bytes) -> str:
    return name if isinstance(name, str) else name.decode()


def called_functions() -> set[str]:
    """Return the names of all compiled functions that Python calls."""
    bound = re.compile(r"""bind\(\s*["'](hf_\w+)["']""")
    texts = (path.read_text() for path in PACKAGE.rglob("*.py"))
    return CALLED_BY_LOADING.union(*(bound.findall(text) for text in texts))


def audited(made: Path) -> str:
    """Return what auditwheel says about a wheel for Linux."""
    done = subprocess.run(
        [sys.executable, "-m", "auditwheel", "show", str(made)], capture_output=True, text=True, check=False
    )
    said = " ".join((done.stdout + done.stderr).split())
    tag = re.search(r'platform tag: "([^"]+)"', said)
    return tag[1] if tag else said


def draws(made: Path) -> str:
    """Install a wheel into a fresh environment, let it draw, and return what it said."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        scripts = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin")
        subprocess.run([str(scripts / "pip"), "install", "-q", str(made)], check=True)
        done = subprocess.run(
            [str(scripts / "huefold"), "doctor"], cwd=folder, capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        raise SystemExit(f"{made.name} does not draw:\n{done.stdout}{done.stderr}")
    return next(line for line in done.stdout.splitlines() if line.startswith("self-test"))


def is_for_this_machine(wheel: Wheel) -> bool:
    """Whether a wheel can be installed here."""
    system = {"linux": "manylinux", "darwin": "macosx", "win32": "win"}.get(sys.platform, "?")
    return wheel.platform.startswith(system) and wheel.platform.endswith(platform.machine().lower())


def main() -> int:
    """Make, check and try out what the command line asks for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", action="append", choices=WHEELS, help="one kind of machine")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder of the wheels")
    parser.add_argument("--list", action="store_true", help="list the kinds of machines")
    options = parser.parse_args()
    if options.list:
        print("\n".join(f"{name}: {wheel.target}" for name, wheel in WHEELS.items()))
        return 0
    wrong = False
    lief.logging.disable()
    for name in options.only or WHEELS:
        wheel = WHEELS[name]
        made = make(wheel, options.output)
        print(f"{made.name}: {made.stat().st_size} bytes", flush=True)
        for complaint in complaints(wheel, made):
            print(f"  WRONG: {complaint}")
            wrong = True
        if "manylinux" in wheel.platform:  # on a machine without musl it cannot look at wheels for it
            tag = audited(made)
            print(f"  auditwheel: {tag}")
            wrong |= tag not in wheel.platform
        if is_for_this_machine(wheel):
            print(f"  {draws(made)}", flush=True)
    return int(wrong)


if __name__ == "__main__":
    sys.exit(main())
