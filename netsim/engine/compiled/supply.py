"""Supply: stock points order from their sources, sources fill requests, and ask their own sources in turn."""

from __future__ import annotations

from numba.extending import register_jitable

from netsim.engine.compiled.clock import AT_ALLOCATION, AT_END, at, key_of
from netsim.engine.compiled.codes import (
    AFTER_WORK,
    AS_FREE,
    AS_OUTSIDE,
    BY_PURCHASE,
    BY_SHIP,
    DRAW_LEAD,
    FOR_PURCHASE,
    FOR_REPLENISHMENT,
    NEVER,
    ORDER_UP_TO,
    PLENTY,
    SUPPLIER,
)
from netsim.engine.compiled.counts import purchase
from netsim.engine.compiled.dice import seconds
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.pool import new_row
from netsim.engine.compiled.shipments import PARCEL, new_goods, send
from netsim.engine.compiled.stockpoint import enqueue
from netsim.policies import replenishment

__all__ = [
    "call_allocation",
    "delivers",
    "due",
    "fill",
    "free_at",
    "order",
    "place_request",
    "receive_repaired",
    "replenish",
    "take_back",
    "time_from",
    "wanted",
]

for _rule in (replenishment.base_stock, replenishment.reorder_point, replenishment.min_max, replenishment.order_up_to):
    register_jitable(_rule)
_order_quantity = replenishment.order_quantity
register_jitable(_order_quantity)


# Orders of stock points ----------------------------------------------------------------------------------------------


@inline
def wanted(point):
    """Return the pieces that the rule of *point* wants to order at its present position."""
    return _order_quantity(point.rule, point.position + (point.in_repair >> 32), point.low, point.high)


@subroutine
def replenish(run, p, owner, number):
    """Return the request that stock point *p*'s rule places now, or -1; its source does the same, and so on upwards.

    (R,S) orders at its reviews only.
    """
    first = -1
    while p >= 0:
        point = run.point[p]
        if point.rule == ORDER_UP_TO or point.first_source == point.last_source:
            break
        pieces = wanted(point)
        if pieces == 0:
            break
        row = _place_order(run, p, pieces, owner, number)
        if first < 0:
            first = row
        p = run.request[row].source
    return first


@inline
def order(run, p, pieces, owner, number):
    """Order *pieces* for stock point *p* whatever its rule, and let its source do as its own rule says."""
    row = _place_order(run, p, pieces, owner, number)
    replenish(run, run.request[row].source, owner, number)


@subroutine
def _place_order(run, p, pieces, owner, number):
    """Return a request to the first source that can fill it from free stock, or else to the first of all."""
    point = run.point[p]
    chosen = point.first_source
    if point.last_source - chosen > 1:
        for candidate in range(point.first_source, point.last_source):
            if free_at(run, run.source[candidate].node, point.part) >= pieces:
                chosen = candidate
                break
    source = run.source[chosen]
    reason = FOR_PURCHASE if run.node[source.node].kind == SUPPLIER else FOR_REPLENISHMENT
    return place_request(run, p, source, pieces, owner, number, reason, -1)


@subroutine
def place_request(run, p, source, qty, owner, number, reason, line):
    """Return a request of stock point *p* for *qty* pieces from *source*, filled as far as free stock goes.

    One raised at a review waits for the allocation of its instant: otherwise nodes that review together would be
    served in the order of their numbers. The source's own replenishment is left to the caller.
    """
    asker, table, now = run.point[p], run.requests, run.now
    row = new_row(run, table)
    table.origin[row] = asker.node
    table.target[row] = source.node
    table.part[row] = asker.part
    table.qty[row] = qty
    table.owner[row] = owner
    table.number[row] = number
    table.reason[row] = reason
    table.line[row] = line
    table.asked[row] = now
    table.at_once[row] = 0
    table.filled[row] = -1
    table.received[row] = -1
    table.cancelled[row] = 0
    request = run.request[row]
    request.asker = p
    request.left = qty
    request.route = source.route
    request.owner = owner
    request.number = number
    request.asked = now
    request.line = line
    if line < 0:
        asker.position += qty
    if run.node[source.node].kind == SUPPLIER:
        request.source = -1
        _purchase(run, row, source)
        return row
    s = run.index[source.node * run.part_count + asker.part]
    request.source = s
    giver = run.point[s]
    giver.position -= qty
    if giver.free > 0 and giver.waiting == 0 and not run.reviewing:
        fill(run, giver, row, min(giver.free, qty))
    if request.left > 0:
        enqueue(run, s, asker.priority, ~row)
        call_allocation(run, s)
    return row


@subroutine
def take_back(run, row, pieces):
    """Let no more than what is filled of *pieces* of a request be asked for."""
    request = run.request[row]
    taken = min(pieces, request.left)
    if taken != 0:
        request.left -= taken
        run.point[request.asker].position -= taken
        run.requests.cancelled[row] += taken
        if request.source >= 0:
            giver = run.point[request.source]
            giver.waiting -= taken
            giver.position += taken


# Filling and receiving -----------------------------------------------------------------------------------------------


@inline
def _purchase(run, row, source):
    request, lead = run.request[row], run.node[source.node].lead
    stream = run.owner_count + run.node_count + run.lane_count + source.pair
    attempt = 0
    if run.duration[lead].random:
        attempt = purchase(run, source.pair, request.owner, request.number)
    length = seconds(run, lead, stream, request.owner, request.number, 0, DRAW_LEAD, attempt)
    if length > 0:
        at(run, run.now + length, key_of(AT_END, AFTER_WORK | row, 0), row)
    else:
        delivers(run, row)


@inline
def delivers(run, row):
    """A supplier's lead time ends: what is still wanted leaves."""
    request = run.request[row]
    if request.left != 0:
        _ship(run, row, run.requests.target[row], request.left, AS_OUTSIDE, BY_PURCHASE)


@inline
def fill(run, giver, row, pieces):
    """Ship *pieces* of a request from the free stock of the point that was asked."""
    giver.free -= pieces
    _ship(run, row, giver.node, pieces, AS_FREE, BY_SHIP)


@subroutine
def _ship(run, row, node, pieces, state, reason):
    request, table = run.request[row], run.requests
    request.left -= pieces
    table.filled[row] = run.now
    if run.now == request.asked:
        table.at_once[row] += pieces
    place = new_goods(run, PARCEL, row, request.owner, request.number)
    goods = run.goods[place]
    goods.node = node
    goods.part = run.point[request.asker].part
    goods.pieces = pieces
    goods.state = state
    goods.reason = reason
    send(run, place, request.route)


@subroutine
def receive_repaired(run, p, owner, number):
    """Add one repaired piece, already moved into place, to free stock."""
    point = run.point[p]
    point.free += 1
    point.position += 1
    point.in_repair -= point.weight
    call_allocation(run, p)
    if point.weight < 1 << 32:
        replenish(run, p, owner, number)


# What is free, and when it would come --------------------------------------------------------------------------------


@subroutine
def free_at(run, node, part):
    """Return the free pieces that nobody waits for; a supplier has more than anyone asks."""
    if run.node[node].kind == SUPPLIER:
        return PLENTY
    p = run.index[node * run.part_count + part]
    if p < 0:
        return 0
    return max(0, run.point[p].free - run.point[p].waiting)


@subroutine
def time_from(run, node, route):
    """Return the nominal seconds of a delivery from *node* along *route*, a supplier's lead time included."""
    lead = run.duration[run.node[node].lead].mean if run.node[node].kind == SUPPLIER else 0
    return run.route[route].nominal + lead


@subroutine
def due(run, row):
    """Return when a request should have come in full at nominal times; `NEVER` while its source lacks pieces."""
    request, nominal = run.request[row], run.route[run.request[row].route].nominal
    if request.left != 0 and request.source >= 0:
        return NEVER
    if request.left != 0:
        return request.asked + run.duration[run.node[run.requests.target[row]].lead].mean + nominal
    return run.requests.filled[row] + nominal


@subroutine
def call_allocation(run, p):
    """Let free stock go to who waits, once in this instant."""
    point = run.point[p]
    if point.waiting != 0 and point.free != 0 and not point.allocating:
        point.allocating = 1
        at(run, run.now, key_of(AT_ALLOCATION, p, 0), p)
