"""Quantiles over replications: ranks from the tables of the books, and what must hold of any."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from netsim.errors import ModelError
from netsim.statistics.quantiles import quantile_interval, replications_for_quantile


def test_the_median_of_ten_lies_between_the_second_and_the_ninth() -> None:
    # Conover 1999, section 3.2, the sign test's table: 1 - 2 x 11/1024.
    found = quantile_interval(range(1, 11), 0.5)
    assert (found.value, found.low, found.high, found.n) == (5, 2, 9, 10)
    assert found.coverage == pytest.approx(1 - 22 / 1024)


def test_least_numbers_are_those_of_the_books() -> None:
    # Hahn and Meeker 1991, two-sided: at 95 % 6 values for the median and 59 for P95, at 90 % 22 for P90.
    assert replications_for_quantile(0.5) == 6
    assert replications_for_quantile(0.95) == replications_for_quantile(0.05) == 59
    assert replications_for_quantile(0.9, level=0.9) == 22


@pytest.mark.parametrize("q", [0.05, 0.3, 0.5, 0.95])
@pytest.mark.parametrize("level", [0.8, 0.95, 0.99])
def test_there_is_an_interval_from_the_least_number_on(q: float, level: float) -> None:
    least = replications_for_quantile(q, level=level)
    few, enough = (quantile_interval(np.arange(n), q, level=level) for n in (least - 1, least))
    assert math.isnan(few.low)
    assert math.isnan(few.coverage)
    assert not math.isnan(few.value)
    assert enough.low < enough.high
    assert enough.coverage >= level


@given(st.integers(2, 120), st.sampled_from([0.05, 0.2, 0.5, 0.75, 0.95]), st.sampled_from([0.5, 0.9, 0.95]))
def test_no_closer_ranks_would_do(n: int, q: float, level: float) -> None:
    found = quantile_interval(np.arange(1, n + 1), q, level=level)
    shares = binom.cdf(np.arange(-1, n), n, q)  # of fewer than 0, 1, ... n values below the quantile
    reach = {(a, b): shares[b] - shares[a] for a in range(1, n + 1) for b in range(a + 1, n + 1)}
    good = {ranks: share for ranks, share in reach.items() if share >= level}
    assert math.isnan(found.low) == (not good)
    if good:
        mine = (int(found.low), int(found.high))
        assert found.coverage == pytest.approx(good[mine])
        assert mine[1] - mine[0] == min(b - a for a, b in good)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=80), st.integers(1, 19))
def test_the_estimate_is_the_least_value_that_a_share_does_not_exceed(values: list[float], parts: int) -> None:
    q = parts / 20
    found = quantile_interval(values, q).value
    ranked = sorted(values)
    assert found == ranked[-(-parts * len(values) // 20) - 1]


def test_missing_values_are_left_out_and_counted() -> None:
    assert quantile_interval([1, math.nan, 3], 0.5) == quantile_interval([1, 3], 0.5)
    nothing = quantile_interval([math.nan], 0.5)
    assert math.isnan(nothing.value)
    assert nothing.n == 0


def test_refusals() -> None:
    with pytest.raises(ModelError, match=r"0\.95 for P95"):
        quantile_interval([1, 2], 95)
    with pytest.raises(ModelError, match="confidence 95"):
        quantile_interval([1, 2], 0.5, level=95)
    with pytest.raises(ModelError, match="quantile 0"):
        replications_for_quantile(0)
