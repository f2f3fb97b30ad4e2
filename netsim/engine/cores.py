"""Cores: a removed part goes back, is screened, repaired and becomes a good part again, or is scrapped."""

from __future__ import annotations

from netsim.engine.benches import Bench
from netsim.engine.claimants import Wanting
from netsim.engine.clock import Clock
from netsim.engine.contract import PIECES
from netsim.engine.dice import Dice
from netsim.engine.recorder import Recorder, row_maker
from netsim.engine.records import Activity, MoveReason, StockState, WorkEnd
from netsim.engine.shipments import Shipments
from netsim.engine.stockpoint import StockPoint
from netsim.engine.story import WAIT, Story, Telling
from netsim.engine.supply import Supply
from netsim.model.model import Model, NodeKind
from netsim.tape.purposes import Purpose

__all__ = ["Core", "RepairLoop"]
_move_row = row_maker("moves")
# Plain integers: a member of an enumeration costs a look-up at each use.
(
    _BY_BEYOND_REPAIR,
    _BY_CORE_BORN,
    _BY_FORWARD,
    _BY_LEFT_NETWORK,
    _BY_RECEIVE,
    _BY_REPAIRED,
    _BY_SCRAPPED,
    _BY_SHIP,
    _BY_TO_BENCH,
) = (
    int(MoveReason.BEYOND_REPAIR),
    int(MoveReason.CORE_BORN),
    int(MoveReason.FORWARD),
    int(MoveReason.LEFT_NETWORK),
    int(MoveReason.RECEIVE),
    int(MoveReason.REPAIRED),
    int(MoveReason.SCRAPPED),
    int(MoveReason.SHIP),
    int(MoveReason.TO_BENCH),
)
_AS_CORE, _AS_FREE, _AS_OUTSIDE, _AS_RESERVED, _AS_RETURNING, _AS_SCRAP, _AS_TRANSIT, _AS_WORK = (
    int(StockState.CORE),
    int(StockState.FREE),
    int(StockState.OUTSIDE),
    int(StockState.RESERVED),
    int(StockState.RETURNING),
    int(StockState.SCRAP),
    int(StockState.TRANSIT),
    int(StockState.WORK),
)
_DRAW_BER, _DRAW_CORE_KEPT, _DRAW_FACTORY_WORK, _DRAW_YIELD = (
    int(Purpose.BER),
    int(Purpose.CORE_KEPT),
    int(Purpose.FACTORY_WORK),
    int(Purpose.YIELD),
)
_CERTAIN = 1 << 32
_DO_FACTORY = int(Activity.FACTORY)
_KIND_FACTORY, _KIND_SUPPLIER = (
    int(NodeKind.FACTORY),
    int(NodeKind.SUPPLIER),
)


class Core(Story):
    """A defective part: at which node it is, and the stock point at home that counts on it. It travels by itself."""

    __slots__ = ("_loop", "consignment", "destination", "good", "home", "leg", "node", "part", "route", "stream")

    device = -1
    consignment: int
    leg: int
    route: tuple[int, ...]

    def __init__(self, loop: RepairLoop, order: Wanting, line: int, part: int, home: StockPoint | None) -> None:
        self._loop = loop
        self.owner = order.owner
        self.number = order.number
        self.line = line
        self.claimed = order.claimed
        self.subject = order.subject
        self.stream = order.stream
        self.node = self.destination = order.node
        self.part = part
        self.home = home
        self.good = False

    def wait(self, place: int) -> None:
        """Stay what it is until a scheduled departure."""

    def depart(self, consignment: int, lane: int) -> None:
        """Leave for the next node of the loop, as a core or repaired."""
        loop, part, moving = self._loop, self.part, _AS_TRANSIT if self.good else _AS_RETURNING
        if self.leg:
            place, state, reason = self.route[self.leg - 1], moving, _BY_FORWARD
        else:
            place, state, reason = self.node, _AS_RESERVED if self.good else _AS_CORE, _BY_SHIP
        loop.moves.frombytes(_move_row(loop.clock.now, part, 1, place, state, lane, moving, reason, consignment))

    def arrive(self, consignment: int, lane: int, *, lost: bool) -> None:
        """Reach that node, and go on with the story."""
        loop, part = self._loop, self.part
        self.node = node = self.destination
        if self.good:
            moving, state = _AS_TRANSIT, _AS_FREE if self.home and self.home.node == node else _AS_RESERVED
        else:
            moving, state = _AS_RETURNING, _AS_CORE
        loop.moves.frombytes(_move_row(loop.clock.now, part, 1, lane, moving, node, state, _BY_RECEIVE, consignment))
        self.resume()


class RepairLoop:
    """The way of every core from where it was removed to good stock or scrap."""

    def __init__(
        self, model: Model, clock: Clock, recorder: Recorder, dice: Dice,
        supply: Supply, shipments: Shipments, benches: list[Bench],
    ) -> None:  # fmt: skip
        self.clock = clock
        self.moves = recorder.moves.cells
        self._dice = dice
        self._supply = supply
        self._shipments = shipments
        self._kind = model.nodes.kind.tolist()
        self._bench = [benches[number] if number >= 0 else None for number in model.nodes.bench.tolist()]
        self._work = model.benches.work.tolist()
        self._good = model.benches.good.tolist()
        self._next = model.returns_next.tolist()
        self._route = model.returns_route.tolist()
        self._home = [
            [supply.points[number] if number >= 0 else None for number in targets]
            for targets in model.core_target.tolist()
        ]
        self._repairable = model.repairable.tolist()
        self._ber = model.ber.tolist()
        self._kept = model.core_return

    def remove(self, order: Wanting, wanted: tuple[tuple[int, int], ...]) -> None:
        """Let a core be born of each piece *wanted*, unless its part cannot be repaired or it never comes back."""
        kept = self._kept
        for index, (part, qty) in enumerate(wanted):
            home = self._home[order.node][part]
            for line in range(index * PIECES, index * PIECES + qty) if self._repairable[part] else ():
                if kept < _CERTAIN and order.stream.mark(order.owner, order.number, line, _DRAW_CORE_KEPT) >= kept:
                    continue
                core = Core(self, order, line, part, home)
                self._turn(core, _AS_OUTSIDE, _AS_CORE, _BY_CORE_BORN)
                if home is not None:
                    home.in_repair += home.weight
                core.telling = self._tell(core)
                core.resume()

    def _tell(self, core: Core) -> Telling:
        kind, home = self._kind, core.home
        while kind[core.node] != _KIND_FACTORY:
            if self._next[core.node] < 0:
                return  # nobody takes it: it stays where it is
            yield self._send(core)
            if kind[core.node] == _KIND_SUPPLIER:
                self._turn(core, _AS_CORE, _AS_OUTSIDE, _BY_LEFT_NETWORK)
                self._give_up(core)
                return
        beyond_repair = self._ber[core.part]
        if beyond_repair and self._draw(core, _DRAW_BER) < beyond_repair:
            self._turn(core, _AS_CORE, _AS_SCRAP, _BY_BEYOND_REPAIR)
            self._give_up(core)
            return
        bench = self._bench[core.node]
        core.good = True
        if bench is None:
            self._turn(core, _AS_CORE, _AS_WORK, _BY_TO_BENCH)
        else:
            if bench.join(core):
                yield WAIT
            self._turn(core, _AS_CORE, _AS_WORK, _BY_TO_BENCH)
            duration, good = self._work[bench.number], self._good[bench.number]
            content = self._dice.seconds(
                duration, core.stream, core.owner, core.number, core.line, _DRAW_FACTORY_WORK
            )  # fmt: skip
            yield bench.work(core, _DO_FACTORY, content, core.part)
            if good < _CERTAIN and self._draw(core, _DRAW_YIELD) >= good:
                core.good = False
                bench.note(core, WorkEnd.SCRAPPED)
            bench.leave()
        if not core.good:
            self._turn(core, _AS_WORK, _AS_SCRAP, _BY_SCRAPPED)
            self._give_up(core)
        elif home is None:
            self._turn(core, _AS_WORK, _AS_FREE, _BY_REPAIRED)
        else:
            at_home = home.node == core.node
            self._turn(core, _AS_WORK, _AS_FREE if at_home else _AS_RESERVED, _BY_REPAIRED)
            while core.node != home.node:
                yield self._send(core)
            self._supply.receive_repaired(home, core.owner, core.number)

    def _send(self, core: Core) -> bool:
        """Send *core* to the next node of its loop; return WAIT."""
        core.destination = self._next[core.node]
        self._shipments.send(core, self._route[core.node])
        return WAIT

    def _draw(self, core: Core, purpose: int) -> int:
        return core.stream.mark(core.owner, core.number, core.line, purpose)

    def _give_up(self, core: Core) -> None:
        """The stock point that counted on the core must order another piece."""
        if core.home is not None:
            core.home.in_repair -= core.home.weight
            self._supply.replenish(core.home, core.owner, core.number)

    def _turn(self, core: Core, state: int, into: int, reason: int) -> None:
        """Write that *core* has become another thing where it is."""
        node = core.node
        self.moves.frombytes(_move_row(self.clock.now, core.part, 1, node, state, node, into, reason, core.subject))
