"""The Plan: what needs real numbers, computed between tape and engine: stock levels that change with time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from netsim.errors import ModelError

if TYPE_CHECKING:
    from netsim.model.model import Model
    from netsim.spec.world import World
    from netsim.tape.demand import Demand

__all__ = ["Plan", "make_plan", "month_starts"]


@dataclass(frozen=True, slots=True)
class Plan:
    """Levels by date: row *i* of *low* and *high* (one column a stock point) holds from second ``times[i]`` on.

    The two numbers mean the same as in `netsim.model.model.StockPoints`. ``times[0]`` is 0. At each later time every
    stock point whose numbers change looks at its position (phase 6).
    """

    times: npt.NDArray[np.int64]
    low: npt.NDArray[np.int64]
    high: npt.NDArray[np.int64]


def make_plan(model: Model, demand: Demand | None = None, world: World | None = None) -> Plan:
    """Return the levels of *model*: those given, and those sized by theory from the target fill rates.

    Given levels make one row. With any target there is one row at second 0 and one at 00:00 UTC of the first of each
    calendar month before the horizon. *demand*, or the *world* to compute it from, is needed for targets only; raise
    ModelError if both are missing then, or if *demand* is of another world.
    """
    if not (model.stock.target > 0).any():
        return Plan(
            np.zeros(1, dtype=np.int64),
            model.stock.low.astype(np.int64).reshape(1, -1),
            model.stock.high.astype(np.int64).reshape(1, -1),
        )
    # SciPy comes with the sizing, and most models of tests give their levels.
    from netsim.plan.expected import expect
    from netsim.plan.targets import size_levels
    from netsim.tape.demand import demand as expected_demand

    start = date.fromisoformat(model.start)
    if demand is None:
        if world is None:
            raise ModelError("levels sized from a target need the expected demand; give `demand` or `world`")
        demand = expected_demand(world, start, model.horizon)
    if demand.start != start:
        raise ModelError(f"the demand begins on {demand.start}, the model on {start}; make both from one scenario")
    times = month_starts(start, model.horizon)
    low, high = size_levels(model, expect(model, demand), day_starts=demand.day_starts(), times=times)
    return Plan(times, low, high)


def month_starts(start: date, horizon: int) -> npt.NDArray[np.int64]:
    """Return 0 and the seconds of 00:00 UTC of each first of a month after *start* and before *horizon*."""
    zero = datetime(start.year, start.month, start.day, tzinfo=UTC).timestamp()
    times, month = [0], start.year * 12 + start.month
    while (second := round(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp() - zero)) < horizon:
        times.append(second)
        month += 1
    return np.array(times, dtype=np.int64)
