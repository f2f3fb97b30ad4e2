"""Benches: technicians in opening hours, who take jobs by (priority, time joined, claim time, zone, k).

A *story* is the place of an order, or ~place of a core. Jobs wait in a pairing heap (Fredman, Sedgewick, Sleator,
Tarjan 1986): they mostly come in the order in which they are taken, which costs nothing there.
"""

from __future__ import annotations

from netsim.engine.compiled.clock import AT_CALENDAR, AT_END, AT_GRANT, at, key_of
from netsim.engine.compiled.codes import LAST_SECOND, WORK_DONE, WORK_UNDER_WAY
from netsim.engine.compiled.faults import ENDLESS, stop, too_large
from netsim.engine.compiled.hours import end_of_work, is_open, next_open
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.pool import acquire, new_row, release
from netsim.engine.contract import MOST_ATTEMPTS

__all__ = ["bench_is_open", "call_grant", "join", "leave", "note", "open_bench", "take_job", "work", "work_ends"]


@inline
def bench_is_open(run, bench):
    """Return whether *bench* is open now."""
    return bench.calendar < 0 or is_open(run.calendar[bench.calendar], run.now)


@subroutine
def join(run, number, story, claimed, owner, k, line):
    """Queue for a technician; return whether the story must wait."""
    bench = run.bench[number]
    if bench.unlimited and bench_is_open(run, bench):
        return False
    place = acquire(run, run.job_pool, run.job)
    job = run.job[place]
    job.joined = run.now
    job.claimed = claimed
    job.owner = owner
    job.number = k
    job.line = line
    job.story = story
    job.child = -1
    job.next = -1
    bench.queue = place if bench.queue < 0 else _meld(run, bench.queue, place)
    call_grant(run, number)
    return True


@inline
def _precedes(one, other):
    if one.joined != other.joined:
        return one.joined < other.joined
    if one.claimed != other.claimed:
        return one.claimed < other.claimed
    if one.owner != other.owner:
        return one.owner < other.owner
    if one.number != other.number:
        return one.number < other.number
    return one.line < other.line


@inline
def _meld(run, a, b):
    """Return the root of the two heaps in one."""
    if _precedes(run.job[b], run.job[a]):
        a, b = b, a
    run.job[b].next = run.job[a].child
    run.job[a].child = b
    return a


@subroutine
def take_job(run, bench):
    """Return the story of the job that is first in the queue, which leaves it."""
    root = bench.queue
    story = run.job[root].story
    place, pairs = run.job[root].child, -1
    release(run.job_pool, run.job, root)
    while place >= 0:  # meld the children two by two ...
        partner = run.job[place].next
        following = -1
        run.job[place].next = -1
        if partner >= 0:
            following = run.job[partner].next
            run.job[partner].next = -1
            place = _meld(run, place, partner)
        run.job[place].next = pairs
        pairs = place
        place = following
    heap = -1
    while pairs >= 0:  # ... and the pairs from the last to the first
        following = run.job[pairs].next
        run.job[pairs].next = -1
        heap = pairs if heap < 0 else _meld(run, heap, pairs)
        pairs = following
    bench.queue = heap
    return story


@subroutine
def work(run, number, story, subject, activity, part, joined, content, attempt):
    """Start *content* seconds of work, which elapse in opening hours; return its row."""
    bench, table = run.bench[number], run.work
    end = run.now + content
    if bench.calendar >= 0:
        end = end_of_work(run.calendar[bench.calendar], run.now, content)
    if attempt > MOST_ATTEMPTS:
        stop(run, ENDLESS)
    if content > LAST_SECOND:
        too_large(run)
    row = new_row(run, table)
    table.bench[row] = number
    table.subject[row] = subject
    table.activity[row] = activity
    table.part[row] = part
    table.joined[row] = joined
    table.start[row] = run.now
    table.end[row] = -1
    table.content[row] = content
    table.outcome[row] = WORK_UNDER_WAY
    table.attempt[row] = attempt
    at(run, end, key_of(AT_END, row, 0), story)
    return row


@inline
def work_ends(run, row):
    """Write that the work in *row* is done."""
    run.work.end[row] = run.now
    run.work.outcome[row] = WORK_DONE


@inline
def note(run, row, outcome):
    """Write how the work in *row* ended, where it was not simply done."""
    run.work.outcome[row] = outcome


@inline
def leave(run, number):
    """Give a technician back."""
    bench = run.bench[number]
    if not bench.unlimited:
        bench.idle += 1
        if bench.queue >= 0:
            call_grant(run, number)


@subroutine
def call_grant(run, number):
    """Let technicians go to the jobs that wait at the end of this instant, or at the next opening."""
    bench = run.bench[number]
    if bench_is_open(run, bench):
        if not bench.granting and (bench.idle > 0 or bench.unlimited):
            bench.granting = 1
            at(run, run.now, key_of(AT_GRANT, number, 0), number)
    elif not bench.opening:
        bench.opening = 1
        at(run, next_open(run.calendar[bench.calendar], run.now), key_of(AT_CALENDAR, number, 0), number)


@inline
def open_bench(run, number):
    """A bench opens that somebody waits for."""
    bench = run.bench[number]
    bench.opening = 0
    if bench.queue >= 0:
        call_grant(run, number)
