"""Lane keys written out: every list and selector becomes single lanes ``A -> B / LABEL`` before overlays merge."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from netsim.errors import Fault
from netsim.spec.faults import origin_of
from netsim.spec.overlay import Layer
from netsim.spec.reading import Origin, Path, show_path
from netsim.spec.selectors import (
    KINDS,
    LaneKey,
    Selector,
    Spot,
    combine_fields,
    distances_km,
    nearest_name,
    parse_lane_key,
)
from netsim.units import QuantityError

__all__ = ["DEFAULT_LABEL", "expand_lanes", "split_single"]

DEFAULT_LABEL = "road"
_PATH: Path = ("network", "lanes")
MOST_LANES = 500_000

Pair = tuple[str, str]


@dataclass(slots=True)
class _Expansion:
    """What the lanes of one layer are written out with, and into."""

    lines: Mapping[Path, Origin]
    spots: Mapping[str, Spot]
    gone: frozenset[str]
    faults: list[Fault] = field(default_factory=list)
    _alike: dict[tuple[str, str], list[tuple[int, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for number, (name, spot) in enumerate(self.spots.items()):
            self._alike.setdefault((spot.kind, spot.country), []).append((number, name))

    def members(self, selector: Selector) -> list[str]:
        """Return the places that a selector names, in their order."""
        if selector.rank == 4:
            return [selector.text] if selector.text in self.spots else []
        groups = [group for group in self._alike.values() if selector.matches(group[0][1], self.spots[group[0][1]])]
        return [name for _, name in sorted(entry for group in groups for entry in group)]

    def fault(self, key: str, what: str, remedy: str) -> None:
        origin = origin_of((*_PATH, key), self.lines)
        self.faults.append(Fault(origin.file, origin.line, show_path((*_PATH, key)), what, remedy))


def split_single(key: str) -> tuple[str, str, str]:
    """Return origin, destination and label of a written-out key ``A -> B / LABEL``."""
    ends, _, label = key.rpartition(" / ")
    origin, _, destination = ends.partition(" -> ")
    return origin, destination, label


def expand_lanes(
    layer: Layer, *, spots: Mapping[str, Spot], gone: Iterable[str], below: Iterable[str], faults: list[Fault]
) -> Layer:
    """Return a layer of single lanes, keyed ``A -> B / LABEL``, of *layer*, whose tree is keyed as planners write.

    *spots* are all places, *gone* the nodes that an overlay removed (their lanes go along without a fault), *below* the
    single keys of the layers underneath: a key without label or mode means the one lane that its pair has there.
    """
    work = _Expansion(layer.lines, spots, frozenset(gone))
    under: dict[Pair, list[str]] = {}
    for key in below:
        origin, destination, label = split_single(key)
        under.setdefault((origin, destination), []).append(label)
    given: dict[str, list[tuple[int, Any, Path]]] = {}
    nulls: set[str] = set()
    later: list[tuple[str, Any, dict[Pair, int]]] = []
    for key, record in layer.tree.items():
        parsed = _parse(key, record, work)
        if parsed is None:
            continue
        pairs = _pairs(parsed, record, key, work)
        if record is None and pairs:
            nulls.add(key)
        label = parsed.label or (str(record["mode"]) if isinstance(record, dict) and record.get("mode") else "")
        if label:
            for pair, rank in pairs.items():
                given.setdefault(f"{pair[0]} -> {pair[1]} / {label}", []).append((rank, record, (*_PATH, key)))
        else:
            later.append((key, record, pairs))
    here = _labels(given)
    for key, record, pairs in later:
        for pair, rank in pairs.items():
            for label in _meant(key, record, pair, [*under.get(pair, ()), *here.get(pair, ())], work):
                given.setdefault(f"{pair[0]} -> {pair[1]} / {label}", []).append((rank, record, (*_PATH, key)))
    lines: dict[Path, Origin] = {}
    tree = _combine(given, under, nulls, lines, work)
    faults += work.faults
    return Layer(tree, lines)


def _parse(key: str, record: Any, work: _Expansion) -> LaneKey | None:
    try:
        parsed = parse_lane_key(key)
    except QuantityError as error:
        work.fault(key, error.what, error.remedy)
        return None
    if record is not None and not isinstance(record, dict):
        work.fault(key, f"`{record}` is not a lane", "write `{mode: road, transit: 2 d, cost: 0.4 EUR/kg}`")
        return None
    good = True
    for selector in (*parsed.left, *parsed.right):
        if selector.rank == 4 and selector.text not in work.spots and selector.text not in work.gone:
            known = [*work.spots, *KINDS]
            work.fault(key, f"there is no place `{selector.text}`", nearest_name(selector.text, known))
            good = False
    return parsed if good else None


def _pairs(parsed: LaneKey, record: Any, key: str, work: _Expansion) -> dict[Pair, int]:
    """Return the pairs of places that a key means, each with the rank of its best selectors."""
    nearest = record.get("nearest") if isinstance(record, dict) else None
    keep = nearest if isinstance(nearest, int) and not isinstance(nearest, bool) and nearest >= 1 else None
    origins, destinations = _chosen(parsed.left, work), list(_chosen(parsed.right, work).items())
    limits = np.array([selector.within for _, selector in destinations])
    measured = keep is not None or any(s.within != math.inf for s in (*parsed.left, *parsed.right))
    if measured:
        blind = [name for name in (*origins, *(name for name, _ in destinations)) if work.spots[name].at is None]
        if blind:
            work.fault(key, f"`{blind[0]}` has no place on the map", "give it `at: [latitude, longitude]`")
            return {}
    points = np.array([work.spots[name].at for name, _ in destinations] if measured else [], dtype=np.float64)
    found: dict[Pair, int] = {}
    for origin, left in origins.items():
        partners: list[tuple[float, str, int]]
        if measured:
            lengths = distances_km(work.spots[origin].at or (0.0, 0.0), points)
            near = np.flatnonzero(lengths <= np.minimum(limits, left.within))
            partners = [(float(lengths[i]), *_with_rank(destinations[i], left)) for i in near]
        else:
            partners = [(0.0, *_with_rank(entry, left)) for entry in destinations]
        partners = [partner for partner in partners if partner[1] != origin]
        if keep is not None:
            partners = sorted(partners)[:keep]
        for _, destination, rank in partners:
            found[origin, destination] = max(rank, found.get((origin, destination), 0))
            if parsed.both:
                found[destination, origin] = max(rank, found.get((destination, origin), 0))
        if len(found) > MOST_LANES:
            work.fault(key, f"makes more than {MOST_LANES} lanes", "add `within 300 km` or `nearest: 8`")
            return {}
    names = all(selector.rank == 4 for selector in (*parsed.left, *parsed.right))
    if not found and names and not any(s.text in work.gone for s in (*parsed.left, *parsed.right)):
        work.fault(key, "leads from a place to itself", "name two different places")
    return found


def _chosen(selectors: tuple[Selector, ...], work: _Expansion) -> dict[str, Selector]:
    """Return the places that one side of a key names, each with its best selector."""
    chosen: dict[str, Selector] = {}
    for selector in sorted(selectors, key=lambda s: -s.rank):
        for name in work.members(selector):
            chosen.setdefault(name, selector)
    return chosen


def _with_rank(entry: tuple[str, Selector], left: Selector) -> tuple[str, int]:
    return entry[0], left.rank + entry[1].rank


def _labels(keys: Iterable[str]) -> dict[Pair, list[str]]:
    labels: dict[Pair, list[str]] = {}
    for key in keys:
        origin, destination, label = split_single(key)
        labels.setdefault((origin, destination), []).append(label)
    return labels


def _meant(key: str, record: Any, pair: Pair, labels: list[str], work: _Expansion) -> list[str]:
    """Return the label of the lane that a key without label and mode means between two places."""
    known = sorted(set(labels))
    if len(known) > 1:
        names = ", ".join(f"`{pair[0]} -> {pair[1]} / {label}`" for label in known)
        work.fault(key, f"means several lanes: {names}", "add the label of the one that you mean")
        return []
    return known or ([DEFAULT_LABEL] if record is not None else [])


def _combine(
    given: Mapping[str, list[tuple[int, Any, Path]]],
    under: Mapping[Pair, list[str]],
    nulls: set[str],
    lines: dict[Path, Origin],
    work: _Expansion,
) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    hits: set[Path] = set()
    for key, items in given.items():
        items.sort(key=lambda item: -item[0])
        origin, destination, label = split_single(key)
        _, record, path = items[0]
        if record is None:
            if label in under.get((origin, destination), ()):
                tree[key] = None
                lines[(*_PATH, key)] = origin_of(path, work.lines)
                hits.add(path)
            elif len(items) > 1:  # takes one lane out of those that a wider key of the same file makes
                hits.add(path)
            continue
        records = [(level, item, at) for level, item, at in items if isinstance(item, dict)]
        fields = combine_fields(records, (*_PATH, key), source=work.lines, lines=lines, faults=work.faults)
        fields.pop("nearest", None)
        lines.pop((*_PATH, key, "nearest"), None)
        tree[key] = fields
    for key in sorted(nulls):
        if (*_PATH, key) not in hits:
            work.fault(key, "null removes, but there is no such lane", "leave it out, or name the lane's label")
    return tree
