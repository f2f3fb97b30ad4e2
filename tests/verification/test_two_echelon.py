"""A depot that repairs and its bases: exact two-echelon results in the engine.

Sources: Sherbrooke 1968 (METRIC), Graves 1985 (exact for one-for-one orders, Poisson demand and a repair shop without
limit). Cores are born at the request, work at the base takes no time and the way back to the depot none.
"""

from __future__ import annotations

import numpy as np
import pytest

from netsim.theory.spares import graves
from tests.engine.networks import DAY, Lived
from tests.verification.estimates import agrees, by_node, mean_waiting, replicate
from tests.verification.test_palm import LONG

WARM = 200 * DAY


def bases(count: int, *, rate: str, level: int, depot: int, transport: str, repair: object, groups: int = 1) -> dict:
    """Return *groups* depots, apart from one another, with *count* bases each: as many replications in one run."""
    places = {f"base{g:02d}{i:02d}": [g, i / 4] for g in range(groups) for i in range(count)}
    depots = {f"depot{g:02d}": [g, -5] for g in range(groups)}
    bench = {"technicians": "unlimited", "work": repair}
    lanes = {}
    for name in places:
        lanes[f"depot{name[4:6]} -> {name}"] = {"transit": transport}
        lanes[f"{name} -> depot{name[4:6]}"] = {"transit": "0 d"}
    return {
        "world": {
            "countries": {"XX": {}},
            "parts": {"board": {"value": "1 EUR"}},
            "zones": {
                f"zone{name[4:]}": {
                    "at": at,
                    "country": "XX",
                    "units": 1,
                    "failures": {"board": rate},
                    "contact": "always",
                }
                for name, at in places.items()
            },
        },
        "network": {
            "nodes": {
                **{name: {"kind": "outlet", "at": at, "country": "XX"} for name, at in places.items()},
                **{name: {"kind": "factory", "at": at, "country": "XX", "bench": bench} for name, at in depots.items()},
            },
            "lanes": lanes,
        },
        "policies": {
            "stock": {
                **{name: {"levels": {"board": level}} for name in places},
                **{name: {"levels": {"board": depot}} for name in depots},
            },
            "supply": {name: f"depot{name[4:6]}" for name in places},
            "returns": {**{name: f"depot{name[4:6]}" for name in places}, **{name: name for name in depots}},
            "core": "at request",
        },
    }


def figures(lived: Lived, *, warm: int = WARM) -> dict[str, np.ndarray]:
    """Return the fill of the bases and the mean backorders of the depot, one value a group, from second *warm* on."""
    lines, requests, horizon = lived.records.lines, lived.records.requests, lived.records.horizon
    rows = lines["requested"] >= warm  # whether a line finds a piece shows at once, up to the last second
    fill = by_node(lived, (lines["arrived"] == lines["requested"]).astype(float), rows=rows)
    depots = [i for i, name in enumerate(lived.model.node_names) if name.startswith("depot")]
    waiting = [
        mean_waiting(requests["asked"][mine], requests["filled"][mine], after=warm, horizon=horizon)
        for mine in (requests["target"] == depot for depot in depots)
    ]
    return {"fill": fill.reshape(len(depots), -1).mean(axis=1), "depot": np.array(waiting)}


QUICK_AND_LONG = pytest.mark.parametrize(
    ("days", "replications", "loose"), [(900, 1, 5.0), pytest.param(6000, 1, 2.3, marks=LONG)]
)


@QUICK_AND_LONG
def test_o5_a_depot_without_stock(days, replications, loose):
    # repair 20 d and transport 5 d in a row, 0.1 a day, S = 4: Palm with a pipeline of 2.5
    network = bases(1, rate="0.1 /d", level=4, depot=0, transport="5 d", repair={"exponential": "20 d"}, groups=80)
    agrees(replicate(network, figures, days=days, replications=replications)["fill"], 0.7576, catches=0.05 * loose)


@QUICK_AND_LONG
def test_o6_four_bases_and_a_depot(days, replications, loose):
    network = bases(4, rate="0.1 /d", level=2, depot=8, transport="5 d", repair={"exponential": "20 d"}, groups=40)
    found = replicate(network, figures, days=days, replications=replications)
    agrees(found["depot"], 1.1167, catches=0.20 * loose)
    exact = graves(np.full(4, 0.1), np.full(4, 2), transport=5.0, depot_stock=8, depot_lead=20.0)
    assert 0.80 <= float(np.mean(exact.bases.fill)) <= 0.83
    agrees(found["fill"], float(np.mean(exact.bases.fill)), catches=0.04 * loose)


@pytest.mark.parametrize(
    ("repair", "days", "replications", "loose"),
    [
        ({"exponential": "6 d"}, 330, 1, 10.0),
        pytest.param({"exponential": "6 d"}, 2500, 1, 4.0, marks=LONG),
        pytest.param("6 d", 2500, 1, 4.0, marks=LONG),
        pytest.param({"lognormal": "6 d", "cv": 1}, 2500, 1, 4.0, marks=LONG),
    ],
)
def test_twenty_bases_with_one_piece_each(repair, days, replications, loose):
    # 20 bases, 0.2 a day each, 3 d transport, 24 pieces at the depot, repair 6 d: fill 0.50196
    network = bases(20, rate="0.2 /d", level=1, depot=24, transport="3 d", repair=repair, groups=24)
    found = replicate(network, lambda lived: figures(lived, warm=60 * DAY), days=days, replications=replications)
    agrees(found["fill"], 0.50196, catches=0.025 * loose)
