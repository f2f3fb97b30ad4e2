"""Intervals from independent replications, with a false alarm once in millions and a stated power.

The tests draw a new seed each time, and there are about a hundred intervals: for all of them together to blame a right
program less than once in ten thousand runs, each must do so less than once in a million. Student's t promises that
for normal values alone. Skewed ones, such as mean waits, come close together when they are all small, so that both the
mean and the spread are too low; hence `NARROWEST`. And a spread that is drawn may by chance be wide: what a test
promises to catch is therefore about twice, for long tails three times, what its values show in the middle.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from netsim.engine.records import StockState
from netsim.model.model import NodeKind
from tests.engine.networks import DAY, Lived, sample

FALSE_ALARM = 1e-7
NARROWEST = 0.3
"""The least half width, as a share of the error that a test promises to catch."""
SEED = int(os.environ.get("NETSIM_TEST_SEED", time.time_ns() // 1000 % 2**31))
"""Free, so that every run of the tests is another proof; set NETSIM_TEST_SEED to repeat one."""

Floats = NDArray[np.float64]


def agrees(values: Sequence[float] | Floats, reference: float, *, catches: float) -> None:
    """Assert that *reference* lies in the t interval of the mean of independent *values*, and that it is narrow.

    *catches* is the relative error that this many values find out with a probability near 1: the half width and four
    standard errors more are no wider than it. The half width is no less than `NARROWEST` of it, either.
    """
    mean, error, half = spread(values)
    half = max(half, NARROWEST * catches * abs(reference))
    where = f"{mean:.6g} +- {half:.2g} from {len(values)} values, reference {reference:.6g}; NETSIM_TEST_SEED={SEED}"
    assert abs(mean - reference) <= half, where
    assert half + 4 * error <= catches * abs(reference), f"too weak for an error of {catches:.1%}: {where}"


def spread(values: Sequence[float] | Floats) -> tuple[float, float, float]:
    """Return mean, standard error and half width of the interval of independent *values*."""
    array = np.asarray(values, dtype=np.float64)
    error = float(array.std(ddof=1)) / np.sqrt(array.size)
    return float(array.mean()), float(error), float(student.ppf(1 - FALSE_ALARM / 2, array.size - 1) * error)


def replicate(
    network: Mapping[str, Any],
    measure: Callable[[Lived], Mapping[str, Sequence[float] | Floats]],
    *,
    days: float,
    replications: int = 1,
) -> dict[str, Floats]:
    """Return the values of each figure of *measure*, one after the other over the replications."""
    found: dict[str, list[float]] = {}
    for replication in range(replications):
        for name, values in measure(sample(network, days=days, seed=SEED, replication=replication)).items():
            found.setdefault(name, []).extend(np.asarray(values, dtype=np.float64).tolist())
    return {name: np.array(values) for name, values in found.items()}


def outlets(count: int, *, rate: str, node: Mapping[str, Any] | None = None, **policies: Any) -> dict[str, Any]:
    """Return *count* equal outlets apart from one another, each with a zone of its own whose one part fails at *rate*.

    Equal and independent, they are as many replications in one run.
    """
    names = [f"shop{i:03d}" for i in range(count)]
    places = {name: [0, i / 4] for i, name in enumerate(names)}
    return {
        "world": {
            "countries": {"XX": {}},
            "parts": {"board": {"value": "1 EUR", "repairable": False}},
            "zones": {
                f"zone{name[4:]}": {
                    "at": place,
                    "country": "XX",
                    "units": 1,
                    "failures": {"board": rate},
                    "contact": "always",
                }
                for name, place in places.items()
            },
        },
        "network": {
            "nodes": {
                **{
                    name: {"kind": "outlet", "at": place, "country": "XX", **(node or {})}
                    for name, place in places.items()
                },
                "maker": {"kind": "supplier", "country": "XX"},
            },
            "lanes": {f"maker -> {name}": {"transit": "1 d"} for name in names},
        },
        "policies": policies,
    }


def quotients(total: NDArray[Any], count: NDArray[Any]) -> Floats:
    """Return values, one for each total and count, whose mean is the sum of totals over the sum of counts.

    A mean of quotients is wrong by what total and count have to do with each other: where more customers come, more of
    them wait. The quotient of sums is nearly free of it, and the spread of these values, which are the quotient and
    what each pair departs from it, is that of its error (the delta method).
    """
    quotient = total.sum() / count.sum()
    return np.asarray(quotient + (total - quotient * count) / count.mean())


def by_node(lived: Lived, values: Floats, *, table: str = "lines", rows: NDArray[np.bool_]) -> Floats:
    """Return the `quotients` of *values*, one a row of the table, at each outlet in turn, over *rows* only."""
    node = getattr(lived.records, table)["node"].astype(np.int64)
    outlets = np.flatnonzero(lived.model.nodes.kind == NodeKind.OUTLET)
    size = len(lived.model.node_names)
    total = np.bincount(node[rows], weights=values[rows], minlength=size)[outlets]
    return quotients(total, np.bincount(node[rows], minlength=size)[outlets])


def mean_free(lived: Lived, *, after: int, node: int) -> float:
    """Return the time average of the free pieces of part 0 at a node from second *after* to the end."""
    moves, horizon = lived.records.moves, lived.records.horizon
    comes = (moves["to_place"] == node) & (moves["to_state"] == StockState.FREE)
    goes = (moves["from_place"] == node) & (moves["from_state"] == StockState.FREE)
    rows = (comes | goes) & (moves["part"] == 0)
    change = np.where(comes, moves["qty"], 0)[rows] - np.where(goes, moves["qty"], 0)[rows]
    return time_average(moves["time"][rows], change, after=after, horizon=horizon)


def mean_waiting(begin: NDArray[Any], end: NDArray[Any], *, after: int, horizon: int) -> float:
    """Return the time average, from second *after* to *horizon*, of what waits from *begin* to *end* (-1: still)."""
    last = np.where(end < 0, horizon, end)
    inside = np.clip(last, after, horizon) - np.clip(begin, after, horizon)
    return float(inside.sum()) / (horizon - after)


def time_average(times: NDArray[Any], change: NDArray[Any], *, after: int, horizon: int) -> float:
    """Return the time average of a level that changes by *change* at *times*, from second *after* to *horizon*."""
    left = horizon - np.clip(times.astype(np.int64), after, horizon)
    return float((change * left).sum()) / (horizon - after)


def days(seconds: Any) -> Any:
    """Return seconds in days."""
    return np.asarray(seconds, dtype=np.float64) / DAY
