"""A small results store whose numbers are made by formula, for tests of what reads a store."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netsim.store.store import RunKey, RunResult, Store

CATEGORIES = ("service", "parts", "logistics", "contact", "outlet", "compensation")
# design: cost level, median turnaround in days, arrival rate, stock
DESIGNS = {
    "regional_hub": (5.2e6, 5.0, 0.71, 900),
    "country_warehouse": (4.4e6, 1.6, 0.93, 2600),
    "swap_pool": (6.1e6, 0.15, 0.97, 5200),
    "mail_in": (4.3e6, 11.0, 0.90, 1200),
}
DAYS = 365


def fill_store(folder: Path, *, designs: tuple[str, ...] = tuple(DESIGNS), replications: int = 5) -> Path:
    """Return the path of a store with every kind of result that views read."""
    path = folder / "study.sqlite"
    with Store.create(path) as store:
        keys = [RunKey("abc", design, r, 1, "test") for design in designs for r in range(replications)]
        store.plan(keys)
        store.add_scenario("abc", "Launch", text="netsim: 1\n")
        for key in keys:
            store.add(_run(key))
    return path


def _run(key: RunKey) -> RunResult:
    rng = np.random.default_rng([key.replication, 7])  # one world for all designs
    cost, median, arrival, stock = DESIGNS[key.design]
    busy = 1 + 0.05 * rng.normal()
    own = np.random.default_rng([key.replication, list(DESIGNS).index(key.design)])
    shares = np.array([0.22, 0.38, 0.2, 0.03, 0.12, 0.05])
    amounts = cost * busy * shares * (1 + 0.02 * own.normal(size=6))
    orders = 40_000 * busy
    days = median * np.exp(0.8 * own.normal(size=3000))
    ended = own.random(3000) > 0.02
    rate = float(np.clip(arrival + 0.01 * own.normal(), 0, 1))
    seen = [
        *(("cost", f"category={c}", float(a), float(a), None) for c, a in zip(CATEGORIES, amounts, strict=True)),
        ("cost", "all", float(amounts.sum()), float(amounts.sum()), None),
        ("cost_per_order", "all", float(amounts.sum() / orders), float(amounts.sum()), orders),
        ("net_cost", "all", float(amounts.sum() * 1.04), float(amounts.sum() * 1.04), None),
        ("tat_mean", "all", float(days.mean()), float(days.sum()), 3000.0),
        ("tat_p90", "all", float(np.quantile(days, 0.9)), None, None),
        ("arrival_rate", "all", rate, rate * orders, orders),
        ("cash_tied", "all", stock * 60.0 * busy, stock * 60.0 * busy, None),
    ]
    series = []
    for month in range(12):
        ramp = 1 - np.exp(-(month + 1) / 4)
        lines = 4000 * ramp
        series.append(("arrival_rate", "all", month, lines * rate * (0.85 + 0.15 * ramp), lines))
    for day in range(DAYS):
        level = stock * (0.3 + 0.7 * day / DAYS) * busy * (1 + 0.1 * np.sin(day / 15))
        series.append(("on_hand", "all", day, level, 1.0))
    samples = {"tat": np.rint(days * 86_400).astype("int32"), "tat_censored": (~ended).astype("int8")}
    return RunResult(key, seen, series, samples, 1.0, "simpy", int(orders))
