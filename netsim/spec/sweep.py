"""Sweeps: one scenario at many points, each a choice of levels for the factors that a sweep file names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from netsim.errors import Fault, did_you_mean
from netsim.spec.addresses import parse_path
from netsim.spec.experiment import Compare, Windows
from netsim.spec.precision import Replications
from netsim.spec.reading import show_path
from netsim.spec.records import Name, Record, Written, require_one
from netsim.spec.uncertain import LEVELS_SCHEMA, Levels, Uncertain, level_name, read_levels
from netsim.units import QuantityError

__all__ = ["Factor", "Points", "Sweep", "check_sweep"]

_PLANS = {"latin hypercube": 1000, "sobol": 1024, "saltelli": 256}
_OPTIONS = {"latin hypercube": ("seed",), "sobol": ("seed",), "saltelli": ("seed", "second order"), "table": ()}
_WORDS = ("factorial", "one-at-a-time")
_REMEDY = (
    "write `factorial`, `one-at-a-time`, `{latin hypercube: 1000}`, `{sobol: 1024}`, `{saltelli: 256}` or "
    "`{table: points.csv}`"
)
_MOST_POINTS = 1_000_000


@dataclass(frozen=True, slots=True)
class Points:
    """How points are chosen: a *plan* of *count* base points from *seed*, or those of a *table*."""

    plan: str
    count: int = 0
    table: str = ""
    seed: int = 0
    second_order: bool = False

    def __str__(self) -> str:
        if self.plan in _WORDS:
            return self.plan
        seed = f", seed: {self.seed}" if self.seed else ""
        second = ", second order: true" if self.second_order else ""
        return f"{{{self.plan}: {self.table or self.count}{seed}{second}}}"


def _read_points(value: object, _worth: Mapping[str, float]) -> Points:
    if isinstance(value, Points):
        return value
    if isinstance(value, str):
        if value not in _WORDS:
            hint = did_you_mean(value, [*_WORDS, *_PLANS, "table"])
            raise QuantityError(f"`{value}` does not say how points are chosen", hint or _REMEDY)
        return Points(value)
    if not isinstance(value, Mapping):
        raise QuantityError(f"`{value}` does not say how points are chosen", _REMEDY)
    plan = next((key for key in value if key in _OPTIONS), None)
    if plan is None:
        hint = did_you_mean(str(next(iter(value), "")), _OPTIONS)
        raise QuantityError(f"`{next(iter(value), '')}` does not say how points are chosen", hint or _REMEDY)
    for key in value:
        if key != plan and key not in _OPTIONS[plan]:
            hint = did_you_mean(str(key), _OPTIONS[plan]) or _REMEDY
            raise QuantityError(f"`{key}` is no option of {plan}", hint)
    if plan == "table":
        if not isinstance(value["table"], str) or not value["table"].strip():
            raise QuantityError("`table` names no file", "write it such as `{table: points.csv}`")
        return Points("table", table=value["table"].strip())
    count, seed, second = value[plan], value.get("seed", 0), value.get("second order", False)
    for name, number, least, most in ((plan, count, 1, _MOST_POINTS), ("seed", seed, 0, 2**63 - 1)):
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            what = f"`{name}: {number}` is not a whole number from {least} to {most}"
            raise QuantityError(what, f"write it such as `{{{plan}: {_PLANS[plan]}}}`")
    if not isinstance(second, bool):
        raise QuantityError(f"`second order: {second}` is not a truth value", "write true or false")
    return Points(plan, count=count, seed=seed, second_order=second)


_POINTS_SCHEMA = {
    "anyOf": [
        {"enum": list(_WORDS)},
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                **{plan: {"type": "integer", "minimum": 1, "examples": [usual]} for plan, usual in _PLANS.items()},
                "seed": {"type": "integer", "minimum": 0},
                "second order": {"type": "boolean"},
                "table": {"type": "string"},
            },
            "additionalProperties": False,
        },
    ],
    "examples": ["{latin hypercube: 1000}"],
}

LevelsValue = Annotated[
    Levels | Uncertain,
    Written("list of levels, or distribution", lambda value, _worth: read_levels(value), LEVELS_SCHEMA, str),
]
PointsValue = Annotated[Points, Written("plan of points", _read_points, _POINTS_SCHEMA, str)]
PlainValue = Annotated[Any, Written("level", lambda value, _worth: value, {}, str)]


class Factor(Record):
    """One thing that a sweep changes: a value by its path, or which overlay files are laid on the scenario."""

    label: str = Field("", description="name to print")
    path: str | tuple[str, ...] | None = Field(
        None,
        description="what is changed: a path into world, network or policies, such as `world.countries[MX].hold`, "
        "`network.nodes[outlets].bench.technicians` or `world.adjust.demand`; a list for several that go together",
    )
    values: LevelsValue | None = Field(None, description="values that it is set to")
    scale: LevelsValue | None = Field(None, description="factors that it is multiplied by, such as `[80 %, 120 %]`")
    add: LevelsValue | None = Field(None, description="amounts that are added to it, such as `[-1, 0, 1]`")
    designs: dict[Name, tuple[str, ...]] | None = Field(
        None, description="instead of a path: named stacks of design files, laid on top of the sweep's `design`"
    )
    base: PlainValue | None = Field(
        None, description="level at which the factor stays while others change (one-at-a-time); none: the first"
    )

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        remedy = "write `values: [2 %, 8 %]`, or `scale`, `add` or `designs` in its place"
        require_one(self, "values", "scale", "add", "designs", remedy=remedy)
        if self.designs is not None and self.path is not None:
            raise QuantityError("a factor of designs has no `path`", "make two factors of it")
        if self.designs is None and not self.path:
            raise QuantityError("says not what it changes", "add `path`, such as `path: world.countries[MX].hold`")
        if self.designs is not None and not self.designs:
            raise QuantityError("names no designs", "write `designs: {NAME: [FILE]}`")
        return self

    @property
    def paths(self) -> tuple[str, ...]:
        """Return the paths that it changes; none for a factor of designs."""
        return (self.path,) if isinstance(self.path, str) else self.path or ()

    @property
    def change(self) -> Literal["set", "scale", "add"]:
        """Return what is done at its paths."""
        return "scale" if self.scale is not None else "add" if self.add is not None else "set"

    @property
    def levels(self) -> Levels | Uncertain:
        """Return its levels, or the distribution of its value; of designs, their names."""
        found = self.values or self.scale or self.add
        if found is not None:
            return found
        return Levels(tuple(self.designs or ()), tuple(self.designs or ()))

    @property
    def base_level(self) -> int | None:
        """Return the number of the level at which it stays, None if `base` is none of them."""
        levels = self.levels
        if isinstance(levels, Uncertain) or self.base is None:
            return 0
        wanted = level_name(self.base)
        names = [(type(name), name) for name in levels.names]
        return names.index((type(wanted), wanted)) if (type(wanted), wanted) in names else None


class Sweep(Record):
    """One experiment over many points: a scenario, its factors, how points are chosen and how they are measured."""

    sweep: Name = Field(description="name; results go to results/<name>/")
    why: str = Field("", description="the question that the sweep answers")
    scenario: str | tuple[str, ...] = Field(
        "scenario.yaml", description="scenario file, or a list of it and variants laid on it"
    )
    design: str | tuple[str, ...] = Field((), description="design files laid on the scenario at all points")
    factors: dict[Name, Factor] = Field(min_length=1, description="what is changed")
    points: PointsValue = Field(
        Points("factorial"),
        description="`factorial` (every combination of levels), `one-at-a-time`, `{latin hypercube: 1000}`, "
        "`{sobol: 1024}`, `{saltelli: 256}` for sensitivity indices (`second order: true` for pairs), each with a "
        "`seed` (else 0), or `{table: points.csv}` with a column for each factor",
    )
    windows: Windows = Field(description="measured period")
    replications: Replications = Field(10, description="runs of each point: a number, or `until 2 %` as in a study")
    seed: int = Field(0, ge=0, lt=2**63, description="seed of the tape; the same for all points")
    engine: Literal["auto", "simpy", "compiled"] = Field("auto", description="what runs the points, as in a study")
    compare: Compare = Field(default_factory=Compare, description="baseline, confidence and KPIs")

    @property
    def scenario_files(self) -> tuple[str, ...]:
        """Return the scenario file and the variants laid on it."""
        return (self.scenario,) if isinstance(self.scenario, str) else self.scenario

    @property
    def design_files(self) -> tuple[str, ...]:
        """Return the design files laid on the scenario at all points."""
        return (self.design,) if isinstance(self.design, str) else self.design


def check_sweep(sweep: Sweep) -> list[Fault]:
    """Return the faults of what the fields of a sweep say together, each at the line of its factor."""
    faults: list[Fault] = []
    if sweep.compare.baseline is not None:
        file, line = sweep.compare.source
        remedy = "leave it out; each factor has its `base`"
        faults.append(Fault(file, line, "compare.baseline", "a sweep has no design to compare with", remedy))
    known: dict[tuple[str, ...], str] = {}

    def fault(name: str, field: str, what: str, remedy: str) -> None:
        file, line = sweep.factors[name].source
        faults.append(Fault(file, line, show_path(("factors", name, *([field] if field else []))), what, remedy))

    for name, factor in sweep.factors.items():
        levels = factor.levels
        if isinstance(levels, Uncertain) and sweep.points.plan in _WORDS:
            remedy = "write levels such as `[80 %, 120 %]`, or choose `points: {latin hypercube: 1000}`"
            fault(name, "", f"is a distribution, and {sweep.points.plan} points need levels", remedy)
        if isinstance(levels, Levels) and not levels.names and sweep.points.plan != "table":
            remedy = "write levels such as `[80 %, 120 %]`, or `points: {table: points.csv}`"
            fault(name, "", "leaves its levels to a table, and there is none", remedy)
        elif factor.base_level is None and isinstance(levels, Levels):
            shown = ", ".join(map(str, levels.names[:10]))
            fault(name, "base", f"`{level_name(factor.base)}` is none of its levels", f"write one of {shown}")
        for path in factor.paths:
            try:
                parts = parse_path(path)
            except QuantityError as error:
                fault(name, "path", error.what, error.remedy)
                continue
            if parts in known and factor.change == sweep.factors[known[parts]].change:
                fault(name, "path", f"`{path}` is changed by `{known[parts]}` too", "leave it to one of the two")
            known.setdefault(parts, name)
    return faults
