"""Landed cost of a part in each country: what a new piece has cost when it stands there, border and freight too."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from netsim.engine.records import MoveReason
from netsim.model.model import NodeKind
from netsim.model.tariffs import Regime
from netsim.outcome.books import Books
from netsim.outcome.postings import sum_by

__all__ = ["landed_costs", "solve_flows"]

Floats = npt.NDArray[np.float64]


def landed_costs(books: Books, *, begin: int, end: int) -> dict[tuple[int, int], tuple[float, float]]:
    """Return, by (country, part), (landed cost of a piece, pieces used there in the window, else pieces that came in).

    A country gets good pieces from suppliers and over its borders. L(c) = the mean over them of (landed cost where
    they came from + freight + insurance + duty + other tax + brokerage + VAT not recovered of that leg), a piece at the
    supplier being worth its standard cost; solved as linear equations, for goods may come by several ways. Transport
    within a country counts on the way from the supplier only. Goods in bond count the tax that they will pay. What
    leaves a factory is won from cores and left out: its journeys are those of repair, not of a new piece.
    Consignments released (or, without a border, sent) in [begin, end) are taken.
    """
    cargo, lanes, countries = books.cargo, books.tariffs.lanes, books.tariffs.countries
    shipments = books.records.consignments
    lane = shipments["lane"].astype(np.int64)[cargo.row]
    cleared = lanes.regime[lane] != Regime.NONE
    when = np.where(cleared, shipments["released"][cargo.row], shipments["departed"][cargo.row])
    source, target = lanes.country_from[lane], lanes.country_to[lane]
    taken = cargo.good & (when >= begin) & (when < end) & (cargo.purchased | (source != target)) & (cargo.qty > 0)
    kind = np.append(books.tariffs.nodes.kind, -1)
    taken &= kind[lanes.origin[lane]] != NodeKind.FACTORY
    vat = np.where(countries.recoverable[target], 0.0, cargo.vat)
    extra = cargo.freight + cargo.insurance + cargo.brokerage + cargo.duty + cargo.other + vat
    steps = books.steps
    used = (steps.reason == MoveReason.INSTALL) & (steps.time >= begin) & (steps.time < end) & (steps.node_from >= 0)
    size = len(countries.vat)
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for part in np.unique(cargo.part[taken]).tolist():
        rows = np.flatnonzero(taken & (cargo.part == part))
        qty = cargo.qty[rows].astype(np.float64)
        bought = cargo.purchased[rows]
        value = float(books.tariffs.parts.value[part])
        pieces = sum_by(target[rows], qty, size)
        spent = sum_by(target[rows], extra[rows] + qty * value * bought, size)
        flow = np.zeros((size, size))
        crossing = rows[~bought]
        np.add.at(flow, (target[crossing], source[crossing]), qty[~bought])
        landed = solve_flows(pieces, spent, flow)
        mine = used & (steps.part == part)
        needs = sum_by(books.tariffs.nodes.country[steps.node_from[mine]], steps.qty[mine].astype(np.float64), size)
        for country in np.flatnonzero(~np.isnan(landed)).tolist():
            weight = needs[country] if needs.sum() else pieces[country]
            found[country, part] = (float(landed[country]), float(weight))
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
