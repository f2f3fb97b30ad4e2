"""Quantile tables against the distributions they stand for, integrated over all marks cell by cell."""

import math
import pickle

import numpy as np
import pytest
from scipy import integrate, stats

from netsim.distributions import (
    LARGEST_MEAN,
    Distribution,
    exponential_table,
    lookup,
    quantile_table,
    value,
    values,
)
from netsim.errors import ModelError

D = Distribution
UNIT = 1 << 24
HALVED = 2.0 ** np.arange(20)
MARKS = np.concatenate(([1.0], HALVED, np.full(4094, 2.0**20), HALVED[::-1], [1.0]))  # marks in each cell

SPREADS = (0.05, 0.3, 1.0, 1.7, 3.0)
FAMILIES = [
    D.fixed(86_400),
    D.uniform(86_400, 3 * 86_400),
    D.uniform(0, 100),
    D.triangular(0, 0, 50),
    D.triangular(10, 50, 50),
    D.triangular(10, 20, 90),
    D.exponential(3_600),
    D.erlang(3_600, 2),
    D.erlang(3_600, 9),
    D.weibull_shape(3_600, 2.5),
    D.weibull_shape(3_600, 0.7),
    *(make(2_400, cv) for make in (D.gamma, D.lognormal, D.weibull) for cv in SPREADS),
    D.empirical([3, 1, 4, 1, 5, 9, 2, 6]),
    D.empirical([60, 3_600, 86_400], weights=[5, 3, 1]),
    D.empirical([0, 1_000], weights=[0.9, 0.1]),  # cv 3
    D.empirical([(i / 100) ** 4 for i in range(101)]),
]


def name(distribution):
    return f"{distribution.family}-cv{distribution.cv:.2f}"


def starts_and_rises(distribution):
    cells = quantile_table(distribution).view.astype(np.float64) / UNIT
    return cells[::2], cells[1::2]


def frozen(distribution):
    """The same distribution, relative to its mean, as SciPy has it."""
    family, params = distribution.shape
    return {
        "exponential": stats.expon,
        "gamma": lambda: stats.gamma(params[0], scale=1 / params[0]),
        "lognormal": lambda: stats.lognorm(params[0], scale=math.exp(-params[0] ** 2 / 2)),
        "weibull": lambda: stats.weibull_min(params[0], scale=1 / math.gamma(1 + 1 / params[0])),
        "uniform": lambda: stats.uniform(params[0], params[1] - params[0]),
        "triangular": lambda: stats.triang(
            (params[1] - params[0]) / (params[2] - params[0]), loc=params[0], scale=params[2] - params[0]
        ),
    }[family]()


CONTINUOUS = [d for d in FAMILIES if d.family not in ("fixed", "empirical")]


@pytest.mark.parametrize("distribution", FAMILIES, ids=name)
def test_table_has_the_moments_of_its_distribution(distribution):
    low, rise = starts_and_rises(distribution)
    share, middle = MARKS / 2**32, low + rise / 2
    mean = share @ middle
    second = share @ (middle**2 + rise**2 / 12 * (1 - 1 / MARKS**2))  # a line sampled at the centres of its marks
    assert abs(mean - 1) < 1e-4
    assert abs(second / (1 + distribution.cv**2) - 1) < 1e-3


@pytest.mark.parametrize("distribution", FAMILIES, ids=name)
def test_a_higher_mark_is_never_shorter_and_none_is_negative(distribution):
    cells = quantile_table(distribution).view
    low, rise = cells[::2], cells[1::2]
    assert low[0] >= 0
    assert (rise >= 0).all()
    assert (low[1:] >= (low + rise)[:-1]).all()


@pytest.mark.parametrize("distribution", CONTINUOUS, ids=name)
def test_cell_means_are_those_of_scipy_quantiles(distribution):
    low, rise = starts_and_rises(distribution)
    ends = np.concatenate(([0.0], np.cumsum(MARKS))) / 2**32
    theirs = frozen(distribution)
    for cell in (25, 400, 2_000, 2_067):
        exact = integrate.quad(theirs.ppf, ends[cell], ends[cell + 1], epsrel=1e-10)[0] / (ends[cell + 1] - ends[cell])
        assert low[cell] + rise[cell] / 2 == pytest.approx(exact, rel=1e-7, abs=2 / UNIT)
    above = ends[::-1]  # by symmetry of the cells, also their distances from 1
    for cell in (2_068, 3_000, 4_110, 4_120, 4_130):
        near, far = above[cell + 1], above[cell]
        exact = integrate.quad(theirs.isf, near, far, epsrel=1e-10)[0] / (far - near)
        assert low[cell] + rise[cell] / 2 == pytest.approx(exact, rel=1e-7, abs=2 / UNIT)


@pytest.mark.parametrize("distribution", CONTINUOUS, ids=name)
def test_quantiles_and_moments_agree_with_scipy(distribution):
    theirs = frozen(distribution)
    assert theirs.mean() == pytest.approx(1, rel=1e-9)
    assert theirs.std() == pytest.approx(distribution.cv, rel=1e-6)
    assert distribution.variance == pytest.approx((distribution.cv * distribution.mean) ** 2)
    u = np.array([0, 1e-6, 0.01, 0.3, 0.5, 0.7, 0.99, 1 - 1e-9, 1])
    np.testing.assert_allclose(distribution.quantile(u), theirs.ppf(u) * distribution.mean, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("distribution", FAMILIES, ids=name)
def test_scalar_and_vector_lookup_are_equal(distribution):
    table, mean = quantile_table(distribution), distribution.seconds
    edges = [0, 1, 2, 3, 2**20 - 1, 2**20, 2**20 + 1, 2**31 - 1, 2**31]
    edges += [2**32 - 1 - mark for mark in edges]
    edges += [2**bits - 1 for bits in range(33)] + [2**32 - 2**bits for bits in range(33) if bits]
    marks = np.concatenate((edges, np.random.default_rng().integers(0, 2**32, 2_000))).astype(np.uint32)
    assert values(table, mean, marks).tolist() == [value(table.cells, mean, mark) for mark in marks.tolist()]
    square = values(table, mean, marks[:12].reshape(3, 4))
    assert square.ravel().tolist() == values(table, mean, marks[:12]).tolist()


def test_marks_of_a_cell_average_to_its_mean():
    distribution = D.lognormal(1_000, 1.5)
    table = quantile_table(distribution)
    cells = table.view.reshape(-1, 2)
    first = np.concatenate(([0.0], np.cumsum(MARKS))).astype(np.int64)
    for cell in (0, 1, 2, 7, 20, 21, 3_000, 4_114, 4_115, 4_130, 4_135):
        marks = np.arange(first[cell], first[cell + 1]).astype(np.uint32)
        shapes = values(table, UNIT, marks)  # a mean of 2**24 makes the shape itself
        assert abs(shapes.mean() - cells[cell].sum() + cells[cell, 1] / 2) <= 0.5
        assert shapes[0] == lookup(table.cells, int(marks[0]))
        assert cells[cell, 0] <= shapes.min()
        assert shapes.max() <= cells[cell].sum()


def test_value_is_the_product_rounded():
    table = quantile_table(D.lognormal(1, 3))
    for mark in (0, 77, 2**20, 3_000_000_000, 2**32 - 2, 2**32 - 1):
        for mean in (0, 1, 59, 86_400, 315_360_000, LARGEST_MEAN):
            assert value(table.cells, mean, mark) == (lookup(table.cells, mark) * mean + 2**23) >> 24


@pytest.mark.parametrize(
    "distribution",
    [D.gamma(1, 10), D.lognormal(1, 10), D.weibull(1, 10), D.empirical([0, 1], weights=[1e15, 1])],
    ids=name,
)
def test_nothing_overflows_at_the_longest_mean(distribution):
    table = quantile_table(distribution)
    assert table.largest_mean >= LARGEST_MEAN > 10 * 365 * 86_400
    low, rise = (column.astype(object) for column in (table.view[::2], table.view[1::2]))  # Python's integers
    marks = [int(count) for count in MARKS]
    steps = [(2 * count - 1) * int(each) + count for count, each in zip(marks, rise, strict=True)]
    assert max(steps) < 2**63
    assert max(low + rise) <= 2 ** (32 + 24)
    for mean in (LARGEST_MEAN, table.largest_mean):
        longest = value(table.cells, mean, 2**32 - 1)
        assert longest < 2**63
        assert values(table, mean, np.array([2**32 - 1], dtype=np.uint32)).tolist() == [longest]
    with pytest.raises(ModelError, match="check its unit"):
        values(table, table.largest_mean + 1, np.zeros(1, dtype=np.uint32))


@pytest.mark.parametrize(
    "distribution",
    [D.fixed(90_061), D.uniform(90_061, 90_061), D.triangular(90_061, 90_061, 90_061), D.gamma(90_061, 0),
     D.lognormal(90_061, 0), D.weibull(90_061, 0), D.empirical([90_061, 90_061]),
     D.empirical([1, 90_061], weights=[0, 2])],
)  # fmt: skip
def test_without_spread_every_mark_gives_exactly_the_mean(distribution):
    assert distribution == D.fixed(90_061)
    marks = np.random.default_rng().integers(0, 2**32, 1_000).astype(np.uint32)
    assert set(values(quantile_table(distribution), distribution.seconds, marks).tolist()) == {90_061}


def test_zero_is_a_duration():
    assert D.uniform(0, 0) == D.exponential(0) == D.fixed(0)
    assert value(quantile_table(D.fixed(0)).cells, 0, 12345) == 0


def test_equal_shapes_share_a_table():
    assert quantile_table(D.lognormal(60, 0.4)) is quantile_table(D.lognormal(86_400, 0.4))
    assert quantile_table(D.uniform(1, 3)) is quantile_table(D.uniform(86_400, 3 * 86_400))
    assert quantile_table(D.empirical([1, 2, 5])) is quantile_table(D.empirical([10, 20, 50]))
    assert quantile_table(D.erlang(5, 3)) is quantile_table(D.gamma(8, 1 / math.sqrt(3)))
    assert quantile_table(D.exponential(7)) is exponential_table()
    assert quantile_table(D.lognormal(60, 0.4)) is not quantile_table(D.lognormal(60, 0.5))


def test_tables_travel_to_other_processes():
    table = quantile_table(D.gamma(60, 0.4))
    again = pickle.loads(pickle.dumps(table))
    assert again.cells == table.cells


def test_families_by_hand():
    assert (D.uniform(2, 4).mean, D.uniform(2, 4).variance) == (3, pytest.approx(4 / 12))
    assert D.triangular(0, 3, 6).variance == pytest.approx((0 + 9 + 36 - 0 - 0 - 18) / 18)
    assert D.erlang(10, 4).cv == pytest.approx(0.5)
    assert D.weibull_shape(10, 1).cv == pytest.approx(1)
    assert D.weibull(10, 1).params[0] == pytest.approx(1)
    two = D.empirical([10, 20], weights=[3, 1])
    assert (two.mean, two.variance) == (12.5, pytest.approx(0.75 * 0.25 * 100))
    assert two.quantile([0.1, 0.74, 0.76, 1]).tolist() == [10, 10, 20, 20]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: D.fixed(-1), "fixed duration: -1 s"),
        (lambda: D.fixed(math.nan), "nan s is outside"),
        (lambda: D.fixed(1e12), "34 years"),
        (lambda: D.exponential(-2), "-2 s is outside"),
        (lambda: D.uniform(3, 1), "rising order, in seconds: got 3, 1"),
        (lambda: D.uniform(-1, 1), "from 0 up"),
        (lambda: D.triangular(1, 5, 4), "triangular duration"),
        (lambda: D.gamma(1, -0.1), "variation of -0.1"),
        (lambda: D.lognormal(1, math.nan), "variation of nan"),
        (lambda: D.weibull(1, 11), "empirical"),
        (lambda: D.weibull_shape(1, 0.1), "shape of 0.1"),
        (lambda: D.weibull_shape(1, 0), "shape of 0"),
        (lambda: D.erlang(1, 0), "0 stages"),
        (lambda: D.empirical([]), "0 values"),
        (lambda: D.empirical([1, 2], weights=[1]), "2 values, 1 weights"),
        (lambda: D.empirical([1, -2]), "negative or missing"),
        (lambda: D.empirical([1, math.nan]), "negative or missing"),
        (lambda: D.empirical([1, 2], weights=[0, 0]), "not all 0"),
        (lambda: D.exponential(1).quantile(1.5), "between 0 and 1"),
    ],
)
def test_mistakes_are_named_with_a_remedy(make, message):
    with pytest.raises(ModelError, match=message):
        make()
