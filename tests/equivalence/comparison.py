"""The comparer: where two records differ first, row beside row, and what befell the order concerned in either run."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import ndiff
from typing import TYPE_CHECKING, Any

import numpy as np

from netsim.engine.records import COLUMNS, MoveReason, Records, Table
from netsim.model.model import Model

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario

__all__ = ["Difference", "differences", "first_differences"]

_SHOWN = 3
_TIMES = {
    "orders": ("created", "handed_over", "received", "diagnosed", "complete", "repaired", "ready", "closed"),
    "lines": ("requested", "reserved", "arrived", "ended"),
    "requests": ("asked", "filled", "received"),
    "consignments": ("departed", "received"),
    "moves": ("time",),
    "work": ("start", "end"),
    "reviews": ("time",),
    "states": ("time",),
}
_LINE_REASONS = (MoveReason.INSTALL, MoveReason.RESERVE)
_BOX_REASONS = (MoveReason.PURCHASE, MoveReason.SHIP, MoveReason.FORWARD, MoveReason.RECEIVE)


@dataclass(frozen=True, order=True)
class Difference:
    """The first row of one table in which two records part, and the second of the run at which that happened."""

    second: int
    table: str
    row: int
    text: str
    order: int
    """The row in `orders` of the order concerned, -1 if it is nobody's."""


def differences(
    a: Records,
    b: Records,
    model: Model,
    *,
    scenario: Scenario | None = None,
    names: tuple[str, str] = ("simpy", "compiled"),
) -> str:
    """Return what is different in two records of one model, or an empty text if they are equal to the byte.

    First the earliest difference of each table, the earliest of all first; then, with the *scenario* at hand, the
    story of the order that the first of them concerns: lines of both runs, those of one run alone marked - or +.
    """
    if a.horizon == b.horizon and a.digest() == b.digest():
        return ""
    found = first_differences(a, b, model, names=names)
    lines = [f"{names[0]} (-) and {names[1]} (+) differ in {len(found)} of {len(COLUMNS)} tables, first of all in"]
    if a.horizon != b.horizon:
        lines.append(f"the horizon: {a.horizon} and {b.horizon}")
    lines += [each.text for each in found]
    concerned = next((each.order for each in found if each.order >= 0), -1)
    if scenario is not None and concerned >= 0:
        lines += ["", f"the story of {_called(model, a, b, concerned)}:", *_stories(a, b, model, scenario, concerned)]
    return "\n".join(lines)


def first_differences(
    a: Records, b: Records, model: Model, *, names: tuple[str, str] = ("simpy", "compiled")
) -> list[Difference]:
    """Return the first difference of each table, in order of time."""
    found = []
    for table, columns in COLUMNS.items():
        left, right = getattr(a, table), getattr(b, table)
        for name, kind in columns.items():
            for side, cells in zip(names, (left, right), strict=True):
                if cells[name].dtype != kind:
                    text = f"{table}.{name}: {side} has {cells[name].dtype}, not {np.dtype(kind)}"
                    found.append(Difference(-1, table, -1, text, -1))
        difference = _first_of(a, b, table, model, names)
        if difference is not None:
            found.append(difference)
    return sorted(found)


def _first_of(a: Records, b: Records, table: str, model: Model, names: tuple[str, str]) -> Difference | None:
    left, right = getattr(a, table), getattr(b, table)
    counts = len(next(iter(left.values()))), len(next(iter(right.values())))
    common = min(counts)
    differs = np.zeros(common, dtype=bool)
    for name in COLUMNS[table]:
        differs |= left[name][:common] != right[name][:common]
    rows = np.flatnonzero(differs)
    if not len(rows) and counts[0] == counts[1]:
        return None
    told = [] if counts[0] == counts[1] else [f"{table}: {counts[0]} rows ({names[0]}) and {counts[1]} ({names[1]})"]
    if not len(rows):
        longer, records = (left, a) if counts[0] > counts[1] else (right, b)
        side = names[0] if counts[0] > counts[1] else names[1]
        told.append(f"{table} row {common} is {side}'s alone: {_row(longer, common)}")
        second = max(_second(longer, table, common), 0)
        return Difference(second, table, common, "\n".join(told), _order_of(records, table, common))
    seconds = [_parting(left, right, table, row) for row in rows.tolist()]
    first = int(np.argmin(seconds)) if table == "orders" else 0  # other tables are written as things happen
    row = int(rows[first])
    order = _order_of(a, table, row)
    order = order if order >= 0 else _order_of(b, table, row)
    told.append(f"{table} row {row}, at second {seconds[first]} ({len(rows)} rows of {common} differ)")
    told += [f"  - {_row(left, row)}", f"  + {_row(right, row)}", *_cells(left, right, table, row, model, names)]
    return Difference(seconds[first], table, row, "\n".join(told), order)


def _cells(left: Table, right: Table, table: str, row: int, model: Model, names: tuple[str, str]) -> list[str]:
    return [
        f"  {name}: {left[name][row]}{_named(model, table, name, int(left[name][row]))} ({names[0]}), "
        f"{right[name][row]}{_named(model, table, name, int(right[name][row]))} ({names[1]})"
        for name in COLUMNS[table]
        if left[name][row] != right[name][row]
    ]


def _row(table: Table, row: int) -> str:
    return ", ".join(f"{name} {cells[row]}" for name, cells in table.items())


def _named(model: Model, table: str, column: str, value: int) -> str:
    nodes = {"node", "source", "origin", "target"}
    names = {"lane": model.lane_names, "part": model.part_names, "asked": model.part_names}.get(column, ())
    if column in nodes:
        names = model.node_names
    if (table, column) == ("requests", "asked"):
        names = ()
    return f" `{names[value]}`" if 0 <= value < len(names) else ""


def _second(table: Table, name: str, row: int) -> int:
    return max(int(table[column][row]) for column in _TIMES[name])


def _parting(left: Table, right: Table, table: str, row: int) -> int:
    """Return the first second at which two rows part: the least time stamp that differs, else their first one."""
    pairs = [(int(left[name][row]), int(right[name][row])) for name in _TIMES[table]]
    parted = [max(pair) if min(pair) < 0 else min(pair) for pair in pairs if pair[0] != pair[1]]
    return min(parted) if parted else max(pairs[0])


def _order_of(records: Records, table: str, row: int) -> int:
    """Return the order that a row tells of, -1 if it is nobody's or of a claim that is not there."""
    cells: dict[str, int] = {name: int(column[row]) for name, column in _rows(records, table, row)}
    if not cells:
        return -1
    if table == "orders":
        return row
    if table in ("lines", "consignments") and cells["order"] >= 0:
        return cells["order"]
    if table in ("requests", "consignments"):
        return _of_cause(records, cells["owner"], cells["number"])
    if table == "work":
        return cells["subject"]
    if table == "moves":
        reason, subject = cells["reason"], cells["subject"]
        if subject < 0 or reason not in (*_LINE_REASONS, *_BOX_REASONS):
            return subject
        return _order_of(records, "lines" if reason in _LINE_REASONS else "consignments", subject)
    return -1


def _rows(records: Records, table: str, row: int) -> list[tuple[str, Any]]:
    columns = getattr(records, table)
    return list(columns.items()) if row < len(next(iter(columns.values()))) else []


def _of_cause(records: Records, owner: int, number: int) -> int:
    if owner < 0:
        return -1
    rows = np.flatnonzero((records.orders["zone"] == owner) & (records.orders["k"] == number))
    return int(rows[0]) if len(rows) else -1


def _called(model: Model, a: Records, b: Records, order: int) -> str:
    orders = a.orders if order < len(a.orders["k"]) else b.orders
    owner = (*model.zone_names, *model.fleet_names)[int(orders["zone"][order])]
    return f"order {owner}/{int(orders['k'][order])} (row {order})"


def _stories(a: Records, b: Records, model: Model, scenario: Scenario, order: int) -> list[str]:
    told = [_story(each, model, scenario, order) for each in (a, b)]
    return [line.rstrip() for line in ndiff(*told) if not line.startswith("?")]


def _story(records: Records, model: Model, scenario: Scenario, order: int) -> list[str]:
    """Return the story of an order as `netsim trace` tells it, without the money: that only follows."""
    from netsim.view.trace import tell_order

    if order >= len(records.orders["k"]):
        return ["there is no such order"]
    try:
        moments = tell_order(scenario, model, records, order)
    except Exception as error:  # records that are wrong may be too wrong to be told
        return [f"the records cannot be told: {type(error).__name__}: {error}"]
    return [f"{m.second:>10}  {m.utc}  {m.place}: {m.text}" for m in moments if m.kind != "money"]
