"""Service: the steps of which the stories of orders are made, and the clock of each order's time."""

from __future__ import annotations

from netsim.engine.compiled.benches import note, work
from netsim.engine.compiled.codes import (
    DO_DIAGNOSIS,
    DO_REPAIR,
    DRAW_CONTENT_TIME,
    DRAW_DIAGNOSIS,
    DRAW_REPAIR,
    DRAW_TEST,
    IN_CALL,
    IN_DIAGNOSIS,
    IN_PARTS,
    IN_QUEUE,
    IN_REPAIR,
    IN_TRANSPORT,
    LINE_INSTALLED,
    WORK_TEST_FAILED,
)
from netsim.engine.compiled.cores import remove
from netsim.engine.compiled.dice import chance, seconds
from netsim.engine.compiled.fleets import unit_returned
from netsim.engine.compiled.hours import open_between
from netsim.engine.compiled.jit import inline, subroutine
from netsim.engine.compiled.ladder import climb
from netsim.engine.compiled.lines import ask, end
from netsim.engine.compiled.pool import release
from netsim.engine.compiled.shipments import DEVICE, new_goods, send

__all__ = [
    "account_customs",
    "ask_parts",
    "begin_job",
    "close",
    "enter",
    "happens",
    "install_parts",
    "mail",
    "passes_test",
]


# The order's own clock -----------------------------------------------------------------------------------------------


@inline
def enter(run, order, state, component):
    """Close the order's present component of time and begin another with its new *state*."""
    if order.since != run.now:
        _account(run, order)
    order.component = component
    run.orders.state[order.row] = state


@subroutine
def _account(run, order):
    table, row, component = run.orders, order.row, order.component
    spent = run.now - order.since
    at_bench = component in (IN_QUEUE, IN_DIAGNOSIS, IN_REPAIR)
    if at_bench and order.bench >= 0 and run.bench[order.bench].calendar >= 0:
        worked = open_between(run.calendar[run.bench[order.bench].calendar], order.since, run.now)
        table.shut[row] += spent - worked
        spent = worked
    if component == IN_QUEUE:
        table.queue[row] += spent
    elif component == IN_DIAGNOSIS:
        table.diagnosis[row] += spent
    elif component == IN_PARTS:
        table.parts[row] += spent
    elif component == IN_REPAIR:
        table.repair[row] += spent
    elif component == IN_TRANSPORT:
        table.transport[row] += spent
    elif component == IN_CALL:
        table.call[row] += spent
    order.since = run.now


@subroutine
def close(run, place, state):
    """End the order."""
    order = run.order[place]
    _account(run, order)
    run.orders.state[order.row] = state
    run.orders.closed[order.row] = run.now
    owner, number = order.owner, order.number
    release(run.order_pool, run.order, place)
    unit_returned(run, owner, number)


# Steps ---------------------------------------------------------------------------------------------------------------


@subroutine
def begin_job(run, place, activity, attempt):
    """Let the technician work."""
    order = run.order[place]
    bench = run.bench[order.bench]
    duration, purpose = bench.handover, DRAW_CONTENT_TIME
    if activity == DO_DIAGNOSIS:
        duration, purpose = bench.diagnosis, DRAW_DIAGNOSIS
    elif activity == DO_REPAIR:
        duration, purpose = bench.work, DRAW_REPAIR
    content = seconds(run, duration, order.owner, order.owner, order.number, 0, purpose, attempt)
    order.attempt = attempt
    order.work_row = work(run, order.bench, place, order.row, activity, -1, order.joined, content, attempt)


@inline
def passes_test(run, order):
    """Return whether the repair passes its test; a failed one is noted on its work row."""
    passed = happens(run, order, DRAW_TEST, run.bench[order.bench].test_pass, order.attempt)
    if not passed:
        note(run, order.work_row, WORK_TEST_FAILED)
    return passed


@inline
def happens(run, order, purpose, threshold, attempt):
    """Return whether an event of probability *threshold* / 2^32 happens to the order."""
    return chance(run, threshold, order.owner, order.owner, order.number, purpose, attempt)


# Parts ---------------------------------------------------------------------------------------------------------------


@subroutine
def ask_parts(run, place, swap):
    """Ask for every part that the order needs at its node; what is not there climbs the shortage ladder."""
    order = run.order[place]
    mode = run.mode[order.mode]
    if run.core_at_request:
        _remove_cores(run, place, swap)
    order.first_line = run.lines.rows
    order.lines = 1 if swap else mode.last_need - mode.first_need
    order.missing = order.lines
    for index in range(order.lines):
        if swap:
            row = ask(run, place, index, mode.unit, 1)
        else:
            need = run.need[mode.first_need + index]
            row = ask(run, place, index, need.part, need.qty)
        if run.line[row].left != 0:
            climb(run, row)


@subroutine
def install_parts(run, place, swap):
    """Put the parts into the device; what comes out becomes cores."""
    order = run.order[place]
    for row in range(order.first_line, order.first_line + order.lines):
        end(run, row, LINE_INSTALLED)
    if not run.core_at_request:
        _remove_cores(run, place, swap)


@subroutine
def _remove_cores(run, place, swap):
    mode = run.mode[run.order[place].mode]
    if swap:
        remove(run, place, 0, mode.unit, 1)
        return
    for index in range(mode.last_need - mode.first_need):
        need = run.need[mode.first_need + index]
        remove(run, place, index, need.part, need.qty)


# Transport -----------------------------------------------------------------------------------------------------------


@inline
def mail(run, place, route):
    """Send the customer's device along *route*."""
    order = run.order[place]
    parcel = new_goods(run, DEVICE, place, order.owner, order.number)
    run.goods[parcel].device = order.row
    send(run, parcel, route)


@inline
def account_customs(run, order, spent):
    """Book *spent* seconds of the order's present transport as customs."""
    if spent != 0:
        run.orders.customs[order.row] += spent
        order.since += spent
