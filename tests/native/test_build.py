"""Compiling the kernels: by which compiler, when again, and what is said where there is none."""

from __future__ import annotations

import ctypes
import importlib.util
import os
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from tests.native.checkout import ROOT, build_script, copied, without_compilers

from huefold.native import elementary

slow = pytest.mark.slow


def needs(package):
    return pytest.mark.skipif(
        importlib.util.find_spec(package) is None,
        reason=f"{package} is not installed (pip install {package})",
    )


@pytest.fixture(autouse=True)
def _no_wishes(monkeypatch):
    for name in ("CC", "CFLAGS", "LDFLAGS", "HUEFOLD_TARGET", "HUEFOLD_PLATFORM", "HUEFOLD_KERNELS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def script(tmp_path):
    """The build script of a checkout that has one small file to compile."""
    for name in ("tools/build_kernels.py", "src/huefold/native/core.h"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text((ROOT / name).read_text())
    source = '#include "native/core.h"\nHF_EXPORT double hf_twice(double x) { return 2.0 * x; }\n'
    (tmp_path / "src/huefold/native/small.c").write_text(source)
    return build_script(tmp_path)


@pytest.fixture
def compiles(script):
    if script.system_compiler() is None:
        pytest.skip("this system has no C compiler")


def touch(path, seconds):
    at = path.stat().st_mtime + seconds
    os.utime(path, (at, at))


@pytest.mark.usefixtures("compiles")
def test_what_is_built_can_be_called_and_is_fresh(script):
    assert script.is_stale()
    libraries = script.build(script.Target.of("native"), script.LIBRARIES)
    assert not script.is_stale()
    for path in libraries:
        twice = ctypes.CDLL(str(path)).hf_twice
        twice.argtypes, twice.restype = [ctypes.c_double], ctypes.c_double
        assert twice(21.0) == 42.0
    assert sorted(script.LIBRARIES.iterdir()) == sorted(libraries)  # nothing half-written is left


@pytest.mark.usefixtures("compiles")
@pytest.mark.parametrize(
    "changed", ["src/huefold/native/small.c", "src/huefold/native/core.h", "tools/build_kernels.py"]
)
def test_a_newer_source_makes_libraries_stale(script, changed):
    script.build(script.Target.of("native"), script.LIBRARIES)
    touch(script.ROOT / changed, 60)
    assert script.is_stale()


@pytest.mark.usefixtures("compiles")
def test_a_library_that_is_missing_makes_all_stale(script):
    script.build(script.Target.of("native"), script.LIBRARIES)[-1].unlink()
    assert script.is_stale()


@pytest.mark.usefixtures("compiles")
def test_flags_of_the_environment_are_added_but_change_no_result(script, monkeypatch):
    monkeypatch.setenv("CFLAGS", "-ffast-math -DHF_EXTRA=7")
    compiling, linking = script._flags(script.Target.of("native"), "")
    assert compiling.index("-ffast-math") < compiling.index("-fno-fast-math")
    assert "-DHF_EXTRA=7" in compiling
    monkeypatch.setenv("LDFLAGS", "-Wl,-O1")
    assert "-Wl,-O1" in script._flags(script.Target.of("native"), "")[1]
    assert "-ffast-math" not in script._flags(script.Target.of("aarch64-macos.11.0"), "")[0] + linking
    script.build(script.Target.of("native"), script.LIBRARIES)


@pytest.mark.parametrize(
    ("given", "said"),
    [("no-such-compiler -x", "there is no program no-such-compiler"), (f"'{sys.executable}'", "")],
)
def test_a_compiler_that_does_not_work_is_named(script, monkeypatch, given, said):
    monkeypatch.setenv("CC", given)
    with pytest.raises(script.BuildError, match="which does not compile a C file") as told:
        script.build(script.Target.of("native"), script.LIBRARIES)
    assert said in str(told.value)
    assert not script.LIBRARIES.exists()


@pytest.mark.usefixtures("compiles")
def test_what_the_compiler_says_about_a_source_is_passed_on(script):
    (script.SOURCES / "wrong.c").write_text("int wrong(void) { return undeclared; }\n")
    with pytest.raises(script.BuildError, match=r"wrong\.c:1:.*undeclared"):
        script.build(script.Target.of("native"), script.LIBRARIES)
    assert not list(script.LIBRARIES.iterdir())


@pytest.mark.usefixtures("compiles")
def test_a_function_that_is_nowhere_is_noticed_when_it_is_linked(script):
    (script.SOURCES / "missing.c").write_text("int nowhere(void); int call(void) { return nowhere(); }\n")
    with pytest.raises(script.BuildError, match="nowhere"):
        script.build(script.Target.of("native"), script.LIBRARIES)


def test_without_a_compiler_it_is_said_what_helps(script, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setattr(script.sys, "executable", "/bin/false")
    with pytest.raises(script.BuildError, match="pip install ziglang"):
        script.build(script.Target.of("native"), script.LIBRARIES)
    with pytest.raises(script.BuildError, match="other machines need: pip install ziglang"):
        script.build(script.Target.of("aarch64-macos.11.0"), script.LIBRARIES)


@pytest.mark.parametrize(
    ("name", "suffix", "builds"),
    [
        ("x86_64-linux-gnu.2.17", ".so", 2),
        ("aarch64-linux-musl", ".so", 1),
        ("aarch64-macos.11.0", ".dylib", 1),
        ("x86_64-windows-gnu", ".dll", 2),
    ],
)
def test_machines_by_their_names(script, name, suffix, builds):
    target = script.Target.of(name)
    assert (target.suffix, len(target.instructions)) == (suffix, builds)


PROBE = """
from huefold.native import elementary
print(float(elementary.exp(0.0)))
"""


@slow
@pytest.mark.usefixtures("compiles")
def test_a_checkout_compiles_edited_kernels_by_itself(tmp_path):
    root = copied(tmp_path / "copy")

    def probe(**environment):
        return subprocess.run(
            [sys.executable, "-c", PROBE], cwd=tmp_path, capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": str(root / "src"), **environment},
        )  # fmt: skip

    assert probe().stdout == "1.0\n"
    source = root / "src/huefold/native/elementary.c"
    source.write_text(source.read_text().replace("= hf_exp(", "= 41.0 + hf_exp("))
    for library in (root / "src/huefold/native/lib").iterdir():
        touch(library, -60)
    told = probe(CC="no-such-compiler")
    assert told.returncode == 1
    assert "cannot compile the kernels" in told.stderr and "no program no-such-compiler" in told.stderr
    assert probe().stdout == "42.0\n"
    assert probe(CC="no-such-compiler").stdout == "42.0\n"  # nothing is stale any more


@slow
@needs("ziglang")
def test_ziglang_builds_kernels_with_the_same_results(tmp_path, monkeypatch):
    script = build_script()
    monkeypatch.setenv("PATH", without_compilers(tmp_path / "bare"))
    libraries = script.build(script.Target.of("native"), tmp_path)
    values = np.random.default_rng(3).normal(size=10_000) * 50
    wanted = elementary.exp(values)
    assert len(libraries) == len(script.Target.of("native").instructions)
    for path in libraries:
        out = np.empty_like(values)
        library = ctypes.CDLL(str(path))
        library.hf_exp_all(
            ctypes.c_void_p(values.ctypes.data), ctypes.c_void_p(out.ctypes.data), ctypes.c_int64(values.size)
        )
        assert out.tobytes() == wanted.tobytes()


def wheel_of(root, folder, **environment):
    """Build a wheel by the hook, with what is installed here: no network is needed."""
    program = (
        "import hatchling.build as b\n"
        f"print(b.get_requires_for_build_wheel(), b.build_wheel({str(folder)!r}))"
    )
    return subprocess.run(
        [sys.executable, "-c", program], cwd=root, env={**os.environ, **environment},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@slow
@needs("hatchling")
@pytest.mark.parametrize("compiler", ["the system's", "ziglang"])
def test_a_wheel_has_the_libraries_and_serves_every_python(tmp_path, compiler, script):
    environment = {}
    if compiler == "ziglang":
        pytest.importorskip("ziglang", reason="ziglang is not installed (pip install ziglang)")
        environment = {"PATH": without_compilers(tmp_path / "bare")}
    elif script.system_compiler() is None:
        pytest.skip("this system has no C compiler")
    root = copied(tmp_path / "copy")
    built = wheel_of(root, tmp_path, **environment)
    assert built.returncode == 0, built.stderr
    assert ("ziglang>=" in built.stdout) == (compiler == "ziglang")
    (wheel,) = tmp_path.glob("huefold-*-py3-none-*.whl")
    assert "-any" not in wheel.name and "manylinux" not in wheel.name
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    libraries = [name for name in names if name.startswith("huefold/native/lib/")]
    target = script.Target.of("native")
    assert libraries == sorted(
        f"huefold/native/lib/kernels-{name}{target.suffix}" for name in target.instructions
    )
    assert not [name for name in names if name.endswith((".c", ".h"))]
    assert not (root / "src/huefold/native/lib").exists()


@slow
@needs("hatchling")
def test_a_wheel_without_a_compiler_says_what_helps(tmp_path):
    built = wheel_of(copied(tmp_path / "copy"), tmp_path, CC="no-such-compiler")
    assert built.returncode == 1
    last = built.stderr.strip().splitlines()[-2:]
    assert "huefold's kernels were not compiled. CC is 'no-such-compiler'" in last[0]


@slow
@needs("hatchling")
def test_sources_are_packed_with_all_that_builds_them(tmp_path):
    import tarfile

    program = f"import hatchling.build as b; b.build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True)
    (packed,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(packed) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    wanted = [
        path.relative_to(ROOT).as_posix() for end in ("c", "h") for path in (ROOT / "src").rglob(f"*.{end}")
    ]
    assert names >= {*wanted, "tools/build_kernels.py", "hatch_build.py", "pyproject.toml"}
    assert not [name for name in names if name.endswith((".so", ".dylib", ".dll"))]
