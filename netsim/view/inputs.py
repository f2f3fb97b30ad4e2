"""What the commands have in common: reading a scenario, a design or a study file as cases, and shared options."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from netsim.errors import ModelError, did_you_mean

if TYPE_CHECKING:
    from rich.console import Console

    from netsim.spec.sweep import Sweep
    from netsim.study.cases import Case
    from netsim.study.points import Ground, Point
    from netsim.study.results import Results
    from netsim.study.study import Study

__all__ = [
    "Given",
    "console",
    "engine_option",
    "input_options",
    "is_results",
    "open_given",
    "open_results",
    "print_json",
    "read_replications",
    "run_options",
]

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Given:
    """What the user named: the cases of a *file*, which is a ``scenario``, ``design``, ``study`` or ``sweep``.

    Of a sweep the cases are its scenario under each stack of designs that its factors lay on it.
    """

    file: Path
    kind: str
    cases: tuple[Case, ...]
    study: Study | None
    sweep: Sweep | None = None
    points: tuple[Point, ...] = ()
    ground: Ground | None = None

    @property
    def measured(self) -> tuple[int, int, str] | None:
        """Return the horizon in seconds, the seed and the engine that the file says; None for one that does not."""
        from netsim.study.windows import Windows

        if self.study is not None:
            return self.study.windows.horizon, self.study.seed, self.study.engine
        if self.sweep is not None:
            return Windows.of(self.sweep.windows).horizon, self.sweep.seed, self.sweep.engine
        return None

    def case(self, design: str | None) -> Case:
        """Return the case of *design*, a point of a sweep too, or the first one; `ModelError` if it is not there."""
        if design is None:
            return self.cases[0]
        point = next((point for point in self.points if point.name == design), None)
        if point is not None and self.ground is not None:
            content = self.ground.scenario(point)
            return replace(self.cases[0], design=point.name, content=content)
        found = next((case for case in self.cases if case.design == design), None)
        if found is None:
            names = [case.design for case in self.cases]
            hint = did_you_mean(design, [*names, *(each.name for each in self.points)])
            raise ModelError(f"there is no design `{design}` · {hint or 'there are ' + ', '.join(names)}")
        return found


def input_options(command: F) -> F:
    """Return *command* with the options that say how input is read."""
    for option in (
        click.option(
            "--allow-code", is_flag=True, help="Let the files name Python code (module:function), and run it."
        ),
        click.option("--scenario", type=click.Path(path_type=Path), help="The scenario that a design file belongs to."),
    ):
        command = option(command)
    return command


def engine_option(command: F) -> F:
    """Return *command* with the option that says which engine runs."""
    told = "Engine; the results are the same  [default: the study's, or auto: compiled unless Python code is asked for]"
    return click.option("--engine", type=click.Choice(["auto", "simpy", "compiled"]), help=told)(command)


def run_options(command: F) -> F:
    """Return *command* with the options that say how a study is run."""
    for option in (
        engine_option,
        click.option("--json", "as_json", is_flag=True, help="Print results as JSON."),
        click.option("--module", "modules", multiple=True, help="Python module with your own KPIs and rules to load."),
        click.option("--out", type=click.Path(path_type=Path), help="Results folder  [default: results/NAME]"),
        click.option(
            "--seed", type=click.IntRange(0, 2**63 - 1), help="Seed of the tapes  [default: the study's, or 0]"
        ),
        click.option(
            "--cluster", metavar="ADDRESS", help="Run on a dask cluster: its scheduler, such as tcp://10.0.0.5:8786"
        ),
        click.option("--workers", type=click.IntRange(1), help="Processes  [default: one per processor]"),
        click.option(
            "--replications",
            metavar="N",
            help='Runs of each design, or as many as it takes: "until 2 %"  [default: the study\'s, or 10]',
        ),
    ):
        command = option(command)
    return command


def open_given(file: Path, *, scenario: Path | None = None, allow_code: bool = False) -> Given:
    """Return the cases of a scenario, design, study or sweep *file*.

    A design without *scenario* belongs to the ``scenario.yaml`` beside it or one folder up. Raise `ScenarioError` with
    every fault, `click.UsageError` for a design whose scenario is not named, or a scenario named where none is needed.
    """
    from netsim.spec.files import kind_of
    from netsim.spec.reading import read_yaml
    from netsim.spec.scenario import load
    from netsim.study.cases import Case
    from netsim.study.study import Study

    if allow_code:
        _make_importable(file.parent)
    kind = kind_of(read_yaml(file))
    if scenario is not None and kind not in ("design", "variant", ""):
        raise click.UsageError(f"--scenario goes with a design file, and {file} is a {kind}")
    if kind == "study":
        study = Study.from_file(file, allow_code=allow_code)
        study.check_kpis()
        return Given(file, kind, study.cases, study)
    if kind == "sweep":
        return _open_sweep(file, allow_code=allow_code)
    if kind in ("design", "variant"):
        content = load(_scenario_of(file, scenario), file, allow_code=allow_code)
    else:
        content = load(file, allow_code=allow_code)
    return Given(file, kind, (Case(content.variant or content.name, content.design, content),), None)


def _open_sweep(file: Path, *, allow_code: bool) -> Given:
    from netsim.study.cases import Case
    from netsim.study.points import load_points

    sweep, points, ground = load_points(file, allow_code=allow_code)
    name = ground.base.variant or ground.base.name
    stacks = dict.fromkeys(point.overlays for point in points)
    contents = [ground.base.with_design(*stack) if stack else ground.base for stack in stacks]
    cases = tuple(Case(name, content.design, content) for content in contents)
    return Given(file, "sweep", cases, None, sweep, tuple(points), ground)


def is_results(path: Path) -> bool:
    """Return whether *path* is a results folder, or the results file in one."""
    return path.suffix == ".sqlite" or (path / "study.sqlite").is_file()


def open_results(path: Path) -> Results:
    """Return the results in the folder *path*."""
    from netsim.study.loading import load_results

    return load_results(path)


def load_modules(modules: tuple[str, ...], file: Path, *, allow_code: bool = False) -> None:
    """Import the user's *modules*, found in the working folder or beside *file*; raise `ModelError` if one fails.

    With *allow_code* code that files name is found in the same places.
    """
    if modules or allow_code:
        _make_importable(file.parent)
    for name in modules:
        try:
            importlib.import_module(name)
        except Exception as error:
            raise ModelError(f"module {name} cannot be loaded: {type(error).__name__}: {error} · correct it") from error


def read_replications(text: str | None) -> int | str | None:
    """Return the number of runs, or the text that says how many; `click.UsageError` for neither."""
    if text is None or text.strip().startswith("until"):
        return text
    if not text.strip().isdecimal() or not int(text):
        raise click.UsageError(f'--replications: `{text}` is not a number of runs; write 10, or "until 2 %"')
    return int(text)


def read_span(option: str, text: str) -> int:
    """Return the seconds of a duration given on the command line; raise `click.UsageError` if it is none."""
    from netsim.units import QuantityError, parse_duration

    try:
        return parse_duration(text)
    except QuantityError as error:
        raise click.UsageError(f"{option}: {error}") from error


def console() -> Console:
    """Return where tables are printed: 100 columns at most, narrower in a narrow terminal."""
    from rich.console import Console

    from netsim.view.tables import WIDTH

    wide = Console()
    return Console(width=min(WIDTH, wide.width) if wide.is_terminal else WIDTH, highlight=False)


def print_json(content: Any) -> None:
    """Print *content* as JSON."""
    click.echo(json.dumps(content, indent=2, ensure_ascii=False, default=str))


def _scenario_of(design: Path, scenario: Path | None) -> Path:
    if scenario is not None:
        return scenario
    for folder in (design.parent, design.parent.parent):
        if (folder / "scenario.yaml").is_file():
            return folder / "scenario.yaml"
    raise click.UsageError(f"{design} is a design: say what it changes with --scenario FILE")


def _make_importable(folder: Path) -> None:
    for place in (str(folder.resolve()), str(Path.cwd())):
        if place not in sys.path:
            sys.path.insert(0, place)
