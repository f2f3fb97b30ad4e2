from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from netsim.errors import ModelError
from netsim.statistics.constants import equicoordinate_t, screening_t, triangle

DUNNETT = {
    5: "2.44 2.68 2.85 2.98 3.08 3.16 3.24 3.30",
    10: "2.15 2.34 2.47 2.56 2.64 2.70 2.76 2.81",
    20: "2.03 2.19 2.30 2.39 2.46 2.51 2.56 2.60",
    30: "1.99 2.15 2.25 2.33 2.40 2.45 2.50 2.54",
    60: "1.95 2.10 2.21 2.28 2.35 2.39 2.44 2.48",
    120: "1.93 2.08 2.18 2.26 2.32 2.37 2.41 2.45",
}
"""Dunnett 1955, J. American Statistical Association 50, 1112-1118, table 1a: one-sided 5 % points of the multivariate t
with correlation 1/2, for 2 to 9 comparisons."""


@pytest.mark.parametrize("degrees", DUNNETT)
def test_the_equicoordinate_t_gives_dunnetts_table(degrees):
    for dimension, printed in enumerate(DUNNETT[degrees].split(), start=2):
        # Two decimals were printed, computed by hand: a unit of the last of them.
        assert equicoordinate_t(0.95, dimension, degrees) == pytest.approx(float(printed), abs=0.01)


@pytest.mark.parametrize(
    ("dimension", "degrees", "correlation"), [(2, 8, 0.5), (4, 36, 0.5), (3, 5, 0.0), (6, 15, 0.3)]
)
def test_the_equicoordinate_t_against_a_direct_integral(dimension, degrees, correlation):
    g = equicoordinate_t(0.9, dimension, degrees, correlation)

    def inside(u: float, s: float) -> float:
        inner = stats.norm.cdf((g * s + np.sqrt(correlation) * u) / np.sqrt(1 - correlation)) ** dimension
        return float(inner * stats.norm.pdf(u) * stats.chi.pdf(s * np.sqrt(degrees), degrees) * np.sqrt(degrees))

    probability, _ = integrate.dblquad(inside, 1e-6, 4, -8, 8, epsabs=1e-7)
    assert probability == pytest.approx(0.9, abs=2e-5)


def test_one_comparison_is_students_t():
    assert equicoordinate_t(0.95, 1, 9) == pytest.approx(stats.t.ppf(0.95, 9), abs=1e-9)
    assert screening_t(0.95, 1, 9) == pytest.approx(stats.t.ppf(0.95, 9), abs=1e-9)


def test_bonferroni_is_never_smaller():
    for dimension in (2, 5, 20):
        assert screening_t(0.95, dimension, 12) > equicoordinate_t(0.95, dimension, 12)
    assert screening_t(0.95, 4, 12) == pytest.approx(stats.t.ppf(1 - 0.05 / 4, 12), abs=1e-9)


@pytest.mark.parametrize(("error", "first"), [(0.05, 10), (0.05 / 9, 10), (0.01, 24), (0.025, 2)])
def test_the_triangle_solves_the_equation_that_defines_it(error, first):
    # Kim and Nelson 2001 choose eta so that E[exp(-eta X)] / 2 = error for X of chi square with n - 1 degrees.
    eta = triangle(error, first) / (2 * (first - 1))
    expected, _ = integrate.quad(lambda x: np.exp(-eta * x) * stats.chi2.pdf(x, first - 1) / 2, 0, np.inf)
    assert expected == pytest.approx(error, rel=1e-6)


def test_the_triangle_follows_the_published_formula():
    # Kim and Nelson 2001 with k = 4, n0 = 10, alpha = 0.05, c = 1: eta = ((2 alpha / (k - 1))^(-2 / 9) - 1) / 2.
    eta = 0.5 * ((2 * 0.05 / 3) ** (-2 / 9) - 1)
    assert triangle(0.05 / 3, 10) == pytest.approx(2 * eta * 9)


@pytest.mark.parametrize(("error", "first"), [(0.05, 1), (0.5, 10), (0.0, 10)])
def test_a_triangle_without_a_meaning_is_refused(error, first):
    with pytest.raises(ModelError, match="first replications"):
        triangle(error, first)


def test_a_t_of_nothing_is_refused():
    with pytest.raises(ModelError, match="dimension 0"):
        equicoordinate_t(0.95, 0, 5)
