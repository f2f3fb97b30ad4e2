"""Groups: one figure for all, and one for each node, part, country and channel that has any."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Table
from netsim.model.model import Channel, Model
from netsim.outcome.compiled_sums import sum_cells
from netsim.outcome.kernels import kernel

__all__ = [
    "CHANNEL_NAMES",
    "Cells",
    "Floats",
    "Ints",
    "Observation",
    "Rows",
    "SeriesPoint",
    "Span",
    "Tally",
    "Window",
    "by_line",
    "by_node",
    "by_order",
    "first_at",
    "rows_within",
]

Observation = tuple[str, str, float | None, float | None, float | None]
"""KPI, group, value, numerator, denominator. Sums and time averages have a numerator only: they add over groups."""
SeriesPoint = tuple[str, str, int, float, float]
"""KPI, group, period (day or calendar month from 0), numerator, denominator."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Rows = slice | Ints
Weights = npt.NDArray[Any] | None

CHANNEL_NAMES = tuple(channel.name.lower().replace("_", "-") for channel in Channel)
_FEW = 1024


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


@dataclass(frozen=True, slots=True)
class Span:
    """Seconds from *begin* to before *end*: a `Window`."""

    begin: int
    end: int


def rows_within(times: npt.NDArray[Any], window: Window) -> Rows:
    """Return the rows whose time lies in *window*: a slice where the table is in order of time, as most are."""
    if len(times) == 0 or bool((times[1:] >= times[:-1]).all()):
        return slice(first_at(times, window.begin), first_at(times, window.end))
    return np.flatnonzero((times >= window.begin) & (times < window.end))


def first_at(column: npt.NDArray[Any], value: int) -> int:
    """Return the first place of *column*, integers that rise, from which on it is at least *value*.

    NumPy would widen the whole column to the type of a number that is wider.
    """
    limits = np.iinfo(column.dtype)
    if value > limits.max:
        return len(column)
    return int(np.searchsorted(column, column.dtype.type(max(value, limits.min))))


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows of a table sorted into cells: the rows of one cell have node, part, country and channel in common.

    *code* is each row's cell, *size* the number of cells, *members* each cell's member by dimension (-1: none). A
    figure is summed by cell once, and from there by every dimension.
    """

    code: npt.NDArray[np.intp]
    size: int
    members: dict[str, Ints]

    @classmethod
    def of(cls, columns: dict[str, npt.NDArray[Any]], sizes: dict[str, int]) -> Cells:
        """Return the cells of rows by *columns*, each with members from 0 to below its size, -1 for none."""
        first, *others = columns
        span, shift = sizes[first] + 1, 1
        for name in others:
            span, shift = span * (sizes[name] + 1), shift * (sizes[name] + 1) + 1
        # In half a word where it fits; the place of none, 0, is put in once for all dimensions.
        key: npt.NDArray[Any] = columns[first].astype(np.int32 if span < 1 << 31 else np.int64)
        for name in others:
            key *= sizes[name] + 1
            key += columns[name]
        key += shift
        length = len(key)
        if span <= _FEW:
            used, code = np.arange(span), key
        elif span <= 4 * length + 65536:
            used = np.flatnonzero(np.bincount(key, minlength=span))
            number = np.empty(span, dtype=np.int64)
            number[used] = np.arange(len(used))
            code = number[key]
        else:
            used, code = np.unique(key, return_inverse=True)
        members = {}
        for name in reversed(columns):
            used, rest = np.divmod(used, sizes[name] + 1)
            members[name] = rest - 1
        ordered = {name: members[name] for name in columns}
        return cls(code.astype(np.intp, copy=False), len(ordered[name]), ordered)

    def where(self, rows: Rows | npt.NDArray[Any]) -> Cells:
        """Return the cells of some *rows*: a slice, row numbers or flags."""
        return Cells(self.code[rows], self.size, self.members)

    def sum(self, weights: Weights = None) -> Floats:
        """Return the sum of *weights*, one number a row, in each cell; the number of rows if there are none."""
        fast = None if weights is None else kernel(sum_cells, len(weights))
        if fast is None:
            return np.bincount(self.code, weights, self.size).astype(np.float64, copy=False)
        sums = np.zeros(self.size)
        fast(self.code, weights, sums)
        return sums


class Tally:
    """Observations of one run in the making.

    Rows of a table are handed in as arrays, or as sums by cell; `Cells` say to which member of each dimension (``node
    part country channel``) they belong. The group ``all`` is always written, null where there is no denominator; a
    member only where it has rows.
    """

    def __init__(self, model: Model) -> None:
        self.observations: list[Observation] = []
        self.members: dict[str, tuple[str, ...]] = {
            "node": model.node_names,
            "part": model.part_names,
            "country": model.country_names,
            "channel": CHANNEL_NAMES,
        }
        self._labels = {name: [f"{name}={member}" for member in names] for name, names in self.members.items()}
        self._model = model
        self._orders: tuple[Table, Cells] | None = None

    def cells_of(self, orders: Table) -> Cells:
        """Return the cells of all *orders*, found once for all figures of theirs."""
        if self._orders is None or self._orders[0] is not orders:
            self._orders = orders, by_order(self._model, orders["zone"], orders["node"], orders["channel"])
        return self._orders[1]

    def add_ratio(self, kpi: str, numerator: Weights, denominator: Weights, cells: Cells, *, unit: int = 1) -> None:
        """Add the sum of *numerator*, in *unit*, over the sum of *denominator*, one number a row; None counts rows."""
        self.add_ratio_of_sums(kpi, cells.sum(numerator) / unit, cells.sum(denominator), cells)

    def add_sum(self, kpi: str, weights: Weights, cells: Cells) -> None:
        """Add the sum of *weights*, one number a row, None for 1; a figure that adds over groups."""
        self.add_sum_of_sums(kpi, cells.sum(weights), cells)

    def add_ratio_of_sums(self, kpi: str, tops: Floats, bases: Floats, cells: Cells) -> None:
        """Add the ratio of two sums by cell."""
        top, base = float(tops.sum()), float(bases.sum())
        self.observations.append((kpi, "all", top / base if base > 0 else None, top, base))
        for labels, (over, under) in self._sums(cells, tops, bases):
            rows = zip(labels, over.tolist(), under.tolist(), strict=True)
            self.observations += [(kpi, label, a / b, a, b) for label, a, b in rows if b > 0]

    def add_sum_of_sums(self, kpi: str, sums: Floats, cells: Cells) -> None:
        """Add a figure that adds over groups from its sums by cell."""
        total = float(sums.sum())
        self.observations.append((kpi, "all", total, total, None))
        for labels, (by_member,) in self._sums(cells, sums):
            rows = zip(labels, by_member.tolist(), strict=True)
            self.observations += [(kpi, label, value, value, None) for label, value in rows if value]

    def add_mean(self, kpi: str, group: str, value: float, count: int) -> None:
        """Add a mean of *count* rows for one *group*; null if it is not a number."""
        if np.isnan(value):
            self.observations.append((kpi, group, None, None, float(count)))
        else:
            self.observations.append((kpi, group, value, value * count, float(count)))

    def add_value(self, kpi: str, group: str, value: float | None) -> None:
        """Add a figure that is no ratio of sums, such as a percentile; null if it is not a number."""
        self.observations.append((kpi, group, None if value is None or np.isnan(value) else float(value), None, None))

    def _sums(self, cells: Cells, *sums: Floats) -> list[tuple[list[str], list[Floats]]]:
        """Return for each dimension its groups and each of *sums* by group."""
        found = []
        for name, member in cells.members.items():
            labels = self._labels[name]
            index = member + 1  # cells without a member: a place of their own
            by_member = [np.bincount(index, each, len(labels) + 1)[1:].astype(np.float64, copy=False) for each in sums]
            found.append((labels, by_member))
        return found


def by_node(model: Model, node: npt.NDArray[Any], part: npt.NDArray[Any] | None = None) -> Cells:
    """Return the cells of rows that belong to nodes, and to parts if given: their country is the node's."""
    columns = {"node": node} if part is None else {"node": node, "part": part}
    cells = Cells.of(columns, {"node": len(model.node_names), "part": len(model.part_names)})
    return _with_country(model, cells)


def by_line(model: Model, node: npt.NDArray[Any], part: npt.NDArray[Any], channel: npt.NDArray[Any]) -> Cells:
    """Return the cells of rows that belong to lines at nodes: their country is the node's."""
    sizes = {"node": len(model.node_names), "part": len(model.part_names), "channel": len(CHANNEL_NAMES)}
    return _with_country(model, Cells.of({"node": node, "part": part, "channel": channel}, sizes))


def by_order(model: Model, zone: npt.NDArray[Any], node: npt.NDArray[Any], channel: npt.NDArray[Any]) -> Cells:
    """Return the cells of rows that belong to orders: their country is that of the zone or fleet."""
    countries = np.concatenate([model.zone_country, model.fleet_country, [-1]])
    sizes = {"node": len(model.node_names), "country": len(model.country_names), "channel": len(CHANNEL_NAMES)}
    return Cells.of({"node": node, "country": countries[zone], "channel": channel}, sizes)


def _with_country(model: Model, cells: Cells) -> Cells:
    country = np.append(model.nodes.country, -1)[cells.members["node"]]
    members = {"node": cells.members["node"], "country": country}
    return Cells(cells.code, cells.size, members | {k: v for k, v in cells.members.items() if k != "node"})
