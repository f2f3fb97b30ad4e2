"""A scenario as it is run: world, network and policies, frozen, each value knowing its file and line."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path as FilePath
from typing import Any, TypeVar

from pydantic import ValidationError

from netsim.errors import Fault, ScenarioError
from netsim.spec.assembly import SECTIONS, Assembled, assemble
from netsim.spec.collecting import keeping_all
from netsim.spec.experiment import Study
from netsim.spec.faults import origin_of, same_once, translate
from netsim.spec.files import Currency, ScenarioFile, kind_of, open_file
from netsim.spec.network import Network
from netsim.spec.overlay import Change
from netsim.spec.policies import Policies
from netsim.spec.reading import Document, Origin, Path, show_path
from netsim.spec.records import Record, set_source
from netsim.spec.schema import json_schema
from netsim.spec.settings import Setting, changes_world, describe_settings, lay_settings
from netsim.spec.sweep import Sweep, check_sweep
from netsim.spec.world import World
from netsim.spec.writing import write_tree
from netsim.units import QuantityError, parse_money

__all__ = ["Change", "Currency", "Scenario", "json_schema", "load", "load_study", "load_sweep"]

R = TypeVar("R", bound=Record)

_CODE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """A frozen scenario. Two with equal *hash* are the same; *lines* gives the origin of each path of *tree*.

    *design* names the designs laid on it (``as-is``: none), *variant* the variants of its world (empty: none), *tree*
    is the resolved text behind the records, *changes* every "old -> new" of the overlays and *settings*.
    """

    name: str
    start: date
    currency: Currency
    world: World
    network: Network
    policies: Policies
    file: str
    design: str
    variant: str
    hash: str
    tree: Mapping[str, Any] = field(repr=False)
    lines: Mapping[Path, Origin] = field(repr=False)
    changes: tuple[Change, ...] = field(repr=False)
    documents: tuple[Document, ...] = field(repr=False)
    allow_code: bool = False
    settings: tuple[tuple[Setting, ...], ...] = ()

    @keeping_all
    def with_design(self, *designs: str | FilePath) -> Scenario:
        """Return the scenario under further design files; its world is the same object.

        Raise `ScenarioError` with every fault.
        """
        added = [open_file(path, kinds=("design",)) for path in designs]
        adjusted = any(changes_world(each) for batch in self.settings for each in batch)
        world = None if adjusted else self.world
        made = _make(self.documents[0], (*self.documents[1:], *added), allow_code=self.allow_code, world=world)
        for batch in self.settings:
            made = made.with_settings(batch)
        return replace(made, world=self.world)

    @keeping_all
    def with_settings(self, settings: Sequence[Setting]) -> Scenario:
        """Return the scenario with *settings* laid on it; sections that they leave alone are the same objects.

        Raise `ScenarioError` with every fault.
        """
        if not settings:
            return self
        laid = lay_settings(self.tree, self.lines, settings)
        faults = laid.faults + ([] if self.allow_code else _refuse_code_set(settings))
        kept = {name: getattr(self, name) for name in SECTIONS if laid.tree.get(name) == self.tree.get(name)}
        whole, found = _validate(laid.tree, laid.lines, kept)
        if faults or found or whole is None:
            raise ScenarioError(same_once([*faults, *found]))
        _set_sources(whole, (), laid.lines, skip=tuple(kept.values()))
        put = describe_settings(each for each in settings if not changes_world(each))
        adjusted = describe_settings(each for each in settings if changes_world(each))
        return replace(
            self,
            **{name: getattr(whole, name) for name in SECTIONS},
            design=" + ".join(filter(None, (self.design, put))),
            variant=" + ".join(filter(None, (self.variant, adjusted))),
            hash=_hash(laid.tree),
            tree=laid.tree,
            lines=laid.lines,
            changes=(*self.changes, *laid.changes),
            settings=(*self.settings, tuple(settings)),
        )

    def resolved(self) -> str:
        """Return the resolved scenario as YAML text, which loads as the same scenario."""
        return write_tree(self.tree)


@keeping_all
def load(path: str | FilePath, *overlays: str | FilePath, allow_code: bool = False) -> Scenario:
    """Return the scenario at *path* under its *overlays*, variants and designs in the order given.

    Names of Python code (``module:function``) in the files are refused unless *allow_code*. Raise `ScenarioError`
    with every fault of every file.
    """
    base = open_file(path, kinds=("scenario",))
    added = [open_file(overlay, kinds=("design", "variant")) for overlay in overlays]
    return _make(base, tuple(added), allow_code=allow_code, world=None)


def load_study(path: str | FilePath) -> Study:
    """Return the study at *path*; its files are relative to it. Raise `ScenarioError` with every fault."""
    return _load_record(path, "study", Study)


def load_sweep(path: str | FilePath) -> Sweep:
    """Return the sweep at *path*; its files are relative to it. Raise `ScenarioError` with every fault."""
    sweep = _load_record(path, "sweep", Sweep)
    if faults := check_sweep(sweep):
        raise ScenarioError(faults)
    return sweep


def _load_record(path: str | FilePath, kind: str, model: type[R]) -> R:
    document = open_file(path, kinds=(kind,))
    faults = list(document.faults)
    record = None
    if document.tree:
        try:
            record = model.model_validate(document.tree)
        except ValidationError as error:
            faults += translate(error, document.tree, lines=document.lines, model=model)
    if faults or record is None:
        raise ScenarioError(same_once(faults))
    _set_sources(record, (), document.lines)
    return record


def _make(base: Document, overlays: tuple[Document, ...], *, allow_code: bool, world: World | None) -> Scenario:
    faults = [fault for document in (base, *overlays) for fault in document.faults]
    if not base.tree:
        raise ScenarioError(same_once(faults))
    assembled = assemble(base, [overlay for overlay in overlays if overlay.tree])
    faults += assembled.faults
    if not allow_code:
        faults += _refuse_code(assembled)
    whole, found = _validate(assembled.tree, assembled.lines, {"world": world} if world is not None else {})
    if faults or found or whole is None:
        raise ScenarioError(same_once([*faults, *found]))
    _set_sources(whole, (), assembled.lines, skip=() if world is None else (world,))
    names = {kind: [str(o.tree[kind]) for o in overlays if kind_of(o) == kind] for kind in ("design", "variant")}
    return Scenario(
        name=whole.name,
        start=whole.start,
        currency=whole.currency,
        world=whole.world,
        network=whole.network,
        policies=whole.policies,
        file=base.file,
        design=" + ".join(names["design"]) or "as-is",
        variant=" + ".join(names["variant"]),
        hash=_hash(assembled.tree),
        tree=assembled.tree,
        lines=assembled.lines,
        changes=tuple(assembled.changes),
        documents=(base, *overlays),
        allow_code=allow_code,
    )


class _AnyWorth(dict[str, float]):
    """Every currency is worth 1: used to go on checking where the currencies themselves are at fault."""

    def __missing__(self, currency: str) -> float:
        return 1.0

    def __contains__(self, currency: object) -> bool:
        return True


def _validate(
    tree: Mapping[str, Any], lines: Mapping[Path, Origin], kept: Mapping[str, Record]
) -> tuple[ScenarioFile | None, list[Fault]]:
    """Return the records of *tree*, those of the sections *kept* as they are, or the faults that it has."""
    currency = tree.get("currency")
    base = currency.get("base") if isinstance(currency, dict) else None
    faults: list[Fault] = []
    worth: dict[str, float] = {str(base): 1.0} if isinstance(base, str) else _AnyWorth()
    worths = currency.get("worth") if isinstance(currency, dict) else None
    for name, text in worths.items() if isinstance(worths, dict) else ():
        try:
            worth[name] = parse_money(text, {str(base): 1.0})
        except QuantityError as error:
            path: Path = ("currency", "worth", name)
            origin = origin_of(path, lines)
            remedy = f"write its worth in the base currency, such as `{name}: 0.9 {base}`"
            faults.append(Fault(origin.file, origin.line, show_path(path), error.what, remedy))
            worth = _AnyWorth(worth)
    try:
        context = {"worth": worth, "read": {}}
        whole = ScenarioFile.model_validate({**tree, **kept}, context=context)
    except ValidationError as error:
        found = translate(error, tree, lines=lines, model=ScenarioFile)
        told = {fault.line for fault in faults}
        return None, [*faults, *(f for f in found if not (f.path.startswith("currency.worth") and f.line in told))]
    return whole, faults


def _refuse_code(assembled: Assembled) -> list[Fault]:
    faults = []
    for section in ("network", "policies"):
        for inner, text in _code_names(assembled.tree.get(section)):
            path: Path = (section, *inner)
            origin = origin_of(path, assembled.lines)
            remedy = "a file may name Python code only where `--allow-code` (or `allow_code=True`) permits it"
            faults.append(Fault(origin.file, origin.line, show_path(path), f"`{text}` names Python code", remedy))
    return faults


def _refuse_code_set(settings: Iterable[Setting]) -> list[Fault]:
    faults = []
    for setting in settings:
        for _, text in _code_names([setting.value]):
            remedy = "a file may name Python code only where `--allow-code` (or `allow_code=True`) permits it"
            place = setting.origin
            faults.append(Fault(place.file, place.line, setting.path, f"`{text}` names Python code", remedy))
    return faults


def _code_names(value: Any) -> Iterator[tuple[Path, str]]:
    """Yield the path and text of each name of Python code in a tree."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if isinstance(item, str):
            if ":" in item and _CODE.fullmatch(item.strip()):
                yield (key,), item
        elif isinstance(item, dict | list):
            for path, text in _code_names(item):
                yield (key, *path), text


def _set_sources(value: Any, path: Path, lines: Mapping[Path, Origin], *, skip: tuple[Record, ...] = ()) -> None:
    """Tell every record below *value* where it was written."""
    items: Iterable[tuple[str | int, Any]] = ()
    if isinstance(value, Record):
        if any(value is known for known in skip):
            return
        origin = origin_of(path, lines)
        set_source(value, origin.file, origin.line)
        fields = value.__dict__
        items = [(name, fields[name]) for name in value.model_fields_set]
    elif isinstance(value, dict):
        items = value.items()
    elif isinstance(value, tuple) and value and isinstance(value[0], Record):
        items = enumerate(value)
    for key, item in items:
        if isinstance(item, Record | dict | tuple):
            _set_sources(item, (*path, key), lines, skip=skip)


def _hash(tree: Mapping[str, Any]) -> str:
    """Return the SHA-256 of the resolved tree as canonical JSON; the order of keys and the `why` do not count."""
    plain = {key: value for key, value in tree.items() if key != "why"}
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
