"""Risk and error: the one shrinks with replications, the other stays."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netsim.errors import ModelError
from netsim.statistics.intervals import ratio_interval, t_interval
from netsim.statistics.quantiles import quantile_interval
from netsim.statistics.risk import risk_and_error
from netsim.statistics.sample import Sample


def test_is_made_of_the_mean_and_two_quantiles() -> None:
    values = np.random.default_rng().normal(size=80)
    found = risk_and_error(values, tail=0.1, level=0.9)
    assert found.mean == t_interval(values, level=0.9)
    assert found.low == quantile_interval(values, 0.1, level=0.9)
    assert found.high == quantile_interval(values, 0.9, level=0.9)
    assert found.replications_needed == 22


def test_of_a_ratio_the_mean_is_that_of_the_sums_and_the_risk_that_of_single_runs() -> None:
    tops, bottoms = np.array([10.0, 90, 40]), np.array([40.0, 100, 50])
    found = risk_and_error(Sample(tops / bottoms, tops, bottoms))
    assert found.mean == ratio_interval(tops, bottoms)
    assert (found.low.value, found.high.value) == (0.25, 0.9)
    assert math.isnan(found.low.low)
    assert found.replications_needed == 59


def test_error_shrinks_and_risk_stays() -> None:
    generator = np.random.default_rng()
    few, many = (risk_and_error(generator.normal(size=n)) for n in (100, 10_000))
    # Half widths 1.98 / 10 and 1.96 / 100, each to within a third at 7 standard errors of a standard deviation or more.
    assert few.mean.half / many.mean.half == pytest.approx(10, rel=0.6)
    # P95 of the standard normal is 1.645; its estimate has a standard error of 2.11 / sqrt n.
    assert many.high.value == pytest.approx(1.645, abs=6 * 0.0211)
    assert many.low.value == pytest.approx(-1.645, abs=6 * 0.0211)


def test_a_tail_is_less_than_half() -> None:
    with pytest.raises(ModelError, match=r"0\.05 for P5"):
        risk_and_error([1, 2], tail=0.5)
