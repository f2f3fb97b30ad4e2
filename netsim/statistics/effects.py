"""Effects of factors over the points of a sweep: means by level, interactions of two, and shares of the variance.

Values are [point, replication], NaN for gaps (see `crossed`), levels are indices [point, factor]. The replication is
the unit of inference: each effect is computed within every replication, over the points that all saw its tape, and
its interval is Student's over replications. That is correct whatever the points have in common, where an analysis of
variance that takes runs for independent would be too wide for differences and too narrow for means.
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
    chance,
    crossed,
    gram,
    name_factors,
    share_ends,
    without_chance,
)
from netsim.statistics.intervals import Interval, t_interval

__all__ = [
    "Interaction",
    "MainEffect",
    "VarianceShare",
    "VarianceShares",
    "interactions",
    "main_effects",
    "share_variance",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MainEffect:
    """What one factor does, all others averaged over their levels."""

    factor: str
    means: tuple[Interval, ...]
    """Mean outcome by level."""
    differences: tuple[Interval, ...]
    """Outcome minus that at the base level, by level and paired; 0 ± 0 at the base."""
    base: int


@dataclass(frozen=True, slots=True)
class Interaction:
    """What two factors do together, all others averaged over their levels."""

    factors: tuple[str, str]
    cells: tuple[tuple[Interval, ...], ...]
    """Mean outcome by level of the first factor, then of the second."""
    contrasts: tuple[tuple[Interval, ...], ...]
    """By how much more the first factor moves the outcome from its base when the second has left its own."""
    bases: tuple[int, int]


def main_effects(
    values: ArrayLike,
    levels: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    base: Sequence[int] | None = None,
    level: float = 0.95,
) -> tuple[MainEffect, ...]:
    """Return the main effect of each factor, with intervals at *level*.

    Means of a level are those of an additive model with the other factors' levels in equal parts (least-squares means):
    plain averages for a factorial, and fair ones where points are missing or factors were moved one at a time. A level
    that its points cannot tell apart has NaN. *base* holds the index of each factor's base level, else 0.
    """
    table, where, counts = _table(values, levels)
    labels, bases = name_factors(names, len(counts)), _bases(base, counts)
    found = []
    for i, name in enumerate(labels):
        means = _level_means(table, where, counts, (i,))
        at_base = means[bases[i]]
        found.append(
            MainEffect(
                name,
                tuple(t_interval(mean, level=level) for mean in means),
                tuple(t_interval(_exact(mean - at_base, table), level=level) for mean in means),
                bases[i],
            )
        )
    return tuple(found)


def interactions(
    values: ArrayLike,
    levels: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    base: Sequence[int] | None = None,
    level: float = 0.95,
) -> tuple[Interaction, ...]:
    """Return the interaction of each pair of factors, (0, 1), (0, 2) .. in this order, with intervals at *level*.

    The contrast of levels i, j is (ij - i0) - (0j - 00), 0 the base levels: 0 ± something if the factors merely add up.
    """
    table, where, counts = _table(values, levels)
    labels, bases = name_factors(names, len(counts)), _bases(base, counts)
    found = []
    for a, b in itertools.combinations(range(where.shape[1]), 2):
        cells = _level_means(table, where, counts, (a, b))
        contrasts = cells - cells[bases[a]] - cells[:, [bases[b]]] + cells[bases[a], bases[b]]
        found.append(
            Interaction(
                (labels[a], labels[b]),
                tuple(tuple(t_interval(cell, level=level) for cell in row) for row in cells),
                tuple(tuple(t_interval(_exact(cell, table), level=level) for cell in row) for row in contrasts),
                (bases[a], bases[b]),
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class VarianceShare:
    """One source of variance of a single run's outcome."""

    factors: tuple[str, ...]
    """One factor, a pair that acts together; all of them for what more than two do; none for chance."""
    variance: float
    """In the unit of the outcome squared; unbiased, hence below 0 where there is next to none."""
    share: Interval
    """Of the variance of a single run at a level drawn at random."""
    share_of_inputs: Interval
    """Of the variance of the expected outcome; NaN for chance."""


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """The variance of a single run, split over main effects, pairs, what is left, and chance."""

    main: tuple[VarianceShare, ...]
    pairs: tuple[VarianceShare, ...]
    rest: VarianceShare
    chance: VarianceShare
    total: float
    replications: int


def share_variance(
    values: ArrayLike, levels: ArrayLike, *, names: Sequence[str] | None = None, level: float = 0.95
) -> VarianceShares:
    """Return the shares of variance in a full factorial, each level counting alike: functional analysis of variance.

    What chance adds to the squares of the effects is taken off (see `crossed`), so that a factor without effect has 0
    in the mean. Intervals are jackknife ones over replications (`share_ends`) and need three of them. With one
    replication chance cannot be told apart and is in the shares. Raise `ModelError` unless every combination of levels
    has run once.
    """
    table, where, counts = _table(values, levels)
    cube = _cube(table, where, counts)
    factors = len(counts)
    labels = name_factors(names, factors)
    effects: dict[tuple[int, ...], FloatArray] = {(): cube.mean(axis=tuple(range(factors)), keepdims=True)}
    rest = cube - effects[()]
    for size in (1, 2):
        for subset in itertools.combinations(range(factors), size):
            part = cube.mean(axis=tuple(i for i in range(factors) if i not in subset), keepdims=True)
            for smaller in (each for n in range(size) for each in itertools.combinations(subset, n)):
                part = part - effects[smaller]
            effects[subset] = part
            rest = rest - part
    parts = {subset: without_chance(_gram(part)) for subset, part in effects.items() if subset}
    left_over = without_chance(_gram(rest)) if factors > 2 else (0.0, np.zeros(table.n if table.n > 2 else 0))
    noise = chance(_gram(cube - cube.mean()))
    inputs = _sum([*parts.values(), left_over])
    total = _sum([inputs, noise])

    def share(who: tuple[str, ...], part: tuple[float, FloatArray], *, of_inputs: bool = True) -> VarianceShare:
        nothing = Interval(math.nan, math.nan, table.n, level)
        of_run = _share(part, total, table.n, level) if of_inputs or table.n > 1 else nothing
        return VarianceShare(who, part[0], of_run, _share(part, inputs, table.n, level) if of_inputs else nothing)

    return VarianceShares(
        main=tuple(share(tuple(labels[i] for i in s), part) for s, part in parts.items() if len(s) == 1),
        pairs=tuple(share(tuple(labels[i] for i in s), part) for s, part in parts.items() if len(s) == 2),
        rest=share(labels, left_over),
        chance=share((), noise, of_inputs=False),
        total=total[0],
        replications=table.n,
    )


def _exact(differences: FloatArray, table: Crossed) -> FloatArray:
    """Return *differences* without what only the rounding of sums has left of equal values."""
    scale = float(np.abs(table.values).max())
    return np.where(np.abs(differences) <= 1e-12 * scale, 0.0, differences)


def _table(values: ArrayLike, levels: ArrayLike) -> tuple[Crossed, IntArray, tuple[int, ...]]:
    """Return the complete part of the values, the levels of its points, and the number of levels of each factor."""
    where = np.asarray(levels)
    rows = len(np.asarray(values))
    if where.ndim != 2 or len(where) != rows or not np.issubdtype(where.dtype, np.integer) or (where < 0).any():
        raise ModelError(f"levels of shape {where.shape} and type {where.dtype} for {rows} points; give the index of a "
                         "level from 0 for each point and factor")  # fmt: skip
    table = crossed(values)
    if not table.values.size:
        raise ModelError("no replication has a value at every point; run more replications, or leave points out")
    return table, where[table.points].astype(np.int64), tuple(int(column.max()) + 1 for column in where.T)


def _bases(base: Sequence[int] | None, counts: tuple[int, ...]) -> list[int]:
    found = [0] * len(counts) if base is None else list(base)
    if len(found) != len(counts) or not all(0 <= at < count for at, count in zip(found, counts, strict=True)):
        raise ModelError(f"base levels {found} of factors with {list(counts)} levels; give one index for each factor")
    return found


def _level_means(table: Crossed, where: IntArray, counts: tuple[int, ...], subset: tuple[int, ...]) -> FloatArray:
    """Return the least-squares mean of each combination of levels of *subset*: [level, .., replication].

    The model has the combinations of *subset* and adds the other factors' levels. What it cannot tell is NaN.
    """
    sizes = tuple(counts[i] for i in subset)
    cells = np.ravel_multi_index(tuple(where[:, i] for i in subset), sizes)
    number = math.prod(sizes)
    columns, targets = [np.eye(number)[cells]], [np.eye(number)]
    for i in (i for i in range(len(counts)) if i not in subset):
        seen, at = np.unique(where[:, i], return_inverse=True)
        columns.append(np.eye(len(seen))[at.ravel()])
        targets.append(np.full((number, len(seen)), 1 / len(seen)))
    model, wanted = np.hstack(columns), np.hstack(targets)
    # The pseudo-inverse by way of the normal equations: small whatever the number of points, and counts are exact.
    weights = wanted @ np.linalg.pinv(model.T @ model, rcond=1e-12, hermitian=True) @ model.T
    known = np.abs(weights @ model - wanted).max(axis=1) < 1e-8
    means = weights @ table.values
    means[~known] = np.nan
    return np.asarray(means.reshape(*sizes, table.n))


def _cube(table: Crossed, where: IntArray, counts: tuple[int, ...]) -> FloatArray:
    """Return the values with one axis for each factor, then replications."""
    cells = np.ravel_multi_index(tuple(where.T), counts)
    seen = len(np.unique(cells))
    if seen != len(cells) or seen != math.prod(counts):
        raise ModelError(f"{len(cells):,} points with {seen:,} of the {math.prod(counts):,} combinations of levels: "
                         "shares of variance need each once; use a regression, or Sobol indices")  # fmt: skip
    ordered = table.values[np.argsort(cells)]
    return np.asarray(ordered.reshape(*counts, table.n))


def _gram(part: FloatArray) -> FloatArray:
    return gram(part.reshape(-1, part.shape[-1]))


def _sum(parts: Sequence[tuple[float, FloatArray]]) -> tuple[float, FloatArray]:
    return sum(part[0] for part in parts), np.asarray(np.sum([part[1] for part in parts], axis=0))


def _share(part: tuple[float, FloatArray], whole: tuple[float, FloatArray], n: int, level: float) -> Interval:
    if not whole[0] > 0:
        return Interval(math.nan, math.nan, n, level)
    share = part[0] / whole[0]
    cut = min(max(share, 0.0), 1.0)
    left_out = np.divide(part[1], whole[1], out=np.full(len(part[1]), math.nan), where=whole[1] > 0)
    low, high, degrees = share_ends(share, [(left_out, n)], level=level)
    # An interval of one half width that holds the one of `share_ends`.
    return Interval(cut, max(high - cut, cut - low), n, level, degrees)
