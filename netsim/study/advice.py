"""Advice on a study from its results: is the warm-up long enough, and what would narrower intervals take?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.precision import Precision, is_constant, replications_needed
from netsim.statistics.sample import Sample
from netsim.statistics.verdicts import Forecast
from netsim.study.manifest import STORE
from netsim.study.results import Results
from netsim.study.settling import Kind, WarmUpAdvice, advise_warm_up
from netsim.study.store import Store

__all__ = ["Advice", "Narrowing", "advise", "advise_replications"]


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
        wide = f"± {100 * half / mean:.2g} % of the mean" if mean else "around 0"
        width = "half as wide" if self.narrower == 0.5 else f"{self.narrower:g} times as wide"
        return f"intervals {width} take {self.forecast.text}; the widest now: {self.kpi} of {self.design}, {wide}"


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do better next time."""

    warm_up: WarmUpAdvice
    narrowings: tuple[Narrowing, ...]
    """One for each scenario; none where there are no intervals yet."""

    @property
    def text(self) -> str:
        """Return all of it as lines to print."""
        several = len(self.narrowings) > 1
        lines = [f"{each.scenario}: {each.text}" if several else each.text for each in self.narrowings]
        return "\n".join([self.warm_up.text, *(lines or ["no intervals yet: run ten replications or more"])])


def advise(results: Results, *, kind: Kind | None = None) -> Advice:
    """Return advice on the warm-up, and on the replications that half of every interval would take.

    *kind* as in `netsim.study.settling.advise_warm_up`.
    """
    return Advice(advise_warm_up(results, kind=kind), tuple(advise_replications(results)))


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
