"""The Model: a scenario as integer arrays, the only thing that an engine knows of the network.

Places are numbered nodes first, then zones, then fleets. Nodes are numbered from the customers upwards, and so are
stock points: a hub comes after all that it supplies. Times and durations are whole seconds; second 0 is 00:00 UTC of
the scenario's start. Probabilities are thresholds against 32-bit marks. Ragged lists are pairs of arrays: the entries
of row *i* are ``values[start[i]:start[i + 1]]``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "NEVER",
    "Benches",
    "Calendar",
    "Channel",
    "CoreBirth",
    "Durations",
    "Goods",
    "Lanes",
    "Model",
    "Modes",
    "NodeKind",
    "Nodes",
    "Ragged",
    "Routes",
    "Rungs",
    "Serving",
    "StockPoints",
    "StockRule",
    "Supply",
]

Ints = npt.NDArray[np.int64]

NEVER = 2**40
"""A time after every horizon."""


class NodeKind(IntEnum):
    """Kinds of nodes."""

    OUTLET = 0
    WAREHOUSE = 1
    FACTORY = 2
    SUPPLIER = 3


class Channel(IntEnum):
    """Ways in which a customer is served."""

    WALK_IN = 0
    MAIL_IN = 1
    SWAP = 2
    REMOTE = 3
    LOST = 4


class StockRule(IntEnum):
    """Replenishment rules."""

    BASE_STOCK = 0
    REORDER_POINT = 1
    MIN_MAX = 2
    ORDER_UP_TO = 3
    CUSTOM = 4


class Goods(IntEnum):
    """What travels."""

    PARTS = 0
    CORES = 1
    DEVICES = 2


class CoreBirth(IntEnum):
    """When a removed part becomes a core."""

    AT_REPLACEMENT = 0
    AT_REQUEST = 1


class Rungs(IntEnum):
    """Rungs of the shortage ladder."""

    HOME = 0
    LATERAL = 1
    PARENT = 2
    CUSTOM = 3


@dataclass(frozen=True, slots=True)
class Ragged:
    """Lists of different lengths: row *i* is ``values[start[i]:start[i + 1]]``."""

    start: Ints
    values: Ints

    def row(self, i: int) -> Ints:
        """Return the entries of row *i*."""
        return self.values[self.start[i] : self.start[i + 1]]

    def rows(self) -> list[tuple[int, ...]]:
        """Return all rows as tuples of Python integers."""
        return [tuple(self.row(i).tolist()) for i in range(len(self.start) - 1)]

    @classmethod
    def of(cls, rows: list[list[int]] | list[tuple[int, ...]]) -> Ragged:
        """Return the ragged list with these *rows*."""
        start = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum([len(row) for row in rows], out=start[1:])
        return cls(start, np.array([value for row in rows for value in row], dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Open intervals [opens, closes) in seconds, in order, not touching; *before* is the open time before each."""

    name: str
    opens: Ints
    closes: Ints
    before: Ints


@dataclass(frozen=True, slots=True)
class Durations:
    """Durations by number: *mean* seconds and *table*, the index of a quantile table (-1: always the mean).

    Number 0 is the duration of zero. *tables* are flat int64 arrays as `netsim.distributions` makes them.
    """

    mean: Ints
    table: Ints
    tables: tuple[Ints, ...]


@dataclass(frozen=True, slots=True)
class Nodes:
    """Nodes, one entry each: kind, country, receiving calendar (-1: always), bench (-1: none), first second of service.

    *lead* is the duration of a supplier's lead time, *process* the name of the node's own process, empty for none.
    """

    kind: Ints
    country: Ints
    receives: Ints
    bench: Ints
    opens: Ints
    lead: Ints
    process: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Benches:
    """Benches: node, calendar (-1: always open), technicians (0: unlimited), durations by number, thresholds."""

    node: Ints
    calendar: Ints
    technicians: Ints
    diagnosis: Ints
    work: Ints
    handover: Ints
    test_pass: Ints
    good: Ints


@dataclass(frozen=True, slots=True)
class Lanes:
    """Lanes: places, durations by number, departures and border.

    *departures* is the row of `Model.departures` (-1: leaves at once), *cut_off* in seconds, *customs* 1 where a border
    is cleared, *clearance* and *hold_time* durations, *hold* and *loss* thresholds, *fifo* 1 where there is no
    overtaking, *nominal* the mean seconds that policies plan with (mean wait for a departure, transit and customs).
    """

    origin: Ints
    destination: Ints
    transit: Ints
    departures: Ints
    cut_off: Ints
    customs: Ints
    clearance: Ints
    hold: Ints
    hold_time: Ints
    fifo: Ints
    loss: Ints
    nominal: Ints


@dataclass(frozen=True, slots=True)
class Routes:
    """Routes: chains of lanes from one place to another, and their nominal seconds."""

    lanes: Ragged
    nominal: Ints


@dataclass(frozen=True, slots=True)
class StockPoints:
    """Stock points: node, part, rule and its two numbers, opening stock, review times, priority at the source.

    *low*, *high*: base-stock (-, S); reorder-point (s, Q); min-max (s, S); order-up-to (-, S). *review* is a row of
    `Model.departures` (-1: continuous). *count_cores* is the weight, in 2^32nds, of a core in the position.
    *target* is the fill rate, in 2^32nds, from which the Plan sizes the levels (0: levels are given); *lot* then the
    order quantity. *index* maps (node, part) to the stock point, or -1. *custom* names the code of a custom rule.
    """

    node: Ints
    part: Ints
    rule: Ints
    low: Ints
    high: Ints
    opening: Ints
    review: Ints
    priority: Ints
    count_cores: Ints
    target: Ints
    lot: Ints
    custom: tuple[str, ...]
    index: Ints


@dataclass(frozen=True, slots=True)
class Supply:
    """Where each stock point asks, first choice first: the source node and the route from it.

    *rungs* per node: kinds as in `Rungs`, and for each rung (offset as *rungs*) the pieces that the giver *keep*s
    (-1: its reorder point). *givers* and *giver_routes* per rung: candidate nodes, nearest in time first.
    *custom* names the code of a custom rung. *retry* is 1 per node where the ladder is tried again.
    """

    sources: Ragged
    routes: Ragged
    rungs: Ragged
    keep: Ints
    custom: tuple[str, ...]
    givers: Ragged
    giver_routes: Ragged
    retry: Ints


@dataclass(frozen=True, slots=True)
class Modes:
    """Failure modes: product, whether the customer pays, *parts* as (part, quantity) pairs.

    *no_fault* is a threshold, *unit* the part that is the whole unit for a swap (-1: none).
    """

    product: Ints
    chargeable: Ints
    parts: Ragged
    no_fault: Ints
    unit: Ints


@dataclass(frozen=True, slots=True)
class Serving:
    """Who serves whom.

    *preferences* are the customers' orders of channels, *preference_limit* their cumulative thresholds (last: 2^32);
    the first channel in the order whose node list is not empty for the zone is taken, else *fallback*.
    *outlets* per zone: candidate nodes for walk-in and swap, nearest first; *weights* for gravity (equal offsets);
    *gravity* 1 where the choice is by weight, else the first. *mail_in* per zone: the node (-1: none), with the
    *way_in* and *way_out* routes. *offered* is a bit mask of channels. *swap_check* 1: diagnosis before a swap.
    """

    preferences: Ragged
    preference_limit: Ints
    fallback: Ints
    offered: int
    outlets: Ragged
    weights: Ints
    gravity: int
    mail_in: Ints
    way_in: Ints
    way_out: Ints
    swap_check: int


@dataclass(frozen=True, slots=True)
class Model:
    """A scenario compiled for one horizon.

    *zones* counts demand zones, *fleets* follow them as places. *returns_next* per node: the node where its cores go
    (-1: nowhere) and *returns_route* the way; for a factory, where its good parts go (itself: they stay).
    *core_target* per (node, part): the stock point that receives the repaired part of a core born there (-1: none).
    Names index the arrays; levels that change with time are in the `Plan`.
    """

    name: str
    start: str
    horizon: int
    node_names: tuple[str, ...]
    zone_names: tuple[str, ...]
    fleet_names: tuple[str, ...]
    part_names: tuple[str, ...]
    lane_names: tuple[str, ...]
    mode_names: tuple[str, ...]
    country_names: tuple[str, ...]
    repairable: Ints
    ber: Ints
    calendars: tuple[Calendar, ...]
    departures: tuple[Ints, ...]
    durations: Durations
    nodes: Nodes
    benches: Benches
    lanes: Lanes
    routes: Routes
    stock: StockPoints
    supply: Supply
    modes: Modes
    serving: Serving
    returns_next: Ints
    returns_route: Ints
    core_target: Ints
    core_birth: int
    core_return: int
    remote: int
    quote_accept: int
    part_arrival: int
    fleet_units: Ints
    fleet_life: Ints
    fleet_mode: Ints
    fleet_country: Ints
    zone_country: Ints

    @property
    def place_names(self) -> tuple[str, ...]:
        """Return the names of all places: nodes, zones, fleets."""
        return self.node_names + self.zone_names + self.fleet_names

    def to_text(self) -> str:
        """Return the whole model as text, one array a line, for golden files and for reading."""
        return "\n".join(_lines(self, ""))


def _lines(thing: Any, prefix: str) -> list[str]:
    lines: list[str] = []
    for field in fields(thing):
        value, path = getattr(thing, field.name), f"{prefix}{field.name}"
        if hasattr(value, "__dataclass_fields__"):
            lines += _lines(value, f"{path}.")
        elif isinstance(value, tuple) and value and hasattr(value[0], "__dataclass_fields__"):
            for i, item in enumerate(value):
                lines += _lines(item, f"{path}[{i}].")
        elif isinstance(value, tuple) and value and isinstance(value[0], np.ndarray):
            lines += [f"{path}[{i}] = {_short(item)}" for i, item in enumerate(value)]
        else:
            lines.append(f"{path} = {_short(value)}")
    return lines


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray):
        flat = value.tolist()
        if len(flat) > 400:
            return f"{flat[:6]} ... {flat[-2:]} ({len(flat)} entries, sum {int(value.sum())})"
        return str(flat)
    return repr(value)
