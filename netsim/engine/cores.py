"""Cores: a removed part goes back, is screened, repaired and becomes a good part again, or is scrapped."""

from __future__ import annotations

from netsim.engine.benches import Bench
from netsim.engine.clock import Clock
from netsim.engine.contract import Stream
from netsim.engine.dice import Dice
from netsim.engine.recorder import Recorder
from netsim.engine.records import Activity, MoveReason, StockState, WorkEnd
from netsim.engine.shipments import Goods, Shipments
from netsim.engine.story import WAIT, Story, Telling
from netsim.engine.supply import Supply
from netsim.model.model import Model, NodeKind
from netsim.tape.purposes import Purpose

__all__ = ["Core", "RepairLoop"]
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
_DO_FACTORY = int(Activity.FACTORY)
_KIND_FACTORY, _KIND_SUPPLIER = (
    int(NodeKind.FACTORY),
    int(NodeKind.SUPPLIER),
)


class Core(Story):
    """A defective part: where it is, and the stock point that counts on it (-1: none)."""

    __slots__ = ("node", "part", "stream", "target")

    def __init__(
        self,
        owner: int,
        number: int,
        *,
        line: int,
        claimed: int,
        subject: int,
        part: int,
        node: int,
        target: int,
        stream: Stream,
    ) -> None:
        super().__init__(owner, number, line=line, claimed=claimed, subject=subject)
        self.part = part
        self.node = node
        self.target = target
        self.stream = stream


class RepairLoop:
    """The way of every core from where it was removed to good stock or scrap."""

    def __init__(
        self, model: Model, clock: Clock, recorder: Recorder, dice: Dice,
        supply: Supply, shipments: Shipments, benches: list[Bench],
    ) -> None:  # fmt: skip
        self.clock = clock
        self.recorder = recorder
        self._dice = dice
        self._supply = supply
        self._shipments = shipments
        self._benches = benches
        self._kind = model.nodes.kind.tolist()
        self._bench = model.nodes.bench.tolist()
        self._work = model.benches.work.tolist()
        self._good = model.benches.good.tolist()
        self._next = model.returns_next.tolist()
        self._route = model.returns_route.tolist()
        self._target = model.core_target.tolist()
        self._repairable = model.repairable.tolist()
        self._ber = model.ber.tolist()
        self._kept = model.core_return

    def remove(
        self,
        node: int,
        part: int,
        qty: int,
        owner: int,
        number: int,
        *,
        line: int,
        claimed: int,
        subject: int,
        stream: Stream,
    ) -> None:
        """Let *qty* cores of *part* be born at *node*, unless the part cannot be repaired or never comes back."""
        if not self._repairable[part]:
            return
        for piece in range(qty):
            word = line * 256 + piece
            if self._kept < 1 << 32 and stream.mark(owner, number, word, _DRAW_CORE_KEPT) >= self._kept:
                continue
            target = self._target[node][part]
            core = Core(
                owner,
                number,
                line=word,
                claimed=claimed,
                subject=subject,
                part=part,
                node=node,
                target=target,
                stream=stream,
            )
            self._move(core, (node, _AS_OUTSIDE), (node, _AS_CORE), _BY_CORE_BORN)
            if target >= 0:
                point = self._supply.points[target]
                point.in_repair += point.weight
            core.telling = self._tell(core)
            core.resume()

    def _tell(self, core: Core) -> Telling:
        while self._kind[core.node] != _KIND_FACTORY:
            following = self._next[core.node]
            if following < 0:
                return  # nobody takes it: it stays where it is
            yield self._send(core, following, good=False)
            if self._kind[core.node] == _KIND_SUPPLIER:
                self._move(core, (core.node, _AS_CORE), (core.node, _AS_OUTSIDE), _BY_LEFT_NETWORK)
                self._give_up(core)
                return
        if self._ber[core.part] and self._draw(core, _DRAW_BER) < self._ber[core.part]:
            self._move(core, (core.node, _AS_CORE), (core.node, _AS_SCRAP), _BY_BEYOND_REPAIR)
            self._give_up(core)
            return
        number = self._bench[core.node]
        good = True
        if number >= 0:
            bench = self._benches[number]
            yield bench.join(core)
            self._move(core, (core.node, _AS_CORE), (core.node, _AS_WORK), _BY_TO_BENCH)
            content = self._dice.seconds(
                self._work[number], core.stream, core.owner, core.number, core.line, _DRAW_FACTORY_WORK
            )
            yield bench.work(core, _DO_FACTORY, content, part=core.part)
            good = self._good[number] >= 1 << 32 or self._draw(core, _DRAW_YIELD) < self._good[number]
            if not good:
                bench.note(core, WorkEnd.SCRAPPED)
            bench.leave()
        else:
            self._move(core, (core.node, _AS_CORE), (core.node, _AS_WORK), _BY_TO_BENCH)
        if not good:
            self._move(core, (core.node, _AS_WORK), (core.node, _AS_SCRAP), _BY_SCRAPPED)
            self._give_up(core)
            return
        point = self._supply.points[core.target] if core.target >= 0 else None
        if point is None or point.node == core.node:
            self._move(core, (core.node, _AS_WORK), (core.node, _AS_FREE), _BY_REPAIRED)
        else:
            self._move(core, (core.node, _AS_WORK), (core.node, _AS_RESERVED), _BY_REPAIRED)
            while core.node != point.node:
                yield self._send(core, self._next[core.node], good=True)
        if point is not None:
            self._supply.receive_repaired(point, core.owner, core.number)

    def is_target(self, core: Core) -> bool:
        """Return whether *core* stands at the node of the stock point that counts on it."""
        return core.target >= 0 and self._supply.points[core.target].node == core.node

    def _draw(self, core: Core, purpose: int) -> int:
        return core.stream.mark(core.owner, core.number, core.line, purpose)

    def _send(self, core: Core, destination: int, *, good: bool) -> bool:
        self._shipments.send(_Box(self, core, destination, good=good), self._route[core.node])
        return WAIT

    def _give_up(self, core: Core) -> None:
        """The stock point that counted on the core must order another piece."""
        if core.target >= 0:
            point = self._supply.points[core.target]
            point.in_repair -= point.weight
            self._supply.replenish(point, core.owner, core.number)

    def _move(self, core: Core, origin: tuple[int, int], to: tuple[int, int], reason: int) -> None:
        self.recorder.moves.write((self.clock.now, core.part, 1, *origin, *to, reason, core.subject))


class _Box(Goods):
    """A core, or a repaired part, on its way to the next node of its loop."""

    __slots__ = ("_core", "_destination", "_good", "_loop")

    def __init__(self, loop: RepairLoop, core: Core, destination: int, *, good: bool) -> None:
        super().__init__(core.owner, core.number)
        self._loop = loop
        self._core = core
        self._destination = destination
        self._good = good

    def depart(self, consignment: int, lane: int) -> None:
        core, reason = self._core, _BY_FORWARD
        moving = _AS_TRANSIT if self._good else _AS_RETURNING
        place, state = (self.route[self.leg - 1], moving) if self.leg else (core.node, moving)
        if not self.leg:
            state, reason = (_AS_RESERVED if self._good else _AS_CORE), _BY_SHIP
        self._loop.recorder.moves.write(
            (self._loop.clock.now, core.part, 1, place, state, lane, moving, reason, consignment)
        )

    def arrive(self, consignment: int, lane: int, *, lost: bool) -> None:
        core, loop = self._core, self._loop
        core.node = self._destination
        moving = _AS_TRANSIT if self._good else _AS_RETURNING
        at_home = self._good and loop.is_target(core)
        state = (_AS_FREE if at_home else _AS_RESERVED) if self._good else _AS_CORE
        loop.recorder.moves.write(
            (loop.clock.now, core.part, 1, lane, moving, core.node, state, _BY_RECEIVE, consignment)
        )
        core.resume()
