"""What is done once for each design before its replications run: checked, compiled, packed, and its engine chosen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netsim.engine.choice import check_engine, decide, warm_up
from netsim.errors import Fault, ModelError, ScenarioError
from netsim.study.identity import tape_hash
from netsim.study.runner import pack_scenario

if TYPE_CHECKING:
    from netsim.model.model import Model
    from netsim.study.cases import Case
    from netsim.study.progress import Progress
    from netsim.study.windows import Windows

__all__ = ["Prepared", "compile_cases", "prepare", "tell_engines"]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A case ready to be sent to workers: scenario with model, hash of its tapes, engine, and why it is that one.

    The points of a sweep share the scenario that they are laid on; its model and theirs are the worker's to make.
    """

    packed: bytes
    world: str
    engine: str
    note: str | None


def compile_cases(cases: Iterable[Case], windows: Windows) -> Iterable[tuple[Case, Model | None]]:
    """Yield each case with its model, or None where compiling fails for a reason of its own: its runs will tell.

    Raise `ScenarioError` in the end with the faults of all networks.
    """
    from netsim.model.compile_model import compile_model

    faults: list[Fault] = []
    for case in cases:
        try:
            yield case, compile_model(case.content, horizon=windows.horizon)
        except ScenarioError as error:
            faults += error.faults
        except ModelError:
            yield case, None
    if faults:
        raise ScenarioError(faults)


def prepare(cases: Iterable[Case], windows: Windows, *, engine: str) -> dict[Case, Prepared]:
    """Return what workers need of each case.

    Raise `ScenarioError` with the faults of all networks, `ModelError` for an *engine* that cannot run one of them.
    """
    check_engine(engine)
    cases = list(cases)
    found = {}
    alone = [case for case in cases if not case.settings]
    for case, model in compile_cases(alone, windows):
        name, note = _decide(case, model, engine)
        found[case] = Prepared(pack_scenario(case.content, model), tape_hash(case), name, note)
    points = [case for case in cases if case.settings]
    bases = {case.content: replace(case, settings=()) for case in points}
    shared = {}
    for base, model in compile_cases(bases.values(), windows):
        name, note = _decide(base, model, engine)
        shared[base.content] = Prepared(pack_scenario(base.content, for_points=True), "", name, note)
    for case in points:
        found[case] = replace(shared[case.content], world=tape_hash(case))
    return {case: found[case] for case in cases}


def _decide(case: Case, model: Model | None, engine: str) -> tuple[str, str | None]:
    if model is None:  # it will fail in the worker, on any engine
        return "simpy", None
    try:
        return decide(model, engine)
    except ModelError as error:
        raise ModelError(f"{case.design}: {error}") from error


def tell_engines(prepared: Mapping[Case, Prepared], teller: Progress) -> None:
    """Tell why designs run on an engine that they did not ask for, and compile the compiled one if that is to be done.

    One line for each reason. Only this process compiles; workers find the machine code on disk.
    """
    for note in dict.fromkeys(each.note for each in prepared.values()):
        if note is not None:
            designs = [case.design for case, each in prepared.items() if each.note == note]
            teller.note(note if len(designs) == len(prepared) else f"{_listed(designs)}: {note}")
    warm_up({each.engine for each in prepared.values()}, teller.note)


def _listed(names: Sequence[str], most: int = 4) -> str:
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
