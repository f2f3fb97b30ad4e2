"""A service network of one zone, one outlet and one hub, small enough to be run hundreds of times."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from netsim.store.packing import Blob, RunKey, RunResult, pack_result, unpack_figures

SCENARIO = """\
netsim: 1
name: Tiny
start: 2026-01-05
currency: {base: EUR}
world:
  countries: {ES: {time_zone: Europe/Madrid, vat: 21 %, wage: 20 EUR/h}}
  parts: {screen: {value: 60 EUR, weight: 0.3 kg, repairable: false}}
  zones:
    town: {at: [40.42, -3.70], country: ES, units: 1000, failures: {screen: 60 %/yr}, contact: always}
  promise: {turnaround: 3 d, part_arrival: 24 h, late: 4 EUR/d}
network:
  nodes:
    shop: {kind: outlet, at: [40.42, -3.70], country: ES, fixed: 100 EUR/month,
           bench: {technicians: 1, work: {exponential: 40 min}}}
    hub: {kind: warehouse, at: [40.50, -3.60], country: ES, handling: 2 EUR/unit}
    maker: {kind: supplier, at: [41.39, 2.17], country: ES, lead: {exponential: 5 d}}
  lanes:
    hub -> shop: {mode: road, transit: {exponential: 30 h}, cost: 6 EUR/shipment}
    maker -> hub: {mode: road, transit: 1 d, cost: 1 EUR/unit}
policies:
  stock:
    shop: {rule: base-stock, levels: {screen: 3}}
    hub: {rule: base-stock, levels: {screen: 12}}
  supply: {shop: hub, hub: maker}
"""

DESIGNS = {
    "more-stock": "design: more-stock\npolicies: {stock: {shop: {levels: {screen: 8}}}}\n",
    "dear-rent": "design: dear-rent\nnetwork: {nodes: {shop: {fixed: 900 EUR/month}}}\n",
}

STUDY = """\
study: tiny
why: What does a bigger shelf buy?
scenarios: [scenario.yaml]
designs: [as-is, more-stock.yaml, dear-rent.yaml]
windows: {warm_up: 10 d, measure: 60 d, cool_down: 20 d}
replications: 4
seed: 7
compare: {baseline: as-is, kpis: [net_cost, tat_mean, arrival_rate]}
"""


def write_tiny(folder: Path, **files: str) -> Path:
    """Write scenario, designs and study into *folder*, with *files* besides or instead; return the study file.

    Names of files are given without their ending, ``_`` for ``-``.
    """
    texts = {"scenario": SCENARIO, **DESIGNS, "study": STUDY}
    texts.update({name.replace("_", "-"): text for name, text in files.items()})
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / "study.yaml"


def tamper(folder: Path, change: Callable[[list[Any]], list[Any]], *, design: str, replication: int = 0) -> None:
    """Let *change* edit the observations of one run in the results in *folder*."""
    with closing(sqlite3.connect(folder / "study.sqlite")) as connection, connection:
        number, *kept = connection.execute(
            "SELECT run, names, numbers FROM figures JOIN names USING (names_id) JOIN runs USING (run) "
            "WHERE design = ? AND replication = ?",
            (design, replication),
        ).fetchone()
        names, numbers = unpack_figures(Blob(*kept))
        rows = change([(*name, *row) for name, row in zip(names, numbers.tolist(), strict=True)])
        blob = pack_result(RunResult(RunKey("", "", 0, 0, ""), observations=rows)).figures
        cursor = connection.execute("INSERT INTO names (digest, names) VALUES (randomblob(32), ?)", (blob.names,))
        row = (cursor.lastrowid, blob.numbers, number)
        connection.execute("UPDATE figures SET names_id = ?, numbers = ? WHERE run = ?", row)
