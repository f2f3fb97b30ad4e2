"""Advice on a study from its results: is the warm-up long enough, and what would narrower intervals take?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.precision import Precision, is_constant, replications_needed
from netsim.statistics.sample import Sample
from netsim.statistics.verdicts import Forecast, Verdict, clock, forecast, judge, tightened
from netsim.store.store import Store
from netsim.study.manifest import STORE
from netsim.study.results import Results
from netsim.study.settling import Kind, WarmUpAdvice, advise_warm_up

__all__ = ["Advice", "Narrowing", "Stop", "advise", "advise_replications", "tell_stops"]

MOST_LINES = 10
"""Lines on what is not reached; a sweep may have thousands."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What it takes to make every interval of one scenario *narrower* times as wide."""

    scenario: str
    narrower: float
    design: str
    """The design whose interval is the widest beside its mean now ..."""
    kpi: str
    """... and the KPI."""
    interval: Interval
    forecast: Forecast

    @property
    def text(self) -> str:
        """Return it as a line to print."""
        mean, half = abs(self.interval.mean), self.interval.half
        wide = "around 0"
        if mean:
            share = 100 * half / mean
            wide = f"± {share:.2g} % of the mean" if share < 100 else f"± {share:.0f} % of the mean"
        width = "half as wide" if self.narrower == 0.5 else f"{self.narrower:g} times as wide"
        return f"intervals {width} take {self.forecast.text}; the widest now: {self.kpi} of {self.design}, {wide}"


@dataclass(frozen=True, slots=True)
class Stop:
    """What became of the precision that a study asked for, in one scenario, and what it cost."""

    scenario: str
    precision: Precision
    verdicts: tuple[Verdict, ...]
    runs: int
    seconds: float
    """Computing time of these runs together."""
    tighter: Forecast
    """What half the width would take."""

    @property
    def reached(self) -> bool:
        """Return whether every KPI of every design is known as closely as was asked."""
        return all(verdict.reached for verdict in self.verdicts)

    @property
    def text(self) -> str:
        """Return what is not reached, what it cost and what half of it would take, as lines to print."""
        asked, half = (_width(each) for each in (self.precision, tightened(self.precision)))
        missed = [verdict.text for verdict in self.verdicts if not verdict.reached]
        told = [f"  {line}" for line in missed[:MOST_LINES]]
        if len(missed) > MOST_LINES:
            told.append(f"  and {len(missed) - MOST_LINES} more")
        counts = [verdict.interval.n for verdict in self.verdicts]
        each = " to ".join(dict.fromkeys((f"{min(counts)}", f"{max(counts)}")))
        cost = f"{each} replications of each design: {self.runs:,} runs, {clock(self.seconds)} on one processor"
        level = f"{100 * self.precision.level:g} %{' for all together' if self.precision.jointly else ''}"
        kpis = ", ".join(self.precision.kpis)
        met = f"{asked} is {'reached' if not missed else 'not reached everywhere'} ({kpis}; {level})"
        return "\n".join([f"{met} with {cost}", *told, f"half of it, {half}, takes {self.tighter.text}"])


@dataclass(frozen=True, slots=True)
class Advice:
    """What became of the precision that was asked for, and what to do better next time."""

    warm_up: WarmUpAdvice
    stops: tuple[Stop, ...]
    """One for each scenario of a study that asked for a precision; none of any other."""
    narrowings: tuple[Narrowing, ...]
    """One for each scenario of any other study; none where there are no intervals yet."""

    @property
    def text(self) -> str:
        """Return all of it as lines to print."""
        found: list[Stop | Narrowing] = [*self.stops, *self.narrowings]
        lines = [f"{each.scenario}: {each.text}" if len(found) > 1 else each.text for each in found]
        return "\n".join([*(lines or ["no intervals yet: run ten replications or more"]), self.warm_up.text])


def advise(results: Results, *, kind: Kind | None = None) -> Advice:
    """Return advice on the warm-up, and on the replications that half of every interval would take.

    *kind* as in `netsim.study.settling.advise_warm_up`.
    """
    stops = tuple(tell_stops(results))
    return Advice(advise_warm_up(results, kind=kind), stops, () if stops else tuple(advise_replications(results)))


def tell_stops(results: Results) -> list[Stop]:
    """Return what became of the precision that the study asked for, by scenario; nothing if it asked for none."""
    rule = dict(results.manifest.get("rule") or {})
    if rule.pop("name", "") != Precision.__name__:
        return []
    precision = Precision(**{**rule, "kpis": tuple(rule["kpis"])})
    found = []
    for scenario in results.scenarios:
        samples = {kpi: results.by_design(kpi, scenario=scenario) for kpi in precision.kpis}
        seen = {
            design: {kpi: samples[kpi][design] for kpi in precision.kpis if design in samples[kpi]}
            for design in results.designs
        }
        seconds, runs = _seconds(results, scenario), _runs(seen)
        spent = sum(count * seconds.get(design, math.nan) for design, count in runs.items() if count)
        tighter = forecast(seen, tightened(precision), seconds=seconds)
        verdicts = tuple(judge(seen, precision))
        found.append(Stop(scenario, precision, verdicts, sum(runs.values()), float(spent), tighter))
    return found


def _runs(seen: Mapping[str, Mapping[str, Sample]]) -> dict[str, int]:
    """Return the replications of each design that gave a value of any KPI."""
    return {design: max((sample.n for sample in kpis.values()), default=0) for design, kpis in seen.items()}


def _width(precision: Precision) -> str:
    if precision.relative is not None:
        return f"{100 * precision.relative:.3g} %"
    return f"± {precision.absolute:.4g}"


def advise_replications(results: Results, *, narrower: float = 0.5) -> list[Narrowing]:
    """Return for each scenario what it takes to make every interval of the comparison *narrower* times as wide.

    Variances are taken to stay what they are, and the time of a run as well. Scenarios without any interval are left
    out. Raise `ModelError` unless *narrower* is between 0 and 1.
    """
    if not 0 < narrower < 1:
        raise ModelError(f"intervals {narrower:g} times as wide: give a factor between 0 and 1, such as 0.5")
    found = []
    for scenario in results.scenarios:
        samples = {kpi: results.by_design(kpi, scenario=scenario) for kpi in results.manifest["compare"]["kpis"]}
        told = _narrow(scenario, samples, results.confidence, narrower, _seconds(results, scenario))
        found += [told] if told else []
    return found


def _narrow(
    scenario: str,
    samples: Mapping[str, Mapping[str, Sample]],
    level: float,
    narrower: float,
    seconds: Mapping[str, float],
) -> Narrowing | None:
    """Return what it takes by the samples of each KPI and design; None if none has an interval."""
    most, share, widest = 0.0, -1.0, None
    run: dict[str, int] = {}
    for kpi, designs in samples.items():
        for design, sample in designs.items():
            run[design] = max(run.get(design, 0), sample.n)
            interval = sample_interval(sample, level=level)
            if math.isnan(interval.half) or is_constant(interval):
                continue
            asked = Precision(kpis=(kpi,), absolute=narrower * interval.half, level=level)
            most = max(most, replications_needed(interval, asked, guarded=False))
            wide = interval.half / abs(interval.mean) if interval.mean else math.inf
            if wide > share:
                share, widest = wide, (design, kpi, interval)
    if widest is None:
        return None
    more = {design: max(most - count, 0.0) for design, count in run.items()}
    cost = sum(count * seconds.get(design, math.nan) for design, count in more.items() if count)
    return Narrowing(scenario, narrower, *widest, Forecast(dict.fromkeys(run, most), sum(more.values()), float(cost)))


def _seconds(results: Results, scenario: str) -> dict[str, float]:
    """Return the mean seconds of a finished run by design."""
    with Store.open(results.path / STORE, read_only=True) as store:
        runs = store.runs()
    hashes = {case["hash"] for case in results.manifest["cases"] if case["scenario"] == scenario}
    done = runs[(runs["status"] == "done") & runs["scenario_hash"].isin(hashes)]
    return {str(design): float(mean) for design, mean in done.groupby("design")["seconds"].mean().items()}
