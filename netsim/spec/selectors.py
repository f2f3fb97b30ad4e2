"""Keys that name many: ``outlets``, ``country:MX``, ``a, b``, and lanes such as ``outlets <-> outlets within 300 km``.

A selector is a name, a kind in the plural (``nodes`` for all of them), ``country:XX``, or a kind in a country
(``outlets country:XX``). Where several give one field, a name beats a kind in a country, that beats a country, that
beats a kind, and that beats ``nodes``; two of equal rank on one field are an error.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netsim.errors import Fault, did_you_mean
from netsim.spec.faults import origin_of
from netsim.spec.overlay import copy_lines
from netsim.spec.reading import Origin, Path, show_path
from netsim.units import QuantityError, parse_amount

__all__ = [
    "KINDS",
    "LaneKey",
    "Selector",
    "Spot",
    "distances_km",
    "parse_lane_key",
    "parse_selector",
    "resolve_keys",
    "split_keys",
]

KINDS = {
    "outlets": "outlet",
    "warehouses": "warehouse",
    "factories": "factory",
    "suppliers": "supplier",
    "zones": "zone",
    "fleets": "fleet",
}
NODES = ("outlet", "warehouse", "factory", "supplier")
_EARTH_RADIUS_KM = 6371.0088
_LANE = re.compile(r"(.+?)\s(<->|->)\s(.+?)(?:\s/\s(.+))?", re.DOTALL)
_LANE_REMEDY = "write a lane such as `venlo -> madrid`, `a, b -> c / air` or `outlets <-> outlets within 300 km / near`"


class Spot(NamedTuple):
    """A place that selectors may name."""

    kind: str
    country: str
    at: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Selector:
    """One selector: *rank* says whose word counts; *within* is the greatest distance to the other end, in km."""

    text: str
    rank: int
    kind: str = ""
    country: str = ""
    within: float = math.inf

    def matches(self, name: str, spot: Spot) -> bool:
        """Whether the selector names the place."""
        if self.rank == 4:
            return name == self.text
        if self.kind in {"", "nodes"}:
            return spot.kind in NODES and self.country in {"", spot.country}
        return self.kind == spot.kind and self.country in {"", spot.country}


@dataclass(frozen=True, slots=True)
class LaneKey:
    """A lane key taken apart: sides as lists of selectors, *both* for ``<->``, the *label* or an empty string."""

    left: tuple[Selector, ...]
    right: tuple[Selector, ...]
    both: bool
    label: str


def parse_selector(text: str) -> Selector:
    """Return the selector that *text* is; any word that is not a kind or a country is a name."""
    body, within = text.strip(), math.inf
    found = re.fullmatch(r"(.+?)\s+within\s+(.+)", body)
    if found:
        body, within = found[1].strip(), parse_amount(found[2], "distance")
    if body in KINDS or body == "nodes":
        return Selector(body, 0 if body == "nodes" else 1, KINDS.get(body, "nodes"), within=within)
    found = re.fullmatch(r"(?:(\S+)\s+)?country:\s*(.+)", body)
    if found:
        if found[1] and found[1] not in KINDS and found[1] != "nodes":
            hint = did_you_mean(found[1], KINDS) or f"kinds are {', '.join(KINDS)}"
            raise QuantityError(f"`{found[1]}` is not a kind of place", hint)
        return Selector(body, 3 if found[1] else 2, KINDS.get(found[1] or "", ""), found[2].strip(), within)
    if not body:
        raise QuantityError("a name is missing beside a comma", "write names separated by single commas")
    return Selector(body, 4, within=within)


def parse_lane_key(text: str) -> LaneKey:
    """Return the parts of a lane key; raise `QuantityError` if it is none."""
    found = _LANE.fullmatch(text.strip())
    if found is None or "->" in found[1] or "->" in found[3]:
        raise QuantityError(f"`{text}` is not a lane", _LANE_REMEDY)
    sides = [tuple(parse_selector(part) for part in side.split(",")) for side in (found[1], found[3])]
    label = (found[4] or "").strip()
    if "/" in label or "," in label:
        raise QuantityError(f"label `{label}` holds a mark with a meaning", "write a plain word after ` / `")
    return LaneKey(sides[0], sides[1], found[2] == "<->", label)


def distances_km(origin: tuple[float, float], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return great-circle distances in km from (latitude, longitude) to *points* (n x 2), by the haversine formula.

    They are rounded to the metre, so that which of two places is nearer does not hang on the last bit of a sine.
    """
    lat, lon = np.radians(origin)
    lats, lons = np.radians(points.reshape(-1, 2)).T
    half = np.sin((lats - lat) / 2) ** 2 + np.cos(lat) * np.cos(lats) * np.sin((lons - lon) / 2) ** 2
    lengths: NDArray[np.float64] = 2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    return lengths.round(3)


def split_keys(
    mapping: Mapping[str, Any], lines: Mapping[Path, Origin], path: Path, *, faults: list[Fault]
) -> tuple[dict[str, Any], dict[Path, Origin]]:
    """Return *mapping* with keys ``a, b`` written out as two, and the origins of its new paths."""
    split: dict[str, Any] = {}
    new_lines: dict[Path, Origin] = {}
    for key, value in mapping.items():
        for part in key.split(","):
            name = part.strip()
            if name in split or not name:
                origin = origin_of((*path, key), lines)
                what = f"`{name}` is named twice" if name else "a name is missing beside a comma"
                faults.append(Fault(origin.file, origin.line, show_path((*path, key)), what, "name each once"))
                continue
            split[name] = value
            copy_lines(value, lines, (*path, key), into=new_lines, target=(*path, name))
    return split, new_lines


def resolve_keys(
    mapping: Mapping[str, Any],
    lines: dict[Path, Origin],
    path: Path,
    *,
    spots: Mapping[str, Spot],
    whole: bool = False,
    faults: list[Fault],
) -> dict[str, Any]:
    """Return *mapping*, keyed by selectors, as one keyed by the names of nodes; fields come by rank of the selectors.

    With *whole* the best selector's value stands as it is, even if it is written with fields. A value of None takes
    the entry away. Origins of the new paths are put into *lines*.
    """
    nodes = {name: spot for name, spot in spots.items() if spot.kind in NODES}
    named: set[str] = set()
    wide: list[tuple[Selector, str]] = []
    for key in mapping:
        try:
            selector = parse_selector(key)
        except QuantityError as error:
            faults.append(_fault(lines, (*path, key), error.what, error.remedy))
            continue
        if selector.rank < 4:
            wide.append((selector, key))
        elif key in nodes:
            named.add(key)
        else:
            faults.append(_fault(lines, (*path, key), f"there is no node `{key}`", nearest_name(key, [*nodes, *KINDS])))
    wide.sort(key=lambda pair: -pair[0].rank)
    before = dict(lines)
    resolved: dict[str, Any] = {}
    alike: dict[tuple[str, str], list[tuple[int, Any, Path]]] = {}  # what names no node is the same for its like
    for name, spot in nodes.items():
        like = spot.kind, spot.country
        if like not in alike:
            alike[like] = [(each.rank, mapping[key], (*path, key)) for each, key in wide if each.matches(name, spot)]
        given = [(4, mapping[name], (*path, name)), *alike[like]] if name in named else alike[like]
        if given:
            value = _combine(given, (*path, name), before, lines, faults, whole=whole)
            if value is not None:
                resolved[name] = value
    return resolved


def combine_fields(
    given: Iterable[tuple[int, dict[str, Any], Path]],
    target: Path,
    *,
    source: Mapping[Path, Origin],
    lines: dict[Path, Origin],
    faults: list[Fault],
) -> dict[str, Any]:
    """Return the fields of records *given* as (rank, record, path), highest rank first; equal ranks may not clash."""
    record: dict[str, Any] = {}
    set_by: dict[str, tuple[int, Path]] = {}
    for rank, fields, path in given:
        lines.setdefault(target, origin_of(path, source))
        for name, value in fields.items():
            if name not in set_by:
                record[name] = value
                set_by[name] = (rank, (*path, name))
                copy_lines(value, source, (*path, name), into=lines, target=(*target, name))
            elif set_by[name][0] == rank:
                other = origin_of(set_by[name][1], source)
                what = f"is given twice with equal rank, the other time at {other.file}:{other.line}"
                remedy = "a name beats a country, a country beats a kind: narrow one of the two keys"
                faults.append(_fault(source, (*path, name), what, remedy))
    return record


def _combine(
    given: list[tuple[int, Any, Path]],
    target: Path,
    source: Mapping[Path, Origin],
    lines: dict[Path, Origin],
    faults: list[Fault],
    *,
    whole: bool,
) -> Any:
    rank, value, path = given[0]
    if value is None:
        return None
    if isinstance(value, dict) and not whole:
        records = [(level, item, at) for level, item, at in given if isinstance(item, dict)]
        return combine_fields(records, target, source=source, lines=lines, faults=faults)
    if len(given) > 1 and given[1][0] == rank:
        other = origin_of(path, source)
        what = f"is given twice with equal rank, the other time at {other.file}:{other.line}"
        faults.append(_fault(source, given[1][2], what, "narrow one of the two keys"))
    copy_lines(value, source, path, into=lines, target=target)
    return value


def nearest_name(name: str, known: Iterable[str]) -> str:
    """Return the remedy for an unknown *name*: the one that was meant, or some that are known."""
    names = sorted(known)
    return did_you_mean(name, names) or f"known are {', '.join(names[:10])}{' ...' if len(names) > 10 else ''}"


def _fault(lines: Mapping[Path, Origin], path: Path, what: str, remedy: str) -> Fault:
    origin = origin_of(path, lines)
    return Fault(origin.file, origin.line, show_path(path), what, remedy)
