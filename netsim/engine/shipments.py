"""Shipments: goods leave on lanes, cross borders, change lanes and arrive.

Everything bound for one lane from one cause in one instant is one consignment; on a scheduled lane everything that is
ready by the cut-off is. A customer's device always travels as a consignment of its own.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Protocol

from netsim.engine.clock import Clock
from netsim.engine.contract import DATE, LEG_BITS, Phase, Stream, Tape, pack
from netsim.engine.dice import Dice
from netsim.engine.recorder import Recorder, row_maker
from netsim.engine.records import COLUMNS, ConsignmentEnd
from netsim.model.calendars import OpenHours
from netsim.model.model import NEVER, Model
from netsim.tape.purposes import Purpose

__all__ = ["Goods", "Shipments"]

_row = row_maker("consignments")
_CELL = {column: i for i, column in enumerate(COLUMNS["consignments"])}
_NEXT, _RECEIVED, _OUTCOME, _WIDTH = _CELL["next"], _CELL["received"], _CELL["outcome"], len(_CELL)
_ARRIVAL = pack(Phase.ARRIVAL, 0)
_AT_BORDER, _RELEASED = _CELL["at_border"], _CELL["released"]
# Plain integers: a member of an enumeration costs a look-up at each use.
_DRAW_CLEARANCE, _DRAW_HOLD, _DRAW_HOLD_TIME, _DRAW_LOSS, _DRAW_TRANSIT = (
    int(Purpose.CLEARANCE),
    int(Purpose.HOLD),
    int(Purpose.HOLD_TIME),
    int(Purpose.LOSS),
    int(Purpose.TRANSIT),
)
_END_LOST, _END_RECEIVED, _END_UNDER_WAY = (
    int(ConsignmentEnd.LOST),
    int(ConsignmentEnd.RECEIVED),
    int(ConsignmentEnd.UNDER_WAY),
)


class Goods(Protocol):
    """Something under way, of the cause (*owner*, *number*); *device* is an order's row or -1.

    `Shipments` keeps the *route* as lanes, the *leg* and the *consignment* of which the goods are part.
    """

    owner: int
    number: int
    device: int
    route: tuple[int, ...]
    leg: int
    consignment: int

    def wait(self, place: int) -> None:
        """The goods stand at *place* until a scheduled departure."""

    def depart(self, consignment: int, lane: int) -> None:
        """The goods leave as part of *consignment* on *lane*."""

    def arrive(self, consignment: int, lane: int, *, lost: bool) -> None:
        """The goods have reached the end of their route, or are lost."""


class _Lane:
    """What shipping on one lane takes."""

    __slots__ = (
        "border", "clearance", "cut_off", "departures", "destination", "fifo", "fixed", "hold", "hold_time", "hours",
        "last", "loss", "number", "origin", "pending", "repeats", "stream", "transit", "waiting",
    )  # fmt: skip

    def __init__(self, number: int, model: Model, dice: Dice, stream: Stream, hours: OpenHours | None) -> None:
        lanes = model.lanes
        row = int(lanes.departures[number])
        self.number = number
        self.origin = int(lanes.origin[number])
        self.destination = int(lanes.destination[number])
        self.transit = int(lanes.transit[number])
        self.departures: list[int] | None = None if row < 0 else model.departures[row].tolist()
        self.cut_off = int(lanes.cut_off[number])
        self.border = bool(lanes.customs[number])
        self.clearance = int(lanes.clearance[number])
        self.hold = int(lanes.hold[number])
        self.hold_time = int(lanes.hold_time[number])
        self.fifo = bool(lanes.fifo[number])
        self.loss = int(lanes.loss[number])
        # How long a consignment takes that nothing befalls on its way; -1 where something may.
        varies = dice.is_random(self.transit) or self.border or self.loss or self.fifo
        self.fixed = -1 if varies else int(model.durations.mean[self.transit])
        self.stream = stream
        self.hours = hours
        self.last = -1
        self.pending = -1
        self.waiting: list[tuple[int, Goods]] = []
        self.repeats: dict[tuple[int, int], int] = {}


class Shipments:
    """All lanes of a run."""

    def __init__(self, model: Model, tape: Tape, clock: Clock, recorder: Recorder, dice: Dice) -> None:
        self._clock = clock
        self._dice = dice
        self._consignments = recorder.consignments
        hours = [OpenHours(calendar) for calendar in model.calendars]
        receives = model.nodes.receives.tolist()
        self._routes = model.routes.lanes.rows()
        self._lanes = []
        for number, name in enumerate(model.lane_names):
            place = int(model.lanes.destination[number])
            calendar = receives[place] if place < len(receives) else -1
            shift = None if calendar < 0 else hours[calendar]
            self._lanes.append(_Lane(number, model, dice, tape.stream(name), shift))
        self._dock: list[Goods] = []

    def send(self, goods: Goods, route: int) -> None:
        """Put *goods* on their way along *route*."""
        goods.route = self._routes[route]
        goods.leg = 0
        self._load(goods)

    def _load(self, goods: Goods) -> None:
        lane = self._lanes[goods.route[goods.leg]]
        if lane.departures is None:
            if not self._dock:
                self._clock.closing = self._close
            self._dock.append(goods)
            return
        now = self._clock.now
        if goods.leg == 0:
            goods.wait(lane.origin)
        lane.waiting.append((now, goods))
        if lane.pending < 0:
            self._call_departure(lane, now)

    def _call_departure(self, lane: _Lane, ready: int) -> None:
        if lane.departures is None:
            return
        i = bisect_left(lane.departures, ready + lane.cut_off)
        lane.pending = lane.departures[i] if i < len(lane.departures) else NEVER
        if lane.pending < self._clock.horizon:
            self._clock.at(lane.pending, pack(Phase.DEPARTURE, lane.number), self._departs, lane)

    def _departs(self, lane: _Lane) -> None:
        now = self._clock.now
        lane.pending = -1
        boarding = [goods for ready, goods in lane.waiting if ready + lane.cut_off <= now]
        lane.waiting = [entry for entry in lane.waiting if entry[0] + lane.cut_off > now]
        stock = [goods for goods in boarding if goods.device < 0]
        if stock:
            self._leave(lane, DATE, now, -1, stock)
        for goods in boarding:
            if goods.device >= 0:
                self._leave(lane, goods.owner, goods.number, goods.device, [goods])
        if lane.waiting:
            self._call_departure(lane, lane.waiting[0][0])

    def _close(self) -> None:
        """At the end of an instant: what was put on the dock leaves, grouped by lane and cause."""
        dock, self._dock = self._dock, []
        if len(dock) == 1:
            goods = dock[0]
            self._leave(self._lanes[goods.route[goods.leg]], goods.owner, goods.number, goods.device, dock)
            return
        groups: dict[tuple[int, int, int, int], list[Goods]] = {}
        for goods in dock:
            key = (goods.route[goods.leg], goods.owner, goods.number, goods.device)
            if key in groups:
                groups[key].append(goods)
            else:
                groups[key] = [goods]
        for (lane, owner, number, device), load in groups.items():
            self._leave(self._lanes[lane], owner, number, device, load)

    def _leave(self, lane: _Lane, owner: int, number: int, device: int, load: list[Goods]) -> None:
        now, leg = self._clock.now, load[0].leg
        if lane.fixed >= 0:
            arrival = released = now + lane.fixed
            held, lost = 0, False
        else:
            arrival, released, held, lost = self._draw(lane, owner, number, device=device >= 0)
        received = released if lane.hours is None or lost else lane.hours.next_open(released)
        at_border, cleared = (arrival, released) if lane.border else (-1, -1)
        row = self._consignments.append(
            _row(lane.number, leg, -1, owner, number, device, now, at_border, cleared, -1, held, _END_UNDER_WAY)
        )
        for goods in load:
            goods.depart(row, lane.number)
            if goods.leg:
                self._consignments.cells[goods.consignment * _WIDTH + _NEXT] = row
            goods.consignment = row
        if received < self._clock.horizon:
            handler = self._loses if lost else self._arrives
            self._clock.at(received, _ARRIVAL + (row << LEG_BITS) + leg, handler, (row, lane.number, load))

    def _draw(self, lane: _Lane, owner: int, number: int, *, device: bool) -> tuple[int, int, int, bool]:
        """Return when a consignment ends its transit and leaves customs, whether it is held, whether it is lost."""
        stream, seconds = lane.stream, self._dice.seconds
        attempt = lane.repeats.get((owner, number), 0)
        lane.repeats[owner, number] = attempt + 1
        arrival = self._clock.now + seconds(lane.transit, stream, owner, number, 0, _DRAW_TRANSIT, attempt)
        if lane.fifo:
            arrival = lane.last = max(arrival, lane.last)
        released, held = arrival, 0
        if lane.border:
            released += seconds(lane.clearance, stream, owner, number, 0, _DRAW_CLEARANCE, attempt)
            if lane.hold and stream.mark(owner, number, 0, _DRAW_HOLD, attempt) < lane.hold:
                held = 1
                released += seconds(lane.hold_time, stream, owner, number, 0, _DRAW_HOLD_TIME, attempt)
        lost = bool(lane.loss) and device and stream.mark(owner, number, 0, _DRAW_LOSS, attempt) < lane.loss
        return arrival, released, held, lost

    def _arrives(self, arrival: tuple[int, int, list[Goods]]) -> None:
        row, lane, load = arrival
        cells, base = self._consignments.cells, row * _WIDTH
        cells[base + _RECEIVED] = self._clock.now
        cells[base + _OUTCOME] = _END_RECEIVED
        for goods in load:
            goods.leg += 1
            if goods.leg < len(goods.route):
                self._load(goods)
            else:
                goods.arrive(row, lane, lost=False)

    def _loses(self, arrival: tuple[int, int, list[Goods]]) -> None:
        row, lane, load = arrival
        self._consignments.cells[row * _WIDTH + _OUTCOME] = _END_LOST
        for goods in load:
            goods.arrive(row, lane, lost=True)

    def border_seconds(self, consignment: int) -> int:
        """Return the seconds that *consignment* spent in customs."""
        cells, base = self._consignments.cells, consignment * _WIDTH
        at_border: int = cells[base + _AT_BORDER]
        return 0 if at_border < 0 else cells[base + _RELEASED] - at_border
