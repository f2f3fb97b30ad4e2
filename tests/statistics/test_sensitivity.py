from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.stats import binom

from netsim.errors import ModelError
from netsim.statistics.sampling import one_at_a_time, saltelli
from netsim.statistics.sensitivity import sobol_indices, swings
from tests.statistics.known import (
    g_function,
    g_indices,
    ishigami,
    ishigami_indices,
    linear,
    linear_indices,
    on_tapes,
)

KNOWN = {
    "ishigami": (ishigami, 3, ishigami_indices()[:3]),
    "g": (g_function, 4, g_indices()),
    "linear": (linear, 4, linear_indices()),
}


def means(intervals):
    return np.array([interval.mean for interval in intervals])


@pytest.mark.parametrize("name", KNOWN)
def test_indices_of_known_functions(name):
    function, factors, (variance, first, total) = KNOWN[name]
    design = saltelli(4096, factors, seed=11)
    found = sobol_indices(design, function(design.points), resamples=200)
    assert means(found.first) == pytest.approx(first, abs=0.01)
    assert means(found.total) == pytest.approx(total, abs=0.01)
    assert found.variance == pytest.approx(variance, rel=0.01)
    assert np.isnan(found.chance.mean), "one replication says nothing of chance"


@pytest.mark.parametrize("name", KNOWN)
def test_without_chance_the_indices_are_those_of_scipy(name):
    function, factors, _ = KNOWN[name]
    design = saltelli(256, factors, seed=5)
    values = function(design.points)
    a, b, ab, _ = design.split(values)
    centre = (a.mean() + b.mean()) / 2
    theirs = stats.sobol_indices(
        func={"f_A": a[None] - centre, "f_B": b[None] - centre, "f_AB": ab[:, None] - centre}, n=256
    )
    found = sobol_indices(design, values, resamples=10)
    assert means(found.first) == pytest.approx(theirs.first_order.ravel(), abs=1e-9)
    assert means(found.total) == pytest.approx(theirs.total_order.ravel(), abs=1e-9)


def test_the_same_values_on_all_tapes_change_no_index():
    design = saltelli(128, 3, seed=5)
    values = ishigami(design.points)
    one = sobol_indices(design, values, resamples=50)
    many = sobol_indices(design, np.repeat(values[:, None], 4, axis=1), resamples=50)
    assert means(many.first) == pytest.approx(means(one.first))
    assert means(many.total) == pytest.approx(means(one.total))
    assert [each.half for each in many.first] == pytest.approx([each.half for each in one.first])
    assert many.chance.mean == pytest.approx(0, abs=1e-12)


def test_chance_does_not_raise_the_indices():
    design = saltelli(2048, 3, seed=2)
    _, first, total, _ = ishigami_indices()
    expected = ishigami(design.points)
    runs = on_tapes(expected, 5, own=6.0, shared=3.0)
    found = sobol_indices(design, runs, resamples=200)
    for intervals, known in ((found.first, first), (found.total, total)):
        for interval, value in zip(intervals, known, strict=True):
            assert abs(interval.mean - value) < 1.7 * interval.half  # 3.3 standard errors
            assert interval.half < 0.2
    variance = ishigami_indices()[0]
    assert found.chance.mean == pytest.approx(45 / (45 + variance), abs=0.1)
    as_if_exact = sobol_indices(design, runs.mean(axis=1), resamples=10)
    assert as_if_exact.total[2].mean > total[2] + 0.15, "the mean of five runs takes chance for interaction"


def test_the_interaction_of_a_pair():
    design = saltelli(4096, 3, seed=4, second_order=True)
    found = sobol_indices(design, ishigami(design.points), names=["a", "b", "c"], resamples=100)
    assert found.names == ("a", "b", "c")
    assert list(found.second) == [("a", "b"), ("a", "c"), ("b", "c")]
    assert means(found.second.values()) == pytest.approx([0, ishigami_indices()[3], 0], abs=0.03)


def test_a_failed_row_is_left_out_whole():
    design = saltelli(64, 3, seed=4)
    values = on_tapes(ishigami(design.points), 3, own=0.5)
    holed = values.copy()
    holed[70] = np.nan  # row 6 of B
    keep = np.arange(64) != 6
    expected = sobol_indices(design, holed, resamples=10)
    assert expected.rows == 63
    blocks = values.reshape(-1, 64, 3)[:, keep].reshape(-1, 3)
    smaller = type(design)(design.points.reshape(-1, 64, 3)[:, keep].reshape(-1, 3), 63)
    assert means(expected.total) == pytest.approx(means(sobol_indices(smaller, blocks, resamples=10).total))


def test_indices_are_the_same_every_time():
    design = saltelli(64, 3, seed=4)
    values = on_tapes(ishigami(design.points), 3, own=0.5)
    assert sobol_indices(design, values, resamples=50) == sobol_indices(design, values, resamples=50)


def test_swings_are_paired_and_the_widest_comes_first():
    levels = one_at_a_time([3, 2, 2], base=[1, 0, 0])
    effect = np.array([0.0, -4.0, 3.0, 20.0, 0.0])  # base, first factor down and up, second, third
    runs = on_tapes(100 + effect, 6, shared=50.0)
    wide, narrow, none = swings(runs, levels, names=["staff", "site", "colour"])
    assert (wide.factor, narrow.factor, none.factor) == ("site", "staff", "colour")
    assert wide.high.mean == pytest.approx(20)
    assert wide.high.half == pytest.approx(0, abs=1e-9), "the tape is common to both"
    assert (narrow.low.mean, narrow.high.mean, narrow.span.mean) == pytest.approx((-4, 3, 7))
    assert (narrow.low_level, narrow.high_level) == (0, 2)
    assert none.span.mean == pytest.approx(0, abs=1e-9)
    assert wide.base.half > 10


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda d: sobol_indices(d, np.zeros(3)), "3 rows of values"),
        (lambda d: sobol_indices(d, np.ones(len(d.points))), "does not vary"),
        (lambda d: sobol_indices(d, np.ones(len(d.points)), names=["a"]), "1 names for 3 factors"),
        (lambda d: sobol_indices(d, np.full(len(d.points), np.nan)), "0 of 8 rows"),
        (lambda d: swings(np.zeros((3, 2)), [[0, 0], [1, 1], [0, 1]]), "more than one factor"),
        (lambda d: swings(np.zeros((3, 2)), [[0, 0], [1, 0]]), "3 points"),
        (lambda d: swings([[np.nan] * 2, [1, 2]], [[0, 0], [1, 0]]), "base point"),
    ],
)
def test_mistakes_are_told(call, says):
    with pytest.raises(ModelError, match=says):
        call(saltelli(8, 3, seed=1))


@pytest.mark.long
@pytest.mark.parametrize("name", ["g", "linear"])
def test_coverage_of_index_intervals(name):
    """1,000 macro-replications: 95 % stated, at least 90 % found within its binomial error."""
    function, factors, (_, first, total) = KNOWN[name]
    hits, repeats = np.zeros(2 * factors), 1000
    for k in range(repeats):
        design = saltelli(128, factors, seed=k)
        expected = function(design.points)
        runs = on_tapes(expected, 5, own=0.5 * expected.std(), shared=0.5 * expected.std(), seed=k)
        found = sobol_indices(design, runs, resamples=200)
        known = np.concatenate((first, total))
        hits += [not i.excludes(v) for i, v in zip((*found.first, *found.total), known, strict=True)]
    assert (hits >= binom.ppf(1e-6, repeats, 0.90)).all(), hits / repeats
