"""Small networks from YAML text through the real door, lived through by the engine, and read back by name."""

from __future__ import annotations

import json
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from netsim.engine.compiled.compiled_engine import run as run_compiled
from netsim.engine.compiled.compiled_engine import what_needs_python
from netsim.engine.records import (
    Activity,
    ConsignmentEnd,
    LineEnd,
    MoveReason,
    OrderState,
    Records,
    RequestReason,
    StockState,
    UncoveredReason,
    WorkEnd,
)
from netsim.engine.simpy_engine import run
from netsim.model.compile_model import compile_model
from netsim.model.model import Channel, Model
from netsim.outcome.balance import check_balance
from netsim.plan.plan import Plan, make_plan
from netsim.spec.scenario import Scenario, load
from netsim.tape.tape import Tape

MINUTE, HOUR, DAY, YEAR = 60, 3600, 86_400, 365 * 86_400
MONDAY = "2026-01-05"
HEAD = "netsim: 1\nname: A small network\nstart: {start}\ncurrency: {{base: EUR}}\n"

_CODES: dict[tuple[str, str], Any] = {
    ("orders", "state"): OrderState,
    ("orders", "channel"): Channel,
    ("orders", "reason"): UncoveredReason,
    ("lines", "outcome"): LineEnd,
    ("requests", "reason"): RequestReason,
    ("consignments", "outcome"): ConsignmentEnd,
    ("moves", "reason"): MoveReason,
    ("moves", "from_state"): StockState,
    ("moves", "to_state"): StockState,
    ("work", "activity"): Activity,
    ("work", "outcome"): WorkEnd,
}
_NODES = {("orders", "node"), ("lines", "node"), ("lines", "source"), ("requests", "origin"), ("requests", "target")}
_PARTS = {("lines", "asked"), ("lines", "given"), ("requests", "part"), ("moves", "part"), ("work", "part")}
_ON_LANES = {StockState.TRANSIT, StockState.RETURNING}


def at(day: int, hour: float = 0) -> int:
    """Return the second of an hour of a day; day 0 is the scenario's first, a Monday unless told otherwise."""
    return day * DAY + round(hour * HOUR)


@dataclass(frozen=True)
class Lived:
    """A run with the model behind it; `rows` tells a table with names in place of numbers."""

    model: Model
    records: Records

    def rows(self, table: str, *columns: str, **where: Any) -> list[Any]:
        """Return the named columns of all rows that agree with *where*; single values if one column is asked for."""
        cells = getattr(self.records, table)
        length = len(next(iter(cells.values())))
        told = {column: [self._tell(table, column, i) for i in range(length)] for column in {*columns, *where}}
        kept = [i for i in range(length) if all(told[column][i] == value for column, value in where.items())]
        if len(columns) == 1:
            return [told[columns[0]][i] for i in kept]
        return [tuple(told[column][i] for column in columns) for i in kept]

    def order(self, row: int = 0) -> dict[str, Any]:
        """Return one row of `orders`."""
        return {column: self._tell("orders", column, row) for column in self.records.orders}

    def spent(self, row: int = 0) -> dict[str, int]:
        """Return the components of an order's time that are not 0."""
        names = ("call", "queue", "diagnosis", "quote", "parts", "repair", "transport", "customs", "shut")
        return {name: int(self.records.orders[name][row]) for name in names if self.records.orders[name][row]}

    def moves(self, part: str | None = None) -> list[tuple[int, int, str, str, str]]:
        """Return (time, quantity, from, to, reason) of each move; places as `node state`."""
        found = []
        for i in range(len(self.records.moves["time"])):
            if part in (None, self._tell("moves", "part", i)):
                ends = [self._place(i, end) for end in ("from", "to")]
                reason = self._tell("moves", "reason", i)
                found.append((int(self.records.moves["time"][i]), int(self.records.moves["qty"][i]), *ends, reason))
        return found

    def _place(self, i: int, end: str) -> str:
        place, state = int(self.records.moves[f"{end}_place"][i]), int(self.records.moves[f"{end}_state"][i])
        names = self.model.lane_names if state in _ON_LANES else self.model.node_names
        return f"{names[place] if place >= 0 else '-'} {StockState(state).name}"

    def _tell(self, table: str, column: str, i: int) -> Any:
        value = int(getattr(self.records, table)[column][i])
        key = (table, column)
        if key in _CODES:
            return _CODES[key](value).name if value >= 0 else ""
        if key in _NODES:
            return self.model.node_names[value] if value >= 0 else ""
        if key in _PARTS:
            return self.model.part_names[value] if value >= 0 else ""
        if key == ("orders", "zone"):
            return (*self.model.zone_names, *self.model.fleet_names)[value]
        if key == ("consignments", "lane"):
            return self.model.lane_names[value]
        if key == ("work", "bench"):
            return self.model.node_names[int(self.model.benches.node[value])]
        if key == ("reviews", "stock_point"):
            return self.model.node_names[int(self.model.stock.node[value])]
        return value


def scenario_of(text: str | Mapping[str, Any], *, start: str = MONDAY) -> Scenario:
    """Return the scenario of a YAML text, or of a mapping, under the usual head."""
    return _load(textwrap.dedent(text) if isinstance(text, str) else json.dumps(text, indent=1), start)


@lru_cache(maxsize=256)
def _load(text: str, start: str) -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scenario.yaml"
        if text.startswith("{"):
            head = {"netsim": 1, "name": "A small network", "start": start, "currency": {"base": "EUR"}}
            text = json.dumps({**head, **json.loads(text)}, indent=1)
        else:
            text = HEAD.format(start=start) + text
        path.write_text(text, encoding="utf-8")
        return load(path, allow_code=True)


def live(
    text: str | Mapping[str, Any],
    claims: Sequence[tuple[Any, ...]] = (),
    *,
    days: float = 60,
    marks: Mapping[tuple[Any, ...], int] | None = None,
    default: int = 2**31,
    start: str = MONDAY,
    plan: Plan | None = None,
) -> Lived:
    """Return the run of a network on a tape told by hand, with every book closed and every key checked.

    The compiled engine must tell the same story, unless the network asks for Python.

    *claims* are (time, zone, mode[, warranty]); a mode may be told by its name ``product/mode``.
    """
    model = compile_model(scenario_of(text, start=start), horizon=round(days * DAY))
    rows = [(time, zone, _mode(model, mode), *rest) for time, zone, mode, *rest in claims]
    owners = (*model.zone_names, *model.fleet_names)
    tape = Tape.script(rows, marks=marks, default=default, owner_names=owners)
    levels = make_plan(model) if plan is None else plan
    records = run(model, tape, levels, debug=True)
    check_balance(model, records)
    if what_needs_python(model) is None:
        assert run_compiled(model, tape, levels).digest() == records.digest(), "the compiled engine tells another story"
    return Lived(model, records)


def sample(
    text: str | Mapping[str, Any], *, days: float, seed: int, replication: int = 0, debug: bool = False
) -> Lived:
    """Return the run of a network on a sampled tape, with every book closed."""
    scenario = scenario_of(text)
    horizon = round(days * DAY)
    model = compile_model(scenario, horizon=horizon)
    tape = Tape.sample(scenario.world, start=scenario.start, horizon=horizon, seed=seed, replication=replication)
    records = run(model, tape, make_plan(model, world=scenario.world), debug=debug)
    check_balance(model, records)
    return Lived(model, records)


def _mode(model: Model, mode: int | str) -> int:
    return mode if isinstance(mode, int) else model.mode_names.index(mode)


def but(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy of a network with other values at dotted paths, such as ``network.nodes.shop.shift``.

    None takes a value away; a mapping at a path merges into what is there.
    """
    copy: dict[str, Any] = json.loads(json.dumps(base))
    for path, value in changes.items():
        *way, last = path.split(".")
        holder = copy
        for key in way:
            holder = holder.setdefault(key, {})
        if value is None:
            holder.pop(last)
        elif isinstance(value, dict) and isinstance(holder.get(last), dict):
            holder[last].update(value)
        else:
            holder[last] = value
    return copy


def level(records: Records, *, node: int, part: int, state: StockState) -> tuple[np.ndarray, np.ndarray]:
    """Return the times at which the pieces of a part in one state at one node change, and their number from then on."""
    moves = records.moves
    mine = moves["part"] == part
    comes = mine & (moves["to_place"] == node) & (moves["to_state"] == state)
    goes = mine & (moves["from_place"] == node) & (moves["from_state"] == state)
    change = np.where(comes, moves["qty"], 0) - np.where(goes, moves["qty"], 0)
    rows = comes | goes
    return moves["time"][rows], np.cumsum(change[rows])
