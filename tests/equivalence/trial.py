"""A trial: one case lived by two engines, with the laws of the records checked, and what to tell where they part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from netsim.errors import ModelError, NetsimError, ScenarioError
from netsim.outcome.balance import check_balance
from tests.equivalence.cases import Case, Ready, draw_cases, prepare
from tests.equivalence.choices import Choices
from tests.equivalence.comparison import differences
from tests.equivalence.coverage import count_features
from tests.equivalence.engines import CountingTape, Engine
from tests.equivalence.reduction import reduce_case

__all__ = ["Failure", "Pair", "RefusedError", "explain", "ready_cases", "trials", "try_case"]


class RefusedError(Exception):
    """The scenario drawn is none that the library takes."""


@dataclass(frozen=True)
class Pair:
    """Two engines by name: the second is held against the first."""

    names: tuple[str, str]
    first: Engine
    second: Engine


@dataclass(frozen=True)
class Failure:
    """A case in which something went wrong, and what."""

    case: Case
    what: str


def trials(choose: Choices, pair: Pair, features: Counter[str] | None = None) -> Iterator[Failure | None]:
    """Yield for each case of one random network None, or how it failed. Raise `RefusedError` for an invalid network.

    *features* collects the number of cases with each feature.
    """
    for case, ready in ready_cases(choose):
        what = try_case(ready, pair, features)
        yield Failure(case, what) if what else None


def ready_cases(choose: Choices) -> Iterator[tuple[Case, Ready]]:
    """Yield each case of one random network, ready to be run. Raise `RefusedError` for an invalid network."""
    before: tuple[Case, Ready] | None = None
    for case in draw_cases(choose):
        try:
            before = case, prepare(case, before)
        except (ScenarioError, ModelError) as error:
            raise RefusedError(str(error)) from error
        yield before


def try_case(ready: Ready, pair: Pair, features: Counter[str] | None = None) -> str:
    """Return what went wrong with a case, empty if both engines agree and the records keep every law."""
    tape = CountingTape(ready.tape)
    try:
        expected = pair.first(ready.model, ready.tape if features is None else tape, ready.plan)
        check_balance(ready.model, expected)
    except Exception as error:
        return f"{pair.names[0]}: {_told(error)}"
    try:
        found = pair.second(ready.model, ready.tape, ready.plan)
    except Exception as error:
        return f"{pair.names[1]}: {_told(error)}"
    if features is not None:
        for name, count in count_features(ready.model, expected, ready.plan, tape).items():
            features[name] += count > 0
    return differences(expected, found, ready.model, scenario=ready.scenario, names=pair.names)


def explain(failure: Failure, pair: Pair, *, tries: int = 4000, seconds: float = 60.0, file: Path | None = None) -> str:
    """Return a failure told on the smallest case found in some *tries* or *seconds*, which is written to *file*."""
    sort = _sort(failure.what)

    def fails(case: Case) -> bool:
        try:
            return _sort(try_case(prepare(case), pair)) == sort
        except (NetsimError, ValueError, KeyError, TypeError, IndexError, ZeroDivisionError):
            return False  # what is left is no scenario

    small = reduce_case(failure.case, fails, tries=tries, seconds=seconds) if fails(failure.case) else failure.case
    what = try_case(prepare(small), pair) or failure.what
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(small.to_json(), encoding="utf-8")
    return f"{what}\n\nthe smallest case found:\n{small.to_json()}"


def _sort(what: str) -> str:
    """Return what tells one kind of failure from another: the engine and the error, or that they differ."""
    return "" if not what else "they differ" if " differ in " in what.splitlines()[0] else " ".join(what.split()[:3])


def _told(error: Exception) -> str:
    return f"{type(error).__name__} {error}"
