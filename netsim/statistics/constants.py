"""Constants of selection procedures, computed rather than looked up."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError

__all__ = ["equicoordinate_t", "screening_t", "triangle"]

_NODES = 96


def triangle(error: float, first: int) -> float:
    """Return h², by which a sequential comparison of two designs on *first* first replications errs with *error*.

    The sum of differences leaves the triangle ``h² S² / (2 delta) - r delta / 2`` on the wrong side with a probability
    of at most *error*, where S² is the variance of the first replications. It solves ``E[exp(-h² X / (2 (n - 1)))] / 2
    = error`` for X of chi square with n - 1 degrees of freedom, in closed form.
    Source: Kim and Nelson 2001, with c = 1: ``eta = ((2 error)^(-2 / (n - 1)) - 1) / 2, h² = 2 eta (n - 1)``; the
    probability is Fabian's 1974. Raise `ModelError` for fewer than two first replications or an error above 1/2.
    """
    if first < 2 or not 0 < error < 0.5:
        raise ModelError(
            f"error {error} with {first} first replications: give an error below 0.5 and 2 or more of them"
        )
    return float((first - 1) * ((2 * error) ** (-2 / (first - 1)) - 1))


def screening_t(level: float, others: int, degrees: ArrayLike) -> NDArray[np.float64]:
    """Return the quantile of Student's t that *others* comparisons need to hold together at *level*, by Bonferroni.

    One for each of *degrees* of freedom.

    Source: Nelson, Swann, Goldsman and Song 2001, for designs that may depend on one another in any way.
    """
    from scipy.special import stdtrit

    return np.asarray(stdtrit(np.asarray(degrees, dtype=np.float64), 1 - (1 - level) / max(others, 1)))


@lru_cache(maxsize=256)
def equicoordinate_t(level: float, dimension: int, degrees: int, correlation: float = 0.5) -> float:
    """Return g with P(all of T_1 ... T_p <= g) = *level* for a multivariate t of equal correlations from 0 to 1.

    With Z_i = sqrt(rho) U + sqrt(1 - rho) V_i the probability is a double integral over U and over S, the root of chi
    square over its degrees; both by Gauss's rules. Source: Dunnett 1955, whose tables it gives for correlation 1/2.
    Raise `ModelError` where there is nothing to compare or nothing to estimate a variance from.
    """
    if dimension < 1 or degrees < 1 or not 0 < level < 1 or not 0 <= correlation < 1:
        raise ModelError(
            f"no t of dimension {dimension} and {degrees} degrees at level {level}; give 1 or more of each"
        )
    from scipy.optimize import brentq
    from scipy.special import gammaincinv, ndtr

    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    ranks, shares = np.polynomial.legendre.leggauss(_NODES)
    scale = np.sqrt(2 * gammaincinv(degrees / 2, (ranks + 1) / 2) / degrees)  # by quantiles: P(S <= s) is uniform

    def lacking(point: float) -> float:
        inner = ndtr((point * scale[:, None] + math.sqrt(correlation) * nodes) / math.sqrt(1 - correlation))
        return float((shares / 2) @ (inner**dimension @ weights)) - level

    # One comparison needs least, and Bonferroni's quantile is always enough.
    low, high = (float(screening_t(level, others, degrees)) for others in (1, dimension))
    if dimension == 1:
        return low
    return float(brentq(lacking, min(low, 0.0) - 1.0, high + 1.0, xtol=1e-10))
