from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import qmc

from netsim.errors import ModelError
from netsim.statistics.sampling import (
    FAMILIES,
    factorial,
    is_power_of_two,
    latin_hypercube,
    level_at,
    one_at_a_time,
    quantile,
    saltelli,
    sobol,
)

COUNTS = st.lists(st.integers(1, 5), min_size=1, max_size=5)


@given(COUNTS)
def test_a_factorial_holds_every_combination_once(counts):
    points = factorial(counts)
    assert points.shape == (math.prod(counts), len(counts))
    assert points.dtype == np.int64
    assert [tuple(point) for point in points] == list(itertools.product(*map(range, counts)))


@given(COUNTS)
def test_every_pair_of_levels_of_a_factorial_occurs_equally_often(counts):
    points = factorial(counts)
    for a, b in itertools.combinations(range(len(counts)), 2):
        _, often = np.unique(points[:, [a, b]], axis=0, return_counts=True)
        assert set(often) == {len(points) // (counts[a] * counts[b])}


@given(COUNTS, st.data())
def test_one_at_a_time_leaves_the_base_in_one_factor_only(counts, data):
    base = [data.draw(st.integers(0, count - 1)) for count in counts]
    points = one_at_a_time(counts, base=base)
    assert points[0].tolist() == base
    assert len(points) == 1 + sum(counts) - len(counts)
    assert len({tuple(point) for point in points}) == len(points)
    assert ((points[1:] != base).sum(axis=1) == 1).all()


@given(st.integers(1, 60), st.integers(1, 6), st.integers(0, 2**63))
def test_a_latin_hypercube_has_one_point_in_each_stratum(n, factors, seed):
    points = latin_hypercube(n, factors, seed=seed)
    assert points.shape == (n, factors)
    assert (np.sort(np.floor(points * n), axis=0) == np.arange(n)[:, None]).all()


@pytest.mark.parametrize("draw", [latin_hypercube, sobol, lambda *a, seed: saltelli(*a, seed=seed).points])
def test_points_depend_on_the_seed_alone(draw):
    np.random.seed(1)  # noqa: NPY002 - to see that the global generator has no part in it
    first = draw(32, 4, seed=7)
    assert (draw(32, 4, seed=7) == first).all()
    assert (draw(32, 4, seed=8) != first).any()
    assert ((first > 0) & (first < 1)).all()


@given(st.integers(0, 6), st.integers(1, 8), st.integers(0, 1000))
def test_a_power_of_two_of_sobol_points_has_one_in_each_stratum(m, factors, seed):
    points = sobol(1 << m, factors, seed=seed)
    assert is_power_of_two(len(points))
    assert (np.sort(np.floor(points * len(points)), axis=0) == np.arange(len(points))[:, None]).all()


def test_the_first_points_of_a_sobol_sequence_do_not_hang_on_how_many_are_asked_for():
    assert not is_power_of_two(100)
    assert not is_power_of_two(0)
    assert (sobol(100, 3, seed=5) == sobol(128, 3, seed=5)[:100]).all()


def test_sobol_points_cover_the_cube_more_evenly_than_chance():
    generator = np.random.default_rng(11)
    by_chance = [qmc.discrepancy(generator.random((256, 4))) for _ in range(20)]
    hypercubes = [qmc.discrepancy(latin_hypercube(256, 4, seed=k)) for k in range(20)]
    nets = [qmc.discrepancy(sobol(256, 4, seed=k)) for k in range(20)]
    assert max(nets) < min(hypercubes) / 2
    assert np.mean(hypercubes) < np.mean(by_chance) / 2


@pytest.mark.parametrize("second_order", [False, True])
def test_the_matrices_of_saltelli_mix_one_column(second_order):
    n, d = 16, 3
    design = saltelli(n, d, seed=3, second_order=second_order)
    assert design.points.shape == (n * (2 * d + 2 if second_order else d + 2), d)
    assert design.factors == d
    a, b, ab, ba = design.split(design.points)
    assert ab.shape == (d, n, d)
    assert ba.shape == (d if second_order else 0, n, d)
    for i in range(d):
        others = [j for j in range(d) if j != i]
        assert (ab[i][:, i] == b[:, i]).all()
        assert (ab[i][:, others] == a[:, others]).all()
        if second_order:
            assert (ba[i][:, i] == a[:, i]).all()
            assert (ba[i][:, others] == b[:, others]).all()
    assert not np.isin(a, b).any()


@given(st.integers(1, 9), st.integers(1, 40))
def test_levels_share_the_unit_interval(levels, times):
    middles = (np.arange(levels * times) + 0.5) / (levels * times)
    assert (level_at(middles, levels) == np.repeat(np.arange(levels), times)).all()
    assert level_at(1.0, levels) == levels - 1


def test_levels_by_weight_have_their_shares_and_one_without_weight_never_comes():
    found = level_at((np.arange(1000) + 0.5) / 1000, 4, weights=[1, 0, 3, 0])
    assert np.bincount(found, minlength=4).tolist() == [250, 0, 750, 0]
    assert level_at(1.0, 4, weights=[1, 0, 3, 0]) == 2


LAWS = {
    "uniform": ({"low": -2, "high": 6}, stats.uniform(-2, 8)),
    "loguniform": ({"low": 0.1, "high": 10}, stats.loguniform(0.1, 10)),
    "triangular": ({"low": 1, "mode": 2, "high": 5}, stats.triang(0.25, 1, 4)),
    "pert": ({"low": 1, "mode": 2, "high": 5}, stats.beta(2, 4, 1, 4)),
    "normal": ({"mean": 3, "sd": 2}, stats.norm(3, 2)),
    "truncated_normal": ({"mean": 3, "sd": 2, "low": 1, "high": 4}, stats.truncnorm(-1, 0.5, 3, 2)),
    "lognormal": ({"mean": 4, "cv": 0.5}, None),
    "gamma": ({"mean": 4, "cv": 0.5}, stats.gamma(4, scale=1)),
    "beta": ({"a": 2, "b": 3, "low": 10, "high": 20}, stats.beta(2, 3, 10, 10)),
    "integer": ({"low": 2, "high": 5}, stats.randint(2, 6)),
}


def test_every_family_has_its_law_below():
    assert set(LAWS) == set(FAMILIES)


@pytest.mark.parametrize("family", LAWS)
def test_quantiles_are_those_of_the_law(family):
    numbers, law = LAWS[family]
    u = np.array([0.001, 0.1, 0.4, 0.5, 0.77, 0.999])
    if law is not None:
        assert quantile(family, u, **numbers) == pytest.approx(law.ppf(u), rel=1e-9)
    assert quantile(family, u.reshape(2, 3), **numbers).shape == (2, 3)


@pytest.mark.parametrize("family", ["lognormal", "gamma"])
def test_mean_and_cv_are_those_of_the_value(family):
    found = quantile(family, (np.arange(200_000) + 0.5) / 200_000, mean=4, cv=0.5)
    assert found.mean() == pytest.approx(4, rel=1e-4)
    assert found.std() / found.mean() == pytest.approx(0.5, rel=1e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_coordinates_of_a_design_give_finite_values(family):
    assert np.isfinite(quantile(family, [2.0**-53, 1 - 2.0**-53], **LAWS[family][0])).all()


def test_pert_has_its_mean():
    found = quantile("pert", (np.arange(100_000) + 0.5) / 100_000, low=1, mode=2, high=5)
    assert found.mean() == pytest.approx((1 + 4 * 2 + 5) / 6, rel=1e-4)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: factorial([]), "at least one factor"),
        (lambda: factorial([2, 0]), "at least one level"),
        (lambda: factorial([1000] * 3), "1,000,000,000 points"),
        (lambda: one_at_a_time([2, 2], base=[0, 2]), r"base \[0, 2\]"),
        (lambda: latin_hypercube(0, 3, seed=1), "0 points"),
        (lambda: sobol(4, 0, seed=1), "0 factors"),
        (lambda: saltelli(4, 2, seed=1).split(np.zeros(3)), "3 rows of values for a design of 16 points"),
        (lambda: level_at(0.5, 2, weights=[1.0]), "one weight"),
        (lambda: level_at(1.5, 2), "unit cube"),
        (lambda: quantile("unifrom", 0.5), "did you mean `uniform`"),
        (lambda: quantile("uniform", 0.5, low=1), "needs low, high; got low"),
        (lambda: quantile("uniform", 0.5, low=2, high=1), "low must be below high"),
        (lambda: quantile("normal", 0.5, mean=2, sd=math.nan), "no meaning"),
    ],
)
def test_mistakes_are_told(call, says):
    with pytest.raises(ModelError, match=says):
        call()
