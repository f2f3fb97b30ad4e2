"""Lines: what orders need reserves free stock, waits for it at home, or is sent for elsewhere."""

from __future__ import annotations

from netsim.engine.compiled.codes import (
    AS_FREE,
    AS_INSTALLED,
    AS_RESERVED,
    BY_INSTALL,
    BY_RESERVE,
    LAST_SECOND,
    LINE_OPEN,
)
from netsim.engine.compiled.faults import too_large
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.pool import new_row
from netsim.engine.compiled.recorder import move
from netsim.engine.compiled.stockpoint import enqueue
from netsim.engine.compiled.supply import place_request, replenish, take_back

__all__ = ["ask", "at_hand", "divert", "end", "give", "wait"]


@subroutine
def ask(run, order, index, part, qty):
    """Return a new line of an order for *qty* of *part*, reserved as far as free stock goes where nobody waits."""
    holder, table, now = run.order[order], run.lines, run.now
    p = run.index[holder.node * run.part_count + part]
    point = run.point[p]
    if now + run.part_arrival > LAST_SECOND:
        too_large(run)
    row = new_row(run, table)
    table.order[row] = holder.row
    table.index[row] = index
    table.asked[row] = part
    table.given[row] = part
    table.qty[row] = qty
    table.node[row] = holder.node
    table.source[row] = holder.node
    table.rung[row] = 0
    table.requested[row] = now
    table.deadline[row] = now + run.part_arrival
    table.reserved[row] = -1
    table.arrived[row] = -1
    table.ended[row] = -1
    table.outcome[row] = LINE_OPEN
    line = run.line[row]
    line.point = p
    line.order = order
    line.qty = qty
    line.left = qty
    line.missing = qty
    line.deadline = now + run.part_arrival
    line.owner = holder.owner
    line.number = holder.number
    line.queued = 0
    line.replenishment = -1
    line.watched = -1
    if point.free > 0 and point.waiting == 0:
        pieces = min(point.free, qty)
        if give(run, row, pieces):
            holder.missing -= 1
        point.position -= pieces
        if line.left == 0:  # else the rest first finds its way: the rule sees a demand as a whole
            replenish(run, p, line.owner, line.number)
    return row


@subroutine
def wait(run, row):
    """Let a line join its node's queue and trigger the replenishment of what it misses."""
    line = run.line[row]
    line.queued = 1
    enqueue(run, line.point, run.line_priority, row)
    run.point[line.point].position -= line.left
    line.replenishment = replenish(run, line.point, line.owner, line.number)


@subroutine
def divert(run, row, giver, rung, reason):
    """Ask *giver* to send what a line misses straight to it; its wait at home is taken back."""
    line = run.line[row]
    point, missing, was_queued = run.point[line.point], line.left, line.queued
    if was_queued:
        line.queued = 0
        point.waiting -= missing
        point.position += missing
        if line.replenishment >= 0:
            take_back(run, line.replenishment, missing)
            line.replenishment = -1
    line.left = 0
    run.lines.source[row] = giver.node
    run.lines.rung[row] = rung
    request = place_request(run, line.point, giver, missing, line.owner, line.number, reason, row)
    replenish(run, run.request[request].source, line.owner, line.number)
    if run.request[request].left == 0:
        run.lines.reserved[row] = run.now
    if not was_queued and missing < line.qty:
        replenish(run, line.point, line.owner, line.number)


@inline
def end(run, row, outcome):
    """Install the pieces of a line at its node."""
    line = run.line[row]
    point = run.point[line.point]
    run.lines.ended[row] = run.now
    run.lines.outcome[row] = outcome
    move(run, point.part, line.qty, point.node, AS_RESERVED, point.node, AS_INSTALLED, BY_INSTALL, row)


@subroutine
def give(run, row, pieces):
    """Reserve free *pieces* for a line; return whether it now has all that it needs."""
    line = run.line[row]
    point = run.point[line.point]
    point.free -= pieces
    line.left -= pieces
    move(run, point.part, pieces, point.node, AS_FREE, point.node, AS_RESERVED, BY_RESERVE, row)
    if line.left == 0:
        line.queued = 0
        run.lines.reserved[row] = run.now
    return at_hand(run, row, pieces)


@subroutine
def at_hand(run, row, pieces):
    """Count *pieces* that are at the node for a line; return whether it now has all that it needs."""
    line = run.line[row]
    line.missing -= pieces
    if line.missing != 0:
        return False
    if run.lines.reserved[row] < 0:  # given by its source after it had asked
        run.lines.reserved[row] = run.now
    run.lines.arrived[row] = run.now
    return True
