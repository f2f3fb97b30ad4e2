"""Groups: one figure for all, and one for each node, part, country and channel that has any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from netsim.model.model import Channel, Model

__all__ = ["CHANNEL_NAMES", "Floats", "Observation", "SeriesPoint", "Tally", "Window", "by_node", "by_order"]

Observation = tuple[str, str, float | None, float | None, float | None]
"""KPI, group, value, numerator, denominator. Sums and time averages have a numerator only: they add over groups."""
SeriesPoint = tuple[str, str, int, float, float]
"""KPI, group, period (day or calendar month from 0), numerator, denominator."""

Floats = npt.NDArray[np.float64]
Keys = Mapping[str, npt.NDArray[Any]]

CHANNEL_NAMES = tuple(channel.name.lower().replace("_", "-") for channel in Channel)


class Window(Protocol):
    """Measured seconds: from *begin* to before *end*."""

    @property
    def begin(self) -> int:
        """Return the first measured second."""
        ...

    @property
    def end(self) -> int:
        """Return the first second that is no longer measured."""
        ...


class Tally:
    """Observations of one run in the making.

    Rows of a table are handed in as arrays; *keys* says for each dimension (``node part country channel``) which
    member every row belongs to, negative for none. The group ``all`` is always written, null where there is no
    denominator; a member only where it has rows.
    """

    def __init__(self, model: Model) -> None:
        self.observations: list[Observation] = []
        self.members: dict[str, tuple[str, ...]] = {
            "node": model.node_names,
            "part": model.part_names,
            "country": model.country_names,
            "channel": CHANNEL_NAMES,
        }

    def add_ratio(self, kpi: str, numerator: npt.ArrayLike, denominator: npt.ArrayLike, keys: Keys) -> None:
        """Add the sum of *numerator* over the sum of *denominator*, both one number a row."""
        top, bottom = np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)
        total, base = float(top.sum()), float(bottom.sum())
        self.observations.append((kpi, "all", total / base if base > 0 else None, total, base))
        for name, label, i, sums in self._sums(keys, top, bottom):
            if sums[1][i] > 0:
                over, under = float(sums[0][i]), float(sums[1][i])
                self.observations.append((kpi, f"{name}={label}", over / under, over, under))

    def add_sum(self, kpi: str, weights: npt.ArrayLike, keys: Keys) -> None:
        """Add the sum of *weights*, one number a row; a figure that adds over groups."""
        values = np.asarray(weights, dtype=np.float64)
        total = float(values.sum())
        self.observations.append((kpi, "all", total, total, None))
        for name, label, i, sums in self._sums(keys, values):
            if sums[0][i] != 0:
                self.observations.append((kpi, f"{name}={label}", float(sums[0][i]), float(sums[0][i]), None))

    def add_mean(self, kpi: str, group: str, value: float, count: int) -> None:
        """Add a mean of *count* rows for one *group*; null if it is not a number."""
        if np.isnan(value):
            self.observations.append((kpi, group, None, None, float(count)))
        else:
            self.observations.append((kpi, group, value, value * count, float(count)))

    def add_value(self, kpi: str, group: str, value: float | None) -> None:
        """Add a figure that is no ratio of sums, such as a percentile; null if it is not a number."""
        self.observations.append((kpi, group, None if value is None or np.isnan(value) else float(value), None, None))

    def _sums(self, keys: Keys, *weights: Floats) -> list[tuple[str, str, int, list[Floats]]]:
        found: list[tuple[str, str, int, list[Floats]]] = []
        for name, key in keys.items():
            members = self.members[name]
            known = key >= 0
            index = key[known].astype(np.int64)
            if not len(index):
                continue
            sums: list[Floats] = [
                np.bincount(index, weights=w[known], minlength=len(members)).astype(np.float64) for w in weights
            ]
            found += [(name, members[i], i, sums) for i in np.flatnonzero(np.bincount(index)).tolist()]
        return found


def by_node(model: Model, node: npt.NDArray[Any], part: npt.NDArray[Any] | None = None) -> dict[str, npt.NDArray[Any]]:
    """Return the keys of rows that belong to nodes, and to parts if given: their country is the node's."""
    keys = {"node": node, "country": _look_up(model.nodes.country, node)}
    return keys if part is None else {**keys, "part": part}


def by_order(
    model: Model, zone: npt.NDArray[Any], node: npt.NDArray[Any], channel: npt.NDArray[Any]
) -> dict[str, npt.NDArray[Any]]:
    """Return the keys of rows that belong to orders: their country is that of the zone or fleet."""
    countries = np.concatenate([model.zone_country, model.fleet_country])
    return {"node": node, "country": _look_up(countries, zone), "channel": channel}


def _look_up(values: npt.NDArray[Any], index: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if not len(values):
        return np.full(len(index), -1, dtype=np.int64)
    return np.where((index >= 0) & (index < len(values)), values[np.clip(index, 0, len(values) - 1)], -1)
