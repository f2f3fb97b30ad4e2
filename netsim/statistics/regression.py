"""Regression of an outcome on the factors of a sweep whose points are scattered: Latin hypercube, Sobol or any list.

Standardised coefficients say by how many standard deviations the outcome moves when a factor moves by one of its own;
those of ranks say the same of any relation that only rises or only falls. R² says how far to trust either: what it
leaves, the coefficients do not see. Sources: Saltelli, Ratto et al. 2008, section 1.2.5; Iman and Conover 1979.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.statistics.crossed import Crossed, crossed, cut_share, jackknife_error, name_factors, two_way_interval
from netsim.statistics.intervals import Interval

__all__ = ["Regression", "rank_regression", "standardised_regression"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Regression:
    """Standardised coefficients by factor, and the share of the variance between points that they explain."""

    names: tuple[str, ...]
    coefficients: tuple[Interval, ...]
    r_squared: Interval
    on_ranks: bool
    points: int
    replications: int


def standardised_regression(
    values: ArrayLike,
    points: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 500,
    seed: int = 1,
) -> Regression:
    """Return the least-squares fit of the mean outcome of each point on its factors, all in standard deviations.

    *values* are [point, replication], *points* the factors' values or coordinates [point, factor]. Intervals hold the
    chance of which points were drawn, by *resamples* bootstrap samples of points, and that of which tapes were, by
    leaving out one replication at a time. A factor that does not vary has the coefficient 0. Raise `ModelError` with
    fewer than two points more than coefficients.
    """
    table, where = _table(values, points)
    return _regression(table, where, name_factors(names, where.shape[1]), level, resamples, seed, on_ranks=False)


def rank_regression(
    values: ArrayLike,
    points: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 500,
    seed: int = 1,
) -> Regression:
    """Return the fit of the rank of each point's mean outcome on the ranks of its factors, all in standard deviations.

    As `standardised_regression` in all else.
    """
    table, where = _table(values, points)
    return _regression(table, where, name_factors(names, where.shape[1]), level, resamples, seed, on_ranks=True)


def _regression(
    table: Crossed,
    where: FloatArray,
    names: tuple[str, ...],
    level: float,
    resamples: int,
    seed: int,
    *,
    on_ranks: bool,
) -> Regression:
    count, factors = where.shape
    x = _ranks(where) if on_ranks else where

    def response(means: FloatArray) -> FloatArray:
        return _ranks(means[:, None])[:, 0] if on_ranks else means

    y = response(table.means)
    fit = _fit(x, y, np.ones(count))
    generator = np.random.default_rng(seed)
    drawn = np.array([
        _fit(x, y, generator.multinomial(count, np.full(count, 1 / count)).astype(np.float64)) for _ in range(resamples)
    ])  # fmt: skip
    by_points = drawn.std(axis=0, ddof=1)
    by_replications = np.full(factors + 1, math.nan)
    if table.n >= 3:
        total = table.values.sum(axis=1)
        without = [response((total - table.values[:, r]) / (table.n - 1)) for r in range(table.n)]
        left_out = np.array([_fit(x, each, np.ones(count)) for each in without])
        by_replications = np.array([jackknife_error(column) for column in left_out.T])
    intervals = [
        two_way_interval(
            float(fit[i]), by_points=float(by_points[i]), points=count - factors,
            by_replications=float(by_replications[i]), n=table.n, level=level,
        )
        for i in range(factors + 1)
    ]  # fmt: skip
    return Regression(names, tuple(intervals[:-1]), cut_share(intervals[-1]), on_ranks, count, table.n)


def _fit(x: FloatArray, y: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the standardised coefficients and behind them R², each point counting by its weight."""
    share = weights / weights.sum()
    from_mean, largest = x - share @ x, float(np.abs(y).max())
    y = y - share @ y
    deviations, spread = np.sqrt(share @ from_mean**2), math.sqrt(share @ y**2)
    if spread <= 1e-12 * largest:
        return np.append(np.zeros(x.shape[1]), math.nan)
    varies = deviations > 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300)
    scaled = np.where(varies, from_mean / np.where(varies, deviations, 1.0), 0.0)
    moments = scaled.T @ (share[:, None] * scaled)
    found = np.linalg.lstsq(moments, scaled.T @ (share * y) / spread, rcond=1e-10)[0]
    left = y / spread - scaled @ found
    return np.append(found, 1 - float(share @ left**2))


def _table(values: ArrayLike, points: ArrayLike) -> tuple[Crossed, FloatArray]:
    where = np.asarray(points, dtype=np.float64)
    rows = len(np.asarray(values))
    if where.ndim != 2 or len(where) != rows or not np.isfinite(where).all():
        raise ModelError(f"factors of shape {where.shape} for {rows} points; give a number for each point and factor")
    table = crossed(values)
    if len(table.points) < where.shape[1] + 3 or not table.n:
        raise ModelError(f"{len(table.points)} points with {table.n} complete replications are too few to tell "
                         f"{where.shape[1]} factors apart; run at least {where.shape[1] + 3} points")  # fmt: skip
    return table, where[table.points]


def _ranks(columns: FloatArray) -> FloatArray:
    from scipy.stats import rankdata

    return np.asarray(rankdata(columns, axis=0), dtype=np.float64)
