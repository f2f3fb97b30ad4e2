"""Supply: stock points order from their sources, sources fill requests, and free stock goes to who waits."""

from __future__ import annotations

from collections.abc import Callable
from operator import index

from netsim.engine.claimants import Line, Request
from netsim.engine.clock import Clock
from netsim.engine.contract import AFTER_WORK, LEG_BITS, PLENTY, Phase, Stream, Tape, pack
from netsim.engine.dice import Dice
from netsim.engine.parcels import Parcel
from netsim.engine.recorder import Recorder, row_maker
from netsim.engine.records import COLUMNS, MoveReason, RequestReason, StockState
from netsim.engine.shipments import Shipments
from netsim.engine.stockpoint import StockPoint
from netsim.errors import ModelError
from netsim.model.model import NEVER, Model, NodeKind, StockRule
from netsim.policies.replenishment import order_quantity
from netsim.registry import find_policy
from netsim.tape.purposes import Purpose

__all__ = ["Supply"]

_move_row, _request_row = row_maker("moves"), row_maker("requests")
_CELL = {column: i for i, column in enumerate(COLUMNS["requests"])}
_WIDTH = len(_CELL)
_AT_ONCE, _FILLED, _RECEIVED, _CANCELLED = _CELL["at_once"], _CELL["filled"], _CELL["received"], _CELL["cancelled"]
_TARGET = _CELL["target"]
_ALLOCATION = pack(Phase.ALLOCATION, 0)
# Plain integers: a member of an enumeration costs a look-up at each use.
_BY_RECEIVE = int(MoveReason.RECEIVE)
_AS_FREE, _AS_RESERVED, _AS_TRANSIT = int(StockState.FREE), int(StockState.RESERVED), int(StockState.TRANSIT)
_FOR_PURCHASE, _FOR_REPLENISHMENT = int(RequestReason.PURCHASE), int(RequestReason.REPLENISHMENT)
_RULE_CUSTOM, _RULE_ORDER_UP_TO = int(StockRule.CUSTOM), int(StockRule.ORDER_UP_TO)
_DRAW_LEAD = int(Purpose.LEAD)
_KIND_SUPPLIER = int(NodeKind.SUPPLIER)


class Supply:
    """All stock points of a run and the requests between them. *on_line* hears of pieces sent straight to a line."""

    def __init__(
        self, model: Model, tape: Tape, clock: Clock, recorder: Recorder, dice: Dice, shipments: Shipments
    ) -> None:
        stock = model.stock
        self._model = model
        self._tape = tape
        self.clock = clock
        self.recorder = recorder
        self._dice = dice
        self._shipments = shipments
        self._requests = recorder.requests
        self.moves = recorder.moves.cells
        self.reviewing = False
        self.index: list[list[int]] = stock.index.tolist()
        streams = [tape.stream(name) for name in model.node_names]
        self._is_supplier = [kind == _KIND_SUPPLIER for kind in model.nodes.kind.tolist()]
        self._lead = model.nodes.lead.tolist()
        self._lead_streams: dict[tuple[int, int], Stream] = {}
        self._leads_drawn: dict[tuple[int, int, int, int], tuple[int, int]] = {}
        self._nominal: list[int] = model.routes.nominal.tolist()
        self._mean: list[int] = model.durations.mean.tolist()
        self._custom = {number: _find_rule(name) for number, name in enumerate(stock.custom) if name}
        columns = (stock.node, stock.part, stock.rule, stock.priority, stock.count_cores)
        self.points = [
            StockPoint(number, node, part, rule=rule, priority=priority, weight=weight, stream=streams[node])
            for number, (node, part, rule, priority, weight) in enumerate(
                zip(*(column.tolist() for column in columns), strict=True)
            )
        ]
        sources, routes = model.supply.sources.rows(), model.supply.routes.rows()
        for point in self.points:
            point.sources = tuple(zip(sources[point.number], routes[point.number], strict=True))
        self.on_line: Callable[[Line, int], None] = _nobody

    # Orders of stock points -------------------------------------------------------------------------------------

    def wanted(self, point: StockPoint) -> int:
        """Return the pieces that *point*'s rule wants to order at its present position."""
        position = point.position + (point.in_repair >> 32)
        if point.rule == _RULE_CUSTOM:
            return self._ask_user(point, position)
        return order_quantity(point.rule, position, point.low, point.high)

    def _ask_user(self, point: StockPoint, position: int) -> int:
        try:
            return max(0, index(self._custom[point.number](position, point.low, point.high)))
        except Exception as error:
            model = self._model
            raise ModelError(
                f"the stock rule {model.stock.custom[point.number]} for {model.part_names[point.part]} at "
                f"{model.node_names[point.node]}, position {position}, second {self.clock.now}: "
                f"{type(error).__name__}: {error}; it must return a whole number of pieces"
            ) from error

    def replenish(self, point: StockPoint, owner: int, number: int) -> Request | None:
        """Return the request that *point*'s rule places now, or None; (R,S) orders at its reviews only."""
        if point.rule == _RULE_ORDER_UP_TO or not point.sources:
            return None
        wanted = self.wanted(point)
        return self.order(point, wanted, owner, number) if wanted else None

    def order(self, point: StockPoint, wanted: int, owner: int, number: int) -> Request:
        """Return a request to the first source that can fill it from free stock, or else to the first of all."""
        source, route = point.sources[0]
        if len(point.sources) > 1:
            for candidate, way in point.sources:
                if self.free_at(candidate, point.part) >= wanted:
                    source, route = candidate, way
                    break
        reason = _FOR_PURCHASE if self._is_supplier[source] else _FOR_REPLENISHMENT
        return self.request(point, source, route, wanted, owner, number, reason)

    def request(
        self, asker: StockPoint, node: int, route: int, qty: int, owner: int, number: int, reason: int,
        line: Line | None = None,
    ) -> Request:  # fmt: skip
        """Return a request of *asker* for *qty* pieces from *node*, filled as far as free stock goes.

        One raised at a review waits for the allocation of its instant: otherwise nodes that review together would be
        served in the order of their numbers.
        """
        now, part = self.clock.now, asker.part
        source = None if self._is_supplier[node] else self.points[self.index[node][part]]
        served = -1 if line is None else line.row
        row = self._requests.append(
            _request_row(asker.node, node, part, qty, owner, number, reason, served, now, 0, -1, -1, 0)
        )
        request = Request(self, row, asker, node, source, route, qty, owner, number, now, line)
        if line is None:
            asker.position += qty
        if source is None:
            self._purchase(request)
            return request
        source.position -= qty
        if source.free and not source.waiting and not self.reviewing:
            self.fill(request, min(source.free, qty))
        if request.left:
            source.enqueue(request, now)
            if source.free:
                self.call_allocation(source)
        if source.sources:
            self.replenish(source, owner, number)
        return request

    def take_back(self, request: Request, pieces: int) -> int:
        """Return how many of *pieces* nobody has filled yet; they are asked for no longer."""
        taken = min(pieces, request.left)
        if taken:
            request.left -= taken
            request.asker.position -= taken
            self._requests.cells[request.row * _WIDTH + _CANCELLED] += taken
            if request.source is not None:
                request.source.waiting -= taken
                request.source.position += taken
        return taken

    # Filling and receiving --------------------------------------------------------------------------------------

    def _purchase(self, request: Request) -> None:
        supplier, buyer = request.target, request.asker.node
        stream = self._lead_streams.get((supplier, buyer))
        if stream is None:
            names = self._model.node_names
            stream = self._tape.stream(f"lead/{names[supplier]}/{names[buyer]}")
            self._lead_streams[supplier, buyer] = stream
        lead, owner, number = self._lead[supplier], request.owner, request.number
        attempt = self._attempt(request) if self._dice.is_random(lead) else 0
        seconds = self._dice.seconds(lead, stream, owner, number, 0, _DRAW_LEAD, attempt)
        if seconds:
            key = pack(Phase.END, AFTER_WORK | request.row)
            self.clock.at(self.clock.now + seconds, key, self._delivers, request)
        else:
            self._delivers(request)

    def _attempt(self, request: Request) -> int:
        """Return which purchase of its cause this is: what one buyer asks for in one instant is one order."""
        key, now = (request.target, request.asker.node, request.owner, request.number), self.clock.now
        time, attempt = self._leads_drawn.get(key, (now, 0))
        self._leads_drawn[key] = now, attempt + (time != now)
        return self._leads_drawn[key][1]

    def _delivers(self, request: Request) -> None:
        if request.left:
            self.fill(request, request.left)

    def fill(self, request: Request, pieces: int) -> None:
        """Send *pieces*, of the free stock of its source or from a supplier, to who has asked for them."""
        now, source = self.clock.now, request.source
        if source is not None:
            source.free -= pieces
        request.left -= pieces
        cells, base = self._requests.cells, request.row * _WIDTH
        cells[base + _FILLED] = now
        if now == request.asked:
            cells[base + _AT_ONCE] += pieces
        self._shipments.send(Parcel(self, request, pieces), request.route)

    def receive(self, request: Request, pieces: int, consignment: int, lane: int) -> None:
        """Take *pieces* of *request* off *lane* into free stock, or straight to the line they were sent for."""
        now, point, line = self.clock.now, request.asker, request.line
        self._requests.cells[request.row * _WIDTH + _RECEIVED] = now
        state = _AS_FREE if line is None else _AS_RESERVED
        self.moves.frombytes(
            _move_row(now, point.part, pieces, lane, _AS_TRANSIT, point.node, state, _BY_RECEIVE, consignment)
        )
        if line is not None:
            self.on_line(line, pieces)
            return
        point.free += pieces
        if point.waiting:
            self.call_allocation(point)

    def receive_repaired(self, point: StockPoint, owner: int, number: int) -> None:
        """Add one repaired piece, already moved into place, to free stock."""
        point.free += 1
        point.position += 1
        point.in_repair -= point.weight
        if point.waiting:
            self.call_allocation(point)
        if point.weight < 1 << 32:
            self.replenish(point, owner, number)

    # What is free, and who gets it ------------------------------------------------------------------------------

    def free_at(self, node: int, part: int) -> int:
        """Return the free pieces that nobody waits for; a supplier has more than anyone asks.

        Those who ask in one instant, as at a common review, are thus told what others have left, not that all is gone.
        """
        if self._is_supplier[node]:
            return PLENTY
        number = self.index[node][part]
        if number < 0:
            return 0
        point = self.points[number]
        return max(0, point.free - point.waiting)

    def time_from(self, node: int, route: int) -> int:
        """Return the nominal seconds of a delivery from *node* along *route*, a supplier's lead time included."""
        lead = self._mean[self._lead[node]] if self._is_supplier[node] else 0
        return self._nominal[route] + lead

    def due(self, request: Request) -> int:
        """Return when *request* should have come in full at nominal times; `NEVER` while its source lacks pieces."""
        cells, base, nominal = self._requests.cells, request.row * _WIDTH, self._nominal[request.route]
        if request.left and request.source is not None:
            return NEVER
        left = request.asked + self._mean[self._lead[cells[base + _TARGET]]] if request.left else cells[base + _FILLED]
        return left + nominal

    def call_allocation(self, point: StockPoint) -> None:
        """Let free stock go to who waits, once in this instant."""
        if point.free and point.waiting and not point.allocating:
            point.allocating = True
            self.clock.at(self.clock.now, _ALLOCATION + (point.number << LEG_BITS), self._allocate, point)

    def _allocate(self, point: StockPoint) -> None:
        point.allocating = False
        while point.free:
            claimant = point.first()
            if claimant is None:
                return
            pieces = min(point.free, claimant.left)
            point.waiting -= pieces
            claimant.take(pieces)


def _find_rule(name: str) -> Callable[[int, int, int], int]:
    """Return the user's rule *name*: a function of position and the two levels that gives the pieces to order."""
    rule = find_policy("replenishment", name)
    if rule is None:
        raise ModelError(f"no replenishment policy is registered as {name}; decorate one with @policy")
    return rule


def _nobody(line: Line, pieces: int) -> None:
    raise ModelError(f"line {line.row} got {pieces} pieces, but no desk listens")
