"""A small scenario in a folder, with a design and a variant, for the tests of loading."""

from __future__ import annotations

from pathlib import Path

import pytest

SCENARIO = """\
netsim: 1
name: Two outlets
start: 2026-01-05
currency: {base: EUR, worth: {USD: 0.9 EUR}, as_of: 2026-01-02}

world:
  countries: {table: tables/countries.csv}
  parts:
    board: {value: 100 USD, weight: 200 g, ber: 6 %}
    screen: {value: 60 EUR, repairable: false}
  zones:
    spain: {at: [40.42, -3.70], country: ES, units: 420000, failures: {board: 0.8 %/yr, screen: 2.1 %/yr}}
    norway: {at: [59.91, 10.75], country: NO, units: 300000, failures: {board: 0.9 %/yr}}
  promise: {turnaround: 5 d, part_arrival: 72 h, late: 4 EUR/d}

network:
  defaults:
    outlet: {bench: {technicians: 4, work: {lognormal: 40 min, cv: 0.5}}, shift: mon-sat 10:00-19:00}
  nodes:
    madrid: {kind: outlet, at: [40.42, -3.70], country: ES}
    oslo: {kind: outlet, at: [59.91, 10.75], country: NO, bench: {technicians: 2}}
    venlo: {kind: warehouse, at: [51.37, 6.17], country: NL, fixed: 22000 EUR/month}
    wroclaw: {kind: factory, at: [51.11, 17.03], country: NL, bench: {technicians: 2, work: 32 min}}
    shenzhen: {kind: supplier, at: [22.54, 114.06], country: CN, lead: {lognormal: 21 d, cv: 0.3}}
  lanes:
    venlo -> outlets: {mode: express, transit: {uniform: [1 d, 3 d]}, cost: [6.5 EUR/shipment, 1.2 EUR/kg]}
    madrid, oslo -> wroclaw: {mode: road, departs: "fri 18:00", transit: 3 d, cost: 0.4 EUR/kg}
    wroclaw -> venlo: {mode: road, departs: "daily 18:00", transit: 2 d}
    shenzhen -> venlo: {mode: air, transit: {lognormal: 8 d, cv: 0.4}}

policies:
  stock:
    outlets: {rule: base-stock, levels: {board: 26, screen: 64}}
    venlo: {rule: reorder-point, levels: {board: [380, 40]}}
  supply: {outlets: venlo, venlo: [wroclaw, shenzhen]}
  shortage: {outlets: [home, {parent: {mode: express}}]}
  returns: {outlets: wroclaw, wroclaw: venlo}
"""

DESIGN = """\
design: two-hubs
why: A second hub brings Oslo within one day.
network:
  nodes: {lodz: {kind: warehouse, at: [51.76, 19.46], country: NL}}
  lanes:
    venlo -> oslo: null
    lodz -> oslo: {mode: express, transit: 1 d}
    venlo, wroclaw -> lodz: {mode: road, transit: 1 d}
policies: {stock: {lodz: {levels: {board: 20}}}, supply: {oslo: lodz, lodz: venlo}}
"""

COUNTRIES = """\
name,vat [%],wage [EUR/h],clearance.lognormal [d],clearance.cv
ES,21,25,,
NO,25,40,1,0.5
NL,21,28,,
CN,13,6,,
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with `scenario.yaml`, `two_hubs.yaml`, `plus.yaml` (a variant) and the table of countries."""
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "countries.csv").write_text(COUNTRIES)
    (tmp_path / "scenario.yaml").write_text(SCENARIO)
    (tmp_path / "two_hubs.yaml").write_text(DESIGN)
    (tmp_path / "plus.yaml").write_text("variant: plus\nworld: {adjust: {demand: 120 %}}\n")
    return tmp_path
