"""Claimants: the lines of orders and the requests of nodes, which wait for pieces of a stock point."""

from __future__ import annotations

from collections.abc import Callable

from netsim.engine.contract import Stream
from netsim.engine.stockpoint import StockPoint

__all__ = ["Line", "Request"]


class Line:
    """One part that an order needs at its node: *left* pieces not reserved, *missing* pieces not at hand."""

    __slots__ = (
        "deadline", "left", "missing", "number", "on_arrival", "owner", "point", "priority", "qty", "queued",
        "replenishment", "row", "stream",
    )  # fmt: skip

    def __init__(
        self, row: int, point: StockPoint, qty: int, deadline: int, stream: Stream, owner: int, number: int,
        on_arrival: Callable[[], None],
    ) -> None:  # fmt: skip
        self.row = row
        self.point = point
        self.qty = self.left = self.missing = qty
        self.deadline = deadline
        self.owner = owner
        self.number = number
        self.priority = 0
        self.stream = stream
        self.on_arrival = on_arrival
        self.queued = False
        self.replenishment: Request | None = None

    def ask_stream(self) -> Stream:
        """Return the draws of the node that asks."""
        return self.stream

    def rank(self) -> tuple[int, ...]:
        """Return the cause and the row."""
        return (self.owner, self.number, self.row)


class Request:
    """What one node asks of another: *left* pieces not yet given; *line* is served directly if there is one."""

    __slots__ = ("asked", "asker", "left", "line", "number", "owner", "priority", "route", "row", "source", "stream")

    def __init__(
        self, row: int, asker: StockPoint, source: StockPoint | None, qty: int, route: int, stream: Stream,
        owner: int, number: int, asked: int, line: Line | None,
    ) -> None:  # fmt: skip
        self.row = row
        self.asker = asker
        self.source = source
        self.left = qty
        self.route = route
        self.stream = stream
        self.owner = owner
        self.number = number
        self.asked = asked
        self.line = line
        self.priority = asker.priority

    def ask_stream(self) -> Stream:
        """Return the draws of the node that asks."""
        return self.stream

    def rank(self) -> tuple[int, ...]:
        """Return the cause and the row."""
        return (self.owner, self.number, self.row)
