"""Runs the benchmark's study, and prints what it simulated beside the figures that the trade publishes.

    python scenarios/maitrox_scale/acceptance.py                          # the full network
    python scenarios/maitrox_scale/acceptance.py scenarios/maitrox_mini   # a twentieth of it

What `netsim run` has finished is taken as it is. Ends with 0 if every figure lies within its tolerance, else with 1.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import netsim as ns
from netsim.engine.records import MoveReason, Records, StockState
from netsim.model.model import Model, NodeKind
from netsim.outcome.balance import BalanceError, check_balance
from netsim.study.windows import Windows

HERE = Path(__file__).parent
DAYS_A_MONTH = 365 / 12
PUBLISHED_OUTLETS, PUBLISHED_ORDERS, PUBLISHED_PIECES = 4000, 190_000, 220_000
Kpis = Mapping[tuple[str, str], float | None]
Numbers = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure: *seed* is the published one or what follows from it, None where nothing is published.

    Within *tolerance* of the seed it is accepted (absolute where *is_absolute*, else a share of it); with a tolerance
    of None it is only told.
    """

    name: str
    seed: float | None
    simulated: float | None
    tolerance: float | None = None
    is_absolute: bool = False

    @property
    def is_accepted(self) -> bool:
        """Return whether the figure lies within its tolerance, or has none."""
        if self.tolerance is None or self.seed is None:
            return True
        limit = self.tolerance * (1.0 if self.is_absolute else self.seed)
        return self.simulated is not None and abs(self.simulated - self.seed) <= limit + 1e-12

    def __str__(self) -> str:
        within = ""
        if self.tolerance is not None:
            within = f"± {self.tolerance:g}" if self.is_absolute else f"± {100 * self.tolerance:g} %"
        verdict = ("ok" if self.is_accepted else "MISSED") if self.tolerance is not None else ""
        return f"{self.name:<44}{_number(self.seed):>12}{_number(self.simulated):>12}  {within:<9}{verdict}"


def main() -> int:
    """Return 0 if the benchmark in the folder named on the command line is accepted."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    study = ns.Study.from_file(folder / "study.yaml")
    results = study.run()
    case, windows = study.cases[0], study.windows
    model = ns.compile_model(case.content, horizon=windows.horizon)
    observed = results.observations()
    kpis = dict(zip(zip(observed["kpi"], observed["group"], strict=True), observed["value"], strict=True))
    found = figures(model, results.records(case.design), windows, kpis, providers_of(folder))
    print(f"{case.content.name} · {windows}\n")
    print(f"{'':<44}{'seed':>12}{'simulated':>12}  tolerance")
    for figure in found:
        print(figure)
    print(f"\nResults: {results.path}; the same bytes again: netsim replay {results.path}")
    return 0 if all(figure.is_accepted for figure in found) else 1


def providers_of(folder: Path) -> dict[str, str]:
    """Return the provider of each outlet, which its table holds as a comment."""
    with (folder / "tables" / "outlets.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: row["#provider"] for row in csv.DictReader(file)}


def figures(model: Model, records: Records, windows: Windows, kpis: Kpis, providers: Mapping[str, str]) -> list[Figure]:
    """Return all figures of a run; *kpis* by name and group as `netsim.observe` gives them."""
    months = windows.length / 86_400 / DAYS_A_MONTH
    kind = model.nodes.kind
    outlets, factories = np.flatnonzero(kind == NodeKind.OUTLET), np.flatnonzero(kind == NodeKind.FACTORY)
    regions = np.array([i for i in np.flatnonzero(kind == NodeKind.WAREHOUSE) if model.node_names[i] != "shenzhen-hub"])
    size, is_full = len(outlets) / PUBLISHED_OUTLETS, len(outlets) == PUBLISHED_OUTLETS
    crews = set(providers.values())
    orders, pieces = PUBLISHED_ORDERS * size, PUBLISHED_PIECES * size

    created = records.orders["created"]
    mine = (created >= windows.begin) & (created < windows.end)
    served = np.bincount(records.orders["node"][mine & (records.orders["node"] >= 0)], minlength=len(kind))
    monthly = float(mine.sum()) / months
    installed, shipped, jobs = _flows(model, records, windows)
    issued = float(installed.sum()) / months
    by_region, to_outlets = shipped
    countries = np.unique(model.nodes.country[outlets])
    flowing = [
        len(np.unique(model.nodes.country[np.flatnonzero(served)])),
        int((by_region[regions] > 0).sum()),
        int((jobs[factories] > 0).sum()),
        len({providers[model.node_names[i]] for i in np.flatnonzero(served)}),
        int((served[outlets] > 0).sum()),
    ]
    wanted = [len(countries), len(regions), len(factories), len(crews), len(outlets)]
    found = [
        Figure("orders a month", orders, monthly, 0.015 if is_full else 0.02),
        Figure("pieces for orders a month", pieces, issued, 0.03),
        Figure("orders a month per outlet", 47.5, monthly / len(outlets), 0.02),
        Figure("load of the repair factories", 0.81, kpis["factory_load", "all"], 0.05 if is_full else 0.08, True),
        Figure("pieces sent to outlets, sum of regions", to_outlets, float(by_region[regions].sum()), 0.0),
        Figure("orders that nobody served", 0.0, kpis["orders_uncovered", "all"], 0.0, True),
        Figure("laws of the records broken", 0.0, float(_laws_broken(model, records)), 0.0, True),
    ]
    names = ("countries", "regional warehouses", "factories", "providers", "outlets")
    for name, has, all_ in zip(names, flowing, wanted, strict=True):
        found.append(Figure(f"{name} with a flow", all_, has, 0.0))
    staff, floor = 70 * size, 26_000 * size
    technicians = float(model.benches.technicians[model.nodes.bench[factories]].sum())
    found += [
        Figure("orders a month per provider", orders / len(crews), monthly / len(crews)),
        Figure("orders a month per country", orders / len(countries), monthly / len(countries)),
        Figure("pieces per order", 1.158, issued / monthly),
        Figure("pieces a month per regional warehouse", pieces / len(regions), to_outlets / months / len(regions)),
        Figure("pieces a month per m2 of warehouse", 8.5, to_outlets / months / floor),
        Figure("pieces per warehouse worker and day", 143, to_outlets / months / staff / 22),
        Figure("cores repaired a year", 242_000 * size, float(jobs.sum()) / months * 12),
        Figure("  per technician and working day", 12.1, float(jobs.sum()) / months * 12 / 250 / technicians),
        Figure("pieces of good stock, on hand and under way", None, _sum(kpis, "on_hand", "in_transit")),
    ]
    for name, kpi in (
        ("stock turns a year", "turns"),
        ("utilisation of outlets and factories", "utilisation"),
        ("parts arrival rate", "arrival_rate"),
        ("lines served at once", "par_0"),
        ("turnaround, mean [d]", "tat_mean"),
        ("turnaround, 90th percentile [d]", "tat_p90"),
    ):
        found.append(Figure(name, None, kpis[kpi, "all"]))
    return found


def _flows(model: Model, records: Records, windows: Windows) -> tuple[Numbers, tuple[Numbers, float], Numbers]:
    """Return pieces used by node, pieces sent to outlets (by node, and counted at the lanes), repairs ended by node."""
    moves, size = records.moves, len(model.node_names)
    inside = (moves["time"] >= windows.begin) & (moves["time"] < windows.end)

    def count(rows: Numbers, place: str) -> Numbers:
        return np.bincount(moves[place][rows], weights=moves["qty"][rows], minlength=size)

    used = count(inside & (moves["reason"] == MoveReason.INSTALL), "from_place")
    sent = inside & (moves["reason"] == MoveReason.SHIP) & (moves["to_state"] == StockState.TRANSIT)
    is_outlet = model.nodes.kind == NodeKind.OUTLET
    lane = np.where(sent, moves["to_place"], 0)
    sent &= is_outlet[model.lanes.destination[lane]]
    ended = inside & np.isin(moves["reason"], (MoveReason.REPAIRED, MoveReason.SCRAPPED))
    return used, (count(sent, "from_place"), float(moves["qty"][sent].sum())), count(ended, "from_place")


def _laws_broken(model: Model, records: Records) -> int:
    try:
        check_balance(model, records)
    except BalanceError:
        return 1
    return 0


def _sum(kpis: Kpis, *names: str) -> float:
    return sum(kpis[name, "all"] or 0.0 for name in names)


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


if __name__ == "__main__":
    sys.exit(main())
