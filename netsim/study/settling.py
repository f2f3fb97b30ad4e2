"""Does a network settle within its warm-up? Advice from the daily series of a study's results."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from netsim.outcome.kpis import SERIES
from netsim.statistics.warm_up import LEAST_BATCHES, bias_left, truncate
from netsim.store.store import Store
from netsim.study.figures import Points
from netsim.study.manifest import STORE
from netsim.study.results import Results
from netsim.units import DAY, format_duration

__all__ = ["Kind", "Settling", "WarmUpAdvice", "advise_warm_up", "kind_of"]

FloatArray = NDArray[np.float64]
Kind = Literal["terminating", "steady-state"]
WEEK = 7
"""Days of a batch: networks have a weekly rhythm, of which a batch must hold all days or none."""
DAILY = tuple(name for name, kind in SERIES.items() if kind.period == "day")
FALSE_ALARM = 0.01
"""Chance that a study without a transient is told of one by a test of all its series."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Where one series of one design settles, and what measuring from the end of the warm-up on makes of its mean."""

    scenario: str
    design: str
    series: str
    after: int | None
    """Seconds after which it is settled, by MSER; None if it does not settle in the first half of the run."""
    bias: float
    """Mean from the warm-up on, less that of the settled rest, as a share of the latter; NaN if it cannot be had.

    Of a series that does not settle, the mean of all that is measured against its second half.
    """
    has_transient: bool
    """Whether measuring from the first day on would move the mean by more than chance does."""
    is_short: bool
    """Whether the bias is more than chance; of a single replication, whether there is any."""
    is_tested: bool
    """Whether there were replications to test it by."""


@dataclass(frozen=True, slots=True)
class WarmUpAdvice:
    """Whether the warm-up of a study is long enough."""

    kind: Kind
    chosen: int
    """Seconds of warm-up that the study has."""
    recommended: int | None
    """Seconds after which every series that has a transient is settled; None if one does not settle, or none is judged.

    Where chance alone may have made MSER leave something out, that does not count.
    """
    settlings: tuple[Settling, ...]
    warnings: tuple[str, ...]
    note: str
    """What there is to say without a reason to warn."""

    @property
    def text(self) -> str:
        """Return all of it as lines to print."""
        return "\n".join([*(f"warning: {warning}" for warning in self.warnings), *([self.note] if self.note else [])])


def kind_of(kind: Kind | None, warm_up: int) -> Kind:
    """Return what a study is: what it says itself, else terminating without a warm-up (seconds), else steady-state."""
    return kind or ("steady-state" if warm_up > 0 else "terminating")


def advise_warm_up(
    results: Results, *, kind: Kind | None = None, designs: Collection[str] | None = None
) -> WarmUpAdvice:
    """Return whether the warm-up of *designs* (default: all) lets every daily series settle.

    Series run from the first day of the warm-up to the end of the measured time; each is averaged over replications and
    judged by MSER over weeks. A warm-up is short if a series settles after it and measuring from the warm-up on moves
    its mean by more than chance does. *kind* overrides what the study says of itself. A terminating study is measured
    from a state that it means to have, so that there is nothing to warn of.
    """
    windows = results.manifest["windows"]
    chosen, end = int(windows["begin"]), int(windows["end"])
    said: Kind | None = kind or windows.get("kind")
    settled_kind = kind_of(said, chosen)
    if settled_kind == "terminating" and said is not None:
        return WarmUpAdvice(settled_kind, chosen, None, (), (), "terminating study: no warm-up is called for")
    days = end // DAY
    if days < LEAST_BATCHES * WEEK:
        note = f"the run is too short for advice on its warm-up, which takes {LEAST_BATCHES * WEEK} d or more"
        return WarmUpAdvice(settled_kind, chosen, None, (), (), note)
    settlings = tuple(_settlings(results, results.designs if designs is None else designs, chosen, days))
    if not settlings:
        note = "no daily series were kept, so that nothing can be said of the warm-up"
        return WarmUpAdvice(settled_kind, chosen, None, (), (), note)
    after = [each.after for each in settlings if each.has_transient or each.is_short]
    recommended = None if None in after else max((each for each in after if each is not None), default=0)
    if settled_kind == "terminating":
        note = "terminating study (it has no warm-up): it is measured from its first day"
        if recommended:
            note += f"; for the long run give it `kind: steady-state` and a warm-up of {format_duration(recommended)}"
        return WarmUpAdvice(settled_kind, chosen, recommended, settlings, (), note)
    warnings = tuple(_warnings(settlings, chosen, recommended))
    note = "" if warnings else f"no series shows, beyond chance, that the warm-up of {format_duration(chosen)} is short"
    return WarmUpAdvice(settled_kind, chosen, recommended, settlings, warnings, note)


def _settlings(results: Results, designs: Collection[str], chosen: int, days: int) -> Iterator[Settling]:
    tests = max(len(designs) * len(DAILY) * len(results.scenarios), 1)
    for scenario in results.scenarios:
        for design in designs:
            with Store.open(results.path / STORE, read_only=True) as store:
                points = Points(store.points(scenario=scenario, design=design))
            for series in DAILY:
                tops, bases = points.matrix(series, "all", periods=days)
                found = _judge(tops, bases, -(-chosen // DAY), FALSE_ALARM / tests)
                if found is not None:
                    yield Settling(scenario, design, series, *found, is_tested=len(tops) > 1)


def _judge(
    tops: FloatArray, bases: FloatArray, begin: int, chance: float
) -> tuple[int | None, float, bool, bool] | None:
    """Return after how long a series [replication, day] settles, its bias from day *begin* on, and two verdicts.

    They are whether it has a transient and whether *begin* is short; *chance* is that of a false alarm. None if the
    series says nothing.
    """
    from scipy.special import stdtrit

    runs, days = tops.shape
    point = truncate(tops, bases, batch=WEEK) if runs else None
    if point is None or point.batches < LEAST_BATCHES:
        return None
    settled = point.periods if point.settled else days // 2
    quantile = float(stdtrit(runs - 1, 1 - chance / 2)) if runs > 1 else 0.0

    def differs(start: int) -> tuple[float, bool]:
        rest = max(settled, start)
        bias, error, mean = bias_left(tops, bases, chosen=start, settled=rest)
        share = bias / mean if mean else 0.0 if bias == 0 else math.copysign(math.inf, bias)
        return share, rest > start and abs(bias) > (quantile * error if runs > 1 else 0.0)

    bias, is_short = differs(begin)
    return (point.periods * DAY if point.settled else None), bias, differs(0)[1], is_short


def _warnings(settlings: tuple[Settling, ...], chosen: int, recommended: int | None) -> Iterator[str]:
    short = [each for each in settlings if each.is_short]
    drifting = [each for each in short if each.after is None]
    if drifting:
        each = max(drifting, key=lambda one: abs(one.bias))
        yield (
            f"{each.series} of {each.design} does not settle within the run: lengthen `measure` and `warm_up`, or, if "
            "the study is of this very time, say `kind: terminating`"
        )
        return
    settled = [each for each in short if each.after is not None]
    if settled:
        each = max(settled, key=lambda one: abs(one.bias))
        latest = max(one.after for one in settled if one.after is not None)
        way = "higher" if each.bias > 0 else "lower"
        size = f"{100 * abs(each.bias):.2g} % {way}" if math.isfinite(each.bias) else way
        doubt = "" if each.is_tested else " (one replication: this may be chance)"
        more = len(settled) - 1
        others = f", and {more} more series differ{'s' if more == 1 else ''}" if more else ""
        yield (
            f"the warm-up of {format_duration(chosen)} is short: measured from its end on, {each.series} of "
            f"{each.design} is {size} than once it has settled{others}; "
            f"give {format_duration(max(latest, recommended or 0))} or more{doubt}"
        )
