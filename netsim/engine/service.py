"""Service: the steps of which the stories of orders are made, and the clock of each order's time."""

from __future__ import annotations

from collections.abc import Callable

from netsim.engine.benches import Bench
from netsim.engine.claimants import Line
from netsim.engine.clock import Clock
from netsim.engine.contract import Phase, Stream, claim_subject, pack
from netsim.engine.cores import RepairLoop
from netsim.engine.dice import Dice
from netsim.engine.ladder import Ladder
from netsim.engine.lines import Lines
from netsim.engine.recorder import Recorder
from netsim.engine.records import COLUMNS, Component, LineEnd, WorkEnd
from netsim.engine.shipments import Shipments
from netsim.engine.story import WAIT, Story
from netsim.model.model import CoreBirth, Model
from netsim.tape.purposes import Purpose

__all__ = ["CELL", "WIDTH", "Order", "Service"]

CELL = {column: i for i, column in enumerate(COLUMNS["orders"])}
WIDTH = len(CELL)
_STATE, _CLOSED, _SECONDS = CELL["state"], CELL["closed"], CELL["call"]
_SHUT, _CUSTOMS = _SECONDS + Component.SHUT, _SECONDS + Component.CUSTOMS
_CERTAIN = 1 << 32
_IN_CALL, _LINE_INSTALLED = int(Component.CALL), int(LineEnd.INSTALLED)
_PURPOSE = (int(Purpose.DIAGNOSIS), int(Purpose.REPAIR), int(Purpose.CONTENT_TIME))


class Order(Story):
    """A service order: who asks for what, where it is, and since when it has been in its present state."""

    __slots__ = (
        "base", "bench", "channel", "component", "lines", "lost", "missing", "mode", "node", "paid", "since", "stream",
        "waiting",
    )  # fmt: skip

    line = -1

    def __init__(self, row: int, owner: int, number: int, mode: int, created: int, stream: Stream) -> None:
        self.subject = row
        self.base = row * WIDTH
        self.owner = owner
        self.number = number
        self.mode = mode
        self.claimed = self.since = created
        self.stream = stream
        self.component = _IN_CALL
        self.node = self.channel = -1
        self.bench: Bench | None = None
        self.lines: list[Line] = []
        self.missing = 0
        self.paid = self.waiting = self.lost = False

    def line_arrived(self) -> None:
        """Count a line that is complete at the node; the last one ends a wait for parts."""
        self.missing -= 1
        if self.waiting and not self.missing:
            self.waiting = False
            self.resume()


class Service:
    """What can be done to an order at a node."""

    def __init__(
        self, model: Model, clock: Clock, recorder: Recorder, dice: Dice, lines: Lines, ladder: Ladder,
        loop: RepairLoop, shipments: Shipments, benches: list[Bench],
    ) -> None:  # fmt: skip
        self.model = model
        self.clock = clock
        self.dice = dice
        self.lines = lines
        self.ladder = ladder
        self.loop = loop
        self.shipments = shipments
        self.benches = benches
        self.cells = recorder.orders.cells
        self.node_bench = model.nodes.bench.tolist()
        self.durations = (
            model.benches.diagnosis.tolist(),
            model.benches.work.tolist(),
            model.benches.handover.tolist(),
        )
        self._test_pass = model.benches.test_pass.tolist()
        self._part_arrival = model.part_arrival
        self._at_request = model.core_birth == CoreBirth.AT_REQUEST
        self.on_closed: Callable[[Order], None] | None = None

    # The order's own clock --------------------------------------------------------------------------------------

    def enter(self, order: Order, state: int, component: int) -> None:
        """Close the order's present component of time and begin another with its new *state*."""
        if order.since != self.clock.now:
            self._account(order)
        order.component = component
        self.cells[order.base + _STATE] = state

    def _account(self, order: Order) -> None:
        now = self.clock.now
        spent = now - order.since
        if order.component in _AT_BENCH and order.bench is not None and order.bench.hours is not None:
            worked = order.bench.hours.open_between(order.since, now)
            self.cells[order.base + _SHUT] += spent - worked
            spent = worked
        self.cells[order.base + _SECONDS + order.component] += spent
        order.since = now

    def close(self, order: Order, state: int) -> None:
        """End the order."""
        now = self.clock.now
        if order.since != now:
            self._account(order)
        self.cells[order.base + _STATE] = state
        self.cells[order.base + _CLOSED] = now
        if self.on_closed is not None:
            self.on_closed(order)

    # Steps ------------------------------------------------------------------------------------------------------

    def appointment(self, order: Order, time: int) -> bool:
        """Resume the order at *time*; return WAIT."""
        self.clock.at(time, pack(Phase.CLAIM, claim_subject(order.owner, order.number), 1), _resume, order)
        return WAIT

    def work(self, order: Order, bench: Bench, activity: int, attempt: int = 0) -> bool:
        """Let the technician work; return WAIT."""
        duration = self.durations[activity][bench.number]
        content = self.dice.seconds(duration, order.stream, order.owner, order.number, 0, _PURPOSE[activity], attempt)
        return bench.work(order, activity, content, -1, attempt)

    def passes_test(self, order: Order, bench: Bench, attempt: int) -> bool:
        """Return whether the repair passes its test; a failed one is noted on its work row."""
        passed = self.chance(order, Purpose.TEST, self._test_pass[bench.number], attempt)
        if not passed:
            bench.note(order, WorkEnd.TEST_FAILED)
        return passed

    def chance(self, order: Order, purpose: int, threshold: int, attempt: int = 0) -> bool:
        """Return whether an event of probability *threshold* / 2^32 happens to the order."""
        if not threshold:
            return False
        return threshold >= _CERTAIN or order.stream.mark(order.owner, order.number, 0, purpose, attempt) < threshold

    # Parts ------------------------------------------------------------------------------------------------------

    def ask_parts(self, order: Order, wanted: tuple[tuple[int, int], ...]) -> None:
        """Ask for every (part, quantity) at the order's node; what is not there climbs the shortage ladder."""
        if self._at_request:
            self.loop.remove(order, wanted)
        order.missing = len(wanted)
        deadline = self.clock.now + self._part_arrival
        for index, (part, qty) in enumerate(wanted):
            line = self.lines.ask(order, index, part, qty, deadline)
            order.lines.append(line)
            if line.left:
                self.ladder.climb(line)

    def install_parts(self, order: Order, wanted: tuple[tuple[int, int], ...]) -> None:
        """Put the parts into the device; what comes out becomes cores."""
        for line in order.lines:
            self.lines.end(line, _LINE_INSTALLED)
        order.lines.clear()  # they know their order: without this neither would leave memory
        if not self._at_request:
            self.loop.remove(order, wanted)

    # Transport --------------------------------------------------------------------------------------------------

    def mail(self, order: Order, route: int) -> bool:
        """Send the customer's device along *route*; return WAIT."""
        self.shipments.send(_Device(self, order), route)
        return WAIT

    def account_customs(self, order: Order, seconds: int) -> None:
        """Book *seconds* of the order's present transport as customs."""
        if seconds:
            self.cells[order.base + _CUSTOMS] += seconds
            order.since += seconds


class _Device:
    """A customer's device in a parcel of its own."""

    __slots__ = ("_order", "_rows", "_service", "consignment", "device", "leg", "number", "owner", "route")

    consignment: int
    leg: int
    route: tuple[int, ...]

    def __init__(self, service: Service, order: Order) -> None:
        self.owner = order.owner
        self.number = order.number
        self.device = order.subject
        self._service = service
        self._order = order
        self._rows: list[int] = []

    def wait(self, place: int) -> None:
        """A device is nobody's stock."""

    def depart(self, consignment: int, lane: int) -> None:
        self._rows.append(consignment)

    def arrive(self, consignment: int, lane: int, *, lost: bool) -> None:
        service, order = self._service, self._order
        order.lost = lost
        service.account_customs(order, sum(service.shipments.border_seconds(row) for row in self._rows))
        order.resume()


_AT_BENCH = frozenset(map(int, (Component.QUEUE, Component.DIAGNOSIS, Component.REPAIR)))


def _resume(order: Order) -> None:
    order.resume()
