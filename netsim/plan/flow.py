"""Flows of parts by stock point and day, told as shares of a few daily profiles that all stock points have in common.

A network of 4,000 outlets has 200,000 stock points and more; what each is asked for day by day is the market's demand
for its part times a number of its own. Sums over days and means over windows are then sums of a few products.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

__all__ = ["Flow", "mean_rates"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Flow:
    """Pieces a day by stock point: the sum of *share* [profile, stock point] x *profiles* [profile, part, day].

    *part* has the part of each stock point; *extra* holds what comes on top, by day, at a few stock points.
    """

    profiles: Floats
    part: Ints
    share: Floats
    extra: Mapping[int, Floats] = field(default_factory=dict)

    def at(self, point: int) -> Floats:
        """Return the pieces of each day at one stock point."""
        daily: Floats = self.share[:, point] @ self.profiles[:, self.part[point], :]
        return daily + self.extra[point] if point in self.extra else daily

    def daily(self) -> Floats:
        """Return the pieces as an array [day, stock point]."""
        dense = np.zeros((self.profiles.shape[2], len(self.part)))
        for point in range(len(self.part)):
            dense[:, point] = self.at(point)
        return dense

    def total(self) -> Floats:
        """Return the pieces of all days at each stock point."""
        total: Floats = np.einsum("kp,kp->p", self.share, self.profiles.sum(axis=2)[:, self.part])
        for point, pieces in self.extra.items():
            total[point] += pieces.sum()
        return total

    def mean_rates(self, points: Ints, day_starts: Ints, *, at: Ints, window: Floats) -> Floats:
        """Return the mean a day over *window* seconds (one for each of *points*) from each second of *at*.

        The result is [at, point]; see the function `mean_rates`.
        """
        so_far = np.zeros((*self.profiles.shape[:2], self.profiles.shape[2] + 1))
        np.cumsum(self.profiles, axis=2, out=so_far[:, :, 1:])
        part, share, last = self.part[points], self.share[:, points], float(day_starts[-1] + _DAY)
        rates = np.zeros((len(at), len(points)))
        for row, second in enumerate(at.tolist()):
            begin = min(float(second), last - 1)
            end = np.minimum(begin + np.maximum(window, 1.0), last)
            # Days are of one length, so the day that holds a second needs no search.
            before = np.clip(((np.append(end, begin) - day_starts[0]) // _DAY).astype(np.int64), 0, len(day_starts) - 1)
            passed = (np.append(end, begin) - day_starts[before]) / _DAY
            for number, profile in enumerate(so_far):
                if not share[number].any():
                    continue
                low = profile[part, before[:-1]]
                reached = low + (profile[part, before[:-1] + 1] - low) * passed[:-1]
                low = profile[:, before[-1]]
                begun = low + (profile[:, before[-1] + 1] - low) * passed[-1]
                rates[row] += share[number] * (reached - begun[part])
            rates[row] *= _DAY / (end - begin)
        for column in [i for i, point in enumerate(points.tolist()) if point in self.extra] if self.extra else ():
            pieces, width = self.extra[int(points[column])][:, None], window[column : column + 1]
            rates[:, column] += mean_rates(pieces, day_starts, at=at, window=width)[:, 0]
        return np.maximum(rates, 0.0)


def mean_rates(daily: Floats, day_starts: Ints, *, at: Ints, window: Floats) -> Floats:
    """Return the mean of *daily* [day, column] over *window* seconds (one a column) from each second of *at*.

    The result is [at, column], a day. Where a window runs past the last day, the mean is over the days there are.
    """
    edges = np.append(day_starts, day_starts[-1] + _DAY).astype(np.float64)
    rates = np.zeros((len(at), daily.shape[1]))
    for column in range(daily.shape[1]):
        so_far = np.append(0.0, np.cumsum(daily[:, column]))
        begin = np.minimum(at.astype(np.float64), edges[-1] - 1)
        end = np.minimum(begin + max(float(window[column]), 1.0), edges[-1])
        rates[:, column] = (np.interp(end, edges, so_far) - np.interp(begin, edges, so_far)) * _DAY / (end - begin)
    return np.maximum(rates, 0.0)
