"""One run from end to end: one design of one scenario on one tape, all that a worker process does.

A process remembers the models that it compiled and the tape that it sampled last, so that the designs of one
replication, which come one after the other, share both the tape and the work of making it.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib
import io
import json
import pickle
import time
import traceback
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from netsim.errors import ModelError, NetsimError
from netsim.study.store import RunKey, RunResult
from netsim.study.windows import Windows

if TYPE_CHECKING:
    from netsim.engine.records import Records
    from netsim.model.model import Model
    from netsim.spec.scenario import Scenario
    from netsim.tape.demand import Demand
    from netsim.tape.tape import Tape

__all__ = [
    "ENGINE",
    "Finished",
    "Memory",
    "Task",
    "code_version",
    "execute",
    "pack_records",
    "pack_scenario",
    "run_hash",
    "run_one",
    "unpack_records",
    "user_modules",
    "world_hash",
]

ENGINE = "simpy"
MOST_MODELS = 16

_DECIDING = ("spec", "network", "policies", "model", "tape", "plan", "engine", "outcome", "theory")
_LONGEST_ERROR = 4000


@dataclass(frozen=True, slots=True)
class Task:
    """One run to do: everything that it is a function of, in a form that travels between processes."""

    key: RunKey
    scenario: bytes
    """From `pack_scenario`."""
    world: str
    """From `world_hash`: tasks of one world, seed and replication share a tape."""
    windows: Windows
    modules: tuple[str, ...] = ()
    """Modules of the user's to import first, as they register what the scenario names."""
    keep_records: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """What comes back of a task: the result for the store, and the packed records if they were asked for."""

    result: RunResult
    records: bytes | None = None


@dataclass(slots=True)
class Memory:
    """What one process keeps between runs: the last tape and its demand, and the models by hash of the run."""

    tape: tuple[tuple[str, int, int, int], Tape] | None = None
    demands: dict[tuple[str, int], Demand] = field(default_factory=dict)
    models: dict[str, tuple[Scenario, Model]] = field(default_factory=dict)


_MEMORY = Memory()  # of this process; a function of the tasks only, as everything in it is found by hash


def run_one(task: Task) -> RunResult:
    """Return the result of *task*; a run that fails gives a result that says why, never an exception."""
    return execute(task).result


def execute(task: Task, memory: Memory | None = None) -> Finished:
    """Return the result of *task* with its packed records if it asks for them; *memory* defaults to the process's."""
    begun = time.perf_counter()
    try:
        return _run(task, _MEMORY if memory is None else memory, begun)
    except NetsimError as error:
        why = str(error)
    except MemoryError:
        why = "memory ran out; run with fewer workers"
    except Exception as error:
        why = f"{type(error).__name__}: {error}\n{traceback.format_exc()}"
    seconds = time.perf_counter() - begun
    return Finished(RunResult(task.key, seconds=seconds, engine=ENGINE, status="failed", error=why[:_LONGEST_ERROR]))


def _run(task: Task, memory: Memory, begun: float) -> Finished:
    from netsim.engine.simpy_engine import run
    from netsim.outcome.balance import check_balance
    from netsim.outcome.books import keep_books
    from netsim.outcome.ledger import check_books
    from netsim.outcome.observe import observe
    from netsim.plan.plan import make_plan

    for module in task.modules:
        importlib.import_module(module)
    scenario, model = _compiled(task, memory)
    tape, demand = _sampled(task, scenario, memory)
    records = run(model, tape, make_plan(model, demand))
    check_balance(model, records)
    books = keep_books(scenario, model, records, cuts=(task.windows.begin, task.windows.end))
    check_books(scenario, model, records, books=books)
    seen = observe(scenario, model, records, task.windows, books=books)
    result = RunResult(
        task.key,
        observations=seen.observations,
        series=seen.series,
        samples=seen.samples,
        seconds=time.perf_counter() - begun,
        engine=ENGINE,
        orders=len(records.orders["created"]),
    )
    return Finished(result, pack_records(records, task.key) if task.keep_records else None)


def _compiled(task: Task, memory: Memory) -> tuple[Scenario, Model]:
    from netsim.model.compile_model import compile_model

    known = memory.models.get(task.key.scenario_hash)
    if known is None:
        scenario: Scenario = pickle.loads(task.scenario)
        known = scenario, compile_model(scenario, horizon=task.windows.horizon)
        if len(memory.models) >= MOST_MODELS:
            memory.models.clear()
        memory.models[task.key.scenario_hash] = known
    return known


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
    known = memory.tape  # read once: in an executor of threads another may put its own there
    if known is None or known[0] != key:
        tape = Tape.sample(
            scenario.world,
            start=scenario.start,
            horizon=horizon,
            seed=task.key.seed,
            replication=task.key.replication,
            demand=demand,
        )
        known = memory.tape = key, tape
    return known[1], demand


def pack_scenario(scenario: Scenario) -> bytes:
    """Return what of *scenario* a run needs, pickled: the records, without the texts that they were read from."""
    bare = dataclasses.replace(scenario, tree={}, lines={}, changes=(), documents=())
    return pickle.dumps(bare, protocol=pickle.HIGHEST_PROTOCOL)


def run_hash(scenario: Scenario, windows: Windows) -> str:
    """Return the hash under which runs of *scenario*, design included, in these *windows* are kept."""
    text = f"{scenario.hash} {windows.begin} {windows.end} {windows.horizon}"
    return hashlib.sha256(text.encode()).hexdigest()


def world_hash(scenario: Scenario) -> str:
    """Return a hash of all that the tape is made from: the world, in the order in which it was written, and the start.

    The order counts as claims know their zones by number.
    """
    text = json.dumps(
        {
            "start": scenario.start.isoformat(),
            "currency": scenario.tree.get("currency"),
            "world": scenario.tree["world"],
        }
    )
    return hashlib.sha256(text.encode()).hexdigest()


@lru_cache(maxsize=8)
def code_version(modules: tuple[str, ...] = ()) -> str:
    """Return the version of netsim with a hash of the code that decides results, that of the user's *modules* too."""
    import netsim

    root = Path(netsim.__file__).parent
    files = sorted(path for name in _DECIDING for path in (root / name).rglob("*.py"))
    files += sorted(root.glob("*.py"))
    sources = [(path.relative_to(root).as_posix(), path) for path in files]
    for name in modules:
        place = getattr(importlib.import_module(name), "__file__", None)
        if place is not None and Path(place).is_file():
            sources.append((name, Path(place)))
    digest = hashlib.sha256()
    for label, path in sources:
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{label}:{len(content)}\n".encode() + content)
    return f"{netsim.__version__}+{digest.hexdigest()[:12]}"


def user_modules(scenarios: Iterable[Scenario]) -> tuple[str, ...]:
    """Return the modules of the user's own KPIs, and of the rules and processes that *scenarios* name, by name.

    Worker processes import them, as decorators register in the process that imports the module. The script
    that was started is left out: every worker of ours runs it by itself, under another name.
    """
    from netsim.registry import find_kpis, find_policy, find_process, is_code_name

    found = {entry.function.__module__ for entry in find_kpis().values()}
    for scenario in scenarios:
        ladders = (getattr(ladder, "rungs", ladder) for ladder in scenario.policies.shortage.values())
        asked = [("process", node.process or "") for node in scenario.network.nodes.values()]
        asked += [("shortage", rung) for ladder in ladders for rung in ladder if isinstance(rung, str)]
        asked += [("replenishment", rule.rule) for rule in scenario.policies.stock.values()]
        for slot, name in asked:
            if is_code_name(name):
                found.add(name.partition(":")[0])
            elif name and (function := find_process(name) if slot == "process" else find_policy(slot, name)):
                found.add(function.__module__)
    return tuple(sorted(name for name in found if name not in ("__main__", "__mp_main__")))


def pack_records(records: Records, key: RunKey) -> bytes:
    """Return *records* as a compressed .npz archive, ``orders/created`` and so on, which names the run *key*.

    Equal records give equal bytes. `numpy.load` reads it too.
    """
    from netsim.engine.records import COLUMNS

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        arrays = [
            (f"{table}/{column}", getattr(records, table)[column]) for table in COLUMNS for column in COLUMNS[table]
        ]
        for name, array in [*arrays, ("horizon", np.array(records.horizon, dtype=np.int64))]:
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                np.lib.format.write_array(
                    file, np.ascontiguousarray(array) if array.ndim else array, allow_pickle=False
                )
        archive.comment = json.dumps(list(key)).encode()
    return buffer.getvalue()


def unpack_records(path: Path) -> tuple[Records, RunKey]:
    """Return the records in the archive at *path* and the key of their run; raise `ModelError` if it is none."""
    from netsim.engine.records import COLUMNS, Records

    try:
        with zipfile.ZipFile(path) as archive:
            key = RunKey(*json.loads(archive.comment))

            def read(name: str) -> np.ndarray:
                with archive.open(f"{name}.npy") as file:
                    array: np.ndarray = np.lib.format.read_array(io.BytesIO(file.read()), allow_pickle=False)
                    return array

            tables = {table: {name: read(f"{table}/{name}") for name in columns} for table, columns in COLUMNS.items()}
            return Records(**tables, horizon=int(read("horizon"))), key
    except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(f"{path} · no records can be read here ({error}); run the study again") from error
