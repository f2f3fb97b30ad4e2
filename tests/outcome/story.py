"""Hand-made runs told row by row (columns not named take their default), and small models and scenarios."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np

from netsim.engine.records import COLUMNS, MoveReason, OrderState, Records, StockState
from netsim.model.model import (
    Benches,
    Calendar,
    Durations,
    Lanes,
    Model,
    Modes,
    NodeKind,
    Nodes,
    Ragged,
    Routes,
    Serving,
    StockPoints,
    Supply,
)

MINUTE, HOUR, DAY = 60, 3600, 86400

_ZERO = {
    "orders": {"zone", "k", "generation", "mode", "warranty", "paid", "node", "channel", "state", "reason"}
    | {"call", "queue", "diagnosis", "quote", "parts", "repair", "transport", "customs", "shut"},
    "lines": {"order", "index", "asked", "given", "node", "source", "rung", "outcome"},
    "requests": {"origin", "target", "part", "reason", "at_once"},
    "consignments": {"lane", "leg", "held", "outcome"},
    "moves": {"time", "part", "from_place", "from_state", "to_place", "to_state", "reason"},
    "work": {"bench", "subject", "activity", "content", "outcome", "attempt"},
    "reviews": set(COLUMNS["reviews"]),
    "states": set(COLUMNS["states"]),
}
"""Columns whose default is 0; `qty` is 1, every other column -1 (has not happened, none)."""


class Story:
    """Rows of the eight tables, told in order.

    ``story.add("orders", created=0, closed=3600)`` appends a row and returns its number; `order`, `line`, `move`,
    `ship`, `work` are the same for one table. `records` makes the arrays.
    """

    def __init__(self) -> None:
        self.rows: dict[str, list[dict[str, int]]] = {table: [] for table in COLUMNS}

    def add(self, table: str, **columns: int) -> int:
        unknown = set(columns) - set(COLUMNS[table])
        assert not unknown, f"{table} has no column {unknown}"
        row = {c: 0 if c in _ZERO[table] else 1 if c == "qty" else -1 for c in COLUMNS[table]}
        row.update({name: int(value) for name, value in columns.items()})
        self.rows[table].append(row)
        return len(self.rows[table]) - 1

    def order(self, *, created: int = 0, closed: int = -1, state: int | None = None, **columns: int) -> int:
        """Append an order: repaired when it has a closing time, else open; handed over and received as created."""
        if state is None:
            state = OrderState.OPEN if closed < 0 else OrderState.REPAIRED
        columns.setdefault("handed_over", created)
        columns.setdefault("received", columns["handed_over"])
        columns.setdefault("k", len(self.rows["orders"]))
        return self.add("orders", created=created, closed=closed, state=state, **columns)

    def line(self, **columns: int) -> int:
        columns.setdefault("given", columns.get("asked", 0))
        return self.add("lines", **columns)

    def work(self, **columns: int) -> int:
        """Append a piece of work; *joined* and *content* follow from start and end unless given."""
        columns.setdefault("joined", columns.get("start", -1))
        if columns.get("end", -1) >= 0:
            columns.setdefault("content", columns["end"] - columns["start"])
            columns.setdefault("outcome", 1)
        return self.add("work", **columns)

    def ship(self, **columns: int) -> int:
        """Append a consignment; with a `received` time its outcome is RECEIVED unless given."""
        if columns.get("received", -1) >= 0:
            columns.setdefault("outcome", 1)
        return self.add("consignments", **columns)

    def move(
        self,
        time: int,
        part: int,
        origin: tuple[int, int],
        destination: tuple[int, int],
        reason: int,
        *,
        qty: int = 1,
        subject: int = -1,
    ) -> int:
        """Append a move between two (place, state)."""
        return self.add(
            "moves",
            time=time,
            part=part,
            qty=qty,
            from_place=origin[0],
            from_state=origin[1],
            to_place=destination[0],
            to_state=destination[1],
            reason=reason,
            subject=subject,
        )

    # moves in one word
    def opening(self, node: int, part: int, qty: int = 1) -> int:
        return self.move(0, part, (-1, StockState.OUTSIDE), (node, StockState.FREE), MoveReason.OPENING, qty=qty)

    def install(self, time: int, node: int, part: int, line: int, qty: int = 1) -> int:
        return self.move(
            time,
            part,
            (node, StockState.RESERVED),
            (node, StockState.INSTALLED),
            MoveReason.INSTALL,
            qty=qty,
            subject=line,
        )

    def goods(
        self,
        part: int,
        qty: int,
        origin: int,
        lane: int,
        destination: int,
        *,
        departed: int,
        received: int,
        reason: int = MoveReason.SHIP,
        core: bool = False,
        order: int = -1,
        arrives: bool = True,
        **columns: int,
    ) -> int:
        """Append a consignment of pieces with its two moves, sent and received; return its row."""
        row = self.ship(lane=lane, departed=departed, received=received if arrives else -1, order=order, **columns)
        kept, gone = (StockState.CORE, StockState.RETURNING) if core else (StockState.FREE, StockState.TRANSIT)
        source = (-1, StockState.OUTSIDE) if reason == MoveReason.PURCHASE else (origin, kept)
        self.move(departed, part, source, (lane, gone), reason, qty=qty, subject=row)
        if arrives:
            self.move(received, part, (lane, gone), (destination, kept), MoveReason.RECEIVE, qty=qty, subject=row)
        return row

    def records(self, horizon: int) -> Records:
        tables = {
            table: {
                name: np.array([row[name] for row in self.rows[table]], dtype=kind) for name, kind in columns.items()
            }
            for table, columns in COLUMNS.items()
        }
        return Records(**tables, horizon=horizon)


def _ints(values: Any) -> Any:
    return np.array(list(values), dtype=np.int64)


def build_model(
    *,
    nodes: dict[str, tuple[str, str]],
    lanes: dict[str, tuple[str, str, bool]] | None = None,
    parts: tuple[str, ...] = (),
    zones: dict[str, str] | None = None,
    modes: tuple[tuple[str, int, tuple[tuple[int, int], ...]], ...] = (("crack", 0, ()),),
    countries: tuple[str, ...] | None = None,
    benches: dict[str, tuple[int, Calendar | None]] | None = None,
    horizon: int = 365 * DAY,
    start: str = "2026-01-05",
    repairable: tuple[int, ...] | None = None,
    stock: dict[tuple[str, str], int] | None = None,
    part_arrival: int = 72 * HOUR,
) -> Model:
    """Return a model: *nodes* name -> (kind, country); *lanes* name -> (from, to, customs); *zones* name -> country;
    *modes* (name, product, parts set); *benches* node -> (technicians, calendar); *stock* (node, part) -> level S.
    """
    names, lanes, zones, benches = tuple(nodes), lanes or {}, zones or {}, benches or {}
    countries = countries or tuple(dict.fromkeys([country for _, country in nodes.values()] + list(zones.values())))
    places = names + tuple(zones)
    n, m, p, bench_names = len(names), len(lanes), len(parts), list(benches)
    calendars = tuple({id(c): c for _, c in benches.values() if c is not None}.values())
    numbers = {id(c): i for i, c in enumerate(calendars)}
    points = [(names.index(node), parts.index(part), level) for (node, part), level in (stock or {}).items()]
    index = np.full((n, p), -1, dtype=np.int64)
    for i, (node, part, _) in enumerate(points):
        index[node, part] = i
    zero_n, zero_m, zero_b, zero_s = (np.zeros(k, dtype=np.int64) for k in (n, m, len(benches), len(points)))
    none_n, empty = np.full(n, -1, dtype=np.int64), Ragged.of([])
    customs = _ints(border for _, _, border in lanes.values())
    return Model(
        name="story",
        start=start,
        horizon=horizon,
        node_names=names,
        zone_names=tuple(zones),
        fleet_names=(),
        part_names=parts,
        lane_names=tuple(lanes),
        mode_names=tuple(name for name, _, _ in modes),
        country_names=countries,
        repairable=_ints(repairable if repairable is not None else [1] * p),
        ber=np.zeros(p, dtype=np.int64),
        calendars=calendars,
        departures=(),
        durations=Durations(_ints([0]), _ints([-1]), ()),
        nodes=Nodes(
            _ints(NodeKind[kind.upper()] for kind, _ in nodes.values()),
            _ints(countries.index(c) for _, c in nodes.values()),
            none_n,
            _ints(bench_names.index(name) if name in benches else -1 for name in names),
            zero_n,
            zero_n,
            ("",) * n,
        ),
        benches=Benches(
            _ints(names.index(name) for name in benches),
            _ints(numbers.get(id(c), -1) for _, c in benches.values()),
            _ints(count for count, _ in benches.values()),
            zero_b,
            zero_b,
            zero_b,
            zero_b,
            zero_b,
        ),
        lanes=Lanes(
            _ints(places.index(a) for a, _, _ in lanes.values()),
            _ints(places.index(b) for _, b, _ in lanes.values()),
            zero_m,
            zero_m - 1,
            zero_m,
            customs,
            zero_m,
            zero_m,
            zero_m,
            zero_m,
            zero_m,
            zero_m,
        ),
        routes=Routes(empty, _ints([])),
        stock=StockPoints(
            _ints(a for a, _, _ in points),
            _ints(b for _, b, _ in points),
            zero_s,
            zero_s,
            _ints(c for _, _, c in points),
            _ints(c for _, _, c in points),
            zero_s - 1,
            zero_s,
            zero_s,
            zero_s,
            zero_s,
            ("",) * len(points),
            index,
        ),
        supply=Supply(empty, empty, empty, _ints([]), (), empty, empty, zero_n),
        modes=Modes(
            _ints(product for _, product, _ in modes),
            np.zeros(len(modes), dtype=np.int64),
            Ragged.of([[x for pair in parts_set for x in pair] for _, _, parts_set in modes]),
            np.zeros(len(modes), dtype=np.int64),
            np.full(len(modes), -1, dtype=np.int64),
        ),
        serving=Serving(empty, _ints([]), _ints([]), 7, empty, _ints([]), 0, _ints([]), _ints([]), _ints([]), 0),
        returns_next=none_n,
        returns_route=none_n,
        core_target=np.full((n, p), -1, dtype=np.int64),
        core_birth=0,
        core_return=2**32,
        remote=0,
        quote_accept=2**32,
        part_arrival=part_arrival,
        fleet_units=_ints([]),
        fleet_life=_ints([]),
        fleet_mode=_ints([]),
        fleet_country=_ints([]),
        zone_country=_ints(countries.index(c) for c in zones.values()),
    )


def calendar(*spans: tuple[int, int], name: str = "shift") -> Calendar:
    """Return the calendar with these open spans in seconds."""
    opens, closes = _ints(a for a, _ in spans), _ints(b for _, b in spans)
    before = np.concatenate([[0], np.cumsum(closes - opens)[:-1]]).astype(np.int64) if spans else _ints([])
    return Calendar(name, opens, closes, before)


def build_scenario(
    *, world: dict[str, Any], network: dict[str, Any] | None = None, start: str = "2026-01-05", worth: float = 1.0
) -> Any:
    """Return what outcome code reads of a scenario (start, world, network, policies); a EUR is *worth* this much."""
    from netsim.spec.network import Network
    from netsim.spec.policies import Policies
    from netsim.spec.world import World

    context = {"worth": {"EUR": worth, "USD": 0.9 * worth}}
    return SimpleNamespace(
        start=start,
        world=World.model_validate(world, context=context),
        network=Network.model_validate(network or {}, context=context),
        policies=Policies(),
    )
