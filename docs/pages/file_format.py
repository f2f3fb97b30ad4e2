"""The reference of the file format, from the declarations of its records."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
from pydantic.fields import FieldInfo

from docs.pages import NOTE, table
from netsim.spec.experiment import Study
from netsim.spec.files import ScenarioFile
from netsim.spec.records import Record, Written
from netsim.spec.sweep import Sweep

_HEAD = """
# File format

Five kinds of file, told by their first line: a **scenario** (`netsim: 1`), a **design** (`design: NAME`), a
**variant** (`variant: NAME`), a **study** (`study: NAME`) and a **sweep** (`sweep: NAME`). `netsim schema KIND` prints
the JSON Schema for editors.

## Rules that hold everywhere

- **Strict YAML.** Unknown fields and repeated keys are refused, `NO` stays Norway and `18:30` a time. All faults of
  all files are told at once, each with file, line and remedy.
- **Units are written**: `3 d`, `40 min`, `0.8 %/yr`, `0.2 kg`, `6.5 EUR/shipment`. Times: `s min h d wk month yr`; a
  month is 365/12 days. A number without its unit, or with one of another dimension, is refused.
- **Money** names its currency and is converted once, by `currency.worth`. Defaults below stand in the base currency.
- **Distribution**: a duration such as `3 d` (fixed), or `{lognormal: 40 min, cv: 0.5}`, `{exponential: 6 d}`,
  `{uniform: [1 d, 3 d]}`, `{triangular: [1 d, 2 d, 5 d]}`, `{gamma: 3 d, cv: 0.5}`, `{weibull: 3 d, cv: 0.5}`,
  `{empirical: [1 d, 2 d], weights: [3, 1]}`; the first number of a family with `cv` is its mean.
- **Collections** are mappings by name. Each may be a table: `zones: {table: tables/zones.csv}` (CSV or Excel), with
  records written beside it if you like. A column is a field; `lead [d]` carries the unit, `bench.technicians` nests,
  `lat` and `lon` become `at`, a header that begins with `#` is a comment, an empty cell leaves the field out.
- **Selectors** name nodes as keys: a name, a list `a, b`, a kind (`outlets`, `warehouses`, `factories`, `suppliers`,
  `zones`), or `country:MX`; a name beats a country beats a kind, and equal rank on one field is an error.
- **Lanes** are keyed `FROM -> TO` or `FROM -> TO / LABEL` (default label: the mode); both sides take selectors, `<->`
  means both ways, `outlets <-> outlets within 300 km` and `nearest: 3` keep it small.

## Overlays

A design or variant is laid on a scenario: mappings merge by name, records by field, *values* (a distribution, a list
of charges, opening hours) are replaced whole, and `null` removes and must hit. Two overlays that set one field are an
error, so is a design that touches the world. `netsim show` prints every "old -> new".

- A **design** has `design`, `why`, `network` and `policies`.
- A **variant** has `variant`, `why` and `world`; `world: {adjust: {demand: 120 %}}`, or by zone
  `{demand: {country:MX: 120 %}}`, scales demand without restating it.
"""


def page() -> str:
    """Return the page."""
    text = NOTE + _HEAD
    told: list[type[Record]] = []
    for title, root in (("Scenario", ScenarioFile), ("Study", Study), ("Sweep", Sweep)):
        text += f"\n# {title}\n"
        records = [record for record in _reachable(root) if record not in told]
        told += records
        for record in records:
            text += _section(record)
    return text


def _reachable(root: type[Record]) -> list[type[Record]]:
    found: list[type[Record]] = []
    waiting = [root]
    while waiting:
        record = waiting.pop(0)
        if record not in found:
            found.append(record)
            waiting[:0] = [inner for field in record.model_fields.values() for inner in _records(field.annotation)]
    return found


def _records(annotation: Any) -> Iterator[type[Record]]:
    if isinstance(annotation, type) and issubclass(annotation, Record):
        yield annotation
    for inner in get_args(annotation):
        yield from _records(inner)


def _section(record: type[Record]) -> str:
    rows = [
        [f"`{name}`", _type(field.annotation, field.metadata), _default(field), field.description or ""]
        for name, field in record.model_fields.items()
    ]
    words = (inspect.getdoc(record) or "").replace("``", "`")
    return f"\n## {record.__name__}\n\n{words}\n\n" + table(["Field", "Type and unit", "Default", "Meaning"], rows)


def _type(annotation: Any, metadata: list[Any] | None = None) -> str:
    """Return what a field takes, in a planner's words."""
    metadata = metadata or []
    written = next((m for m in metadata if isinstance(m, Written)), None)
    if written is not None:
        return _written(written)
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0], list(inner[1:]))
    if origin in (Union, types.UnionType):
        return " or ".join(_type(option) for option in inner if option is not type(None))
    if origin is Literal:
        return ", ".join(f"`{option}`" for option in inner)
    if origin is dict:
        return f"{_type(inner[1])} by {_key(inner[0])}"
    if origin is tuple:
        if len(inner) == 2 and inner[1] is ...:
            return f"list of {_type(inner[0])}"
        return f"[{', '.join(_type(option) for option in inner)}]"
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    names = {str: "text", int: "whole number", float: "number", bool: "`true` or `false`"}
    return names[annotation] + _bounds(metadata)


def _key(annotation: Any) -> str:
    return "kind of node" if get_origin(annotation) is Literal else "key" if annotation is str else "name"


def _written(written: Written) -> str:
    schema = dict(written.schema)
    options = [schema, *schema.get("anyOf", [])]
    example = next((option["examples"][0] for option in options if option.get("examples")), None)
    if isinstance(example, list) and all(isinstance(item, str) for item in example):
        example = f"[{', '.join(example)}]"
    return written.dimension + (f", such as `{example}`" if example is not None else "")


def _bounds(metadata: list[Any]) -> str:
    words = []
    for bound in metadata:
        for name, sign in (("ge", "at least"), ("gt", "above"), ("le", "at most"), ("lt", "below")):
            if isinstance(bound, getattr(annotated_types, name.title())):
                words.append(f"{sign} {getattr(bound, name):,}")
    return f", {' and '.join(words)}" if words else ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None:
        return "none"
    written = next((m for m in field.metadata if isinstance(m, Written)), None)
    if isinstance(value, Record):
        return "its defaults"
    if value in ({}, (), ""):
        return "empty"
    if written is not None:
        return f"`{written.show(value)}`"
    if isinstance(value, tuple):
        if len(value) > 6 and len(set(value)) == 1:
            return f"`[{value[0]}, ...]`"
        return f"`[{', '.join(str(item) for item in value)}]`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
