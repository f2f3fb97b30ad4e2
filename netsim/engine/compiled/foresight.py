"""Foresight: what the next occurrence will ask for is fetched into the cache while this one is told.

In a large network nearly all of it lies far from the processor, each thing names the next (goods a request, that a
stock point), and a run is mostly waiting. Nothing here changes anything: a thing that is fetched in vain costs a load.
Only what certainly is there may be read; what is merely fetched may be anything.
"""

from __future__ import annotations

from netsim.engine.compiled.clock import AT_ALLOCATION, AT_ARRIVAL, AT_END, phase_of, subject_of
from netsim.engine.compiled.codes import AFTER_WORK, IN_DIAGNOSIS, IN_REPAIR, SWAP
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.shipments import BOX, PARCEL
from netsim.engine.compiled.structs import fetch

__all__ = ["fetch_claim", "fetch_goods", "fetch_next"]


@subroutine
def fetch_next(run):
    """Fetch what the occurrence after this one is about."""
    if run.event_pool.used == 0:
        return
    first = run.event[0]
    phase, what = phase_of(first.key), first.what
    if phase == AT_END:
        if subject_of(first.key) >= AFTER_WORK:
            fetch(run.point[run.request[what].asker])
        elif what >= 0:
            _fetch_order(run, run.order[what])
        else:
            fetch(run.core[~what])
    elif phase == AT_ARRIVAL:
        fetch_goods(run, what if what >= 0 else ~what)
    elif phase == AT_ALLOCATION:
        fetch(run.point[what])
        fetch(run.queue[what * run.priority_count])


@inline
def _fetch_order(run, order):
    """Fetch the stock point that an order at the end of its work turns to."""
    if order.component == IN_DIAGNOSIS:
        mode = run.mode[order.mode]
        if order.channel != SWAP and mode.first_need < mode.last_need:
            part = run.need[mode.first_need].part
            fetch(run.point[run.index[order.node * run.part_count + part]])
    elif order.component == IN_REPAIR and order.lines > 0:
        fetch(run.point[run.line[order.first_line].point])


@inline
def fetch_goods(run, place):
    """Fetch what goods that arrive are for: their next lane, or who waits for them."""
    goods = run.goods[place]
    if goods.next >= 0:
        fetch(run.goods[goods.next])
    route = run.route[goods.route]
    leg = route.first + goods.leg + 1
    if leg < route.last:
        fetch(run.lane[run.route_lane[leg]])
    elif goods.kind == PARCEL:
        fetch(run.point[run.request[goods.what].asker])
    elif goods.kind == BOX:
        fetch(run.core[goods.what])


@inline
def fetch_claim(run):
    """Fetch the outlets among which the claim after this one chooses."""
    if run.claim < run.claims:
        fetch(run.outlet[run.zone[run.claim_zone[run.claim]].first_outlet])
