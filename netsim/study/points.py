"""Points of a sweep: for each, the level of every factor, and what these levels lay on the scenario."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netsim.errors import Fault, ModelError, ScenarioError, did_you_mean
from netsim.spec.reading import Origin, show_path
from netsim.spec.settings import Setting, changes_world, with_settings, world_text
from netsim.spec.sweep import check_sweep
from netsim.spec.uncertain import Levels, Uncertain, level_name
from netsim.statistics.sampling import (
    factorial,
    latin_hypercube,
    level_at,
    one_at_a_time,
    quantile,
    saltelli,
    sobol,
)
from netsim.study.cases import AS_IS

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario
    from netsim.spec.sweep import Factor, Sweep

__all__ = ["Ground", "Point", "check_points", "coordinates", "load_points", "make_points"]

_KEPT = 64
"""Scenarios under their world settings that are kept for the points that follow."""
_MOST_STACKS = 16


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a sweep: the level of each factor, as tables show it, and what to lay on the scenario for it.

    *settings* are the values to set, scale or add to; *overlays* the design files to lay before them.
    """

    name: str
    levels: tuple[tuple[str, Any], ...]
    settings: tuple[Setting, ...]
    overlays: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Choice:
    """What one factor is at one point: the *level* as tables show it, the plain *value*, and who says so."""

    level: Any
    value: Any
    origin: Origin


def load_points(path: str | Path, *, allow_code: bool = False) -> tuple[Sweep, list[Point], Ground]:
    """Return the sweep at *path*, its points, and the ground that they stand on, all checked.

    Raise `ScenarioError` with every fault of the sweep, of its table, and of each level by itself.
    """
    from netsim.spec.scenario import load_sweep

    sweep = load_sweep(path)
    points = make_points(sweep, path)
    ground = Ground.load(sweep, path, allow_code=allow_code)
    check_points(sweep, path, ground)
    return sweep, points, ground


def make_points(sweep: Sweep, path: str | Path) -> list[Point]:
    """Return the points of a *sweep*, whose file is at *path*; the same file gives the same points.

    Raise `ScenarioError` for factors that do not go with one another or with the plan, distributions without meaning,
    a factorial of too many points, and a bad table.
    """
    if faults := check_sweep(sweep):
        raise ScenarioError(faults)
    choices = _choose(sweep, Path(path))
    names = list(sweep.factors)
    count = len(choices[names[0]])
    width = max(4, len(str(count)))
    points = []
    for number in range(count):
        settings: list[Setting] = []
        overlays: list[str] = []
        for name, factor in sweep.factors.items():
            chosen = choices[name][number]
            settings += _settings(factor, chosen)
            overlays += _overlays(factor, chosen, Path(path))
        levels = tuple((name, choices[name][number].level) for name in names)
        points.append(Point(f"p{number + 1:0{width}}", levels, tuple(settings), tuple(overlays)))
    return points


def coordinates(sweep: Sweep) -> NDArray[np.float64]:
    """Return where each point lies in the unit cube, [point, factor], of a plan that samples it.

    Raise `ModelError` for plans of levels or tables.
    """
    plan, count = sweep.points, len(sweep.factors)
    if plan.plan == "latin hypercube":
        return latin_hypercube(plan.count, count, seed=plan.seed)
    if plan.plan == "sobol":
        return sobol(plan.count, count, seed=plan.seed)
    if plan.plan == "saltelli":
        return saltelli(plan.count, count, seed=plan.seed, second_order=plan.second_order).points
    raise ModelError(f"{plan.plan} points are not drawn from the unit cube; ask for their levels")


class Ground:
    """The scenario that points stand on, and what points have in common: each stack of designs, each world, once."""

    def __init__(self, base: Scenario) -> None:
        self.base = base
        self._stacks: dict[tuple[str, ...], Scenario] = {(): base}
        self._adjusted: OrderedDict[tuple[tuple[str, ...], str], Scenario] = OrderedDict()

    @classmethod
    def load(cls, sweep: Sweep, path: str | Path, *, allow_code: bool = False) -> Ground:
        """Return the ground of *sweep*, whose file is at *path*; raise `ScenarioError` with every fault."""
        from netsim.spec.scenario import load

        folder = Path(path).parent
        files = [folder / name for name in (*sweep.scenario_files, *sweep.design_files) if name != AS_IS]
        return cls(load(files[0], *files[1:], allow_code=allow_code))

    def scenario(self, point: Point) -> Scenario:
        """Return the scenario of a *point*; raise `ScenarioError` if its levels do not go together.

        Points whose settings leave the world alike share one world.
        """
        world = [setting for setting in point.settings if changes_world(setting)]
        rest = [setting for setting in point.settings if not changes_world(setting)]
        return with_settings(self._under(point.overlays, world), rest)

    def _under(self, overlays: tuple[str, ...], world: Sequence[Setting]) -> Scenario:
        if overlays not in self._stacks:
            self._stacks[overlays] = self.base.with_design(*overlays)
        if not world:
            return self._stacks[overlays]
        key = overlays, world_text(world)
        if key not in self._adjusted:
            made = with_settings(self._stacks[overlays], world)
            alike = next((known for (_, text), known in self._adjusted.items() if text == key[1]), None)
            self._adjusted[key] = made if alike is None else replace(made, world=alike.world)
            if len(self._adjusted) > _KEPT:
                self._adjusted.popitem(last=False)
        self._adjusted.move_to_end(key)
        return self._adjusted[key]


def check_points(sweep: Sweep, path: str | Path, ground: Ground) -> None:
    """Return if each level of each factor can be laid on the scenario by itself.

    Of distributions and of long tables the smallest and the largest value of each unit stand for all. A factor that
    needs nodes which only some designs have is tried on each stack of designs. Levels that fail only together are left
    to the run. Raise `ScenarioError` with all faults.
    """
    choices = _choose(sweep, Path(path))
    faults: list[Fault] = []
    stacks = _good_stacks(sweep, Path(path), choices, ground, faults)
    for name, factor in sweep.factors.items():
        if factor.designs is None and stacks:
            whole = isinstance(factor.levels, Levels) and sweep.points.plan != "table"
            tried = _distinct(choices[name]) if whole else _to_try(choices[name])
            wrong = {number: _try(factor, chosen, stacks, ground) for number, chosen in enumerate(tried)}
            faults += _told(name, tried, {number: found for number, found in wrong.items() if found})
    if faults:
        raise ScenarioError(faults)


def _choose(sweep: Sweep, path: Path) -> dict[str, list[_Choice]]:
    """Return what each factor is at each point."""
    if sweep.points.plan == "table":
        return _from_table(sweep, path)
    faults: list[Fault] = []
    factors = list(sweep.factors.values())
    places: NDArray[Any]
    try:
        if sweep.points.plan == "factorial":
            places = factorial([_count(factor) for factor in factors])
        elif sweep.points.plan == "one-at-a-time":
            bases = [factor.base_level or 0 for factor in factors]
            places = one_at_a_time([_count(factor) for factor in factors], base=bases)
        else:
            places = coordinates(sweep)
    except ModelError as error:
        raise ScenarioError([Fault(str(path), sweep.source[1], "points", str(error))]) from error
    found = {}
    for number, (name, factor) in enumerate(sweep.factors.items()):
        try:
            found[name] = _along(factor, places[:, number])
        except ModelError as error:
            what, _, remedy = str(error).partition("; ")
            faults.append(Fault(str(path), factor.source[1], show_path(("factors", name)), what, remedy))
    if faults:
        raise ScenarioError(faults)
    return found


def _count(factor: Factor) -> int:
    levels = factor.levels
    return len(levels.values) if isinstance(levels, Levels) else 0


def _along(factor: Factor, places: NDArray[Any]) -> list[_Choice]:
    """Return what a factor is at each of *places*: numbers of levels, or coordinates from 0 to 1."""
    levels, origin = factor.levels, Origin(*factor.source)
    if isinstance(levels, Uncertain):
        drawn = quantile(levels.family, places, **dict(levels.numbers))
        values = [levels.written(float(number)) for number in drawn]
        return [_Choice(value, value, origin) for value in values]
    if places.dtype != np.int64:
        places = level_at(places, len(levels.values), weights=levels.weights)
    known = [_Choice(name, value, origin) for name, value in zip(levels.names, levels.values, strict=True)]
    return [known[int(number)] for number in places]


def _from_table(sweep: Sweep, path: Path) -> dict[str, list[_Choice]]:
    """Return what each factor is in each row of the table of points."""
    from netsim.spec.tables import read_plain_table

    name = sweep.points.table
    shown = str(path.parent / name)
    columns, faults = read_plain_table(path.parent / name, shown)
    for title in columns if not faults else ():
        if title not in sweep.factors:
            hint = did_you_mean(title, sweep.factors) or "begin the header of a comment with `#`"
            faults.append(Fault(shown, 1, "", f"column `{title}` is no factor of the sweep", hint))
    for factor in sweep.factors if columns else ():
        if factor not in columns:
            faults.append(Fault(shown, 1, "", f"there is no column `{factor}`", "give every factor a column"))
    if columns and not faults and not any(columns.values()):
        faults.append(Fault(shown, 0, "", "the table has no rows", "write one for each point"))
    found: dict[str, list[_Choice]] = {}
    for title, cells in columns.items():
        if title in sweep.factors:
            found[title] = [_cell(sweep.factors[title], title, value, at, faults) for value, at in cells]
    if faults:
        raise ScenarioError(faults)
    return found


def _cell(factor: Factor, title: str, value: Any, origin: Origin, faults: list[Fault]) -> _Choice:
    """Return what a cell says: the name of a level, or a value."""
    levels = factor.levels
    place = Origin(origin.file, origin.line)
    if value is None:
        what = f"column `{title}`: the cell is empty"
        faults.append(Fault(*place[:2], "", what, "write a level in every row"))
    elif isinstance(levels, Levels):
        for name, plain in zip(levels.names, levels.values, strict=True):
            if str(name) == str(value):
                return _Choice(name, plain, place)
        if factor.designs is not None:
            hint = (
                did_you_mean(str(value), map(str, levels.names)) or f"write one of {', '.join(map(str, levels.names))}"
            )
            faults.append(Fault(*place[:2], "", f"column `{title}`: `{value}` names no designs", hint))
    return _Choice(level_name(value), value, place)


def _settings(factor: Factor, chosen: _Choice) -> list[Setting]:
    return [Setting(path, factor.change, chosen.value, chosen.origin) for path in factor.paths]


def _overlays(factor: Factor, chosen: _Choice, path: Path) -> list[str]:
    files = (factor.designs or {}).get(str(chosen.value), ()) if factor.designs is not None else ()
    return [str(path.parent / file) for file in files if file != AS_IS]


def _good_stacks(
    sweep: Sweep, path: Path, choices: dict[str, list[_Choice]], ground: Ground, faults: list[Fault]
) -> list[tuple[str, ...]]:
    """Return the stacks of designs that can be laid, noting the faults of others.

    All combinations of the factors of designs are tried, or of many one factor at a time.
    """
    designs = {name: factor for name, factor in sweep.factors.items() if factor.designs is not None}
    options = [_distinct(choices[name]) for name in designs]
    good = []
    combinations: Iterable[tuple[_Choice, ...]] = product(*options)
    if math.prod(map(len, options)) > _MOST_STACKS:
        rows = one_at_a_time([len(levels) for levels in options]).tolist()
        combinations = (tuple(levels[at] for levels, at in zip(options, row, strict=True)) for row in rows)
    for combination in combinations:
        chosen = list(zip(designs.values(), combination, strict=True))
        overlays = tuple(file for factor, choice in chosen for file in _overlays(factor, choice, path))
        try:
            _check(ground.scenario(Point("", (), (), overlays)))
        except ScenarioError as error:
            faults += [fault for fault in error.faults if fault not in faults]
        else:
            good.append(overlays)
    return good


def _distinct(choices: Iterable[_Choice]) -> list[_Choice]:
    """Return each distinct choice once, the first of its kind."""
    found: dict[tuple[type, str], _Choice] = {}
    for chosen in choices:
        found.setdefault((type(chosen.value), str(chosen.value)), chosen)
    return list(found.values())


def _to_try(choices: Iterable[_Choice]) -> list[_Choice]:
    """Return each distinct choice, and of long runs of numbers in one unit only the smallest and the largest."""
    from netsim.spec.amounts import split_amount
    from netsim.units import QuantityError

    distinct = _distinct(choices)
    if len(distinct) <= _MOST_STACKS:
        return distinct
    kept: list[_Choice] = []
    groups: dict[str, list[tuple[float, _Choice]]] = {}
    for chosen in distinct:
        try:
            number, unit = split_amount(chosen.value)
        except QuantityError:
            kept.append(chosen)
        else:
            groups.setdefault(unit, []).append((number, chosen))
    for group in groups.values():
        ordered = sorted(group, key=lambda entry: entry[0])
        kept += [ordered[0][1], ordered[-1][1]]
    return kept


def _try(factor: Factor, chosen: _Choice, stacks: Sequence[tuple[str, ...]], ground: Ground) -> tuple[Fault, ...]:
    """Return the faults of a level where it goes on no stack of designs: those of the first."""
    first: tuple[Fault, ...] = ()
    for overlays in stacks:
        try:
            _check(ground.scenario(Point("", (), tuple(_settings(factor, chosen)), overlays)))
        except ScenarioError as error:
            first = first or error.faults
        else:
            return ()
    return first


def _told(name: str, tried: Sequence[_Choice], wrong: dict[int, tuple[Fault, ...]]) -> list[Fault]:
    """Return the faults of one factor, each once, naming the levels that make it unless all of them do."""
    alike: dict[tuple[str, str], tuple[list[int], list[str]]] = {}
    for number, faults in wrong.items():
        for fault in faults:
            own = fault.file == tried[number].origin.file
            where = "" if own else f" (at {fault.file}:{fault.line})"
            numbers, places = alike.setdefault((f"{fault.what}{where}", fault.remedy), ([], []))
            numbers.append(number)
            places.append(fault.path)
    told = []
    for (what, remedy), (numbers, places) in alike.items():
        origin = tried[numbers[0]].origin
        levels = list(dict.fromkeys(f"`{tried[number].level}`" for number in numbers))
        which = "" if len(levels) == len(tried) else f"level {_some(levels)}: "
        place = _some([f"`{path}`" for path in dict.fromkeys(places) if path])
        path = show_path(("factors", name))
        told.append(Fault(origin.file, origin.line, path, f"{which}{place}{': ' if place else ''}{what}", remedy))
    return told


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _check(scenario: Scenario) -> None:
    """Return if the network of *scenario* can do what is asked of it; raise `ScenarioError` with its faults."""
    from netsim.network.building import build
    from netsim.network.checks import check

    if faults := check(scenario, build(scenario)):
        raise ScenarioError(faults)
