"""What compiled kernels take and give: wrong arguments are refused before they reach C."""

from __future__ import annotations

import ctypes
import re

import numpy as np
import pytest

from huefold.native import array, bind, output
from huefold.native import kernels as bound_kernels

READ, WRITE = array(np.float64, 2), output(np.float64, 2)

READ_ONLY = np.zeros((2, 2))
READ_ONLY.flags.writeable = False


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (READ, None, "expected a C-contiguous 2-dimensional array of float64, got NoneType"),
        (READ, [[1.0]], "got list"),
        (READ, 1.0, "got float"),
        (READ, np.float64(1.0), "got float64"),
        (READ, np.zeros((2, 2), np.float32), "got an array of float32, shape (2, 2)"),
        (READ, np.zeros((2, 2), ">f8"), "got an array of >f8"),
        (READ, np.zeros(3), "got an array of float64, shape (3,)"),
        (READ, np.zeros((1, 2, 3)), "shape (1, 2, 3)"),
        (READ, np.zeros((4, 2)).T, "shape (2, 4), not C-contiguous"),
        (READ, np.zeros((4, 4))[:, ::2], "not C-contiguous"),
        (WRITE, READ_ONLY, "expected a writeable C-contiguous 2-dimensional array of float64, got an array"),
        (WRITE, READ_ONLY, "shape (2, 2), read-only"),
        (WRITE, None, "got NoneType"),
    ],
)
def test_arrays_of_other_kinds_are_refused(kind, value, said):
    with pytest.raises(TypeError, match=re.escape(said)):
        kind.from_param(value)


@pytest.mark.parametrize("values", [np.arange(6.0).reshape(2, 3), READ_ONLY])
def test_the_address_of_an_array_is_passed(values):
    passed = READ.from_param(values)
    assert ctypes.cast(passed, ctypes.c_void_p).value == values.ctypes.data
    if values.flags.writeable:
        assert ctypes.cast(WRITE.from_param(values), ctypes.c_void_p).value == values.ctypes.data


def test_arrays_without_elements_are_fine():
    READ.from_param(np.zeros((0, 2)))
    bind("hf_exp_all", array(np.float64, 1), output(np.float64, 1), int)(np.zeros(0), np.zeros(0), 0)


def test_only_optional_arrays_may_be_left_out():
    assert array(np.float64, 2, optional=True).from_param(None) is None
    assert output(np.float64, 2, optional=True).from_param(None) is None
    with pytest.raises(TypeError):
        array(np.float64, 2, optional=True).from_param([])


@pytest.mark.parametrize(
    "arguments",
    [
        (np.zeros(2, np.float32), np.zeros(2), 2),
        (np.zeros(2), np.zeros(2), 2.0),
        (np.zeros(2), np.zeros(2), None),
        (np.zeros(2), np.zeros(2)),
        (),
    ],
)
def test_calls_with_wrong_arguments_are_refused(arguments):
    kernel = bind("hf_exp_all", array(np.float64, 1), output(np.float64, 1), int)
    with pytest.raises(TypeError, match=r"hf_exp_all|takes at least 3 arguments"):
        kernel(*arguments)


def test_unknown_functions_are_an_error_at_the_first_call():
    kernel = bind("hf_no_such_function")
    with pytest.raises(AttributeError, match="hf_no_such_function"):
        kernel()


def test_numbers_become_those_of_c():
    kernel = bind("hf_power_all", array(np.float64, 1), float, output(np.float64, 1), int)
    out = np.zeros(2)
    kernel(np.array([2.0, 3.0]), 2, out, 2)  # a whole number for a double
    assert out.tolist() == [4.0, 9.0]


@pytest.fixture
def answering(monkeypatch):
    """Make kernels whose function returns what is wanted."""

    def make(answer, **how):
        function = ctypes.CFUNCTYPE(ctypes.c_int64)(lambda: answer)
        library = type("Library", (), {"hf_answer": function})
        monkeypatch.setattr(bound_kernels.library, "load", lambda: library)
        return bind("hf_answer", **how)

    return make


def test_a_status_of_no_memory_is_a_memory_error(answering):
    with pytest.raises(MemoryError, match="hf_answer: not enough memory"):
        answering(-1, status=True)()


@pytest.mark.parametrize("answer", [0, 1, 7])
def test_other_statuses_are_returned(answering, answer):
    assert answering(answer, status=True)() == answer


def test_without_status_any_number_is_a_result(answering):
    assert answering(-1, returns=int)() == -1
