"""Functions whose effects, shares of variance and Sobol indices are known in closed form."""

from __future__ import annotations

import numpy as np

ISHIGAMI_A, ISHIGAMI_B = 7.0, 0.1


def ishigami(u):
    """Return Ishigami's function at coordinates of the unit cube [.., 3]. Source: Ishigami and Homma 1990."""
    x = np.pi * (2 * np.asarray(u) - 1)
    return np.sin(x[..., 0]) * (1 + ISHIGAMI_B * x[..., 2] ** 4) + ISHIGAMI_A * np.sin(x[..., 1]) ** 2


def ishigami_indices():
    """Return variance, first and total indices, and the index of the pair 1, 3."""
    a, b = ISHIGAMI_A, ISHIGAMI_B
    one = 0.5 * (1 + b * np.pi**4 / 5) ** 2
    two = a**2 / 8
    pair = b**2 * np.pi**8 * (1 / 18 - 1 / 50)
    variance = one + two + pair
    return variance, np.array([one, two, 0]) / variance, np.array([one + pair, two, pair]) / variance, pair / variance


G_WEIGHTS = np.array([0.0, 1.0, 4.5, 9.0])


def g_function(u):
    """Return Sobol's g function at coordinates [.., 4]. Source: Saltelli and Sobol 1995."""
    return np.prod((np.abs(4 * np.asarray(u) - 2) + G_WEIGHTS) / (1 + G_WEIGHTS), axis=-1)


def g_indices():
    """Return variance, first and total indices."""
    parts = 1 / (3 * (1 + G_WEIGHTS) ** 2)
    variance = np.prod(1 + parts) - 1
    totals = np.array([parts[i] * np.prod(1 + np.delete(parts, i)) for i in range(len(parts))])
    return variance, parts / variance, totals / variance


LINEAR = np.array([3.0, 2.0, 1.0, 0.0])


def linear(u):
    """Return a weighted sum of coordinates [.., 4]: index i is the share of the i-th squared weight."""
    return np.asarray(u) @ LINEAR


def linear_indices():
    """Return variance, and the first indices, which are the total ones too."""
    return (LINEAR**2).sum() / 12, LINEAR**2 / (LINEAR**2).sum(), LINEAR**2 / (LINEAR**2).sum()


def on_tapes(expected, replications, *, own=0.0, shared=0.0, seed=1):
    """Return runs [point, replication] of *expected* by point: chance of each run, and chance that all points share."""
    generator = np.random.default_rng(seed)
    points = len(expected)
    return (
        np.asarray(expected)[:, None]
        + shared * generator.standard_normal(replications)
        + own * generator.standard_normal((points, replications))
    )
