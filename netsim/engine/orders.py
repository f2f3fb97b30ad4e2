"""Orders: the stories of a walk-in, a mailed-in device and a swap at the counter, as a planner would tell them."""

from __future__ import annotations

import itertools

from netsim.engine.contract import Stream, Tape
from netsim.engine.custom import CustomProcesses
from netsim.engine.records import Activity, Component, OrderState, UncoveredReason, WorkEnd
from netsim.engine.service import Order, Service
from netsim.engine.story import Telling
from netsim.model.calendars import OpenHours
from netsim.model.model import Channel, Model
from netsim.tape.draws import rendezvous
from netsim.tape.purposes import Purpose

__all__ = ["Orders"]

Parts = tuple[tuple[int, int], ...]


class Orders:
    """Takes claims, chooses channel and node, and tells each order's story."""

    def __init__(self, model: Model, tape: Tape, service: Service, custom: CustomProcesses) -> None:
        self._service = service
        self._custom = custom
        serving, modes = model.serving, model.modes
        self._preferences = serving.preferences.rows()
        self._limits = serving.preference_limit.tolist()
        self._fallback = serving.fallback.tolist()
        self._offered = serving.offered
        self._outlets = serving.outlets.rows()
        start = serving.outlets.start.tolist()
        weights = serving.weights.tolist()
        self._weights = [weights[a:b] for a, b in itertools.pairwise(start)]
        self._gravity = serving.gravity
        self._mail_in = serving.mail_in.tolist()
        self._way_in, self._way_out = serving.way_in.tolist(), serving.way_out.tolist()
        self._swap_check = serving.swap_check
        pairs = modes.parts.rows()
        self._parts: list[Parts] = [tuple(zip(row[::2], row[1::2], strict=True)) for row in pairs]
        self._no_fault = modes.no_fault.tolist()
        self._chargeable = modes.chargeable.tolist()
        self._unit = modes.unit.tolist()
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

    def take(self, row: int, zone: int, number: int, mode: int, *, in_warranty: bool) -> Order:
        """Begin the story of the claim in *row* at the present second, and return its order."""
        service = self._service
        order = Order(row, zone, number, mode, service.clock.now, self._streams[zone])
        order.paid = not in_warranty or bool(self._chargeable[mode])
        service.put(order, "paid", int(order.paid))
        if self._remote and service.chance(order, Purpose.REMOTE, self._remote):
            service.put(order, "channel", Channel.REMOTE)
            service.stamp(order, "handed_over")
            service.close(order, OrderState.REMOTE)
            return order
        order.channel = channel = self._channel(order)
        service.put(order, "channel", channel)
        if channel == Channel.LOST:
            service.put(order, "reason", UncoveredReason.NO_OUTLET_IN_REACH)
            service.stamp(order, "handed_over")
            service.close(order, OrderState.UNCOVERED)
            return order
        order.node = self._mail_in[zone] if channel == Channel.MAIL_IN else self._outlet(order)
        service.put(order, "node", order.node)
        bench = service.node_bench[order.node]
        order.bench = service.benches[bench] if bench >= 0 else None
        order.telling = self._mailed_in(order) if channel == Channel.MAIL_IN else self._over_the_counter(order)
        order.resume()
        return order

    # Choice -----------------------------------------------------------------------------------------------------

    def _channel(self, order: Order) -> int:
        preference = 0
        if len(self._limits) > 1:
            mark = order.stream.mark(order.owner, order.number, 0, Purpose.CHANNEL)
            while mark >= self._limits[preference]:
                preference += 1
        for channel in self._preferences[preference]:
            if self._offered >> channel & 1 and self._is_open_to(order, channel):
                return int(channel)
        fallback = self._fallback[order.zone]
        return fallback if fallback != Channel.LOST and self._is_open_to(order, fallback) else Channel.LOST

    def _is_open_to(self, order: Order, channel: int) -> bool:
        if channel == Channel.MAIL_IN:
            return bool(self._mail_in[order.zone] >= 0)
        if channel == Channel.SWAP and (order.paid or self._unit[order.mode] < 0):
            return False  # a swap unit is for free repairs only
        return bool(self._outlets[order.zone])

    def _outlet(self, order: Order) -> int:
        outlets = self._outlets[order.zone]
        if not self._gravity or len(outlets) == 1:
            return outlets[0]
        marks = [self._node_streams[n].mark(order.owner, order.number, 0, Purpose.OUTLET) for n in outlets]
        return outlets[rendezvous(marks, self._weights[order.zone])]

    # Stories ----------------------------------------------------------------------------------------------------

    def _over_the_counter(self, order: Order) -> Telling:
        """Walk-in repair and swap: the customer comes, waits or leaves the device, and collects it when it is ready."""
        service, hours = self._service, self._hours[order.node]
        if hours is not None and not hours.is_open(service.clock.now):
            opening = hours.next_open(service.clock.now)
            length = hours.length_at(opening)
            visit = order.stream.mark(order.owner, order.number, 0, Purpose.VISIT) * length >> 32
            yield service.appointment(order, opening + visit)
        order.since = service.clock.now  # custody and the walk-in's turnaround begin at reception
        service.stamp(order, "handed_over")
        service.stamp(order, "received")
        yield from self._serve(order)

    def _mailed_in(self, order: Order) -> Telling:
        """Mail-in: a courier fetches the device, it is repaired far away, and a courier brings it back."""
        service = self._service
        order.since = service.clock.now
        service.stamp(order, "handed_over")
        service.enter(order, OrderState.TRANSPORT_IN, Component.TRANSPORT)
        yield service.mail(order, self._way_in[order.zone])
        if order.lost:
            service.close(order, OrderState.REFUNDED)
            return
        service.stamp(order, "received")
        yield from self._serve(order)

    def _serve(self, order: Order) -> Telling:
        """What happens at the node: diagnosis, quote, parts, repair or swap, return."""
        service = self._service
        swap = order.channel == Channel.SWAP
        custom = self._custom.of(order.node)
        if custom is not None:
            if (yield from custom.tell(order)) == "ready":
                service.stamp(order, "diagnosed")
                yield from self._hand_back(order, OrderState.SERVICED)
                return
        elif not swap or self._swap_check:
            service.enter(order, OrderState.QUEUE_DIAGNOSIS, Component.QUEUE)
            yield service.join(order)
            service.enter(order, OrderState.DIAGNOSIS, Component.DIAGNOSIS)
            yield service.work(order, Activity.DIAGNOSIS)
        service.stamp(order, "diagnosed")
        if custom is None and service.chance(order, Purpose.NO_FAULT, self._no_fault[order.mode]):
            if order.bench is not None and (not swap or self._swap_check):
                order.bench.note(order, WorkEnd.NO_FAULT)
                service.leave(order)
            yield from self._hand_back(order, OrderState.NO_FAULT)
            return
        held = custom is None and (not swap or bool(self._swap_check))  # is a technician still with the device?
        if order.paid and not service.chance(order, Purpose.QUOTE_ACCEPT, self._accept):
            if held:
                service.leave(order)
            yield from self._hand_back(order, OrderState.REJECTED_QUOTE)
            return
        parts: Parts = ((self._unit[order.mode], 1),) if swap else self._parts[order.mode]
        service.ask_parts(order, parts)
        if order.missing and held:
            service.leave(order)  # park the device and free the technician
            held = False
        service.enter(order, OrderState.PARTS, Component.PARTS)
        yield service.await_parts(order)
        service.stamp(order, "complete")
        activity = Activity.HANDOVER if swap else Activity.REPAIR
        if not held:
            service.enter(order, OrderState.QUEUE_REPAIR, Component.QUEUE)
            yield service.join(order)
        service.enter(order, OrderState.REPAIR, Component.REPAIR)
        attempt = 0
        yield service.work(order, activity)
        while not swap and not service.passes_test(order, attempt):
            attempt += 1
            yield service.work(order, activity, attempt)
        service.stamp(order, "repaired")
        service.install_parts(order, parts)
        service.leave(order)
        yield from self._hand_back(order, OrderState.REPLACED if swap else OrderState.REPAIRED)

    def _hand_back(self, order: Order, state: OrderState) -> Telling:
        """Give the device back: at the counter at once, by courier if it was mailed in."""
        service = self._service
        service.stamp(order, "ready")
        if order.channel == Channel.MAIL_IN:
            service.enter(order, OrderState.TRANSPORT_OUT, Component.TRANSPORT)
            yield service.mail(order, self._way_out[order.zone])
            if order.lost:
                service.close(order, OrderState.REFUNDED)
                return
        service.close(order, state)
