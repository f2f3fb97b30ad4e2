"""The execution of an experiment: rounds of runs handed to workers and kept, until its rule asks for no more."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from netsim.engine.choice import COMPILED
from netsim.errors import ModelError, NetsimError
from netsim.spec.settings import settings_text
from netsim.statistics.sample import Rule, Sample
from netsim.store.connection import only_writer
from netsim.store.packing import PackedRun, RunKey
from netsim.store.store import KeptPoint, Store
from netsim.study.cases import Case
from netsim.study.dispatch import Crew, Keeper
from netsim.study.identity import case_hash, code_version, run_hash, user_modules
from netsim.study.interruption import Interruption
from netsim.study.manifest import STORE, describe_run, describe_study, design_file, write_file, write_json
from netsim.study.pool import begin_loading
from netsim.study.preparing import Prepared, prepare, tell_engines
from netsim.study.progress import Progress, choose_progress
from netsim.study.results import Results
from netsim.study.rounds import Look, Rounds
from netsim.study.runner import KEPT, Task
from netsim.study.windows import Windows

if TYPE_CHECKING:
    from netsim.spec.experiment import Compare

__all__ = ["LOG", "Experiment", "carry_out"]

LOG = "log.txt"
"""Name of the file in a study's folder that tells its progress."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What a study or a sweep comes down to: cases, how they are measured, and the rule that says how often."""

    name: str
    cases: tuple[Case, ...]
    windows: Windows
    seed: int
    compare: Compare
    engine: str
    rule: Rule
    told: Mapping[str, Any] = field(default_factory=dict)
    """What the manifest says besides, such as the rule in words."""
    keep: tuple[str, ...] = KEPT

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Return the names of the scenarios, in the order in which they were given."""
        return tuple(dict.fromkeys(case.scenario for case in self.cases))

    def file_of(self, case: Case) -> str:
        """Return the file name, without ending, of what belongs to *case*."""
        return design_file(case.scenario, case.design, several=len(self.scenarios) > 1)


def carry_out(
    experiment: Experiment, out: str | Path | None, *, workers: int | None, executor: Executor | None,
    cluster: str | None, progress: Progress | bool | None,
) -> Results:  # fmt: skip
    """Return the results of all runs, kept in the folder *out*; those that an earlier call finished count.

    Arguments and errors as in `netsim.study.study.Study.run`.
    """
    if workers is not None and workers < 1:
        raise ModelError(f"{workers} workers can do no work; give 1 or more")
    workers = workers or os.cpu_count() or 1
    place = Path("results") / quote(experiment.name, safe=" ") if out is None else Path(out)
    teller = choose_progress(progress, log=place / LOG)
    if executor is None and cluster is None and workers != 1:
        begin_loading(["netsim.study.workshop", *([] if experiment.engine == "simpy" else [COMPILED])])
    prepared = prepare(experiment.cases, experiment.windows, engine=experiment.engine)
    modules = user_modules({case.content for case in experiment.cases})
    version = code_version(modules)
    hashes = {case: case_hash(case, experiment.windows) for case in experiment.cases}
    begun = time.time()
    with only_writer(place), Store.create(place / STORE) as store:
        work = _Work(experiment, place, store, teller, prepared, modules=modules, version=version, hashes=hashes)

        def tell_call() -> None:
            teller.finish()
            told = {"workers": workers, "runs_begun_with": work.begun_with, "runs_planned": len(work.asked)}
            engines = ", ".join(sorted({each.engine for each in prepared.values()}))
            write_json(place / "run.json", describe_run(begun, time.time(), engine=engines, told=told))

        try:
            with Crew.hired(workers=workers, executor=executor, cluster=cluster, tell=teller.note) as crew:
                work.go_on(crew)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                teller.note("stopped; what was finished is kept, and the same command goes on from there")
            with suppress(NetsimError):  # on a full disk, say: what went wrong first is what the user must hear
                tell_call()
            raise
        tell_call()
        errors = {key: error for key, error in store.failed().items() if key in work.asked}
        some = not store.finished().isdisjoint(work.asked)
    if errors and not some:
        raise NetsimError(f"no run of {experiment.name} succeeded; the first says: {next(iter(errors.values()))}")
    return Results(place)


class _Work:
    """All that one call does to the store of *experiment*."""

    def __init__(
        self, experiment: Experiment, place: Path, store: Store, teller: Progress, prepared: Mapping[Case, Prepared], *,
        modules: tuple[str, ...], version: str, hashes: Mapping[Case, str],
    ) -> None:  # fmt: skip
        self._experiment = experiment
        self._place = place
        self._store = store
        self._teller = teller
        self._prepared = prepared
        self._modules = modules
        self._version = version
        self._hashes = hashes
        keys = {case: RunKey(hashes[case], case.design, 0, experiment.seed, version) for case in experiment.cases}
        self._rounds = Rounds(experiment.cases, experiment.rule, keys)
        self._keeper = Keeper(store, self._records_of)
        self.asked: dict[RunKey, Case] = {}
        """The runs of all rounds so far."""
        self.begun_with = 0
        self._failed = 0
        """Runs that failed before any was done, -1 once one was."""

    def go_on(self, crew: Crew) -> None:
        """Do round after round, until the rule asks for no more or nothing comes out well."""
        self._write_scenarios()
        finished = self._store.finished()
        stale, first = len(finished), True
        while todo := self._rounds.next(self._looking()):
            self.asked.update(todo)
            self._store.plan(self.asked) if first else self._store.extend_plan(todo)
            self._write_manifest()
            done = finished & todo.keys()
            stale -= len(done)
            self.begun_with += len(done)
            todo = {key: case for key, case in todo.items() if key not in done}
            if first:
                tell_engines({case: self._prepared[case] for case in dict.fromkeys(todo.values())}, self._teller)
                self._teller.start(self._experiment.name, total=len(self.asked), done=len(done))
            else:
                self._teller.extend(len(self.asked), done=len(done))
            first = False
            if todo and not self._round(todo, crew):
                break
        if stale > 0:
            self._teller.note(
                f"{self._place}: {stale} finished runs are of another scenario, design, window, seed or code, or "
                "beyond what is asked for now; they stay in the file and are not used"
            )

    def _round(self, todo: Mapping[RunKey, Case], crew: Crew) -> bool:
        """Do the runs *todo* and keep what comes of each; return whether there is hope for more."""
        tasks = (self._task(key, case) for key, case in todo.items())
        size = max(len(self._prepared[case].packed) for case in todo.values())
        parcels = crew.do(tasks, ahead=(crew.size + 1) * len(self._experiment.cases), size=size)
        with Interruption() as ctrl_c, closing(parcels):
            try:
                for some in parcels:
                    ctrl_c.check()
                    for parcel in some:
                        self._keeper.take(parcel)
                        self._count(parcel.run)
                        self._teller.advance()
                    self._keeper.settle()
                    if self._failed >= len(self._experiment.cases) and self._failed > crew.size:
                        return False  # nothing has come out well, and nothing will
            finally:
                self._keeper.flush()
        return True

    def _count(self, run: PackedRun) -> None:
        if run.status == "done":
            self._failed = -1
            return
        self._teller.fail(f"{run.key.design}, replication {run.key.replication} failed: {run.error.splitlines()[0]}")
        if self._failed >= 0:
            self._failed += 1

    def _task(self, key: RunKey, case: Case) -> Task:
        ready = self._prepared[case]
        return Task(
            key, ready.packed, ready.world, self._experiment.windows, self._modules, case.settings,
            keep_records=key.replication == 0 and not case.levels, keep=self._experiment.keep, engine=ready.engine,
        )  # fmt: skip

    def _looking(self) -> Look:
        """Return what looks up the samples of one round."""
        samples: dict[tuple[str, str], dict[str, Sample]] = {}

        def look(case: Case, kpi: str, count: int) -> Sample:
            if not count:
                return Sample(np.empty(0))
            asked = kpi, case.scenario
            if asked not in samples:
                samples[asked] = Results(self._place).by_design(kpi, scenario=case.scenario)
            return samples[asked][case.design].first(count)

        return look

    def _records_of(self, key: RunKey) -> Path:
        return self._place / "records" / f"{self._experiment.file_of(self.asked[key])}.npz"

    def _write_scenarios(self) -> None:
        """Write down what is run, in the store and beside it; of points, what they are laid on and what they set."""
        experiment = self._experiment
        for case in {case.content: case for case in experiment.cases}.values():
            text = case.content.resolved()
            self._store.add_scenario(run_hash(case.content, experiment.windows), case.scenario, text=text)
            file = design_file(case.scenario, case.content.design, several=len(experiment.scenarios) > 1)
            if not case.levels:
                file = experiment.file_of(case)
            write_file(self._place / "scenarios" / f"{file}.yaml", text.encode())
        self._store.add_points(
            KeptPoint(
                run, case.design, run_hash(case.content, experiment.windows), settings_text(case.settings),
                dict(case.levels),
            )
            for case, run in self._hashes.items()
            if case.levels
        )  # fmt: skip

    def _write_manifest(self) -> None:
        experiment = self._experiment
        manifest = describe_study(
            experiment.name, experiment.cases, self._hashes, windows=experiment.windows, seed=experiment.seed,
            compare=experiment.compare, replications=max(self._rounds.counts.values()), version=self._version,
            told=experiment.told,
        )  # fmt: skip
        self._store.write_manifest(manifest)
        write_json(self._place / "manifest.json", manifest)
