"""Intervals against worked examples and against the coverage that they promise."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, ratio_interval, t_interval, welch_interval
from netsim.statistics.paired import compare_with_baseline, holm_adjust, paired_difference, variance_removed
from netsim.statistics.survival import kaplan_meier, percentile_censored, percentile_interval, restricted_mean

OLD = [126.97, 124.31, 126.68, 122.66, 127.23]
NEW = [118.21, 120.22, 122.45, 122.68, 119.40]


class TestWorkedExamples:
    def test_one_mean(self) -> None:
        # Law and Kelton, Simulation Modeling and Analysis, section 9.4.1: ten failure times, 90 %.
        times = [1.05, 6.44, 2.65, 0.80, 1.51, 0.55, 2.28, 2.82, 0.41, 1.31]
        found = t_interval(times, level=0.9)
        assert (found.mean, found.half) == pytest.approx((1.982, 1.032), abs=2e-3)
        assert found.half == pytest.approx(1.032869809, rel=1e-9)

    def test_paired_difference(self) -> None:
        # Law and Kelton, section 10.2.1: the inventory example, 90 %; the book rounds to 1.65 and 8.31.
        found = paired_difference(OLD, NEW, level=0.9)
        assert (found.low, found.high) == pytest.approx((1.65, 8.31), abs=6e-3)
        assert (found.low, found.high) == pytest.approx((1.649126875, 8.306873125), rel=1e-9)

    def test_welch(self) -> None:
        # Law and Kelton, section 10.2.2: 7.99 degrees of freedom, 2.66 to 7.30.
        found = welch_interval(OLD, NEW, level=0.9)
        assert (found.degrees, found.low, found.high) == pytest.approx((7.99, 2.66, 7.30), abs=6e-3)
        assert (found.degrees, found.low, found.high) == pytest.approx((7.99238593, 2.660785618, 7.295214382), rel=1e-8)

    def test_holm(self) -> None:
        # Holm 1979 by hand: 0.01 x 4, 0.02 x 3, 0.03 x 2, and 0.05, which may not fall below its predecessor.
        assert holm_adjust([0.05, 0.01, math.nan, 0.03, 0.02]) == pytest.approx(
            [0.06, 0.04, math.nan, 0.06, 0.06], nan_ok=True
        )
        assert holm_adjust([0.9, 0.8]) == [1.0, 1.0]

    def test_kaplan_meier(self) -> None:
        # Freireich 1963, 6-MP group, as in Cox and Oakes, Analysis of Survival Data, Table 1.1: 0.857, 0.807, 0.753,
        # 0.690, 0.627, 0.538, 0.448 at weeks 6, 7, 10, 13, 16, 22, 23.
        weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
        ended = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
        curve = kaplan_meier(weeks, ended)
        assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
        assert curve.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
        assert percentile_censored(weeks, ended, q=0.5) == 23
        assert math.isnan(percentile_censored(weeks, ended, q=0.6))


class TestIntervals:
    def test_missing_values_are_left_out_and_counted(self) -> None:
        assert t_interval([1, math.nan, 3]) == t_interval([1, 3])
        assert t_interval([1, math.nan, 3]).n == 2

    def test_too_few_values_give_no_width(self) -> None:
        assert math.isnan(t_interval([]).mean)
        single = t_interval([5])
        assert single.mean == 5
        assert math.isnan(single.half)
        assert not single.excludes(99)
        assert math.isnan(welch_interval([1], [1, 2]).half)

    def test_equal_values_give_no_noise(self) -> None:
        assert t_interval([2, 2, 2]).half == 0
        assert welch_interval([2, 2], [1, 1]).half == 0

    def test_higher_confidence_is_wider(self) -> None:
        halves = [t_interval(OLD, level=level).half for level in (0.5, 0.9, 0.99)]
        assert halves == sorted(halves)

    def test_refusals(self) -> None:
        with pytest.raises(ModelError, match="cannot be paired"):
            paired_difference([1, 2], [1, 2, 3])
        with pytest.raises(ModelError, match=r"such as 0\.95"):
            t_interval([1, 2], level=95)
        with pytest.raises(ModelError, match="one value per replication"):
            t_interval([[1, 2], [3, 4]])
        with pytest.raises(ModelError, match="not among the designs"):
            compare_with_baseline({"a": [1, 2]}, "b")


class TestComparison:
    def test_every_design_against_the_baseline(self) -> None:
        base = np.array([10.0, 12, 11, 15, 13, 14])
        noise = np.array([0.1, -0.1, 0.2, -0.2, 0.0, 0.05])
        table = {"as-is": base, "two hubs": base - 2 + noise, "same": base, "noisy": base + 20 * noise}
        hubs, same, noisy = compare_with_baseline(table, "as-is")
        assert [row.design for row in (hubs, same, noisy)] == ["two hubs", "same", "noisy"]
        assert hubs.is_significant
        assert hubs.difference.high < 0
        assert hubs.variance_removed > 0.99
        assert (same.p_value, same.difference.half, same.is_significant) == (1, 0, False)
        assert not noisy.is_significant
        assert all(row.p_adjusted >= row.p_value for row in (hubs, same, noisy))

    def test_p_value_agrees_with_the_interval(self) -> None:
        level = 0.9
        for shift in np.linspace(0, 6, 40):
            (row,) = compare_with_baseline({"new": np.array(NEW) + shift, "old": OLD}, "old", level=level)
            assert (row.p_value < 1 - level) == row.difference.excludes(0)

    def test_a_constant_shift_is_certain(self) -> None:
        (row,) = compare_with_baseline({"a": [2, 3, 4], "b": [1, 2, 3]}, "b")
        assert (row.p_value, row.is_significant, row.variance_removed) == (0, True, 1)

    def test_one_replication_decides_nothing(self) -> None:
        (row,) = compare_with_baseline({"a": [2], "b": [1]}, "b")
        assert row.difference.mean == 1
        assert not row.is_significant

    def test_share_of_variance_removed(self) -> None:
        assert variance_removed([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)  # pairing doubles the variance
        assert math.isnan(variance_removed([1, 1], [2, 2]))
        assert math.isnan(variance_removed([1], [2]))


class TestRatios:
    def test_is_the_ratio_of_the_sums_where_the_denominators_are_equal(self) -> None:
        tops = [3.0, 5, 4, 8]
        found, plain = ratio_interval(tops, [10, 10, 10, 10]), t_interval(np.array(tops) / 10)
        assert (found.mean, found.half) == pytest.approx((plain.mean, plain.half), rel=1e-12)

    def test_weighs_replications_by_size(self) -> None:
        assert ratio_interval([1, 90], [10, 90]).mean == pytest.approx(0.91)  # the mean of the ratios is 0.55
        exact = ratio_interval([2, 4, 6], [4, 8, 12])
        assert (exact.mean, exact.half) == pytest.approx((0.5, 0), abs=1e-12)

    def test_no_denominator_is_no_value(self) -> None:
        assert math.isnan(ratio_interval([0, 0], [0, 0]).mean)
        lonely = ratio_interval([1, 0], [2, 0])
        assert lonely.mean == 0.5
        assert math.isnan(lonely.half)


class TestDurations:
    @given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 100))
    def test_without_cut_offs_it_is_an_order_statistic(self, durations: list[int], percent: int) -> None:
        rank = -(-percent * len(durations) // 100)  # the ceiling
        assert percentile_censored(durations, q=percent / 100) == sorted(durations)[rank - 1]

    @given(st.lists(st.tuples(st.integers(0, 9), st.booleans(), st.integers(0, 3)), max_size=30))
    def test_a_weight_is_a_repetition(self, rows: list[tuple[int, bool, int]]) -> None:
        plain = [row[:2] for row in rows for _ in range(row[2])]
        weighed = kaplan_meier([row[0] for row in rows], [row[1] for row in rows], weights=[row[2] for row in rows])
        repeated = kaplan_meier([row[0] for row in plain], [row[1] for row in plain])
        assert weighed.times.tolist() == repeated.times.tolist()
        assert weighed.survival == pytest.approx(repeated.survival)

    @given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), min_size=1, max_size=40), st.integers(1, 20))
    def test_the_curve_and_the_estimates_are_one(self, rows: list[tuple[int, bool]], parts: int) -> None:
        days, ended = [row[0] for row in rows], [row[1] for row in rows]
        curve = kaplan_meier(days, ended)
        for q in (parts / 20, 0.5, 0.95, 1.0):
            assert curve.percentile(q) == pytest.approx(percentile_censored(days, ended, q=q), nan_ok=True)
        if ended[int(np.argmax(days))] and all(flag for day, flag in rows if day == max(days)):
            steps = np.diff([0.0, *curve.times.tolist()])
            area = float(steps @ np.array([1.0, *curve.survival.tolist()])[:-1])
            assert restricted_mean(days, ended, horizon=max(days)) == pytest.approx(area)

    @given(st.lists(st.integers(0, 50), min_size=1, max_size=60), st.integers(1, 60))
    def test_restricted_mean_without_cut_offs(self, durations: list[int], horizon: int) -> None:
        assert restricted_mean(durations, horizon=horizon) == pytest.approx(np.minimum(durations, horizon).mean())

    def test_what_is_open_never_flatters(self) -> None:
        # Ten orders, nine closed on days 1 to 9, one open since 20 days: P90 is day 9, P95 is not reached.
        days, ended = [*range(1, 10), 20], [True] * 9 + [False]
        assert percentile_censored(days, ended, q=0.9) == 9
        assert math.isnan(percentile_censored(days, ended, q=0.95))
        assert restricted_mean(days, ended, horizon=20) == pytest.approx((sum(range(1, 10)) + 20) / 10)
        assert math.isnan(restricted_mean(days, ended, horizon=21))

    def test_nothing_seen_is_nothing_known(self) -> None:
        assert math.isnan(percentile_censored([], q=0.5))
        assert math.isnan(restricted_mean([], horizon=1))
        assert math.isnan(percentile_censored([5, 6], [False, False], q=0.5))

    def test_refusals(self) -> None:
        with pytest.raises(ModelError, match=r"0\.9 for P90"):
            percentile_censored([1, 2], q=90)
        with pytest.raises(ModelError, match="one of each"):
            kaplan_meier([1, 2], [True])
        with pytest.raises(ModelError, match="without gaps"):
            kaplan_meier([1, math.nan])

    def test_interval_over_replications(self) -> None:
        runs = [[1, 2, 3, 4], [2, 3, 4, 5], [3, 4, 5, 6]]
        assert percentile_interval(runs, 0.5) == t_interval([2, 3, 4])

    def test_one_replication_that_does_not_reach_it_leaves_it_unknown(self) -> None:
        found = percentile_interval([[1, 2], [1, 2]], 0.9, observed=[[True, True], [True, False]])
        assert math.isnan(found.mean)
        assert found.n == 1


def share_that_covers(draw: Callable[[np.random.Generator], tuple[Interval, float]], repeats: int) -> float:
    generator = np.random.default_rng()
    pairs = (draw(generator) for _ in range(repeats))
    return sum(not interval.excludes(truth) for interval, truth in pairs) / repeats


def normal_mean(generator: np.random.Generator) -> tuple[Interval, float]:
    return t_interval(generator.normal(5, 2, size=8)), 5


def paired_on_one_tape(generator: np.random.Generator) -> tuple[Interval, float]:
    tape = generator.normal(0, 10, size=8)
    return paired_difference(tape + generator.normal(3, 1, size=8), tape), 3


def unequal_spreads(generator: np.random.Generator) -> tuple[Interval, float]:
    return welch_interval(generator.normal(4, 1, size=12), generator.normal(1, 5, size=12)), 3


def arrival_ratio(generator: np.random.Generator) -> tuple[Interval, float]:
    lines = generator.poisson(200, size=12)
    return ratio_interval(generator.binomial(lines, 0.9), lines), 0.9


def ninetieth_percentile(generator: np.random.Generator) -> tuple[Interval, float]:
    return percentile_interval(list(generator.exponential(1, size=(10, 2000))), 0.9), math.log(10)


def censored_median(generator: np.random.Generator) -> tuple[Interval, float]:
    lives, limits = generator.exponential(1, size=(10, 1000)), generator.exponential(2, size=(10, 1000))
    return percentile_interval(list(np.minimum(lives, limits)), 0.5, observed=list(lives <= limits)), math.log(2)


# Exact methods promise 95 %; the others are approximate, and 1.5 points either way are granted to them.
METHODS = [
    (normal_mean, 0.0),
    (paired_on_one_tape, 0.0),
    (unequal_spreads, 0.015),
    (arrival_ratio, 0.015),
    (ninetieth_percentile, 0.015),
    (censored_median, 0.015),
]


def assert_covers(draw: Callable[[np.random.Generator], tuple[Interval, float]], slack: float, repeats: int) -> None:
    # Exact binomial limits, a false alarm once in ten million: five standard errors would be 50 times as many below.
    low, high = binom.ppf(1e-7, repeats, 0.95 - slack) / repeats, binom.isf(1e-7, repeats, 0.95 + slack) / repeats
    assert low <= share_that_covers(draw, repeats) <= high


@pytest.mark.parametrize(("draw", "slack"), METHODS)
def test_coverage(draw: Callable[[np.random.Generator], tuple[Interval, float]], slack: float) -> None:
    assert_covers(draw, slack, 200)


@pytest.mark.long
@pytest.mark.parametrize(("draw", "slack"), METHODS)
def test_coverage_in_a_thousand_macro_replications(
    draw: Callable[[np.random.Generator], tuple[Interval, float]], slack: float
) -> None:
    assert_covers(draw, slack, 1000)


def test_common_tapes_cut_the_variance() -> None:
    generator = np.random.default_rng()
    tape = generator.normal(0, 10, size=4000)
    one, other = tape + generator.normal(0, 1, size=4000), tape + generator.normal(3, 1, size=4000)
    # Var a = Var b = 101 and Var(a - b) = 2, so 1 - 2/202 is removed; the logarithm of the rest has a
    # standard deviation of sqrt(4/4000), and seven of them make it 0.0025 more.
    assert variance_removed(one, other) == pytest.approx(1 - 2 / 202, abs=0.0025)
