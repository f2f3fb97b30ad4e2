"""Parts: lines reserve, stock points order, sources fill, the shortage ladder looks elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from netsim.engine.claimants import Line, Request
from netsim.engine.clock import Clock
from netsim.engine.contract import DATE, Phase, Stream, Tape, pack
from netsim.engine.dice import Dice
from netsim.engine.recorder import Recorder
from netsim.engine.records import COLUMNS, LineEnd, MoveReason, RequestReason, StockState
from netsim.engine.shipments import Goods, Shipments
from netsim.engine.stockpoint import StockPoint
from netsim.model.model import Model, NodeKind, StockRule
from netsim.plan.plan import Plan
from netsim.policies.replenishment import order_quantity
from netsim.registry import load_code
from netsim.tape.purposes import Purpose

__all__ = ["PartsOffice"]

_LINE = {column: i for i, column in enumerate(COLUMNS["lines"])}
_LINE_WIDTH = len(_LINE)
_SOURCE, _RUNG, _REQUESTED, _RESERVED, _ARRIVED = (
    _LINE["source"], _LINE["rung"], _LINE["requested"], _LINE["reserved"], _LINE["arrived"],
)  # fmt: skip
_ENDED, _LINE_OUTCOME = _LINE["ended"], _LINE["outcome"]
_REQUEST = {column: i for i, column in enumerate(COLUMNS["requests"])}
_REQUEST_WIDTH = len(_REQUEST)
_AT_ONCE, _FILLED, _REQUEST_RECEIVED, _CANCELLED = (
    _REQUEST["at_once"], _REQUEST["filled"], _REQUEST["received"], _REQUEST["cancelled"],
)  # fmt: skip


class PartsOffice:
    """All stock points of a run and the rules between them."""

    def __init__(
        self, model: Model, plan: Plan, tape: Tape, clock: Clock, recorder: Recorder, dice: Dice, shipments: Shipments
    ) -> None:
        stock = model.stock
        self._model = model
        self._plan = plan
        self._tape = tape
        self.clock = clock
        self.recorder = recorder
        self._dice = dice
        self.shipments = shipments
        self._reviewing = False
        self.index: list[list[int]] = stock.index.tolist()
        self._node_streams = [tape.stream(name) for name in model.node_names]
        self._is_supplier = [kind == NodeKind.SUPPLIER for kind in model.nodes.kind.tolist()]
        self._lead = model.nodes.lead.tolist()
        self._leads: dict[tuple[int, int], Stream] = {}
        self.nominal = model.routes.nominal.tolist()
        self._lead_mean = model.durations.mean.tolist()
        self._custom: dict[int, Callable[[int, int, int], int]] = {
            i: load_code(name) for i, name in enumerate(stock.custom) if name
        }
        self.points = [
            StockPoint(i, node, part, rule=rule, priority=priority, weight=weight)
            for i, (node, part, rule, priority, weight) in enumerate(
                zip(
                    *(c.tolist() for c in (stock.node, stock.part, stock.rule, stock.priority, stock.count_cores)),
                    strict=True,
                )
            )
        ]
        sources, routes = model.supply.sources.rows(), model.supply.routes.rows()
        for point in self.points:
            point.sources = tuple(zip(sources[point.number], routes[point.number], strict=True))
        self._reviews = [model.departures[row].tolist() if row >= 0 else [] for row in stock.review.tolist()]
        self.on_review: Callable[[StockPoint], None] = _ignore

    def open(self) -> None:
        """Put opening stock in place, and call the first reviews and the plan's changes of level."""
        write, opening = self.recorder.moves.write, self._model.stock.opening.tolist()
        for point in self.points:
            point.low, point.high = int(self._plan.low[0, point.number]), int(self._plan.high[0, point.number])
            level = point.low + point.high if point.rule == StockRule.REORDER_POINT else point.high
            stock = opening[point.number] if opening[point.number] >= 0 else level
            point.free = point.position = stock
            if stock:
                write(
                    (
                        0,
                        point.part,
                        stock,
                        point.node,
                        StockState.OUTSIDE,
                        point.node,
                        StockState.FREE,
                        MoveReason.OPENING,
                        -1,
                    )
                )
            self._call_review(point, 0)
            self._call_level(point, 0)
            if self._wanted(point):
                self.clock.at(0, pack(Phase.REVIEW, point.number, 2), self._first_look, point)

    # Lines ------------------------------------------------------------------------------------------------------

    def ask(
        self, order_row: int, index: int, node: int, part: int, qty: int, deadline: int, owner: int, number: int,
        on_arrival: Callable[[], None],
    ) -> Line:  # fmt: skip
        """Return a new line for *qty* of *part* at *node*, reserved as far as free stock goes where nobody waits."""
        now = self.clock.now
        point = self.points[self.index[node][part]]
        row = self.recorder.lines.append(
            (order_row, index, part, part, qty, node, node, 0, now, deadline, -1, -1, -1, LineEnd.OPEN)
        )
        line = Line(row, point, qty, deadline, self._node_streams[node], owner, number, on_arrival)
        if point.free and not point.waiting:
            self._give_line(point, line, min(point.free, qty))
            point.position -= qty - line.left
            self.replenish(point, owner, number)
        return line

    def wait(self, line: Line) -> None:
        """Let *line* join its node's queue and trigger the replenishment of what it misses."""
        point = line.point
        line.queued = True
        point.enqueue(line, self.clock.now)
        point.position -= line.left
        line.replenishment = self.replenish(point, line.owner, line.number)

    def divert(self, line: Line, giver: int, route: int, rung: int, reason: RequestReason) -> None:
        """Take *line* out of its node's queue, if it is there, and ask *giver* to send what it misses directly."""
        point, missing = line.point, line.left
        if line.queued:
            self._take_back(line, missing)
            line.queued = False
        line.left = 0
        base = line.row * _LINE_WIDTH
        self.recorder.lines.cells[base + _SOURCE] = giver
        self.recorder.lines.cells[base + _RUNG] = rung
        self._request(point, giver, route, missing, line.owner, line.number, reason, line)

    def _take_back(self, line: Line, missing: int) -> None:
        """Undo the wait of *line*: its backorder, and as much of its replenishment as nobody has filled."""
        point, request = line.point, line.replenishment
        point.waiting -= missing
        point.position += missing
        if request is None:
            return
        taken = min(missing, request.left)
        if taken:
            request.left -= taken
            point.position -= taken
            self.recorder.requests.cells[request.row * _REQUEST_WIDTH + _CANCELLED] += taken
            if request.source is not None:
                request.source.waiting -= taken
                request.source.position += taken

    def end_line(self, line: Line, outcome: LineEnd) -> None:
        """Install the pieces of *line* (its only end so far) at its node."""
        now, point = self.clock.now, line.point
        base = line.row * _LINE_WIDTH
        self.recorder.lines.cells[base + _ENDED] = now
        self.recorder.lines.cells[base + _LINE_OUTCOME] = outcome
        self.recorder.moves.write(
            (
                now,
                point.part,
                line.qty,
                point.node,
                StockState.RESERVED,
                point.node,
                StockState.INSTALLED,
                MoveReason.INSTALL,
                line.row,
            )
        )

    def _give_line(self, point: StockPoint, line: Line, pieces: int) -> None:
        now = self.clock.now
        point.free -= pieces
        line.left -= pieces
        self.recorder.moves.write(
            (
                now,
                point.part,
                pieces,
                point.node,
                StockState.FREE,
                point.node,
                StockState.RESERVED,
                MoveReason.RESERVE,
                line.row,
            )
        )
        if not line.left:
            self.recorder.lines.cells[line.row * _LINE_WIDTH + _RESERVED] = now
        self._at_hand(line, pieces)

    def _at_hand(self, line: Line, pieces: int) -> None:
        line.missing -= pieces
        if not line.missing:
            self.recorder.lines.cells[line.row * _LINE_WIDTH + _ARRIVED] = self.clock.now
            line.on_arrival()

    # Requests ---------------------------------------------------------------------------------------------------

    def _wanted(self, point: StockPoint) -> int:
        if point.rule == StockRule.CUSTOM:
            return max(0, int(self._custom[point.number](point.effective_position(), point.low, point.high)))
        return order_quantity(point.rule, point.effective_position(), point.low, point.high)

    def replenish(self, point: StockPoint, owner: int, number: int) -> Request | None:
        """Return the request that *point*'s rule places now, or None; (R,S) orders at its reviews only."""
        if point.rule == StockRule.ORDER_UP_TO or not point.sources:
            return None
        wanted = self._wanted(point)
        return self._order(point, wanted, owner, number) if wanted else None

    def _order(self, point: StockPoint, wanted: int, owner: int, number: int) -> Request:
        source, route = point.sources[0]
        for candidate, way in point.sources:
            if self.free_at(candidate, point.part) >= wanted:
                source, route = candidate, way
                break
        reason = RequestReason.PURCHASE if self._is_supplier[source] else RequestReason.REPLENISHMENT
        return self._request(point, source, route, wanted, owner, number, reason, None)

    def _request(
        self,
        asker: StockPoint,
        node: int,
        route: int,
        qty: int,
        owner: int,
        number: int,
        reason: RequestReason,
        line: Line | None,
    ) -> Request:
        now = self.clock.now
        source = None if self._is_supplier[node] else self.points[self.index[node][asker.part]]
        row = self.recorder.requests.append(
            (
                asker.node,
                node,
                asker.part,
                qty,
                owner,
                number,
                reason,
                -1 if line is None else line.row,
                now,
                0,
                -1,
                -1,
                0,
            )
        )
        request = Request(row, asker, source, qty, route, self._node_streams[asker.node], owner, number, now, line)
        if line is None:
            asker.position += qty
        if source is None:
            self._purchase(request, node)
            return request
        source.position -= qty
        if source.free and not source.waiting and not self._reviewing:
            self._fill(source, request, min(source.free, qty))
        if request.left:
            source.enqueue(request, now)
            self._call_allocation(source)
        self.replenish(source, owner, number)
        return request

    def _purchase(self, request: Request, supplier: int) -> None:
        lead = self._lead[supplier]
        pair = (supplier, request.asker.node)
        stream = self._leads.get(pair)
        if stream is None:
            names = self._model.node_names
            stream = self._leads[pair] = self._tape.stream(f"lead/{names[supplier]}/{names[request.asker.node]}")
        seconds = self._dice.seconds(lead, stream, request.owner, request.number, 0, Purpose.LEAD)
        if seconds:
            self.clock.at(
                self.clock.now + seconds, pack(Phase.END, request.row, 1), self._delivers, (request, supplier)
            )
        else:
            self._delivers((request, supplier))

    def _delivers(self, delivery: tuple[Request, int]) -> None:
        request, supplier = delivery
        if request.left:
            self._ship(request, supplier, request.left, StockState.OUTSIDE, MoveReason.PURCHASE)

    def _fill(self, source: StockPoint, request: Request, pieces: int) -> None:
        source.free -= pieces
        self._ship(request, source.node, pieces, StockState.FREE, MoveReason.SHIP)

    def _ship(self, request: Request, node: int, pieces: int, state: StockState, reason: MoveReason) -> None:
        now = self.clock.now
        request.left -= pieces
        cells, base = self.recorder.requests.cells, request.row * _REQUEST_WIDTH
        cells[base + _FILLED] = now
        if now == request.asked:
            cells[base + _AT_ONCE] += pieces
        if request.line is not None and not request.left:
            self.recorder.lines.cells[request.line.row * _LINE_WIDTH + _RESERVED] = now
        self.shipments.send(_Replenishment(self, request, node, pieces, state, reason), request.route)

    def receive(self, request: Request, pieces: int, consignment: int, lane: int) -> None:
        """Take *pieces* of *request* off *lane* into free stock, or straight to the line they were sent for."""
        now, point, line = self.clock.now, request.asker, request.line
        self.recorder.requests.cells[request.row * _REQUEST_WIDTH + _REQUEST_RECEIVED] = now
        state = StockState.FREE if line is None else StockState.RESERVED
        self.recorder.moves.write(
            (now, point.part, pieces, lane, StockState.TRANSIT, point.node, state, MoveReason.RECEIVE, consignment)
        )
        if line is not None:
            self._at_hand(line, pieces)
            return
        point.free += pieces
        self._call_allocation(point)

    def receive_repaired(self, point: StockPoint, owner: int, number: int) -> None:
        """Add one repaired piece, already moved into place, to free stock."""
        point.free += 1
        point.position += 1
        point.in_repair -= point.weight
        self._call_allocation(point)
        if point.weight < 1 << 32:
            self.replenish(point, owner, number)

    def requested(self, line: Line) -> int:
        """Return the second at which *line* was asked for."""
        return self.recorder.lines.cells[line.row * _LINE_WIDTH + _REQUESTED]

    def free_at(self, node: int, part: int) -> int:
        """Return the free pieces that nobody waits for; a supplier has more than anyone asks."""
        if self._is_supplier[node]:
            return 1 << 40
        number = self.index[node][part]
        if number < 0:
            return 0
        point = self.points[number]
        return 0 if point.waiting else point.free

    def time_from(self, node: int, route: int) -> int:
        """Return the nominal seconds of a delivery from *node* along *route*, a supplier's lead time included."""
        lead: int = self._lead_mean[self._lead[node]] if self._is_supplier[node] else 0
        nominal: int = self.nominal[route]
        return nominal + lead

    # Allocation and review --------------------------------------------------------------------------------------

    def _call_allocation(self, point: StockPoint) -> None:
        if point.waiting and point.free and not point.allocating:
            point.allocating = True
            self.clock.at(self.clock.now, pack(Phase.ALLOCATION, point.number), self._allocate, point)

    def _allocate(self, point: StockPoint) -> None:
        point.allocating = False
        while point.free:
            claimant = point.first()
            if claimant is None:
                return
            pieces = min(point.free, claimant.left)
            point.waiting -= pieces
            if isinstance(claimant, Line):
                self._give_line(point, claimant, pieces)
            elif isinstance(claimant, Request):
                self._fill(point, claimant, pieces)

    def _call_review(self, point: StockPoint, which: int) -> None:
        reviews = self._reviews[point.number]
        if which < len(reviews) and reviews[which] < self.clock.horizon:
            self.clock.at(reviews[which], pack(Phase.REVIEW, point.number), self._review, (point, which))

    def _review(self, review: tuple[StockPoint, int]) -> None:
        point, which = review
        self.on_review(point)
        position = point.effective_position()
        ordered = self._look(point)
        self.recorder.reviews.write((self.clock.now, point.number, point.high, position, ordered))
        self._call_review(point, which + 1)

    def _first_look(self, point: StockPoint) -> None:
        self._look(point)

    def _look(self, point: StockPoint) -> int:
        """Return what *point* orders at a date; what it asks for waits for the allocation of this instant."""
        self._reviewing = True
        wanted = self._wanted(point) if point.sources else 0
        if wanted:
            self._order(point, wanted, DATE, self.clock.now)
        self._reviewing = False
        return wanted

    def _call_level(self, point: StockPoint, row: int) -> None:
        plan, n = self._plan, point.number
        for i in range(row + 1, len(plan.times)):
            if plan.low[i, n] != plan.low[i - 1, n] or plan.high[i, n] != plan.high[i - 1, n]:
                if plan.times[i] < self.clock.horizon:
                    self.clock.at(int(plan.times[i]), pack(Phase.REVIEW, n, 1), self._relevel, (point, i))
                return

    def _relevel(self, change: tuple[StockPoint, int]) -> None:
        point, row = change
        point.low, point.high = int(self._plan.low[row, point.number]), int(self._plan.high[row, point.number])
        if point.rule != StockRule.ORDER_UP_TO:
            self._look(point)
        self._call_level(point, row)


class _Replenishment(Goods):
    """Pieces on their way from a source to the stock point, or the line, that asked for them."""

    __slots__ = ("_node", "_office", "_pieces", "_reason", "_request", "_state")

    def __init__(
        self, office: PartsOffice, request: Request, node: int, pieces: int, state: StockState, reason: MoveReason
    ) -> None:
        super().__init__(request.owner, request.number)
        self._office = office
        self._request = request
        self._node = node
        self._pieces = pieces
        self._state = state
        self._reason = reason

    def wait(self, place: int) -> None:
        if self._state != StockState.FREE:
            return
        self._office.recorder.moves.write(
            (self._office.clock.now, self._request.asker.part, self._pieces, place, StockState.FREE, place,
             StockState.RESERVED, MoveReason.RESERVE, -1)
        )  # fmt: skip
        self._state = StockState.RESERVED

    def depart(self, consignment: int, lane: int) -> None:
        place, state, reason = self._node, self._state, self._reason
        if self.leg:
            place, state, reason = self.route[self.leg - 1], StockState.TRANSIT, MoveReason.FORWARD
        self._office.recorder.moves.write(
            (
                self._office.clock.now,
                self._request.asker.part,
                self._pieces,
                place,
                state,
                lane,
                StockState.TRANSIT,
                reason,
                consignment,
            )
        )

    def arrive(self, consignment: int, lane: int, *, lost: bool) -> None:
        self._office.receive(self._request, self._pieces, consignment, lane)


def _ignore(_: StockPoint) -> None:
    return
