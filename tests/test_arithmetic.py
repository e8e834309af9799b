"""What a drawing depends on uses no arithmetic whose last digits depend on the processor.

Such are matrix products and linear algebra, which go through BLAS, and elementary functions of numpy and of the C
library, which have variants for different processors. `huefold.native` has others.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import huefold

PACKAGE = Path(huefold.__file__).parent

NUMPY = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power", "float_power", "cbrt", "hypot"),
    *("sin", "cos", "tan", "arcsin", "arccos", "arctan", "arctan2", "sinh", "cosh", "tanh"),
    *("dot", "vdot", "inner", "matmul", "einsum", "tensordot", "convolve", "correlate", "linalg", "fft"),
    *("polyfit", "cov", "corrcoef", "argpartition"),
}
MATH = {
    *("exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "pow", "cbrt"),
    *("sin", "cos", "tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh"),
}

ELSEWHERE = (
    "native",  # puts others in their place
    "models",  # networks, whose maps are rounded
    "segment/anything",
    "studio",
    "metrics/compactness.py",  # measures, and no drawing depends on it
    "metrics/perceptual.py",
    "selftest.py",
)
"""Where it may be used."""

EXCEPTIONS = {
    "colors.py: **",  # rounded
}


def findings(file: Path) -> set[str]:
    name = file.relative_to(PACKAGE).as_posix()
    found = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult):
            found.add("@")
        elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _is_exact(node):
            found.add("**")
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "argsort"
        ):
            if not any(keyword.arg == "kind" for keyword in node.keywords):
                found.add("argsort of no stable kind")
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            library, function = node.value.id, node.attr
            if (library == "np" and function in NUMPY) or (library == "math" and function in MATH):
                found.add(f"{library}.{function}")
    return {f"{name}: {what}" for what in found}


def _is_exact(power: ast.BinOp) -> bool:
    """Whether both sides are whole numbers, or the exponent is 2, for which numpy multiplies."""
    base, exponent = power.left, power.right
    if isinstance(exponent, ast.Constant):
        return exponent.value == 2 or (isinstance(exponent.value, int) and isinstance(base, ast.Constant))
    whole = isinstance(base, ast.Constant) and isinstance(base.value, int)
    return whole and not isinstance(exponent, ast.UnaryOp)


FILES = [
    file
    for file in sorted(PACKAGE.rglob("*.py"))
    if not any(file.relative_to(PACKAGE).as_posix().startswith(place) for place in ELSEWHERE)
]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(PACKAGE).as_posix())
def test_no_arithmetic_depends_on_the_processor(file: Path) -> None:
    assert findings(file) <= EXCEPTIONS
