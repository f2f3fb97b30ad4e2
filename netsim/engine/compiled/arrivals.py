"""Arrivals: consignments end their way, stock goes to who waits, and the stories that hang on them go on."""

from __future__ import annotations

from netsim.engine.compiled.codes import (
    AS_FREE,
    AS_RESERVED,
    AS_TRANSIT,
    BY_RECEIVE,
    END_LOST,
    END_RECEIVED,
)
from netsim.engine.compiled.cores import arrive_box, resume_core
from netsim.engine.compiled.foresight import fetch_goods
from netsim.engine.compiled.jit import subroutine
from netsim.engine.compiled.lines import at_hand, give
from netsim.engine.compiled.orders import arrive_device, line_arrived
from netsim.engine.compiled.pool import release
from netsim.engine.compiled.recorder import move
from netsim.engine.compiled.shipments import BOX, DEVICE, load
from netsim.engine.compiled.stockpoint import first, left_of
from netsim.engine.compiled.supply import call_allocation, fill

__all__ = ["allocate", "arrives", "loses"]


@subroutine
def arrives(run, consignment, first):
    """A consignment has arrived: what it carries changes lanes, or has come to the end of its way."""
    run.consignments.received[consignment] = run.now
    run.consignments.outcome[consignment] = END_RECEIVED
    place = first
    while place >= 0:
        goods = run.goods[place]
        following = goods.next
        if following >= 0:
            fetch_goods(run, following)
        if goods.kind == DEVICE:
            goods.customs += _border_seconds(run, consignment)
        goods.leg += 1
        route = run.route[goods.route]
        if goods.leg < route.last - route.first:
            load(run, place)
        else:
            _arrive(run, place, consignment, run.consignments.lane[consignment], 0)
        place = following


@subroutine
def loses(run, consignment, first):
    """A consignment, a customer's device, is lost."""
    run.consignments.outcome[consignment] = END_LOST
    run.goods[first].customs += _border_seconds(run, consignment)
    _arrive(run, first, consignment, run.consignments.lane[consignment], 1)


@subroutine
def _border_seconds(run, consignment):
    """Return the seconds that a consignment spent in customs."""
    at_border = run.consignments.at_border[consignment]
    return 0 if at_border < 0 else run.consignments.released[consignment] - at_border


@subroutine
def _arrive(run, place, consignment, lane, lost):
    goods = run.goods[place]
    what, kind, pieces, customs = goods.what, goods.kind, goods.pieces, goods.customs
    if kind == BOX:
        arrive_box(run, goods, consignment, lane)
        release(run.goods_pool, run.goods, place)
        resume_core(run, what)
        return
    release(run.goods_pool, run.goods, place)
    if kind == DEVICE:
        arrive_device(run, what, lost, customs)
    else:
        _receive(run, what, pieces, consignment, lane)


@subroutine
def _receive(run, row, pieces, consignment, lane):
    """Take *pieces* of a request off *lane* into free stock, or straight to the line they were sent for."""
    request = run.request[row]
    point, line = run.point[request.asker], request.line
    run.requests.received[row] = run.now
    state = AS_FREE if line < 0 else AS_RESERVED
    move(run, point.part, pieces, lane, AS_TRANSIT, point.node, state, BY_RECEIVE, consignment)
    if line < 0:
        point.free += pieces
        call_allocation(run, request.asker)
    elif at_hand(run, line, pieces):
        line_arrived(run, run.line[line].order)


@subroutine
def allocate(run, p):
    """Let free stock go to who waits."""
    point = run.point[p]
    point.allocating = 0
    while point.free != 0:
        claimant = first(run, p)
        if claimant < 0:
            return
        who = run.claimant[claimant].who
        pieces = min(point.free, left_of(run, who))
        point.waiting -= pieces
        if who < 0:
            fill(run, point, ~who, pieces)
        elif give(run, who, pieces):
            line_arrived(run, run.line[who].order)
