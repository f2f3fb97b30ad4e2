"""A sweep: one scenario at many points, each a level for every factor, run side by side into one store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from netsim.engine.choice import check_engine
from netsim.errors import ModelError
from netsim.spec.faults import explain
from netsim.spec.sweep import Factor
from netsim.spec.sweep import Sweep as SweepFile
from netsim.spec.uncertain import Levels
from netsim.statistics.sample import Rule
from netsim.study.cases import Case
from netsim.study.execution import Experiment, carry_out
from netsim.study.points import Ground, Point, check_points, load_points, make_points
from netsim.study.progress import Progress
from netsim.study.rounds import describe_rule, rule_of
from netsim.study.sweep_results import SweepResults
from netsim.study.windows import Windows

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario

__all__ = ["Sweep"]


class Sweep:
    """Points of a *scenario*, and how they are measured.

    *factors* maps names to what a sweep file says of a factor, such as ``{"path": "world.adjust.demand", "values":
    ["80 %", "120 %"]}``; *points* says which of their combinations are run, as in the file. *keep* names what is kept
    of each run beside its figures: ``series``, ``samples``, by default neither. The rest is as in
    `netsim.study.study.Study`. Raise `ScenarioError` with the faults of the factors, `ModelError` for numbers without
    sense.
    """

    def __init__(
        self,
        scenario: Scenario,
        factors: Mapping[str, Mapping[str, Any] | Factor],
        *,
        measure: str | int,
        points: Any = "factorial",
        replications: int | str | Rule = 10,
        seed: int = 0,
        warm_up: str | int = 0,
        cool_down: str | int = "60 d",
        name: str = "sweep",
        compare: Mapping[str, Any] | None = None,
        engine: str = "auto",
        keep: tuple[str, ...] = (),
    ) -> None:
        spans = {"warm_up": warm_up, "measure": measure, "cool_down": cool_down}
        try:
            file = SweepFile.model_validate(
                {
                    "sweep": name, "factors": dict(factors), "points": points, "seed": seed, "engine": engine,
                    "windows": {key: f"{span} s" if isinstance(span, int) else span for key, span in spans.items()},
                    "compare": dict(compare or {}),
                }
            )  # fmt: skip
        except ValidationError as error:
            raise ModelError(explain(error)) from error
        path = Path("sweep.yaml")
        points, ground = make_points(file, path), Ground(scenario)
        check_points(file, path, ground)
        self._settle(file, points, ground, rule_of(replications, file.compare, apart=True), keep)

    @classmethod
    def from_file(cls, path: str | Path, *, allow_code: bool = False) -> Sweep:
        """Return the sweep that the file at *path* describes, its scenario and designs loaded.

        Raise `ScenarioError` with every fault of the sweep, its scenario and its designs.
        """
        file, points, ground = load_points(path, allow_code=allow_code)
        sweep = cls.__new__(cls)
        sweep._settle(file, points, ground, rule_of(file.replications, file.compare, apart=True), ())
        return sweep

    def _settle(
        self, file: SweepFile, points: Sequence[Point], ground: Ground, rule: Rule, keep: tuple[str, ...]
    ) -> None:
        check_engine(file.engine)
        self.file = file
        self.points = tuple(points)
        self.ground = ground
        self.name = file.sweep
        self.rule = rule
        self.seed = file.seed
        self.engine: str = file.engine
        self.windows = Windows.of(file.windows)
        self.compare = file.compare
        self.keep = keep

    @property
    def factors(self) -> tuple[str, ...]:
        """Return the names of the factors, in the order of the file."""
        return tuple(self.file.factors)

    def run(
        self,
        workers: int | None = None,
        out: str | Path | None = None,
        *,
        executor: Executor | None = None,
        cluster: str | None = None,
        progress: Progress | bool | None = None,
        replications: int | str | Rule | None = None,
    ) -> SweepResults:
        """Return the results of all points; arguments and errors as in `netsim.study.study.Study.run`.

        A point that fails is recorded with its error, and the others go on.
        """
        from netsim.outcome.kpis import describe

        rule = self.rule if replications is None else rule_of(replications, self.compare, apart=True)
        for kpi in (*self.compare.kpis, *rule.kpis):
            describe(kpi)
        experiment = Experiment(
            self.name, self._cases(), self.windows, self.seed, self.compare, self.engine, rule,
            told={**describe_rule(rule), "sweep": self._told()}, keep=self.keep,
        )  # fmt: skip
        found = carry_out(experiment, out, workers=workers, executor=executor, cluster=cluster, progress=progress)
        return SweepResults(found.path)

    def _cases(self) -> tuple[Case, ...]:
        contents = {each.overlays: self.ground.scenario(replace(each, settings=())) for each in self.points}
        names = {overlays: content.variant or content.name for overlays, content in contents.items()}
        return tuple(
            Case(names[each.overlays], each.name, contents[each.overlays], each.settings, each.levels)
            for each in self.points
        )

    def _told(self) -> dict[str, Any]:
        """Return what the manifest says of the factors and of how points were chosen."""
        plan = self.file.points
        return {
            "points": str(plan), "plan": plan.plan, "count": plan.count, "seed": plan.seed,
            "second_order": plan.second_order,
            "factors": [
                {
                    "name": name, "label": factor.label or name, "paths": list(factor.paths), "change": factor.change,
                    "levels": list(factor.levels.names) if isinstance(factor.levels, Levels) else None,
                    "distribution": None if isinstance(factor.levels, Levels) else str(factor.levels),
                    "base": factor.base_level or 0,
                }
                for name, factor in self.file.factors.items()
            ],
        }  # fmt: skip
