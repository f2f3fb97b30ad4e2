"""What a precision came to, and what a closer one would take."""

from __future__ import annotations

import math

import numpy as np
import pytest

from netsim.statistics.precision import Precision
from netsim.statistics.sample import Sample
from netsim.statistics.verdicts import Verdict, forecast, judge, tightened


def rule(**fields: object) -> Precision:
    return Precision(**{"kpis": ("k",), "relative": 0.05, **fields})


def normal(n: int, cv: float, seed: int) -> Sample:
    return Sample(10 * (1 + cv * np.random.default_rng(seed).standard_normal(n)))


def verdict(sample: Sample | None, precision: Precision) -> Verdict:
    [found] = judge({"a": {} if sample is None else {"k": sample}}, precision)
    return found


def test_what_the_rule_stops_at_is_reached():
    values, asked = normal(400, 0.15, seed=1), rule()
    count = asked.next({"a": {"k": values}})["a"]
    found = verdict(values.first(count), asked)
    assert found.reached
    assert found.relative <= 0.05 / 1.05
    assert found.target == pytest.approx(0.05 / 1.05 * found.interval.mean)
    assert f"with {count} replications" in found.text


def test_too_few_allowed_is_told_with_what_would_do():
    values, asked = normal(40, 0.4, seed=2), rule(relative=0.1, at_most=40)
    found = verdict(values, asked)
    assert not found.reached
    assert "at most 40" in found.text
    spread = values.values.std(ddof=1) / values.values.mean()
    assert found.needed == pytest.approx((1.96 * spread / (0.1 / 1.1)) ** 2, rel=0.2)  # and a little for the guard


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ([-3.0, 3.0, 1.0, -1.0, 0.5] * 4, "give an absolute one"),
        ([math.nan] * 10, "no replication gave a value"),
        ([math.nan] * 9 + [4.0], "too few replications"),
        ([4.0] * 20, "60 of them are taken for a constant"),
        ([0.0] * 20, "60 of them are taken for a constant"),
        ([9.0, 11.0] * 6, "5 % is not reached; about"),
    ],
)
def test_what_stands_in_the_way_is_told(values, told):
    found = verdict(Sample(np.array(values)), rule())
    assert not found.reached
    assert told in found.text


def test_sixty_equal_values_are_known_exactly():
    for value in (4.0, 0.0):
        found = verdict(Sample(np.full(60, value)), rule())
        assert found.reached
        assert found.relative == pytest.approx(0)


def test_a_kpi_that_is_not_there_is_told():
    assert "no replication gave a value" in verdict(None, rule()).text


def test_half_the_width_takes_four_times_the_replications():
    values, asked = normal(200, 0.2, seed=3), rule(relative=0.01, at_most=10)
    seen = {"a": {"k": values}}
    once, half = forecast(seen, asked), forecast(seen, tightened(asked))
    assert half.needed["a"] / once.needed["a"] == pytest.approx(4, rel=0.03)  # gamma / (1 + gamma) is not linear
    assert once.more == once.needed["a"] - 200


def test_a_forecast_comes_true():
    """What ten replications forecast is what it takes, on average over samples."""
    asked = rule(relative=0.02)
    told, took = [], []
    for seed in range(60):
        values = normal(2_000, 0.1, seed)
        told.append(forecast({"a": {"k": values.first(30)}}, asked).needed["a"])
        took.append(Precision(kpis=("k",), relative=0.02, at_most=2_000).next({"a": {"k": values}})["a"])
    assert np.mean(told) == pytest.approx(np.mean(took), rel=0.15)


def test_seconds_are_those_of_the_runs_to_come():
    seen = {"a": {"k": normal(50, 0.2, seed=4)}, "b": {"k": normal(50, 0.05, seed=5)}}
    together = forecast(seen, rule(relative=0.01), seconds={"a": 2.0, "b": 1.0})
    each = together.needed["a"]
    assert together.needed["b"] == each
    assert together.more == 2 * (each - 50)
    assert together.seconds == pytest.approx(3.0 * (each - 50))
    assert "more runs" in together.text
    apart = forecast(seen, rule(relative=0.01, apart=True), seconds=1.0)
    assert apart.needed["b"] < apart.needed["a"] == each
    assert math.isnan(forecast(seen, rule(relative=0.01)).seconds)
    assert forecast(seen, rule(relative=0.9), seconds=1.0).more == 0


def test_nothing_can_be_forecast_from_nothing():
    assert "nothing was run" in forecast({"a": {}}, rule()).text
    seen = {"a": {"k": Sample(np.array([-1.0, 1.0] * 10))}}
    assert forecast(seen, rule()).needed == {"a": math.inf}
    assert "absolute" in forecast(seen, rule()).text


def test_a_tightened_precision_keeps_the_rest():
    asked = Precision(kpis=("k",), absolute=3.0, level=0.9, at_most=70)
    assert tightened(asked, 1 / 3) == Precision(kpis=("k",), absolute=1.0, level=0.9, at_most=70)
    assert tightened(rule()).relative == 0.025
