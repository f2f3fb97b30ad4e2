"""Cases: what a study runs, one design of one scenario each, and how they are read from a study file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netsim.errors import Fault, ScenarioError

if TYPE_CHECKING:
    from netsim.spec.experiment import Study as StudyFile
    from netsim.spec.scenario import Scenario
    from netsim.spec.settings import Setting

__all__ = ["AS_IS", "Case", "load_cases"]

AS_IS = "as-is"
"""The design that leaves the scenario as it is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One design of one scenario, under the names that the results give them.

    A point of a sweep is a design that consists of *settings* on its *content*; the worker lays them on it.
    """

    scenario: str
    design: str
    content: Scenario
    settings: tuple[Setting, ...] = ()
    levels: tuple[tuple[str, Any], ...] = field(default=(), compare=False)
    """What a point sets each factor to."""


def load_cases(file: StudyFile, path: Path, *, allow_code: bool) -> list[Case]:
    """Return every design of every scenario that the study *file* at *path* names.

    Raise `ScenarioError` with all faults of all of them.
    """
    stacks = (
        {name: list(files) for name, files in file.designs.items()}
        if isinstance(file.designs, dict)
        else {f"\0{number}": [entry] for number, entry in enumerate(file.designs)}
    )
    faults: list[Fault] = []
    cases: list[Case] = []
    for base in _load_scenarios(file, path, faults, allow_code=allow_code):
        for name, entries in stacks.items():
            files = [path.parent / entry for entry in entries if entry != AS_IS]
            try:
                content = base.with_design(*files) if files else base
            except ScenarioError as error:
                faults += error.faults
                continue
            design = content.design if name.startswith("\0") else name
            cases.append(Case(base.variant or base.name, design, content))
    seen: set[tuple[str, str]] = set()
    for case in cases:
        if (case.scenario, case.design) in seen:
            what = f"design `{case.design}` of scenario `{case.scenario}` is there twice"
            remedy = "leave one out, or give names: `designs: {NAME: [FILE]}`"
            faults.append(Fault(str(path), file.source[1], "designs", what, remedy))
        seen.add((case.scenario, case.design))
    if faults:
        raise ScenarioError(faults)
    return cases


def _load_scenarios(file: StudyFile, path: Path, faults: list[Fault], *, allow_code: bool) -> list[Scenario]:
    from netsim.spec.files import kind_of
    from netsim.spec.reading import read_yaml
    from netsim.spec.scenario import load

    first = path.parent / file.scenarios[0]
    loaded = []
    for entry in file.scenarios:
        place = path.parent / entry
        # A variant is laid on the first scenario; whatever else it is, `load` says what is wrong with it.
        files = (first, place) if kind_of(read_yaml(place)) == "variant" and place != first else (place,)
        try:
            loaded.append(load(*files, allow_code=allow_code))
        except ScenarioError as error:
            faults += error.faults
    return loaded
