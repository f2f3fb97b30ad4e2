"""Durations that were cut off, against worked examples and against what must hold of any."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netsim.errors import ModelError
from netsim.statistics.intervals import t_interval
from netsim.statistics.survival import kaplan_meier, percentile_censored, percentile_interval, restricted_mean


def test_freireich() -> None:
    # Freireich 1963, 6-MP group, as in Cox and Oakes, Analysis of Survival Data, Table 1.1: 0.857, 0.807, 0.753,
    # 0.690, 0.627, 0.538, 0.448 at weeks 6, 7, 10, 13, 16, 22, 23.
    weeks = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
    ended = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
    curve = kaplan_meier(weeks, ended)
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    assert percentile_censored(weeks, ended, q=0.5) == 23
    assert math.isnan(percentile_censored(weeks, ended, q=0.6))


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
