"""Pools: places for what comes and goes, the one that was freed last used first, while it is still in the cache."""

from __future__ import annotations

from netsim.engine.compiled.faults import stop
from netsim.engine.compiled.jit import inline

__all__ = ["acquire", "new_row", "release"]


@inline
def acquire(run, pool, entries):
    """Return a free place in *entries*."""
    place = pool.free
    if place >= 0:
        pool.free = entries[place].next
        return place
    place = pool.used
    if place >= pool.room:
        stop(run, pool.code)
    pool.used = place + 1
    return place


@inline
def release(pool, entries, place):
    """Give *place* back."""
    entries[place].next = pool.free
    pool.free = place


@inline
def new_row(run, table):
    """Return the number of a new row of *table*; its cells are still to be written."""
    row = table.rows
    if row >= table.room:
        stop(run, table.code)
    table.rows = row + 1
    return row
