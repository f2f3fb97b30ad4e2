"""A stock point's queues: who waits for its pieces, by priority, then second of asking, then tie mark.

A queue holds the claimants of one priority in order of asking; those of one second stand side by side. A claimant is
the row of a line, or ~row of a request. One that wants nothing more stays where it is until its turn comes.
"""

from __future__ import annotations

from netsim.engine.compiled.codes import DATE, DRAW_TIE
from netsim.engine.compiled.dice import mark
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.pool import acquire, release

__all__ = ["can_spare", "enqueue", "first", "in_order", "left_of"]


@inline
def left_of(run, who):
    """Return the pieces that a claimant still wants."""
    return run.line[who].left if who >= 0 else run.request[~who].left


@inline
def can_spare(point, pieces):
    """Return whether *pieces* stay free when all who wait in this instant have been served."""
    return point.free - point.waiting >= pieces


@subroutine
def enqueue(run, p, priority, who):
    """Let a claimant wait its turn at stock point *p*."""
    place = acquire(run, run.claimant_pool, run.claimant)
    claimant = run.claimant[place]
    claimant.who = who
    claimant.asked = run.now
    claimant.next = -1
    queue = run.queue[p * run.priority_count + priority]
    if queue.first < 0:
        queue.first = place
    else:
        run.claimant[queue.last].next = place
    queue.last = place
    if queue.ranked == run.now:
        queue.ranked = -1
    run.point[p].waiting += left_of(run, who)


@subroutine
def first(run, p):
    """Return who is served next at stock point *p*: its place among the claimants, or -1."""
    for priority in range(run.priority_count):
        queue = run.queue[p * run.priority_count + priority]
        _drop_served(run, queue)
        if queue.first < 0:
            continue
        head = run.claimant[queue.first]
        if queue.ranked != head.asked and head.next >= 0 and run.claimant[head.next].asked == head.asked:
            _rank(run, queue, head.asked)
            _drop_served(run, queue)
        return queue.first
    return -1


@inline
def _drop_served(run, queue):
    place = queue.first
    while place >= 0 and left_of(run, run.claimant[place].who) <= 0:
        following = run.claimant[place].next
        release(run.claimant_pool, run.claimant, place)
        place = following
    queue.first = place


@subroutine
def _rank(run, queue, asked):
    """Put those who asked first in order of their tie marks, once for all of them: an instant may have thousands."""
    living, place = 0, queue.first
    while place >= 0 and run.claimant[place].asked == asked:
        if left_of(run, run.claimant[place].who) > 0:
            living += 1
        place = run.claimant[place].next
    queue.ranked = asked
    if living < 2:
        return
    place = queue.first
    while place >= 0 and run.claimant[place].asked == asked:
        claimant = run.claimant[place]
        claimant.mark = 0
        if left_of(run, claimant.who) > 0:
            claimant.mark = mark(run, run.owner_count + _asking_node(run, claimant.who), DATE, asked, 0, DRAW_TIE, 0)
        place = claimant.next
    _sort(run, queue, queue.first, -1, asked)


@inline
def _asking_node(run, who):
    return run.point[run.line[who].point if who >= 0 else run.request[~who].asker].node


@subroutine
def in_order(run, p):
    """Put the claimants of stock point *p* in order of service, ties by rank, and return how many there are."""
    count = 0
    for priority in range(run.priority_count):
        queue = run.queue[p * run.priority_count + priority]
        before, place = -1, queue.first
        queue.ranked = -1
        while place >= 0:
            asked, members, last = run.claimant[place].asked, 0, place
            start = place
            while place >= 0 and run.claimant[place].asked == asked:
                run.claimant[place].mark = 0
                members += 1
                last = place
                place = run.claimant[place].next
            if members > 1:
                last = _sort(run, queue, start, before, asked)
            count += members
            before = last
    return count


@subroutine
def _sort(run, queue, start, before, asked):
    """Sort the claimants of second *asked* from *start* on, and return the last of them; *before* comes before them.

    A merge sort on the list itself: runs of 1, 2, 4 ... are merged until one is left.
    """
    claimants = run.claimant
    end = start
    while end >= 0 and claimants[end].asked == asked:
        end = claimants[end].next
    head, width, last = start, 1, start
    while True:
        here, tail, merges = head, -1, 0
        while here != end:
            merges += 1
            other, left = here, 0
            while left < width and other != end:
                left += 1
                other = claimants[other].next
            right = width
            while left > 0 or (right > 0 and other != end):
                if left > 0 and (right == 0 or other == end or not _precedes(run, other, here)):
                    taken = here
                    here = claimants[here].next
                    left -= 1
                else:
                    taken = other
                    other = claimants[other].next
                    right -= 1
                if tail < 0:
                    head = taken
                else:
                    claimants[tail].next = taken
                tail = taken
            here = other
        claimants[tail].next = end
        last = tail
        if merges <= 1:
            break
        width *= 2
    if before < 0:
        queue.first = head
    else:
        claimants[before].next = head
    if end < 0:
        queue.last = last
    return last


@inline
def _cause(run, who):
    if who >= 0:
        line = run.line[who]
        return line.owner, line.number, who
    request = run.request[~who]
    return request.owner, request.number, ~who


@subroutine
def _precedes(run, a, b):
    """Return whether claimant *a* is served before *b*: by tie mark, then cause and row."""
    one, other = run.claimant[a], run.claimant[b]
    if one.mark != other.mark:
        return one.mark < other.mark
    return _cause(run, one.who) < _cause(run, other.who)
