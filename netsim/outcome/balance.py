"""The balance of a run: laws that no correct engine can break, checked on its records."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netsim.engine.records import (
    Component,
    LineEnd,
    MoveReason,
    OrderState,
    Records,
    StockState,
    Table,
    UncoveredReason,
)
from netsim.errors import NetsimError
from netsim.model.model import Model
from netsim.outcome.complaints import complain, find_disorder, lies_within, tell_row
from netsim.outcome.conservation import broken_moves
from netsim.outcome.movement import broken_boxes, broken_work, idle_stock
from netsim.outcome.moves import MoveRows

__all__ = ["BalanceError", "check_balance"]

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
        moved = MoveRows(records.moves)
        faults += _lost_subjects(records, moved)
    if not faults:
        faults += _broken_times(records)
        faults += _broken_orders(records)
        faults += _broken_lines(records)
        faults += _broken_requests(records)
        faults += broken_boxes(model, records, moved)
        faults += broken_work(model, records)
        faults += idle_stock(model, records, moved)
        faults += broken_moves(model, records, moved, complain)
    if faults:
        raise BalanceError(tuple(faults))


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
            if lies_within(values, least, limit):
                continue
            bad = np.flatnonzero((values < least) | (values >= limit))
            tell = tell_row(table, getattr(records, table), column)
            yield from complain(f"{table}.{column} points at something that exists", bad, tell)


def _lost_subjects(records: Records, moved: MoveRows) -> Iterator[str]:
    """Yield complaints on moves of consignments and lines that do not exist."""
    moves, (_, lines, boxes) = records.moves, (len(t[c]) for t, c in _lengths(records))
    for reasons, what, size in (
        ((MoveReason.SHIP, MoveReason.PURCHASE, MoveReason.RECEIVE, MoveReason.FORWARD), "consignment", boxes),
        ((MoveReason.RESERVE, MoveReason.RELEASE), "line", lines),
    ):
        for reason in reasons:
            rows = moved.of(reason)
            subject = moves["subject"][rows]
            if not lies_within(subject, -1, size):
                bad = rows[(subject < -1) | (subject >= size)]
                yield from complain(f"a move's {what} exists", bad, tell_row("moves", moves, "reason", "subject"))


def _lengths(records: Records) -> tuple[tuple[Table, str], ...]:
    return (records.orders, "zone"), (records.lines, "order"), (records.consignments, "lane")


def _broken_times(records: Records) -> Iterator[str]:
    """Yield complaints on times outside the run."""
    for name, columns in _TIMES.items():
        table = getattr(records, name)
        for column in columns:
            future = (name, column) in _FUTURE
            if lies_within(table[column], -1, 2**31 if future else records.horizon):
                continue
            beyond = (table[column] >= records.horizon) & (not future)
            bad = np.flatnonzero(beyond | (table[column] < -1))
            yield from complain("a run stops before its horizon", bad, tell_row(name, table, column))


def _broken_orders(records: Records) -> Iterator[str]:
    orders = records.orders
    state, closed, handed = orders["state"], orders["closed"], orders["handed_over"]
    states = np.zeros(256, dtype=bool)
    states[[int(s) for s in OrderState]] = True
    known = states[state.view(np.uint8)]
    tell = tell_row("orders", orders, "state", "closed", "reason")
    wrong = ~known | ((state >= OrderState.REPAIRED) != (closed >= 0))
    yield from complain("an order is open or in one terminal state", np.flatnonzero(wrong), tell)
    wrong = (orders["reason"] != UncoveredReason.NONE) != (state == OrderState.UNCOVERED)
    yield from complain("uncovered orders have a reason, others none", np.flatnonzero(wrong), tell)
    yield from find_disorder("orders", orders, _STAMPS)
    parts = tuple(component.name.lower() for component in Component)
    total, negative = np.zeros(len(state), dtype=np.int64), np.zeros(len(state), dtype=bool)
    for name in parts:
        total += orders[name]
        negative |= orders[name] < 0
    tell = tell_row("orders", orders, "handed_over", "closed", *parts)
    yield from complain("components of time are not negative", np.flatnonzero(negative), tell)
    wrong = (closed >= 0) & (handed >= 0) & (total != closed.astype(np.int64) - handed)
    yield from complain("components of time add up to closed - handed over", np.flatnonzero(wrong), tell)
    identity = orders["zone"].astype(np.int64) << 40 | orders["k"].astype(np.int64) << 8 | orders["generation"]
    ordered, again = np.sort(identity), np.zeros(0, dtype=np.int64)
    if bool((ordered[1:] == ordered[:-1]).any()):
        again = np.setdiff1d(np.arange(len(identity)), np.unique(identity, return_index=True)[1])
    yield from complain("no identity is used twice", again, tell_row("orders", orders, "zone", "k", "generation"))


def _broken_lines(records: Records) -> Iterator[str]:
    lines = records.lines
    outcome, ended = lines["outcome"], lines["ended"]
    yield from find_disorder("lines", lines, ("requested", "reserved", "arrived"))
    yield from find_disorder("lines", lines, ("requested", "ended"))
    yield from find_disorder("lines", lines, ("requested", "deadline"))
    tell = tell_row("lines", lines, "qty", "outcome", "requested", "reserved", "arrived", "ended")
    yield from complain(
        "a line that is over has an end", np.flatnonzero((outcome == LineEnd.OPEN) != (ended < 0)), tell
    )
    yield from complain(
        "an arrived line was reserved", np.flatnonzero((lines["arrived"] >= 0) & (lines["reserved"] < 0)), tell
    )
    bad = (outcome == LineEnd.INSTALLED) & ((lines["arrived"] < 0) | (ended < lines["arrived"]))
    yield from complain("an installed line had arrived", np.flatnonzero(bad), tell)
    yield from complain("a line wants pieces", np.flatnonzero(lines["qty"] <= 0), tell)
    owned = np.flatnonzero(lines["order"] >= 0)
    created = records.orders["created"][lines["order"][owned]]
    yield from complain(
        "a line is requested after its order was created", owned[lines["requested"][owned] < created], tell
    )


def _broken_requests(records: Records) -> Iterator[str]:
    requests = records.requests
    yield from find_disorder("requests", requests, ("asked", "filled"))
    yield from find_disorder("requests", requests, ("asked", "received"))
    qty, once, gone = requests["qty"], requests["at_once"], requests["cancelled"]
    filled = requests["filled"]
    tell = tell_row("requests", requests, "qty", "at_once", "cancelled", "asked", "filled", "received")
    bad = (qty <= 0) | (once < 0) | (gone < 0) | (once + gone > qty)
    yield from complain("a request is filled and cancelled no more than asked", np.flatnonzero(bad), tell)
    yield from complain("what is filled at once has a time", np.flatnonzero((once > 0) & (filled < 0)), tell)
    whole = (once == qty) & (filled != requests["asked"])
    yield from complain("a request filled at once is filled when asked", np.flatnonzero(whole & (once > 0)), tell)
    unfilled = (requests["received"] >= 0) & (filled < 0)
    yield from complain("what is received was filled", np.flatnonzero(unfilled), tell)
    # Pieces leave as they come, so the last may leave after others were received; then they are still on their way.
    again = (requests["received"] >= 0) & (requests["received"] < filled)
    if not again.any():
        return
    moves, parts = records.moves, int(records.moves["part"].max(initial=-1)) + 1
    on_the_way = (StockState.RESERVED, StockState.TRANSIT)  # a piece may wait for its departure
    change = np.isin(moves["to_state"], on_the_way).astype(np.int64) - np.isin(moves["from_state"], on_the_way)
    left = np.bincount(moves["part"], weights=change * moves["qty"], minlength=parts)
    early = again & (left <= 0)[requests["part"]]
    yield from complain("what was filled last is on its way or received", np.flatnonzero(early), tell)
