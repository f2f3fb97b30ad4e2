"""A sample: one KPI of one design, a value for each replication; and rules that ask for more of them.

Replications are the unit of inference. Samples of several designs are in one order of replications, so that they are
paired on the shared tape; NaN stands for a replication that was not run or gives no value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError

__all__ = ["Rule", "Sample", "Sampled", "as_pairs", "as_sample", "as_values"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One KPI of one design: *values* by replication, and of a ratio its numerators and denominators.

    A ratio is estimated by the ratio of the sums, not by the mean of the ratios.
    """

    values: FloatArray
    numerators: FloatArray | None = None
    denominators: FloatArray | None = None

    @property
    def is_ratio(self) -> bool:
        """Return whether this is a ratio of sums."""
        return self.denominators is not None

    @property
    def n(self) -> int:
        """Return the number of replications that gave a value."""
        return int(np.count_nonzero(~np.isnan(self.values)))

    def first(self, count: int) -> Sample:
        """Return the sample of the first *count* replications."""
        if self.numerators is None or self.denominators is None:
            return Sample(self.values[:count])
        return Sample(self.values[:count], self.numerators[:count], self.denominators[:count])

    def usable(self) -> NDArray[np.bool_]:
        """Return which replications an estimate can rest on.

        Of a ratio these are also such with denominator 0: they have no value, but their numerator counts.
        """
        if self.numerators is None or self.denominators is None:
            return ~np.isnan(self.values)
        return ~(np.isnan(self.numerators) | np.isnan(self.denominators))

    def only(self, chosen: NDArray[Any]) -> Sample:
        """Return the sample of *chosen* replications: flags or numbers, the same one several times if wanted."""
        if self.numerators is None or self.denominators is None:
            return Sample(self.values[chosen])
        return Sample(self.values[chosen], self.numerators[chosen], self.denominators[chosen])


Sampled: TypeAlias = Sample | ArrayLike
"""A sample, or a plain array of one value per replication."""


class Rule(Protocol):
    """Decides after each round of replications how many each design shall have when it looks again.

    A rule has no memory: what it returns is a function of the samples alone, so that a study that was killed goes on
    as if it had not been, whatever order its runs ended in.
    """

    @property
    def kpis(self) -> tuple[str, ...]:
        """Return the KPIs that it looks at."""
        ...

    def next(self, seen: Mapping[str, Mapping[str, Sample]]) -> dict[str, int]:
        """Return the replications that each design shall have in all; what it has already where it needs no more.

        *seen* maps a design to its KPIs' samples, each of all replications run so far (of length 0 at first). The rule
        is done when it asks for nothing new.
        """
        ...


def as_sample(values: Sampled) -> Sample:
    """Return *values* as a sample; raise `ModelError` for an array that is not one value per replication."""
    return values if isinstance(values, Sample) else Sample(as_values(values))


def as_values(values: ArrayLike) -> FloatArray:
    """Return *values* as an array of one value per replication; raise `ModelError` for one of another shape."""
    array = np.atleast_1d(np.asarray(values, dtype=np.float64))
    if array.ndim != 1:
        raise ModelError(f"an array of shape {array.shape}: give one value per replication")
    return array


def as_pairs(values: ArrayLike, others: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return both as arrays of one value per replication; raise `ModelError` unless they hold equally many."""
    mine, theirs = as_values(values), as_values(others)
    if mine.size != theirs.size:
        raise ModelError(f"{mine.size} and {theirs.size} replications cannot be paired: give the same ones of both")
    return mine, theirs
