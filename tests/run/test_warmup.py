"""Compiling on the first run: everything, in two processes, whatever happens to the second one."""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from numba.core.dispatcher import Dispatcher

import huefold
from huefold.cli.interrupt import LOST_SECONDS, compiling
from huefold.parallel import available_threads
from huefold.render.kernels import compiled
from huefold.run import warmup
from huefold.scene import Scene

EVERY_KIND_OF_RUN = """
import importlib, json, pkgutil
import numpy as np
from numba.core.dispatcher import Dispatcher
import huefold
from huefold import metrics
from huefold.run import warmup
from huefold.run.pipeline import vectorize


def specialisations():
    found = {}
    for module in pkgutil.walk_packages(huefold.__path__, "huefold."):
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, Dispatcher) and value.py_func.__module__ == module.name:
                found[f"{module.name}.{name}"] = len(value.signatures)
    return found


warmup._run_everything_small()
before = specialisations()
rows, columns = np.mgrid[:40, :56] / 56
photo = np.stack([rows, columns, (rows - 0.3) ** 2 + (columns - 0.5) ** 2 < 0.05], axis=2)
labels = (columns > 0.5).astype(int) + 2 * (rows > 0.4)
for options in (
    {"preset": "fast"},
    {"preset": "best", "time_limit": 2.0},
    {"preset": "balanced", "saliency": photo[:, :, 0], "threads": 1, "structural_ratio": 0.0},
    {"preset": "fast", "structural_ratio": 1.0, "saliency": "auto"},
    {"preset": "fast", "segmenter": labels},
    {"preset": "fast", "segmenter": labels == np.arange(4)[:, None, None]},
    {"preset": "paper", "time_limit": 2.0},
    {"preset": "fast", "contained": True},
    {"preset": "fast", "contained": True, "fills": "linear", "clustering": "greedy"},
    {"preset": "fast", "clustering": "kmeans"},
    {"preset": "fast", "clustering": "dbscan"},
):
    result = vectorize(photo, **({"paths": 12, "rounds": 2} | options))
    result.render(width=70)
    metrics.path_statistics(result.scene)
print(json.dumps([before, specialisations()]))
"""


@pytest.mark.slow
def test_nothing_is_left_to_compile_for_any_preset_or_option():
    done = subprocess.run(
        [sys.executable, "-c", EVERY_KIND_OF_RUN], capture_output=True, text=True, check=True
    )
    before, after = json.loads(done.stdout)
    assert len(before) > 200
    assert {name: count for name, count in after.items() if count != before[name]} == {}


@pytest.mark.slow
def test_the_fingerprint_depends_on_every_file_of_kernels():
    package = Path(huefold.__file__).parent
    files = [str(package / name) for name in warmup._kernel_files(package)]
    modules = [importlib.import_module(m.name) for m in pkgutil.walk_packages(huefold.__path__, "huefold.")]
    holders = {
        module.__file__
        for module in modules
        for value in vars(module).values()
        if isinstance(value, Dispatcher) and value.py_func.__module__ == module.__name__
    }
    assert len(holders) > 20
    assert holders <= set(files)
    assert compiled.__file__ in files


def test_an_edited_kernel_changes_the_fingerprint(monkeypatch, tmp_path):
    kernel = tmp_path / "render" / "kernels" / "fills" / "backward.py"
    kernel.parent.mkdir(parents=True)
    kernel.write_text("1")
    monkeypatch.setattr(warmup, "__file__", str(tmp_path / "run" / "warmup.py"))
    before = warmup.kernels_fingerprint()
    kernel.write_text("12")
    assert warmup.kernels_fingerprint() != before


@pytest.fixture
def stages(monkeypatch):
    """Stand-ins that take no time for what compiles, and a record of what ran in this process."""
    ran = []
    monkeypatch.setattr(warmup, "available_threads", lambda: 2)
    monkeypatch.setattr(warmup, "_pass_through_regions", lambda _: ran.append("regions"))
    monkeypatch.setattr(
        "huefold.run.pipeline.vectorize", lambda *_, **options: ran.append(options["preset"]) or _Drawn()
    )
    return ran


class _Drawn:
    scene = Scene(4, 4, (1.0, 1.0, 1.0))

    def render(self, *, width):
        return width


@pytest.mark.parametrize("executable", [None, "", "/no/such/python", "false"])
def test_without_a_second_process_the_first_does_it_all(stages, monkeypatch, executable):
    monkeypatch.setattr(sys, "executable", executable)
    begin = time.monotonic()
    warmup._run_everything_small()
    assert stages == ["regions", "balanced", "paper"]
    assert time.monotonic() - begin < 10


def test_a_second_process_that_hangs_is_given_up(stages, monkeypatch, tmp_path):
    hanging = tmp_path / "python"
    hanging.write_text("#!/bin/sh\nexec sleep 60\n")
    hanging.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(hanging))
    monkeypatch.setattr(warmup, "HELPER_SECONDS", 0.2)
    begin = time.monotonic()
    warmup._run_everything_small()
    assert stages == ["regions", "balanced", "paper"]
    assert time.monotonic() - begin < 10


def test_one_processor_starts_no_second_process(stages, monkeypatch):
    monkeypatch.setattr(warmup, "available_threads", lambda: 1)
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started a process"))
    warmup._run_everything_small()
    assert stages == ["balanced", "paper"]


def children(pid):
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="looks for child processes in /proc")
@pytest.mark.skipif(available_threads() < 2, reason="needs two processors")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_no_process_outlives_one_that_is_stopped(tmp_path, number):
    program = "from huefold.cli import main; main()"
    places = {"NUMBA_CACHE_DIR": str(tmp_path / "numba"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    with subprocess.Popen(
        [sys.executable, "-c", program, "vectorize", "sample:coffee", "-o", str(tmp_path / "o.svg")],
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | places,
    ) as process:
        assert any("compiling kernels" in line for line in process.stderr)
        helpers = until(lambda: children(process.pid))
        time.sleep(1.0)
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert "Traceback" not in stderr
    assert until(lambda: not any(Path(f"/proc/{helper}").exists() for helper in helpers))
    assert not (tmp_path / "o.svg").exists()


def until(condition, seconds=60.0):
    """Wait for something that becomes true, and return it."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    return found


@pytest.mark.parametrize("failure", [None, RuntimeError("the compiler lost its object")])
def test_an_interrupt_lost_in_the_compiler_is_still_one(failure):
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt), compiling():
        with contextlib.suppress(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
        if failure is not None:
            raise failure
    assert signal.getsignal(signal.SIGINT) is before


class _Callback:
    """What Python reports an exception of, instead of raising it."""

    def __del__(self):
        signal.raise_signal(signal.SIGINT)


def test_an_interrupt_lost_in_a_callback_comes_again():
    begin = time.monotonic()
    with pytest.raises(KeyboardInterrupt), compiling():
        _Callback()
        while time.monotonic() - begin < 30.0:
            time.sleep(0.01)
    assert time.monotonic() - begin < 10.0
    time.sleep(3 * LOST_SECONDS)  # and not once more


def test_what_fails_in_the_compiler_uninterrupted_is_told():
    with pytest.raises(RuntimeError, match="lost"), compiling():
        raise RuntimeError("the compiler lost its object")
