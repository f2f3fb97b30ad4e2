"""Laws: what a study expects of its designs, held against the intervals of the replications it has.

A law is written as one of

* ``KPI: DESIGN above OTHER`` or ``below``; several others are separated by commas, ``others`` means all;
* ``KPI: DESIGN falls from year to year`` or ``rises``, by the KPI's monthly series; ``every design`` means each;
* ``cost: DESIGN pays back against OTHER``: its total since the start, dearer at first, stays below the other's.

It *holds* if the paired interval of every comparison that it makes has the stated sign, it *fails* if one has the
opposite sign, and it is *open* while the replications do not tell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from netsim.errors import ModelError, did_you_mean
from netsim.statistics.intervals import Interval, t_interval
from netsim.statistics.paired import paired_difference
from netsim.statistics.sample import Sample

if TYPE_CHECKING:
    from netsim.study.results import Results

__all__ = ["Law", "Verdict", "judge", "parse_law"]

Floats = npt.NDArray[np.float64]
Word = Literal["above", "below", "falls", "rises", "pays back"]

_AGAINST = re.compile(r"(?P<kpi>\w+): (?P<design>.+?) (?P<word>above|below) (?P<others>.+)")
_TREND = re.compile(r"(?P<kpi>\w+): (?P<design>.+?) (?P<word>falls|rises) from year to year")
_PAYBACK = re.compile(r"(?P<kpi>cost): (?P<design>.+?) (?P<word>pays back) against (?P<others>.+)")
_FORMS = "`KPI: DESIGN above OTHER`, `KPI: DESIGN falls from year to year` or `cost: DESIGN pays back against OTHER`"


@dataclass(frozen=True, slots=True)
class Law:
    """An expectation: of *kpi*, that each of *designs* does *word* (against each of *others*, where there are any)."""

    name: str
    kpi: str
    word: Word
    designs: tuple[str, ...]
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a law fares: *holds*, *fails* or *open*, and the weakest of its comparisons.

    *interval* is a difference in the KPI's unit, or the month of payback.
    """

    law: Law
    word: Literal["holds", "fails", "open"]
    interval: Interval


def parse_law(name: str, text: str, designs: Sequence[str]) -> Law:
    """Return the law that *text* states of some of *designs*; raise `ModelError` if it states none."""
    found = _AGAINST.fullmatch(text) or _TREND.fullmatch(text) or _PAYBACK.fullmatch(text)
    if found is None:
        raise ModelError(f"law {name!r}: `{text}` is no law; write {_FORMS}")
    parts = found.groupdict()
    named: tuple[str, ...] = (parts["design"],)
    if parts["design"] == "every design" and parts["word"] in ("falls", "rises"):
        named = tuple(designs)
    others = tuple(each.strip() for each in (parts.get("others") or "").split(",") if each.strip())
    if others == ("others",):
        others = tuple(each for each in designs if each not in named)
    for each in (*named, *others):
        if each not in designs:
            hint = did_you_mean(each, designs) or f"choose of {', '.join(designs)}"
            raise ModelError(f"law {name!r}: there is no design `{each}`; {hint}")
    word: Word = parts["word"]  # type: ignore[assignment]  # the patterns admit these words only
    return Law(name, parts["kpi"], word, named, others)


def judge(results: Results, scenario: str | None = None) -> list[Verdict]:
    """Return the verdict on each law of the study's file, in its order."""
    laws: Sequence[Sequence[str]] = results.manifest["compare"].get("laws", ())
    return [_judge(results, parse_law(name, text, results.designs), scenario) for name, text in laws]


def _judge(results: Results, law: Law, scenario: str | None) -> Verdict:
    signed = list(_compare(results, law, scenario))
    if not signed:  # less than two years measured, or nobody to compare with
        return Verdict(law, "open", Interval(math.nan, math.nan, 0))
    weakest = min((interval for interval, _ in signed), key=_strength)
    if any(sign * interval.mean < 0 and interval.excludes(0) for interval, sign in signed):
        return Verdict(law, "fails", next(i for i, sign in signed if sign * i.mean < 0 and i.excludes(0)))
    holds = all(sign * interval.mean > 0 and interval.excludes(0) for interval, sign in signed)
    return Verdict(law, "holds" if holds else "open", weakest)


def _strength(interval: Interval) -> float:
    """Return the distance from 0 in half widths, by which comparisons of one law are ranked."""
    if math.isnan(interval.half):
        return 0.0
    return abs(interval.mean) / interval.half if interval.half > 0 else math.inf


def _compare(results: Results, law: Law, scenario: str | None) -> Iterator[tuple[Interval, int]]:
    """Yield each comparison of *law* as an interval, with the sign that it should have."""
    level = results.confidence
    if law.word in ("above", "below"):
        found = results.by_design(law.kpi, scenario=scenario)
        for other in law.others:
            difference = paired_difference(found[law.designs[0]], found[other], level=level)
            yield difference, 1 if law.word == "above" else -1
    elif law.word in ("falls", "rises"):
        for design in law.designs:
            years = _years(results, law.kpi, design, scenario)
            for before, after in pairwise(years):
                yield paired_difference(after, before, level=level), 1 if law.word == "rises" else -1
    else:
        months = _payback(results, law.designs[0], law.others[0], scenario)
        # One replication that never sees the money back leaves the law open, whatever the others say.
        seen = t_interval(months, level=level)
        yield (Interval(seen.mean, math.nan, seen.n) if np.isnan(months).any() else seen), 1


def _years(results: Results, kpi: str, design: str, scenario: str | None) -> list[Sample]:
    """Return the sample of each whole year, as ratios of sums."""
    above, below = results.months(kpi, design, scenario=scenario)
    found = []
    for i in range(0, above.shape[1] - 11, 12):
        tops, bottoms = above[:, i : i + 12].sum(axis=1), below[:, i : i + 12].sum(axis=1)
        found.append(Sample(tops / np.where(bottoms > 0, bottoms, np.nan), tops, bottoms))
    return found


def _payback(results: Results, design: str, other: str, scenario: str | None) -> Floats:
    """Return for each replication the month at which *design*'s total falls below *other*'s for good, NaN if never.

    Cost is spread evenly over a month. A design that was never dearer has nothing to pay back, hence NaN too.
    """
    theirs, mine = (results.months("cost", each, scenario=scenario)[0] for each in (other, design))
    ahead = theirs - mine
    found = np.full(len(ahead), np.nan)
    for row, total in enumerate(np.cumsum(ahead, axis=1)):
        behind = np.flatnonzero(total < 0)
        last = int(behind[-1]) if len(behind) else -1
        if 0 <= last < len(total) - 1:
            found[row] = last + 1 + total[last] / (total[last] - total[last + 1])
    return found
