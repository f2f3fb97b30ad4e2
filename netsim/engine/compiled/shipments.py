"""Shipments: goods leave on lanes, cross borders and change lanes.

Everything bound for one lane from one cause in one instant is one consignment; on a scheduled lane everything that is
ready by the cut-off is. A customer's device always travels as a consignment of its own. What arrival means to the
goods is told in `netsim.engine.compiled.arrivals`.
"""

from __future__ import annotations

from netsim.engine.compiled.clock import AT_ARRIVAL, AT_DEPARTURE, at, key_of
from netsim.engine.compiled.codes import (
    AS_CORE,
    AS_FREE,
    AS_RESERVED,
    AS_RETURNING,
    AS_TRANSIT,
    BY_FORWARD,
    BY_RESERVE,
    DATE,
    DRAW_CLEARANCE,
    DRAW_HOLD,
    DRAW_HOLD_TIME,
    DRAW_LOSS,
    DRAW_TRANSIT,
    END_UNDER_WAY,
    LAST_SECOND,
    NEVER,
)
from netsim.engine.compiled.counts import repeat
from netsim.engine.compiled.dice import mark, seconds
from netsim.engine.compiled.faults import too_large
from netsim.engine.compiled.hours import first_after, next_open
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.pool import acquire, new_row
from netsim.engine.compiled.recorder import move

__all__ = ["BOX", "DEVICE", "PARCEL", "close_dock", "departs", "load", "new_goods", "send"]

PARCEL, BOX, DEVICE = 0, 1, 2
"""Kinds of goods: pieces for who asked for them, a core or repaired part in its loop, a customer's device."""


@inline
def new_goods(run, kind, what, owner, number):
    """Return the place of new goods; *what* is a request's row, a core's or an order's place."""
    place = acquire(run, run.goods_pool, run.goods)
    goods = run.goods[place]
    goods.kind = kind
    goods.what = what
    goods.owner = owner
    goods.number = number
    goods.device = -1
    goods.leg = 0
    goods.consignment = -1
    goods.customs = 0
    goods.next = -1
    return place


@inline
def send(run, place, route):
    """Put goods on their way along *route*."""
    run.goods[place].route = route
    load(run, place)


@inline
def _lane_of(run, goods):
    return run.route_lane[run.route[goods.route].first + goods.leg]


@subroutine
def load(run, place):
    """Put goods on the dock of their next lane, or let them wait for its departure."""
    goods = run.goods[place]
    number = _lane_of(run, goods)
    lane = run.lane[number]
    goods.next = -1
    if not lane.scheduled:
        _put_on_dock(run, lane, number, place)
        return
    if goods.leg == 0:
        _wait(run, goods, lane.origin)
    goods.ready = run.now
    if lane.first_waiting < 0:
        lane.first_waiting = place
    else:
        run.goods[lane.last_waiting].next = place
    lane.last_waiting = place
    if lane.pending < 0:
        _call_departure(run, number, run.now)


@inline
def _wait(run, goods, node):
    """Pieces that wait for a departure are reserved."""
    if goods.kind == PARCEL and goods.state == AS_FREE:
        move(run, goods.part, goods.pieces, node, AS_FREE, node, AS_RESERVED, BY_RESERVE, -1)
        goods.state = AS_RESERVED


@inline
def _put_on_dock(run, lane, number, place):
    """Join the load of the same lane and cause in this instant, or begin one. Loads leave in the order they began."""
    goods = run.goods[place]
    found = -1
    if run.dock:
        found = lane.loads
        while found >= 0:
            load = run.load[found]
            if load.owner == goods.owner and load.number == goods.number and load.device == goods.device:
                run.goods[load.last].next = place
                load.last = place
                return
            found = load.next
    pool = run.load_pool
    at_end = acquire(run, pool, run.load)
    load = run.load[at_end]
    load.lane = number
    load.owner = goods.owner
    load.number = goods.number
    load.device = goods.device
    load.first = place
    load.last = place
    load.next = lane.loads
    lane.loads = at_end
    run.dock += 1


@subroutine
def close_dock(run):
    """At the end of an instant: what was put on the dock leaves, grouped by lane and cause."""
    count = run.dock
    run.dock = 0
    run.load_pool.used = 0
    for i in range(count):
        load = run.load[i]
        run.lane[load.lane].loads = -1
    for i in range(count):
        load = run.load[i]
        _leave(run, load.lane, load.owner, load.number, load.first)


@inline
def _call_departure(run, number, ready):
    lane = run.lane[number]
    i = first_after(lane.departures, lane.dates, ready + lane.cut_off - 1)
    lane.pending = lane.departures[i] if i < lane.dates else NEVER
    at(run, lane.pending, key_of(AT_DEPARTURE, number, 0), number)


@subroutine
def departs(run, number):
    """A scheduled departure takes along what was ready by the cut-off."""
    lane = run.lane[number]
    lane.pending = -1
    stock, last, devices, last_device = -1, -1, -1, -1
    place = lane.first_waiting
    while place >= 0 and run.goods[place].ready + lane.cut_off <= run.now:
        goods = run.goods[place]
        following = goods.next
        goods.next = -1
        if goods.device < 0:
            if last < 0:
                stock = place
            else:
                run.goods[last].next = place
            last = place
        else:
            if last_device < 0:
                devices = place
            else:
                run.goods[last_device].next = place
            last_device = place
        place = following
    lane.first_waiting = place
    if stock >= 0:
        _leave(run, number, DATE, run.now, stock)
    while devices >= 0:
        goods = run.goods[devices]
        following = goods.next
        goods.next = -1
        _leave(run, number, goods.owner, goods.number, devices)
        devices = following
    if lane.first_waiting >= 0:
        _call_departure(run, number, run.goods[lane.first_waiting].ready)


@subroutine
def _leave(run, number, owner, k, first):
    """Let the goods from *first* on leave as one consignment."""
    lane, table, now = run.lane[number], run.consignments, run.now
    head = run.goods[first]
    held, lost = 0, False
    arrival = now + lane.fixed
    released = arrival
    if not lane.plain:
        arrival, released, held, lost = _draw(run, number, owner, k, head.device)
    received = released
    if lane.receives >= 0 and not lost:
        received = next_open(run.calendar[lane.receives], released)
    if lane.border and released > LAST_SECOND:
        too_large(run)
    row = new_row(run, table)
    table.lane[row] = number
    table.leg[row] = head.leg
    table.next[row] = -1
    table.owner[row] = owner
    table.number[row] = k
    table.order[row] = head.device
    table.departed[row] = now
    table.at_border[row] = arrival if lane.border else -1
    table.released[row] = released if lane.border else -1
    table.received[row] = -1
    table.held[row] = held
    table.outcome[row] = END_UNDER_WAY
    place = first
    while place >= 0:
        goods = run.goods[place]
        _depart(run, goods, row, number)
        if goods.leg > 0:
            table.next[goods.consignment] = row
        goods.consignment = row
        place = goods.next
    at(run, received, key_of(AT_ARRIVAL, row, head.leg), ~first if lost else first)


@inline
def _depart(run, goods, row, number):
    """Write what the departure of goods as part of a consignment means."""
    if goods.kind == DEVICE:
        return
    moving = AS_RETURNING if goods.state == AS_CORE else AS_TRANSIT
    if goods.leg > 0:
        before = run.route_lane[run.route[goods.route].first + goods.leg - 1]
        move(run, goods.part, goods.pieces, before, moving, number, moving, BY_FORWARD, row)
    else:
        move(run, goods.part, goods.pieces, goods.node, goods.state, number, moving, goods.reason, row)


@subroutine
def _draw(run, number, owner, k, device):
    """Return when a consignment ends its transit and leaves customs, whether it is held, whether it is lost."""
    lane = run.lane[number]
    stream = run.owner_count + run.node_count + number
    attempt = repeat(run, run.count_pool, run.count, number, owner, k)
    arrival = run.now + seconds(run, lane.transit, stream, owner, k, 0, DRAW_TRANSIT, attempt)
    if lane.fifo:
        arrival = max(arrival, lane.last)
        lane.last = arrival
    released, held = arrival, 0
    if lane.border:
        released += seconds(run, lane.clearance, stream, owner, k, 0, DRAW_CLEARANCE, attempt)
        if lane.hold > 0 and mark(run, stream, owner, k, 0, DRAW_HOLD, attempt) < lane.hold:
            held = 1
            released += seconds(run, lane.hold_time, stream, owner, k, 0, DRAW_HOLD_TIME, attempt)
    lost = lane.loss > 0 and device >= 0 and mark(run, stream, owner, k, 0, DRAW_LOSS, attempt) < lane.loss
    return arrival, released, held, lost
