"""Counts: how often a cause has drawn before from one stream, which gives each draw an address of its own.

A hash table with open addresses. Its entries are never removed: a cause may come back at any time.
"""

from __future__ import annotations

from netsim.engine.compiled.faults import stop
from netsim.engine.compiled.jit import inline, subroutine

__all__ = ["purchase", "repeat"]

_THING_BITS, _NUMBER_BITS = 48, 32
_NUMBERS = (1 << _NUMBER_BITS) - 1
_GOLDEN = -7046029254386353131  # 2^64 / the golden ratio, odd: Fibonacci hashing (Knuth 6.4)


@inline
def _find(run, pool, table, thing, owner, number):
    """Return the entry of a cause, new with time -1 if there is none. *pool*'s room is a power of two."""
    key = (thing << _THING_BITS) | ((owner + 1) << _NUMBER_BITS) | (number & _NUMBERS)
    key += 1  # 0 is an empty entry
    mixed = key * _GOLDEN
    mask = pool.room - 1
    place = ((mixed >> 24) ^ mixed >> 43) & mask
    while table[place].key != key:
        if table[place].key == 0:
            if 4 * pool.used >= 3 * pool.room:
                stop(run, pool.code)
            pool.used += 1
            new = table[place]
            new.key = key
            new.time = -1
            new.times = 0
            break
        place = (place + 1) & mask
    return place


@subroutine
def repeat(run, pool, table, thing, owner, number):
    """Return how often the cause (*owner*, *number*) has drawn from *thing* before, and count this time."""
    entry = table[_find(run, pool, table, thing, owner, number)]
    times = entry.times
    entry.times = times + 1
    return times


@subroutine
def purchase(run, pair, owner, number):
    """Return which purchase of its cause this is: what one buyer asks for in one instant is one order."""
    entry = run.lead_count[_find(run, run.lead_count_pool, run.lead_count, pair, owner, number)]
    if entry.time < 0:
        entry.time = run.now
    elif entry.time != run.now:
        entry.time = run.now
        entry.times += 1
    return entry.times
