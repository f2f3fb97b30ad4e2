"""Single values laid on a resolved scenario by their paths: set, scaled, or added to.

Settings are what a sweep makes of its factors. They go on after all overlays, and whatever their order, the result is
the same: first all that are set (the narrower path last), then what is scaled, then what is added, then demand.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from netsim.errors import Fault
from netsim.spec.addresses import MISSING, Hit, find, parse_path, value_at
from netsim.spec.adjusting import adjust_world
from netsim.spec.amounts import add_amount, default_text, parse_factor, rounded, scale_value, split_amount
from netsim.spec.files import ScenarioFile
from netsim.spec.overlay import Change, copy_tree, drop_lines
from netsim.spec.reading import Origin, Path, show_path
from netsim.spec.selectors import Spot
from netsim.units import QuantityError, parse_money

if TYPE_CHECKING:
    from netsim.spec.scenario import Scenario

__all__ = [
    "Laid",
    "Setting",
    "changes_world",
    "describe_settings",
    "lay_settings",
    "read_settings",
    "settings_text",
    "with_settings",
    "world_text",
]

Kind = Literal["set", "scale", "add"]

_ORDER = {"set": 0, "scale": 1, "add": 2}
_SIGNS = {"set": "=", "scale": "x", "add": "+"}
_ADJUST = ("world", "adjust")
_PLACES = (("network", "nodes"), ("world", "zones"), ("world", "fleets"))
_LANES = ("network", "lanes")
_ADJUST_REMEDY = "write `world.adjust.demand`, or `world.adjust.demand[country:MX]` for the zones of a country"


@dataclass(frozen=True, slots=True)
class Setting:
    """One value at one *path*: ``set`` to *value*, ``scale`` by it (``120 %``), or ``add`` it (``-1``, ``+1 d``).

    *value* is plain, as YAML has it; two settings are equal if path, change and value are, whatever their *origin*, the
    file and line that faults name.
    """

    path: str
    change: Kind
    value: Any = field(compare=False)
    origin: Origin = field(default=Origin("", 0), compare=False, repr=False)
    text: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", _plain(self.value))
        text = json.dumps(self.value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        object.__setattr__(self, "text", text)

    def __str__(self) -> str:
        return f"{self.path} {_SIGNS[self.change]} {self.value if isinstance(self.value, str) else self.text}"


@dataclass(slots=True)
class Laid:
    """A tree under settings, sharing with the old one what they left: *sections* are the ones that they changed."""

    tree: dict[str, Any]
    lines: dict[Path, Origin]
    changes: list[Change] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    _own: set[Path] = field(default_factory=set)

    @property
    def sections(self) -> set[str]:
        """Return the sections that were changed."""
        return {str(path[0]) for path in self._own if path}

    def put(self, path: Path, value: Any, origin: Origin) -> None:
        """Put *value* at *path*, or take away what is there where it is None; what is the same already stays."""
        old = value_at(self.tree, path)
        if (old is MISSING and value is None) or (type(old) is type(value) and old == value):
            return
        holder = self.own(path[:-1])
        if value is None:
            del holder[path[-1]]
        else:
            holder[path[-1]] = copy_tree(value)
        drop_lines(self.lines, path, None if old is MISSING else old)
        self.lines[path] = origin
        before = None if old is MISSING else old
        self.changes.append(Change(show_path(path), before, value, origin.file, origin.line))

    def own(self, path: Path) -> Any:
        """Return the mapping or list at *path* as one that may be changed, made if it is not there."""
        holder: Any = self.tree
        for length in range(1, len(path) + 1):
            part, here = path[length - 1], path[:length]
            if here not in self._own:
                self._own.add(here)
                there = isinstance(holder, list) or isinstance(holder.get(part), dict | list)
                holder[part] = copy(holder[part]) if there else {}
            holder = holder[part]
        return holder

    def fault(self, setting: Setting, what: str, remedy: str) -> None:
        """Note a fault of a setting."""
        self.faults.append(Fault(setting.origin.file, setting.origin.line, setting.path, what, remedy))


def with_settings(scenario: Scenario, settings: Sequence[Setting]) -> Scenario:
    """Return *scenario* with *settings* laid on it; sections that they leave alone are the same objects.

    Raise `ScenarioError` with every fault.
    """
    return scenario.with_settings(settings)


def settings_text(settings: Iterable[Setting]) -> str:
    """Return *settings* as canonical JSON: equal for equal settings in any order."""
    return json.dumps([list(entry) for entry in sorted({_key(each) for each in settings})], ensure_ascii=False)


def read_settings(text: str) -> tuple[Setting, ...]:
    """Return the settings that `settings_text` wrote as *text*; none for an empty one."""
    return tuple(Setting(path, change, json.loads(value)) for _, path, change, value in json.loads(text or "[]"))


def world_text(settings: Iterable[Setting]) -> str:
    """Return as canonical JSON those of *settings* that change the world, and so the tape."""
    return settings_text(each for each in settings if changes_world(each))


def changes_world(setting: Setting) -> bool:
    """Return whether a setting goes into the world rather than into a design."""
    try:
        return parse_path(setting.path)[0] == "world"
    except QuantityError:
        return False


def describe_settings(settings: Iterable[Setting]) -> str:
    """Return *settings* in a line for people: ``world.countries[MX].hold = 20 % + ...``; empty for none."""
    return " + ".join(str(each) for each in settings)


def lay_settings(tree: Mapping[str, Any], lines: Mapping[Path, Origin], settings: Sequence[Setting]) -> Laid:
    """Return a resolved *tree* and its *lines* under *settings*, with the changes and all faults.

    Nothing of the old tree is changed; parts that no setting touches are shared with it.
    """
    laid = Laid(dict(tree), dict(lines))
    spots = _spots(tree)
    found: list[tuple[Setting, list[Hit]]] = []
    adjusting: list[Setting] = []
    for setting in sorted(dict.fromkeys(settings), key=_key):
        try:
            parts = parse_path(setting.path)
            if parts[:2] == _ADJUST:
                adjusting.append(setting)
            else:
                found.append((setting, find(tree, parts, root=ScenarioFile, spots=spots)))
        except QuantityError as error:
            laid.fault(setting, error.what, error.remedy)
    _set_values(laid, [entry for entry in found if entry[0].change == "set"])
    worth = _worth(tree)
    for setting, hits in found:
        if setting.change != "set":
            _change_values(laid, setting, hits, worth)
    if adjusting:
        _adjust(laid, adjusting, spots)
    return laid


def _set_values(laid: Laid, found: list[tuple[Setting, list[Hit]]]) -> None:
    """Set values, whole records before their fields; of two paths to one place the more exact one counts."""
    chosen: dict[Path, tuple[int, Setting]] = {}
    for setting, hits in found:
        if not _may_set(setting, hits, laid):
            continue
        for hit in hits:
            rank, other = chosen.get(hit.path, (-9, setting))
            if rank == hit.rank:
                laid.fault(setting, f"sets `{show_path(hit.path)}`, and so does `{other.path}`", _once(other))
            elif rank < hit.rank:
                chosen[hit.path] = (hit.rank, setting)
    for path, (_, setting) in sorted(chosen.items(), key=lambda entry: len(entry[0])):
        if setting.value is None:
            _forget_default(laid, path)
        laid.put(path, setting.value, setting.origin)


def _once(other: Setting) -> str:
    place = f", at {other.origin.file}:{other.origin.line}" if other.origin.line else ""
    return f"leave it to one of the two{place}; a name beats a country, a country a kind"


def _may_set(setting: Setting, hits: list[Hit], laid: Laid) -> bool:
    """Whether a value may stand where it hits: places come and go with their lanes and rules, by overlays only."""
    remedy = "give places and lanes, and take them away, in a design or variant file"
    if any(hit.path in (*_PLACES, _LANES) for hit in hits):
        laid.fault(setting, "is a whole collection", f"name one of it; {remedy}")
    elif setting.value is None and any(hit.path[:-1] in _PLACES for hit in hits):
        laid.fault(setting, "takes a place away, and leaves its lanes", remedy)
    else:
        return True
    return False


def _forget_default(laid: Laid, path: Path) -> None:
    """Take a field of a node out of the defaults of its kind too, which would bring it back on reading again."""
    if path[:2] != ("network", "nodes") or len(path) < 4:
        return
    kind = value_at(laid.tree, (*path[:3], "kind"))
    default = ("network", "defaults", str(kind), *path[3:])
    if value_at(laid.tree, default) is not MISSING:
        del laid.own(default[:-1])[path[-1]]


def _change_values(laid: Laid, setting: Setting, hits: list[Hit], worth: Mapping[str, float]) -> None:
    """Scale or add to what stands at each hit, or to its default."""
    currency = next(iter(worth), "")
    make: Callable[[Any, Hit], Any]
    try:
        if setting.change == "scale":
            factor = parse_factor(setting.value)
            make = lambda value, hit: scale_value(value, factor, hit.declared)  # noqa: E731
        else:
            split_amount(setting.value)
            make = lambda value, hit: add_amount(value, setting.value, hit.declared, worth)  # noqa: E731
    except QuantityError as error:
        laid.fault(setting, error.what, error.remedy)
        return
    passed: list[tuple[Hit, QuantityError]] = []
    for hit in hits:
        value = value_at(laid.tree, hit.path)
        written = value if value is not MISSING else default_text(hit.default, hit.declared, currency)
        try:
            if written is None:
                raise QuantityError("there is no value, and no default", "set it instead")
            laid.put(hit.path, new if (new := make(written, hit)) != written else value, setting.origin)
        except QuantityError as error:
            passed.append((hit, error))
    for hit, reason in passed[:1] if len(passed) == len(hits) else [each for each in passed if not each[0].wide]:
        place = show_path(hit.path)
        laid.fault(setting, f"{reason.what}, at `{place}`" if place != setting.path else reason.what, reason.remedy)


def _adjust(laid: Laid, settings: list[Setting], spots: Mapping[str, Spot]) -> None:
    """Scale demand, as a variant does."""
    whole: list[tuple[Setting, float]] = []
    zones: dict[str, Setting] = {}
    for setting in settings:
        parts = parse_path(setting.path)
        if len(parts) < 3 or len(parts) > 4 or parts[2] != "demand":
            laid.fault(setting, "only demand can be adjusted", _ADJUST_REMEDY)
            continue
        try:
            shift = setting.change == "add"
            number, unit = split_amount(setting.value) if shift else (0.0, "")
            factor = 1 + number / (100 if unit == "%" else 1) if shift else parse_factor(setting.value)
        except QuantityError as error:
            laid.fault(setting, error.what, error.remedy)
            continue
        if len(parts) == 3:
            whole.append((setting, factor))
        elif parts[3] in zones:
            laid.fault(setting, f"adjusts `{parts[3]}` a second time", _once(zones[parts[3]]))
        else:
            zones[parts[3]] = Setting(setting.path, "set", rounded(factor), setting.origin)
    if len(whole) > 1:
        laid.fault(whole[1][0], "adjusts demand a second time", _once(whole[0][0]))
    world = laid.own(("world",))
    for name in ("zones", "products"):
        if name in world:
            world[name] = copy_tree(world[name])
    asked: list[tuple[Any, dict[Path, Origin]]] = []
    places: dict[Path, Origin]
    for each, factor in whole[:1]:
        asked.append(({"demand": rounded(factor)}, {(*_ADJUST, "demand"): each.origin}))
    if zones:
        places = {(*_ADJUST, "demand", key): each.origin for key, each in zones.items()}
        asked.append(({"demand": {key: each.value for key, each in zones.items()}}, places))
    for adjust, places in asked:
        changes, faults = adjust_world(world, adjust, places, spots=spots)
        laid.changes += changes
        laid.faults += faults
    if not any("units" in zone or "share" in zone for zone in world.get("zones", {}).values()):
        for setting in settings:
            laid.fault(setting, "hits nothing: no zone has `units` or a `share` of sales", "scale what fleets have")


def _spots(tree: Mapping[str, Any]) -> dict[str, Spot]:
    """Return every place that a path may select."""
    world, network = tree.get("world", {}), tree.get("network", {})
    spots = {}
    for members, kind in ((network.get("nodes"), ""), (world.get("zones"), "zone"), (world.get("fleets"), "fleet")):
        for name, record in (members or {}).items():
            at = record.get("at")
            spots[name] = Spot(kind or record["kind"], str(record.get("country", "")), tuple(at) if at else None)
    return spots


def _worth(tree: Mapping[str, Any]) -> dict[str, float]:
    """Return the worth of each currency of a sound scenario, the base currency first."""
    currency = tree["currency"]
    base = {str(currency["base"]): 1.0}
    return base | {str(name): parse_money(text, base) for name, text in currency.get("worth", {}).items()}


def _key(setting: Setting) -> tuple[int, str, str, str]:
    """Return what settings are sorted by: the kind of change, the path in its plain form, the value."""
    try:
        path = show_path(parse_path(setting.path))
    except QuantityError:
        path = setting.path
    return _ORDER[setting.change], path, setting.change, setting.text


def _plain(value: Any) -> Any:
    """Return a copy of *value* as lists, mappings and plain values."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
