"""Structs of the fit loop in C: see loop.c and the headers that it includes."""

from __future__ import annotations

import numpy as np

from huefold.native import array, output
from huefold.native.structs import COUNT, FLAG, NUMBER, POINTER, Struct

__all__ = [
    "FillValues",
    "FillVariablesStruct",
    "Fit",
    "GradientFillsStruct",
    "GuardStruct",
    "PenaltyState",
    "SmoothNodesStruct",
    "StraightOutlinesStruct",
    "Values",
]

_ROWS, _NUMBERS = output(np.float64, 2), output(np.float64, 1)
_INDICES, _TRUTHS, _CODES = array(np.int64, 1), array(np.bool_, 1), array(np.uint8, 1)


class FillValues(Struct):
    """`FillValues` of render/kernels/fills/tables.h."""

    _fields_ = [("shapes", POINTER), ("offsets", POINTER), ("colors", POINTER), ("opacities", POINTER)]
    _arrays = {"shapes": _ROWS, "offsets": _NUMBERS, "colors": _ROWS, "opacities": _NUMBERS}


class GradientFillsStruct(Struct):
    """`GradientFills` of render/kernels/fills/tables.h."""

    _fields_ = [
        ("path_count", COUNT), ("count", COUNT), ("paths", POINTER), ("radial", POINTER), ("spread", POINTER),
        ("shapes", POINTER), ("transforms", POINTER), ("stops", POINTER), ("offsets", POINTER),
        ("colors", POINTER), ("opacities", POINTER),
    ]  # fmt: skip
    _arrays = {
        "paths": _INDICES, "radial": _CODES, "spread": _CODES, "shapes": array(np.float64, 2),
        "transforms": array(np.float64, 2), "stops": _INDICES, "offsets": array(np.float64, 1),
        "colors": array(np.float64, 2), "opacities": array(np.float64, 1),
    }  # fmt: skip


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


class Values(Struct):
    """`Values` of loop.c: those of a drawing, derivatives by them, or moments of these."""

    _fields_ = [
        ("points", POINTER), ("colors", POINTER), ("opacities", POINTER), ("background", POINTER),
        ("fills", FillValues),
    ]  # fmt: skip
    _arrays = {
        "points": _ROWS, "colors": _ROWS, "opacities": output(np.float64, 1), "background": _NUMBERS,
    }  # fmt: skip


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


class GuardStruct(Struct):
    """`CrossingGuard` of crossing_guard.h, its test included."""

    _fields_ = [
        ("contours", POINTER), ("starts", POINTER), ("simple", POINTER), ("count", COUNT), ("steps", COUNT),
        ("cells_per_unit", NUMBER), ("tries", COUNT),
    ]  # fmt: skip
    _arrays = {"contours": _INDICES, "starts": _INDICES, "simple": _ROWS}


class PenaltyState(Struct):
    """`PenaltyState` of loop.c."""

    _fields_ = [
        ("penalties", POINTER), ("regions", POINTER), ("structural_cost", NUMBER), ("detail_cost", NUMBER),
        ("structural", COUNT), ("top", POINTER), ("assigned", POINTER), ("costs", POINTER), ("planes", POINTER),
        ("codes", POINTER), ("solid", POINTER), ("opaque", NUMBER), ("every", COUNT),
    ]  # fmt: skip
    _arrays = {
        "top": output(np.int32, 2), "assigned": output(np.int64, 1), "costs": _NUMBERS,
        "planes": output(np.float32, 3), "codes": _ROWS, "solid": _NUMBERS,
    }  # fmt: skip


class Fit(Struct):
    """`Fit` of loop.c."""

    _fields_ = [
        ("renderer", POINTER), ("scene", POINTER), ("pass", POINTER), ("threads", COUNT), ("point_count", COUNT),
        ("iterations", COUNT), ("point_rate", NUMBER), ("color_rate", NUMBER), ("last_rate", NUMBER),
        ("check_every", COUNT),
        ("values", Values), ("mean", Values), ("square", Values),
        ("straight", POINTER), ("smooth", SmoothNodesStruct), ("asymmetry", POINTER), ("smooth_after", NUMBER),
        ("free_opacities", POINTER), ("free_background", FLAG), ("color_gradient", POINTER),
        ("fills", POINTER), ("fill_variables", POINTER), ("fill_gradient", FillValues),
        ("maps", POINTER), ("paint", POINTER), ("hiding", POINTER), ("end_share", NUMBER),
        ("penalty_state", POINTER), ("guard", POINTER), ("first_loss", NUMBER),
    ]  # fmt: skip
    _arrays = {
        "asymmetry": array(np.float64, 2), "free_opacities": _TRUTHS, "color_gradient": _ROWS,
        "maps": _ROWS, "paint": _ROWS, "hiding": _NUMBERS,
    }  # fmt: skip
