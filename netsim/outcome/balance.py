"""The balance of a run: laws that no correct engine can break, checked on its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import (
    Component,
    ConsignmentEnd,
    LineEnd,
    MoveReason,
    OrderState,
    Records,
    StockState,
    Table,
    UncoveredReason,
    WorkEnd,
)
from netsim.errors import NetsimError
from netsim.model.calendars import open_between
from netsim.model.model import Model
from netsim.outcome.conservation import broken_moves
from netsim.outcome.trajectories import Levels, stock_changes

__all__ = ["BalanceError", "check_balance"]

_SHOWN = 3
_STAMPS = ("created", "handed_over", "received", "diagnosed", "complete", "repaired", "ready", "closed")
_FUTURE = {("consignments", "at_border"), ("consignments", "released"), ("lines", "deadline")}
"""Times known in advance: they may lie beyond the end of the run."""
_TIMES = {
    "orders": _STAMPS,
    "lines": ("requested", "deadline", "reserved", "arrived", "ended"),
    "requests": ("asked", "filled", "received"),
    "consignments": ("departed", "at_border", "released", "received"),
    "moves": ("time",),
    "work": ("joined", "start", "end"),
}


class BalanceError(NetsimError):
    """The records break laws; *faults* names each law with the rows that break it."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))

    def __reduce__(self) -> tuple[type[BalanceError], tuple[tuple[str, ...]]]:
        return type(self), (self.faults,)


def check_balance(model: Model, records: Records) -> None:
    """Return nothing if the records keep every law; raise `BalanceError` that lists all that are broken.

    Laws: indexes point at rows that exist; parts are conserved and no stock is ever negative; nothing changes place
    without a lane; each order is open or in one terminal state, its steps in order, its components adding up to closed
    - handed over; lines, requests and consignments go forward in time; technicians in use are never more than there
    are, and work in opening hours only; free stock and a line that waits for it do not last side by side.
    """
    faults = list(_dangling(model, records))
    if not faults:  # the other laws follow these indexes
        faults += _broken_times(records)
        faults += _broken_orders(records)
        faults += _broken_lines(records)
        faults += _broken_requests(records)
        faults += _broken_boxes(model, records)
        faults += _broken_work(model, records)
        faults += _idle_stock(model, records)
        faults += broken_moves(model, records, _complain)
    if faults:
        raise BalanceError(tuple(faults))


def _complain(law: str, rows: npt.NDArray[Any], tell: Callable[[int], str]) -> Iterator[str]:
    """Yield one complaint with the first few *rows* that break *law*, if any do."""
    if len(rows):
        shown = "; ".join(tell(int(i)) for i in rows[:_SHOWN])
        more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        yield f"{law}: {shown}{more}"


def _dangling(model: Model, records: Records) -> Iterator[str]:
    """Yield complaints on indexes that point at nothing."""
    nodes, parts, benches = len(model.node_names), len(model.part_names), len(model.benches.node)
    orders, lines, boxes = (len(t[c]) for t, c in _lengths(records))
    limits: dict[str, dict[str, tuple[int, int]]] = {
        "orders": {
            "zone": (0, len(model.zone_names) + len(model.fleet_names)),
            "node": (-1, nodes),
            "parent": (-1, orders),
        },
        "lines": {
            "order": (-1, orders),
            "asked": (0, parts),
            "given": (0, parts),
            "node": (0, nodes),
            "source": (-1, nodes),
        },
        "requests": {"origin": (0, nodes), "target": (0, nodes), "part": (0, parts), "line": (-1, lines)},
        "consignments": {"lane": (0, len(model.lane_names)), "next": (-1, boxes), "order": (-1, orders)},
        "moves": {"part": (0, parts), "reason": (0, len(MoveReason))}
        | {f"{side}_state": (0, len(StockState)) for side in ("from", "to")},
        "work": {"bench": (0, benches), "subject": (-1, orders), "part": (-1, parts)},
    }
    for table, columns in limits.items():
        for column, (least, limit) in columns.items():
            values = getattr(records, table)[column]
            bad = np.flatnonzero((values < least) | (values >= limit))
            tell = _rows(table, getattr(records, table), column)
            yield from _complain(f"{table}.{column} points at something that exists", bad, tell)
    moves = records.moves
    for reasons, what, size in (
        ((MoveReason.SHIP, MoveReason.PURCHASE, MoveReason.RECEIVE, MoveReason.FORWARD), "consignment", boxes),
        ((MoveReason.RESERVE, MoveReason.RELEASE), "line", lines),
    ):
        subject = moves["subject"]
        bad = np.flatnonzero(np.isin(moves["reason"], reasons) & ((subject < -1) | (subject >= size)))
        yield from _complain(f"a move's {what} exists", bad, _rows("moves", moves, "reason", "subject"))


def _lengths(records: Records) -> tuple[tuple[Table, str], ...]:
    return (records.orders, "zone"), (records.lines, "order"), (records.consignments, "lane")


def _broken_times(records: Records) -> Iterator[str]:
    """Yield complaints on times outside the run."""
    for name, columns in _TIMES.items():
        table = getattr(records, name)
        for column in columns:
            beyond = (table[column] >= records.horizon) & ((name, column) not in _FUTURE)
            bad = np.flatnonzero(beyond | (table[column] < -1))
            yield from _complain("a run stops before its horizon", bad, _rows(name, table, column))


def _broken_orders(records: Records) -> Iterator[str]:
    orders = records.orders
    state, closed, handed = orders["state"], orders["closed"], orders["handed_over"]
    known = np.isin(state, [int(s) for s in OrderState])
    tell = _rows("orders", orders, "state", "closed", "reason")
    wrong = ~known | ((state >= OrderState.REPAIRED) != (closed >= 0))
    yield from _complain("an order is open or in one terminal state", np.flatnonzero(wrong), tell)
    wrong = (orders["reason"] != UncoveredReason.NONE) != (state == OrderState.UNCOVERED)
    yield from _complain("uncovered orders have a reason, others none", np.flatnonzero(wrong), tell)
    yield from _disordered("orders", orders, _STAMPS)
    parts = tuple(component.name.lower() for component in Component)
    table = np.stack([orders[name].astype(np.int64) for name in parts])
    tell = _rows("orders", orders, "handed_over", "closed", *parts)
    yield from _complain("components of time are not negative", np.flatnonzero((table < 0).any(axis=0)), tell)
    wrong = (closed >= 0) & (handed >= 0) & (table.sum(axis=0) != closed.astype(np.int64) - handed)
    yield from _complain("components of time add up to closed - handed over", np.flatnonzero(wrong), tell)
    identity = orders["zone"].astype(np.int64) << 40 | orders["k"].astype(np.int64) << 8 | orders["generation"]
    _, first = np.unique(identity, return_index=True)
    again = np.setdiff1d(np.arange(len(identity)), first)
    yield from _complain("no identity is used twice", again, _rows("orders", orders, "zone", "k", "generation"))


def _disordered(name: str, table: Table, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield complaints on rows whose times are set but not in the order of *columns*."""
    latest = np.full(len(table[columns[0]]), -1, dtype=np.int64)
    bad = np.zeros(len(latest), dtype=bool)
    for column in columns:
        bad |= (table[column] >= 0) & (table[column] < latest)
        latest = np.maximum(latest, table[column])
    law = f"{name}: {' <= '.join(columns)}"
    yield from _complain(law, np.flatnonzero(bad), _rows(name, table, *columns))


def _rows(name: str, table: Table, *columns: str) -> Callable[[int], str]:
    """Return a description of a row of *table* by its number: the values of *columns*."""
    return lambda i: f"{name} row {i}: " + ", ".join(f"{column} {table[column][i]}" for column in columns)


def _broken_lines(records: Records) -> Iterator[str]:
    lines = records.lines
    outcome, ended = lines["outcome"], lines["ended"]
    yield from _disordered("lines", lines, ("requested", "reserved", "arrived"))
    yield from _disordered("lines", lines, ("requested", "ended"))
    yield from _disordered("lines", lines, ("requested", "deadline"))
    tell = _rows("lines", lines, "qty", "outcome", "requested", "reserved", "arrived", "ended")
    yield from _complain(
        "a line that is over has an end", np.flatnonzero((outcome == LineEnd.OPEN) != (ended < 0)), tell
    )
    yield from _complain(
        "an arrived line was reserved", np.flatnonzero((lines["arrived"] >= 0) & (lines["reserved"] < 0)), tell
    )
    bad = (outcome == LineEnd.INSTALLED) & ((lines["arrived"] < 0) | (ended < lines["arrived"]))
    yield from _complain("an installed line had arrived", np.flatnonzero(bad), tell)
    yield from _complain("a line wants pieces", np.flatnonzero(lines["qty"] <= 0), tell)
    owned = np.flatnonzero(lines["order"] >= 0)
    created = records.orders["created"][lines["order"][owned]]
    yield from _complain(
        "a line is requested after its order was created", owned[lines["requested"][owned] < created], tell
    )


def _broken_requests(records: Records) -> Iterator[str]:
    requests = records.requests
    yield from _disordered("requests", requests, ("asked", "filled"))
    yield from _disordered("requests", requests, ("asked", "received"))
    qty, once, gone = requests["qty"], requests["at_once"], requests["cancelled"]
    filled = requests["filled"]
    tell = _rows("requests", requests, "qty", "at_once", "cancelled", "asked", "filled", "received")
    bad = (qty <= 0) | (once < 0) | (gone < 0) | (once + gone > qty)
    yield from _complain("a request is filled and cancelled no more than asked", np.flatnonzero(bad), tell)
    yield from _complain("what is filled at once has a time", np.flatnonzero((once > 0) & (filled < 0)), tell)
    whole = (once == qty) & (filled != requests["asked"])
    yield from _complain("a request filled at once is filled when asked", np.flatnonzero(whole & (once > 0)), tell)
    unfilled = (requests["received"] >= 0) & (filled < 0)
    yield from _complain("what is received was filled", np.flatnonzero(unfilled), tell)
    # Pieces leave as they come, so the last may leave after others were received; then they are still on their way.
    moves, parts = records.moves, int(requests["part"].max(initial=-1)) + 1
    on_the_way = (StockState.RESERVED, StockState.TRANSIT)  # a piece may wait for its departure
    change = np.isin(moves["to_state"], on_the_way).astype(np.int64) - np.isin(moves["from_state"], on_the_way)
    left = np.bincount(moves["part"], weights=change * moves["qty"], minlength=parts)
    early = (requests["received"] >= 0) & (requests["received"] < filled) & (left <= 0)[requests["part"]]
    yield from _complain("what was filled last is on its way or received", np.flatnonzero(early), tell)


def _broken_boxes(model: Model, records: Records) -> Iterator[str]:
    boxes, lanes, moves = records.consignments, model.lanes, records.moves
    yield from _disordered("consignments", boxes, ("departed", "at_border", "released", "received"))
    received = boxes["received"]
    tell = _rows("consignments", boxes, "lane", "next", "departed", "at_border", "received", "outcome")
    yield from _complain(
        "a consignment is received or not",
        np.flatnonzero((boxes["outcome"] == ConsignmentEnd.RECEIVED) != (received >= 0)),
        tell,
    )
    here = np.flatnonzero(boxes["next"] >= 0)
    after = boxes["next"][here]
    broken = (received[here] < 0) | (boxes["departed"][after] < received[here])
    broken |= lanes.destination[boxes["lane"][here]] != lanes.origin[boxes["lane"][after]]
    yield from _complain("a leg begins where and after the last one ended", here[broken], tell)
    fifo = (
        np.flatnonzero((lanes.fifo[boxes["lane"]] > 0) & (boxes["departed"] >= 0))
        if len(received)
        else np.zeros(0, int)
    )
    arrival = np.where(boxes["at_border"] >= 0, boxes["at_border"], received)[fifo]
    fifo, arrival = fifo[arrival >= 0], arrival[arrival >= 0]
    order = np.lexsort((arrival, boxes["departed"][fifo], boxes["lane"][fifo]))
    fifo, arrival = fifo[order], arrival[order]
    same = boxes["lane"][fifo][1:] == boxes["lane"][fifo][:-1]
    yield from _complain("nothing overtakes on a FIFO lane", fifo[1:][same & (np.diff(arrival) < 0)], tell)
    for reason, column, place in (
        (MoveReason.SHIP, "departed", "to_place"),
        (MoveReason.RECEIVE, "received", "from_place"),
    ):
        rows = np.flatnonzero((moves["reason"] == reason) & (moves["subject"] >= 0))
        box = moves["subject"][rows]
        bad = (boxes[column][box] != moves["time"][rows]) | (boxes["lane"][box] != moves[place][rows])
        yield from _complain(f"pieces move with their consignment ({column})", box[bad], tell)


def _broken_work(model: Model, records: Records) -> Iterator[str]:
    work, benches = records.work, model.benches
    yield from _disordered("work", work, ("joined", "start", "end"))
    start, end, content = work["start"].astype(np.int64), work["end"].astype(np.int64), work["content"]
    tell = _rows("work", work, "bench", "start", "end", "content", "outcome")
    yield from _complain(
        "work under way has no end", np.flatnonzero((work["outcome"] == WorkEnd.UNDER_WAY) != (end < 0)), tell
    )
    if not len(start):
        return
    opens = model.nodes.opens[benches.node[work["bench"]]]
    yield from _complain("no work before the node opens", np.flatnonzero((start >= 0) & (start < opens)), tell)
    done = (start >= 0) & (end >= 0)
    elapsed, shut = end - start, np.zeros(len(start), dtype=bool)
    calendars = benches.calendar[work["bench"]]
    for number in np.unique(calendars[calendars >= 0]).tolist():
        hours, rows = model.calendars[number], np.flatnonzero(done & (calendars == number))
        elapsed[rows] = open_between(hours, start[rows], end[rows])
        # Work may begin at closing, where it follows on what has just ended; it ends in opening hours.
        for times in (start[rows], end[rows]):
            i = np.searchsorted(hours.opens, times, side="right") - 1
            outside = (i < 0) | (times > np.append(hours.closes, -1)[np.maximum(i, 0)])
            shut[rows] |= outside
    yield from _complain("work begins and ends in opening hours", np.flatnonzero(shut), tell)
    yield from _complain(
        "work takes its content in open time", np.flatnonzero(done & ~shut & (elapsed != content)), tell
    )
    began = np.flatnonzero(start >= 0)
    until = np.where(end[began] >= 0, end[began], records.horizon)
    bench = np.r_[work["bench"][began], work["bench"][began]]
    step = np.r_[np.ones(len(began), np.int64), -np.ones(len(began), np.int64)]
    levels = Levels.of(bench, np.r_[start[began], until], step, len(benches.node))
    most = levels.highest(0, records.horizon)
    limit = benches.technicians
    yield from _complain(
        "technicians in use are no more than there are",
        np.flatnonzero((limit > 0) & (most > limit)),
        lambda i: f"bench of {model.node_names[benches.node[i]]}: {most[i]} in use of {limit[i]}",
    )


def _idle_stock(model: Model, records: Records) -> Iterator[str]:
    """Yield complaints on free stock that lasts at a node while a line there waits for that part."""
    lines, parts = records.lines, max(1, len(model.part_names))
    waits = np.flatnonzero((lines["source"] == lines["node"]) & (lines["requested"] >= 0))
    until = np.where(lines["reserved"][waits] >= 0, lines["reserved"][waits], lines["ended"][waits])
    until = np.where(until >= 0, until, records.horizon)
    key, time, delta, _ = stock_changes(records.moves, (StockState.FREE,), parts)
    place = lines["node"][waits].astype(np.int64) * parts + lines["asked"][waits]
    ones = np.ones(len(waits), dtype=np.int64)
    size = len(model.node_names) * parts
    weight = 1 << 32  # waiting lines in the upper half, free pieces in the lower
    both = Levels.of(
        np.r_[key, place, place],
        np.r_[time, lines["requested"][waits], until],
        np.r_[delta, ones * weight, -ones * weight],
        size,
    )
    idle = (both.level % weight > 0) & (both.level // weight > 0) & (both.seconds(0, records.horizon) > 0)
    rows = np.flatnonzero(idle)
    yield from _complain(
        "free stock and a line that waits for it do not last",
        rows,
        lambda i: (
            f"{model.part_names[both.key[i] % parts]} at {model.node_names[both.key[i] // parts]} "
            f"from {both.time[i]}: {both.level[i] % weight} free, {both.level[i] // weight} waiting"
        ),
    )
