"""Claimants: the lines of orders and the requests of nodes, which wait for pieces of a stock point."""

from __future__ import annotations

from array import array
from typing import Protocol

from netsim.engine.clock import Clock
from netsim.engine.contract import Stream
from netsim.engine.stockpoint import StockPoint

__all__ = ["Desk", "Line", "Request", "Source", "Wanting"]


class Wanting(Protocol):
    """Who needs parts: an order, as its lines and cores see it."""

    owner: int
    number: int
    claimed: int
    subject: int
    node: int
    stream: Stream

    def line_arrived(self) -> None:
        """Hear that a line is complete at the node."""
        ...


class Desk(Protocol):
    """Where lines get their pieces."""

    def give(self, line: Line, pieces: int) -> None:
        """Reserve free *pieces* for *line*."""
        ...


class Source(Protocol):
    """What fills requests and takes their pieces off the lanes."""

    clock: Clock
    moves: array[int]

    def fill(self, request: Request, pieces: int) -> None:
        """Ship *pieces* of *request* from free stock."""
        ...

    def receive(self, request: Request, pieces: int, consignment: int, lane: int) -> None:
        """Take *pieces* of *request* off *lane*."""
        ...


class Line:
    """One part that an order needs at its node: *left* pieces not reserved, *missing* pieces not at hand."""

    __slots__ = (
        "deadline", "desk", "left", "missing", "number", "order", "owner", "point", "qty", "queued", "replenishment",
        "requested", "row", "watched",
    )  # fmt: skip

    priority = 0  # no node comes before a customer

    def __init__(
        self, desk: Desk, row: int, order: Wanting, point: StockPoint, qty: int, requested: int, deadline: int
    ) -> None:
        self.desk = desk
        self.row = row
        self.order = order
        self.owner = order.owner
        self.number = order.number
        self.point = point
        self.qty = self.left = self.missing = qty
        self.requested = requested
        self.deadline = deadline
        self.queued = False
        self.replenishment: Request | None = None
        self.watched = -1

    @property
    def stream(self) -> Stream:
        """Return the draws of the node that asks."""
        return self.point.stream

    def take(self, pieces: int) -> None:
        """Receive *pieces* of the stock point's free stock."""
        self.desk.give(self, pieces)

    def rank(self) -> tuple[int, ...]:
        """Return the cause and the row."""
        return (self.owner, self.number, self.row)


class Request:
    """What one node asks of another: *left* pieces not yet given; *line* is served directly if there is one.

    *source* is the stock point that gives, None where *target*, the node asked, is a supplier.
    """

    __slots__ = (
        "asked", "asker", "left", "line", "number", "owner", "priority", "route", "row", "source", "supply", "target",
    )  # fmt: skip

    def __init__(
        self, supply: Source, row: int, asker: StockPoint, target: int, source: StockPoint | None, route: int,
        qty: int, owner: int, number: int, asked: int, line: Line | None,
    ) -> None:  # fmt: skip
        self.supply = supply
        self.row = row
        self.asker = asker
        self.target = target
        self.source = source
        self.route = route
        self.left = qty
        self.owner = owner
        self.number = number
        self.asked = asked
        self.line = line
        self.priority = asker.priority

    @property
    def stream(self) -> Stream:
        """Return the draws of the node that asks."""
        return self.asker.stream

    def take(self, pieces: int) -> None:
        """Receive *pieces* of the source's free stock."""
        self.supply.fill(self, pieces)

    def rank(self) -> tuple[int, ...]:
        """Return the cause and the row."""
        return (self.owner, self.number, self.row)
