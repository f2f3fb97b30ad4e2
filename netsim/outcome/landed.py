"""Landed cost of a part in each country: what a new piece has cost when it stands there, border and freight too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason, Records
from netsim.model.model import NodeKind
from netsim.model.tariffs import Regime, Tariffs
from netsim.outcome.goods import node_of
from netsim.outcome.groups import Span
from netsim.outcome.moves import MoveRows
from netsim.outcome.postings import sum_by

if TYPE_CHECKING:
    from netsim.outcome.freight import Freight

__all__ = ["Landing", "solve_flows"]

Floats = npt.NDArray[np.float64]


class Landing:
    """What came into each country in the window [begin, end), by part and country, read as it is priced.

    A country gets good pieces from suppliers and over its borders. Transport within a country counts on the way from
    the supplier only. Goods in bond count the tax that they will pay. What leaves a factory is won from cores and left
    out: its journeys are those of repair, not of a new piece. Consignments released (or, without a border, sent) in the
    window are taken.
    """

    def __init__(self, tariffs: Tariffs, records: Records, *, begin: int, end: int) -> None:
        self.tariffs, self.records, self.begin, self.end = tariffs, records, begin, end
        parts, countries = len(tariffs.parts.value), len(tariffs.countries.vat)
        self._pieces, self._spent = np.zeros((parts, countries)), np.zeros((parts, countries))
        self._flow = np.zeros((parts, countries, countries))
        lanes = tariffs.lanes
        from_factory = np.append(tariffs.nodes.kind, -1)[lanes.origin] == NodeKind.FACTORY
        self._crosses = (lanes.country_from != lanes.country_to) & ~from_factory
        self._may_enter = ~from_factory
        self._cleared = lanes.regime != Regime.NONE

    def take(self, cargo: Freight) -> None:
        """Add what *cargo* brought into a country."""
        lanes, countries, shipments = self.tariffs.lanes, self.tariffs.countries, self.records.consignments
        rows = np.flatnonzero(cargo.good & (cargo.qty > 0))
        lane = shipments["lane"][cargo.row[rows]]
        chosen = np.flatnonzero(self._crosses[lane] | (cargo.purchased[rows] & self._may_enter[lane]))
        rows, lane = rows[chosen], lane[chosen]
        box = cargo.row[rows]
        when = np.where(self._cleared[lane], shipments["released"][box], shipments["departed"][box])
        chosen = np.flatnonzero((when >= self.begin) & (when < self.end))
        rows, lane = rows[chosen], lane[chosen]
        source, target, part = lanes.country_from[lane], lanes.country_to[lane], cargo.part[rows]
        vat = np.where(countries.recoverable[target], 0.0, cargo.vat[rows])
        spent = cargo.freight[rows] + cargo.insurance[rows] + cargo.brokerage[rows] + cargo.duty[rows]
        spent += cargo.other[rows] + vat
        qty, bought = cargo.qty[rows].astype(np.float64), cargo.purchased[rows]
        size = self._pieces.shape
        at = part * size[1] + target
        spent += qty * self.tariffs.parts.value[part] * bought
        self._pieces += sum_by(at, qty, self._pieces.size).reshape(size)
        self._spent += sum_by(at, spent, self._spent.size).reshape(size)
        self._flow += sum_by(at * size[1] + source, qty * ~bought, self._flow.size).reshape(self._flow.shape)

    def costs(self, rows: MoveRows) -> dict[tuple[int, int], tuple[float, float]]:
        """Return what `netsim.outcome.books.landed_costs` does; *rows* are those of the moves."""
        moves, size = self.records.moves, self._pieces.shape
        used = rows.within(Span(self.begin, self.end), MoveReason.INSTALL)
        node = node_of(self.tariffs, moves, used, "from")
        used, node = used[node >= 0], node[node >= 0]
        at = moves["part"][used].astype(np.int64) * size[1] + self.tariffs.nodes.country[node]
        needs = sum_by(at, moves["qty"][used], self._pieces.size).reshape(size)
        found: dict[tuple[int, int], tuple[float, float]] = {}
        for part in np.flatnonzero(self._pieces.any(axis=1)).tolist():
            pieces = self._pieces[part]
            landed = solve_flows(pieces, self._spent[part], self._flow[part])
            weights = needs[part] if needs[part].sum() else pieces
            for country in np.flatnonzero(~np.isnan(landed)).tolist():
                found[country, part] = (float(landed[country]), float(weights[country]))
        return found


def solve_flows(pieces: Floats, spent: Floats, flow: Floats) -> Floats:
    """Return L with pieces x L = spent + flow L, NaN for countries that no purchase has reached."""
    reached = pieces > flow.sum(axis=1)
    for _ in pieces:
        reached |= (flow[:, reached].sum(axis=1) > 0) & (pieces > 0)
    landed = np.full(len(pieces), np.nan)
    rows = np.flatnonzero(reached)
    inner = flow[np.ix_(rows, rows)]
    # Pieces from a country that no purchase has reached bring no known cost: leave them out of the mean.
    known = pieces[rows] - (flow[rows].sum(axis=1) - inner.sum(axis=1))
    landed[rows] = np.linalg.solve(np.diag(known) - inner, spent[rows])
    return landed
