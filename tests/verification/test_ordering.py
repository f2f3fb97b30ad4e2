"""Rules that order in lots: costs a unit of time from averages over time in the engine.

Source: Snyder and Shen, Fundamentals of Supply Chain Theory, 2nd ed., example 5.8 ((r,Q), continuous review), example
4.7 and problem 4.31 ((s,S), periodic review).
"""

from __future__ import annotations

import numpy as np
import pytest

from netsim.engine.records import MoveReason, StockState
from netsim.engine.simpy_engine import run
from netsim.model.compile_model import compile_model
from netsim.model.model import Model
from netsim.outcome.balance import check_balance
from netsim.plan.plan import make_plan
from netsim.tape.tape import Tape
from tests.engine.networks import DAY, HOUR, Lived, scenario_of
from tests.verification.estimates import SEED, agrees, by_node, mean_free, mean_waiting, outlets, replicate
from tests.verification.test_palm import LONG

WARM = 50 * DAY


@pytest.mark.parametrize(
    ("reorder", "lot", "cost", "fill"), [(3, 5, 107.9235806, 0.8666328304), (8, 12, 242.5281638, None)]
)
@pytest.mark.parametrize(("length", "replications", "loose"), [(400, 1, 6.0), pytest.param(3000, 1, 2.5, marks=LONG)])
def test_example_5_8_reorder_point_and_lot(reorder, lot, cost, fill, length, replications, loose):
    # 1.5 a day, lead time 2 days, 100 an order, 20 a piece and day on hand, 150 a piece and day owed
    stock = {f"shop{i:03d}": {"rule": "reorder-point", "levels": {"board": [reorder, lot]}} for i in range(40)}
    network = outlets(40, rate="1.5 /d", stock=stock)
    for lane in network["network"]["lanes"].values():
        lane["transit"] = "2 d"

    def figures(lived: Lived) -> dict[str, np.ndarray]:
        lines, requests, horizon = lived.records.lines, lived.records.requests, lived.records.horizon
        costs = []
        for node in range(40):
            mine = lines["node"] == node
            owed = mean_waiting(lines["requested"][mine], lines["arrived"][mine], after=WARM, horizon=horizon)
            placed = ((requests["origin"] == node) & (requests["asked"] >= WARM)).sum() * DAY / (horizon - WARM)
            costs.append(100 * placed + 20 * mean_free(lived, after=WARM, node=node) + 150 * owed)
        rows = lines["requested"] >= WARM
        return {
            "cost": np.array(costs),
            "fill": by_node(lived, (lines["arrived"] == lines["requested"]) * 1.0, rows=rows),
        }

    found = replicate(network, figures, days=length, replications=replications)
    agrees(found["cost"], cost, catches=0.02 * loose)
    if fill is not None:
        agrees(found["fill"], fill, catches=0.02 * loose)


PERIODIC = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "1 EUR", "repairable": False}},
        "products": {
            "rack": {
                "sales": {"plateau": 1},
                "modes": {f"d{n:02d}": {"hazard": "1 %/yr", "parts": {"board": n}} for n in range(1, 31)},
            }
        },
        "zones": {"town": {"at": [0, 0], "country": "XX", "share": "100 %"}},
    },
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX"},
            "maker": {"kind": "supplier", "country": "XX"},
        },
        "lanes": {"maker -> shop": {"transit": "12 h"}},
    },
}


@pytest.mark.parametrize(
    ("low", "high", "mean", "holding", "owing", "order", "cost"),
    [(4, 10, 6, 1, 4, 5, 8.034111561), (6, 18, 6, 1, 4, 5, 10.19379867), (2, 7, 4, 40, 125, 150, 223.5748296)],
)
@pytest.mark.parametrize(("periods", "runs", "loose"), [(8_000, 1, 4.0), pytest.param(24_000, 5, 1.3, marks=LONG)])
def test_order_up_to_the_greater_number_once_a_period(
    low, high, mean, holding, owing, order, cost, periods, runs, loose
):
    """The demand of a day comes at 6:00 as one, costs are counted at noon, what is ordered comes at 18:00."""
    network = {**PERIODIC, "policies": {"stock": {"shop": {"rule": "min-max", "levels": {"board": [low, high]}}}}}
    model = compile_model(scenario_of(network), horizon=periods * DAY)
    random, batches = np.random.default_rng(SEED), []
    for _ in range(runs):
        demand = random.poisson(mean, periods)
        on_hand, owed, placed = _days_of(model, demand)
        per_period = holding * on_hand + owing * owed + order * placed
        batches += (
            per_period[: periods // 40 * 40].reshape(40, -1).mean(axis=1).tolist()
        )  # long: as good as independent
    agrees(batches, cost, catches=0.03 * loose)


def _days_of(model: Model, demand: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return pieces on hand and pieces owed at noon, and whether an order was placed, day by day."""
    periods = len(demand)
    rows = [(day * DAY + 6 * HOUR, 0, int(pieces) - 1) for day, pieces in enumerate(demand.tolist()) if pieces]
    records = run(model, Tape.script(rows, owner_names=["town"]), make_plan(model))
    check_balance(model, records)
    moves, noon = records.moves, np.arange(periods) * DAY + 12 * HOUR
    given = np.where(moves["reason"] == MoveReason.RESERVE, moves["qty"], 0)  # to lines, piece by piece
    taken_in = np.where(moves["to_state"] == StockState.FREE, moves["qty"], 0)
    owed = np.cumsum(demand) - _level(moves["time"], given, noon)
    placed = np.bincount(records.requests["asked"] // DAY, minlength=periods)[:periods] > 0
    return _level(moves["time"], taken_in - given, noon), owed, placed


def _level(times: np.ndarray, change: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the level at the seconds *at* of what changes by *change* at *times*, which rise."""
    total = np.concatenate(([0], np.cumsum(change)))
    return total[np.searchsorted(times, at, side="right")]
