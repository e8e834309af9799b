"""Structs of the fit loop in C: see loop.h and the headers that it includes."""

from __future__ import annotations

import numpy as np

from huefold.native import array, output
from huefold.native.structs import COUNT, FLAG, NUMBER, POINTER, Struct
from huefold.render.fills.structs import FillValuesStruct

__all__ = [
    "CrossingTestStruct",
    "FillVariablesStruct",
    "FitStruct",
    "GuardStruct",
    "SmoothNodesStruct",
    "StraightOutlinesStruct",
    "ValuesStruct",
]

_ROWS, _NUMBERS = output(np.float64, 2), output(np.float64, 1)
_INDICES, _TRUTHS = array(np.int64, 1), array(np.bool_, 1)


class FillVariablesStruct(Struct):
    """`FillVariables` of fill_variables.h."""

    _fields_ = [
        ("offsets", POINTER), ("opacities", POINTER), ("centered", POINTER), ("pointed", POINTER),
        ("scale", POINTER), ("least", POINTER),
    ]  # fmt: skip
    _arrays = {
        "offsets": _TRUTHS, "opacities": _TRUTHS, "centered": _TRUTHS, "pointed": _TRUTHS,
        "scale": array(np.float64, 1), "least": array(np.float64, 1),
    }  # fmt: skip


class ValuesStruct(Struct):
    """`Values` of loop.h: those of a drawing, derivatives by them, or moments of these."""

    _fields_ = [
        ("points", POINTER), ("colors", POINTER), ("opacities", POINTER), ("background", POINTER),
        ("fills", FillValuesStruct),
    ]  # fmt: skip
    _arrays = {"points": _ROWS, "colors": _ROWS, "opacities": _NUMBERS, "background": _NUMBERS}


class SmoothNodesStruct(Struct):
    """`SmoothNodes` of smooth_nodes.h."""

    _fields_ = [("node", POINTER), ("arriving", POINTER), ("count", COUNT)]
    _arrays = {"node": _INDICES, "arriving": _INDICES}


class StraightOutlinesStruct(Struct):
    """`StraightOutlines` of straight_outlines.h."""

    _fields_ = [
        ("lines", POINTER), ("offsets", POINTER), ("line_count", COUNT), ("path_count", COUNT),
        ("moment_share", NUMBER),
    ]  # fmt: skip
    _arrays = {"lines": array(np.int64, 2), "offsets": _INDICES}


class CrossingTestStruct(Struct):
    """`CrossingTest` of crossing_guard.h."""

    _fields_ = [("steps", COUNT), ("cells_per_unit", NUMBER)]


class GuardStruct(Struct):
    """`CrossingGuard` of crossing_guard.h."""

    _fields_ = [
        ("contours", POINTER), ("starts", POINTER), ("simple", POINTER), ("count", COUNT),
        ("test", CrossingTestStruct), ("tries", COUNT),
    ]  # fmt: skip
    _arrays = {"contours": _INDICES, "starts": _INDICES, "simple": _ROWS}


class FitStruct(Struct):
    """`Fit` of loop.h."""

    _fields_ = [
        ("renderer", POINTER), ("scene", POINTER), ("pass", POINTER), ("threads", COUNT), ("point_count", COUNT),
        ("iterations", COUNT), ("point_rate", NUMBER), ("color_rate", NUMBER), ("last_rate", NUMBER),
        ("check_every", COUNT),
        ("values", ValuesStruct), ("mean", ValuesStruct), ("square", ValuesStruct),
        ("straight", POINTER), ("smooth", SmoothNodesStruct), ("asymmetry", POINTER), ("smooth_after", NUMBER),
        ("free_opacities", POINTER), ("free_background", FLAG), ("color_gradient", POINTER),
        ("fills", POINTER), ("fill_variables", POINTER), ("fill_gradient", FillValuesStruct),
        ("maps", POINTER), ("paint", POINTER), ("hiding", POINTER), ("end_share", NUMBER),
        ("penalty_state", POINTER), ("guard", POINTER), ("first_loss", NUMBER),
    ]  # fmt: skip
    _arrays = {
        "asymmetry": array(np.float64, 2), "free_opacities": _TRUTHS, "color_gradient": _ROWS,
        "maps": _ROWS, "paint": _ROWS, "hiding": _NUMBERS,
    }  # fmt: skip
