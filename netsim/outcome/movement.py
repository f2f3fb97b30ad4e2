"""Laws of consignments, of work at benches, and of stock beside lines that wait for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import ConsignmentEnd, MoveReason, Records, StockState, WorkEnd
from netsim.model.model import Model
from netsim.outcome.complaints import complain, find_disorder, lies_within, tell_row
from netsim.outcome.hours import Hours
from netsim.outcome.kernels import find_idle, kernel
from netsim.outcome.moves import STEP, MoveRows
from netsim.outcome.trajectories import Levels, in_time_order

__all__ = ["broken_boxes", "broken_work", "idle_stock"]

Ints = npt.NDArray[np.int64]
Column = npt.NDArray[Any]


def broken_boxes(model: Model, records: Records, moved: MoveRows) -> Iterator[str]:
    """Yield complaints on consignments: their times, their legs, their order on FIFO lanes, and their pieces."""
    boxes, lanes, moves = records.consignments, model.lanes, records.moves
    yield from find_disorder("consignments", boxes, ("departed", "at_border", "released", "received"))
    received = boxes["received"]
    tell = tell_row("consignments", boxes, "lane", "next", "departed", "at_border", "received", "outcome")
    yield from complain(
        "a consignment is received or not",
        np.flatnonzero((boxes["outcome"] == ConsignmentEnd.RECEIVED) != (received >= 0)),
        tell,
    )
    here = np.flatnonzero(boxes["next"] >= 0)
    after = boxes["next"][here]
    broken = (received[here] < 0) | (boxes["departed"][after] < received[here])
    broken |= lanes.destination[boxes["lane"][here]] != lanes.origin[boxes["lane"][after]]
    yield from complain("a leg begins where and after the last one ended", here[broken], tell)
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
    yield from complain("nothing overtakes on a FIFO lane", fifo[1:][same & (np.diff(arrival) < 0)], tell)
    for reason, column, place in (
        (MoveReason.SHIP, "departed", "to_place"),
        (MoveReason.RECEIVE, "received", "from_place"),
    ):
        rows = moved.of(reason)
        box = moves["subject"][rows]
        if not lies_within(box, 0, len(received)):
            rows, box = rows[box >= 0], box[box >= 0]
        bad = (boxes[column][box] != moves["time"][rows]) | (boxes["lane"][box] != moves[place][rows])
        yield from complain(f"pieces move with their consignment ({column})", box[bad], tell)


def broken_work(model: Model, records: Records) -> Iterator[str]:
    """Yield complaints on work: its times, its opening hours, and more of it at once than there are technicians."""
    work, benches = records.work, model.benches
    yield from find_disorder("work", work, ("joined", "start", "end"))
    start, end, content = work["start"], work["end"], work["content"]
    tell = tell_row("work", work, "bench", "start", "end", "content", "outcome")
    yield from complain(
        "work under way has no end", np.flatnonzero((work["outcome"] == WorkEnd.UNDER_WAY) != (end < 0)), tell
    )
    if not len(start):
        return
    opens = model.nodes.opens[benches.node[work["bench"]]]
    yield from complain("no work before the node opens", np.flatnonzero((start >= 0) & (start < opens)), tell)
    done = np.flatnonzero((start >= 0) & (end >= 0))
    begun, ended, calendars = start[done], end[done], benches.calendar[work["bench"][done]]
    hours = Hours(model.calendars, until=records.horizon)
    # Work may begin at closing, where it follows on what has just ended; it ends in opening hours.
    (before, early), (after, late) = hours.look(calendars, begun), hours.look(calendars, ended)
    shut = early | late
    yield from complain("work begins and ends in opening hours", done[shut], tell)
    bad = ~shut & (after - before != content[done])
    yield from complain("work takes its content in open time", done[bad], tell)
    yield from _overloaded(model, records)


def _overloaded(model: Model, records: Records) -> Iterator[str]:
    """Check that no bench has more technicians at work for any time than it has at all."""
    work, limit = records.work, model.benches.technicians
    began = np.flatnonzero((work["start"] >= 0) & (limit[work["bench"]] > 0))
    bench, ended = work["bench"][began], work["end"][began]
    until = np.where(ended >= 0, ended, np.int32(records.horizon))
    # Starts and ends in order, bench by bench: with c technicians, the one that comes c later waits for this end.
    starts, ends = (np.sort(bench.astype(np.int64) << 32 | times) for times in (work["start"][began], until))
    later = np.arange(len(starts)) + limit[starts >> 32]
    here = np.flatnonzero(later < len(starts))
    here = here[starts[later[here]] >> 32 == starts[here] >> 32]
    for number in np.unique(starts[here[starts[later[here]] < ends[here]]] >> 32).tolist():
        mine = bench == number
        time = np.concatenate([work["start"][began][mine], until[mine]])
        step = np.repeat([1, -1], np.count_nonzero(mine))
        most = Levels.of(np.zeros(len(time), np.int64), time, step, 1).highest(0, records.horizon)
        if most[0] > limit[number]:
            where = model.node_names[model.benches.node[number]]
            yield (
                f"technicians in use are no more than there are: bench of {where}: {most[0]} in use of {limit[number]}"
            )


def idle_stock(model: Model, records: Records, moved: MoveRows) -> Iterator[str]:
    """Yield complaints on free stock that lasts at a node while a line there waits for that part."""
    lines, parts = records.lines, max(1, len(model.part_names))
    waits = np.flatnonzero((lines["source"] == lines["node"]) & (lines["requested"] >= 0))
    until = np.where(lines["reserved"][waits] >= 0, lines["reserved"][waits], lines["ended"][waits])
    until = np.where(until >= 0, until, np.int32(records.horizon))
    waits, until = waits[until > lines["requested"][waits]], until[until > lines["requested"][waits]]
    place = lines["node"][waits].astype(np.int64) * parts + lines["asked"][waits]
    ones = np.ones(len(waits), dtype=np.int64)
    size = len(model.node_names) * parts
    if not _may_idle(moved, size, parts, (lines["requested"][waits], until, place)):
        return
    key, time, delta = _free_steps(moved, place, size, parts)
    weight = 1 << 32  # waiting lines in the upper half, free pieces in the lower
    both = Levels.of(
        np.r_[key, place, place],
        np.r_[time, lines["requested"][waits], until],
        np.r_[delta, ones * weight, -ones * weight],
        size,
    )
    idle = (both.level % weight > 0) & (both.level // weight > 0) & (both.seconds(0, records.horizon) > 0)
    rows = np.flatnonzero(idle)
    yield from complain(
        "free stock and a line that waits for it do not last",
        rows,
        lambda i: (
            f"{model.part_names[both.key[i] % parts]} at {model.node_names[both.key[i] // parts]} "
            f"from {both.time[i]}: {both.level[i] % weight} free, {both.level[i] // weight} waiting"
        ),
    )


def _may_idle(moved: MoveRows, size: int, parts: int, waits: tuple[Column, Column, Column]) -> bool:
    """Return whether free stock may have lain where a line waited for it, from, until and where *waits* say."""
    moves = moved.moves
    fast, (requested, until, place) = kernel(find_idle, len(moves["time"])), waits
    if fast is None or not all(
        lies_within(moves[f"{side}_place"][moves[f"{side}_state"] == StockState.FREE], 0, size // parts)
        for side in ("from", "to")
    ):
        return True
    ones = np.ones(len(place), dtype=np.int8)
    when, key, step = in_time_order((requested, place, ones), (until, place, -ones))
    columns = [moves[name] for name in STEP]
    return bool(fast(*columns, int(StockState.FREE), parts, when, key, step, np.zeros((size, 3), dtype=np.int64)))


def _free_steps(moved: MoveRows, waited: Ints, size: int, parts: int) -> tuple[Ints, Ints, Ints]:
    """Return place * parts + part, second and size of each step of free stock where lines have *waited*."""
    moves, asked = moved.moves, np.zeros(size, dtype=np.bool_)
    asked[waited] = True
    found = []
    for reason in MoveReason:
        rows = moved.of(reason)
        for side, sign in (("from", -1), ("to", 1)):
            free = rows[moves[f"{side}_state"][rows] == StockState.FREE]
            key = moves[f"{side}_place"][free].astype(np.int64) * parts + moves["part"][free]
            mine = np.flatnonzero(asked[np.minimum(key, size - 1)] & (key < size))
            rows_here = free[mine]
            found.append((key[mine], moves["time"][rows_here], sign * moves["qty"][rows_here]))
    key, time, delta = (np.concatenate(column).astype(np.int64) for column in zip(*found, strict=True))
    return key, time, delta
