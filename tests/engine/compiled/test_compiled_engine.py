"""The compiled engine from outside: what it refuses, what it keeps from run to run, and that nobody shares it."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from netsim.engine.compiled import compiled_engine
from netsim.engine.compiled.compiled_engine import CompiledEngine, run, what_needs_python
from netsim.engine.contract import DATE
from netsim.engine.simpy_engine import run as run_simpy
from netsim.errors import ModelError, TapeExhausted
from netsim.model.model import Model
from netsim.plan.plan import Plan
from netsim.tape.purposes import Purpose
from netsim.units import DAY
from tests.engine.compiled.everything import NETWORK, levels, model_of, sampled, scripted
from tests.engine.networks import but

LARGEST = 32_767


@pytest.fixture(scope="module")
def model() -> Model:
    return model_of(days=12)


# Scripts -------------------------------------------------------------------------------------------------------------


def missing(engine, model, tape, plan) -> str:
    """Return what the engine says that the tape lacks; empty if it lacks nothing."""
    try:
        engine(model, tape, plan)
    except TapeExhausted as error:
        return str(error)
    return ""


def test_a_strict_script_is_asked_for_the_same_marks_in_the_same_order():
    """The mark that is missing is added until none is: both engines must miss the same one each time."""
    review = {"rule": "order-up-to", "review": "daily 06:00", "priority": 0}  # two shops ask in one instant
    scarce = {"rule": "base-stock", "levels": {"board": 0, "screen": 1, "phone": 0}}
    changes = {"world.fleets.cars.units": 2, "policies.stock.shop0": review, "policies.stock.hub": scarce}
    rates = {"no_fault": "1 %", "remote": "1 %", "quote_accept": "99 %", "core_return": "80 %"}
    small = but(NETWORK, {**changes, "world.rates": rates})
    model = model_of(small, days=6)
    plan, engine = levels(model), CompiledEngine()
    marks: dict[tuple, int] = {}
    rows: list[int] = []
    pattern = re.compile(r"\('(.+)', (\d+), (\w+), line (\d+), attempt (\d+)\) of owner (-?\d+)$")
    for step in count():
        tape = scripted(model, count=20, marks=marks, strict=True)
        told = missing(run_simpy, model, tape, plan)
        assert missing(engine, model, tape, plan) == told
        if not told:
            break
        stream, number, purpose, line, attempt, owner = pattern.search(told).groups()
        rows.append(int(owner))
        marks[stream, int(number), Purpose[purpose], int(line), int(attempt)] = step * 2_654_435_761 % 2**32
    assert len(marks) > 100
    assert DATE in rows
    assert {key[2] for key in marks} >= {Purpose.OUTLET, Purpose.LEAD, Purpose.TRANSIT, Purpose.UP_TIME, Purpose.TIE}
    assert engine(model, tape, plan).digest() == run_simpy(model, tape, plan).digest()


def test_an_engine_that_has_stopped_for_want_of_a_mark_runs_again(model):
    engine, plan = CompiledEngine(), levels(model)
    wanted = run_simpy(model, scripted(model), plan).digest()
    for _ in range(2):
        with pytest.raises(TapeExhausted):
            engine(model, scripted(model, strict=True), plan)
        assert engine(model, scripted(model), plan).digest() == wanted


# What is refused -----------------------------------------------------------------------------------------------------


def double(position, low, high):
    """Order twice what is missing."""
    return 2 * (high - position)


def never(line, rungs, state, sim):
    """Divert nothing."""
    return 0


CUSTOM = {
    "the stock rule tests.engine.compiled.test_compiled_engine:double of shop0": {
        "policies.stock.shop0": {"rule": "tests.engine.compiled.test_compiled_engine:double"}
    },
    "the shortage rule tests.engine.compiled.test_compiled_engine:never of shop1": {
        "policies.shortage.shop1.rungs": ["tests.engine.compiled.test_compiled_engine:never", "home"]
    },
}


@pytest.mark.parametrize("told", CUSTOM)
def test_a_rule_in_python_is_refused_by_name(told):
    model = model_of(but(NETWORK, CUSTOM[told]), days=2)
    assert what_needs_python(model) == told
    for engine in (run, CompiledEngine()):
        with pytest.raises(ModelError, match=re.escape(told) + r" is written in Python.*use the SimPy engine"):
            engine(model, scripted(model), levels(model))


def test_a_process_in_python_is_refused_by_name(model):
    names = list(model.nodes.process)
    names[model.node_names.index("hub")] = "triage"
    custom = replace(model, nodes=replace(model.nodes, process=tuple(names)))
    assert what_needs_python(custom) == "the process triage of hub"
    with pytest.raises(ModelError, match="the process triage of hub is written in Python"):
        run(custom, scripted(model), levels(model))


def test_a_model_of_plain_rules_needs_no_python(model):
    assert what_needs_python(model) is None


@pytest.mark.parametrize("names", ["node_names", "lane_names", "part_names", "zone_names", "mode_names"])
def test_more_of_anything_than_records_can_number_is_refused(model, names):
    many = replace(model, **{names: tuple(f"{i}" for i in range(LARGEST + 1))})
    with pytest.raises(ModelError, match=rf"\d+ .* are too many: records number up to {LARGEST}"):
        run(many, scripted(model), levels(model))


def test_levels_beyond_the_columns_of_records_are_refused(model):
    plan = levels(model)
    high = plan.high.copy()
    high[0, 0] = 2**30
    with pytest.raises(ModelError, match="1073741824 pieces"):
        run(model, scripted(model), Plan(plan.times, plan.low, high))


def test_a_repair_that_never_passes_is_refused_in_the_words_of_the_simpy_engine():
    bench = {"technicians": 2, "work": "1 h", "diagnosis": "0 s"}
    changes = {"network.nodes.shop0.bench": bench, "policies.serving": {"channels": ["walk-in"], "choose": "nearest"}}
    model = model_of(but(NETWORK, changes), days=40)
    tape, plan = scripted(model, default=2**32 - 1), levels(model)
    told = []
    for engine in (run_simpy, run):
        with pytest.raises(ModelError, match="test_pass") as error:
            engine(model, tape, plan)
        told.append(str(error.value))
    assert told[0] == told[1]


# Memory that is used again -------------------------------------------------------------------------------------------


def test_models_plans_and_horizons_in_turn_leave_no_trace_of_each_other(model):
    other = model_of(but(NETWORK, {"policies.core": "at request", "world.fleets": None}), days=30)
    runs = [
        (model, sampled(model), levels(model)),
        (other, sampled(other, but(NETWORK, {"world.fleets": None})), levels(other)),
        (model, sampled(model), levels(model, change=5 * DAY)),
        (model, scripted(model), levels(model)),
        (model_of(days=0.5), sampled(model), levels(model)),
    ]
    fresh = [run(*each).digest() for each in runs]
    assert fresh == [run_simpy(*each).digest() for each in runs]
    assert len(set(fresh)) == len(runs)
    engine = CompiledEngine()
    for i in (0, 1, 0, 2, 3, 4, 1, 4, 0, 3, 2, 2):
        assert engine(*runs[i]).digest() == fresh[i]


def test_a_tape_may_be_longer_than_the_run(model):
    long = sampled(model, days=60)
    assert long.claims.time[-1] > model.horizon
    assert run(model, long, levels(model)).digest() == run_simpy(model, long, levels(model)).digest()


def test_nobody_comes(model):
    nobody = scripted(model, count=0)
    assert run(model, nobody, levels(model)).digest() == run_simpy(model, nobody, levels(model)).digest()


def test_records_are_valid_until_the_next_run_of_their_engine(model):
    engine, plan = CompiledEngine(), levels(model)
    for seed in (1, 2):  # until there is room for both
        engine(model, sampled(model, seed=seed), plan)
    records = engine(model, sampled(model), plan)
    told = records.digest()
    other = run(model, sampled(model, seed=2), plan)  # another engine's run is none of theirs
    assert not np.shares_memory(records.moves["time"], other.moves["time"])
    assert records.digest() == told
    later = engine(model, sampled(model, seed=2), plan)
    assert np.shares_memory(records.moves["time"], later.moves["time"])
    assert later.digest() == other.digest() != told


def test_the_model_and_plan_are_left_as_they_were(model):
    plan, tape = levels(model), sampled(model)
    images = [array.tobytes() for array in (plan.low, plan.high, plan.times, tape.claims.time, model.stock.opening)]
    images += [array.tobytes() for array in (model.benches.technicians, model.lanes.cut_off, model.stock.index)]
    run(model, tape, plan, debug=True)
    after = [array.tobytes() for array in (plan.low, plan.high, plan.times, tape.claims.time, model.stock.opening)]
    after += [array.tobytes() for array in (model.benches.technicians, model.lanes.cut_off, model.stock.index)]
    assert after == images


def test_engines_in_two_threads_write_the_same_bytes_as_one_after_the_other():
    models = [model_of(days=40), model_of(but(NETWORK, {"policies.serving.choose": "nearest"}), days=40)]
    runs = [(model, sampled(model, seed=seed), levels(model)) for model in models for seed in (1, 2)]
    wanted = [run(*each).digest() for each in runs]

    def work(first: int) -> list[str]:
        engine, order = CompiledEngine(), [*range(first, len(runs)), *range(first)] * 2
        digests = {i: engine(*runs[i]).digest() for i in order}
        return [digests[i] for i in range(len(runs))]

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, (0, 2))) == [wanted, wanted]


# The door ------------------------------------------------------------------------------------------------------------


def test_the_kernel_is_ready_once_it_was_called_for():
    compiled_engine.warm_up()
    assert compiled_engine.is_ready()
