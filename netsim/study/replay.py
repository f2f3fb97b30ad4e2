"""Replay: runs done again from the texts that results keep, and compared number by number."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netsim.engine.choice import check_engine
from netsim.errors import ModelError, NetsimError
from netsim.spec.settings import read_settings
from netsim.store.store import KeptRun, RunKey, RunResult, Store
from netsim.study.cases import Case
from netsim.study.identity import case_hash, code_version, user_modules
from netsim.study.manifest import STORE
from netsim.study.preparing import prepare, tell_engines
from netsim.study.progress import NoProgress, Progress
from netsim.study.runner import Memory, Task, execute
from netsim.study.windows import Windows

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario

__all__ = ["ReplayReport", "Replayed", "replay"]


@dataclass(frozen=True, slots=True)
class Replayed:
    """One run done again: how many of its numbers were compared, and where they differ."""

    scenario: str
    design: str
    replication: int
    compared: int
    differences: tuple[str, ...]

    @property
    def is_equal(self) -> bool:
        """Return whether every number came out the same, to the last bit."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """What a replay found, run by run; *notes* tell what differs in the circumstances, such as the code."""

    runs: tuple[Replayed, ...]
    notes: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """Return whether all runs came out the same."""
        return all(run.is_equal for run in self.runs)

    def __str__(self) -> str:
        lines = []
        for run in self.runs:
            told = f"{run.compared} numbers are equal"
            if run.differences:
                told = f"{len(run.differences)} of {run.compared} numbers differ, such as {run.differences[0]}"
            lines.append(f"{run.scenario} · {run.design} · replication {run.replication}: {told}")
        return "\n".join([*lines, *self.notes])


def replay(
    path: str | Path,
    *,
    design: str | None = None,
    replication: int | None = None,
    allow_code: bool = False,
    engine: str = "auto",
    progress: Progress | None = None,
) -> ReplayReport:
    """Return what comes of running again, from the texts in the results at *path* alone, what is finished there.

    *design* and *replication* narrow it down; None means all. Scenarios that name Python code are refused unless
    *allow_code*. *engine* is ``compiled``, ``simpy`` or ``auto``, whichever made the results; *progress* hears why a
    design takes another. Raise `ModelError` if there is no such finished run or the engine cannot run a design,
    `StoreError` if there are no results.
    """
    check_engine(engine)
    place = Path(path)
    with Store.open(place if place.name == STORE else place / STORE, read_only=True) as store:
        manifest, texts = store.manifest(), store.scenarios()
        finished = store.finished()
        keys = [
            key
            for key in store.planned()
            if key in finished and design in (None, key.design) and replication in (None, key.replication)
        ]
        kept = {"kpi": store.figures(design=design), "series": store.points(design=design)}
        then = {table: _by_run(run for run in runs if replication in (None, run.replication))
                for table, runs in kept.items()}  # fmt: skip
    if not keys:
        asked = f"design {design or 'any'}, replication {'any' if replication is None else replication}"
        known = ", ".join(dict.fromkeys(case["design"] for case in manifest.get("cases", [])))
        raise ModelError(f"{path} · no finished run is of {asked}; designs: {known or 'none'}")
    spans = manifest["windows"]
    windows = Windows(spans["begin"], spans["end"], spans["horizon"])
    notes, runs, memory = [], [], Memory()
    chosen = {key.scenario_hash: texts[key.scenario_hash] for key in keys}
    bases = {text: _load_text(text, allow_code=allow_code) for text in {kept.text for kept in chosen.values()}}
    modules = user_modules(bases.values())
    if (now := code_version(modules)) != manifest["code"]:
        notes.append(f"the results were made by netsim {manifest['code']}, this is {now}")
    cases = {
        run: Case(kept.name, bases[kept.text].design, bases[kept.text], read_settings(kept.settings))
        for run, kept in chosen.items()
    }
    prepared = prepare(cases.values(), windows, engine=engine)
    tell_engines(prepared, progress or NoProgress())
    for key in sorted(keys, key=lambda key: (key.replication, key.design, key.scenario_hash)):
        case = cases[key.scenario_hash]
        if case_hash(case, windows) != key.scenario_hash:
            notes.append(f"{key.design}: the text kept reads as another scenario now")
        ready = prepared[case]
        task = Task(key, ready.packed, ready.world, windows, modules, case.settings, engine=ready.engine)
        result = execute(task, memory).result
        if result.status != "done":
            raise NetsimError(f"{key.design}, replication {key.replication} cannot be run again: {result.error}")
        before = {table: rows.get(_run(case.scenario, key), {}) for table, rows in then.items()}
        if not before["series"]:  # a sweep keeps none
            del before["series"]
        runs.append(_compare(case.scenario, key, result, before))
    return ReplayReport(tuple(runs), tuple(dict.fromkeys(notes)))


def _load_text(text: str, *, allow_code: bool) -> Scenario:
    from netsim.spec.scenario import load

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "scenario.yaml"
        file.write_text(text, encoding="utf-8", newline="\n")
        return load(file, allow_code=allow_code)


_Numbers = dict[tuple[Any, ...], tuple[float | None, ...]]


def _run(scenario: str, key: RunKey) -> tuple[str, str, int, int]:
    return scenario, key.design, key.replication, key.seed


def _by_run(runs: Iterable[KeptRun]) -> dict[tuple[str, str, int, int], _Numbers]:
    """Return the numbers of a table by run, and there by KPI, group and, in series, period."""
    return {
        (run.scenario, run.design, run.replication, run.seed): dict(
            zip(run.names, map(_plain, run.numbers.tolist()), strict=True)
        )
        for run in runs
    }


def _plain(numbers: Iterable[float | None]) -> tuple[float | None, ...]:
    return tuple(None if number is None or math.isnan(number) else float(number) for number in numbers)


def _compare(scenario: str, key: RunKey, result: RunResult, then: Mapping[str, _Numbers]) -> Replayed:
    now: dict[str, _Numbers] = {
        "kpi": {(kpi, group): _plain(numbers) for kpi, group, *numbers in result.observations},
        "series": {(kpi, group, period): _plain(numbers) for kpi, group, period, *numbers in result.series},
    }
    differences = [
        f"{' '.join(map(str, name))}: {_first(before.get(name))} then, {_first(now[table].get(name))} now"
        for table, before in then.items()
        for name in sorted({*before, *now[table]})
        if before.get(name) != now[table].get(name)
    ]
    compared = sum(len({*before, *now[table]}) for table, before in then.items())
    return Replayed(scenario, key.design, key.replication, compared, tuple(differences))


def _first(numbers: tuple[float | None, ...] | None) -> str:
    return "absent" if numbers is None else f"{numbers}"
