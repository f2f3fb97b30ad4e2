"""Values of a resolved scenario named by their paths: ``network.lanes[laredo -> outlets].transit``.

A path goes from ``world``, ``network`` or ``policies`` down by the names of fields and members, joined by points. What
stands in brackets may hold any sign (put quotes around a name with a bracket of its own). A key that is there means
itself; otherwise brackets may hold what names many: a selector (``[outlets]``, ``[country:MX]``), a list (``[a, b]``),
a lane key with or without its label, or ``[*]`` for all.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Annotated, Any, get_args, get_origin

import numpy as np

from netsim.spec.lanes import split_single
from netsim.spec.reading import Path, show_path
from netsim.spec.records import Record
from netsim.spec.selectors import (
    KINDS,
    NODES,
    Selector,
    Spot,
    distances_km,
    nearest_name,
    parse_lane_key,
    parse_selector,
)
from netsim.spec.shapes import item_type, options_of
from netsim.units import QuantityError

__all__ = ["MISSING", "Hit", "find", "parse_path", "value_at"]

SECTIONS = ("world", "network", "policies")
MISSING: Any = object()
"""The value of a field that the scenario leaves out."""

_BARE = re.compile(r"[^.\[\]\"]+")
_REMEDY = "write a path such as `world.countries[MX].hold` or `network.nodes[outlets].bench.technicians`"
_BY_PLACE: dict[Path, tuple[str, ...]] = {
    ("network", "nodes"): NODES,
    ("world", "zones"): ("zone",),
    ("world", "fleets"): ("fleet",),
    **{("policies", name): NODES for name in ("stock", "supply", "shortage", "returns")},
}
_OF_PARTS = {"levels", "opening", "parts", "failures"}
_EXACT = 9


@dataclass(frozen=True, slots=True)
class Hit:
    """One place that a path names: its full *path*, declared type, written value (or `MISSING`) and default.

    Of two paths that name one place the one with the higher *rank* was more to the point; *wide* tells that a selector
    chose it rather than its name.
    """

    path: Path
    declared: Any
    value: Any
    default: Any = None
    rank: int = 0
    wide: bool = False


@dataclass(slots=True)
class _Search:
    """One path looked up in one tree: places known, and why places that a selector names were passed over."""

    tree: Mapping[str, Any]
    spots: Mapping[str, Spot]
    passed: list[str] = field(default_factory=list)


@lru_cache(maxsize=4096)
def parse_path(text: str) -> tuple[str, ...]:
    """Return the names that a path is made of; raise `QuantityError` if it is none."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        if text[at] == "[":
            quote = text[at + 1] if text[at + 1 : at + 2] in ('"', "'") else ""
            start = at + 1 + len(quote)
            end = text.find(f"{quote}]", start)
            inner = text[start:end] if quote else text[start:end].strip()
            if end < 0 or not inner:
                fault = "does not close" if end < 0 else "is empty"
                raise QuantityError(f"`{text}` has a bracket that {fault}", _REMEDY)
            parts.append(inner)
            at = end + len(quote) + 1
            continue
        if parts and text[at] == ".":
            at += 1
        elif parts:
            raise QuantityError(f"`{text}` lacks a point before `{text[at:]}`", _REMEDY)
        if text[at : at + 1] == '"':
            end = text.find('"', at + 1)
            found, after = (text[at + 1 : end], end + 1) if end > 0 else ("", at)
        else:
            bare = _BARE.match(text, at)
            found, after = (bare[0].strip(), bare.end()) if bare else ("", at)
        if not found:
            raise QuantityError(f"`{text}` is not a path", _REMEDY)
        parts.append(found)
        at = after
    if not parts:
        raise QuantityError("the path is empty", _REMEDY)
    return tuple(parts)


def find(
    tree: Mapping[str, Any], parts: tuple[str, ...], *, root: type[Record], spots: Mapping[str, Spot]
) -> list[Hit]:
    """Return every place of *tree*, declared as *root*, that the path of *parts* names.

    *spots* are the places of the tree. Raise `QuantityError` if there is none, with the name that was meant.
    """
    if parts[0] not in SECTIONS:
        hint = nearest_name(parts[0], SECTIONS)
        raise QuantityError(f"`{parts[0]}` is not a part of a scenario that can be set", hint)
    if parts[:2] == ("network", "defaults"):
        remedy = "name the nodes, such as `network.nodes[outlets]...`"
        raise QuantityError("defaults have been written into the nodes, and do nothing by themselves any more", remedy)
    if len(parts) == 1:
        raise QuantityError(f"`{parts[0]}` is a whole section", "name a value in it")
    search = _Search(tree, spots)
    hits = [Hit((), root, tree)]
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        hits = [found for hit in hits for found in _step(hit, part, search, last=last)]
    if not hits:
        why = f": {search.passed[0]}" if search.passed else ""
        raise QuantityError(f"`{show_path(parts)}` hits nothing{why}", "name what is there; `netsim show` prints it")
    return hits


def value_at(tree: Any, path: Path) -> Any:
    """Return what stands at *path*, or `MISSING`."""
    for part in path:
        inside = part in tree if isinstance(tree, Mapping) else isinstance(tree, list) and _counts(part, tree)
        if not inside:
            return MISSING
        tree = tree[part]
    return tree


def _counts(part: str | int, items: list[Any]) -> bool:
    return isinstance(part, int) and part < len(items)


def _step(hit: Hit, part: str, search: _Search, *, last: bool) -> Iterator[Hit]:
    """Yield the places one name further down."""
    kinds = [(kind, marks) for kind, marks in options_of(hit.declared)] if hit.declared is not None else []
    members = next((get_args(kind)[1] for kind, _ in kinds if get_origin(kind) is dict), None)
    records = [kind for kind, _ in kinds if isinstance(kind, type) and issubclass(kind, Record)]
    if isinstance(hit.value, list):
        yield from _items(hit, part, kinds)
    elif isinstance(hit.value, Mapping) and members is None and not records:
        if part not in hit.value:
            raise QuantityError(f"`{show_path(hit.path)}` has no `{part}`", nearest_name(part, map(str, hit.value)))
        yield Hit((*hit.path, part), None, hit.value[part], None, hit.rank, hit.wide)
    elif hit.value is not MISSING and hit.value is not None and not isinstance(hit.value, Mapping):
        what = f"`{show_path(hit.path)}` is the single value `{hit.value}`, which has no `{part}`"
        raise QuantityError(what, "set it as a whole")
    elif members is not None:
        yield from _members(hit, part, members, search, last=last)
    elif records:
        yield from _field(hit, part, records, search)
    else:
        raise QuantityError(f"`{show_path(hit.path)}` has no `{part}`", "set it as a whole")


def _items(hit: Hit, part: str, kinds: list[tuple[Any, Any]]) -> Iterator[Hit]:
    declared = any(get_origin(kind) is tuple for kind, _ in kinds)
    chosen = range(len(hit.value)) if part == "*" else [int(part)] if part.isdigit() else []
    if not all(number < len(hit.value) for number in chosen) or (not chosen and part != "*"):
        what = f"`{show_path(hit.path)}` is a list of {len(hit.value)}, which has no `{part}`"
        raise QuantityError(what, "count from 0 in brackets, such as `[0]`, or set the list as a whole")
    for number in chosen:
        kind = item_type(hit.declared, number) if declared else None
        yield Hit((*hit.path, number), kind, hit.value[number], None, hit.rank, hit.wide)


def _field(hit: Hit, part: str, records: list[type[Record]], search: _Search) -> Iterator[Hit]:
    owner = next((record for record in records if part in record.model_fields), None)
    if owner is None:
        known = [name for record in records for name in record.model_fields]
        what = f"`{show_path(hit.path)}` has no field `{part}`"
        raise QuantityError(what, nearest_name(part, known))
    if hit.value is MISSING and hit.default is None and hit.wide:
        search.passed.append(f"`{show_path(hit.path)}` is not there")
        return
    info = owner.model_fields[part]
    declared = _annotated(info.annotation, tuple(info.metadata))
    value = hit.value.get(part, MISSING) if isinstance(hit.value, Mapping) else MISSING
    default = None if info.is_required() else info.get_default(call_default_factory=True)
    yield replace(hit, path=(*hit.path, part), declared=declared, value=value, default=default)


def _annotated(annotation: Any, metadata: tuple[Any, ...]) -> Any:
    return Annotated[(annotation, *metadata)] if metadata else annotation


def _members(hit: Hit, part: str, declared: Any, search: _Search, *, last: bool) -> Iterator[Hit]:
    there = hit.value if isinstance(hit.value, Mapping) else {}

    def member(key: str, rank: int, wide: bool) -> Hit:
        return Hit((*hit.path, key), declared, there.get(key, MISSING), None, hit.rank + rank, wide or hit.wide)

    if part in there:
        yield member(part, _EXACT, False)
        return
    if part == "*":
        yield from (member(key, -1, True) for key in there)
        return
    if hit.path == ("network", "lanes"):
        yield from (member(key, rank, wide) for key, rank, wide in _lanes(part, there, search))
        return
    kinds = _BY_PLACE.get(hit.path)
    if kinds is not None:
        chosen = _places(part, there, kinds, search, hit.path)
        if chosen:
            yield from (member(key, rank, wide) for key, rank, wide in chosen)
        elif last and hit.path[0] == "policies" and part in search.spots and search.spots[part].kind in NODES:
            yield member(part, _EXACT, False)
        elif part in search.spots:
            raise QuantityError(f"`{show_path(hit.path)}` has none for `{part}`", nearest_name(part, there))
        else:
            search.passed.append(f"`{part}` names no place of `{show_path(hit.path)}`")
        return
    names = [name.strip() for name in part.split(",")] if "," in part else [part]
    for name in names:
        if name not in there:
            _check_new(hit, name, there, search, last=last)
        yield member(name, 4 if len(names) > 1 else _EXACT, False)


def _check_new(hit: Hit, name: str, there: Mapping[str, Any], search: _Search, *, last: bool) -> None:
    """Raise `QuantityError` unless *name* may be a new member, of a collection of plain values."""
    world = search.tree.get("world", {})
    parts = list(world.get("parts", {}))
    known: list[str] | None = None
    if hit.path[-1] in _OF_PARTS:
        known = parts
    elif hit.path[-1] == "duty":
        goods = [(world.get("parts", {}), "part"), (world.get("products", {}), "device")]
        known = [str(each.get("duty_class", usual)) for group, usual in goods for each in group.values()]
    if last and known is not None and name in known:
        return
    wanted = {*there, *(known or ())}
    raise QuantityError(f"`{show_path(hit.path)}` has no `{name}`", nearest_name(name, wanted) if wanted else "")


def _places(
    part: str, there: Mapping[str, Any], kinds: tuple[str, ...], search: _Search, path: Path
) -> list[tuple[str, int, bool]]:
    """Return the members that a selector or a list of them names, each with its rank."""
    chosen: dict[str, tuple[str, int, bool]] = {}
    for text in part.split(","):
        selector = parse_selector(text)
        if selector.rank == 4 and selector.text not in there:
            if selector.text in search.spots and "," not in part:
                continue
            known = [*there, *KINDS]
            what = f"there is no `{selector.text}` in `{show_path(path)}`"
            raise QuantityError(what, nearest_name(selector.text, known))
        for name in [selector.text] if selector.rank == 4 else there:
            spot = search.spots.get(name)
            if spot is not None and spot.kind in kinds and _matches(selector, name, spot):
                before = chosen.get(name)
                if before is None or before[1] < selector.rank:
                    chosen[name] = (name, selector.rank, selector.rank < 4)
    return list(chosen.values())


def _matches(selector: Selector, name: str, spot: Spot) -> bool:
    if selector.rank == 2 and spot.kind in ("zone", "fleet"):  # a country means places that are no nodes, too
        return spot.country == selector.country
    return selector.matches(name, spot)


def _lanes(part: str, there: Mapping[str, Any], search: _Search) -> list[tuple[str, int, bool]]:
    """Return the lanes that a key means, each with its rank and whether a selector chose it."""
    parsed = parse_lane_key(part)
    for selector in (*parsed.left, *parsed.right):
        if selector.rank == 4 and selector.text not in search.spots:
            known = [*search.spots, *KINDS]
            raise QuantityError(f"there is no place `{selector.text}`", nearest_name(selector.text, known))
    found = []
    for key in there:
        origin, destination, label = split_single(key)
        if parsed.label and label != parsed.label:
            continue
        ends = [(origin, destination), (destination, origin)] if parsed.both else [(origin, destination)]
        ranks = [rank for left, right in ends if (rank := _rank(left, right, parsed.left, parsed.right, search)) >= 0]
        if ranks:
            found.append((key, max(ranks), max(ranks) < 8))
    if not found:
        near = [key for key in there if parsed.left[0].text in key or parsed.right[0].text in key]
        raise QuantityError(f"there is no lane `{part}`", nearest_name(part, near or there))
    return found


def _rank(left: str, right: str, lefts: tuple[Selector, ...], rights: tuple[Selector, ...], search: _Search) -> int:
    """Return the rank of the best pair of selectors that names the two ends, -1 if none does."""
    here, far = search.spots.get(left), search.spots.get(right)
    if here is None or far is None:
        return -1
    best = -1
    for one in lefts:
        for two in rights:
            if one.matches(left, here) and two.matches(right, far):
                limit = min(one.within, two.within)
                if limit == math.inf or _apart(here, far) <= limit:
                    best = max(best, one.rank + two.rank)
    return best


def _apart(here: Spot, far: Spot) -> float:
    if here.at is None or far.at is None:
        return math.inf
    return float(distances_km(here.at, np.array([far.at]))[0])
