"""Durations as the planner states them, by mean and spread, and as engines draw them, by integer quantile tables.

A :class:`Distribution` holds real numbers. A :class:`QuantileTable` holds its shape relative to the mean in int64, in
units of 2**-24; a 32-bit mark looks up a shape, and shape times integer mean seconds, shifted right by 24, is the
duration. No real number is met on the way, so every engine on every platform draws the same second.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from netsim.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["Distribution", "QuantileTable", "exponential_table", "lookup", "quantile_table", "value", "values"]

SCALE_BITS = 24
"""Shapes are counted in units of 2**-24 of the mean."""
LARGEST_MEAN = 1 << 30
"""Longest mean in seconds (34 years) for which no shape whatever can overflow int64; see :func:`value`."""
LARGEST_CV = 10.0
"""Tables keep the second moment to 1e-3 up to a cv of 3, to 1e-2 up to this; wilder data belong into `empirical`."""
SMALLEST_CV = 1e-4
"""Below this (9 seconds a day) the duration counts as fixed."""

_HALF = 1 << SCALE_BITS - 1
_FRACTION = (1 << SCALE_BITS) - 1
_CELL_BITS = 20  # 2**32 marks / 4,096 cells
_CELL_MASK = (1 << _CELL_BITS) - 1
_LAST_CELL = 4095
_LAST_MARK = (1 << 32) - 1
_ENTRIES = 4094 + 2 * 21  # the first and the last cell are halved 20 times: 21 pieces each


@dataclass(frozen=True, slots=True)
class Distribution:
    """A duration: *family*, *mean* in seconds, *cv* (standard deviation / mean) and the parameters of the family.

    Made by the constructors below, which raise ModelError for values without meaning. A spread of zero gives the
    family ``fixed`` whatever was asked for. *params*, times in seconds: ``uniform`` low, high; ``triangular`` low,
    mode, high; ``gamma`` and ``weibull`` shape; ``lognormal`` sigma; ``empirical`` values, then their weights.
    """

    family: str
    mean: float
    cv: float
    params: tuple[float, ...] = ()

    @classmethod
    def fixed(cls, mean: float) -> Distribution:
        """Return the duration that is always *mean* seconds (zero is allowed)."""
        return cls("fixed", _length(mean, "fixed duration"), 0.0)

    @classmethod
    def uniform(cls, low: float, high: float) -> Distribution:
        """Return the uniform distribution between *low* and *high* seconds."""
        _ordered("uniform", low, high)
        return _made("uniform", (low + high) / 2, (high - low) / math.sqrt(12), (low, high))

    @classmethod
    def triangular(cls, low: float, mode: float, high: float) -> Distribution:
        """Return the triangular distribution on *low* .. *high* seconds with its peak at *mode*."""
        _ordered("triangular", low, mode, high)
        variance = ((high - low) ** 2 + (mode - low) ** 2 + (high - mode) ** 2) / 36
        return _made("triangular", (low + mode + high) / 3, math.sqrt(variance), (low, mode, high))

    @classmethod
    def exponential(cls, mean: float) -> Distribution:
        """Return the exponential distribution of *mean* seconds."""
        return _made("exponential", mean, mean, ())

    @classmethod
    def gamma(cls, mean: float, cv: float) -> Distribution:
        """Return the gamma distribution of *mean* seconds and coefficient of variation *cv* (shape 1 / cv**2)."""
        return _made("gamma", mean, _spread(cv) * mean, (1 / cv**2 if cv else math.inf,))

    @classmethod
    def erlang(cls, mean: float, k: int) -> Distribution:
        """Return the distribution of the sum of *k* equal exponential stages that last *mean* seconds together."""
        if not (isinstance(k, int) and k >= 1):
            raise ModelError(f"an Erlang distribution with {k!r} stages has no meaning; use a whole number from 1")
        return _made("gamma", mean, mean / math.sqrt(k), (float(k),))

    @classmethod
    def lognormal(cls, mean: float, cv: float) -> Distribution:
        """Return the lognormal distribution of *mean* seconds and coefficient of variation *cv* (of the duration)."""
        return _made("lognormal", mean, _spread(cv) * mean, (math.sqrt(math.log1p(cv**2)),))

    @classmethod
    def weibull(cls, mean: float, cv: float) -> Distribution:
        """Return the Weibull distribution of *mean* seconds and coefficient of variation *cv*."""
        shape = _weibull_shape(cv) if _spread(cv) >= SMALLEST_CV else math.inf
        return _made("weibull", mean, cv * mean, (shape,))

    @classmethod
    def weibull_shape(cls, mean: float, shape: float) -> Distribution:
        """Return the Weibull distribution of *mean* seconds whose hazard goes as age ** (*shape* - 1)."""
        if not (math.isfinite(shape) and shape > 0 and _weibull_cv(shape) <= LARGEST_CV):
            raise ModelError(f"a Weibull shape of {shape:g} is out of range; use one above 0.21 (1 is exponential)")
        return _made("weibull", mean, _weibull_cv(shape) * mean, (shape,))

    @classmethod
    def empirical(cls, values: Sequence[float], weights: Sequence[float] | None = None) -> Distribution:
        """Return the distribution over the observed *values* in seconds, equally likely unless *weights* are given."""
        seconds = np.asarray(values, dtype=np.float64)
        shares = np.ones_like(seconds) if weights is None else np.asarray(weights, dtype=np.float64)
        if seconds.ndim != 1 or seconds.size == 0 or shares.shape != seconds.shape:
            raise ModelError(f"an empirical distribution needs a list of values, and as many weights as values: "
                             f"{seconds.size} values, {shares.size} weights")
        if not (np.isfinite(seconds).all() and (seconds >= 0).all()):
            raise ModelError("an empirical distribution holds a negative or missing value; use durations from 0 up")
        if not (np.isfinite(shares).all() and (shares >= 0).all() and shares.sum() > 0):
            raise ModelError("the weights of an empirical distribution must be 0 or more, and not all 0")
        support, member = np.unique(seconds[shares > 0], return_inverse=True)
        share = np.bincount(member.ravel(), shares[shares > 0]) / shares.sum()
        mean = float(share @ support)
        deviation = math.sqrt(float(share @ (support - mean) ** 2)) if support.size > 1 else 0.0
        return _made("empirical", mean, deviation, (*support.tolist(), *share.tolist()))

    @property
    def variance(self) -> float:
        """The variance in seconds squared."""
        return (self.cv * self.mean) ** 2

    @property
    def seconds(self) -> int:
        """The mean in whole seconds, as engines multiply it."""
        return round(self.mean)

    @property
    def shape(self) -> tuple[str, tuple[float, ...]]:
        """The family and its parameters relative to the mean, to 12 digits: equal shapes share one table."""
        return self.family, tuple(float(f"{each:.12g}") for each in self._relative())

    def _relative(self) -> tuple[float, ...]:
        times = {"uniform": 2, "triangular": 3, "empirical": len(self.params) // 2}.get(self.family, 0)
        return (*(each / self.mean for each in self.params[:times]), *self.params[times:])

    def quantile(self, u: ArrayLike) -> Floats:
        """Return the duration in seconds not exceeded with probability *u*, for each element of *u* in 0 .. 1."""
        below = np.asarray(u, dtype=np.float64)
        if not ((below >= 0) & (below <= 1)).all():
            raise ModelError("a quantile needs probabilities between 0 and 1")
        unit = _UNITS[self.family](*self._relative())
        with np.errstate(divide="ignore"):  # the end of an unbounded distribution is infinite, and rightly so
            low, high = unit.at(np.minimum(below, 0.5)), unit.top(1 - np.maximum(below, 0.5))
        relative: Floats = np.where(below <= 0.5, low, high)
        return relative * self.mean


@dataclass(frozen=True, slots=True, eq=False)
class QuantileTable:
    """The shape of a distribution in int64: *cells* holds, for each of 4,136 cells, its start and its rise.

    A cell spans 2**20 marks, the first and the last are halved down to single marks; within a cell shapes go up
    linearly from start to start + rise about the exact mean of the cell, and never leave the quantiles at its ends:
    a higher mark never gives a shorter duration. *cells* is indexed by Python at the price of a list; :attr:`view`
    is the same memory for NumPy or a compiled kernel.
    """

    cells: array[int]

    @property
    def view(self) -> NDArray[np.int64]:
        """The cells as an int64 array of shape (2 x 4,136,), without a copy."""
        return np.frombuffer(self.cells, dtype=np.int64)

    @property
    def largest_mean(self) -> int:
        """The longest mean in seconds for which :func:`value` fits int64 with this table."""
        longest = (self.cells[-2] + self.cells[-1] >> SCALE_BITS) + 1
        return min((1 << 63 - SCALE_BITS) - 1, ((1 << 63) - 1) // longest - 1)


def lookup(table: Sequence[int], mark: int) -> int:
    """Return the shape at *mark* (uint32) in units of 2**-24 of the mean; *table* is ``QuantileTable.cells``.

    Integers only, in a form that numba compiles as it stands. Every intermediate result is below 2**59 for any
    distribution: by Markov's inequality a cell of n marks has a mean, and half a rise, of at most 2**32 / n means.
    """
    cell = mark >> _CELL_BITS
    if cell == 0:  # piece `bits` holds the marks of that bit length
        bits = 0
        while mark >> bits:
            bits += 1
        at = bits
        bits = max(bits - 1, 0)
        offset = mark - (1 << bits) if mark else 0
    elif cell == _LAST_CELL:  # the same, mirrored
        rest = _LAST_MARK - mark
        bits = 0
        while rest >> bits:
            bits += 1
        at = _ENTRIES - 1 - bits
        offset = (1 << bits) - 1 - rest
        bits = max(bits - 1, 0)
    else:
        bits = _CELL_BITS
        at = cell + _CELL_BITS
        offset = mark & _CELL_MASK
    return table[2 * at] + (((2 * offset + 1) * table[2 * at + 1] + (1 << bits)) >> (bits + 1))


def value(table: Sequence[int], mean_seconds: int, mark: int) -> int:
    """Return the duration in whole seconds at *mark*: (shape x *mean_seconds* + 2**23) >> 24, rounded to nearest.

    The product is split at the binary point, which changes no bit of the result but keeps int64 from overflowing:
    shapes are at most 2**32 means, so any mean up to ``LARGEST_MEAN`` is safe with any table (and longer ones with
    most: ``QuantileTable.largest_mean``).
    """
    shape = lookup(table, mark)
    return (shape >> SCALE_BITS) * mean_seconds + (((shape & _FRACTION) * mean_seconds + _HALF) >> SCALE_BITS)


def values(table: QuantileTable, mean_seconds: int, marks: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return :func:`value` for each of *marks*, as int64; ModelError if the mean may overflow."""
    if not 0 <= mean_seconds <= table.largest_mean:
        raise ModelError(f"a mean of {mean_seconds} s is outside 0 .. {table.largest_mean} s; check its unit")
    mark = np.asarray(marks).astype(np.int64)
    cell = mark >> _CELL_BITS
    at, offset, bits = cell + _CELL_BITS, mark & _CELL_MASK, np.full_like(mark, _CELL_BITS)
    for edge, first in ((0, True), (_LAST_CELL, False)):
        here = np.flatnonzero(cell == edge)
        rest = mark.flat[here] if first else _LAST_MARK - mark.flat[here]
        length = np.frexp(rest.astype(np.float64))[1].astype(np.int64)  # the bit length, exact below 2**53
        width = np.maximum(length - 1, 0)
        at.flat[here] = length if first else _ENTRIES - 1 - length
        offset.flat[here] = np.where(rest > 0, rest - (1 << width), 0) if first else (1 << length) - 1 - rest
        bits.flat[here] = width
    cells = table.view
    shape = cells[2 * at] + (((2 * offset + 1) * cells[2 * at + 1] + (1 << bits)) >> (bits + 1))
    whole, fraction = shape >> SCALE_BITS, shape & _FRACTION
    product: NDArray[np.int64] = whole * mean_seconds + ((fraction * mean_seconds + _HALF) >> SCALE_BITS)
    return product


def quantile_table(distribution: Distribution) -> QuantileTable:
    """Return the integer table of a distribution's shape; equal shapes share one table."""
    return _table(*distribution.shape)


def exponential_table() -> QuantileTable:
    """Return the table of the unit exponential, for gaps between claims and for choices by weight."""
    return _table("exponential", ())


@lru_cache(maxsize=512)
def _table(family: str, params: tuple[float, ...]) -> QuantileTable:
    unit = _UNITS[family](*params)
    # Cell bounds of the lower half as probabilities from below, and of the upper half as probabilities from above:
    # the far tail would drown in rounding if it were 1 minus something.
    bounds = np.concatenate(([0.0], np.ldexp(1.0, np.arange(-32, -11)), np.arange(2, 2049) / 4096))
    top = np.maximum(bounds, 1e-300)
    width = np.diff(bounds)
    mean = np.concatenate((np.diff(unit.below(bounds)) / width, (np.diff(unit.above(top)) / width)[::-1]))
    ends = np.concatenate((unit.at(bounds), unit.top(top)[-2::-1]))
    # Only the very last bound can be infinite; its cell is a single mark, which takes the mean of the tail.
    ends = np.rint(np.minimum(ends, 2.0**36) * 2.0**SCALE_BITS).astype(np.int64)
    middle = np.clip(np.rint(mean * 2.0**SCALE_BITS).astype(np.int64), ends[:-1], ends[1:])
    half = np.minimum(middle - ends[:-1], ends[1:] - middle)
    half[[0, 1, -2, -1]] = 0  # single marks
    cells = np.stack((middle - half, 2 * half), axis=1).ravel()
    return QuantileTable(array("q", cells.tobytes()))


class _Unit(NamedTuple):
    """A distribution of mean 1: quantile from below and from above, and its integrals from either end."""

    at: Callable[[Any], Any]
    top: Callable[[Any], Any]
    below: Callable[[Any], Any]
    above: Callable[[Any], Any]


def _fixed() -> _Unit:
    return _Unit(np.ones_like, np.ones_like, lambda u: u, lambda p: p)


def _uniform(low: float, high: float) -> _Unit:
    width = high - low
    return _Unit(lambda u: low + width * u, lambda p: high - width * p,
                 lambda u: (low + width * u / 2) * u, lambda p: (high - width * p / 2) * p)


def _triangular(low: float, mode: float, high: float) -> _Unit:
    peak = (mode - low) / (high - low)  # probability below the mode
    left, right = math.sqrt((high - low) * (mode - low)), math.sqrt((high - low) * (high - mode))

    def rising(u: Floats) -> Floats:
        return low * u + left * u**1.5 / 1.5

    def falling(p: Floats) -> Floats:
        return high * p - right * p**1.5 / 1.5

    return _Unit(lambda u: np.where(u <= peak, low + left * np.sqrt(u), high - right * np.sqrt(1 - u)),
                 lambda p: np.where(p <= 1 - peak, high - right * np.sqrt(p), low + left * np.sqrt(1 - p)),
                 lambda u: np.where(u <= peak, rising(u), 1 - falling(1 - u)),
                 lambda p: np.where(p <= 1 - peak, falling(p), 1 - rising(1 - p)))


def _exponential() -> _Unit:
    return _Unit(lambda u: -np.log1p(-u), lambda p: -np.log(p),
                 lambda u: u + (1 - u) * np.log1p(-u), lambda p: p * (1 - np.log(p)))


def _gamma(shape: float) -> _Unit:
    from scipy import special as sp

    return _Unit(lambda u: sp.gammaincinv(shape, u) / shape, lambda p: sp.gammainccinv(shape, p) / shape,
                 lambda u: sp.gammainc(shape + 1, sp.gammaincinv(shape, u)),
                 lambda p: sp.gammaincc(shape + 1, sp.gammainccinv(shape, p)))


def _lognormal(sigma: float) -> _Unit:
    from scipy.special import ndtr, ndtri

    return _Unit(lambda u: np.exp(sigma * ndtri(u) - sigma**2 / 2), lambda p: np.exp(-sigma * ndtri(p) - sigma**2 / 2),
                 lambda u: ndtr(ndtri(u) - sigma), lambda p: ndtr(ndtri(p) + sigma))


def _weibull(shape: float) -> _Unit:
    from scipy.special import gammainc, gammaincc

    power, scale = 1 / shape, math.exp(-math.lgamma(1 + 1 / shape))
    return _Unit(lambda u: scale * (-np.log1p(-u)) ** power, lambda p: scale * (-np.log(p)) ** power,
                 lambda u: gammainc(1 + power, -np.log1p(-u)), lambda p: gammaincc(1 + power, -np.log(p)))


def _empirical(*params: float) -> _Unit:
    half = len(params) // 2
    support, share = np.array(params[:half]), np.array(params[half:])
    up, down = np.cumsum(share), np.cumsum(share[::-1])
    backwards = support[::-1]

    def integral(ends: Floats, parts: Floats) -> Callable[[Floats], Floats]:
        knots, sums = np.append(0.0, ends), np.append(0.0, np.cumsum(parts))
        return lambda u: np.interp(u, knots, sums)

    return _Unit(lambda u: support[np.minimum(np.searchsorted(up, u), half - 1)],
                 lambda p: backwards[np.minimum(np.searchsorted(down, p, side="right"), half - 1)],
                 integral(up, share * support), integral(down, share[::-1] * backwards))


_UNITS: dict[str, Callable[..., _Unit]] = {
    "fixed": _fixed, "uniform": _uniform, "triangular": _triangular, "exponential": _exponential, "gamma": _gamma,
    "lognormal": _lognormal, "weibull": _weibull, "empirical": _empirical,
}


def _made(family: str, mean: float, deviation: float, params: tuple[float, ...]) -> Distribution:
    if deviation == 0 or deviation < SMALLEST_CV * mean:
        return Distribution.fixed(mean)
    _length(mean, f"mean of a {family} duration")
    return Distribution(family, float(mean), deviation / mean, tuple(map(float, params)))


def _length(seconds: float, what: str) -> float:
    if not (math.isfinite(seconds) and 0 <= seconds <= LARGEST_MEAN):
        raise ModelError(f"{what}: {seconds:g} s is outside 0 .. 34 years; check the number and its unit")
    return float(seconds)


def _spread(cv: float) -> float:
    if not 0 <= cv <= LARGEST_CV:
        raise ModelError(f"a coefficient of variation of {cv:g} is outside 0 .. {LARGEST_CV:g}; "
                         "give standard deviation / mean, or the observed values as an empirical distribution")
    return cv


def _ordered(family: str, *bounds: float) -> None:
    if not (all(map(math.isfinite, bounds)) and bounds[0] >= 0 and list(bounds) == sorted(bounds)):
        stated = ", ".join(f"{each:g}" for each in bounds)
        raise ModelError(f"a {family} duration needs bounds from 0 up in rising order, in seconds: got {stated}")


def _weibull_cv(shape: float) -> float:
    logarithm = math.lgamma(1 + 2 / shape) - 2 * math.lgamma(1 + 1 / shape)
    return math.sqrt(max(math.expm1(min(logarithm, 700.0)), 0.0))


def _weibull_shape(cv: float) -> float:
    """Return the shape whose coefficient of variation is *cv*, by bisection: cv falls as the shape rises."""
    low, high = 0.1, 1e6
    for _ in range(80):
        middle = math.sqrt(low * high)
        low, high = (middle, high) if _weibull_cv(middle) > cv else (low, middle)
    return high
