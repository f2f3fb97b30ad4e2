"""Writes the page on the sweep of the Mexico launch, with its numbers and pictures, from the sweep's results.

netsim sweep scenarios/launch_mexico/sweep.yaml
python -m docs.mexico_levers results/mexico-levers

Sentences that say more than a number are held against the intervals first; one that they do not support ends the
program, and then it is the sentence that has to be written anew.
"""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
from pathlib import Path

import numpy as np

from netsim.statistics.effects import MainEffect
from netsim.statistics.intervals import Interval, t_interval
from netsim.study.sweep_results import SweepResults
from netsim.view.style import round_interval
from netsim.view.sweep_axes import signed

ROOT = Path(__file__).parent
PAGE = ROOT / "guides" / "mexico_levers.md"
PICTURES = ("main_effects", "interactions_tat_p90", "heat_map_tat_p90", "interactions_arrival_rate")
KPIS = {
    "net_cost": (1000.0, "k USD"),
    "tat_p90": (1.0, "d"),
    "arrival_rate": (0.01, "%"),
    "cash_tied": (1000.0, "k USD"),
}


class Refuted(SystemExit):
    """A sentence of the page is not what the results say."""


def main(results: str) -> None:
    """Write the page and its pictures from the folder *results*."""
    found = Findings(SweepResults(results))
    for name in PICTURES:
        shutil.copyfile(Path(results) / "pictures" / f"{name}.png", ROOT / "images" / f"levers_{name}.png")
    PAGE.write_text(wrapped(page(found)), encoding="utf-8", newline="\n")


def wrapped(text: str) -> str:
    """Return *text* with its paragraphs in lines of 120 letters; tables, code and headings stay."""
    parts = text.split("\n\n")
    plain = [not re.match(r"[|`#!<]", part) for part in parts]
    return (
        "\n\n".join(
            textwrap.fill(part, 120, break_long_words=False, break_on_hyphens=False) if is_plain else part
            for part, is_plain in zip(parts, plain, strict=True)
        ).rstrip("\n")
        + "\n"
    )


class Findings:
    """The effects of a sweep in the units of the page."""

    def __init__(self, results: SweepResults) -> None:
        self.results = results
        if results.note or results.failures():
            raise Refuted(f"the sweep is not complete: {results.note}")
        self._effects = {kpi: {each.factor: each for each in results.main_effects(kpi)} for kpi in KPIS}
        self._levels = {factor.name: list(factor.levels or ()) for factor in results.factors}

    def effect(self, kpi: str, factor: str) -> MainEffect:
        """Return the main effect of *factor* on *kpi*."""
        return self._effects[kpi][factor]

    def mean(self, kpi: str, factor: str, level: str) -> str:
        """Return the mean of *kpi* at a level, with its half width and unit."""
        return self._told(kpi, self.effect(kpi, factor).means[self._at(factor, level)])

    def change(self, kpi: str, factor: str, level: str) -> str:
        """Return the difference from the base at a level, with its half width and unit."""
        return self._told(kpi, self.effect(kpi, factor).differences[self._at(factor, level)], sign=True)

    def between(self, kpi: str, factor: str, low: str, high: str) -> Interval:
        """Return the paired difference of *kpi* between two levels, all other factors averaged."""
        at = self.results.places([factor])[:, 0]
        values = self.results.estimates(kpi)
        means = [values[at == self._at(factor, level)].mean(axis=0) for level in (low, high)]
        return t_interval(means[1] - means[0], level=self.results.confidence)

    def reach(self, kpi: str, factor: str) -> Interval:
        """Return the difference from the base that is farthest from 0, of all levels of *factor*."""
        return max(self.effect(kpi, factor).differences, key=lambda each: abs(each.mean))

    def cell(self, kpi: str, one: tuple[str, str], other: tuple[str, str]) -> Interval:
        """Return the mean of *kpi* at a level of one factor and a level of another."""
        for pair in self.results.interactions(kpi):
            if set(pair.factors) == {one[0], other[0]}:
                levels = dict((one, other))
                i, j = (self._at(name, levels[name]) for name in pair.factors)
                return pair.cells[i][j]
        raise Refuted(f"{one[0]} and {other[0]} are no pair of factors")

    def told(self, kpi: str, interval: Interval, *, sign: bool = False) -> str:
        """Return an interval of *kpi* in words, that of a difference with its *sign*."""
        return self._told(kpi, interval, sign=sign)

    def holds(self, claim: str, truth: bool) -> str:
        """Return *claim*; raise `Refuted` if it is not true of the results."""
        if not truth:
            raise Refuted(f"not supported: {claim}")
        return claim

    def shares(self) -> str:
        """Return the shares of variance as a table."""
        labels = {factor.name: factor.label for factor in self.results.factors}
        shares = {kpi: self.results.variance_shares(kpi) for kpi in KPIS}
        heads = [self.results.manifest["kpis"][kpi]["label"] for kpi in KPIS]
        lines = ["| Share of the variance of one run | " + " | ".join(heads) + " |", "|---" * (len(KPIS) + 1) + "|"]
        for i in range(len(labels)):
            parts = [shares[kpi].main[i] for kpi in KPIS]
            lines.append(_row(labels[parts[0].factors[0]], [part.share for part in parts]))
        for i in range(len(shares["net_cost"].pairs)):
            parts = [shares[kpi].pairs[i] for kpi in KPIS]
            if max(part.share.mean for part in parts) >= 0.01:
                lines.append(_row(" x ".join(labels[name] for name in parts[0].factors), [p.share for p in parts]))
        lines.append(_row("three and more together", [shares[kpi].rest.share for kpi in KPIS]))
        lines.append(_row("chance", [shares[kpi].chance.share for kpi in KPIS]))
        return "\n".join(lines)

    def effects(self, factor: str) -> str:
        """Return the main effects of one factor as a table."""
        labels = [f"{self.results.manifest['kpis'][kpi]['label']} [{unit}]" for kpi, (_, unit) in KPIS.items()]
        name = next(each.label for each in self.results.factors if each.name == factor)
        lines = [f"| {name} | " + " | ".join(labels) + " |", "|---" * (len(KPIS) + 1) + "|"]
        for level in self._levels[factor]:
            cells = []
            for kpi, (scale, _) in KPIS.items():
                interval = self.effect(kpi, factor).means[self._at(factor, level)]
                mean, half = round_interval(interval.mean / scale, interval.half / scale)
                cells.append(f"{mean} ± {half}")
            lines.append(f"| {level} | " + " | ".join(cells) + " |")
        return "\n".join(lines)

    def _at(self, factor: str, level: str) -> int:
        return self._levels[factor].index(level)

    def _told(self, kpi: str, interval: Interval, *, sign: bool = False) -> str:
        scale, unit = KPIS[kpi]
        mean, half = round_interval(interval.mean / scale, interval.half / scale)
        if sign and unit == "%":  # the difference of two shares
            unit = "points"
        return f"{signed(mean) if sign else mean} ± {half} {unit}"


def _row(head: str, shares: list[Interval]) -> str:
    return f"| {head} | " + " | ".join(_share(each) for each in shares) + " |"


def _share(found: Interval) -> str:
    if abs(found.mean) < 0.001 and found.half < 0.001:
        return "< 0.1 %"
    mean, half = round_interval(100 * found.mean, 100 * found.half)
    return f"{mean} ± {half} %"


def page(found: Findings) -> str:
    """Return the page."""
    results = found.results
    runs = results.runs()
    hours = runs["seconds"].sum() / 3600
    demand, short = ("demand", "160 %"), ("technicians", "50 %")
    usual, calm = ("technicians", "100 %"), ("demand", "40 %")
    held, free = ("hold", "60 %"), ("hold", "2 %")
    low, high = ("stock", "50 %"), ("stock", "99.9 %")
    pair = next(each for each in results.interactions("arrival_rate") if each.factors == ("hold", "stock"))
    insured = Interval(-pair.contrasts[-1][0].mean, pair.contrasts[-1][0].half, results.replications)
    many = found.effect("tat_p90", "technicians")
    cost = found.effect("net_cost", "demand").means
    spread = found.effect("net_cost", "hold").differences[-1]
    fixed = float(np.mean(results.matrix("fixed_cost")))
    reach = {each.name: found.reach("net_cost", each.name) for each in results.factors}
    others = sum(abs(each.mean) for name, each in reach.items() if name != "demand")
    widest = max((each for name, each in reach.items() if name != "demand"), key=lambda each: abs(each.mean))
    demand_third = min(abs(each.mean) for each in found.effect("net_cost", "demand").differences[1:4:2])
    return f"""{HEAD}
{len(results.designs):,} points, each with {results.replications} replications of three years: {len(runs):,} runs,
{hours:.1f} hours of computing where this page was made. All points see the same {results.replications} tapes.

## What moves what

{found.shares()}

If every level is as probable as the others, these are the shares of the variance of a single run. Main effects
are what a
factor does with all others averaged; pairs are what two do beyond that; chance is what differs from one tape
to the next.

![Main effects of the four factors on four KPIs](../images/levers_main_effects.png)

## Demand decides the bill, and nothing else comes near

{found.effects("demand")}

{found.holds("Four times the demand costs less than three times as much", cost[-1].mean < 3 * cost[0].mean)}:
{found.mean("net_cost", "demand", "160 %")} for the three years against {found.mean("net_cost", "demand", "40 %")},
of which {fixed / 1000:,.0f} k USD are rents and fees by the month, the same for all points. The most that another
factor moves the net cost from its base is {found.told("net_cost", widest, sign=True)}.
{found.holds("A forecast that is off by a third moves it farther than all of them together",
             demand_third > others)}.

## Too few technicians ruin the service where demand is high

{found.effects("technicians")}

{
        found.holds(
            "The two act together",
            found.cell("tat_p90", demand, short).mean > 2 * found.cell("tat_p90", demand, usual).mean,
        )
    }:
half of the technicians are enough for 40 % of the demand, with a 90th percentile of the turnaround of
{found.told("tat_p90", found.cell("tat_p90", calm, short))}, and at 160 % they bring it to
{found.told("tat_p90", found.cell("tat_p90", demand, short))}, where all of them keep it at
{found.told("tat_p90", found.cell("tat_p90", demand, usual))}. Averages over demand hide this: it is in the
pair, and in
the heat map. {
        found.holds("Beyond the number of today nothing is to be had", abs(many.differences[-1].mean) < 0.3)
    }: twice as
many change the percentile by {found.change("tat_p90", "technicians", "200 %")}. Outlets are paid by the order
here, so
that technicians cost the brand nothing; who employs them would weigh this against wages.

![Turnaround over demand and technicians](../images/levers_heat_map_tat_p90.png)

![What pairs of factors do together to the turnaround](../images/levers_interactions_tat_p90.png)

## Customs holds hardly reach the customer

{found.effects("hold")}

Where 60 of 100 consignments are held, five days on average, instead of 8, the parts arrival rate changes by
{found.change("arrival_rate", "hold", "60 %")} and the net cost by {found.change("net_cost", "hold", "60 %")}.
{
        found.holds(
            "The shelf of the warehouse stands between the border and the outlets",
            found.effect("cash_tied", "hold").differences[-1].low > 0,
        )
    }: what it costs is
{found.change("cash_tied", "hold", "60 %")} of cash tied up, as levels are sized for the longer way.

## The warehouse's target buys little, because the outlets have their own

{found.effects("stock")}

Raising the target of the warehouse from 50 % to 99.9 % changes the parts arrival rate by
{found.told("arrival_rate", found.between("arrival_rate", "stock", "50 %", "99.9 %"), sign=True)} and ties up
{found.told("cash_tied", found.between("cash_tied", "stock", "50 %", "99.9 %"), sign=True)}.
The outlets keep the fast movers to a target of their own, 95 %, and what the warehouse lacks comes by express from
the hub.
{found.holds("The target is an insurance against the border", insured.low > 0)}: where 60 % of the
consignments are held, the same step takes the rate from
{found.told("arrival_rate", found.cell("arrival_rate", held, low))} to
{found.told("arrival_rate", found.cell("arrival_rate", held, high))}; where 2 % are, from
{found.told("arrival_rate", found.cell("arrival_rate", free, low))} to
{found.told("arrival_rate", found.cell("arrival_rate", free, high))}.
The target of the outlets would be the lever to sweep next.

![What pairs of factors do together to the parts arrival rate](../images/levers_interactions_arrival_rate.png)

## How sure this is

Every number above is a mean over replications with its 95 % interval; the intervals hold one by one, and not for all
numbers of the page together. Differences between levels are paired on the tapes: the effect of customs holds
on the net cost
is known to ± {spread.half / 1000:.2g} k USD, while the mean itself is known to ± {cost[2].half / 1000:.2g} k
USD only.
Levels stand for nothing but themselves: where they are farther apart, their factor has a larger share.

## Made by

```text
netsim sweep scenarios/launch_mexico/sweep.yaml --workers 2
python -m docs.mexico_levers results/mexico-levers
```

The second command writes this page and copies its pictures. It stops at a sentence that the results do not
support. Seed
{results.manifest["seed"]}, netsim {results.manifest["code"]}. Method: full factorial, least-squares means within each
replication, Student's t over replications; shares of variance free of chance, with jackknife intervals
([sensitivity](../background/sensitivity.md)).
"""


HEAD = """\
<!-- Made by docs/mexico_levers.py from the results of the sweep: change that, not this. -->

# What moves the Mexico launch: a sweep read

The country warehouse near Mexico City is the design that brings parts in time (see [the
tutorial](../tutorial.md)). Before
one is built, two questions: what could go wrong that is not ours to choose, and which of our own levers are worth a
thought? [The sweep](../../scenarios/launch_mexico/sweep.yaml) moves four things over a wide range, all
combinations of them:
demand (40 % to 160 % of the forecast), the share of consignments held at Mexican customs (2 % to 60 %), the
target fill rate
that the warehouse's stock is sized for (50 % to 99.9 %), and the number of technicians of the outlets (half to
twice).
Ranges are assumptions, wide on purpose; what the scenario itself rests on is in
[its own page](../../scenarios/launch_mexico/README.md).
"""


if __name__ == "__main__":
    main(*sys.argv[1:])
