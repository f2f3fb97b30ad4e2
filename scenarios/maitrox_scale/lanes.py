"""Nodes besides outlets, lanes and relations of the benchmark, as lines of its scenario file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from places import Factory, Region, city

__all__ = ["lanes", "nodes", "ways"]

# Lanes: those that end in a warehouse or factory, and those of outlets, at home and across a border.
ROAD_TO_REGION = (
    'mode: road, departs: "tue,fri 20:00", transit: {lognormal: 1 d, cv: 0.3}, '
    "cost: [30 USD/shipment, 0.3 USD/kg], insurance: 0.3 %, carries: [parts]"
)
AIR_TO_REGION = (
    'mode: air, departs: "tue,fri 20:00", transit: {lognormal: 6 d, cv: 0.3}, '
    "cost: [60 USD/shipment, 4 USD/kg], volumetric: 167, insurance: 0.3 %, carries: [parts]"
)
CORES_TO_FACTORY = (
    'mode: air, departs: "wed 18:00", transit: {lognormal: 3 d, cv: 0.3}, '
    "cost: [40 USD/shipment, 3 USD/kg], regime: temporary, carries: [cores]"
)
BOARDS_TO_HUB = (
    'mode: air, departs: "fri 18:00", transit: {lognormal: 5 d, cv: 0.3}, '
    "cost: [40 USD/shipment, 3.5 USD/kg], volumetric: 167, regime: bonded, carries: [parts]"
)
CORES_BACK = (
    'mode: courier, departs: "fri 18:00", transit: {lognormal: 3 d, cv: 0.3}, '
    "cost: [4 USD/shipment, 0.5 USD/kg], regime: temporary, carries: [cores]"
)
COURIER = {
    "home": "transit: {lognormal: 28 h, cv: 0.3}, cost: [3 USD/shipment, 0.3 USD/kg]",
    "abroad": "transit: {lognormal: 40 h, cv: 0.3}, cost: [6 USD/shipment, 1 USD/kg], customs: {brokerage: 3 USD}",
}
EXPRESS = {
    "home": "transit: {lognormal: 16 h, cv: 0.3}, cost: [15 USD/shipment, 3 USD/kg]",
    "abroad": "transit: {lognormal: 30 h, cv: 0.3}, cost: [25 USD/shipment, 3 USD/kg], customs: {brokerage: 3 USD}",
}


def nodes(regions: Sequence[Region], factories: Sequence[Factory]) -> Iterable[str]:
    """Yield warehouses and factories."""
    for kind, words, places in (("warehouse", "warehouse", regions), ("factory", "repair", factories)):
        for place in places:
            lat, lon = city(place.country, place.city)
            at = f"at: [{lat:.2f}, {lon:.2f}], country: {place.country}"
            yield f"{place.name}: {{kind: {kind}, label: {place.city} {words}, {at}}}"


def lanes(regions: Sequence[Region], factories: Sequence[Factory]) -> Iterable[str]:
    """Yield lanes: by selectors where they join outlets of several countries."""
    for region in regions:
        yield _lane(f"shenzhen-hub -> {region.name}", ROAD_TO_REGION if region.country == "CN" else AIR_TO_REGION)
        for where, members in (
            ("home", [code for code in region.members if code == region.country]),
            ("abroad", [code for code in region.members if code != region.country]),
        ):
            if members:
                to = f"{region.name} -> {_outlets(members)}"
                rest = "insurance: 0.3 %, carries: [parts]"
                yield _lane(f"{to} / courier", f'mode: courier, departs: "mon-sat 19:00", {COURIER[where]}, {rest}')
                yield _lane(f"{to} / express", f"mode: express, {EXPRESS[where]}, {rest}")
        yield _lane(f"{_outlets(region.members)} -> {region.name} / cores", CORES_BACK)
    for factory in factories:
        for name in factory.regions:
            yield _lane(f"{name} -> {factory.name}", CORES_TO_FACTORY)
        yield _lane(f"{factory.name} -> shenzhen-hub", BOARDS_TO_HUB)


def ways(regions: Sequence[Region], factories: Sequence[Factory]) -> tuple[list[str], list[str]]:
    """Return who supplies whom, and where cores and repaired boards go."""
    supply, returns = ["shenzhen-hub: dongguan-suppliers"], []
    for region in regions:
        supply += [f"{region.name}: shenzhen-hub", f'"{_outlets(region.members)}": {region.name}']
        returns += [f'"{_outlets(region.members)}": {region.name}']
    for factory in factories:
        returns += [f"{name}: {factory.name}" for name in factory.regions] + [f"{factory.name}: shenzhen-hub"]
    return supply, returns


def _outlets(countries: Iterable[str]) -> str:
    return ", ".join(f"outlets country:{code}" for code in countries)


def _lane(key: str, fields: str) -> str:
    return f'"{key}":\n      {{{fields}}}'
