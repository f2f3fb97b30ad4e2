"""``world.adjust`` of a variant: demand scaled without restating it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from netsim.errors import Fault, did_you_mean
from netsim.spec.faults import origin_of
from netsim.spec.overlay import Change
from netsim.spec.reading import Origin, Path, show_path
from netsim.spec.selectors import Spot, parse_selector
from netsim.units import QuantityError, parse_fraction, parse_number

__all__ = ["adjust_world"]

_PATH: Path = ("world", "adjust")
_REMEDY = "write `adjust: {demand: 120 %}`, or by zone `adjust: {demand: {country:MX: 120 %}}`"


def adjust_world(
    world: dict[str, Any], adjust: object, lines: Mapping[Path, Origin], *, spots: Mapping[str, Spot]
) -> tuple[list[Change], list[Fault]]:
    """Scale *world* in place by *adjust*; return every "old -> new" and the faults met.

    ``demand: 120 %`` scales the sales of all products and the installed bases of all zones. By selector it scales the
    ``units`` and ``share`` of the zones selected; a name beats a country, a country beats ``zones``.
    """
    changes: list[Change] = []
    faults: list[Fault] = []
    if not isinstance(adjust, dict):
        return changes, [_fault(lines, _PATH, "is not a mapping", _REMEDY)]
    for key in adjust:
        if key != "demand":
            faults.append(_fault(lines, (*_PATH, key), "unknown field", did_you_mean(key, ["demand"]) or _REMEDY))
    demand = adjust.get("demand")
    path = (*_PATH, "demand")
    if isinstance(demand, dict):
        for zone, (factor, key) in _factors(demand, spots, lines, faults).items():
            record = _record(world, "zones", zone)
            for field in ("units", "share"):
                _scale(record, field, factor, ("world", "zones", zone), lines=(lines, (*path, key)), changes=changes)
    elif demand is not None:
        factor = _factor(demand, path, lines, faults)
        for zone in _names(world, "zones"):
            _scale(
                _record(world, "zones", zone),
                "units",
                factor,
                ("world", "zones", zone),
                lines=(lines, path),
                changes=changes,
            )
        for product in _names(world, "products"):
            sales = _record(world, "products", product).get("sales")
            if isinstance(sales, dict):
                here = ("world", "products", product, "sales")
                for field in ("plateau", "monthly"):
                    _scale(sales, field, factor, here, lines=(lines, path), changes=changes)
                if isinstance(sales.get("logistic"), dict):
                    _scale(
                        sales["logistic"], "plateau", factor, (*here, "logistic"), lines=(lines, path), changes=changes
                    )
    return changes, faults


def _factors(
    demand: dict[str, Any], spots: Mapping[str, Spot], lines: Mapping[Path, Origin], faults: list[Fault]
) -> dict[str, tuple[float, str]]:
    zones = {name: spot for name, spot in spots.items() if spot.kind == "zone"}
    chosen: dict[str, tuple[int, float, str]] = {}
    for key, value in demand.items():
        path = (*_PATH, "demand", key)
        factor = _factor(value, path, lines, faults)
        hit = False
        for part in key.split(","):
            try:
                selector = parse_selector(part)
            except QuantityError as error:
                faults.append(_fault(lines, path, error.what, error.remedy))
                continue
            if math.isfinite(selector.within):
                faults.append(_fault(lines, path, "demand has no distance", "leave `within` out, and name the zones"))
                continue
            if selector.rank == 4 and selector.text not in zones:
                hint = did_you_mean(selector.text, zones) or "name a zone, `country:XX` or `zones`"
                faults.append(_fault(lines, path, f"there is no zone `{selector.text}`", hint))
                continue
            for name, spot in zones.items():
                by_country = selector.rank == 2 and spot.country == selector.country
                if not (by_country or selector.matches(name, spot)):
                    continue
                hit = True
                if name in chosen and chosen[name][0] == selector.rank:
                    what = f"scales `{name}` a second time, with the rank of `{chosen[name][2]}`"
                    faults.append(_fault(lines, path, what, "narrow one of the two keys"))
                elif name not in chosen or chosen[name][0] < selector.rank:
                    chosen[name] = (selector.rank, factor, key)
        if not hit and not any(fault.path == show_path(path) for fault in faults):
            faults.append(_fault(lines, path, "selects no zone", "name a zone, `country:XX` or `zones`"))
    return {name: (factor, key) for name, (_, factor, key) in chosen.items()}


def _factor(value: object, path: Path, lines: Mapping[Path, Origin], faults: list[Fault]) -> float:
    text = value.strip() if isinstance(value, str) else value
    try:
        number = parse_number(text[:-1]) / 100 if isinstance(text, str) and text.endswith("%") else parse_number(text)
    except QuantityError as error:
        faults.append(_fault(lines, path, error.what, _REMEDY))
        return 1.0
    if not 0 <= number <= 1000:
        faults.append(_fault(lines, path, f"`{value}` is not a factor from 0 % to 100000 %", _REMEDY))
        return 1.0
    return number


def _scale(
    record: dict[str, Any],
    field: str,
    factor: float,
    path: Path,
    *,
    lines: tuple[Mapping[Path, Origin], Path],
    changes: list[Change],
) -> None:
    old = record.get(field)
    try:
        if isinstance(old, list):
            new: Any = [_round(parse_number(item) * factor) for item in old]
        elif field == "share" and old is not None:
            new = _round(parse_fraction(old) * factor)
        elif old is not None:
            new = _round(parse_number(old) * factor)
        else:
            return
    except QuantityError:
        return  # validation tells of it, at its own line
    if new != old:
        record[field] = new
        origin = origin_of(lines[1], lines[0])
        changes.append(Change(show_path((*path, field)), old, new, origin.file, origin.line))


def _round(value: float) -> float | int:
    """Return *value* to 12 digits, so that 420000 x 120 % is 504000 and nothing else."""
    rounded = float(f"{value:.12g}")
    return int(rounded) if rounded.is_integer() else rounded


def _names(world: Mapping[str, Any], section: str) -> list[str]:
    found = world.get(section)
    return list(found) if isinstance(found, dict) else []


def _record(world: Mapping[str, Any], section: str, name: str) -> dict[str, Any]:
    found = world[section][name]
    return found if isinstance(found, dict) else {}


def _fault(lines: Mapping[Path, Origin], path: Path, what: str, remedy: str) -> Fault:
    origin = origin_of(path, lines)
    return Fault(origin.file, origin.line, show_path(path), what, remedy)
