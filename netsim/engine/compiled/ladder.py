"""The shortage ladder: what a line does that its node's free stock cannot serve."""

from __future__ import annotations

from numba.extending import register_jitable

from netsim.engine.compiled.clock import AT_DEADLINE, at, key_of
from netsim.engine.compiled.codes import FOR_EMERGENCY, FOR_LATERAL, NEVER, RUNG_HOME, RUNG_LATERAL
from netsim.engine.compiled.jit import subroutine
from netsim.engine.compiled.lines import divert, wait
from netsim.engine.compiled.stockpoint import can_spare, in_order, left_of
from netsim.engine.compiled.supply import due, free_at, time_from
from netsim.policies.shortage import rung_is_taken

__all__ = ["climb", "review_retries", "slipped"]

register_jitable(rung_is_taken)


@subroutine
def climb(run, row):
    """Send a line to the first rung that serves it in time, or let it wait at home."""
    line = run.line[row]
    point = run.point[line.point]
    if run.node[point.node].climbs and not can_spare(point, line.left) and _diverts(run, row):
        return
    wait(run, row)


@subroutine
def _diverts(run, row):
    line = run.line[row]
    point = run.point[line.point]
    node = run.node[point.node]
    for number in range(node.first_rung, node.last_rung):
        rung = run.rung[number]
        if rung.kind == RUNG_HOME:
            expected = _home_arrival(run, row)
            if expected <= line.deadline:
                _watch(run, row, expected)
                return False
            continue
        for i in range(rung.first_giver, rung.last_giver):
            giver = run.giver[i]
            free, kept = free_at(run, giver.node, point.part), _kept(run, giver.node, point.part, rung.keep)
            nominal = time_from(run, giver.node, giver.route)
            if rung_is_taken(free, kept, line.left, run.now, nominal, line.deadline):
                reason = FOR_LATERAL if rung.kind == RUNG_LATERAL else FOR_EMERGENCY
                divert(run, row, giver, number - node.first_rung, reason)
                return True
    return False


@subroutine
def _home_arrival(run, row):
    """Return when the node's own replenishment would arrive at its nominal time; `NEVER` if nobody can tell."""
    line = run.line[row]
    if line.queued and line.replenishment >= 0:  # asked for already: what is late may come at any time
        expected = due(run, line.replenishment)
        return expected if expected > run.now else NEVER
    point = run.point[line.point]
    for i in range(point.first_source, point.last_source):
        source = run.source[i]
        if free_at(run, source.node, point.part) >= line.left:
            return run.now + time_from(run, source.node, source.route)
    return NEVER


@subroutine
def _kept(run, node, part, keep):
    if keep >= 0:
        return keep
    p = run.index[node * run.part_count + part]
    return max(0, run.point[p].low) if p >= 0 else 0


@subroutine
def _watch(run, row, expected):
    """Look again once the home arrival is late: what arrives on the due second is handed out at its end."""
    line, late = run.line[row], expected + 1
    retry = run.node[run.point[line.point].node].retry
    if retry and max(run.now, line.watched) < late and late < run.horizon:
        line.watched = late
        at(run, late, key_of(AT_DEADLINE, row, 0), row)


@subroutine
def slipped(run, row):
    """The home arrival of a line is late: climb again if it still waits."""
    line = run.line[row]
    if not line.queued or line.left == 0:
        return
    if run.point[line.point].free == 0:
        _diverts(run, row)
    else:
        _try_again(run, line.point, row)


@subroutine
def review_retries(run, p):
    """Climb again, at a review of stock point *p*, for the lines that wait there."""
    if run.node[run.point[p].node].retry:
        _try_again(run, p, -1)


@subroutine
def _try_again(run, p, only):
    """Climb again for lines that wait at *p*, but not for those that its free stock serves in this instant."""
    free, count = run.point[p].free, in_order(run, p)
    for priority in range(run.priority_count):
        place = run.queue[p * run.priority_count + priority].first
        while place >= 0 and count > 0:
            count -= 1
            who = run.claimant[place].who
            place = run.claimant[place].next
            left = left_of(run, who)
            if left <= 0:
                continue
            if left <= free:
                free -= left
            elif who < 0 or not (only < 0 or only == who) or not _diverts(run, who):
                free = 0  # it takes what there is and waits on
