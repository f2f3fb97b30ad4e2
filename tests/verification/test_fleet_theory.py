"""Finite fleets: renewal theory, lives of systems, and the closed repair shop.

Sources: Cox 1962 (renewals of an Erlang-2 life); Law and Kelton, sec. 9.4 (life of a system); Winston, Operations
Research, the machine repair model (Gotham City's patrol cars).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from netsim.theory.queues import machine_repairman
from tests.engine.networks import DAY, Lived, sample
from tests.verification.estimates import SEED, agrees, quotients, replicate
from tests.verification.test_palm import LONG


def fleets(lives: dict[str, Any], *, units: int, bench: dict | None = None, shops: int = 1) -> dict:
    """Return fleets named as *lives*; with several shops, one fleet of each name at each."""
    places = [f"{i:02d}" for i in range(shops)]
    return {
        "world": {
            "countries": {"XX": {}},
            "fleets": {
                f"{name}{place}": {"at": [0, i / 2], "country": "XX", "units": units, "life": life}
                for name, life in lives.items()
                for i, place in enumerate(places)
            },
        },
        "network": {
            "nodes": {
                f"shop{place}": {
                    "kind": "outlet",
                    "at": [0, i / 2],
                    "country": "XX",
                    **({"bench": bench} if bench else {}),
                }
                for i, place in enumerate(places)
            }
        },
    }


@pytest.mark.parametrize(("units", "loose"), [(10_000, 5.0), pytest.param(200_000, 1.3, marks=LONG)])
def test_renewals_of_a_life_of_two_stages(units, loose):
    # rate 2: mean life 1 (here 100 days); M(t) = t - (1 - exp(-4 t)) / 4
    lived = sample(fleets({"car": {"erlang": "100 d", "k": 2}}, units=units), days=201, seed=SEED)
    orders = lived.records.orders
    unit = orders["k"] % units
    for time, renewals in ((0.5, 0.2838338208), (1.0, 0.7545789097), (2.0, 1.750083866)):
        assert renewals == pytest.approx(time - (1 - np.exp(-4 * time)) / 4, rel=1e-7)
        failed = orders["created"] < time * 100 * DAY
        agrees(np.bincount(unit[failed], minlength=units), renewals, catches=0.035 * loose)


@pytest.mark.parametrize(("units", "loose"), [(10_000, 4.0), pytest.param(100_000, 1.5, marks=LONG)])
def test_the_life_of_a_system_of_three(units, loose):
    # it works while part 1 and one of parts 2 and 3 do; Weibull lives of shape 0.5 and scale 1: E = 7/9
    scale = 50  # days; the mean of such a life is twice its scale
    lives = {f"part{i}-": {"weibull": f"{2 * scale} d", "shape": 0.5} for i in (1, 2, 3)}
    network = fleets(lives, units=units)
    for fleet in network["world"]["fleets"].values():
        fleet["parts"] = {"spare": 1}  # never there: a part that has failed stays failed
    network["world"]["parts"] = {"spare": {"value": "1 EUR", "repairable": False}}
    network["network"]["nodes"]["maker"] = {"kind": "supplier", "country": "XX", "lead": "10001 d"}
    network["network"]["lanes"] = {"maker -> shop00": {"transit": "0 d"}}
    network["policies"] = {"stock": {"shop00": {"levels": {"spare": 0}}}}
    horizon = 10_000  # 200 scales: a longer life has a probability of 1e-6
    orders = sample(network, days=horizon, seed=SEED).records.orders
    life = np.full((3, units), float(horizon * DAY))
    life[orders["zone"], orders["k"] % units] = orders["created"]
    system = np.minimum(life[0], np.maximum(life[1], life[2])) / (scale * DAY)
    agrees(system, 7 / 9, catches=0.07 * loose)


@pytest.mark.parametrize(("days", "replications", "loose"), [(4000, 1, 5.0), pytest.param(20000, 1, 2.0, marks=LONG)])
def test_five_cars_and_two_mechanics(days, replications, loose):
    theory = machine_repairman(5, 2, mean_up=30.0, mean_repair=3.0)
    network = fleets(
        {"cars": {"exponential": "30 d"}},
        units=5,
        shops=40,
        bench={"technicians": 2, "work": {"exponential": "3 d"}},
    )

    def figures(lived: Lived) -> dict[str, np.ndarray]:
        orders, horizon = lived.records.orders, lived.records.horizon
        node, warm = orders["node"].astype(np.int64), 200 * DAY
        end = np.where(orders["closed"] < 0, horizon, orders["closed"])
        inside = np.clip(end, warm, None) - np.clip(orders["created"], warm, None)
        rows = (orders["created"] >= warm) & (orders["closed"] >= 0)
        down = (orders["closed"] - orders["created"])[rows] / DAY
        return {
            "down": np.bincount(node, weights=inside) / (horizon - warm),
            "downtime": quotients(np.bincount(node[rows], weights=down), np.bincount(node[rows])),
        }

    found = replicate(network, figures, days=days, replications=replications)
    assert (theory.mean_up, theory.downtime) == pytest.approx((4.535205604, 3.074575462), rel=1e-8)
    agrees(found["down"], 0.4647943956, catches=0.04 * loose)
    agrees(5 - found["down"], 4.535205604, catches=0.005 * loose)
    agrees(found["downtime"], 3.074575462, catches=0.04 * loose)
