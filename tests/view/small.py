"""A small sound study in files, which tests run as it is or spoil in one place."""

from __future__ import annotations

from pathlib import Path

SCENARIO = """\
netsim: 1
name: Two cities
start: 2026-01-05
currency: {base: EUR}
world:
  countries:
    MX: {time_zone: America/Mexico_City}
    CN: {time_zone: Asia/Shanghai}
  parts:
    screen: {value: 50 EUR, weight: 0.3 kg}
  zones: {table: zones.csv}
  promise: {turnaround: 5 d, part_arrival: 72 h, late: 4 EUR/d}
  rates: {capital: 10 %/yr, no_fault: 20 %, contact: 2 EUR}
network:
  nodes:
    centro:
      kind: outlet
      label: Centro
      at: [19.43, -99.13]
      country: MX
      shift: mon-sat 10:00-19:00
      bench: {technicians: 2, work: 1 h}
      fixed: 300 EUR/month
    depot: {kind: warehouse, at: [20.60, -100.40], country: MX}
    fixer: {kind: factory, at: [20.66, -103.40], country: MX, bench: {technicians: 1, work: 2 h, good: 90 %}}
    maker: {kind: supplier, at: [22.54, 114.06], country: CN, lead: 5 d}
  lanes:
    maker -> depot: {mode: air, transit: 6 d, cost: 4 EUR/kg}
    depot -> centro: {mode: road, transit: 1 d, cost: 3 EUR/shipment}
    centro -> fixer: {mode: road, transit: 1 d}
    fixer -> depot: {mode: road, transit: 1 d}
policies:
  stock:
    centro: {levels: {screen: 2}}
    depot: {levels: {screen: 6}}
  supply: {centro: depot, depot: maker}
  returns: {centro: fixer, fixer: depot}
"""
ZONES = """\
name,lat,lon,country,population,units,failures.screen [%/yr]
mexico,19.43,-99.13,MX,9000000,4000,4
puebla,19.05,-98.21,MX,1600000,1000,4
"""
MORE = """\
design: more
why: A deeper stock at the outlet.
policies: {stock: {centro: {levels: {screen: 5}}}}
"""
STUDY = """\
study: two-cities
designs: {as-is: [], more: [more.yaml]}
windows: {measure: 120 d, cool_down: 30 d}
replications: 2
seed: 5
compare: {baseline: as-is, kpis: [net_cost, tat_p90, arrival_rate]}
"""


def write_study(folder: Path, *, scenario: str = SCENARIO, zones: str = ZONES, more: str = MORE) -> Path:
    """Return the path of the study file in *folder*, with all its files beside it."""
    for name, text in (("scenario.yaml", scenario), ("zones.csv", zones), ("more.yaml", more), ("study.yaml", STUDY)):
        (folder / name).write_text(text, encoding="utf-8")
    return folder / "study.yaml"


def spoil(text: str, old: str, new: str) -> str:
    """Return *text* with *old*, which must be there once, made into *new*."""
    assert text.count(old) == 1, f"{old!r} is there {text.count(old)} times"
    return text.replace(old, new)
