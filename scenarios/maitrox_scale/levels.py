"""Stock levels of the benchmark, by theory from the orders expected: A-class parts at outlets, all at warehouses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from catalogue import INDUSTRIES, REPAIRED, Industry, Platform, part_name
from places import COUNTRIES, Outlet, Region

from netsim.theory.spares import size_base_stock, size_order_up_to

__all__ = ["A_CLASS", "PARTS", "Part", "outlet_table", "warehouse_table"]

Borders = dict[str, tuple[int, int, int, int, int, int]]
OUTLET_FILL, REGION_FILL, HUB_FILL = 0.90, 0.97, 0.97
LEAST_USE = 0.5
"""Pieces a month below which an outlet does not keep a part."""
MONTH = 365 / 12


@dataclass(frozen=True, slots=True)
class Part:
    """A part: its worth [USD], weight [kg], volume [dm3], pieces for an average order, and its duty class."""

    name: str
    value: float
    weight: float
    volume: float
    per_order: float
    duty_class: str


def _uses(industry: Industry, platform: Platform) -> dict[str, float]:
    """Return pieces by kind for an order of the platform, those without a fault counted in."""
    modes = [*industry.modes.items(), *industry.accidents.items()]
    total = sum(weight for _, weight in modes)
    uses: dict[str, float] = {}
    for kinds, weight in modes:
        for kind in kinds.split("+"):
            uses[kind] = uses.get(kind, 0.0) + (1 - platform.no_fault) * weight / total
    return uses


def _parts() -> dict[str, Part]:
    parts: dict[str, Part] = {}
    for industry in INDUSTRIES:
        for platform in industry.platforms:
            for kind, pieces in _uses(industry, platform).items():
                name = part_name(industry, platform, kind)
                used = pieces * industry.share * platform.share + (parts[name].per_order if name in parts else 0.0)
                worth = industry.parts[kind] * (1 if kind in industry.common else platform.price)
                small = 0.25 if platform.name == "small-appliance" else 1.0
                duty = "appliance-part" if industry.name == "appliance" else "part"
                parts[name] = Part(name, worth, industry.weight * small, industry.volume * small, used, duty)
    return dict(sorted(parts.items()))


PARTS = _parts()


def _a_class() -> tuple[str, ...]:
    """Return the parts most used that make 80 % of all pieces."""
    total, so_far, found = sum(part.per_order for part in PARTS.values()), 0.0, []
    for part in sorted(PARTS.values(), key=lambda part: (-part.per_order, part.name)):
        if so_far >= 0.8 * total:
            break
        so_far += part.per_order
        found.append(part.name)
    return tuple(sorted(found))


A_CLASS = _a_class()


@cache
def _base_stock(pipeline: float) -> int:
    return size_base_stock(OUTLET_FILL, pipeline)


def outlet_table(outlets: list[Outlet], regions: Sequence[Region], borders: Borders) -> Iterable[Sequence[Any]]:
    """Yield the levels of each outlet; an empty cell is none."""
    yield "name", *(f"levels.{part}" for part in A_CLASS)
    home = {code: region.country for region in regions for code in region.members}
    for outlet in outlets:
        foreign = home[outlet.country] != outlet.country
        lead = 0.9 + (40 if foreign else 28) / 24 + _border_days(home[outlet.country], outlet.country, borders)
        row: list[Any] = []
        for name in A_CLASS:
            used = PARTS[name].per_order * outlet.volume
            row.append(_base_stock(round(used / MONTH * lead, 3)) if used >= LEAST_USE else "")
        yield outlet.name, *row


def warehouse_table(outlets: list[Outlet], regions: Sequence[Region], borders: Borders) -> Iterable[Sequence[Any]]:
    """Yield the order-up-to levels of the regional warehouses and the hub, both reviewed once a week."""
    yield "name", "rule", "review", "count_cores", *(f"levels.{part}" for part in PARTS)
    volume = {code: 0.0 for region in regions for code in region.members}
    for outlet in outlets:
        volume[outlet.country] += outlet.volume
    for region in regions:
        daily = sum(volume[code] for code in region.members) / MONTH
        days = 1.0 if region.country == "CN" else 6.0
        lead = 1.75 + days + 0.5 + _border_days("CN", region.country, borders)
        spread = 0.3 * days + _border_days("CN", region.country, borders)
        row = [_order_up_to(REGION_FILL, part.per_order * daily, lead, spread) for part in PARTS.values()]
        yield region.name, "order-up-to", "mon 06:00", "", *row
    daily = sum(volume.values()) / MONTH
    # The warehouses order on one day of the week, half a week's use at once on top of what theory counts; a board's
    # way through the factory takes a week or so more than an order.
    row = [
        _order_up_to(HUB_FILL, part.per_order * daily, 31 if part.name in REPAIRED else 25.5, 6.5)
        for part in PARTS.values()
    ]
    yield "shenzhen-hub", "order-up-to", "tue 06:00", "yield", *row


def _order_up_to(fill: float, daily: float, lead: float, spread: float) -> int:
    """Return the level for a lead time with the standard deviation *spread*, both in days."""
    ratio = 1 + daily * spread**2 / lead
    return size_order_up_to(fill, daily * lead, mean_over_review=7 * daily, variance_ratio=max(ratio, 1.0))


def _border_days(origin: str, destination: str, borders: Borders) -> float:
    bloc = COUNTRIES[origin].bloc
    if origin == destination or (bloc and bloc == COUNTRIES[destination].bloc):
        return 0.0
    hours, held, extra, *_ = borders[COUNTRIES[destination].border]
    return hours / 24 + held / 100 * extra
