"""Moves, read once: the rows of each reason, and what lay where while the pieces moved on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, StockState, Table
from netsim.model.model import Model
from netsim.outcome.complaints import lies_within
from netsim.outcome.groups import Window, first_at
from netsim.outcome.kernels import group_rows, keep_rows, kernel, merge_rows, walk_moves

__all__ = ["AT_NODES", "ON_LANES", "STEP", "MoveRows", "Shelves", "follow_stock"]

Ints = npt.NDArray[np.int64]

STEP = ("time", "part", "qty", "from_place", "from_state", "to_place", "to_state")
"""Columns that say which pieces went when from where to where."""
ON_LANES = (StockState.TRANSIT, StockState.RETURNING)
AT_NODES = (StockState.FREE, StockState.RESERVED, StockState.CORE, StockState.WORK, StockState.SCRAP)
"""States whose places are nodes; free and reserved pieces, the good stock on hand, come first."""


class MoveRows:
    """The rows of a table of moves by reason, in order of time where the table is."""

    def __init__(self, moves: Table) -> None:
        self.moves = moves
        self._in_order: bool | None = None
        self._first: dict[int, int] = {}
        self._kept: dict[tuple[str, StockState, MoveReason], npt.NDArray[np.int32]] = {}
        reason = moves["reason"]
        self.start = np.zeros(len(MoveReason) + 1, dtype=np.int64)
        np.cumsum(np.bincount(reason, minlength=len(MoveReason)), out=self.start[1:])
        fast = kernel(group_rows, len(reason))
        if fast is None:
            self._rows = np.argsort(reason, kind="stable").astype(np.int32)
        else:
            self._rows = np.empty(len(reason), dtype=np.int32)
            fast(reason, self.start[:-1].copy(), self._rows)

    def of(self, *reasons: MoveReason) -> npt.NDArray[np.int32]:
        """Return the rows with one of *reasons*, rising."""
        return _merge([self._rows[self.start[reason] : self.start[reason + 1]] for reason in reasons])

    def into(self, state: StockState, *reasons: MoveReason) -> npt.NDArray[np.int32]:
        """Return the rows with one of *reasons* that lead to *state*, rising."""
        return _merge([self._keep("to_state", state, reason) for reason in reasons])

    def out_of(self, state: StockState, *reasons: MoveReason) -> npt.NDArray[np.int32]:
        """Return the rows with one of *reasons* that begin in *state*, rising."""
        return _merge([self._keep("from_state", state, reason) for reason in reasons])

    def within(self, window: Window, *reasons: MoveReason) -> npt.NDArray[np.int32]:
        """Return the rows with one of *reasons* whose time lies in *window*."""
        return self.cut(window, self.of(*reasons))

    def cut(self, window: Window, rows: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
        """Return those of *rows*, which rise, whose time lies in *window*."""
        every = self.moves["time"]
        if self._in_order is None:
            self._in_order = bool((every[1:] >= every[:-1]).all())
        if self._in_order:
            for second in (window.begin, window.end):
                if second not in self._first:
                    self._first[second] = first_at(every, second)
            return rows[first_at(rows, self._first[window.begin]) : first_at(rows, self._first[window.end])]
        time = every[rows]
        inside: npt.NDArray[np.int32] = rows[(time >= window.begin) & (time < window.end)]
        return inside

    def _keep(self, column: str, state: StockState, reason: MoveReason) -> npt.NDArray[np.int32]:
        """Return the rows of *reason* where *column* has *state*, found once: several figures ask for the same."""
        known = self._kept.get((column, state, reason))
        if known is not None:
            return known
        rows, states = self.of(reason), self.moves[column]
        found: npt.NDArray[np.int32]
        fast = kernel(keep_rows, len(states))
        if fast is None:
            found = rows[states[rows] == state]
        else:
            found = np.empty_like(rows)
            found = found[: fast(rows, states, int(state), found)]
        self._kept[column, state, reason] = found
        return found


def _merge(kinds: list[npt.NDArray[np.int32]]) -> npt.NDArray[np.int32]:
    """Return rows of several kinds, each rising, as one."""
    merged, *others = [rows for rows in kinds if len(rows)] or kinds[:1]
    for rows in others:
        fast = kernel(merge_rows, len(rows))
        if fast is None:
            merged = np.sort(np.concatenate([merged, rows]), kind="stable")
        else:
            one, merged = merged, np.empty(len(merged) + len(rows), dtype=np.int32)
            fast(one, rows, merged)
    return merged


@dataclass(frozen=True, slots=True)
class Shelves:
    """What lay where in a window: *area* piece-seconds by state, place and part, *seen* where there ever was a piece.

    Of free pieces at nodes *positive* is the seconds in which there were any, *stock* are free and reserved pieces at
    nodes at the window's end. Places at nodes are node * parts + part. *below* has the bit of every
    state that ever held fewer than no pieces; it is known only where *whole*.
    """

    nodes: int
    parts: int
    base: dict[StockState, int]
    area: Ints
    positive: Ints
    stock: Ints
    seen: npt.NDArray[np.bool_]
    below: int
    whole: bool

    def pieces(self, state: StockState, places: int) -> Ints:
        """Return the piece-seconds of *state* by place and part, one entry each."""
        return self._of(self.area, state, places)

    def good_stock(self, leads_to: Ints, nodes: int) -> tuple[Ints, npt.NDArray[np.bool_]]:
        """Return the piece-seconds of good pieces by node and part, and where any ever was; the last row is no node.

        Those on a lane stand where it *leads_to* (-1: no node).
        """
        pieces = np.zeros((nodes + 1, self.parts), dtype=np.int64)
        seen = np.zeros(pieces.shape, dtype=np.bool_)
        for state in (StockState.FREE, StockState.RESERVED):
            pieces[:-1] += self._of(self.area, state, nodes).reshape(nodes, self.parts)
            seen[:-1] |= self._of(self.seen, state, nodes).reshape(nodes, self.parts)
        lanes = len(leads_to)
        under_way, were = (
            self._of(a, StockState.TRANSIT, lanes).reshape(lanes, self.parts) for a in (self.area, self.seen)
        )
        for lane in np.flatnonzero(were.any(axis=1)).tolist():
            node = int(leads_to[lane])
            pieces[node] += under_way[lane]
            seen[node] |= were[lane].astype(np.bool_)
        return pieces, seen

    def _of(self, values: npt.NDArray[Any], state: StockState, places: int) -> npt.NDArray[Any]:
        first = self.base[state]
        return values[first : first + places * self.parts]


def follow_stock(model: Model, moves: Table, begin: int, end: int) -> Shelves:
    """Return the `Shelves` of the window [begin, end); the moves of each place stand in the order of time."""
    parts, nodes, lanes = len(model.part_names), len(model.node_names), len(model.lane_names)
    base = np.full(len(StockState), -1, dtype=np.int64)
    limit = np.zeros(len(StockState), dtype=np.int64)
    at = 0
    for states, places in ((AT_NODES, nodes), (ON_LANES, lanes)):
        for state in states:
            base[state], limit[state] = at, places
            at += places * parts
    ready, stock = nodes * parts, np.zeros(2 * nodes * parts, dtype=np.int64)
    columns, time = [moves[c] for c in STEP], moves["time"]
    fast, below = kernel(walk_moves, len(time)), 0
    ordered = fast is not None and bool((time[1:] >= time[:-1]).all())
    ordered = ordered and lies_within(moves["part"], 0, parts)
    if fast is not None and ordered:
        found = np.zeros((at, 4), dtype=np.int64)
        below = fast(*columns, base, limit, parts, ready, begin, end, found, stock)
        area, positive, seen = found[:, 1].copy(), found[:ready, 2].copy(), found[:, 3] > 0
    else:
        area, positive, seen = np.zeros(at, np.int64), np.zeros(ready, np.int64), np.zeros(at, np.bool_)
        _sum_moves(columns, base, limit, parts, begin, end, (area, positive, stock, seen))
    at_end = stock[:ready] + stock[ready:]
    offsets = {state: int(base[state]) for state in (*AT_NODES, *ON_LANES)}
    return Shelves(nodes, parts, offsets, area, positive, at_end, seen, int(below), ordered)


def _sum_moves(
    columns: list[npt.NDArray[Any]], base: Ints, limit: Ints, parts: int, begin: int, end: int,
    found: tuple[Ints, Ints, Ints, npt.NDArray[np.bool_]],
) -> None:  # fmt: skip
    """Do what `walk_moves` does, but for stock below zero: averages need no order, times above 0 a sort by place."""
    time, part, qty = columns[:3]
    area, positive, stock, seen = found
    free: list[tuple[npt.NDArray[Any], ...]] = []
    for sign, place, state in ((-1, columns[3], columns[4]), (1, columns[5], columns[6])):
        rows = np.flatnonzero((base[state] >= 0) & (place >= 0) & (place < limit[state]))
        at = base[state[rows]] + place[rows].astype(np.int64) * parts + part[rows]
        when, step = time[rows].astype(np.int64), sign * qty[rows].astype(np.int64)
        left = np.clip(end - np.maximum(when, begin), 0, None)
        area += np.bincount(at, step * left, len(area)).astype(np.int64)
        seen[at] = True
        held = (at < len(stock)) & (when < end)
        stock += np.bincount(at[held], step[held], len(stock)).astype(np.int64)
        shelf = at < len(positive)
        free.append((at[shelf], 2 * rows[shelf] + (sign > 0), step[shelf], left[shelf]))
    at, row, step, left = (np.concatenate(pair) for pair in zip(*free, strict=True))
    if not len(at):
        return
    order = np.lexsort((row, at))
    at, step, left = at[order], step[order], left[order]
    first = np.flatnonzero(np.r_[True, at[1:] != at[:-1]])
    total = np.cumsum(step)
    level = total - np.repeat(np.r_[0, total[first[1:] - 1]], np.diff(np.r_[first, len(at)]))
    before = level - step
    turned = (level > 0).astype(np.int64) - (before > 0)
    positive += np.bincount(at, turned * left, len(positive)).astype(np.int64)
