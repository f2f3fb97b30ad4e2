"""Books: a run priced once; cost book and cash ledger are two readings of the same postings and cannot drift apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netsim.engine.records import Records
from netsim.model.model import Model
from netsim.model.tariffs import Priced, Tariffs, compile_tariffs
from netsim.outcome.freight import Freight, post_freight, price_freight
from netsim.outcome.goods import Steps, follow_moves, post_goods
from netsim.outcome.operations import post_orders, post_places, post_work
from netsim.outcome.postings import Journal, Postings, accrual_bounds

__all__ = ["Books", "keep_books"]


@dataclass(frozen=True, slots=True)
class Books:
    """A run in money: its tariffs, the goods as they changed hands, what travelled, and all postings."""

    model: Model
    tariffs: Tariffs
    records: Records
    steps: Steps
    cargo: Freight
    postings: Postings


def keep_books(scenario: Priced, model: Model, records: Records, *, cuts: Sequence[int] = ()) -> Books:
    """Return the `Books` of a run.

    Wages, rent and write-offs run on all the time; they are posted at the last second of each calendar month and of
    each period that ends at one of the seconds *cuts*, so that a window between cuts holds its own share of them.
    """
    tariffs = compile_tariffs(scenario, model)
    journal = Journal(model, tariffs, records)
    steps = follow_moves(tariffs, records)
    cargo = price_freight(tariffs, records, steps)
    bounds = accrual_bounds(model.start, records.horizon, cuts)
    post_goods(journal, tariffs, records, steps)
    post_freight(journal, tariffs, records, steps, cargo)
    post_work(journal, model, tariffs, records, bounds)
    post_places(journal, tariffs, bounds)
    post_orders(journal, tariffs, records, steps)
    return Books(model, tariffs, records, steps, cargo, journal.close())
