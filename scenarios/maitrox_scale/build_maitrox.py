"""Writes maitrox_scale, or with ``--mini`` the small maitrox_mini: scenario.yaml and its tables.

    python scenarios/maitrox_scale/build_maitrox.py
    python scenarios/maitrox_scale/build_maitrox.py --mini

``--out FOLDER`` writes elsewhere. Nothing is drawn at random: the same netsim and data/geo give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import math
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import catalogue
import lanes
import levels
import places
from places import COUNTRIES, FACTORIES, REGIONS, Factory, Outlet, Region

from netsim.spec.scenario import load
from netsim.tape.demand import demand

SCENARIOS = Path(__file__).parents[1]
START = date(2026, 1, 1)
ORDERS_PER_OUTLET = 47.5
WINDOW = (90, 180)
"""Days of the scenario whose demand is made to be the benchmark's."""
BORDERS = {  # clearance, held, extra time of a held consignment, broker [USD], VAT lag [d], wage [USD/h]
    "easy": (4, 2, 2, 8, 0, 20),
    "medium": (12, 6, 4, 10, 60, 7),
    "hard": (30, 12, 6, 12, 120, 4),
}
APPLIANCE_DUTY = {"easy": 2.5, "medium": 5, "hard": 10}
SEASONS = {
    "peak": "[1.15, 1.00, 0.97, 1.00, 1.00, 1.00, 0.98, 0.98, 0.96, 0.96, 0.96, 1.04]",
    "summer": "[0.85, 0.85, 0.85, 0.85, 1.00, 1.15, 1.60, 1.40, 1.00, 0.80, 0.80, 0.85]",
    "flat": "[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]",
}
JOB_HOURS = 0.764
"""Mean work of an order: diagnosis, and a repair, sometimes twice, for those with a fault."""
OPEN_HOURS = 54 * 365 / 12 / 7
"""Opening hours of an outlet in a month."""


@dataclass(frozen=True, slots=True)
class Scale:
    """One size of the benchmark."""

    name: str
    title: str
    outlets: int
    providers: int
    regions: tuple[Region, ...]
    factories: tuple[Factory, ...]
    technicians: int

    @property
    def countries(self) -> tuple[str, ...]:
        """Return the countries served, in the order of their regions."""
        return tuple(code for region in self.regions for code in region.members)

    @property
    def orders(self) -> float:
        """Return orders a month."""
        return self.outlets * ORDERS_PER_OUTLET


FULL = Scale("maitrox_scale", "Global phone, PC, appliance and server service", 4000, 207, REGIONS, FACTORIES, 8)
MINI = Scale(
    "maitrox_mini",
    "Global service network, small",
    200,
    10,
    tuple(region for region in REGIONS if region.name in ("dubai-warehouse", "wroclaw-warehouse")),
    tuple(
        Factory(factory.name, factory.country, factory.city, ("dubai-warehouse", "wroclaw-warehouse"))
        for factory in FACTORIES
        if factory.name == "dubai-factory"
    ),
    4,
)


def main() -> None:
    """Write the files of one scenario."""
    parser = argparse.ArgumentParser(description="Write the files of maitrox_scale, or of maitrox_mini.")
    parser.add_argument("--mini", action="store_true", help="the small one")
    parser.add_argument("--out", type=Path, help="folder to write to")
    told = parser.parse_args()
    scale = MINI if told.mini else FULL
    folder = told.out or SCENARIOS / scale.name
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    outlets = places.spread_outlets(
        scale.countries, outlets=scale.outlets, providers=scale.providers, mean_volume=ORDERS_PER_OUTLET
    )
    products = _products(_plateaus(scale))
    _write(folder, "countries", _countries(scale))
    _write(folder, "parts", _parts())
    _write(folder, "zones", _zones(outlets))
    _write(folder, "outlets", _outlets(outlets))
    _write(folder, "outlet_stock", levels.outlet_table(outlets, scale.regions, BORDERS))
    _write(folder, "warehouse_stock", levels.warehouse_table(outlets, scale.regions, BORDERS))
    (folder / "scenario.yaml").write_text(_scenario(scale, products), encoding="utf-8")


def _write(folder: Path, table: str, rows: Iterable[Sequence[Any]]) -> None:
    with (folder / "tables" / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


# --- world ------------------------------------------------------------------------------------------------------------


def _countries(scale: Scale) -> Iterable[Sequence[Any]]:
    yield (
        "name", "label", "time_zone", "holidays", "bloc", "vat [%]", "vat_recoverable", "vat_lag [d]", "duty.part [%]",
        "duty.appliance-part [%]",
        "clearance", "hold [%]", "hold_time", "brokerage [USD]", "wage [USD/h]",
    )  # fmt: skip
    for code in sorted({*scale.countries, "CN"}):
        country = COUNTRIES[code]
        hours, held, extra, broker, lag, wage = BORDERS[country.border]
        yield (
            code, country.name, places.time_zone(code), code, country.bloc, f"{country.vat:g}",
            str(country.recoverable).lower(), lag, f"{country.duty:g}", f"{APPLIANCE_DUTY[country.border]:g}",
            f"{{lognormal: {hours} h, cv: 0.8}}", held,
            f"{{lognormal: {extra} d, cv: 0.8}}", broker, wage,
        )  # fmt: skip


def _parts() -> Iterable[Sequence[Any]]:
    yield (
        "name",
        "value [USD]",
        "weight [kg]",
        "volume [dm3]",
        "duty_class",
        "repairable",
        "ber [%]",
        "repair_cost [USD]",
    )
    for part in levels.PARTS.values():
        repaired = part.name in catalogue.REPAIRED
        yield (
            part.name, f"{part.value:.2f}", f"{part.weight:g}", f"{part.volume:g}", part.duty_class,
            str(repaired).lower(), 10 if repaired else "", f"{part.value / 10:.2f}" if repaired else "",
        )  # fmt: skip


def _zones(outlets: list[Outlet]) -> Iterable[Sequence[Any]]:
    yield "name", "label", "lat", "lon", "country", "population", "share [%]"
    total = sum(outlet.volume for outlet in outlets)
    for outlet in outlets:
        share = 100 * outlet.volume / total
        yield (
            f"{outlet.name}-area", outlet.label, outlet.lat, outlet.lon, outlet.country, outlet.city_inhabitants,
            f"{share:.7f}",
        )  # fmt: skip


def _plateaus(scale: Scale) -> dict[str, float]:
    """Return the units that each platform sells a month, so that the measured days bring the orders specified."""
    trial = dict.fromkeys((platform.name for each in catalogue.INDUSTRIES for platform in each.platforms), 1e6)
    orders = _orders_expected(_products(trial))
    days = (WINDOW[1] - WINDOW[0]) * 12 / 365
    return {
        platform.name: 1e6 * scale.orders * industry.share * platform.share * days / orders[platform.name]
        for industry in catalogue.INDUSTRIES
        for platform in industry.platforms
    }


def _orders_expected(products: str) -> dict[str, float]:
    """Return the orders of each product in the window, all sold to one place."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "world.yaml"
        (Path(folder) / "parts.csv").write_text("\n".join(",".join(map(str, row)) for row in _parts()))
        file.write_text(
            "netsim: 1\nname: one place\nstart: 2026-01-01\ncurrency: {base: USD}\nworld:\n"
            "  countries: {XX: {}}\n  parts: {table: parts.csv}\n"
            "  zones: {place: {at: [0, 0], country: XX, share: 100 %}}\n"
            f"  rates: {{no_fault: 25 %}}\n  products:\n{products}"
        )
        world = load(file).world
    expected = demand(world, START, WINDOW[1] * 86_400)
    found: dict[str, float] = {}
    for column, (product, _) in enumerate(expected.catalogue):
        claims = float(expected.national[1 + WINDOW[0] : 1 + WINDOW[1], column].sum())
        found[product] = found.get(product, 0.0) + claims
    return found


def _products(plateaus: dict[str, float]) -> str:
    lines: list[str] = []
    for industry in catalogue.INDUSTRIES:
        value, weight, volume = industry.device
        for platform in industry.platforms:
            months = f"months_before: {industry.months_before}"
            lines += [
                f"    {platform.name}:",
                f"      value: {value * platform.price:g} USD",
                f"      weight: {weight} kg",
                f"      volume: {volume} dm3",
                f"      warranty: {industry.warranty}",
                f"      half_life: {industry.half_life} yr",
                "      report_in: 90 %",
                "      report_out: 40 %",
                f"      no_fault: {100 * platform.no_fault:g} %",
                f"      sales: {{plateau: {plateaus[platform.name]:.0f}, {months}}}",
                f"      season: {SEASONS[platform.season]}",
                "      modes:",
            ]
            lines += [f"        {line}" for line in _modes(industry, platform)]
    return "\n".join(lines) + "\n"


def _modes(industry: catalogue.Industry, platform: catalogue.Platform) -> Iterable[str]:
    for accidental, modes in ((False, industry.modes), (True, industry.accidents)):
        total = sum(modes.values())
        for kinds, weight in modes.items():
            names = kinds.split("+")
            parts = {catalogue.part_name(industry, platform, kind): names.count(kind) for kind in names}
            listed = ", ".join(f"{part}: {count}" for part, count in sorted(parts.items()))
            share = weight / total
            name = "-and-".join(dict.fromkeys(names))
            name = f"two-{name}s" if len(names) > len(parts) else name
            if accidental:
                rate, paid = 100 * industry.accident * share, f"capture: {100 * industry.capture:g} %, chargeable: true"
                yield f"broken-{name}: {{hazard: {rate:.4f} %/yr, {paid}, parts: {{{listed}}}}}"
            elif isinstance(industry.hazard, tuple):
                # A part of a Weibull hazard is a Weibull hazard of a longer life.
                shape, scale = industry.hazard
                life = scale * share ** (-1 / shape)
                law = f"{{weibull: {{shape: {shape}, scale: {life:.3f} yr}}}}"
                yield f"{name}: {{hazard: {law}, parts: {{{listed}}}}}"
            else:
                yield f"{name}: {{hazard: {100 * industry.hazard * share:.4f} %/yr, parts: {{{listed}}}}}"


# --- network ----------------------------------------------------------------------------------------------------------


def _outlets(outlets: list[Outlet]) -> Iterable[Sequence[Any]]:
    yield "name", "label", "kind", "country", "lat", "lon", "shift", "bench.technicians", "bench.share [%]", "#provider"
    for outlet in outlets:
        needed = outlet.volume * JOB_HOURS / OPEN_HOURS / 0.6  # technicians, 60 % of their time used
        technicians = math.ceil(needed)
        share = min(max(math.ceil(20 * needed / technicians) * 5, 10), 100)
        shift = "sat-thu 10:00-19:00" if COUNTRIES[outlet.country].weekend else ""
        yield (
            outlet.name, outlet.label, "outlet", outlet.country, outlet.lat, outlet.lon, shift, technicians, share,
            outlet.provider,
        )  # fmt: skip


def _scenario(scale: Scale, products: str) -> str:
    supply, returns = lanes.ways(scale.regions, scale.factories)
    command = "python scenarios/maitrox_scale/build_maitrox.py" + " --mini" * (scale is MINI)
    text = TEMPLATE
    for mark, rows in (
        ("NODES", [f"    {line}" for line in lanes.nodes(scale.regions, scale.factories)]),
        ("LANES", [f"    {line}" for line in lanes.lanes(scale.regions, scale.factories)]),
        ("SUPPLY", [f"    {line}" for line in supply]),
        ("RETURNS", [f"    {line}" for line in returns]),
        ("PRODUCTS", [products.rstrip("\n")]),
    ):
        text = text.replace(f"<{mark}>\n", "\n".join(rows) + "\n")
    text = text.replace("<TITLE>", scale.title).replace("<COMMAND>", command)
    return text.replace("<TECHNICIANS>", str(scale.technicians))


TEMPLATE = (Path(__file__).parent / "scenario.yaml.in").read_text(encoding="utf-8")

if __name__ == "__main__":
    main()
