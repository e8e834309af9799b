"""The same bytes on every processor: drawings in processes that see another one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from numpy._core._multiarray_umath import __cpu_dispatch__, __cpu_features__

from huefold.native.library import BASELINE, VARIABLE

PROGRAM = Path(__file__).with_name("drawing_elsewhere.py")
USED = [name for name in __cpu_dispatch__ if __cpu_features__.get(name)]
WITHOUT = "-AVX512F,-AVX2,-FMA,-FMA4,-AVX2_Usable,-FMA_Usable"


def digest(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()[-1]


@pytest.fixture(scope="module")
def here() -> str:
    return digest()


@pytest.mark.slow
@pytest.mark.parametrize("kernels", ["Prescott", "Haswell"])
def test_with_other_linear_algebra_and_fewer_instructions(here: str, kernels: str) -> None:
    fewer = {"NPY_DISABLE_CPU_FEATURES": " ".join(USED)} if USED else {}
    assert digest(OPENBLAS_CORETYPE=kernels, **fewer) == here


@pytest.mark.slow
def test_with_other_functions_of_the_c_library(here: str) -> None:
    assert digest(GLIBC_TUNABLES=f"glibc.cpu.hwcaps={WITHOUT}") == here


@pytest.mark.slow
def test_with_the_kernels_for_any_processor(here: str) -> None:
    assert digest(**{VARIABLE: BASELINE}) == here


@pytest.mark.slow
def test_where_elementary_functions_and_linear_algebra_differ(here: str) -> None:
    assert digest("different") == here
