"""The kinds of file, by their first line: ``netsim: 1``, ``variant:``, ``design:``, ``study:`` or ``sweep: NAME``."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from netsim.errors import did_you_mean
from netsim.spec.network import Network
from netsim.spec.overlay import Layer, refuse_sections
from netsim.spec.policies import Policies
from netsim.spec.reading import Document, read_yaml
from netsim.spec.records import CalendarDate, Money, Record, read_name
from netsim.spec.shapes import shape_of
from netsim.spec.tables import expand_tables
from netsim.spec.world import World
from netsim.units import QuantityError

__all__ = ["Currency", "ScenarioFile", "kind_of", "open_file", "read_file"]

CurrencyCode = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]


class Currency(Record):
    """The base currency, in which all results are given, and the worth of the others in it."""

    base: CurrencyCode = Field(description="currency of all results, such as EUR")
    worth: dict[CurrencyCode, Annotated[Money, Field(gt=0)]] = Field(
        default_factory=dict, description="worth of one unit of each other currency, such as `CNY: 0.13 EUR`"
    )
    as_of: CalendarDate | None = Field(None, description="date of the rates")


class ScenarioFile(Record):
    """A scenario: the world, the network as it is and the policies that run it."""

    netsim: Literal[1] = Field(description="version of the file format")
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="title of the scenario")
    why: str = Field("", description="what the scenario is for")
    start: CalendarDate = Field(description="first day; second 0 of a run is its 00:00 UTC")
    currency: Currency = Field(description="base currency and rates")
    world: World = Field(description="what the planner cannot choose")
    network: Network = Field(default_factory=Network, description="what is built: nodes and lanes")
    policies: Policies = Field(default_factory=Policies, description="how it is run")


_HEADS = {"netsim": "scenario", "sweep": "sweep", "variant": "variant", "design": "design", "study": "study"}
"""What tells the kind; a sweep comes first, as it has a field `design`."""
_REMEDIES = {
    "scenario": "begin the file with `netsim: 1`",
    "variant": "begin the file with `variant: NAME`",
    "design": "begin the file with `design: NAME`",
    "study": "begin the file with `study: NAME`",
    "sweep": "begin the file with `sweep: NAME`",
}
_KEYS = {
    "design": ("design", "why", "network", "policies"),
    "variant": ("variant", "why", "world"),
}


def read_file(path: str | FilePath) -> Document:
    """Return the document at *path* with its tables written out; its faults are in it."""
    document = read_yaml(FilePath(path))
    if "sweep" not in document.tree:  # whose only table is that of its points, with factors for columns
        expand_tables(document, FilePath(path).parent)
    return document


def kind_of(document: Document) -> str:
    """Return ``scenario``, ``variant``, ``design``, ``study`` or ``sweep``; empty if the file does not say."""
    return next((kind for head, kind in _HEADS.items() if head in document.tree), "")


def open_file(path: str | FilePath, *, kinds: tuple[str, ...]) -> Document:
    """Return the document at *path*, with a fault if it is none of *kinds* or holds what its kind may not."""
    document = read_file(path)
    if not document.tree:
        return document
    kind = kind_of(document)
    wanted = " or ".join(kinds)
    if not kind:
        head = next(iter(document.tree))
        hint = did_you_mean(head, _HEADS) if head not in {"world", "network", "policies"} else ""
        document.fault((), f"does not say what it is: a {wanted} is wanted", hint or _REMEDIES[kinds[0]])
        document.tree = {}
    elif kind not in kinds:
        document.fault((), f"is a {kind}, a {wanted} is wanted", f"name another file, or {_REMEDIES[kinds[0]]}")
        document.tree = {}
    elif kind in _KEYS:
        _check_overlay(document, kind)
    else:
        _drop_misshapen(document)
    return document


def _check_overlay(document: Document, kind: str) -> None:
    document.faults += refuse_sections(Layer(document.tree, document.lines), kind=kind)
    refused = {fault.path for fault in document.faults}
    for key in document.tree:
        if key not in _KEYS[kind] and key not in refused:
            hint = did_you_mean(key, _KEYS[kind]) or f"a {kind} holds {', '.join(_KEYS[kind])}"
            document.fault((key,), "unknown field", hint)
    try:
        read_name(document.tree[kind])
    except QuantityError as error:
        document.fault((kind,), error.what, error.remedy)
    document.tree = {key: value for key, value in document.tree.items() if key in _KEYS[kind]}
    _drop_misshapen(document)


def _drop_misshapen(document: Document) -> None:
    """Take sections that are no mappings out of the tree, with a fault; an empty section is as good as none."""
    root = shape_of(ScenarioFile)
    for section in ("world", "network", "policies"):
        content = document.tree.get(section)
        if not isinstance(content, dict):
            _drop(document, document.tree, section, (section,))
            continue
        shape = root.child(section)
        for key in list(content):
            if shape.child(key).is_collection and not isinstance(content[key], dict):
                _drop(document, content, key, (section, key))


def _drop(document: Document, holder: dict[str, Any], key: str, path: tuple[str, ...]) -> None:
    if key in holder and holder.pop(key) is not None:
        document.fault(path, "is not a mapping", "write `name: {...}` lines under it, or leave it out")
