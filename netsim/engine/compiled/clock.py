"""The clock: a heap of what is to come, in the order of (second, key) of the engine contract.

A heap of four children to a parent: half as deep as one of two, and four entries of 16 bytes are one line of the cache.
"""

from __future__ import annotations

from netsim.engine.compiled.codes import LEG_BITS, SUBJECT_BITS
from netsim.engine.compiled.faults import stop
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.contract import NUMBER_BITS, Phase

__all__ = [
    "AT_ALLOCATION",
    "AT_ARRIVAL",
    "AT_CALENDAR",
    "AT_CLAIM",
    "AT_DEADLINE",
    "AT_DEPARTURE",
    "AT_END",
    "AT_GRANT",
    "AT_REVIEW",
    "at",
    "claim_subject",
    "key_of",
    "leg_of",
    "next_event",
    "owner_of",
    "phase_of",
    "subject_of",
]

_PHASE_BITS = SUBJECT_BITS + LEG_BITS
_MIDDLE = 8  # phases are counted from here, so that keys are signed integers of 64 bits
_SUBJECTS = (1 << SUBJECT_BITS) - 1
_LEGS = (1 << LEG_BITS) - 1

AT_CALENDAR, AT_ARRIVAL, AT_END = int(Phase.CALENDAR), int(Phase.ARRIVAL), int(Phase.END)
AT_DEADLINE, AT_CLAIM, AT_REVIEW = int(Phase.DEADLINE), int(Phase.CLAIM), int(Phase.REVIEW)
AT_ALLOCATION, AT_GRANT, AT_DEPARTURE = int(Phase.ALLOCATION), int(Phase.GRANT), int(Phase.DEPARTURE)


@inline
def key_of(phase, subject, leg):
    """Return the key of an occurrence among those of its second: `netsim.engine.contract.pack`, in order."""
    return ((phase - _MIDDLE) << _PHASE_BITS) | (subject << LEG_BITS) | leg


@inline
def phase_of(key):
    """Return the phase in a key."""
    return (key >> _PHASE_BITS) + _MIDDLE


@inline
def subject_of(key):
    """Return the subject in a key."""
    return (key >> LEG_BITS) & _SUBJECTS


@inline
def leg_of(key):
    """Return the leg in a key."""
    return key & _LEGS


@inline
def claim_subject(owner, number):
    """Return the subject of claim *number* of *owner*: `netsim.engine.contract.claim_subject`."""
    return (owner << NUMBER_BITS) | number


@inline
def owner_of(subject):
    """Return the owner in the subject of a claim."""
    return subject >> NUMBER_BITS


@subroutine
def at(run, time, key, what):
    """Let something happen to *what* at *time*; what comes at the horizon or later never does."""
    if time >= run.horizon:
        return
    pool, heap = run.event_pool, run.event
    place = pool.used
    if place >= pool.room:
        stop(run, pool.code)
    pool.used = place + 1
    while place > 0:
        above = (place - 1) >> 2
        parent = heap[above]
        if parent.time < time or (parent.time == time and parent.key < key):
            break
        here = heap[place]
        here.time, here.key, here.what = parent.time, parent.key, parent.what
        place = above
    here = heap[place]
    here.time, here.key, here.what = time, key, what


@subroutine
def next_event(run):
    """Return time, key and subject of the first occurrence, which is taken off the heap."""
    pool, heap = run.event_pool, run.event
    first = heap[0]
    time, key, what = first.time, first.key, first.what
    size = pool.used - 1
    pool.used = size
    last = heap[size]
    last_time, last_key, last_what = last.time, last.key, last.what
    place = 0
    while True:
        child = 4 * place + 1
        if child >= size:
            break
        best, best_time, best_key = child, heap[child].time, heap[child].key
        for other in range(child + 1, min(child + 4, size)):
            other_time = heap[other].time
            if other_time < best_time or (other_time == best_time and heap[other].key < best_key):
                best, best_time, best_key = other, other_time, heap[other].key
        if last_time < best_time or (last_time == best_time and last_key < best_key):
            break
        here = heap[place]
        here.time, here.key, here.what = best_time, best_key, heap[best].what
        place = best
    here = heap[place]
    here.time, here.key, here.what = last_time, last_key, last_what
    return time, key, what
