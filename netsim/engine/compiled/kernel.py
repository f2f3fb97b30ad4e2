"""The kernel: one occurrence after the other until the horizon, and for each the function that tells it."""

from __future__ import annotations

from netsim.engine.compiled.arrivals import allocate, arrives, loses
from netsim.engine.compiled.benches import open_bench, take_job, work_ends
from netsim.engine.compiled.clock import (
    AT_ALLOCATION,
    AT_ARRIVAL,
    AT_CALENDAR,
    AT_CLAIM,
    AT_DEADLINE,
    AT_END,
    AT_GRANT,
    AT_REVIEW,
    claim_subject,
    key_of,
    leg_of,
    next_event,
    owner_of,
    phase_of,
    subject_of,
)
from netsim.engine.compiled.codes import AFTER_WORK
from netsim.engine.compiled.cores import resume_core
from netsim.engine.compiled.fleets import FAILURE, open_fleets
from netsim.engine.compiled.foresight import fetch_claim, fetch_next
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.ladder import slipped
from netsim.engine.compiled.orders import resume_order, take
from netsim.engine.compiled.pool import new_row
from netsim.engine.compiled.recorder import blank_order
from netsim.engine.compiled.reviews import LEVEL, SCHEDULED, look, open_stock, relevel, review
from netsim.engine.compiled.shipments import close_dock, departs
from netsim.engine.compiled.supply import delivers

__all__ = ["live"]


@subroutine
def live(run):
    """Let everything happen that comes before the horizon."""
    open_stock(run)
    open_fleets(run)
    while True:
        time, claim_is_next = _look_ahead(run)
        if run.dock and time > run.now:
            close_dock(run)
            continue
        if time >= run.horizon:
            break
        run.now = time
        if claim_is_next:
            _claim(run)
        else:
            _, key, what = next_event(run)
            fetch_next(run)
            _happen(run, key, what)
    run.now = run.horizon


@inline
def _look_ahead(run):
    """Return when the next occurrence is, and whether it is a claim: claims come in order, beside the heap."""
    claim = run.claim
    if run.event_pool.used == 0:
        return (run.claim_time[claim], True) if claim < run.claims else (run.horizon, False)
    first = run.event[0]
    time = first.time
    if claim < run.claims:
        claimed = run.claim_time[claim]
        if claimed < time:
            return claimed, True
        if claimed == time:
            key = key_of(AT_CLAIM, claim_subject(run.claim_zone[claim], run.claim_k[claim]), 0)
            return time, key < first.key
    return time, False


@subroutine
def _claim(run):
    """The next claim of the tape becomes an order."""
    row = run.claim
    run.claim = row + 1
    fetch_claim(run)
    zone, k, mode, warranty = run.claim_zone[row], run.claim_k[row], run.claim_mode[row], run.claim_warranty[row]
    blank_order(run, row, zone, k, mode, run.claim_cohort[row], warranty)
    take(run, row, zone, k, mode, warranty)


@subroutine
def _failure(run, owner, number):
    """A fleet's unit fails."""
    mode, row = run.fleet[owner - run.zone_count].mode, new_row(run, run.orders)
    blank_order(run, row, owner, number, mode, -1, 1)
    take(run, row, owner, number, mode, 1)


@inline
def _resume(run, story):
    if story >= 0:
        resume_order(run, story)
    else:
        resume_core(run, ~story)


@subroutine
def _grant(run, number):
    """Technicians take the jobs that wait."""
    bench = run.bench[number]
    bench.granting = 0
    while bench.queue >= 0 and (bench.idle > 0 or bench.unlimited):
        story = take_job(run, bench)
        if not bench.unlimited:
            bench.idle -= 1
        _resume(run, story)


@subroutine
def _happen(run, key, what):
    """Tell one occurrence."""
    phase, subject = phase_of(key), subject_of(key)
    if phase == AT_ARRIVAL:
        if what >= 0:
            arrives(run, subject, what)
        else:
            loses(run, subject, ~what)
    elif phase == AT_END:
        if subject >= AFTER_WORK:
            delivers(run, what)
        else:
            work_ends(run, subject)
            _resume(run, what)
    elif phase == AT_ALLOCATION:
        allocate(run, what)
    elif phase == AT_GRANT:
        _grant(run, what)
    elif phase == AT_REVIEW:
        leg = leg_of(key)
        if leg == LEVEL:
            relevel(run, subject, what)
        elif leg == SCHEDULED:
            review(run, subject, what)
        else:
            look(run, subject)
    elif phase == AT_CLAIM:
        if leg_of(key) == FAILURE:
            _failure(run, owner_of(subject), what)
        else:
            resume_order(run, what)
    elif phase == AT_CALENDAR:
        open_bench(run, what)
    elif phase == AT_DEADLINE:
        slipped(run, what)
    else:
        departs(run, what)
