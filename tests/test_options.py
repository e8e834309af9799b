"""The schema of options: bounds, messages, and the flags made from it."""

from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from huefold.cli.flags import flag_infos
from huefold.colors import parse_color
from huefold.errors import BudgetError, HuefoldError, OptionError
from huefold.options import Options
from huefold.run.plan import default_regions, plan_run


def test_defaults_are_the_documented_ones():
    options = Options()
    assert (options.paths, options.structural_ratio, options.rounds, options.preset) == (
        128,
        0.4,
        20,
        "balanced",
    )
    assert (options.saliency, options.seed, options.background) == ("noise", 0, (1.0, 1.0, 1.0))
    plan = plan_run(options)
    assert options.structural_paths == 51 == plan.recolor.regions - 1
    assert plan.segment.regions == 255


@pytest.mark.parametrize("paths", [0, -3, "abc", 2.5, True, None, 10**9, math.nan])
def test_bad_budgets_are_budget_errors(paths):
    with pytest.raises(BudgetError, match=r"^paths must be a whole number from 1 to 65536, got "):
        Options(paths=paths)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"structural_ratio": 2}, "structural-ratio must be a number from 0 to 1, got 2"),
        ({"structural_ratio": math.nan}, "structural-ratio must be a number from 0 to 1, got nan"),
        ({"structural_ratio": False}, "structural-ratio must be a number from 0 to 1, got False"),
        ({"rounds": 0}, "rounds must be a whole number from 1 to 1000, got 0"),
        ({"regions": "many"}, "regions must be a whole number from 1 to 65536, got 'many'"),
        ({"preset": "slow"}, "preset must be one of fast, balanced, best, paper, got 'slow'"),
        ({"seed": -1}, "seed must be a whole number from 0 to 2^63 - 1, got -1"),
        ({"threads": 0}, "threads must be a whole number from 1 to 1024, got 0"),
        ({"time_limit": 0}, "time-limit must be a number of seconds above 0, got 0"),
        ({"time_limit": math.inf}, "time-limit must be a number of seconds above 0, got inf"),
        ({"background": "mauve"}, "background must be white, black, grey, #rgb or #rrggbb, got 'mauve'"),
        ({"background": (0, 0, 2)}, "background must be white, black, grey, #rgb or #rrggbb, got (0, 0, 2)"),
        (
            {"background": (None, 0, 0)},
            "background must be white, black, grey, #rgb or #rrggbb, got (None, 0, 0)",
        ),
        ({"saliency": ""}, "saliency must be 'auto', 'noise' or the path of a map, got ''"),
    ],
)
def test_bad_values_give_one_plain_line(values, message):
    with pytest.raises(OptionError) as caught:
        Options(**values)
    assert str(caught.value) == message
    assert caught.value.exit_code == 2


def test_unknown_options_are_named_with_the_known_ones():
    with pytest.raises(OptionError, match=r"there is no option 'path'; the options are paths, nodes, bytes"):
        Options(path=3)


def test_values_may_come_as_text_as_from_a_command_line():
    options = Options(paths="64", structural_ratio="0.5", time_limit="2.5", background="#f80")
    assert options.paths == 64
    assert options.structural_paths == 32
    assert options.time_limit == 2.5
    assert options.background == pytest.approx((1.0, 136 / 255, 0.0))


def test_options_cannot_be_changed_afterwards():
    options = Options()
    with pytest.raises(ValueError, match="frozen"):
        options.paths = 3


ANY_VALUE = st.one_of(st.integers(), st.floats(), st.text("abc#12.-\n '", max_size=8))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # machines may be slow
@given(st.dictionaries(st.sampled_from(list(Options.model_fields)), ANY_VALUE))
def test_any_values_are_accepted_or_refused_in_one_line(values):
    try:
        options = Options(**values)
    except HuefoldError as error:
        assert "\n" not in str(error)
        assert len(str(error)) < 250
    else:
        plan = plan_run(options)
        assert 0 <= options.structural_paths <= options.paths
        assert plan.recolor.regions - plan.trace.background == options.structural_paths
        assert plan.segment.regions >= 1


@given(st.integers(0, 65536))
def test_there_are_always_regions_to_merge(structural):
    assert default_regions(structural) >= max(150, min(2 * structural, 131072))


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_hex_colours_survive(levels):
    text = "#" + "".join(f"{level:02X}" for level in levels)
    assert [round(255 * channel) for channel in parse_color(text)] == list(levels)


def test_every_option_has_a_flag_with_help():
    infos = {info.name: info for info in flag_infos()}
    assert list(infos) == list(Options.model_fields)
    for info in infos.values():
        assert info.flag == "--" + info.name.replace("_", "-")
        assert info.help.count(".") >= 1
        assert "default" in info.help or info.name == "time_limit" or info.kind != "value"


def test_the_schema_needs_no_numpy():
    program = "import sys, huefold.options; sys.exit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
