"""MSER against its definition, a series worked by hand, transients whose bias is known, and M/M/1 from empty."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from netsim.errors import ModelError
from netsim.statistics.warm_up import batch_means, bias_left, truncate
from netsim.theory.queues import mmc_wait

FloatArray = NDArray[np.float64]


def autoregressive(runs: int, periods: int, phi: float, rng: np.random.Generator) -> FloatArray:
    """Return series of mean 0 and variance 1, begun in their steady state."""
    noise = rng.standard_normal((runs, periods))
    found = np.empty_like(noise)
    found[:, 0] = noise[:, 0]
    for t in range(1, periods):
        found[:, t] = phi * found[:, t - 1] + math.sqrt(1 - phi**2) * noise[:, t]
    return found


def by_definition(means: list[float]) -> int:
    """Return the least d that minimises MSER, the last five points left out."""

    def measure(d: int) -> float:
        rest = means[d:]
        mean = sum(rest) / len(rest)
        return sum((z - mean) ** 2 for z in rest) / len(rest) ** 2

    return min(range(len(means) - 4), key=measure)


def test_a_series_worked_by_hand():
    # Twelve batches 0 4 8 | 9 11 9 11 9 11 9 11 9: from the fourth on the mean is 89/9 and the sum of squares 80/9,
    # MSER 80/9/81 = 0.1097; one batch more costs (80/9 + 9/10 (17/9)^2) / 100 = 0.1210, one less (8, 1)/64 = 0.1250.
    means = [0, 4, 8, 9, 11, 9, 11, 9, 11, 9, 11, 9]
    found = truncate(np.repeat(means, 5))
    assert (found.periods, found.settled, found.batches) == (15, True, 12)
    assert found.error == pytest.approx(math.sqrt(80 / 9) / 9)


@given(st.lists(st.integers(-9, 9), min_size=10, max_size=40))
def test_it_is_what_the_definition_says(means):
    rounded = by_definition([float(mean) for mean in means])
    found = truncate(np.array(means, dtype=float), batch=1)
    scores = [
        sum((z - np.mean(means[d:])) ** 2 for z in means[d:]) / len(means[d:]) ** 2 for d in (found.periods, rounded)
    ]
    assert scores[0] == pytest.approx(scores[1], abs=1e-9)  # ties apart, the same point
    assert found.settled == (2 * found.periods <= len(means))


@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-1e4, 1e4))
def test_units_do_not_matter(seed, unit, shift):
    series = autoregressive(3, 200, 0.5, np.random.default_rng(seed)) - 4 * np.exp(-np.arange(200) / 15)
    assert truncate(series * unit + shift).periods == truncate(series).periods


def test_of_a_series_that_never_moves_nothing_is_left_out():
    for value in (0.0, 0.1, 7.3):
        assert truncate(np.full((4, 100), value)).periods == 0


def test_a_trend_to_the_end_is_no_answer():
    assert not truncate(np.arange(200.0)).settled


def test_too_few_batches_are_no_answer():
    assert not truncate(np.zeros(49)).settled
    assert truncate(np.zeros(50)).settled
    assert math.isnan(truncate(np.zeros(49)).error)


def test_a_ratio_is_one_of_sums_over_replications_and_periods():
    tops = np.array([[1.0, 2, 3, 4], [0, 0, 9, np.nan]])
    bases = np.array([[2.0, 2, 4, 4], [0, 2, 9, 1]])
    assert batch_means(tops, bases, batch=2).tolist() == [3 / 6, 16 / 17]
    assert np.isnan(batch_means(np.zeros((2, 4)), np.zeros((2, 4)), batch=2)).all()


def test_periods_without_a_value_are_passed_over():
    rng = np.random.default_rng(1)
    tops, bases = 1.0 * rng.binomial(20, 0.8, (5, 300)), np.full((5, 300), 20.0)
    tops[:, :20] = bases[:, :20] = 0  # nothing was asked for at first
    found = truncate(tops, bases)
    assert found.settled
    assert found.batches == 56


def test_shapes_that_do_not_go_together_are_refused():
    with pytest.raises(ModelError, match="shapes"):
        truncate(np.zeros((2, 50)), np.zeros((2, 49)))
    with pytest.raises(ModelError, match="shapes"):
        truncate(np.zeros((2, 3, 50)))
    with pytest.raises(ModelError, match="batches of 0"):
        truncate(np.zeros(50), batch=0)


def test_bias_left_is_the_difference_of_two_means_with_its_error():
    rng = np.random.default_rng(2)
    series = rng.standard_normal((400, 60)) + np.where(np.arange(60) < 20, -3.0, 5.0)
    bias, error, mean = bias_left(series, chosen=10, settled=20)
    assert mean == pytest.approx(5, abs=0.02)
    assert bias == pytest.approx(-8 * 10 / 50, abs=5 * error)
    # Each replication's difference: mean of 50 less mean of the last 40 of them: variance 1/40 - 1/50.
    assert error == pytest.approx(math.sqrt((1 / 40 - 1 / 50) / 400), rel=0.15)
    assert bias_left(series, chosen=20, settled=20)[0] == 0
    assert math.isnan(bias_left(series[0], chosen=10, settled=20)[1])
    assert all(math.isnan(each) for each in bias_left(series, 0 * series, chosen=10, settled=20))


def left_after(
    amplitude: float, decay: float, phi: float, studies: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the share of a transient's bias that truncation leaves, and the share of studies that were settled."""
    periods, left, settled = 900, [], 0
    transient = -amplitude * np.exp(-np.arange(periods) / decay)
    for _ in range(studies):
        found = truncate(autoregressive(10, periods, phi, rng) + transient)
        settled += found.settled
        left.append(transient[found.periods :].mean() / transient.mean() if found.settled else 1.0)
    return float(np.mean(left)), settled / studies


def test_of_a_strong_transient_a_tenth_of_the_bias_is_left():
    """AR(1) with a transient that decays with exp(-t / 60): leaving out nothing would leave all of the bias."""
    left, settled = left_after(5, 60, 0.5, 40, np.random.default_rng(3))
    assert settled >= 0.9
    assert left < 0.15


@pytest.mark.long
@pytest.mark.parametrize(
    ("amplitude", "decay", "phi", "most"),
    [(5, 60, 0.5, 0.15), (2, 60, 0.5, 0.25), (5, 60, 0.9, 0.3), (2, 30, 0.9, 0.5)],
)
def test_the_bias_left_of_known_transients(amplitude, decay, phi, most):
    left, settled = left_after(amplitude, decay, phi, 500, np.random.default_rng(4))
    assert settled >= 0.9
    assert left < most


@pytest.mark.long
def test_steady_series_are_hardly_cut():
    rng = np.random.default_rng(5)
    cuts = [truncate(autoregressive(10, 900, 0.5, rng)) for _ in range(500)]
    assert np.mean([cut.settled for cut in cuts]) > 0.98
    assert np.mean([cut.periods for cut in cuts]) < 0.05 * 900


def waits_from_empty(runs: int, customers: int, load: float, rng: np.random.Generator) -> FloatArray:
    """Return the waits of M/M/1 from an empty start, mean service 1, by Lindley's recursion."""
    steps = rng.exponential(1, (runs, customers)) - rng.exponential(1 / load, (runs, customers))
    walk = np.concatenate([np.zeros((runs, 1)), steps[:, :-1].cumsum(axis=1)], axis=1)
    return walk - np.minimum.accumulate(walk, axis=1)


@pytest.mark.long
def test_mm1_from_empty_loses_half_of_its_bias():
    """Mean wait at load 0.8 is 4 service times; 500 customers from empty average less, by a bias that MSER halves.

    The series is short for its correlation, so that in a third of the studies MSER says so and nothing is cut.
    """
    rng, load, studies = np.random.default_rng(6), 0.8, 300
    true = float(mmc_wait(1, load, service_time=1))
    assert true == pytest.approx(4)
    whole, cut, settled = [], [], 0
    for _ in range(studies):
        waits = waits_from_empty(200, 500, load, rng)
        found = truncate(waits)
        settled += found.settled
        whole.append(waits.mean() - true)
        cut.append(waits[:, found.periods if found.settled else 0 :].mean() - true)
    before, after = np.mean(whole), np.mean(cut)
    error = np.std(cut) / math.sqrt(studies)
    assert before < -5 * np.std(whole) / math.sqrt(studies)  # the bias is there
    assert abs(after) < 0.6 * abs(before) + 3 * error
    assert settled / studies > 0.5
