"""The recorder: rows of the tables of `netsim.engine.records`, written as things happen."""

from __future__ import annotations

from netsim.engine.compiled.jit import subroutine
from netsim.engine.compiled.pool import new_row

__all__ = ["blank_order", "move"]


@subroutine
def move(run, part, qty, from_place, from_state, to_place, to_state, reason, subject):
    """Write that *qty* pieces of *part* move now."""
    table = run.moves
    row = new_row(run, table)
    table.time[row] = run.now
    table.part[row] = part
    table.qty[row] = qty
    table.from_place[row] = from_place
    table.from_state[row] = from_state
    table.to_place[row] = to_place
    table.to_state[row] = to_state
    table.reason[row] = reason
    table.subject[row] = subject


@subroutine
def blank_order(run, row, zone, k, mode, cohort, warranty):
    """Write the row of an order of which nothing is known but its claim."""
    table = run.orders
    table.zone[row] = zone
    table.k[row] = k
    table.mode[row] = mode
    table.cohort[row] = cohort
    table.warranty[row] = warranty
    table.created[row] = run.now
    table.parent[row] = -1
    table.generation[row] = 0
    table.paid[row] = 0
    table.node[row] = -1
    table.channel[row] = -1
    table.state[row] = 0
    table.reason[row] = 0
    table.handed_over[row] = -1
    table.received[row] = -1
    table.diagnosed[row] = -1
    table.complete[row] = -1
    table.repaired[row] = -1
    table.ready[row] = -1
    table.closed[row] = -1
    table.call[row] = 0
    table.queue[row] = 0
    table.diagnosis[row] = 0
    table.quote[row] = 0
    table.parts[row] = 0
    table.repair[row] = 0
    table.transport[row] = 0
    table.customs[row] = 0
    table.shut[row] = 0
