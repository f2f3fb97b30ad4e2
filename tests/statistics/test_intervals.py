"""Intervals against worked examples and against the coverage that they promise."""

import math

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.statistics.intervals import ratio_interval, t_interval, welch_interval

OLD = [126.97, 124.31, 126.68, 122.66, 127.23]
NEW = [118.21, 120.22, 122.45, 122.68, 119.40]


class TestWorkedExamples:
    def test_one_mean(self) -> None:
        # Law and Kelton, Simulation Modeling and Analysis, section 9.4.1: ten failure times, 90 %.
        times = [1.05, 6.44, 2.65, 0.80, 1.51, 0.55, 2.28, 2.82, 0.41, 1.31]
        found = t_interval(times, level=0.9)
        assert (found.mean, found.half) == pytest.approx((1.982, 1.032), abs=2e-3)
        assert found.half == pytest.approx(1.032869809, rel=1e-9)

    def test_welch(self) -> None:
        # Law and Kelton, section 10.2.2: 7.99 degrees of freedom, 2.66 to 7.30.
        found = welch_interval(OLD, NEW, level=0.9)
        assert (found.degrees, found.low, found.high) == pytest.approx((7.99, 2.66, 7.30), abs=6e-3)
        assert (found.degrees, found.low, found.high) == pytest.approx((7.99238593, 2.660785618, 7.295214382), rel=1e-8)


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
            ratio_interval([1, 2], [1, 2, 3])
        with pytest.raises(ModelError, match=r"such as 0\.95"):
            t_interval([1, 2], level=95)
        with pytest.raises(ModelError, match="one value per replication"):
            t_interval([[1, 2], [3, 4]])


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
