"""The story of one order: every time stamp, place, part, shipment, piece of work, money line and core, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from netsim.engine.records import (
    Activity,
    ConsignmentEnd,
    LineEnd,
    MoveReason,
    OrderState,
    Records,
    RequestReason,
    StockState,
    UncoveredReason,
    WorkEnd,
)
from netsim.errors import ModelError, did_you_mean
from netsim.model.model import Channel

if TYPE_CHECKING:
    from netsim.model.model import Model
    from netsim.spec.scenario import Scenario

__all__ = ["Moment", "find_order", "tell_order"]

_COMPONENTS = ("call", "queue", "diagnosis", "quote", "parts", "repair", "transport", "customs", "shut")


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """One thing that happened: at *second* of the run, of a *kind* (order, part, shipment, work, core or money)."""

    second: int
    rank: int
    """Order within the second: what ends, then what comes of it, then what begins, then the money."""
    kind: str
    place: str
    text: str
    utc: str
    local: str
    amount: float | None = None


def find_order(model: Model, records: Records, name: str) -> int:
    """Return the row of the order that *name* names: ``ZONE/K``, a row number, or ``longest`` for the slowest one.

    Raise `ModelError` if there is none, with what was meant.
    """
    orders = records.orders
    count = len(orders["created"])
    if not count:
        raise ModelError("no order was placed in this run · let it last longer, or check the demand")
    if name == "longest":
        closed = np.where(orders["closed"] >= 0, orders["closed"], records.horizon)
        return int(np.argmax(np.where(orders["handed_over"] >= 0, closed - orders["handed_over"], -1)))
    if name.isdecimal():
        if int(name) < count:
            return int(name)
        raise ModelError(f"there is no order {name} · rows go from 0 to {count - 1}")
    zone, _, number = name.rpartition("/")
    places = model.zone_names + model.fleet_names
    if zone not in places or not number.isdecimal():
        hint = did_you_mean(zone or name, places) or "write ZONE/K, such as `" + f"{places[0]}/1`, or a row number"
        raise ModelError(f"there is no order `{name}` · {hint}")
    mine = np.flatnonzero((orders["zone"] == places.index(zone)) & (orders["k"] == int(number)))
    if not len(mine):
        known = orders["k"][orders["zone"] == places.index(zone)]
        told = (
            f"its orders have the numbers {known.min()} to {known.max()}" if len(known) else "it has none in this run"
        )
        raise ModelError(f"zone {zone} has no order {number} · {told}")
    return int(mine[0])


def tell_order(scenario: Scenario, model: Model, records: Records, order: int) -> list[Moment]:
    """Return the moments of one order (its row in ``records.orders``) in order of time, with its money lines."""
    teller = _Teller(scenario, model, records, order)
    moments = [
        *teller.order_moments(),
        *teller.line_moments(),
        *teller.shipment_moments(),
        *teller.work_moments(),
        *teller.core_moments(),
        *teller.money_moments(),
    ]
    return sorted(moments, key=lambda moment: (moment.second, moment.rank))


class _Teller:
    """What is known of one order while its story is told."""

    def __init__(self, scenario: Scenario, model: Model, records: Records, order: int) -> None:
        self.scenario = scenario
        self.model = model
        self.records = records
        self.row = order
        self.order = {name: int(column[order]) for name, column in records.orders.items()}
        self.start = datetime(scenario.start.year, scenario.start.month, scenario.start.day, tzinfo=UTC)
        model_zones = [*model.zone_country.tolist(), *model.fleet_country.tolist()]
        self.countries = [*model.nodes.country.tolist(), *model_zones]
        self.home = len(model.node_names) + self.order["zone"]

    def at(self, second: int, rank: int, kind: str, place: int, text: str, *, amount: float | None = None) -> Moment:
        """Return the moment, with its time in UTC and where *place* is."""
        when = self.start + timedelta(seconds=int(second))
        country = self.countries[place] if 0 <= place < len(self.countries) else self.countries[self.home]
        local = when
        if country >= 0:
            name = self.model.country_names[country]
            local = when.astimezone(ZoneInfo(self.scenario.world.countries[name].time_zone))
        shown = self.model.place_names[place] if 0 <= place < len(self.model.place_names) else ""
        return Moment(
            int(second), rank, kind, shown, text, f"{when:%Y-%m-%d %H:%M:%S}", f"{local:%a %d %b %H:%M}", amount
        )

    def order_moments(self) -> Iterator[Moment]:
        """Yield the time stamps of the order itself."""
        order, node = self.order, self.order["node"]
        mode = self.model.mode_names[order["mode"]] if 0 <= order["mode"] < len(self.model.mode_names) else "?"
        warranty = "in warranty" if order["warranty"] else "out of warranty"
        paid = "customer pays" if order["paid"] else "brand pays"
        channel = Channel(order["channel"]).name.lower().replace("_", "-") if order["channel"] >= 0 else "none"
        yield self.at(order["created"], 0, "order", self.home, f"claim: {mode} ({warranty}, {paid}); channel {channel}")
        for name, rank, text in (
            ("handed_over", 1, "device handed over"),
            ("received", 3, "received"),
            ("diagnosed", 5, "diagnosed"),
            ("complete", 10, "all parts at hand"),
            ("repaired", 13, "unit handed out" if order["channel"] == Channel.SWAP else "repaired and tested"),
            ("ready", 14, "ready"),
        ):
            if order[name] >= 0:
                place = self.home if name == "handed_over" and order["channel"] == Channel.MAIL_IN else node
                yield self.at(order[name], rank, "order", place, text)
        state = OrderState(order["state"]).name.lower().replace("_", " ")
        if order["closed"] >= 0:
            why = f" ({UncoveredReason(order['reason']).name.lower().replace('_', ' ')})" if order["reason"] > 0 else ""
            spent = ", ".join(f"{name} {_span(order[name])}" for name in _COMPONENTS if order[name] > 0)
            took = f" after {_span(order['closed'] - order['handed_over'])}" if order["handed_over"] >= 0 else ""
            yield self.at(order["closed"], 17, "order", node if node >= 0 else self.home,
                          f"closed: {state}{why}{took}" + (f" = {spent}" if spent else ""))  # fmt: skip
        else:
            yield self.at(self.records.horizon, 17, "order", node, f"the run ends; the order is still open: {state}")

    def line_moments(self) -> Iterator[Moment]:
        """Yield what happened to each part that the order asked for."""
        lines, requests = self.records.lines, self.records.requests
        for row in np.flatnonzero(lines["order"] == self.row).tolist():
            line = {name: int(column[row]) for name, column in lines.items()}
            part = f"{line['qty']} × {self.model.part_names[line['asked']]}"
            yield self.at(line["requested"], 6, "part", line["node"],
                          f"{part} asked for, wanted within {_span(line['deadline'] - line['requested'])}")  # fmt: skip
            source = self._place(line["source"]) if line["source"] >= 0 else self._place(line["node"])
            if line["reserved"] >= 0:
                yield self.at(line["reserved"], 8, "part", line["node"], f"{part} reserved at {source}")
            for number in np.flatnonzero(requests["line"] == row).tolist():
                reason = RequestReason(int(requests["reason"][number])).name.lower()
                origin = self._place(int(requests["target"][number]))
                yield self.at(requests["asked"][number], 7, "part", line["node"],
                              f"{part} requested from {origin} for this order ({reason})")  # fmt: skip
            if line["arrived"] >= 0:
                late = line["arrived"] - line["deadline"]
                told = "in time" if late <= 0 else f"{_span(late)} late"
                yield self.at(line["arrived"], 9, "part", line["node"],
                              f"{part} at hand after {_span(line['arrived'] - line['requested'])}, {told}")  # fmt: skip
            if line["ended"] >= 0:
                end = LineEnd(line["outcome"]).name.lower()
                yield self.at(line["ended"], 12, "part", line["node"], f"{part} {end}")

    def shipment_moments(self) -> Iterator[Moment]:
        """Yield the legs of the device, and of parts that this claim caused to be sent."""
        boxes = self.records.consignments
        cause = (boxes["owner"] == self.order["zone"]) & (boxes["number"] == self.order["k"]) & (boxes["order"] < 0)
        ships = self.records.moves["reason"] == MoveReason.SHIP
        good = set(
            self.records.moves["subject"][ships & (self.records.moves["to_state"] == StockState.TRANSIT)].tolist()
        )
        for row in np.flatnonzero((boxes["order"] == self.row) | cause).tolist():
            if boxes["order"][row] != self.row and row not in good:
                continue  # cores are told by themselves
            yield from self._leg(row, "shipment", "device" if boxes["order"][row] == self.row else self._content(row))

    def work_moments(self) -> Iterator[Moment]:
        """Yield what technicians did for the order."""
        work = self.records.work
        mine = (work["subject"] == self.row) & (work["activity"] != Activity.FACTORY)
        for row in np.flatnonzero(mine).tolist():
            yield from self._work(row, "work", Activity(int(work["activity"][row])).name.lower())

    def core_moments(self) -> Iterator[Moment]:
        """Yield where each core of the order went: the bench of its birth, its ways, the factory, stock or scrap."""
        moves, work = self.records.moves, self.records.work
        told: set[int] = set()
        own = (MoveReason.CORE_BORN, MoveReason.BEYOND_REPAIR, MoveReason.REPAIRED, MoveReason.SCRAPPED)
        texts = {
            MoveReason.CORE_BORN: "core removed, to be repaired",
            MoveReason.BEYOND_REPAIR: "screened: beyond economic repair, scrapped",
            MoveReason.REPAIRED: "core repaired: a good part again",
            MoveReason.SCRAPPED: "repair failed: scrapped",
        }
        for row in np.flatnonzero((moves["subject"] == self.row) & np.isin(moves["reason"], own)).tolist():
            reason = MoveReason(int(moves["reason"][row]))
            part = self.model.part_names[int(moves["part"][row])]
            place = int(moves["to_place"][row])
            yield self.at(moves["time"][row], 15, "core", place, f"{part}: {texts[reason]}")
            if reason == MoveReason.CORE_BORN:
                yield from self._follow(row, told)
        for row in np.flatnonzero((work["subject"] == self.row) & (work["activity"] == Activity.FACTORY)).tolist():
            yield from self._work(row, "core", "factory repair")

    def money_moments(self) -> Iterator[Moment]:
        """Yield the money lines that belong to the order."""
        from netsim.outcome.money import order_postings

        frame = order_postings(self.scenario, self.model, self.records, self.row)
        names = {name: i for i, name in enumerate(self.model.node_names)}
        currency = self.scenario.currency.base
        for line in frame.to_dict("records"):
            part = f" ({line['part']})" if line["part"] else ""
            text = f"{line['item']}{part}: {line['amount']:,.2f} {currency}, {line['debit']} / {line['credit']}"
            yield self.at(line["time"], 18, "money", names.get(line["node"], -1), text, amount=float(line["amount"]))

    def _follow(self, birth: int, told: set[int]) -> Iterator[Moment]:
        """Yield the ways of a core from its birth (a row of moves) to the node that works on it.

        Cores of one part leave a node in the order in which they came there, so that its box is the first one that
        goes after it came and takes cores of its part.
        """
        moves, boxes = self.records.moves, self.records.consignments
        node, part, since = int(moves["to_place"][birth]), int(moves["part"][birth]), int(moves["time"][birth])
        for _ in range(len(self.model.node_names)):
            leaving = np.flatnonzero(
                (moves["time"] >= since) & (moves["from_place"] == node) & (moves["part"] == part)
                & (moves["from_state"] == StockState.CORE) & (moves["reason"] == MoveReason.SHIP)
            )  # fmt: skip
            if not len(leaving) or self.model.returns_next[node] < 0 or self.model.returns_next[node] == node:
                return
            box = int(moves["subject"][leaving[0]])
            while box >= 0:
                if box not in told:
                    told.add(box)
                    yield from self._leg(box, "core", self.model.part_names[part])
                since, node = int(boxes["received"][box]), int(self.model.lanes.destination[boxes["lane"][box]])
                box = int(boxes["next"][box])
            if since < 0:
                return

    def _leg(self, row: int, kind: str, what: str) -> Iterator[Moment]:
        boxes, lanes = self.records.consignments, self.model.lanes
        lane = int(boxes["lane"][row])
        origin, destination = int(lanes.origin[lane]), int(lanes.destination[lane])
        name = self.model.lane_names[lane]
        yield self.at(boxes["departed"][row], 16, kind, origin, f"{what} leaves by {name}")
        if boxes["at_border"][row] >= 0:
            yield self.at(boxes["at_border"][row], 2, kind, destination, f"{what} at the border")
            if boxes["released"][row] >= 0:
                held = ", after a hold" if boxes["held"][row] else ""
                yield self.at(boxes["released"][row], 2, kind, destination, f"{what} released by customs{held}")
        if boxes["received"][row] >= 0:
            lost = boxes["outcome"][row] == ConsignmentEnd.LOST
            yield self.at(
                boxes["received"][row], 2, kind, destination, f"{what} {'lost under way' if lost else 'received'}"
            )

    def _work(self, row: int, kind: str, what: str) -> Iterator[Moment]:
        work = self.records.work
        place = int(self.model.benches.node[work["bench"][row]])
        if work["start"][row] < 0:
            yield self.at(work["joined"][row], 11, kind, place, f"waits for {what}")
            return
        queue = int(work["start"][row]) - int(work["joined"][row])
        waited = f", after {_span(queue)} in the queue" if queue else ""
        yield self.at(work["start"][row], 11, kind, place, f"{what} begins{waited}")
        if work["end"][row] >= 0:
            end = WorkEnd(int(work["outcome"][row])).name.lower().replace("_", " ")
            done = "" if end in ("done", "under way") else f": {end}"
            yield self.at(work["end"][row], 4, kind, place, f"{what} ends{done}")

    def _content(self, row: int) -> str:
        moves = self.records.moves
        mine = (moves["subject"] == row) & np.isin(moves["reason"], (MoveReason.SHIP, MoveReason.PURCHASE))
        pieces: dict[str, int] = {}
        for part, qty in zip(moves["part"][mine].tolist(), moves["qty"][mine].tolist(), strict=True):
            pieces[self.model.part_names[part]] = pieces.get(self.model.part_names[part], 0) + qty
        return ", ".join(f"{qty} × {part}" for part, qty in sorted(pieces.items())) or "goods"

    def _place(self, number: int) -> str:
        return self.model.place_names[number]


def story_as_json(moments: Sequence[Moment]) -> list[dict[str, Any]]:
    """Return *moments* as plain data."""
    return [
        {"second": m.second, "utc": m.utc, "local": m.local, "kind": m.kind, "place": m.place, "text": m.text,
         **({} if m.amount is None else {"amount": m.amount})}
        for m in moments
    ]  # fmt: skip


def _span(seconds: int) -> str:
    """Return a duration as people say it: ``3 d 4 h``, ``2 h 5 min``, ``40 min``, ``12 s``."""
    total = int(seconds)
    for size, unit, small, below in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if total >= size:
            rest = total % size // small
            return f"{total // size} {unit}" + (f" {rest} {below}" if rest else "")
    return f"{total} s"
