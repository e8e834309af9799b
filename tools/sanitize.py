"""Run tests over kernels that are compiled with sanitizers: of addresses and undefined behaviour, or of threads.

    python tools/sanitize.py                     # tests of compiled kernels
    python tools/sanitize.py tests/segment -x    # what is named, as for pytest
    python tools/sanitize.py --threads           # data races of the threads instead

Needs gcc with its sanitizers, on Linux. Leaks are not looked for: Python keeps memory until it ends.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

from build_kernels import UNDEFINED, BuildError, Target, build, system_compiler  # noqa: E402

RUNTIMES = {"address": ("libasan.so", "libubsan.so"), "thread": ("libtsan.so",)}

TESTS = [
    "tests/native",
    *(
        str(path.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*kernel*")
        if path.suffix in ("", ".py")
    ),
]


def main() -> int:
    """Compile, and run the tests that the command line names."""
    threads = "--threads" in sys.argv
    named = [argument for argument in sys.argv[1:] if argument != "--threads"]
    kind = "thread" if threads else "address"
    compiler = system_compiler()
    if compiler is None or sys.platform != "linux":
        print("sanitizers need gcc on Linux", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as folder:
        try:
            build(Target.of("native"), Path(folder), sanitize="thread" if threads else f"address,{UNDEFINED}")
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
        environment = {
            **os.environ,
            "HUEFOLD_KERNELS": folder,
            "LD_PRELOAD": " ".join(_runtime(compiler, name) for name in RUNTIMES[kind]),
            "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
            "UBSAN_OPTIONS": "print_stacktrace=1",
            "TSAN_OPTIONS": "halt_on_error=1:die_after_fork=0",
        }
        # Other processes would be without the libraries: no helpers of pytest. What sanitizers say goes to the
        # standard error of the process, which pytest must not catch: it ends with them.
        command = [
            sys.executable,
            "-m",
            "pytest",
            "--capture=sys",
            *["-p", "no:cacheprovider", "-p", "no:xdist"],
        ]
        command += ["-m", "not slow"]
        has_paths = any((ROOT / word.split("::")[0]).exists() for word in named)
        command += named if has_paths else [*named, *TESTS]
        code = subprocess.run(command, env=environment, cwd=ROOT, check=False).returncode
        return code if code >= 0 else 1


def _runtime(compiler: list[str], name: str) -> str:
    found = subprocess.run(
        [*compiler, f"-print-file-name={name}"], capture_output=True, text=True, check=True
    )
    return found.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
