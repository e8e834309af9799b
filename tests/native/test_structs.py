"""Structs as Python describes them are those of C: a C compiler compares sizes, places and types of all fields."""

from __future__ import annotations

import ast
import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest
from tests.native.checkout import build_script

from huefold.native import array, output
from huefold.native.structs import COUNT, FLAG, NUMBER, Struct
from huefold.refine.edits import kernels as edits
from huefold.refine.fit import structs as fit
from huefold.refine.penalties import kernels as penalties
from huefold.render import renderer
from huefold.render.fills import structs as fills

SOURCES = Path(__file__).resolve().parents[2] / "src" / "huefold"

MIRRORS = {
    fills.GradientFillsStruct: "render/kernels/fills/tables.h: GradientFills",
    fills.FillValuesStruct: "render/kernels/fills/tables.h: FillValues",
    fills.FillsStruct: "render/kernels/scene.h: Fills",
    renderer.SceneStruct: "render/kernels/scene.h: Scene",
    renderer.PassStruct: "render/kernels/scene.h: Pass",
    penalties.OutlinesStruct: "refine/penalties/penalties.h: PenaltyOutlines",
    penalties.PenaltiesStruct: "refine/penalties/penalties.h: Penalties",
    penalties.RegionsStruct: "refine/penalties/penalties.h: PenaltyRegions",
    penalties.PenaltyStateStruct: "refine/penalties/state.h: PenaltyState",
    fit.FillVariablesStruct: "refine/fit/fill_variables.h: FillVariables",
    fit.SmoothNodesStruct: "refine/fit/smooth_nodes.h: SmoothNodes",
    fit.StraightOutlinesStruct: "refine/fit/straight_outlines.h: StraightOutlines",
    fit.CrossingTestStruct: "refine/fit/crossing_guard.h: CrossingTest",
    fit.GuardStruct: "refine/fit/crossing_guard.h: CrossingGuard",
    fit.ValuesStruct: "refine/fit/loop.h: Values",
    fit.FitStruct: "refine/fit/loop.h: Fit",
    edits.MergeScene: "refine/edits/merging.h: MergeScene",
    edits._PathsToFill: "refine/edits/fill_layers.c: PathsToFill",
}
"""Where the C twin of each class lies, and its name."""

NUMBERS = {COUNT: "int64_t", NUMBER: "double", FLAG: "bool"}
ITEMS = {
    np.dtype(np.float64): "double", np.dtype(np.float32): "float", np.dtype(np.int64): "int64_t",
    np.dtype(np.int32): "int32_t", np.dtype(np.uint8): "uint8_t", np.dtype(np.bool_): "bool",
}  # fmt: skip


def is_one_of(field, *types):
    return f"_Generic({field}, {', '.join(f'{name}: 1' for name in types)}, default: 0)"


def claims(struct, name):
    """Yield what must hold of the C struct `name` if the Python class mirrors it."""
    yield f"sizeof({name}) == {ctypes.sizeof(struct)}"
    for field, kind in struct._fields_:
        yield f"offsetof({name}, {field}) == {getattr(struct, field).offset}"
        there = f"(({name} *)0)->{field}"
        if kind in NUMBERS:
            yield is_one_of(there, NUMBERS[kind])
        elif field in struct._arrays:
            array = struct._arrays[field]
            item = "Box" if field == "boxes" else ITEMS[array._dtype]
            # Only what Python lets kernels change is not constant there.
            written = [f"{item} *", "void *"] if array._writes else []
            yield is_one_of(there, f"const {item} *", "const void *", *written)
        elif isinstance(kind, type) and issubclass(kind, Struct):
            yield is_one_of(there, MIRRORS[kind].split()[1])
        else:
            yield f"sizeof {there} == {ctypes.sizeof(kind)}"


def complaint(folder, struct, twin):
    """Return what a C compiler says about the claims; nothing if all hold."""
    header, name = twin.split(": ")
    source = folder / "claims.c"
    asserted = "".join(f'_Static_assert({claim}, "{name}");\n' for claim in claims(struct, name))
    source.write_text(f'#include <stddef.h>\n#include "{header}"\n{asserted}')
    script = build_script()
    command = [
        *script.compiler(script.Target.of("native")),
        *script.FLAGS,
        "-I",
        str(SOURCES),
        "-fsyntax-only",
    ]
    return subprocess.run([*command, str(source)], capture_output=True, text=True, check=False).stderr


@pytest.mark.parametrize("struct", MIRRORS, ids=lambda struct: struct.__name__)
def test_structs_are_those_of_c(struct, tmp_path):
    assert "error" not in complaint(tmp_path, struct, MIRRORS[struct])


def test_all_structs_are_compared_and_have_one_twin_each():
    classes = {
        node.name
        for path in SOURCES.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and "Struct" in [ast.unparse(base) for base in node.bases]
    }
    assert classes == {struct.__name__ for struct in MIRRORS}
    assert len(set(MIRRORS.values())) == len(MIRRORS)


@pytest.mark.parametrize(
    "changed",
    [
        [("steps", COUNT)],
        [("cells_per_unit", NUMBER), ("steps", COUNT)],
        [("steps", NUMBER), ("cells_per_unit", NUMBER)],
        [("steps", COUNT), ("cells", NUMBER)],
        [("steps", COUNT), ("cells_per_unit", NUMBER), ("tries", COUNT)],
    ],
)
def test_fields_that_differ_are_found(changed, tmp_path):
    struct = type("Changed", (Struct,), {"_fields_": changed, "_arrays": {}})
    assert "error" in complaint(tmp_path, struct, MIRRORS[fit.CrossingTestStruct])


@pytest.mark.parametrize(
    ("dtype", "writes", "fits"),
    [(np.float64, True, True), (np.float64, False, False), (np.float32, True, False)],
)
def test_arrays_of_another_type_or_that_must_not_change_are_found(dtype, writes, fits, tmp_path):
    arrays = {**fit.GuardStruct._arrays, "simple": (output if writes else array)(dtype, 2)}
    struct = type("Changed", (Struct,), {"_fields_": fit.GuardStruct._fields_, "_arrays": arrays})
    assert ("error" not in complaint(tmp_path, struct, MIRRORS[fit.GuardStruct])) == fits
