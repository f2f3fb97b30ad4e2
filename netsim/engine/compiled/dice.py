"""Draws: marks from the tape turned into seconds and chances; `netsim.tape.draws` in machine words."""

from __future__ import annotations

import numpy as np
from numba.extending import register_jitable

from netsim.distributions import lookup, value
from netsim.engine.compiled.codes import CERTAIN, DATE
from netsim.engine.compiled.faults import unscripted
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.structs import high_word

__all__ = ["chance", "exponential", "mark", "seconds"]

# Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3 (SC 2011): multipliers and key increments.
_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_INCREMENT_0, _INCREMENT_1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_ROUNDS = 10
_MARK = np.uint64((1 << 32) - 1)

register_jitable(lookup)
register_jitable(value)


@inline
def _block(key_0, key_1, a, b, c):
    """Return the low half of the first word of the Philox block at counter (a, b, c, 0)."""
    d = np.uint64(0)
    for _ in range(_ROUNDS):
        low, high = _MULTIPLIER_0 * a, high_word(_MULTIPLIER_0, a)
        left, right = _MULTIPLIER_1 * c, high_word(_MULTIPLIER_1, c)
        a, b, c, d = right ^ b ^ key_0, left, high ^ d ^ key_1, low
        key_0 += _INCREMENT_0
        key_1 += _INCREMENT_1
    return np.int64(a & _MARK)


@subroutine
def _scripted(run, stream, owner, number, line, purpose, attempt):
    for i in range(run.script_size):
        found = run.script[i]
        if (
            found.stream == stream
            and found.number == number
            and found.purpose == purpose
            and found.line == line
            and found.attempt == attempt
        ):
            return found.mark
    if run.script_default < 0:
        unscripted(run, stream, owner, number, line, purpose, attempt)
    return run.script_default


@subroutine
def mark(run, stream, owner, number, line, purpose, attempt):
    """Return the mark (0 .. 2^32 - 1) of *stream* at an address."""
    if run.scripted:
        return _scripted(run, stream, owner, number, line, purpose, attempt)
    word = np.uint64(0) if owner == DATE else run.owner_word[owner]
    address = np.uint64((line << 40) | (purpose << 32) | attempt)
    return _block(run.key[2 * stream], run.key[2 * stream + 1], np.uint64(number), word, address)


@inline
def seconds(run, duration, stream, owner, number, line, purpose, attempt):
    """Return the seconds of *duration* at the mark with this address; a fixed duration draws nothing."""
    length = run.duration[duration]
    if not length.random:
        return length.mean
    return value(length.cells, length.mean, mark(run, stream, owner, number, line, purpose, attempt))


@inline
def chance(run, threshold, stream, owner, number, purpose, attempt):
    """Return whether an event of probability *threshold* / 2^32 happens to a claim."""
    if threshold == 0:
        return False
    if threshold >= CERTAIN:
        return True
    return mark(run, stream, owner, number, 0, purpose, attempt) < threshold


@inline
def exponential(run, drawn):
    """Return the unit exponential at a mark, in 2^-24."""
    return lookup(run.exponential, drawn)
