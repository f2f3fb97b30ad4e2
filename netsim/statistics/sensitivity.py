"""Which inputs the outcome hangs on: Sobol indices from a Saltelli design, and swings of one factor at a time.

The first-order index of an input is the share of the variance of the expected outcome that would go if the input were
known; the total one, the share that would stay if all others were. Both are of the expectation over replications: what
chance adds to squares is taken off with products of different replications (see `crossed`), without which every total
index of a noisy model would be too high.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.statistics.crossed import (
    Crossed,
    crossed,
    cut_share,
    jackknife_error,
    jackknife_interval,
    name_factors,
    two_way_interval,
)
from netsim.statistics.intervals import Interval, t_interval
from netsim.statistics.sampling import SaltelliDesign

__all__ = ["SobolIndices", "Swing", "sobol_indices", "swings"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SobolIndices:
    """Indices by input, with intervals; estimates are not cut to 0 .. 1, so that one can see their error."""

    names: tuple[str, ...]
    first: tuple[Interval, ...]
    total: tuple[Interval, ...]
    second: dict[tuple[str, str], Interval]
    """Of what a pair does together beyond its two first-order effects; empty unless the design has second order."""
    variance: float
    """Of the expected outcome over the inputs, free of chance."""
    chance: Interval
    """Share of chance in the variance of a single run; NaN with one replication."""
    rows: int
    replications: int


def sobol_indices(
    design: SaltelliDesign,
    values: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    level: float = 0.95,
    resamples: int = 1000,
    seed: int = 1,
) -> SobolIndices:
    """Return the Sobol indices of the expected outcome from *values* [point, replication] of a Saltelli *design*.

    First order by Saltelli et al. 2010 (table 2, b), total by Jansen 1999, second by Saltelli 2002. Without chance
    they are those of ``scipy.stats.sobol_indices``. Intervals hold the error of the rows, by *resamples* bootstrap
    samples of rows (Archer, Saltelli and Sobol 1997), and that of the tapes, by leaving out one replication at a time.
    Rows with a gap at any of their points are left out, and replications as in `crossed`. Raise `ModelError` if fewer
    than three rows are left, or if the expected outcome does not vary.
    """
    labels = name_factors(names, design.factors)
    rows, table = _rows(design, values)
    pairs = list(itertools.combinations(range(design.factors), 2)) if design.has_second_order else []
    count, n = rows.shape[1], table.n
    terms, noise = _terms(rows, design.factors, pairs)
    found = _indices(terms.mean(axis=0), design.factors, pairs)
    if not found[-1] > 0:
        raise ModelError("the expected outcome does not vary over these points beyond chance, so that there is nothing "
                         "to share out; widen the inputs, or run more replications")  # fmt: skip
    generator = np.random.default_rng(seed)
    often = generator.multinomial(count, np.full(count, 1 / count), size=resamples) / count
    drawn = np.array([_indices(each, design.factors, pairs) for each in often @ terms])
    by_rows = drawn.std(axis=0, ddof=1)
    by_replications, chance = np.full(len(found), math.nan), Interval(math.nan, math.nan, n, level)
    if n >= 2:
        chance = cut_share(Interval(noise / (noise + float(found[-1])), math.nan, n, level))
    if n >= 3:
        without = [_terms(np.delete(rows, r, axis=-1), design.factors, pairs) for r in range(n)]
        left_out = np.array([_indices(each.mean(axis=0), design.factors, pairs) for each, _ in without])
        by_replications = np.array([jackknife_error(column) for column in left_out.T])
        shares = np.array([one / (one + left) for (_, one), left in zip(without, left_out[:, -1], strict=True)])
        chance = cut_share(jackknife_interval(chance.mean, shares, n=n, level=level))
    intervals = [
        two_way_interval(
            float(found[i]), by_points=float(by_rows[i]), points=count, by_replications=float(by_replications[i]), n=n,
            level=level,
        )
        for i in range(len(found) - 1)
    ]  # fmt: skip
    d = design.factors
    return SobolIndices(
        names=labels,
        first=tuple(intervals[:d]),
        total=tuple(intervals[d : 2 * d]),
        second={(labels[a], labels[b]): each for (a, b), each in zip(pairs, intervals[2 * d :], strict=True)},
        variance=float(found[-1]),
        chance=chance,
        rows=count,
        replications=n,
    )


@dataclass(frozen=True, slots=True)
class Swing:
    """How far one factor alone moves the outcome from its base: the bar of a tornado."""

    factor: str
    base: Interval
    """Outcome at the base point."""
    low: Interval
    """Outcome minus that of the base at the level where it is lowest, paired."""
    high: Interval
    """The same where it is highest."""
    span: Interval
    """Outcome at the highest minus outcome at the lowest, paired."""
    low_level: int
    high_level: int


def swings(
    values: ArrayLike, levels: ArrayLike, *, names: Sequence[str] | None = None, level: float = 0.95
) -> tuple[Swing, ...]:
    """Return what each factor of a one-at-a-time design does alone, the widest first.

    *values* are [point, replication] and *levels* indices [point, factor]; the first point is the base. Which level is
    the lowest and which the highest is read off the means, so that a span within its interval is chance. Raise
    `ModelError` if a point differs from the base in more than one factor, or the base has no values.
    """
    where, table = np.asarray(levels), crossed(values)
    if where.ndim != 2 or len(where) != len(np.asarray(values)):
        raise ModelError(f"levels of shape {where.shape} for {len(np.asarray(values))} points; give one row for each")
    if ((where != where[0]).sum(axis=1) > 1).any():
        raise ModelError("a point differs from the base in more than one factor; use main effects instead of swings")
    if 0 not in table.points or not table.n:
        raise ModelError("the base point has too few values to compare with; run more replications")
    where, base = where[table.points], table.values[0]
    found = []
    for i, name in enumerate(name_factors(names, where.shape[1])):
        rows = np.flatnonzero((where[:, i] != where[0, i]) | (np.arange(len(where)) == 0))
        means = table.means[rows]
        low, high = int(rows[means.argmin()]), int(rows[means.argmax()])
        found.append(
            Swing(
                factor=name,
                base=t_interval(base, level=level),
                low=t_interval(table.values[low] - base, level=level),
                high=t_interval(table.values[high] - base, level=level),
                span=t_interval(table.values[high] - table.values[low], level=level),
                low_level=int(where[low, i]),
                high_level=int(where[high, i]),
            )
        )
    return tuple(sorted(found, key=lambda swing: -swing.span.mean))


def _rows(design: SaltelliDesign, values: ArrayLike) -> tuple[FloatArray, Crossed]:
    """Return the values [matrix, row, replication], rows with a gap left out, and the table that they are from."""
    table = crossed(values)
    given = len(np.asarray(values))
    if given != len(design.points):
        raise ModelError(f"{given} rows of values for a design of {len(design.points)} points; give one row each")
    full = np.full((given, table.n), np.nan)
    full[table.points] = table.values
    blocks = full.reshape(given // design.n, design.n, table.n)
    blocks = blocks[:, ~np.isnan(blocks).any(axis=(0, 2))]
    if blocks.shape[1] < 3 or not table.n:
        kept = blocks.shape[1] if table.n else 0
        raise ModelError(f"{kept} of {design.n} rows of the design have values at all their points, on the same tapes; "
                         "three are the least")  # fmt: skip
    return blocks, table


def _terms(rows: FloatArray, d: int, pairs: Sequence[tuple[int, int]]) -> tuple[FloatArray, float]:
    """Return the terms whose means over rows make the indices, [row, term], and the variance that is chance.

    Each replication is taken from its own mean, which removes what a tape does to all points alike.
    """
    noise = float(rows[:2].var(axis=2, ddof=1).mean()) if rows.shape[2] > 1 else 0.0
    rows = rows - rows[:2].mean(axis=(0, 1))
    a, b, ab, ba = rows[0], rows[1], rows[2 : 2 + d], rows[2 + d :]
    columns = [a.mean(axis=1), b.mean(axis=1), _product(a, a), _product(b, b)]
    columns += [_product(b, ab[i] - a) for i in range(d)]
    columns += [_product(a - ab[i], a - ab[i]) / 2 for i in range(d)]
    columns += [_product(ba[i], ab[j]) - _product(a, b) for i, j in pairs]
    return np.stack(columns, axis=1), noise


def _product(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return for each row the mean product over pairs of different replications; of the only one if there is one."""
    n = one.shape[1]
    if n == 1:
        return one[:, 0] * other[:, 0]
    return np.asarray((one.sum(axis=1) * other.sum(axis=1) - (one * other).sum(axis=1)) / (n * (n - 1)))


def _indices(means: FloatArray, d: int, pairs: Sequence[tuple[int, int]]) -> FloatArray:
    """Return first, total and second-order indices, and behind them the variance of the expected outcome."""
    variance = (means[2] + means[3]) / 2 - ((means[0] + means[1]) / 2) ** 2
    shares = means[4:] / variance if variance else np.full(len(means) - 4, math.nan)
    for k, (i, j) in enumerate(pairs):
        shares[2 * d + k] -= shares[i] + shares[j]
    return np.append(shares, variance)
