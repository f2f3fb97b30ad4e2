"""All pictures of a study, drawn from its results folder alone."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np

from netsim.errors import NetsimError
from netsim.study.manifest import design_file
from netsim.study.pool import SelfHealingPool
from netsim.study.results import Results
from netsim.study.runner import pack_scenario
from netsim.view.charts import Durations, draw_costs, draw_trade_off, draw_turnaround
from netsim.view.risk_charts import draw_risk
from netsim.view.style import label_of, save
from netsim.view.tables import Row, Values, compare_designs, measures_of
from netsim.view.time_charts import draw_over_time

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from netsim.spec.scenario import Scenario

__all__ = ["TRADED", "count_flows", "draw_map", "draw_study", "resolved_scenario", "values_of"]

TRADED = {"cost": "net_cost", "turnaround": "tat_p90", "arrival": "arrival_rate"}
"""The KPIs that are set against each other."""


def draw_study(
    results: Results,
    folder: Path,
    *,
    scenario: str | None = None,
    contents: Mapping[str, Scenario] | None = None,
    workers: int = 1,
) -> list[Path]:
    """Return the pictures of one scenario of a study, each written to *folder* as PNG and as SVG.

    Cost by category, turnaround, arrival rate and stock over time, the trade-off, risk and error of the comparison's
    KPIs, and a map of each design. *contents* are the scenarios by design where they are at hand; else they are read
    from the results. Pictures are drawn in this process, or in as many others as there are *workers* if more than one.
    """
    name = scenario or results.scenarios[0]
    designs = [case["design"] for case in results.manifest["cases"] if case["scenario"] == name]

    def content(design: str) -> bytes | None:
        return None if contents is None else pack_scenario(contents[design])

    jobs = [_Job(title, results.path, folder, name, designs[0], content(designs[0])) for title in _CHARTS]
    jobs += [_Job(_MAP, results.path, folder, name, design, content(design)) for design in designs]
    if workers == 1:
        return [place for job in jobs for place in _draw(job, results)]
    with SelfHealingPool(min(workers, len(jobs))) as pool:
        # Maps take longest, hence first.
        order = sorted(range(len(jobs)), key=lambda i: jobs[i].title != _MAP)
        futures = {i: pool.submit(_draw, jobs[i]) for i in order}
        return [place for i in range(len(jobs)) for place in futures[i].result()]


@dataclass(frozen=True, slots=True)
class _Job:
    """One picture to draw, in a form that travels between processes."""

    title: str
    results: Path
    folder: Path
    scenario: str
    design: str
    content: bytes | None
    """The design's scenario from `pack_scenario`; None to read it from the results."""


@lru_cache(maxsize=1)
def _open(path: Path) -> Results:
    return Results(path)


def _draw(job: _Job, results: Results | None = None) -> list[Path]:
    """Return the files written for one picture."""
    found = _open(job.results) if results is None else results
    if job.title == _MAP:
        content, design = _content_of(job, found), job.design
        made = draw_map(content, design, flows=count_flows(found, content, design, job.scenario))
        return save(made, job.folder, f"map_{quote(design, safe=' ')}")
    return save(_CHARTS[job.title](found, job), job.folder, job.title)


def _content_of(job: _Job, results: Results) -> Scenario:
    if job.content is None:
        return resolved_scenario(results, job.design, job.scenario)
    content: Scenario = pickle.loads(job.content)[0]
    return content


def _designs_of(results: Results, job: _Job) -> list[str]:
    return [case["design"] for case in results.manifest["cases"] if case["scenario"] == job.scenario]


def _draw_costs(results: Results, job: _Job) -> Figure:
    return draw_costs(values_of(results, job.scenario), _designs_of(results, job), currency=results.currency)


def _draw_turnaround(results: Results, job: _Job) -> Figure:
    promise = _content_of(job, results).world.promise.turnaround / 86_400
    return draw_turnaround(_durations(results, _designs_of(results, job), job.scenario), promise=promise)


def _draw_over_time(results: Results, job: _Job) -> Figure:
    series = results.series()
    start = next(case["start"] for case in results.manifest["cases"] if case["scenario"] == job.scenario)
    return draw_over_time(
        series[series["scenario"] == job.scenario],
        _designs_of(results, job),
        start=date.fromisoformat(start),
        until=results.manifest["windows"]["end"],
    )


def _draw_trade_off(results: Results, job: _Job) -> Figure:
    found = results.pareto(*TRADED.values(), scenario=job.scenario)
    return draw_trade_off(
        _traded(results, values_of(results, job.scenario)), _designs_of(results, job), currency=results.currency,
        front=found.front, undecided=found.undecided,
    )  # fmt: skip


def _draw_risk(results: Results, job: _Job) -> Figure:
    values = values_of(results, job.scenario)
    measures = measures_of(results.manifest["compare"]["kpis"], results.manifest["kpis"])
    rows = compare_designs(values, measures, baseline=results.baseline, level=results.confidence)
    return draw_risk(rows, values, currency=results.currency)


_CHARTS: dict[str, Callable[[Results, _Job], Figure]] = {
    "costs": _draw_costs, "turnaround": _draw_turnaround, "over_time": _draw_over_time, "trade_off": _draw_trade_off,
    "risk": _draw_risk,
}  # fmt: skip
_MAP = "map"


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
    return lambda kpi, group: results.by_design(kpi, group, scenario)


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
