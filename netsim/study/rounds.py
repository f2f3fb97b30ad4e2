"""Rounds: which runs a study has to do next, by its rule and by what was seen so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from netsim.errors import ModelError
from netsim.spec.faults import explain
from netsim.spec.precision import Until
from netsim.statistics.precision import Precision
from netsim.statistics.sample import Rule, Sample
from netsim.store.packing import RunKey
from netsim.study.cases import Case
from netsim.study.identity import tape_hash
from netsim.study.runner import MOST_MODELS

if TYPE_CHECKING:
    from netsim.spec.experiment import Compare

__all__ = ["MOST_REPLICATIONS", "FixedNumber", "Look", "Rounds", "describe_rule", "rule_of"]

MOST_REPLICATIONS = 1_000_000

Look = Callable[[Case, str, int], Sample]
"""Gives the sample of a case and a KPI over its first so many replications."""


@dataclass(frozen=True, slots=True)
class FixedNumber:
    """The rule of a study that says how many replications it wants."""

    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_REPLICATIONS:
            raise ModelError(f"{self.count} replications measure nothing; give 1 to {MOST_REPLICATIONS:,}")

    @property
    def kpis(self) -> tuple[str, ...]:
        """Return none: it looks at nothing."""
        return ()

    def next(self, seen: Mapping[str, Mapping[str, Sample]]) -> dict[str, int]:
        """Return the same number for every design."""
        return dict.fromkeys(seen, self.count)


@dataclass(slots=True)
class Rounds:
    """The runs of *cases* as they are asked for, round by round; each scenario by the *rule* for itself.

    What a round asks for depends on all runs of the rounds before it and on nothing else. A study that was killed goes
    through the same rounds again, and finds their runs done.
    """

    cases: Sequence[Case]
    rule: Rule
    keys: Mapping[Case, RunKey]
    """The key of each case's first run; the others differ in the replication."""
    counts: dict[Case, int] = field(default_factory=dict)
    """Replications of each case asked for so far."""

    def __post_init__(self) -> None:
        self.counts = dict.fromkeys(self.cases, 0)

    def next(self, look: Look) -> dict[RunKey, Case]:
        """Return the runs that the rule asks for beyond those asked for before, in the order to do them in."""
        wanted: dict[Case, range] = {}
        for scenario in dict.fromkeys(case.scenario for case in self.cases):
            mine = {case.design: case for case in self.cases if case.scenario == scenario}
            seen = {
                design: {kpi: look(case, kpi, self.counts[case]) for kpi in self.rule.kpis}
                for design, case in mine.items()
            }
            for design, count in self.rule.next(seen).items():
                case = mine[design]
                wanted[case] = range(self.counts[case], min(count, MOST_REPLICATIONS))
        self.counts.update((case, span.stop) for case, span in wanted.items() if span)
        return dict(self._in_order({case: span for case, span in wanted.items() if span}))

    def _in_order(self, wanted: Mapping[Case, range]) -> list[tuple[RunKey, Case]]:
        """Return the runs of *wanted* so that those that share a tape or a model come close together."""
        worlds: dict[str, list[Case]] = {}
        for case in wanted:
            worlds.setdefault(tape_hash(case), []).append(case)
        found = []
        for cases in worlds.values():
            for first in range(0, len(cases), MOST_MODELS // 2):
                some = cases[first : first + MOST_MODELS // 2]
                numbers = sorted({number for case in some for number in wanted[case]})
                found += [
                    (self.keys[case]._replace(replication=number), case)
                    for number in numbers
                    for case in some
                    if number in wanted[case]
                ]
        return found


def rule_of(
    replications: int | str | Mapping[str, Any] | Until | Rule, compare: Compare, *, apart: bool = False
) -> Rule:
    """Return the rule that *replications* stands for: a number, ``until 2 %`` as a file says it, or a rule itself.

    *compare* names the KPIs and the confidence where the text does not; with *apart* each design goes on by itself.
    Raise `ModelError` for a text or number without sense.
    """
    if isinstance(replications, int):
        return FixedNumber(replications)
    if isinstance(replications, str | Mapping):
        try:
            replications = Until.model_validate(replications)
        except ValidationError as error:
            raise ModelError(explain(error)) from error
    if isinstance(replications, Until):
        return Precision.of(replications, compare.kpis, compare.confidence, apart=apart)
    return replications


def describe_rule(rule: Rule) -> dict[str, Any]:
    """Return what a manifest says of *rule*, so that readers can hold the results against it."""
    told: dict[str, Any] = asdict(rule) if is_dataclass(rule) and not isinstance(rule, type) else {}
    return {"rule": {"name": type(rule).__name__, **told}}
