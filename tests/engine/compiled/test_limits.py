"""What does not fit the model, or the records, is refused: the kernel checks no index and wraps no number."""

from __future__ import annotations

import numpy as np
import pytest

from netsim.engine import simpy_engine
from netsim.engine.compiled import compiled_engine, prepare
from netsim.errors import ModelError
from netsim.model.compile_model import compile_model
from netsim.plan.plan import Plan, make_plan
from netsim.tape.tape import Tape
from tests.engine.networks import DAY, but, scenario_of

SHOP = {
    "world": {
        "countries": {"XX": {}},
        "parts": {"board": {"value": "10 EUR", "repairable": False}},
        "zones": {"town": {"at": [0, 0], "country": "XX", "units": 1, "failures": {"board": "1 /yr"}}},
    },
    "network": {
        "nodes": {
            "shop": {"kind": "outlet", "at": [0, 0], "country": "XX", "bench": {"technicians": 1, "work": "1 h"}},
            "maker": {"kind": "supplier", "country": "XX", "lead": "2 d"},
        },
        "lanes": {"maker -> shop": {"transit": "1 d"}},
    },
    "policies": {"stock": {"shop": {"levels": {"board": 1}}}},
}
LATE = 2**32 - 1  # the mark of the longest duration


def model_of(changes=None, days=60):
    return compile_model(scenario_of(but(SHOP, changes or {})), horizon=days * DAY)


def script(model, *, claim=(0, "town", 0), owners=None):
    return Tape.script([claim], default=LATE, owner_names=owners or model.zone_names)


@pytest.mark.parametrize(
    ("tape", "why"),
    [
        ({"claim": (0, "nowhere", 0), "owners": ("town", "nowhere")}, "the tape has 2 zones and fleets, the model 1"),
        ({"claim": (0, "town", 7)}, "the tape has claims of mode 7, the model has 1 of them"),
    ],
)
def test_a_tape_of_another_world_is_refused(tape, why):
    model = model_of()
    with pytest.raises(ModelError, match=why):
        compiled_engine.run(model, script(model, **tape), make_plan(model))


def test_a_plan_of_another_model_is_refused():
    model, none = model_of(), np.zeros((1, 0), dtype=np.int64)
    with pytest.raises(ModelError, match="the plan has levels"):
        compiled_engine.run(model, script(model), Plan(np.zeros(1, dtype=np.int64), none, none))


def test_a_level_beyond_what_positions_hold_is_refused():
    model = model_of()
    plan = make_plan(model)
    with pytest.raises(ModelError, match="a stock level of 4294967296 pieces"):
        compiled_engine.run(model, script(model), Plan(plan.times, plan.low, plan.high + 2**32 - 1))


@pytest.mark.parametrize("engine", [simpy_engine.run, compiled_engine.run])
@pytest.mark.parametrize(
    "changes",
    [
        {"network.nodes.shop.bench": {"technicians": 1, "work": {"exponential": "30 yr"}}},
        {
            "world.countries.YY": {},
            "network.nodes.maker.country": "YY",
            "world.countries.XX.clearance": {"exponential": "30 yr"},
        },
        {"world.promise": {"part_arrival": "69 yr"}},
    ],
)
def test_a_number_too_large_for_its_record_ends_the_run(changes, engine):
    model = model_of(changes)
    with pytest.raises(ModelError, match="shorten the run"):
        engine(model, script(model), make_plan(model))


def test_a_run_beyond_the_last_second_that_a_record_holds_is_refused():
    with pytest.raises(ModelError, match="too long: records tell times up to 2147483647"):
        prepare._check_sizes(model_of(days=70 * 365))


def test_a_repair_of_more_parts_than_a_record_numbers_is_refused():
    model = model_of()
    start = np.array([0, 2 * 130], dtype=np.int64)
    parts = type(model.modes.parts)(start, np.ones(2 * 130, dtype=np.int64))
    many = type(model.modes)(
        **{f: getattr(model.modes, f) for f in ("product", "chargeable", "no_fault", "unit")}, parts=parts
    )
    object.__setattr__(model, "modes", many)
    with pytest.raises(ModelError, match="130 parts of one failure mode are too many"):
        prepare._check_sizes(model)
