"""Reviews: dates at which stock points look at their position, and at which the plan changes their levels."""

from __future__ import annotations

from netsim.engine.compiled.clock import AT_REVIEW, at, key_of
from netsim.engine.compiled.codes import AS_FREE, AS_OUTSIDE, BY_OPENING, DATE, ORDER_UP_TO, REORDER_POINT
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.ladder import review_retries
from netsim.engine.compiled.pool import new_row
from netsim.engine.compiled.recorder import move
from netsim.engine.compiled.supply import order, wanted

__all__ = ["FIRST", "LEVEL", "SCHEDULED", "look", "open_stock", "relevel", "review"]

LEVEL, SCHEDULED, FIRST = 0, 1, 2
"""Legs of a date: a review at the second of a new level looks at the new one."""


@subroutine
def open_stock(run):
    """Put opening stock in place and call the first dates. Stock that is not given opens at its level."""
    for p in range(run.point_count):
        point = run.point[p]
        _set_levels(run, p, 0)
        full = point.low + point.high if point.rule == REORDER_POINT else point.high
        if point.low < 0:
            full = 0  # nothing is bought before it is asked for
        stock = point.opening if point.opening >= 0 else full
        point.free = stock
        point.position = stock
        if stock != 0:
            move(run, point.part, stock, point.node, AS_OUTSIDE, point.node, AS_FREE, BY_OPENING, -1)
        _call_review(run, p, 0)
        _call_level(run, p, 0)
        if point.rule != ORDER_UP_TO and point.first_source < point.last_source and wanted(point) != 0:
            at(run, 0, key_of(AT_REVIEW, p, FIRST), 0)


@inline
def _set_levels(run, p, row):
    point = run.point[p]
    point.low = run.plan_low[row * run.point_count + p]
    point.high = run.plan_high[row * run.point_count + p]


@inline
def _call_review(run, p, which):
    if run.point[p].review >= 0:
        dates = run.dates[run.point[p].review]
        if which < dates.size:
            at(run, dates.times[which], key_of(AT_REVIEW, p, SCHEDULED), which)


@subroutine
def review(run, p, which):
    """Look at the position of stock point *p* at its date number *which*, and order."""
    point, table = run.point[p], run.reviews
    review_retries(run, p)
    position = point.position + (point.in_repair >> 32)
    ordered = look(run, p)
    row = new_row(run, table)
    table.time[row] = run.now
    table.stock_point[row] = p
    table.target[row] = point.high
    table.position[row] = position
    table.ordered[row] = ordered
    _call_review(run, p, which + 1)


@subroutine
def look(run, p):
    """Return what stock point *p* orders at this date; its request waits for the allocation of this instant."""
    point = run.point[p]
    pieces = wanted(point) if point.first_source < point.last_source else 0
    if pieces != 0:
        run.reviewing = 1
        order(run, p, pieces, DATE, run.now)
        run.reviewing = 0
    return pieces


@subroutine
def _call_level(run, p, row):
    n = run.point_count
    for later in range(row + 1, run.plan_rows):
        here, before = later * n + p, (later - 1) * n + p
        if run.plan_low[here] != run.plan_low[before] or run.plan_high[here] != run.plan_high[before]:
            at(run, run.plan_time[later], key_of(AT_REVIEW, p, LEVEL), later)
            return


@subroutine
def relevel(run, p, row):
    """Give stock point *p* the levels of the plan's *row*."""
    _set_levels(run, p, row)
    if run.point[p].rule != ORDER_UP_TO:
        look(run, p)
    _call_level(run, p, row)
