from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import binom, norm

from netsim.errors import ModelError
from netsim.statistics.uncertainty import outlook, split_crossed, split_nested


def runs_of(seed, points, n, *, inputs=2.0, chance=1.0, both=1.5):
    """Return normal runs [point, replication] with known standard deviations of the three parts."""
    generator = np.random.default_rng(seed)
    return (
        100
        + inputs * generator.standard_normal((points, 1))
        + chance * generator.standard_normal(n)
        + both * generator.standard_normal((points, n))
    )


def test_pure_inputs_pure_chance_and_their_sum():
    x, c = np.arange(6.0), np.array([3.0, -1.0, 0.5, 1.0])
    for table, known in (
        (x[:, None] + 0 * c, (x.var(ddof=1), 0)),
        (0 * x[:, None] + c, (0, c.var(ddof=1))),
        (x[:, None] + c, (x.var(ddof=1), c.var(ddof=1))),
    ):
        found = split_crossed(table)
        assert (found.inputs.variance, found.chance.variance) == pytest.approx(known, abs=1e-12)
        assert found.both.variance == pytest.approx(0, abs=1e-12)
        assert found.inputs.share.estimate == pytest.approx(known[0] / sum(known), abs=1e-12)


def test_a_small_table_by_hand():
    # Means of rows 2, 8, 2, of columns 2, 6, of all 4. Squares: all 76, rows 2 x 24, columns 3 x 8, hence the rest 4.
    found = split_crossed([[1, 3], [5, 11], [0, 4]])
    mean_squares = 48 / 2, 24 / 1, 4 / 2
    assert found.both.variance == pytest.approx(mean_squares[2])
    assert found.inputs.variance == pytest.approx((mean_squares[0] - mean_squares[2]) / 2)
    assert found.chance.variance == pytest.approx((mean_squares[1] - mean_squares[2]) / 3)
    nested = split_nested([[1, 3], [5, 11], [0, 4]])
    within = (2 + 18 + 8) / 3
    assert nested.chance.variance == pytest.approx(within)
    assert nested.inputs.variance == pytest.approx((24 - within) / 2)
    assert nested.both is None


def test_components_are_right_in_the_mean_of_many_studies():
    found = np.array(
        [
            [part.variance for part in (s.inputs, s.chance, s.both)]
            for s in (split_crossed(runs_of(k, 12, 4)) for k in range(2000))
        ]
    )
    errors = found.std(axis=0) / math.sqrt(len(found))
    assert (np.abs(found.mean(axis=0) - [4, 1, 2.25]) < 4.9 * errors).all(), "a false alarm once in a million"
    assert (errors < 0.07).all()


def test_what_leaves_out_one_is_what_a_smaller_table_gives():
    table = runs_of(3, 7, 5)
    whole = split_crossed(table)
    again = split_crossed(table[::-1, ::-1])
    assert again.total == pytest.approx(whole.total)
    assert again.inputs.share.low == pytest.approx(whole.inputs.share.low)
    moved = split_crossed(1e6 + 3 * table)
    assert moved.total == pytest.approx(9 * whole.total)
    assert moved.chance.share.high == pytest.approx(whole.chance.share.high)


def test_shares_stay_shares_where_inputs_do_nothing():
    for k in range(20):
        found = split_crossed(runs_of(k, 10, 4, inputs=0.0))
        for part in (found.inputs, found.chance, found.both):
            assert 0 <= part.share.low <= part.share.estimate <= part.share.high <= 1
    nested = split_nested(runs_of(1, 10, 4, inputs=0.0))
    assert 0 <= nested.inputs.share.low <= nested.inputs.share.estimate <= nested.inputs.share.high <= 1


def test_two_replications_have_intervals_from_the_points_alone():
    found = split_crossed(runs_of(1, 40, 2))
    assert found.replications == 2
    assert found.inputs.share.low < found.inputs.share.estimate < found.inputs.share.high


def test_percentiles_tell_what_is_not_known_from_what_differs_by_chance():
    found = outlook(runs_of(7, 3000, 60, inputs=3.0, chance=1.0, both=2.0), shares=(0.05, 0.5, 0.95), resamples=40)
    z = norm.ppf(0.95)
    wide = [(part[2].estimate - part[0].estimate) / 2 / z for part in (found.expected, found.chance, found.single)]
    assert wide == pytest.approx([3, math.sqrt(5), math.sqrt(14)], rel=0.1)
    for part in (found.expected, found.chance, found.single):
        for each in part:
            assert each.low <= each.estimate <= each.high
    assert abs(found.mean.mean - 100) < 2 * found.mean.half


def test_few_replications_do_not_widen_the_expected_outcome():
    found = outlook(runs_of(7, 4000, 2, inputs=1.0, chance=0.0, both=3.0), resamples=5)
    assert (found.expected[2].estimate - found.expected[0].estimate) / 2 / norm.ppf(0.95) == pytest.approx(1, rel=0.15)
    nothing = outlook(runs_of(8, 50, 4, inputs=0.0, chance=0.0, both=1.0)[:, :4] * 0 + 5.0, resamples=5)
    assert [each.estimate for each in nothing.single] == [5, 5, 5]


def test_an_outlook_is_the_same_every_time():
    table = runs_of(2, 20, 4)
    assert outlook(table, resamples=30) == outlook(table, resamples=30)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: split_crossed(np.zeros((2, 5))), "2 points with 5"),
        (lambda: split_crossed(np.zeros(5)), "5 points with 1"),
        (lambda: split_nested(np.zeros((2, 5))), "three points with two"),
        (lambda: outlook(np.zeros((5, 5)), shares=(5, 95)), "such as 0.95"),
    ],
)
def test_mistakes_are_told(call, says):
    with pytest.raises(ModelError, match=says):
        call()


def hits_of(split, known):
    parts = [part for part in (split.inputs, split.chance, split.both) if part is not None]
    return np.array([p.share.low <= v / sum(known) <= p.share.high for p, v in zip(parts, known, strict=True)])


@pytest.mark.long
@pytest.mark.parametrize(("points", "n"), [(30, 5), (100, 10)])
def test_coverage_of_a_crossed_split(points, n):
    """1,000 macro-replications of normal parts: at least 95 % within its binomial error."""
    repeats = 1000
    hits = sum(hits_of(split_crossed(runs_of(k, points, n)), (4, 1, 2.25)) for k in range(repeats))
    assert (hits >= binom.ppf(1e-6, repeats, 0.95)).all(), hits / repeats


@pytest.mark.long
def test_coverage_where_chance_grows_with_the_outcome():
    """Uniform inputs whose outcome a tape scales: no law of the textbook holds, and at least 92 % must."""
    repeats, hits = 1000, np.zeros(3)
    for k in range(repeats):
        generator = np.random.default_rng(k)
        scale = 1 + 0.5 * generator.standard_normal(10)
        runs = 4 * generator.random((100, 1)) * scale + 0.3 * generator.standard_normal((100, 10))
        hits += hits_of(split_crossed(runs), (16 / 12, 4 * 0.25, 16 / 12 * 0.25 + 0.09))
    assert (hits >= binom.ppf(1e-6, repeats, 0.92)).all(), hits / repeats


@pytest.mark.long
def test_coverage_of_a_nested_split_is_exact():
    repeats = 1000
    hits = sum(hits_of(split_nested(runs_of(k, 15, 4, chance=0.0)), (4, 2.25)) for k in range(repeats))
    assert (hits >= binom.ppf(1e-6, repeats, 0.95)).all()
    assert (hits <= binom.isf(1e-6, repeats, 0.95)).all()


@pytest.mark.long
def test_coverage_of_percentiles_and_of_the_mean():
    """Percentiles of normal parts against their closed form: at least 92 %; the mean at least 95 %."""
    repeats, hits, mean = 400, np.zeros((3, 3)), 0
    spreads = [2, math.sqrt(1 + 2.25), math.sqrt(4 + 1 + 2.25)]
    known = 100 + np.outer(spreads, norm.ppf([0.05, 0.5, 0.95]))
    for k in range(repeats):
        found = outlook(runs_of(k, 60, 10), resamples=200, seed=k)
        for i, part in enumerate((found.expected, found.chance, found.single)):
            hits[i] += [each.low <= v <= each.high for each, v in zip(part, known[i], strict=True)]
        mean += not found.mean.excludes(100)
    assert mean >= binom.ppf(1e-6, repeats, 0.95)
    assert (hits >= binom.ppf(1e-6, repeats, 0.92)).all(), hits / repeats
