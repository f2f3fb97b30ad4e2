"""All pictures of a study, drawn from its results folder alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from netsim.errors import NetsimError
from netsim.study.manifest import design_file
from netsim.study.results import Results
from netsim.view.charts import Durations, draw_costs, draw_trade_off, draw_turnaround
from netsim.view.style import label_of, save
from netsim.view.tables import Row, Values, compare_designs, measures_of
from netsim.view.time_charts import draw_over_time

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from netsim.spec.scenario import Scenario

__all__ = ["TRADED", "count_flows", "draw_map", "draw_study", "resolved_scenario", "values_of"]

TRADED = {"cost": "net_cost", "turnaround": "tat_p90", "arrival": "arrival_rate"}
"""The KPIs that are set against each other."""


def draw_study(results: Results, folder: Path, *, scenario: str | None = None) -> list[Path]:
    """Return the pictures of one scenario of a study, each written to *folder* as PNG and as SVG.

    Cost by category, turnaround, arrival rate and stock over time, the trade-off, and a map of each design.
    """
    name = scenario or results.scenarios[0]
    cases = [case for case in results.manifest["cases"] if case["scenario"] == name]
    designs = [case["design"] for case in cases]
    values = values_of(results, name)
    contents = {design: resolved_scenario(results, design, name) for design in designs}
    first = contents[designs[0]]
    figures: dict[str, Figure] = {"costs": draw_costs(values, designs, currency=results.currency)}
    promise = first.world.promise.turnaround / 86_400
    figures["turnaround"] = draw_turnaround(_durations(results, designs, name), promise=promise)
    series = results.series()
    figures["over_time"] = draw_over_time(
        series[series["scenario"] == name],
        designs,
        start=date.fromisoformat(cases[0]["start"]),
        until=results.manifest["windows"]["end"],
    )
    figures["trade_off"] = draw_trade_off(
        _traded(results, values), designs, currency=results.currency,
        front=results.pareto(*TRADED.values(), scenario=name).front,
    )  # fmt: skip
    written = []
    for title, made in figures.items():
        written += save(made, folder, title)
    for design in designs:
        made = draw_map(contents[design], design, flows=count_flows(results, contents[design], design, name))
        written += save(made, folder, f"map_{quote(design, safe=' ')}")
    return written


def draw_map(content: Scenario, design: str, *, flows: Mapping[str, float] | None = None) -> Figure:
    """Return the map of one design; *flows* are consignments by lane."""
    from netsim.network.building import build
    from netsim.view.maps import draw_network

    title = content.name if design == "as-is" else f"{content.name}: {label_of(design)}"
    told = "Line width grows with the consignments carried (first replication)" if flows else "The network as built"
    return draw_network(build(content), title=title, subtitle=told, flows=flows)


def count_flows(results: Results, content: Scenario, design: str, scenario: str) -> dict[str, float] | None:
    """Return the consignments of each lane in the first replication; None where its records are not there."""
    from netsim.model.compile_model import compile_model

    try:
        records = results.records(design, scenario)
    except NetsimError:
        return None
    names = compile_model(content, horizon=results.manifest["windows"]["horizon"]).lane_names
    counts = np.bincount(records.consignments["lane"], minlength=len(names))
    return {name: float(count) for name, count in zip(names, counts.tolist(), strict=True) if count}


def resolved_scenario(results: Results, design: str, scenario: str | None = None) -> Scenario:
    """Return the scenario that a design ran as, from the copy in the results folder."""
    from netsim.spec.scenario import load

    name = scenario or results.scenarios[0]
    file = design_file(name, design, several=len(results.scenarios) > 1)
    return load(results.path / "scenarios" / f"{file}.yaml", allow_code=True)


def values_of(results: Results, scenario: str | None = None) -> Values:
    """Return what asks *results* for the values of a KPI and group in one scenario."""
    return lambda kpi, group: results.values(kpi, group, scenario)


def _traded(results: Results, values: Values) -> dict[str, Row]:
    measures = measures_of(list(TRADED.values()), results.manifest["kpis"])
    rows = compare_designs(values, measures, baseline=results.baseline, level=results.confidence)
    return dict(zip(TRADED, rows, strict=True))


def _durations(results: Results, designs: list[str], scenario: str) -> dict[str, list[Durations]]:
    found = {}
    for design in designs:
        times = results.samples("tat", design, scenario)
        censored = results.samples("tat_censored", design, scenario)
        found[design] = [Durations(t / 86_400, c == 0) for t, c in zip(times, censored, strict=True)]
    return found
