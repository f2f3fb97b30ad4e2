"""A study: designs of one or more scenarios, replicated on shared tapes, run side by side into one store."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from netsim.engine.choice import COMPILED, check_engine
from netsim.errors import Fault, ModelError, NetsimError, ScenarioError, did_you_mean
from netsim.spec.experiment import Compare
from netsim.study.cases import Case, load_cases
from netsim.study.dispatch import Crew, Keeper
from netsim.study.identity import code_version, run_hash, user_modules, world_hash
from netsim.study.interruption import Interruption
from netsim.study.laws import parse_law
from netsim.study.manifest import STORE, describe_run, describe_study, design_file, write_file, write_json
from netsim.study.packing import RunKey
from netsim.study.pool import begin_loading
from netsim.study.preparing import Prepared, compile_cases, prepare, tell_engines
from netsim.study.progress import Progress, choose_progress
from netsim.study.results import Results
from netsim.study.runner import Task
from netsim.study.store import Store
from netsim.study.windows import Windows
from netsim.units import parse_duration

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario

__all__ = ["Study"]


class Study:
    """Designs to compare, and how they are measured.

    *designs* maps names to scenarios, made with `Scenario.with_design`; they must share one world. Durations are texts
    such as ``"36 months"``, or seconds. *compare* is a `Compare`, or its fields as a mapping: ``baseline``,
    ``confidence``, ``kpis``. *engine* is ``compiled``, ``simpy``, or ``auto`` for the compiled engine wherever a design
    asks for no Python code; results are equal to the last byte. Raise `ModelError` for no designs, designs of
    different worlds, an unknown engine, and numbers without sense.
    """

    def __init__(
        self,
        designs: Mapping[str, Scenario],
        *,
        replications: int = 10,
        seed: int = 0,
        measure: str | int,
        warm_up: str | int = 0,
        cool_down: str | int = "60 d",
        name: str = "study",
        compare: Compare | Mapping[str, Any] | None = None,
        engine: str = "auto",
    ) -> None:
        try:
            spans = SimpleNamespace(warm_up=_seconds(warm_up), measure=_seconds(measure), cool_down=_seconds(cool_down))
            settled = compare if isinstance(compare, Compare) else Compare(**(compare or {}))
        except ValueError as error:  # of units, and pydantic's own
            raise ModelError(str(error)) from error
        cases = [Case(each.name, design, each) for design, each in designs.items()]
        self._settle(cases, name, replications, seed, Windows.of(spans), settled, engine)

    def _settle(
        self, cases: Sequence[Case], name: str, replications: int, seed: int, windows: Windows, compare: Compare,
        engine: str,
    ) -> None:  # fmt: skip
        self.cases = tuple(cases)
        self.name = name
        self.replications = replications
        self.seed = seed
        self.windows = windows
        self.compare = compare
        self.engine = engine
        check_engine(engine)
        if not self.cases:
            raise ModelError("a study without designs compares nothing; give at least one")
        _check_count(replications)
        if not 0 <= seed < 2**63:
            raise ModelError(f"seed {seed}: give a whole number from 0 to 2^63 - 1")
        worlds: dict[str, Case] = {}
        for case in self.cases:
            first = worlds.setdefault(case.scenario, case)
            if world_hash(first.content) != world_hash(case.content):
                raise ModelError(
                    f"designs {first.design!r} and {case.design!r} live in different worlds and cannot share a tape; "
                    "make them with `with_design` from one scenario"
                )
        if compare.baseline is not None and compare.baseline not in self.designs:
            hint = did_you_mean(compare.baseline, self.designs) or f"choose one of {', '.join(self.designs)}"
            raise ModelError(f"there is no design {compare.baseline!r} to be the baseline; {hint}")

    @classmethod
    def from_file(cls, path: str | Path, *, allow_code: bool = False) -> Study:
        """Return the study that the file at *path* describes, its scenarios and designs loaded.

        Raise `ScenarioError` with every fault of the study, its scenarios and its designs.
        """
        from netsim.spec.scenario import load_study

        file = load_study(path)
        cases = load_cases(file, Path(path), allow_code=allow_code)
        designs = {case.design for case in cases}
        if file.compare.baseline is not None and file.compare.baseline not in designs:
            hint = did_you_mean(file.compare.baseline, designs) or f"choose one of {', '.join(sorted(designs))}"
            line = file.compare.source[1]
            what = f"there is no design `{file.compare.baseline}`"
            raise ScenarioError([Fault(str(path), line, "compare.baseline", what, hint)])
        study = cls.__new__(cls)
        windows = Windows.of(file.windows)
        study._settle(cases, file.study, file.replications, file.seed, windows, file.compare, file.engine)
        return study

    @property
    def designs(self) -> tuple[str, ...]:
        """Return the names of the designs, in the order in which they were given."""
        return tuple(dict.fromkeys(case.design for case in self.cases))

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the names of the scenarios, in the order in which they were given."""
        return tuple(dict.fromkeys(case.scenario for case in self.cases))

    def check(self) -> None:
        """Return if every design can be compiled and every KPI of the comparison is known.

        Raise `ScenarioError` with the faults of all designs that cannot, `ModelError` for an unknown KPI.
        """
        self._check_kpis()
        for _ in compile_cases(self.cases, self.windows):
            pass

    def _check_kpis(self) -> None:
        from netsim.outcome.kpis import describe

        laws = [parse_law(name, text, self.designs) for name, text in self.compare.laws.items()]
        for kpi in (*self.compare.kpis, *(law.kpi for law in laws)):
            describe(kpi)

    def run(
        self,
        workers: int | None = None,
        out: str | Path | None = None,
        *,
        executor: Executor | None = None,
        progress: Progress | bool | None = None,
        replications: int | None = None,
    ) -> Results:
        """Return the results of all runs, those that an earlier call had finished included.

        Results go to the folder *out* (default ``results/NAME``). *workers* is the number of processes (default: one
        per processor; 1 runs everything in this one); *executor*, any `concurrent.futures.Executor`, takes their place.
        *replications* overrides the study's. What is finished is kept, whatever ends the study, but for what came in
        the last fraction of a second if it is killed; the same call goes on from there. Runs of another state of the
        scenario, seed or code stay in the file and are not used.

        Raise `ScenarioError` for faults of the networks, `ModelError` for an unknown KPI in the comparison or an engine
        that cannot run a design, and `NetsimError` if no run succeeds.
        """
        count = self.replications if replications is None else replications
        _check_count(count)
        if workers is not None and workers < 1:
            raise ModelError(f"{workers} workers can do no work; give 1 or more")
        if executor is None and workers != 1:
            begin_loading(["netsim.study.workshop", *([] if self.engine == "simpy" else [COMPILED])])
        self._check_kpis()
        prepared = prepare(self.cases, self.windows, engine=self.engine)
        place = Path("results") / quote(self.name, safe=" ") if out is None else Path(out)
        teller = choose_progress(progress)
        modules = user_modules(case.content for case in self.cases)
        version = code_version(modules)
        hashes = {case: run_hash(case.content, self.windows) for case in self.cases}
        # Designs of one replication come one after the other, so that a process can use its tape again.
        cases = {
            RunKey(hashes[case], case.design, number, self.seed, version): case
            for number in range(count)
            for case in self.cases
        }
        begun = time.time()
        with Store.create(place / STORE) as store:
            self._prepare(store, place, hashes, count=count, version=version)
            store.plan(cases)
            finished = store.finished()
            if stale := len(finished - set(cases)):
                teller.note(
                    f"{place}: {stale} finished runs are of another scenario, design, window, seed or code, or "
                    f"beyond {count} replications; they stay in the file and are not used"
                )
            todo = {key: case for key, case in cases.items() if key not in finished}
            size = min(workers or os.cpu_count() or 1, max(len(todo), 1))
            needed = {case: prepared[case] for case in dict.fromkeys(todo.values())}
            tell_engines(needed, teller)
            teller.start(self.name, total=len(cases), done=len(cases) - len(todo))
            try:
                self._work(store, place, todo, teller, needed, modules=modules, executor=executor, workers=size)
            except KeyboardInterrupt:
                teller.note("stopped; what was finished is kept, and the same command goes on from there")
                raise
            finally:
                teller.finish()
                told = {"workers": size, "runs_begun_with": len(cases) - len(todo), "runs_planned": len(cases)}
                engines = ", ".join(sorted({each.engine for each in needed.values()}))
                write_json(place / "run.json", describe_run(begun, time.time(), engine=engines, told=told))
            errors = {key: error for key, error in store.failed().items() if key in cases}
            some = not store.finished().isdisjoint(cases)
        if errors and not some:
            raise NetsimError(f"no run of {self.name} succeeded; the first says: {next(iter(errors.values()))}")
        for key, error in errors.items():
            teller.note(f"{key.design}, replication {key.replication} failed: {error.splitlines()[0]}")
        return Results(place)

    def _prepare(self, store: Store, place: Path, hashes: Mapping[Case, str], *, count: int, version: str) -> None:
        """Write down what the study is, in the store and beside it."""
        kept = store.scenarios()
        for case, run in hashes.items():
            text = case.content.resolved()
            if run not in kept:
                store.add_scenario(run, case.scenario, text=text)
            name = design_file(case.scenario, case.design, several=len(self.scenarios) > 1)
            write_file(place / "scenarios" / f"{name}.yaml", text.encode())
        manifest = describe_study(
            self.name, self.cases, hashes,
            windows=self.windows, seed=self.seed, compare=self.compare, replications=count, version=version, told={},
        )  # fmt: skip
        store.write_manifest(manifest)
        write_json(place / "manifest.json", manifest)

    def _work(
        self,
        store: Store,
        place: Path,
        todo: Mapping[RunKey, Case],
        teller: Progress,
        prepared: Mapping[Case, Prepared],
        *,
        modules: tuple[str, ...],
        executor: Executor | None,
        workers: int,
    ) -> None:
        """Do the runs *todo* and keep what comes of each."""
        tasks = (
            Task(
                key, ready.packed, ready.world, self.windows, modules,
                keep_records=key.replication == 0, engine=ready.engine,
            )
            for key, case in todo.items()
            for ready in [prepared[case]]
        )  # fmt: skip

        def records_of(key: RunKey) -> Path:
            case = todo[key]
            name = design_file(case.scenario, case.design, several=len(self.scenarios) > 1)
            return place / "records" / f"{name}.npz"

        keeper, failed = Keeper(store, records_of), 0
        ahead = (workers + 1) * len(self.cases)
        size = max((len(ready.packed) for ready in prepared.values()), default=0)
        with (
            Interruption() as ctrl_c,
            Crew.hired(workers=workers, executor=executor) as crew,
            closing(crew.do(tasks, ahead=ahead, size=size)) as parcels,
        ):
            try:
                for some in parcels:
                    ctrl_c.check()
                    for parcel in some:
                        keeper.take(parcel)
                        teller.advance()
                        failed = -1 if failed < 0 or parcel.run.status == "done" else failed + 1
                    keeper.settle()
                    if failed >= len(self.cases) and failed > workers:
                        return  # nothing has come out well, and nothing will
            finally:
                keeper.flush()


def _check_count(replications: int) -> None:
    if replications < 1:
        raise ModelError(f"{replications} replications measure nothing; give 1 or more")


def _seconds(span: str | int) -> int:
    return span if isinstance(span, int) else parse_duration(span)
