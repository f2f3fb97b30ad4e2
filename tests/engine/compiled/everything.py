"""One small network in which every table is written to and every pool is used, and tapes and plans for it."""

from __future__ import annotations

from typing import Any

import numpy as np

from netsim.model.compile_model import compile_model
from netsim.model.model import Model
from netsim.plan.plan import Plan, make_plan
from netsim.tape.tape import Tape
from tests.engine.networks import DAY, scenario_of

__all__ = ["NETWORK", "levels", "model_of", "sampled", "scripted"]

SHIFT = "mon-fri 08:00-18:00"

NETWORK: dict[str, Any] = {
    "world": {
        "countries": {"AA": {"clearance": {"exponential": "6 h"}, "hold": "50 %", "hold_time": "12 h"}, "BB": {}},
        "parts": {
            "board": {"value": "9 EUR", "ber": "30 %"},
            "screen": {"value": "5 EUR", "repairable": False},
            "phone": {"value": "90 EUR"},
        },
        "products": {
            "mobile": {
                "sales": {"plateau": 20_000},
                "unit": "phone",
                "modes": {
                    "crack": {"hazard": "20 %/yr", "parts": {"screen": 1}, "chargeable": True},
                    "dead": {"hazard": "20 %/yr", "parts": {"board": 2, "screen": 1}},
                },
            }
        },
        "zones": {
            "north": {"at": [0, 0], "country": "AA", "share": "60 %"},
            "south": {"at": [1, 0], "country": "AA", "share": "40 %"},
        },
        "fleets": {
            "cars": {"at": [0, 0], "country": "AA", "units": 40, "life": {"exponential": "5 d"}, "parts": {"board": 1}}
        },
        "preferences": {"swap, walk-in, mail-in": "40 %", "mail-in, walk-in": "30 %", "walk-in": "30 %"},
        "promise": {"part_arrival": "30 h"},
        "rates": {"no_fault": "20 %", "remote": "10 %", "quote_accept": "70 %", "core_return": "80 %"},
    },
    "network": {
        "nodes": {
            "shop0": {
                "kind": "outlet",
                "at": [0, 0],
                "country": "AA",
                "shift": SHIFT,
                "bench": {"technicians": 2, "diagnosis": "30 min", "work": {"exponential": "2 h"}, "test_pass": "80 %"},
            },
            "shop1": {"kind": "outlet", "at": [1, 0], "country": "AA", "shift": SHIFT},
            "hub": {
                "kind": "warehouse",
                "at": [0, 5],
                "country": "AA",
                "bench": {"technicians": 1, "diagnosis": "1 h", "work": {"lognormal": "3 h", "cv": 1}},
            },
            "port": {"kind": "warehouse", "at": [0, 7], "country": "BB"},
            "plant": {
                "kind": "factory",
                "at": [0, 9],
                "country": "BB",
                "bench": {"technicians": 2, "work": {"gamma": "1 d", "cv": 0.5}, "good": "70 %"},
            },
            "maker": {"kind": "supplier", "country": "BB", "lead": {"exponential": "2 d"}},
        },
        "lanes": {
            "maker -> hub": {"transit": {"exponential": "2 d"}},
            "hub -> port": {"transit": "6 h", "departs": "daily 12:00"},
            "port -> plant": {"transit": {"exponential": "12 h"}, "fifo": True},
            "plant -> port": {"transit": "12 h"},
            "port -> hub": {"transit": {"uniform": ["12 h", "2 d"]}},
            "hub -> shop0 / road": {"transit": {"exponential": "8 h"}, "departs": "daily 06:00", "cut_off": "2 h"},
            "hub -> shop1 / road": {"transit": {"exponential": "8 h"}, "fifo": True},
            "shop0 -> hub": {"transit": {"exponential": "1 d"}},
            "shop1 -> hub": {"transit": "1 d"},
            "hub -> shop0 / taxi": {"mode": "taxi", "transit": "6 h"},
            "hub -> shop1 / taxi": {"mode": "taxi", "transit": "6 h"},
            "shop0 -> shop1 / lateral": {"transit": "6 h"},
            "shop1 -> shop0 / lateral": {"transit": "6 h"},
            "north -> hub / courier": {"transit": "6 h", "loss": "10 %", "carries": ["devices"]},
            "hub -> north / courier": {"transit": {"exponential": "12 h"}, "loss": "10 %", "carries": ["devices"]},
        },
    },
    "policies": {
        "stock": {
            "shop0": {"rule": "base-stock", "levels": {"board": 2, "screen": 2, "phone": 1}, "priority": 1},
            "shop1": {
                "rule": "order-up-to",
                "levels": {"board": 2, "screen": 2, "phone": 1},
                "review": "daily 06:00",
            },
            "hub": {"rule": "reorder-point", "levels": {"board": [2, 3], "screen": [2, 2], "phone": [1, 2]}},
        },
        "supply": {"shop0": "hub", "shop1": "hub", "hub": "maker"},
        "shortage": {
            shop: {"rungs": [{"lateral": {"keep": 0}}, {"parent": {"mode": "taxi"}}, "home"], "retry": True}
            for shop in ("shop0", "shop1")
        },
        "returns": {"shop0": "hub", "shop1": "hub", "hub": "plant", "plant": "hub"},
        "serving": {
            "channels": ["walk-in", "swap", "mail-in"],
            "choose": "gravity",
            "swap_check": True,
            "mail_in": "hub",
        },
    },
}


def model_of(network: dict[str, Any] = NETWORK, *, days: float = 60) -> Model:
    """Return the network as engines read it."""
    return compile_model(scenario_of(network), horizon=round(days * DAY))


def sampled(model: Model, network: dict[str, Any] = NETWORK, *, seed: int = 1, days: float | None = None) -> Tape:
    """Return a tape of chance, for the model's horizon unless told."""
    scenario = scenario_of(network)
    horizon = model.horizon if days is None else round(days * DAY)
    return Tape.sample(scenario.world, start=scenario.start, horizon=horizon, seed=seed, replication=0)


def scripted(model: Model, *, count: int = 12, marks: dict[tuple[Any, ...], int] | None = None, **told: Any) -> Tape:
    """Return a tape written by hand: claims in twos every six hours, the marks given."""
    rows = [(i // 2 * DAY // 4, model.zone_names[i % 3 % 2], i % 2, i % 5 > 0) for i in range(count)]
    return Tape.script(rows, marks=marks, owner_names=(*model.zone_names, *model.fleet_names), **told)


def levels(model: Model, *, change: int | None = None) -> Plan:
    """Return the model's own levels, one piece more everywhere from second *change* on."""
    plan = make_plan(model)
    if change is None:
        return plan
    times = np.array([0, change], dtype=np.int64)
    return Plan(times, np.stack([plan.low[0]] * 2), np.stack([plan.high[0], plan.high[0] + 1]))
