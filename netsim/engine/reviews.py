"""Reviews: dates at which stock points look at their position, and at which the plan changes their levels."""

from __future__ import annotations

from collections.abc import Callable

from netsim.engine.contract import DATE, Phase, pack
from netsim.engine.recorder import row_maker
from netsim.engine.records import MoveReason, StockState
from netsim.engine.stockpoint import StockPoint
from netsim.engine.supply import Supply
from netsim.model.model import Model, StockRule
from netsim.plan.plan import Plan

__all__ = ["Reviews"]

_move_row, _review_row = row_maker("moves"), row_maker("reviews")
_LEVEL, _SCHEDULED, _FIRST = 0, 1, 2  # a review at the second of a new level looks at the new one


class Reviews:
    """Opening stock, scheduled reviews, changes of level. *on_review* hears of each review before the order."""

    def __init__(self, model: Model, plan: Plan, supply: Supply) -> None:
        self._plan = plan
        self._supply = supply
        self._clock = supply.clock
        self._opening: list[int] = model.stock.opening.tolist()
        self._dates = [model.departures[row].tolist() if row >= 0 else [] for row in model.stock.review.tolist()]
        self.on_review: Callable[[StockPoint], None] = _ignore

    def open(self) -> None:
        """Put opening stock in place and call the first dates. Stock that is not given opens at its level."""
        for point in self._supply.points:
            point.low, point.high = self._levels(0, point)
            full = point.low + point.high if point.rule == StockRule.REORDER_POINT else point.high
            if point.low < 0:
                full = 0  # nothing is bought before it is asked for
            stock = self._opening[point.number] if self._opening[point.number] >= 0 else full
            point.free = point.position = stock
            if stock:
                origin, to = (point.node, StockState.OUTSIDE), (point.node, StockState.FREE)
                self._supply.moves.frombytes(_move_row(0, point.part, stock, *origin, *to, MoveReason.OPENING, -1))
            self._call_review(point, 0)
            self._call_level(point, 0)
            if point.rule != StockRule.ORDER_UP_TO and point.sources and self._supply.wanted(point):
                self._clock.at(0, pack(Phase.REVIEW, point.number, _FIRST), self._look, point)

    def _levels(self, row: int, point: StockPoint) -> tuple[int, int]:
        return int(self._plan.low[row, point.number]), int(self._plan.high[row, point.number])

    def _call_review(self, point: StockPoint, which: int) -> None:
        dates = self._dates[point.number]
        if which < len(dates) and dates[which] < self._clock.horizon:
            self._clock.at(dates[which], pack(Phase.REVIEW, point.number, _SCHEDULED), self._review, (point, which))

    def _review(self, review: tuple[StockPoint, int]) -> None:
        point, which = review
        self.on_review(point)
        position = point.effective_position()
        ordered = self._order(point)
        row = _review_row(self._clock.now, point.number, point.high, position, ordered)
        self._supply.recorder.reviews.write(row)
        self._call_review(point, which + 1)

    def _look(self, point: StockPoint) -> None:
        self._order(point)

    def _order(self, point: StockPoint) -> int:
        """Return what *point* orders at this date; its request waits for the allocation of this instant."""
        wanted = self._supply.wanted(point) if point.sources else 0
        if wanted:
            self._supply.reviewing = True
            self._supply.order(point, wanted, DATE, self._clock.now)
            self._supply.reviewing = False
        return wanted

    def _call_level(self, point: StockPoint, row: int) -> None:
        for later in range(row + 1, len(self._plan.times)):
            if self._levels(later, point) != self._levels(later - 1, point):
                time = int(self._plan.times[later])
                if time < self._clock.horizon:
                    self._clock.at(time, pack(Phase.REVIEW, point.number, _LEVEL), self._relevel, (point, later))
                return

    def _relevel(self, change: tuple[StockPoint, int]) -> None:
        point, row = change
        point.low, point.high = self._levels(row, point)
        if point.rule != StockRule.ORDER_UP_TO:
            self._order(point)
        self._call_level(point, row)


def _ignore(_: StockPoint) -> None:
    return
