"""Books: a run priced once; cost book and cash ledger are two readings of the same postings and cannot drift apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netsim.engine.records import Records
from netsim.model.model import Model
from netsim.model.tariffs import Priced, Tariffs, compile_tariffs
from netsim.outcome.freight import Cargo, Freight, post_freight, price_freight
from netsim.outcome.goods import post_goods
from netsim.outcome.landed import Landing
from netsim.outcome.moves import MoveRows, Shelves, follow_stock
from netsim.outcome.operations import post_orders, post_places, post_work
from netsim.outcome.postings import Ints, Journal, Lines, Places, Postings, Reader, accrual_bounds
from netsim.outcome.sums import Sums

__all__ = ["Books", "Reading", "keep_books", "landed_costs"]


@dataclass(frozen=True, slots=True)
class Reading:
    """The books read for one window: sums of all postings, what landed where, and what lay where."""

    sums: Sums
    landing: Landing
    shelves: Shelves


class Books:
    """A run in money. Its postings are written once for all sums of a window, and again where single lines are asked.

    *rows* are the moves by reason. `over` reads a window, `lines` single lines.
    """

    def __init__(self, model: Model, tariffs: Tariffs, records: Records, bounds: Ints) -> None:
        self.model, self.tariffs, self.records, self.bounds = model, tariffs, records, bounds
        self.rows = MoveRows(records.moves)
        self.places = Places(model, tariffs, records)
        self._reading: tuple[tuple[int, int, int], Reading] | None = None
        self._postings: Postings | None = None

    def over(self, begin: int, end: int, *, limit: int | None = None) -> Reading:
        """Return the `Reading` of the window [begin, end) seconds of what was posted before *limit* (None: all)."""
        key = begin, end, self.records.horizon if limit is None else limit
        if self._reading is None or self._reading[0] != key:
            sums = Sums(self.model, self.places, begin=begin, end=end, limit=key[2])
            landing = Landing(self.tariffs, self.records, begin=begin, end=end)
            self._post([sums], landing.take)
            self._reading = key, Reading(sums, landing, follow_stock(self.model, self.records.moves, begin, end))
        return self._reading[1]

    @property
    def whole(self) -> Sums:
        """Return sums of the whole run; of the window they are of the one that was read last."""
        horizon = self.records.horizon
        if self._reading is not None and self._reading[0][2] == horizon:
            return self._reading[1].sums
        return self.over(0, horizon).sums

    @property
    def postings(self) -> Postings:
        """Return every single line, in order of time."""
        if self._postings is None:
            self._postings = self.lines()
        return self._postings

    def lines(self, *, order: int | None = None, consignment: int | None = None) -> Postings:
        """Return all single lines, or those of one *order*, or of one *consignment* (freight and border)."""
        lines = Lines(self.places, order=order, consignment=consignment)
        self._post([lines], lambda _: None)
        return lines.close()

    @property
    def cargo(self) -> Freight:
        """Return what travelled and what it cost."""
        return price_freight(self.tariffs, Cargo(self.records, self.rows), 0, len(self.records.consignments["lane"]))

    def _post(self, readers: Sequence[Reader], read: Callable[[Freight], None]) -> None:
        journal, model, tariffs, records = (
            Journal(self.records.horizon, readers),
            self.model,
            self.tariffs,
            self.records,
        )
        post_goods(journal, tariffs, records, self.rows)
        post_freight(journal, tariffs, records, self.rows, read)
        post_work(journal, model, tariffs, records, self.bounds)
        post_places(journal, tariffs, self.bounds)
        post_orders(journal, tariffs, records, self.rows)


def keep_books(scenario: Priced, model: Model, records: Records, *, cuts: Sequence[int] = ()) -> Books:
    """Return the `Books` of a run, read for the window between the first and the last of *cuts* (else all of it).

    Wages, rent and write-offs run on all the time; they are posted at the last second of each calendar month and of
    each period that ends at one of the seconds *cuts*, so that a window between cuts holds its own share of them.
    """
    tariffs = compile_tariffs(scenario, model)
    books = Books(model, tariffs, records, accrual_bounds(model.start, records.horizon, cuts))
    if len(cuts) > 1:
        books.over(min(cuts), max(cuts))
    return books


def landed_costs(books: Books, *, begin: int, end: int) -> dict[tuple[int, int], tuple[float, float]]:
    """Return, by (country, part), (landed cost of a piece, pieces used there in the window, else pieces that came in).

    L(c) = the mean over pieces that came in (`Landing`) of (landed cost where they came from + freight + insurance +
    duty + other tax + brokerage + VAT not recovered of that leg), a piece at the supplier being worth its standard
    cost; solved as linear equations, for goods may come by several ways.
    """
    return books.over(begin, end).landing.costs(books.rows)
