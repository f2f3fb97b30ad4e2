"""Orders: the stories of a walk-in, a mailed-in device and a swap at the counter, as a planner would tell them."""

from __future__ import annotations

import itertools
from collections.abc import Generator

from netsim.engine.contract import MOST_ATTEMPTS, NEVER_PASSES, Stream, Tape
from netsim.engine.custom import CustomProcesses
from netsim.engine.records import Activity, Component, OrderState, UncoveredReason, WorkEnd
from netsim.engine.service import CELL, Order, Service
from netsim.engine.story import WAIT, Telling
from netsim.errors import ModelError
from netsim.model.calendars import OpenHours
from netsim.model.model import Channel, Model
from netsim.tape.draws import rendezvous
from netsim.tape.purposes import Purpose

__all__ = ["Orders"]

Parts = tuple[tuple[int, int], ...]

_CHANNEL = CELL["channel"]
_COMPLETE = CELL["complete"]
_DIAGNOSED = CELL["diagnosed"]
_HANDED_OVER = CELL["handed_over"]
_NODE = CELL["node"]
_PAID = CELL["paid"]
_READY = CELL["ready"]
_REASON = CELL["reason"]
_RECEIVED = CELL["received"]
_REPAIRED = CELL["repaired"]
# Plain integers: a member of an enumeration costs a look-up at each use.
(
    _IS_DIAGNOSIS,
    _IS_NO_FAULT,
    _IS_PARTS,
    _IS_QUEUE_DIAGNOSIS,
    _IS_QUEUE_REPAIR,
    _IS_REFUNDED,
    _IS_REJECTED_QUOTE,
    _IS_REMOTE,
    _IS_REPAIR,
    _IS_REPAIRED,
    _IS_REPLACED,
    _IS_SERVICED,
    _IS_TRANSPORT_IN,
    _IS_TRANSPORT_OUT,
    _IS_UNCOVERED,
) = (
    int(OrderState.DIAGNOSIS),
    int(OrderState.NO_FAULT),
    int(OrderState.PARTS),
    int(OrderState.QUEUE_DIAGNOSIS),
    int(OrderState.QUEUE_REPAIR),
    int(OrderState.REFUNDED),
    int(OrderState.REJECTED_QUOTE),
    int(OrderState.REMOTE),
    int(OrderState.REPAIR),
    int(OrderState.REPAIRED),
    int(OrderState.REPLACED),
    int(OrderState.SERVICED),
    int(OrderState.TRANSPORT_IN),
    int(OrderState.TRANSPORT_OUT),
    int(OrderState.UNCOVERED),
)
_IN_DIAGNOSIS, _IN_PARTS, _IN_QUEUE, _IN_REPAIR, _IN_TRANSPORT = (
    int(Component.DIAGNOSIS),
    int(Component.PARTS),
    int(Component.QUEUE),
    int(Component.REPAIR),
    int(Component.TRANSPORT),
)
_BY_LOST, _BY_MAIL_IN, _BY_REMOTE, _BY_SWAP = (
    int(Channel.LOST),
    int(Channel.MAIL_IN),
    int(Channel.REMOTE),
    int(Channel.SWAP),
)
_NO_OUTLET_IN_REACH = int(UncoveredReason.NO_OUTLET_IN_REACH)
_DO_DIAGNOSIS, _DO_HANDOVER, _DO_REPAIR = (
    int(Activity.DIAGNOSIS),
    int(Activity.HANDOVER),
    int(Activity.REPAIR),
)
_DRAW_CHANNEL, _DRAW_NO_FAULT, _DRAW_OUTLET, _DRAW_QUOTE_ACCEPT, _DRAW_REMOTE, _DRAW_VISIT = (
    int(Purpose.CHANNEL),
    int(Purpose.NO_FAULT),
    int(Purpose.OUTLET),
    int(Purpose.QUOTE_ACCEPT),
    int(Purpose.REMOTE),
    int(Purpose.VISIT),
)


class Orders:
    """Takes claims, chooses channel and node, and tells each order's story."""

    def __init__(self, model: Model, tape: Tape, service: Service, custom: CustomProcesses) -> None:
        self._service = service
        self._clock = service.clock
        self._cells = service.cells
        self._custom = [custom.of(node) for node in range(len(model.node_names))]
        self._benches = [service.benches[number] if number >= 0 else None for number in service.node_bench]
        serving, modes = model.serving, model.modes
        self._limits = serving.preference_limit.tolist()
        self._outlets = serving.outlets.rows()
        start = serving.outlets.start.tolist()
        weights = serving.weights.tolist()
        self._weights = [weights[a:b] for a, b in itertools.pairwise(start)]
        self._gravity = serving.gravity
        self._mail_in = serving.mail_in.tolist()
        self._channels = [
            [self._reachable(owner, wishes, fallback, serving.offered) for wishes in serving.preferences.rows()]
            for owner, fallback in enumerate(serving.fallback.tolist())
        ]
        self._way_in, self._way_out = serving.way_in.tolist(), serving.way_out.tolist()
        self._swap_check = serving.swap_check
        pairs = modes.parts.rows()
        self._parts: list[Parts] = [tuple(zip(row[::2], row[1::2], strict=True)) for row in pairs]
        self._no_fault = modes.no_fault.tolist()
        self._chargeable = modes.chargeable.tolist()
        self._unit = modes.unit.tolist()
        self._opens = model.nodes.opens.tolist()
        self._some_open_later = any(self._opens)
        self._remote = model.remote
        self._accept = model.quote_accept
        self._streams: list[Stream] = [tape.stream(name) for name in model.zone_names + model.fleet_names]
        self._node_streams = [tape.stream(name) for name in model.node_names]
        hours = [OpenHours(calendar) for calendar in model.calendars]
        shifts = [
            receives if bench < 0 else int(model.benches.calendar[bench])
            for bench, receives in zip(service.node_bench, model.nodes.receives.tolist(), strict=True)
        ]
        self._hours = [None if shift < 0 else hours[shift] for shift in shifts]

    def take(self, row: int, owner: int, number: int, mode: int, in_warranty: int) -> None:
        """Begin the story of the claim in *row* at the present second."""
        service, cells = self._service, self._cells
        order = Order(row, owner, number, mode, self._clock.now, self._streams[owner])
        base = order.base
        if self._chargeable[mode] or not in_warranty:
            order.paid = True
            cells[base + _PAID] = 1
        if self._remote and service.chance(order, _DRAW_REMOTE, self._remote):
            cells[base + _CHANNEL] = _BY_REMOTE
            cells[base + _HANDED_OVER] = order.since
            service.close(order, _IS_REMOTE)
            return
        order.channel = cells[base + _CHANNEL] = channel = self._channel(order)
        if channel == _BY_LOST:
            cells[base + _REASON] = _NO_OUTLET_IN_REACH
            cells[base + _HANDED_OVER] = order.since
            service.close(order, _IS_UNCOVERED)
            return
        if channel == _BY_MAIL_IN:
            order.node, order.telling = self._mail_in[owner], self._mailed_in(order)
        else:
            order.node, order.telling = self._outlet(order), self._served(order)
        cells[base + _NODE] = node = order.node
        order.bench, hours = self._benches[node], self._hours[node]
        if channel == _BY_MAIL_IN or hours is None or hours.is_open(self._clock.now):
            order.resume()
        else:
            service.appointment(order, self._visit(order, hours))

    # Choice -----------------------------------------------------------------------------------------------------

    def _channel(self, order: Order) -> int:
        preference = 0
        if len(self._limits) > 1:
            mark = order.stream.mark(order.owner, order.number, 0, _DRAW_CHANNEL)
            while mark >= self._limits[preference]:
                preference += 1
        for channel in self._channels[order.owner][preference]:
            # A swap unit is for free repairs only.
            if channel != _BY_SWAP or not (order.paid or self._unit[order.mode] < 0):
                return channel
        return _BY_LOST

    def _reachable(self, owner: int, wishes: tuple[int, ...], fallback: int, offered: int) -> list[int]:
        """Return the channels that customers of *owner* with these *wishes* can use, best first, then *fallback*."""
        channels = [channel for channel in wishes if offered >> channel & 1]
        if fallback != _BY_LOST:
            channels.append(fallback)
        by_mail, at_counter = self._mail_in[owner] >= 0, len(self._outlets[owner]) > 0
        return [channel for channel in channels if (by_mail if channel == _BY_MAIL_IN else at_counter)]

    def _outlet(self, order: Order) -> int:
        outlets, now = self._outlets[order.owner], self._clock.now
        if not self._gravity or len(outlets) == 1:
            for outlet in outlets:
                if self._opens[outlet] <= now:
                    return outlet
            return outlets[0]
        marks = [self._node_streams[n].mark(order.owner, order.number, 0, _DRAW_OUTLET) for n in outlets]
        weights = self._weights[order.owner]
        if self._some_open_later:
            weights = [w if self._opens[n] <= now else 0 for n, w in zip(outlets, weights, strict=True)]
        chosen = rendezvous(marks, weights)
        return outlets[chosen if chosen >= 0 else rendezvous(marks, self._weights[order.owner])]

    def _visit(self, order: Order, hours: OpenHours) -> int:
        """Return when a customer comes who found the outlet shut: some time in its next opening."""
        opening = hours.next_open(self._clock.now)
        mark = order.stream.mark(order.owner, order.number, 0, _DRAW_VISIT)
        return opening + (mark * hours.length_at(opening) >> 32)

    # Stories ----------------------------------------------------------------------------------------------------

    def _mailed_in(self, order: Order) -> Telling:
        """Mail-in: a courier fetches the device, it is repaired far away, and a courier brings it back."""
        service = self._service
        self._cells[order.base + _HANDED_OVER] = order.since = self._clock.now
        service.enter(order, _IS_TRANSPORT_IN, _IN_TRANSPORT)
        yield service.mail(order, self._way_in[order.owner])
        if order.lost:
            service.close(order, _IS_REFUNDED)
            return
        outcome = yield from self._served(order)
        service.enter(order, _IS_TRANSPORT_OUT, _IN_TRANSPORT)
        yield service.mail(order, self._way_out[order.owner])
        service.close(order, _IS_REFUNDED if order.lost else outcome)

    def _served(self, order: Order) -> Generator[bool, None, int]:
        """What happens at the node: diagnosis, quote, parts, repair or swap. The result is the state in which it ends.

        Of a walk-in and a swap it is the whole story: the customer comes to the counter and collects the device there.
        """
        service, bench, clock, cells, base = self._service, order.bench, self._clock, self._cells, order.base
        cells[base + _RECEIVED] = clock.now
        if order.channel != _BY_MAIL_IN:
            cells[base + _HANDED_OVER] = order.since = clock.now  # custody and a walk-in's turnaround begin here
        swap = order.channel == _BY_SWAP
        held = False  # whether a technician is with the device
        custom = self._custom[order.node]
        if custom is not None:
            if (yield from custom.tell(order)) == "ready":
                cells[base + _DIAGNOSED] = clock.now
                return self._ready(order, _IS_SERVICED)
        elif bench is not None and (self._swap_check or not swap):
            held = True
            service.enter(order, _IS_QUEUE_DIAGNOSIS, _IN_QUEUE)
            if bench.join(order):
                yield WAIT
            service.enter(order, _IS_DIAGNOSIS, _IN_DIAGNOSIS)
            yield service.work(order, bench, _DO_DIAGNOSIS)
        cells[base + _DIAGNOSED] = clock.now
        looked = custom is None and (self._swap_check or not swap)  # unchecked, a swap tells nobody that all is well
        if looked and self._no_fault[order.mode] and service.chance(order, _DRAW_NO_FAULT, self._no_fault[order.mode]):
            if held and bench is not None:
                bench.note(order, WorkEnd.NO_FAULT)
                bench.leave()
            return self._ready(order, _IS_NO_FAULT)
        if order.paid and not service.chance(order, _DRAW_QUOTE_ACCEPT, self._accept):
            if held and bench is not None:
                bench.leave()
            return self._ready(order, _IS_REJECTED_QUOTE)
        parts: Parts = ((self._unit[order.mode], 1),) if swap else self._parts[order.mode]
        service.ask_parts(order, parts)
        if order.missing:
            if held and bench is not None:
                bench.leave()  # park the device and free the technician
                held = False
            service.enter(order, _IS_PARTS, _IN_PARTS)
            order.waiting = True
            yield WAIT
        cells[base + _COMPLETE] = clock.now
        if bench is not None:
            if not held:
                service.enter(order, _IS_QUEUE_REPAIR, _IN_QUEUE)
                if bench.join(order):
                    yield WAIT
            service.enter(order, _IS_REPAIR, _IN_REPAIR)
            activity, attempt = (_DO_HANDOVER if swap else _DO_REPAIR), 0
            yield service.work(order, bench, activity)
            while not swap and not service.passes_test(order, bench, attempt):
                attempt += 1
                if attempt > MOST_ATTEMPTS:
                    raise ModelError(NEVER_PASSES)
                yield service.work(order, bench, activity, attempt)
        cells[base + _REPAIRED] = clock.now
        service.install_parts(order, parts)
        if bench is not None:
            bench.leave()
        return self._ready(order, _IS_REPLACED if swap else _IS_REPAIRED)

    def _ready(self, order: Order, state: int) -> int:
        """Let the order end in *state* now that its device is ready, unless a courier must bring it; return *state*."""
        self._cells[order.base + _READY] = self._clock.now
        if order.channel != _BY_MAIL_IN:
            self._service.close(order, state)
        return state
