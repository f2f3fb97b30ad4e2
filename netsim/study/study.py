"""A study: designs of one or more scenarios, replicated on shared tapes, run side by side into one store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from netsim.engine.choice import check_engine
from netsim.errors import Fault, ModelError, ScenarioError, did_you_mean
from netsim.spec.experiment import Compare
from netsim.spec.faults import explain
from netsim.spec.selecting import Select
from netsim.statistics.sample import Rule
from netsim.study.cases import Case, load_cases
from netsim.study.execution import Experiment, carry_out
from netsim.study.identity import world_hash
from netsim.study.laws import parse_law
from netsim.study.preparing import compile_cases
from netsim.study.progress import Progress
from netsim.study.results import Results
from netsim.study.rounds import describe_rule, rule_of
from netsim.study.selecting import selection_rule
from netsim.study.windows import Windows
from netsim.units import QuantityError, parse_duration

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario

__all__ = ["Study"]


class Study:
    """Designs to compare, and how they are measured.

    *designs* maps names to scenarios, made with `Scenario.with_design`; they must share one world. Durations are texts
    such as ``"36 months"``, or seconds. *replications* is their number for each design, or how closely means are to be
    known, such as ``"until 2 % of net_cost"``, or any `netsim.statistics.sample.Rule`; 10 if nothing is said. *compare*
    is a `Compare`, or its fields as a mapping: ``baseline``, ``confidence``, ``kpis``. *select*, the fields of a study
    file's, asks for the best design, and replications follow from it. *engine* is ``compiled``, ``simpy``, or ``auto``
    for the compiled engine wherever a design asks for no Python code; results are equal to the last byte. Raise
    `ModelError` for no designs, designs of different worlds, an unknown engine, and numbers without sense.
    """

    def __init__(
        self,
        designs: Mapping[str, Scenario],
        *,
        replications: int | str | Mapping[str, Any] | Rule | None = None,
        seed: int = 0,
        measure: str | int,
        warm_up: str | int = 0,
        cool_down: str | int = "60 d",
        name: str = "study",
        compare: Compare | Mapping[str, Any] | None = None,
        select: Select | Mapping[str, Any] | None = None,
        engine: str = "auto",
    ) -> None:
        try:
            spans = [_seconds(span) for span in (warm_up, measure, cool_down)]
            settled = compare if isinstance(compare, Compare) else Compare(**(compare or {}))
            wanted = Select(**select) if isinstance(select, Mapping) else select
            if wanted is not None and replications is not None:
                raise ModelError("`select` says how many replications are made; leave `replications` out")
        except ValidationError as error:
            raise ModelError(explain(error)) from error
        except QuantityError as error:
            raise ModelError(str(error)) from error
        cases = [Case(each.name, design, each) for design, each in designs.items()]
        windows = Windows(spans[0], spans[0] + spans[1], sum(spans))
        if wanted is None:
            rule = rule_of(10 if replications is None else replications, settled)
        else:
            rule = _selecting(wanted, cases, settled)
        self._settle(cases, name, rule, seed, windows, settled, engine)

    def _settle(
        self, cases: Sequence[Case], name: str, rule: Rule, seed: int, windows: Windows, compare: Compare,
        engine: str,
    ) -> None:  # fmt: skip
        self.cases = tuple(cases)
        self.name = name
        self.rule = rule
        self.seed = seed
        self.windows = windows
        self.compare = compare
        self.engine = engine
        check_engine(engine)
        if not self.cases:
            raise ModelError("a study without designs compares nothing; give at least one")
        if not 0 <= seed < 2**63:
            raise ModelError(f"seed {seed}: give a whole number from 0 to 2^63 - 1")
        same: dict[tuple[str, str], Case] = {}
        for case in self.cases:
            first = same.setdefault((case.content.hash, case.design), case)
            if first.scenario != case.scenario:
                raise ModelError(
                    f"scenarios {first.scenario!r} and {case.scenario!r} are the same but for the names; leave one out"
                )
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
        if file.select is None:
            rule = rule_of(file.replications, file.compare)
        else:
            rule = _selecting(file.select, cases, file.compare)
        study._settle(cases, file.study, rule, file.seed, windows, file.compare, file.engine)
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
        self.check_kpis()
        for _ in compile_cases(self.cases, self.windows):
            pass

    def check_kpis(self) -> None:
        """Return if every KPI of comparison, laws and rule is known; raise `ModelError` with what is meant else."""
        from netsim.outcome.kpis import describe

        laws = [parse_law(name, text, self.designs) for name, text in self.compare.laws.items()]
        for kpi in (*self.compare.kpis, *(law.kpi for law in laws), *self.rule.kpis):
            describe(kpi)

    def run(
        self,
        workers: int | None = None,
        out: str | Path | None = None,
        *,
        executor: Executor | None = None,
        cluster: str | None = None,
        progress: Progress | bool | None = None,
        replications: int | str | Rule | None = None,
    ) -> Results:
        """Return the results of all runs, those that an earlier call had finished included.

        Results go to the folder *out* (default ``results/NAME``). *workers* is the number of processes (default: one
        per processor; 1 runs everything in this one); *executor*, any `concurrent.futures.Executor`, or *cluster*, the
        address of a dask scheduler, takes their place. *replications* overrides the study's. What is finished is kept,
        whatever ends the study, but for what came in the last fraction of a second if it is killed; the same call goes
        on from there. Runs of another state of the scenario, seed or code stay in the file and are not used.

        Raise `ScenarioError` for faults of the networks, `ModelError` for an unknown KPI in the comparison or an engine
        that cannot run a design, and `NetsimError` if no run succeeds.
        """
        rule = self.rule if replications is None else rule_of(replications, self.compare)
        self.check_kpis()
        experiment = Experiment(
            self.name, self.cases, self.windows, self.seed, self.compare, self.engine, rule, told=describe_rule(rule)
        )
        return carry_out(experiment, out, workers=workers, executor=executor, cluster=cluster, progress=progress)


def _selecting(select: Select, cases: Sequence[Case], compare: Compare) -> Rule:
    currencies = {case.content.currency.base for case in cases}
    designs = len({case.design for case in cases})
    return selection_rule(select, currencies=currencies, confidence=compare.confidence, designs=designs)


def _seconds(span: str | int) -> int:
    return span if isinstance(span, int) else parse_duration(span)
