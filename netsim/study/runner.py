"""One run from end to end: one design of one scenario on one tape, all that a worker does.

A worker remembers models and plans, the tape that it sampled last and its engine with its buffers, so that
replications share the model, and the designs of one replication, which come one after the other, the tape.
"""

from __future__ import annotations

import dataclasses
import importlib
import pickle
import threading
import time
import traceback
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from netsim.engine.choice import decide, make_engine
from netsim.errors import ModelError, NetsimError
from netsim.store.archive import pack_records
from netsim.store.packing import PackedRun, RunKey, RunResult, pack_result
from netsim.study.windows import Windows

if TYPE_CHECKING:
    from netsim.engine.contract import Engine
    from netsim.model.model import Model
    from netsim.plan.plan import Plan
    from netsim.spec.scenario import Scenario
    from netsim.spec.settings import Setting
    from netsim.tape.demand import Demand
    from netsim.tape.tape import Tape

__all__ = [
    "KEPT",
    "MOST_MODELS",
    "Finished",
    "Memory",
    "Parcel",
    "Task",
    "deliver",
    "execute",
    "pack_scenario",
    "run_one",
]

MOST_MODELS = 64
"""Models that a worker keeps; runs of more designs than that are ordered so that few are needed at a time."""
KEPT = ("series", "samples")

_LONGEST_ERROR = 4000


@dataclass(frozen=True, slots=True)
class Task:
    """One run to do: everything that it is a function of, in a form that travels between processes."""

    key: RunKey
    scenario: bytes
    """From `pack_scenario`."""
    world: str
    """From `tape_hash`: tasks of one world, seed and replication share a tape."""
    windows: Windows
    modules: tuple[str, ...] = ()
    """Modules of the user's to import first, as they register what the scenario names."""
    settings: tuple[Setting, ...] = ()
    """What to lay on the scenario: a point of a sweep."""
    keep_records: bool = False
    keep: tuple[str, ...] = KEPT
    """What is kept beside the figures: of ``series`` and ``samples``."""
    engine: str = "auto"
    """One of `netsim.engine.choice.ENGINES`."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What comes back of a task: the result for the store, and the packed records if they were asked for."""

    result: RunResult
    records: bytes | None = None


@dataclass(frozen=True, slots=True)
class Parcel:
    """A `Finished`, packed for the way to the store."""

    run: PackedRun
    records: bytes | None = None


@dataclass(slots=True)
class _Prepared:
    """A scenario with what is made of it alone, once for all its replications."""

    scenario: Scenario
    model: Model
    engine: str
    plan: Plan | None = None


@dataclass(slots=True)
class Memory:
    """What one worker keeps between runs: the last tape, its demand, the scenario that points are laid on, models with
    their plans, and engines by name."""

    tape: tuple[tuple[str, int, int, int], Tape] | None = None
    demands: dict[tuple[str, int], Demand] = field(default_factory=dict)
    base: tuple[bytes, Scenario] | None = None
    models: dict[tuple[str, str], _Prepared] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)


class _Memories(threading.local):
    """The memory of each thread, as an engine's buffers serve one run at a time."""

    def __init__(self) -> None:
        self.mine = Memory()


_MEMORIES = _Memories()  # a function of the tasks only, as everything in it is found by hash


def run_one(task: Task) -> RunResult:
    """Return the result of *task*; a run that fails gives a result that says why, never an exception."""
    return execute(task).result


def deliver(task: Task, memory: Memory | None = None) -> Parcel:
    """Return what `execute` gives, packed."""
    done = execute(task, memory)
    try:
        return Parcel(pack_result(done.result), done.records)
    except ModelError as error:  # of a KPI of the user's
        return Parcel(PackedRun(task.key, done.result.seconds, done.result.engine, status="failed", error=str(error)))


def execute(task: Task, memory: Memory | None = None) -> Finished:
    """Return the result of *task* with its packed records if it asks for them; *memory* defaults to the thread's."""
    begun = time.perf_counter()
    try:
        return _run(task, _MEMORIES.mine if memory is None else memory, begun)
    except NetsimError as error:
        why = str(error)
    except MemoryError:
        why = "memory ran out; run with fewer workers"
    except Exception as error:
        why = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
    seconds = time.perf_counter() - begun
    return Finished(
        RunResult(task.key, seconds=seconds, engine=task.engine, status="failed", error=why[:_LONGEST_ERROR])
    )


def _run(task: Task, memory: Memory, begun: float) -> Finished:
    from netsim.outcome.balance import check_balance
    from netsim.outcome.books import keep_books
    from netsim.outcome.ledger import check_books
    from netsim.outcome.observe import observe
    from netsim.plan.plan import make_plan

    for module in task.modules:
        importlib.import_module(module)
    prepared = _prepare(task, memory)
    scenario, model = prepared.scenario, prepared.model
    tape, demand = _sampled(task, scenario, memory)
    if prepared.plan is None:
        prepared.plan = make_plan(model, demand)
    records = _engine(prepared.engine, memory)(model, tape, prepared.plan)
    check_balance(model, records)
    books = keep_books(scenario, model, records, cuts=(task.windows.begin, task.windows.end))
    check_books(scenario, model, records, books=books)
    seen = observe(scenario, model, records, task.windows, books=books)
    packed = pack_records(records, task.key) if task.keep_records else None  # the next run overwrites the records
    result = RunResult(
        task.key,
        observations=seen.observations,
        series=seen.series if "series" in task.keep else (),
        samples=seen.samples if "samples" in task.keep else {},
        seconds=time.perf_counter() - begun,
        engine=prepared.engine,
        orders=len(records.orders["created"]),
    )
    return Finished(result, packed)


def _prepare(task: Task, memory: Memory) -> _Prepared:
    known = memory.models.get((task.key.scenario_hash, task.engine))
    if known is None:
        scenario, model = _unpack(task, memory)
        if task.settings:
            from netsim.spec.settings import with_settings

            scenario, model = with_settings(scenario, task.settings), None
        if model is None:
            from netsim.model.compile_model import compile_model

            model = compile_model(scenario, horizon=task.windows.horizon)
        if len(memory.models) >= MOST_MODELS:
            memory.models.clear()
        known = _Prepared(scenario, model, decide(model, task.engine)[0])
        memory.models[task.key.scenario_hash, task.engine] = known
    return known


def _unpack(task: Task, memory: Memory) -> tuple[Scenario, Model | None]:
    if not task.settings:
        return cast("tuple[Scenario, Model | None]", pickle.loads(task.scenario))
    if memory.base is None or memory.base[0] != task.scenario:  # points of a sweep have one base, or a few
        memory.base = task.scenario, pickle.loads(task.scenario)[0]
    return memory.base[1], None


def _engine(name: str, memory: Memory) -> Engine:
    found = memory.engines.get(name)
    if found is None:
        found = memory.engines[name] = make_engine(name)
    return found


def _sampled(task: Task, scenario: Scenario, memory: Memory) -> tuple[Tape, Demand]:
    from netsim.tape.demand import demand as expected_demand
    from netsim.tape.tape import Tape

    horizon = task.windows.horizon
    demand = memory.demands.get((task.world, horizon))
    if demand is None:
        memory.demands.clear()
        demand = expected_demand(scenario.world, scenario.start, horizon)
        memory.demands[task.world, horizon] = demand
    key = (task.world, horizon, task.key.seed, task.key.replication)
    if memory.tape is None or memory.tape[0] != key:
        tape = Tape.sample(
            scenario.world,
            start=scenario.start,
            horizon=horizon,
            seed=task.key.seed,
            replication=task.key.replication,
            demand=demand,
        )
        memory.tape = key, tape
    return memory.tape[1], demand


def pack_scenario(scenario: Scenario, model: Model | None = None, *, for_points: bool = False) -> bytes:
    """Return what of *scenario* a run needs, pickled: its records without the texts that they were read from.

    Without its *model* the worker compiles it. What is *for_points* keeps the tree that settings are laid on.
    """
    bare = dataclasses.replace(scenario, changes=(), documents=())
    if not for_points:
        bare = dataclasses.replace(bare, tree={}, lines={})
    return pickle.dumps((bare, model), protocol=pickle.HIGHEST_PROTOCOL)
