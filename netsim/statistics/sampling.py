"""Designs of experiments: which points of a space of factors to run, and what a coordinate stands for.

A design over levels holds indices, int64 of shape [point, factor]: 0 is a factor's first level. A design over the unit
cube holds coordinates, float64 of shape [point, factor] in 0 .. 1, without 1 itself; `level_at` turns a coordinate into
a level and `quantile` into a value of a distribution. Designs with a seed are the same for the same seed, on every
machine, as long as SciPy and NumPy keep their generators; a study stores its points, and not the recipe alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError, did_you_mean

__all__ = [
    "FAMILIES",
    "SaltelliDesign",
    "factorial",
    "is_power_of_two",
    "latin_hypercube",
    "level_at",
    "one_at_a_time",
    "quantile",
    "saltelli",
    "sobol",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_MOST_POINTS = 10_000_000


def factorial(counts: Sequence[int]) -> IntArray:
    """Return every combination of levels, [point, factor]; the last factor changes fastest.

    *counts* are the numbers of levels. Raise `ModelError` if a factor has no level or there are over ten million
    combinations.
    """
    _check_counts(counts)
    if math.prod(counts) > _MOST_POINTS:
        raise ModelError(f"a full factorial of {' x '.join(map(str, counts))} levels has {math.prod(counts):,} points; "
                         "take fewer levels, or a Latin hypercube")  # fmt: skip
    grid = np.indices(tuple(counts)).reshape(len(counts), -1).T
    return np.ascontiguousarray(grid, dtype=np.int64)


def one_at_a_time(counts: Sequence[int], *, base: Sequence[int] | None = None) -> IntArray:
    """Return the base point, then each factor's other levels with all else at the base: [point, factor].

    *base* is the index of each factor's level at the base, else 0. There are 1 + sum(counts) - factors points.
    """
    _check_counts(counts)
    start = [0] * len(counts) if base is None else list(base)
    if len(start) != len(counts) or not all(0 <= at < count for at, count in zip(start, counts, strict=True)):
        raise ModelError(
            f"the base {start} is no point of levels {list(counts)}; give one index from 0 for each factor"
        )
    points = [start]
    for i, count in enumerate(counts):
        points += [[*start[:i], level, *start[i + 1 :]] for level in range(count) if level != start[i]]
    return np.array(points, dtype=np.int64)


def latin_hypercube(n: int, factors: int, *, seed: int) -> FloatArray:
    """Return *n* points of which each factor has exactly one in each of *n* equal strata: [point, factor] in 0 .. 1.

    Source: McKay, Beckman and Conover 1979.
    """
    from scipy.stats import qmc

    _check_size(n, factors)
    return _within(qmc.LatinHypercube(d=factors, seed=np.random.default_rng(seed)).random(n))


def sobol(n: int, factors: int, *, seed: int) -> FloatArray:
    """Return *n* points of a Sobol sequence with Owen's scrambling: [point, factor] in 0 .. 1.

    Balance holds for powers of two only (Owen 2020): see `is_power_of_two`. Any other *n* gives the first *n* points,
    which cover the cube less evenly. Sources: Sobol 1967; Joe and Kuo 2008; Owen 1998.
    """
    _check_size(n, factors)
    return _within(_sequence(n, factors, seed))


def is_power_of_two(n: int) -> bool:
    """Return whether *n* points of a Sobol sequence are a balanced net."""
    return n > 0 and n & (n - 1) == 0


@dataclass(frozen=True, slots=True, eq=False)
class SaltelliDesign:
    """Points for Sobol indices: the matrices A, B, A with each column from B and, of second order, B with A's.

    *points* is [row, factor] in the order A, B, AB_0, AB_1, .., BA_0, BA_1, ..; each matrix has *n* rows. Only the
    first 2 *n* points, A and B, are draws of the inputs of their own: percentiles and splits of variance are of these.
    Source: Saltelli 2002; Saltelli et al. 2010.
    """

    points: FloatArray
    n: int
    has_second_order: bool = False

    @property
    def factors(self) -> int:
        """Return the number of factors."""
        return int(self.points.shape[1])

    def split(self, values: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
        """Return *values* [row, ..] as those of A [n, ..], B [n, ..], AB [factor, n, ..] and BA [factor or 0, n, ..].

        Raise `ModelError` if there are not as many rows as points.
        """
        given = np.asarray(values, dtype=np.float64)
        if len(given) != len(self.points):
            raise ModelError(
                f"{len(given)} rows of values for a design of {len(self.points)} points; give one row each"
            )
        blocks = given.reshape(len(given) // self.n, self.n, *given.shape[1:])
        return blocks[0], blocks[1], blocks[2 : 2 + self.factors], blocks[2 + self.factors :]


def saltelli(n: int, factors: int, *, seed: int, second_order: bool = False) -> SaltelliDesign:
    """Return the design for Sobol indices of *factors* from *n* base points, n (factors + 2) points in all.

    With *second_order* n (2 factors + 2). Base points are a scrambled Sobol sequence in 2 factors dimensions, best
    with *n* a power of two.
    """
    _check_size(n, factors)
    base = _within(_sequence(n, 2 * factors, seed))
    a, b = base[:, :factors], base[:, factors:]
    blocks = [a, b]
    for into, other in ((a, b), (b, a))[: 2 if second_order else 1]:
        for i in range(factors):
            mixed = into.copy()
            mixed[:, i] = other[:, i]
            blocks.append(mixed)
    return SaltelliDesign(np.concatenate(blocks), n, second_order)


def level_at(u: ArrayLike, levels: int, *, weights: Sequence[float] | None = None) -> IntArray:
    """Return the index of the level, 0 .. *levels* - 1, that each coordinate *u* in 0 .. 1 falls into.

    Levels share the unit interval in their order, equally or by *weights*.
    """
    shares = np.ones(levels) if weights is None else np.asarray(weights, dtype=np.float64)
    if levels < 1 or shares.shape != (levels,) or not (shares >= 0).all() or not shares.sum() > 0:
        raise ModelError(f"{levels} levels with the weights {weights}; give one weight from 0 up for each, not all 0")
    ends = np.cumsum(shares) / shares.sum()
    last = int(np.flatnonzero(shares)[-1])
    return np.minimum(np.searchsorted(ends, _unit(u), side="right"), last).astype(np.int64)


FAMILIES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "uniform": ("low", "high"),
    "loguniform": ("low", "high"),
    "triangular": ("low", "mode", "high"),
    "pert": ("low", "mode", "high"),
    "normal": ("mean", "sd"),
    "truncated_normal": ("mean", "sd", "low", "high"),
    "lognormal": ("mean", "cv"),
    "gamma": ("mean", "cv"),
    "beta": ("a", "b", "low", "high"),
    "integer": ("low", "high"),
})  # fmt: skip
"""Families of uncertain inputs and the plain numbers that each is described by.

``sd`` is the standard deviation, ``cv`` standard deviation / mean; ``lognormal`` has the mean and cv of the value, not
of its logarithm; ``pert`` is the beta distribution of mean (low + 4 mode + high) / 6; ``integer`` gives whole numbers
from low to high, both included. Of categories and of weighted values see `level_at`.
"""


def quantile(family: str, u: ArrayLike, **numbers: float) -> FloatArray:
    """Return the value not exceeded with probability *u* in 0 .. 1, of the shape of *u*.

    *numbers* are those that `FAMILIES` lists, in the unit of the field that they are for. Raise `ModelError` for an
    unknown family, a number that is missing or too many, or numbers without meaning, such as high below low.
    """
    if family not in FAMILIES:
        hint = did_you_mean(family, FAMILIES) or f"use one of {', '.join(FAMILIES)}"
        raise ModelError(f"no distribution `{family}`; {hint}")
    if set(numbers) != set(FAMILIES[family]):
        raise ModelError(f"a {family} distribution needs {_list(FAMILIES[family])}; got {_list(numbers) or 'nothing'}")
    given = [float(numbers[name]) for name in FAMILIES[family]]
    if not all(map(math.isfinite, given)) or not _LAWFUL[family](*given):
        stated = ", ".join(f"{name} {numbers[name]:g}" for name in FAMILIES[family])
        raise ModelError(f"a {family} distribution with {stated} has no meaning; {_RULES[family]}")
    return np.asarray(_QUANTILES[family](_unit(u), *given), dtype=np.float64)


def _triangular(u: FloatArray, low: float, mode: float, high: float) -> Any:
    from scipy import stats

    return stats.triang.ppf(u, (mode - low) / (high - low), loc=low, scale=high - low)


def _pert(u: FloatArray, low: float, mode: float, high: float) -> Any:
    peak = (mode - low) / (high - low)
    return _beta(u, 1 + 4 * peak, 5 - 4 * peak, low, high)


def _beta(u: FloatArray, a: float, b: float, low: float, high: float) -> Any:
    from scipy import special

    return low + (high - low) * special.betaincinv(a, b, u)


def _normal(u: FloatArray, mean: float, sd: float) -> Any:
    from scipy import special

    return mean + sd * special.ndtri(u)


def _truncated(u: FloatArray, mean: float, sd: float, low: float, high: float) -> Any:
    from scipy import stats

    return stats.truncnorm.ppf(u, (low - mean) / sd, (high - mean) / sd, loc=mean, scale=sd)


def _lognormal(u: FloatArray, mean: float, cv: float) -> Any:
    sigma = math.sqrt(math.log1p(cv**2))
    return np.exp(_normal(u, math.log(mean) - sigma**2 / 2, sigma))


def _gamma(u: FloatArray, mean: float, cv: float) -> Any:
    from scipy import special

    return mean * cv**2 * special.gammaincinv(1 / cv**2, u)


_QUANTILES: dict[str, Callable[..., Any]] = {
    "uniform": lambda u, low, high: low + (high - low) * u,
    "loguniform": lambda u, low, high: low * (high / low) ** u,
    "triangular": _triangular,
    "pert": _pert,
    "normal": _normal,
    "truncated_normal": _truncated,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "beta": _beta,
    "integer": lambda u, low, high: low - 1 + np.maximum(np.ceil(u * (high - low + 1)), 1),
}
_LAWFUL: dict[str, Callable[..., bool]] = {
    "uniform": lambda low, high: low < high,
    "loguniform": lambda low, high: 0 < low < high,
    "triangular": lambda low, mode, high: low <= mode <= high and low < high,
    "pert": lambda low, mode, high: low <= mode <= high and low < high,
    "normal": lambda _, sd: sd > 0,
    "truncated_normal": lambda mean, sd, low, high: sd > 0 and low < high and low - 8 * sd <= mean <= high + 8 * sd,
    "lognormal": lambda mean, cv: mean > 0 and cv > 0,
    "gamma": lambda mean, cv: mean > 0 and cv > 0,
    "beta": lambda a, b, low, high: a > 0 and b > 0 and low < high,
    "integer": lambda low, high: low <= high and low == int(low) and high == int(high),
}
_RULES = {
    "uniform": "low must be below high",
    "loguniform": "low must be above 0 and below high",
    "triangular": "they must rise from low over mode to high",
    "pert": "they must rise from low over mode to high",
    "normal": "sd must be above 0",
    "truncated_normal": "low must be below high, the mean within 8 sd of them, and sd above 0",
    "lognormal": "mean and cv must be above 0",
    "gamma": "mean and cv must be above 0",
    "beta": "a and b must be above 0 and low below high",
    "integer": "low and high must be whole numbers, low not above high",
}


def _sequence(n: int, factors: int, seed: int) -> FloatArray:
    from scipy.stats import qmc

    engine = qmc.Sobol(d=factors, scramble=True, seed=np.random.default_rng(seed))
    # SciPy warns of any other number than a power of two, but not if the next power is drawn and cut.
    return np.asarray(engine.random_base2(max(n - 1, 0).bit_length())[:n], dtype=np.float64)


def _within(points: Any) -> FloatArray:
    """Return coordinates that are never 0, of which many distributions make minus infinity, and never 1."""
    return np.clip(np.asarray(points, dtype=np.float64), 2.0**-53, 1 - 2.0**-53)


def _unit(u: ArrayLike) -> FloatArray:
    found = np.asarray(u, dtype=np.float64)
    if not ((found >= 0) & (found <= 1)).all():
        raise ModelError("a coordinate outside 0 .. 1 is no point of the unit cube")
    return found


def _check_counts(counts: Sequence[int]) -> None:
    if not counts or not all(count >= 1 for count in counts):
        raise ModelError(f"factors with {list(counts)} levels; give at least one factor, and each at least one level")


def _check_size(n: int, factors: int) -> None:
    if n < 1 or factors < 1 or n * factors > 50 * _MOST_POINTS:
        raise ModelError(f"{n} points over {factors} factors; give at least one of each")


def _list(names: Any) -> str:
    return ", ".join(names)
