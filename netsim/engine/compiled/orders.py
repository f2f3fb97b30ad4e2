"""Orders: the stories of a walk-in, a mailed-in device and a swap at the counter.

A story goes on where it stopped: `resume_order` calls what its *step* waits for. The functions below `take` stand in
the order in which they happen, last first.
"""

from __future__ import annotations

from netsim.engine.compiled.benches import join, leave, note
from netsim.engine.compiled.clock import AT_CLAIM, at, claim_subject, key_of
from netsim.engine.compiled.codes import (
    DO_DIAGNOSIS,
    DO_HANDOVER,
    DO_REPAIR,
    DRAW_CHANNEL,
    DRAW_NO_FAULT,
    DRAW_OUTLET,
    DRAW_QUOTE_ACCEPT,
    DRAW_REMOTE,
    DRAW_VISIT,
    IN_CALL,
    IN_DIAGNOSIS,
    IN_PARTS,
    IN_QUEUE,
    IN_REPAIR,
    IN_TRANSPORT,
    IS_DIAGNOSIS,
    IS_NO_FAULT,
    IS_PARTS,
    IS_QUEUE_DIAGNOSIS,
    IS_QUEUE_REPAIR,
    IS_REFUNDED,
    IS_REJECTED_QUOTE,
    IS_REMOTE,
    IS_REPAIR,
    IS_REPAIRED,
    IS_REPLACED,
    IS_TRANSPORT_IN,
    IS_TRANSPORT_OUT,
    IS_UNCOVERED,
    LOST,
    MAIL_IN,
    NO_OUTLET_IN_REACH,
    REMOTE,
    SWAP,
    WORK_NO_FAULT,
)
from netsim.engine.compiled.dice import exponential, mark
from netsim.engine.compiled.hours import is_open, length_at, next_open
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.pool import acquire
from netsim.engine.compiled.service import (
    account_customs,
    ask_parts,
    begin_job,
    close,
    enter,
    happens,
    install_parts,
    mail,
    passes_test,
)

__all__ = ["APPOINTMENT", "arrive_device", "line_arrived", "resume_order", "take"]

APPOINTMENT = 1
"""Leg of an appointment's key."""

(_AT_COUNTER, _COMING, _QUEUED_FOR_DIAGNOSIS, _IN_DIAGNOSIS, _WAITING_FOR_PARTS, _QUEUED_FOR_REPAIR, _IN_REPAIR,
 _GOING_BACK) = range(8)  # fmt: skip


@subroutine
def resume_order(run, place):
    """Go on with the story of an order after what its step waited for."""
    order = run.order[place]
    step = order.step
    if step == _QUEUED_FOR_DIAGNOSIS:
        _begin_diagnosis(run, place)
    elif step == _IN_DIAGNOSIS:
        order.joined = run.now  # work that follows on the same technician joins now
        _diagnosed(run, place)
    elif step == _WAITING_FOR_PARTS:
        _complete(run, place)
    elif step == _QUEUED_FOR_REPAIR:
        _begin_repair(run, place)
    elif step == _IN_REPAIR:
        order.joined = run.now
        _repair_ends(run, place)
    elif step == _AT_COUNTER:
        _receive_at_counter(run, place)
    elif step == _COMING:
        if order.lost:
            close(run, place, IS_REFUNDED)
        else:
            run.orders.received[order.row] = run.now
            _serve(run, place)
    else:
        close(run, place, IS_REFUNDED if order.lost else order.outcome)


@inline
def line_arrived(run, place):
    """Count a line that is complete at the node; the last one ends a wait for parts."""
    order = run.order[place]
    order.missing -= 1
    if order.waiting and order.missing == 0:
        order.waiting = 0
        resume_order(run, place)


@inline
def arrive_device(run, place, lost, customs):
    """A customer's device has come to the end of its way, or is lost."""
    order = run.order[place]
    order.lost = lost
    account_customs(run, order, customs)
    resume_order(run, place)


@subroutine
def _hand_back(run, place, state):
    """Give the device back: at the counter at once, by courier if it was mailed in."""
    order = run.order[place]
    run.orders.ready[order.row] = run.now
    if order.channel == MAIL_IN:
        enter(run, order, IS_TRANSPORT_OUT, IN_TRANSPORT)
        order.outcome = state
        order.step = _GOING_BACK
        mail(run, place, run.zone[order.owner].way_out)
    else:
        close(run, place, state)


@subroutine
def _repaired(run, place):
    order = run.order[place]
    swap = order.channel == SWAP
    run.orders.repaired[order.row] = run.now
    install_parts(run, place, swap)
    if order.bench >= 0:
        leave(run, order.bench)
    _hand_back(run, place, IS_REPLACED if swap else IS_REPAIRED)


@subroutine
def _repair_ends(run, place):
    order = run.order[place]
    if order.channel != SWAP and not passes_test(run, order):
        begin_job(run, place, DO_REPAIR, order.attempt + 1)
    else:
        _repaired(run, place)


@subroutine
def _begin_repair(run, place):
    order = run.order[place]
    enter(run, order, IS_REPAIR, IN_REPAIR)
    order.step = _IN_REPAIR
    begin_job(run, place, DO_HANDOVER if order.channel == SWAP else DO_REPAIR, 0)


@subroutine
def _complete(run, place):
    """All parts are there: repair, or hand the unit over, as soon as a technician is free."""
    order = run.order[place]
    run.orders.complete[order.row] = run.now
    if order.bench < 0:
        _repaired(run, place)
        return
    if not order.held:
        enter(run, order, IS_QUEUE_REPAIR, IN_QUEUE)
        order.step = _QUEUED_FOR_REPAIR
        order.joined = run.now
        if join(run, order.bench, place, order.claimed, order.owner, order.number, -1):
            return
    _begin_repair(run, place)


@inline
def _put_down(run, order):
    """Free the technician who is with the device."""
    if order.held:
        leave(run, order.bench)
        order.held = 0


@subroutine
def _diagnosed(run, place):
    """No fault, a quote that is refused, or parts that must come."""
    order = run.order[place]
    swap = order.channel == SWAP
    run.orders.diagnosed[order.row] = run.now
    looked = run.swap_check or not swap  # unchecked, a swap tells nobody that all is well
    if looked and happens(run, order, DRAW_NO_FAULT, run.mode[order.mode].no_fault, 0):
        if order.held:
            note(run, order.work_row, WORK_NO_FAULT)
        _put_down(run, order)
        _hand_back(run, place, IS_NO_FAULT)
        return
    if order.paid and not happens(run, order, DRAW_QUOTE_ACCEPT, run.quote_accept, 0):
        _put_down(run, order)
        _hand_back(run, place, IS_REJECTED_QUOTE)
        return
    ask_parts(run, place, swap)
    if order.missing != 0:
        _put_down(run, order)  # park the device and free the technician
        enter(run, order, IS_PARTS, IN_PARTS)
        order.waiting = 1
        order.step = _WAITING_FOR_PARTS
    else:
        _complete(run, place)


@subroutine
def _begin_diagnosis(run, place):
    order = run.order[place]
    enter(run, order, IS_DIAGNOSIS, IN_DIAGNOSIS)
    order.step = _IN_DIAGNOSIS
    begin_job(run, place, DO_DIAGNOSIS, 0)


@subroutine
def _serve(run, place):
    """What happens at the node: diagnosis, quote, parts, repair or swap, return."""
    order = run.order[place]
    if order.bench < 0 or (order.channel == SWAP and not run.swap_check):
        _diagnosed(run, place)
        return
    order.held = 1
    enter(run, order, IS_QUEUE_DIAGNOSIS, IN_QUEUE)
    order.step = _QUEUED_FOR_DIAGNOSIS
    order.joined = run.now
    if not join(run, order.bench, place, order.claimed, order.owner, order.number, -1):
        _begin_diagnosis(run, place)


@subroutine
def _receive_at_counter(run, place):
    """Custody and the walk-in's turnaround begin at reception."""
    order = run.order[place]
    order.since = run.now
    run.orders.handed_over[order.row] = run.now
    run.orders.received[order.row] = run.now
    _serve(run, place)


@inline
def _come_to_counter(run, place):
    """Walk-in repair and swap: the customer comes now, or within the next opening."""
    order = run.order[place]
    hours = run.node[order.node].counter
    if hours < 0 or is_open(run.calendar[hours], run.now):
        _receive_at_counter(run, place)
        return
    opening = next_open(run.calendar[hours], run.now)
    length = length_at(run.calendar[hours], opening)
    visit = mark(run, order.owner, order.owner, order.number, 0, DRAW_VISIT, 0) * length >> 32
    order.step = _AT_COUNTER
    at(run, opening + visit, key_of(AT_CLAIM, claim_subject(order.owner, order.number), APPOINTMENT), place)


@inline
def _mail_in(run, place):
    """Mail-in: a courier fetches the device, it is repaired far away, and a courier brings it back."""
    order = run.order[place]
    order.since = run.now
    run.orders.handed_over[order.row] = run.now
    enter(run, order, IS_TRANSPORT_IN, IN_TRANSPORT)
    order.step = _COMING
    mail(run, place, run.zone[order.owner].way_in)


# Choice --------------------------------------------------------------------------------------------------------------


@subroutine
def _is_open_to(run, order, channel):
    zone = run.zone[order.owner]
    if channel == MAIL_IN:
        return zone.mail_in >= 0
    if channel == SWAP and (order.paid or run.mode[order.mode].unit < 0):
        return False  # a swap unit is for free repairs only
    return zone.first_outlet < zone.last_outlet


@subroutine
def _channel(run, order):
    preference = 0
    if run.preference_count > 1:
        drawn = mark(run, order.owner, order.owner, order.number, 0, DRAW_CHANNEL, 0)
        while drawn >= run.preference[preference].limit:
            preference += 1
    wishes = run.preference[preference]
    for i in range(wishes.first, wishes.last):
        channel = run.channel[i]
        if (run.offered >> channel) & 1 and _is_open_to(run, order, channel):
            return channel
    fallback = run.zone[order.owner].fallback
    return fallback if fallback != LOST and _is_open_to(run, order, fallback) else LOST


@subroutine
def _outlet(run, order):
    zone = run.zone[order.owner]
    first, last = zone.first_outlet, zone.last_outlet
    if not run.gravity or last - first == 1:
        for i in range(first, last):
            if run.node[run.outlet[i].node].opens <= run.now:
                return run.outlet[i].node
        return run.outlet[first].node
    chosen = _rendezvous(run, order, first, last, run.opens_later)
    if chosen < 0:
        chosen = _rendezvous(run, order, first, last, 0)
    return run.outlet[chosen].node


@subroutine
def _rendezvous(run, order, first, last, open_only):
    """Return the candidate that is chosen by weight, or -1: `netsim.tape.draws.rendezvous`."""
    best, least, heaviest = -1, 0, 0
    for i in range(first, last):
        candidate = run.outlet[i]
        weight = candidate.weight
        if open_only and run.node[candidate.node].opens > run.now:
            weight = 0
        drawn = mark(run, run.owner_count + candidate.node, order.owner, order.number, 0, DRAW_OUTLET, 0)
        if weight > 0:
            score = exponential(run, drawn)
            if best < 0 or score * heaviest < least * weight:
                best, least, heaviest = i, score, weight
    return best


@subroutine
def take(run, row, zone, number, mode, in_warranty):
    """Begin the story of the claim in *row* at the present second."""
    place = acquire(run, run.order_pool, run.order)
    order, table = run.order[place], run.orders
    order.row = row
    order.owner = zone
    order.number = number
    order.mode = mode
    order.claimed = run.now
    order.since = run.now
    order.component = IN_CALL
    order.node = -1
    order.bench = -1
    order.channel = -1
    order.waiting = 0
    order.held = 0
    order.lost = 0
    order.joined = -1
    order.paid = 1 if run.mode[mode].chargeable or not in_warranty else 0
    table.paid[row] = order.paid
    if happens(run, order, DRAW_REMOTE, run.remote, 0):
        table.channel[row] = REMOTE
        table.handed_over[row] = run.now
        close(run, place, IS_REMOTE)
        return
    channel = _channel(run, order)
    order.channel = channel
    table.channel[row] = channel
    if channel == LOST:
        table.reason[row] = NO_OUTLET_IN_REACH
        table.handed_over[row] = run.now
        close(run, place, IS_UNCOVERED)
        return
    node = run.zone[zone].mail_in if channel == MAIL_IN else _outlet(run, order)
    order.node = node
    table.node[row] = node
    order.bench = run.node[node].bench
    if channel == MAIL_IN:
        _mail_in(run, place)
    else:
        _come_to_counter(run, place)
