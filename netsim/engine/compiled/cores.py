"""Cores: a removed part goes back, is repaired and becomes a good part again, or is scrapped.

A core's story goes on where it stopped: `resume_core` calls what its *step* waits for.
"""

from __future__ import annotations

from netsim.engine.compiled.benches import join, leave, note, work
from netsim.engine.compiled.codes import (
    AS_CORE,
    AS_FREE,
    AS_OUTSIDE,
    AS_RESERVED,
    AS_RETURNING,
    AS_SCRAP,
    AS_TRANSIT,
    AS_WORK,
    BY_BEYOND_REPAIR,
    BY_CORE_BORN,
    BY_LEFT_NETWORK,
    BY_RECEIVE,
    BY_REPAIRED,
    BY_SCRAPPED,
    BY_SHIP,
    BY_TO_BENCH,
    CERTAIN,
    DO_FACTORY,
    DRAW_BER,
    DRAW_CORE_KEPT,
    DRAW_FACTORY_WORK,
    DRAW_YIELD,
    FACTORY,
    PIECES,
    SUPPLIER,
    WORK_SCRAPPED,
)
from netsim.engine.compiled.dice import mark, seconds
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.pool import acquire, release
from netsim.engine.compiled.recorder import move
from netsim.engine.compiled.shipments import BOX, new_goods, send
from netsim.engine.compiled.supply import receive_repaired, replenish

__all__ = ["arrive_box", "remove", "resume_core"]

_RETURNING, _QUEUED, _AT_WORK, _GOING_HOME = 0, 1, 2, 3


@subroutine
def remove(run, order, index, part, qty):
    """Let *qty* cores of *part* be born where an order is, unless the part cannot be repaired or never comes back."""
    if not run.part[part].repairable:
        return
    holder = run.order[order]
    for piece in range(qty):
        word = index * PIECES + piece
        owner, number = holder.owner, holder.number
        if run.core_return < CERTAIN and mark(run, owner, owner, number, word, DRAW_CORE_KEPT, 0) >= run.core_return:
            continue
        place = acquire(run, run.core_pool, run.core)
        core = run.core[place]
        core.owner = owner
        core.number = number
        core.line = word
        core.claimed = holder.claimed
        core.subject = holder.row
        core.part = part
        core.node = holder.node
        core.target = run.core_target[holder.node * run.part_count + part]
        _move(run, core, AS_OUTSIDE, AS_CORE, BY_CORE_BORN)
        if core.target >= 0:
            run.point[core.target].in_repair += run.point[core.target].weight
        _seek_repair(run, place)


@inline
def resume_core(run, place):
    """Go on with the story of a core whose turn at the bench has come, whose work ends, or which has arrived."""
    core = run.core[place]
    if core.step == _RETURNING:
        _returned(run, place)
    elif core.step == _QUEUED:
        _begin_work(run, place)
    elif core.step == _AT_WORK:
        core.joined = run.now
        _work_ends(run, place)
    else:
        _go_home(run, place)


@inline
def _move(run, core, state, to, reason):
    """Write that a core changes its state where it is."""
    move(run, core.part, 1, core.node, state, core.node, to, reason, core.subject)


@subroutine
def _seek_repair(run, place):
    """Send a core on, or take it in at the factory."""
    core = run.core[place]
    node = run.node[core.node]
    if node.kind == FACTORY:
        _take_in(run, place)
    elif node.onward < 0:
        release(run.core_pool, run.core, place)  # nobody takes it: it stays where it is
    else:
        core.step = _RETURNING
        _send(run, place, AS_CORE)


@inline
def _send(run, place, state):
    core = run.core[place]
    box = new_goods(run, BOX, place, core.owner, core.number)
    goods = run.goods[box]
    goods.node = core.node
    goods.part = core.part
    goods.pieces = 1
    goods.state = state
    goods.reason = BY_SHIP
    send(run, box, run.node[core.node].way)


@subroutine
def arrive_box(run, goods, consignment, lane):
    """Take a core, or a repaired part, off a lane; return its place."""
    core = run.core[goods.what]
    core.node = run.node[core.node].onward
    if goods.state == AS_CORE:
        move(run, core.part, 1, lane, AS_RETURNING, core.node, AS_CORE, BY_RECEIVE, consignment)
    else:
        state = AS_FREE if run.point[core.target].node == core.node else AS_RESERVED
        move(run, core.part, 1, lane, AS_TRANSIT, core.node, state, BY_RECEIVE, consignment)
    return goods.what


@inline
def _returned(run, place):
    core = run.core[place]
    if run.node[core.node].kind == SUPPLIER:
        _move(run, core, AS_CORE, AS_OUTSIDE, BY_LEFT_NETWORK)
        _give_up(run, place)
    else:
        _seek_repair(run, place)


@subroutine
def _take_in(run, place):
    """A core at a factory is scrapped as beyond economic repair, or queues for a bench."""
    core = run.core[place]
    ber, number = run.part[core.part].ber, run.node[core.node].bench
    if ber != 0 and mark(run, core.owner, core.owner, core.number, core.line, DRAW_BER, 0) < ber:
        _move(run, core, AS_CORE, AS_SCRAP, BY_BEYOND_REPAIR)
        _give_up(run, place)
        return
    core.step = _QUEUED
    if number < 0:
        _move(run, core, AS_CORE, AS_WORK, BY_TO_BENCH)
        _is_good(run, place)
        return
    core.joined = run.now
    if not join(run, number, ~place, core.claimed, core.owner, core.number, core.line):
        _begin_work(run, place)


@subroutine
def _begin_work(run, place):
    core = run.core[place]
    number = run.node[core.node].bench
    _move(run, core, AS_CORE, AS_WORK, BY_TO_BENCH)
    content = seconds(run, run.bench[number].work, core.owner, core.owner, core.number, core.line, DRAW_FACTORY_WORK, 0)
    core.step = _AT_WORK
    core.work_row = work(run, number, ~place, core.subject, DO_FACTORY, core.part, core.joined, content, 0)


@subroutine
def _work_ends(run, place):
    core = run.core[place]
    number = run.node[core.node].bench
    good = run.bench[number].good
    if good >= CERTAIN or mark(run, core.owner, core.owner, core.number, core.line, DRAW_YIELD, 0) < good:
        leave(run, number)
        _is_good(run, place)
    else:
        note(run, core.work_row, WORK_SCRAPPED)
        leave(run, number)
        _move(run, core, AS_WORK, AS_SCRAP, BY_SCRAPPED)
        _give_up(run, place)


@subroutine
def _is_good(run, place):
    """A repaired part goes to free stock here, or home to the stock point that counts on it."""
    core = run.core[place]
    if core.target < 0 or run.point[core.target].node == core.node:
        _move(run, core, AS_WORK, AS_FREE, BY_REPAIRED)
    else:
        _move(run, core, AS_WORK, AS_RESERVED, BY_REPAIRED)
    _go_home(run, place)


@subroutine
def _go_home(run, place):
    core = run.core[place]
    target, owner, number = core.target, core.owner, core.number
    if target >= 0 and run.point[target].node != core.node:
        core.step = _GOING_HOME
        _send(run, place, AS_RESERVED)
        return
    release(run.core_pool, run.core, place)
    if target >= 0:
        receive_repaired(run, target, owner, number)


@subroutine
def _give_up(run, place):
    """The stock point that counted on the core must order another piece."""
    core = run.core[place]
    target, owner, number = core.target, core.owner, core.number
    release(run.core_pool, run.core, place)
    if target >= 0:
        run.point[target].in_repair -= run.point[target].weight
        replenish(run, target, owner, number)
