"""Claimants: the lines of orders and the requests of nodes, which wait for pieces of a stock point."""

from __future__ import annotations

from collections.abc import Callable

from netsim.engine.contract import Stream
from netsim.engine.stockpoint import StockPoint

__all__ = ["Line", "Request"]


class Line:
    """One part that an order needs at its node: *left* pieces not reserved, *missing* pieces not at hand."""

    __slots__ = (
        "deadline", "give", "left", "missing", "number", "on_arrival", "owner", "point", "priority", "qty", "queued",
        "replenishment", "requested", "row", "stream", "watched",
    )  # fmt: skip

    def __init__(
        self, row: int, point: StockPoint, qty: int, *, requested: int, deadline: int, stream: Stream,
        cause: tuple[int, int], on_arrival: Callable[[], None], give: Callable[[StockPoint, Line, int], None],
    ) -> None:  # fmt: skip
        self.row = row
        self.point = point
        self.qty = self.left = self.missing = qty
        self.requested = requested
        self.deadline = deadline
        self.stream = stream
        self.owner, self.number = cause
        self.on_arrival = on_arrival
        self.give = give
        self.priority = 0
        self.queued = False
        self.replenishment: Request | None = None
        self.watched = -1

    def take(self, pieces: int) -> None:
        """Receive *pieces* of the stock point's free stock."""
        self.give(self.point, self, pieces)

    def rank(self) -> tuple[int, ...]:
        """Return the cause and the row."""
        return (self.owner, self.number, self.row)


class Request:
    """What one node asks of another: *left* pieces not yet given; *line* is served directly if there is one."""

    __slots__ = (
        "asked", "asker", "fill", "left", "line", "number", "owner", "priority", "route", "row", "source", "stream",
    )  # fmt: skip

    def __init__(
        self, row: int, asker: StockPoint, source: StockPoint | None, qty: int, *, route: int, stream: Stream,
        cause: tuple[int, int], asked: int, line: Line | None, fill: Callable[[StockPoint, Request, int], None],
    ) -> None:  # fmt: skip
        self.row = row
        self.asker = asker
        self.source = source
        self.left = qty
        self.route = route
        self.stream = stream
        self.owner, self.number = cause
        self.asked = asked
        self.line = line
        self.fill = fill
        self.priority = asker.priority

    def take(self, pieces: int) -> None:
        """Receive *pieces* of the source's free stock."""
        if self.source is not None:
            self.fill(self.source, self, pieces)

    def rank(self) -> tuple[int, ...]:
        """Return the cause and the row."""
        return (self.owner, self.number, self.row)
