"""The rule that stops when means are known closely enough: published numbers, bounds, and what it makes of oddities.

How often its intervals hold what they promise is measured in `test_stopping.py`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.precision import GUARD, Precision, guard, replications_needed
from netsim.statistics.sample import Sample

BANK = Sample(np.array([1.53, 1.66, 1.24, 2.34, 2.00, 1.69, 2.69, 2.86, 1.70, 2.60]))
"""Average delays of ten days of a bank: Law and Kelton, section 9.4.1."""


def rule(**fields: object) -> Precision:
    return Precision(**{"kpis": ("k",), "relative": 0.05, **fields})


def sample(*values: float) -> Sample:
    return Sample(np.array(values, dtype=float))


def normal(n: int, cv: float, seed: int, mean: float = 10.0) -> Sample:
    return Sample(mean * (1 + cv * np.random.default_rng(seed).standard_normal(n)))


def one(sample: Sample, precision: Precision) -> int:
    return precision.next({"a": {"k": sample}})["a"]


def test_the_bank_needs_16_replications_for_a_quarter_of_a_minute_and_27_for_a_tenth():
    # The book's own figures, at 90 %.
    interval = sample_interval(BANK, level=0.9)
    assert interval.mean == pytest.approx(2.03, abs=0.005)
    assert interval.half == pytest.approx(0.32, abs=0.005)
    wide = rule(relative=None, absolute=0.25, level=0.9)
    assert replications_needed(interval, wide, guarded=False) == 16
    assert replications_needed(interval, rule(relative=0.1, level=0.9), guarded=False) == 27


def test_the_guard_is_the_upper_bound_of_a_deviation():
    # (n - 1) s^2 / sigma^2 is chi-square: a deviation at the guard's bound has just the guard's confidence.
    for n in (2, 10, 50, 1000):
        assert chi2.sf((n - 1) / guard(n, GUARD) ** 2, n - 1) == pytest.approx(GUARD)
    assert guard(10, GUARD) == pytest.approx(math.sqrt(9 / 5.899), rel=1e-3)  # any table: chi-square 0.25, 9 d. f.
    assert guard(10_000, GUARD) < 1.01


def test_it_begins_with_the_least():
    assert rule(at_least=12).next({"a": {}, "b": {}}) == {"a": 12, "b": 12}
    assert one(sample(), rule(at_least=12)) == 12
    assert one(sample(*range(5)), rule(at_least=12)) == 12  # it was killed within the first round


def test_it_stops_where_the_guarded_width_is_met():
    # Ten values -3, 3: mean 0 is of no matter for an absolute width; s = 3 sqrt(10/9), t(9) = 2.262, guard 1.235.
    values = sample(*[-3, 3] * 5)
    bound = 2.2622 * 3 * math.sqrt(10 / 9) / math.sqrt(10) * math.sqrt(9 / 5.8988)
    assert one(values, rule(relative=None, absolute=bound * 1.001)) == 10
    assert one(values, rule(relative=None, absolute=bound * 0.999)) > 10


def test_a_round_adds_a_tenth_at_least_and_doubles_at_most():
    values = normal(10, 0.1, seed=1)
    half = sample_interval(values, level=0.95).half * guard(10, GUARD)
    near, far = (rule(relative=None, absolute=half * factor) for factor in (0.999, 0.1))
    assert one(values, near) == 11
    assert one(values, far) == 20


@given(st.integers(0, 10_000), st.floats(0.02, 0.6), st.integers(1, 300))
def test_what_comes_later_changes_nothing(seed, cv, cut):
    """A study that is killed, or has more replications than it needs, comes to the same number."""
    values, asked = normal(300, cv, seed), rule(at_most=300)
    whole, count = one(values, asked), 0
    while one(values.first(count), asked) > count:  # as a study goes on, round by round
        count = one(values.first(count), asked)
    assert count == whole
    part = one(values.first(cut), asked)
    assert part == whole if cut >= whole else cut < part <= whole


@given(st.integers(0, 10_000), st.floats(0.02, 0.6), st.sampled_from([1e-3, 7.0, 1e6]))
def test_a_relative_width_does_not_depend_on_the_unit(seed, cv, unit):
    values = normal(200, cv, seed)
    assert one(values, rule(at_most=200)) == one(Sample(values.values * unit), rule(at_most=200))
    assert one(values, rule(at_most=200)) == one(Sample(-values.values), rule(at_most=200))


@given(st.integers(0, 10_000), st.floats(0.02, 0.4))
def test_where_it_stops_the_interval_is_as_narrow_as_was_asked(seed, cv):
    values, asked = normal(2_000, cv, seed), rule(at_most=2_000)
    count = one(values, asked)
    interval = sample_interval(values.first(count), level=0.95)
    assert 10 <= count < 2_000
    assert interval.half <= 0.05 / 1.05 * abs(interval.mean)


def test_designs_go_on_together_unless_they_are_apart():
    calm, wild = normal(400, 0.01, seed=2), normal(400, 0.3, seed=3)
    seen = {"calm": {"k": calm}, "wild": {"k": wild}}
    together, apart = rule().next(seen), rule(apart=True).next(seen)
    assert together["calm"] == together["wild"] == apart["wild"] > apart["calm"] == 10
    assert rule(apart=True).next({"wild": {"k": wild}}) == {"wild": apart["wild"]}


def test_no_design_is_looked_at_before_all_have_come_as_far():
    seen = {"a": {"k": normal(50, 0.3, seed=4)}, "b": {"k": normal(15, 0.3, seed=5)}}
    count = rule().next(seen)["a"]
    assert count == rule().next({name: {"k": kpis["k"].first(10)} for name, kpis in seen.items()})["a"]
    assert 15 < count <= 20


def test_every_kpi_must_be_met():
    calm, wild = normal(400, 0.01, seed=2), normal(400, 0.3, seed=3)
    both = Precision(kpis=("calm", "wild"), relative=0.05).next({"a": {"calm": calm, "wild": wild}})["a"]
    assert both == one(wild, rule()) > one(calm, rule())


def test_a_joint_level_is_shared_out_equally():
    asked = Precision(kpis=("x", "y"), relative=0.05, level=0.95, jointly=True)
    assert asked.level_of(5) == pytest.approx(1 - 0.05 / 10)
    values = normal(400, 0.2, seed=6)
    assert one(values, rule(jointly=True)) == one(values, rule())  # one of one
    seen = {name: {"k": values} for name in "abcd"}
    assert rule(jointly=True).next(seen)["a"] > rule().next(seen)["a"]


def test_a_ratio_is_judged_by_its_jackknife():
    rng = np.random.default_rng(7)
    bottoms = rng.poisson(40, 300).astype(float)
    tops = rng.binomial(bottoms.astype(int), 0.8).astype(float)
    # Denominators that vary make amounts vary, but hardly their ratio: far fewer than the mean of the numerators takes.
    ratio = one(Sample(tops / bottoms, tops, bottoms), rule(relative=0.03))
    assert ratio < one(Sample(tops), rule(relative=0.03))


def test_it_goes_on_to_the_most_and_no_further():
    values = normal(100, 0.4, seed=8)
    assert one(values, rule(at_most=40, relative=0.04)) <= 40
    asked = rule(relative=0.1, at_most=40)
    assert one(values, asked) == 40  # some 60 would be needed, which ten replications cannot rule out


def test_a_mean_near_0_asks_for_no_more_as_nothing_would_do():
    values = sample(*[-3, 3, 1, -1, 2] * 2)
    assert one(values, rule()) == 10
    assert rule().out_of_reach(sample_interval(values, level=0.95))
    assert one(values, rule(relative=None, absolute=0.5)) > 10


def test_the_others_go_on_without_what_is_out_of_reach():
    hopeless, wild = Sample(np.tile([-3.0, 3.0], 100)), normal(200, 0.2, seed=9)
    asked = Precision(kpis=("hopeless", "wild"), relative=0.05)
    assert asked.next({"a": {"hopeless": hopeless, "wild": wild}})["a"] == one(wild, rule())


def test_what_gives_no_value_asks_for_no_more():
    nothing = Sample(np.full(10, np.nan))
    assert one(nothing, rule()) == 10
    assert one(Sample(nothing.values, np.zeros(10), np.zeros(10)), rule()) == 10
    assert rule(kpis=("missing",)).next({"a": {"k": normal(10, 0.3, seed=1)}}) == {"a": 10}


def test_replications_without_a_value_are_made_up_for():
    values = normal(80, 0.1, seed=10)
    gaps = np.full(160, np.nan)
    gaps[::2] = values.values
    whole, holed = one(values, rule()), one(Sample(gaps), rule())
    assert whole < holed <= 160
    lonely = np.full(10, np.nan)
    lonely[3] = 5.0
    assert one(Sample(lonely), rule()) == 20  # one value has no width: as far as a round may go


def test_equal_values_are_a_constant_once_60_of_them_are_equal():
    # 3 / 0.05: what happens in a twentieth of the runs would have shown, by the rule of three.
    for value in (0.0, 0.1, -7.0):
        same = Sample(np.full(200, value))
        assert one(same, rule()) == 60
        assert one(same, rule(level=0.9)) == 30
        assert one(same, rule(at_most=59)) == 10  # out of reach


def test_what_is_rare_is_not_taken_for_a_constant():
    rare = np.zeros(200)
    rare[40] = 1.0
    assert one(Sample(rare), rule(relative=None, absolute=0.5)) == 60
    assert one(Sample(rare), rule(relative=None, absolute=0.02)) > 60


@pytest.mark.parametrize(
    "fields",
    [
        {"relative": None},
        {"absolute": 1.0},
        {"relative": 0.0},
        {"relative": 1.0},
        {"relative": None, "absolute": 0.0},
        {"relative": None, "absolute": math.inf},
        {"level": 1.0},
        {"level": math.nan},
        {"at_least": 1},
        {"at_least": 20, "at_most": 19},
        {"kpis": ()},
    ],
)
def test_numbers_without_sense_are_refused(fields):
    with pytest.raises(ModelError):
        rule(**fields)


def test_replications_needed_fall_with_the_square_of_the_width():
    interval = Interval(100.0, 10.0, 50, 0.95, 49)
    wide, narrow = (
        replications_needed(interval, rule(relative=None, absolute=half), guarded=False) for half in (2.0, 1.0)
    )
    assert narrow / wide == pytest.approx(4, rel=0.01)
    assert replications_needed(interval, rule(relative=None, absolute=10.0), guarded=False) == 50
    assert replications_needed(Interval(0.0, 1.0, 10, 0.95, 9), rule()) == math.inf
    assert math.isnan(replications_needed(Interval(1.0, math.nan, 1, 0.95), rule()))
