"""Lines: what orders need reserves free stock, waits for it at home, or is sent for elsewhere."""

from __future__ import annotations

from netsim.engine.claimants import Line, Wanting
from netsim.engine.recorder import row_maker
from netsim.engine.records import COLUMNS, LineEnd, MoveReason, StockState
from netsim.engine.supply import Supply

__all__ = ["Lines"]

_line_row, _move_row = row_maker("lines"), row_maker("moves")
_CELL = {column: i for i, column in enumerate(COLUMNS["lines"])}
_WIDTH = len(_CELL)
_SOURCE, _RUNG, _RESERVED, _ARRIVED = _CELL["source"], _CELL["rung"], _CELL["reserved"], _CELL["arrived"]
_ENDED, _OUTCOME = _CELL["ended"], _CELL["outcome"]
# Plain integers: a member of an enumeration costs a look-up at each use.
_BY_INSTALL, _BY_RESERVE = (
    int(MoveReason.INSTALL),
    int(MoveReason.RESERVE),
)
_AS_FREE, _AS_INSTALLED, _AS_RESERVED = (
    int(StockState.FREE),
    int(StockState.INSTALLED),
    int(StockState.RESERVED),
)
_LINE_OPEN = int(LineEnd.OPEN)


class Lines:
    """The desk at which orders ask for parts."""

    def __init__(self, supply: Supply) -> None:
        self._supply = supply
        self._clock = supply.clock
        self._table = supply.recorder.lines
        self._moves = supply.recorder.moves.cells
        supply.on_line = self._at_hand

    def ask(self, order: Wanting, index: int, part: int, qty: int, deadline: int) -> Line:
        """Return a new line for *qty* of *part* at the order's node, reserved as far as free stock goes unclaimed."""
        now, supply, node = self._clock.now, self._supply, order.node
        point = supply.points[supply.index[node][part]]
        row = self._table.append(
            _line_row(order.subject, index, part, part, qty, node, node, 0, now, deadline, -1, -1, -1, _LINE_OPEN)
        )
        line = Line(self, row, order, point, qty, now, deadline)
        if point.free and not point.waiting:
            pieces = min(point.free, qty)
            self.give(line, pieces)
            point.position -= pieces
            if not line.left:  # else the rest first finds its way: the rule sees a demand as a whole
                supply.replenish(point, line.owner, line.number)
        return line

    def wait(self, line: Line) -> None:
        """Let *line* join its node's queue and trigger the replenishment of what it misses."""
        point = line.point
        line.queued = True
        point.enqueue(line, self._clock.now)
        point.position -= line.left
        line.replenishment = self._supply.replenish(point, line.owner, line.number)

    def divert(self, line: Line, giver: int, route: int, *, rung: int, reason: int) -> None:
        """Ask *giver* to send what *line* misses straight to it; its wait at home is taken back."""
        point, missing, was_queued = line.point, line.left, line.queued
        if line.queued:
            line.queued = False
            point.waiting -= missing
            point.position += missing
            if line.replenishment is not None:
                self._supply.take_back(line.replenishment, missing)
                line.replenishment = None
        line.left = 0
        self._table.cells[line.row * _WIDTH + _SOURCE] = giver
        self._table.cells[line.row * _WIDTH + _RUNG] = rung
        request = self._supply.request(point, giver, route, missing, line.owner, line.number, reason, line)
        if not request.left:
            self._table.cells[line.row * _WIDTH + _RESERVED] = self._clock.now
        if not was_queued and missing < line.qty:
            self._supply.replenish(point, line.owner, line.number)

    def give(self, line: Line, pieces: int) -> None:
        """Reserve *pieces* of the node's free stock for *line*."""
        now, point = self._clock.now, line.point
        node = point.node
        point.free -= pieces
        line.left -= pieces
        self._moves.frombytes(
            _move_row(now, point.part, pieces, node, _AS_FREE, node, _AS_RESERVED, _BY_RESERVE, line.row)
        )
        if not line.left:
            line.queued = False
            self._table.cells[line.row * _WIDTH + _RESERVED] = now
        self._at_hand(line, pieces)

    def end(self, line: Line, outcome: int) -> None:
        """Install the pieces of *line* at its node."""
        now, point, base = self._clock.now, line.point, line.row * _WIDTH
        cells, node = self._table.cells, point.node
        cells[base + _ENDED] = now
        cells[base + _OUTCOME] = outcome
        self._moves.frombytes(
            _move_row(now, point.part, line.qty, node, _AS_RESERVED, node, _AS_INSTALLED, _BY_INSTALL, line.row)
        )

    def _at_hand(self, line: Line, pieces: int) -> None:
        line.missing -= pieces
        if not line.missing:
            now, cells, base = self._clock.now, self._table.cells, line.row * _WIDTH
            if cells[base + _RESERVED] < 0:  # given by its source after it had asked
                cells[base + _RESERVED] = now
            cells[base + _ARRIVED] = now
            line.order.line_arrived()
