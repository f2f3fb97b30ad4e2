from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from netsim.errors import ModelError
from netsim.statistics.effects import interactions, main_effects, share_variance
from netsim.statistics.sampling import factorial, one_at_a_time
from tests.statistics.known import on_tapes

A, B, C = np.array([0.0, 2.0, 7.0]), np.array([0.0, -3.0]), np.array([0.0, 0.0])
PAIR = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, -4.0]])
LEVELS = factorial([3, 2, 2])
EXPECTED = 50 + A[LEVELS[:, 0]] + B[LEVELS[:, 1]] + C[LEVELS[:, 2]] + PAIR[LEVELS[:, 0], LEVELS[:, 1]]


def means(intervals):
    return [interval.mean for interval in intervals]


def test_main_effects_of_a_factorial_are_its_marginal_means():
    runs = on_tapes(EXPECTED, 4, own=1.0, shared=9.0)
    found = main_effects(runs, LEVELS, names=["a", "b", "c"])
    assert [effect.factor for effect in found] == ["a", "b", "c"]
    for i, effect in enumerate(found):
        plain = np.array([runs[LEVELS[:, i] == level].mean(axis=0) for level in range(LEVELS[:, i].max() + 1)])
        assert means(effect.means) == pytest.approx(plain.mean(axis=1).tolist())
        assert means(effect.differences) == pytest.approx((plain - plain[0]).mean(axis=1).tolist(), abs=1e-9)
        assert effect.differences[0].half == 0


def test_what_all_points_share_widens_means_and_not_differences():
    runs = on_tapes(EXPECTED, 5, shared=9.0)
    for effect in main_effects(runs, LEVELS):
        assert all(interval.half > 1 for interval in effect.means)
        assert all(interval.half < 1e-9 for interval in effect.differences)
    for pair in interactions(runs, LEVELS):
        assert all(interval.half < 1e-9 for row in pair.contrasts for interval in row)


def test_interactions_are_the_contrasts_of_cells():
    runs = on_tapes(EXPECTED, 3, shared=2.0)
    ab, ac, bc = interactions(runs, LEVELS, names=["a", "b", "c"])
    assert (ab.factors, ac.factors, bc.factors) == (("a", "b"), ("a", "c"), ("b", "c"))
    assert np.array([means(row) for row in ab.contrasts]) == pytest.approx(PAIR, abs=1e-9)
    assert np.array([means(row) for row in ac.contrasts]) == pytest.approx(np.zeros((3, 2)), abs=1e-9)
    cells = [[runs[(LEVELS[:, 0] == i) & (LEVELS[:, 1] == j)].mean() for j in range(2)] for i in range(3)]
    assert np.array([means(row) for row in ab.cells]) == pytest.approx(np.array(cells))


def test_other_bases_turn_the_contrasts():
    runs = on_tapes(EXPECTED, 3)
    effect = main_effects(runs, LEVELS, base=[2, 1, 0])[0]
    assert effect.differences[2].mean == 0
    turned = interactions(runs, LEVELS, base=[2, 1, 0])[0]
    expected = PAIR - PAIR[2] - PAIR[:, [1]] + PAIR[2, 1]
    assert np.array([means(row) for row in turned.contrasts]) == pytest.approx(expected, abs=1e-9)


def test_factors_moved_one_at_a_time_have_their_differences_from_the_base():
    levels = one_at_a_time([3, 2, 2], base=[1, 0, 1])
    values = 10 + A[levels[:, 0]] + B[levels[:, 1]]
    a, b, c = main_effects(on_tapes(values, 3, shared=1.0), levels, base=[1, 0, 1])
    assert means(a.differences) == pytest.approx([-2, 0, 5], abs=1e-9)
    assert means(b.differences) == pytest.approx([0, -3], abs=1e-9)
    assert means(c.differences) == pytest.approx([0, 0], abs=1e-9)
    assert math.isnan(interactions(values, levels)[0].contrasts[2][1].mean), "no point moved both"


def test_a_missing_point_does_not_bend_additive_effects():
    additive = A[LEVELS[:, 0]] + B[LEVELS[:, 1]] + C[LEVELS[:, 2]]
    runs = on_tapes(additive, 3)
    runs[-1] = np.nan
    a, b, _ = main_effects(runs, LEVELS)
    assert means(a.differences) == pytest.approx(A.tolist(), abs=1e-9)
    assert means(b.differences) == pytest.approx(B.tolist(), abs=1e-9)


def test_a_replication_with_a_gap_is_left_out_and_n_says_so():
    runs = on_tapes(EXPECTED, 6, own=1.0)
    runs[3, 2] = np.nan
    effect = main_effects(runs, LEVELS)[0]
    assert {interval.n for interval in effect.means} == {5}
    whole = main_effects(np.delete(runs, 2, axis=1), LEVELS)[0]
    assert means(effect.means) == pytest.approx(means(whole.means))


def test_shares_are_those_of_the_closed_form():
    found = share_variance(on_tapes(EXPECTED, 4, shared=5.0), LEVELS, names=["a", "b", "c"])
    pair = PAIR - PAIR.mean(axis=0) - PAIR.mean(axis=1, keepdims=True) + PAIR.mean()
    a, b = A + PAIR.mean(axis=1), B + PAIR.mean(axis=0)
    assert [each.variance for each in found.main] == pytest.approx([a.var(), b.var(), 0], abs=1e-9)
    assert [each.factors for each in found.pairs] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert [each.variance for each in found.pairs] == pytest.approx([(pair**2).mean(), 0, 0], abs=1e-9)
    assert found.rest.variance == pytest.approx(0, abs=1e-9)
    inputs = [each.share_of_inputs.mean for each in (*found.main, *found.pairs, found.rest)]
    assert sum(inputs) == pytest.approx(1)
    assert inputs[0] == pytest.approx(a.var() / EXPECTED.var())


@given(st.lists(st.integers(2, 4), min_size=1, max_size=4), st.integers(1, 5), st.integers(0, 99))
def test_the_parts_add_up_to_the_whole(counts, replications, seed):
    levels = factorial(counts)
    expected = np.random.default_rng(seed).normal(size=len(levels))
    runs = on_tapes(expected, replications, own=0.3, shared=0.5, seed=seed)
    found = share_variance(runs, levels)
    parts = [*found.main, *found.pairs, found.rest, found.chance]
    assert sum(part.variance for part in parts) == pytest.approx(found.total)
    noise = runs.var(axis=1, ddof=1).mean() if replications > 1 else 0.0
    assert found.chance.variance == pytest.approx(noise)
    cross = runs - runs.mean(axis=0)
    if replications > 1:
        products = [(cross[:, r] * cross[:, s]).mean() for r, s in itertools.permutations(range(replications), 2)]
        assert found.total - noise == pytest.approx(np.mean(products))
    else:
        assert found.total == pytest.approx(runs.var())
        assert math.isnan(found.chance.share.mean), "one replication says nothing of chance"


def test_a_factor_without_effect_has_no_variance_in_the_mean_of_many_studies():
    found = [share_variance(on_tapes(EXPECTED, 3, own=6.0, seed=k), LEVELS).main[2].variance for k in range(2000)]
    error = np.std(found) / math.sqrt(len(found))
    assert abs(np.mean(found)) < 4.9 * error, "a false alarm once in a million"
    assert error < 0.05
    # The plain square of the means would hold as much chance as 36 / (3 runs x 12 points).
    assert error * 4.9 < 36 / 36


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: main_effects(np.zeros((3, 2)), [[0], [1]]), "for 3 points"),
        (lambda: main_effects(np.zeros((2, 2)), [[0.5], [1.0]]), "index of a level"),
        (lambda: main_effects(np.zeros((2, 2)), [[0], [1]], base=[2]), r"base levels \[2\]"),
        (lambda: main_effects([[1, np.nan], [np.nan, 1]], [[0], [1]]), "no replication"),
        (lambda: main_effects(np.zeros((2, 2, 2)), [[0], [1]]), r"shape \(2, 2, 2\)"),
        (lambda: share_variance(np.zeros((3, 2)), [[0, 0], [0, 1], [1, 1]]), "3 of the 4 combinations"),
        (lambda: share_variance(np.zeros((3, 2)), [[0], [1], [1]]), "3 points with 2"),
    ],
)
def test_mistakes_are_told(call, says):
    with pytest.raises(ModelError, match=says):
        call()


@pytest.mark.long
def test_coverage_of_effects_and_shares():
    """1,000 macro-replications of a factorial whose chance differs by level: 95 % within its binomial error."""
    repeats = 1000
    low, high = binom.ppf(1e-6, repeats, 0.95), binom.isf(1e-6, repeats, 0.95)
    a, ab = A + PAIR.mean(axis=1), PAIR - PAIR[0] - PAIR[:, [0]] + PAIR[0, 0]
    hits = {"means": 0, "differences": 0, "contrasts": 0, "share": 0, "nothing": 0}
    noise = 1.0 + LEVELS[:, 0]
    pair = PAIR - PAIR.mean(axis=0) - PAIR.mean(axis=1, keepdims=True) + PAIR.mean()
    parts = [a.var(), (B + PAIR.mean(axis=0)).var(), (pair**2).mean()]
    share = parts[0] / (sum(parts) + (noise**2).mean() + 9)
    for k in range(repeats):
        runs = on_tapes(EXPECTED, 8, shared=3.0, seed=k)
        runs += noise[:, None] * np.random.default_rng(repeats + k).standard_normal(runs.shape)
        effect = main_effects(runs, LEVELS)[0]
        hits["means"] += not effect.means[1].excludes(EXPECTED[LEVELS[:, 0] == 1].mean())
        hits["differences"] += not effect.differences[2].excludes(a[2] - a[0])
        hits["contrasts"] += not interactions(runs, LEVELS)[0].contrasts[2][1].excludes(ab[2, 1])
        found = share_variance(runs, LEVELS)
        hits["share"] += not found.main[0].share.excludes(share)
        hits["nothing"] += not found.main[2].share.excludes(0.0)
    for what in ("means", "differences", "contrasts"):
        assert low <= hits[what] <= high, hits
    assert hits["share"] >= binom.ppf(1e-6, repeats, 0.92), hits
    assert hits["nothing"] >= low, hits
