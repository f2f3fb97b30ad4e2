"""The cost book: when cost arises, in six categories (service 服务费用, parts 配件费用, logistics 仓储物流费用,
contact 话务费用, outlet management 网点管理费用, compensation 事故赔偿费用).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Records
from netsim.model.model import Model
from netsim.model.tariffs import Priced
from netsim.outcome.accounts import CATEGORIES, FIXED, ITEMS, Item, category_of, category_sign
from netsim.outcome.books import keep_books
from netsim.outcome.groups import CHANNEL_NAMES
from netsim.outcome.postings import Postings, month_starts, sum_by
from netsim.outcome.sums import Sums

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CostSums", "Costs", "book_costs", "sum_costs"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
_SIGN, _FIXED = category_sign.reshape(-1, 1), FIXED.reshape(-1, 1)


@dataclass(frozen=True, slots=True)
class Costs:
    """Cost in [begin, end) in the base currency, summed by category, item, month, node, country, part and channel.

    Columns are arrays of one length; *month* counts calendar months (UTC) from the run's first; -1 where a dimension
    does not apply (a rent has no part, a wage by roster no channel).
    """

    begin: int
    end: int
    model: Model
    category: Ints
    item: Ints
    month: Ints
    node: Ints
    country: Ints
    part: Ints
    channel: Ints
    amount: Floats

    @property
    def total(self) -> float:
        """Return the sum of the six categories."""
        return float(self.amount.sum())

    @property
    def fixed(self) -> Costs:
        """Return the part that does not depend on volume: rent, fees, write-off and rostered wages, idle or not."""
        kept = FIXED[self.item]
        columns = ("category", "item", "month", "node", "country", "part", "channel", "amount")
        return replace(self, **{name: getattr(self, name)[kept] for name in columns})

    def by(self, dimension: str) -> dict[str, float]:
        """Return sums by ``category``, ``item``, ``node``, ``country``, ``part`` or ``channel``.

        Members without cost are left out, except that all six categories are always there. What has no member in the
        dimension is under the empty name, so that the sums add up to `total`.
        """
        names = _names(self.model)[dimension]
        key = getattr(self, dimension)
        sums = np.bincount(key + 1, self.amount, len(names) + 1)
        seen = np.bincount(key + 1, minlength=len(names) + 1) > 0
        found = {name: float(sums[i + 1]) for i, name in enumerate(names) if seen[i + 1] or dimension == "category"}
        return found if not seen[0] else {**found, "": float(sums[0])}

    def to_frame(self) -> pd.DataFrame:
        """Return the sums as a table with names in place of numbers; months are 0, 1, 2 ... from the start."""
        import pandas as pd

        names = _names(self.model)
        columns: dict[str, object] = {"month": self.month, "amount": self.amount}
        for dimension, members in names.items():
            columns[dimension] = np.array([*members, ""], dtype=object)[getattr(self, dimension)]
        return pd.DataFrame(columns)[["month", *names, "amount"]]


@dataclass(frozen=True, slots=True)
class CostSums:
    """Cost in [begin, end) by one dimension at a time: what `Costs` says without its table, from `Sums`."""

    begin: int
    end: int
    model: Model
    amounts: dict[str, Floats]
    """Amounts by item and ``node``, ``part``, ``country`` or ``channel``; the last column is none of them."""

    @classmethod
    def of(cls, sums: Sums) -> CostSums:
        """Return the costs of the window of *sums*."""
        return cls(sums.begin, sums.end, sums.model, {name: table * _SIGN for name, table in sums.by.items()})

    @property
    def total(self) -> float:
        """Return the sum of the six categories."""
        return float(self.amounts["node"].sum())

    @property
    def fixed(self) -> CostSums:
        """Return the part that does not depend on volume: rent, fees, write-off and rostered wages, idle or not."""
        return replace(self, amounts={name: table * _FIXED for name, table in self.amounts.items()})

    def by(self, dimension: str) -> dict[str, float]:
        """Return sums by ``category``, ``item``, ``node``, ``country``, ``part`` or ``channel``, as `Costs.by` does."""
        names = _names(self.model)[dimension]
        if dimension not in self.amounts:
            by_item = self.amounts["node"].sum(axis=1)
            if dimension == "item":
                return {name: float(by_item[i]) for i, name in enumerate(names) if by_item[i]}
            costs = np.flatnonzero(category_of >= 0)
            return dict(zip(names, sum_by(category_of[costs], by_item[costs], len(names)).tolist(), strict=True))
        table = self.amounts[dimension]
        sums, seen = table.sum(axis=0), np.count_nonzero(table, axis=0) > 0
        found = {name: float(sums[i]) for i, name in enumerate(names) if seen[i]}
        return found if not seen[-1] else {**found, "": float(sums[-1])}


def book_costs(scenario: Priced, model: Model, records: Records, *, begin: int, end: int) -> Costs:
    """Return the cost book of the window [begin, end) seconds of a run.

    Every cost belongs to one of six categories and arises once: parts when they are used, lost or scrapped, less the
    value of good parts won from cores; work when it ends, crews as time goes by; freight at departure; taxes that
    nobody returns at release; compensation and fees at closing.
    """
    books = keep_books(scenario, model, records, cuts=(begin, end))
    return sum_costs(model, books.postings, begin=begin, end=end)


def sum_costs(model: Model, postings: Postings, *, begin: int, end: int) -> Costs:
    """Return the `Costs` of those *postings* that fall in [begin, end)."""
    first, last = np.searchsorted(postings.time, [begin, end])
    window = postings.where(np.arange(first, last))
    window = window.where(window.category >= 0)
    months = month_starts(model.start, max(end, 1))
    month = np.searchsorted(months, window.time, side="right") - 1
    key = month.astype(np.int64)
    columns = (window.item, window.node, window.country, window.part, window.channel)
    sizes = [len(Item), *(len(names) for names in (model.node_names, model.country_names, model.part_names)), 8]
    for column, size in zip(columns, sizes, strict=True):
        key = key * (size + 1) + column + 1
    _, chosen, index = np.unique(key, return_index=True, return_inverse=True)
    amount = sum_by(index, window.cost, len(chosen))
    rows = window.where(chosen)
    return Costs(
        begin, end, model, rows.category, rows.item, month[chosen], rows.node, rows.country, rows.part, rows.channel,
        amount,
    )  # fmt: skip


def _names(model: Model) -> dict[str, tuple[str, ...]]:
    return {
        "category": CATEGORIES,
        "item": tuple(ITEMS[item].label for item in Item),
        "node": model.node_names,
        "country": model.country_names,
        "part": model.part_names,
        "channel": CHANNEL_NAMES,
    }
