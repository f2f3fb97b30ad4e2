"""The laws of a study as text: which of them the replications at hand support."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING

from netsim.study.laws import Verdict, judge
from netsim.view.style import money_scale, round_interval

if TYPE_CHECKING:
    from netsim.study.results import Results

__all__ = ["laws_as_json", "tell_laws"]

_WIDTH = 100
_MARKS = {"holds": "✓ holds", "fails": "✗ fails", "open": "? open "}


def tell_laws(results: Results, scenario: str) -> Iterator[str]:
    """Yield a heading and a line for each law of the study, or nothing if it states none."""
    verdicts = judge(results, scenario)
    if not verdicts:
        return
    held = sum(verdict.word == "holds" for verdict in verdicts)
    yield (
        f"Expected of these designs: {held} of {len(verdicts)} laws hold by the paired {results.confidence:.0%} "
        f"intervals of {results.replications} replications"
    )
    for verdict in verdicts:
        told = f"  {_MARKS[verdict.word]}  {verdict.law.name} ({_weakest(results, verdict)})"
        yield textwrap.fill(told, _WIDTH, subsequent_indent=" " * 11)


def laws_as_json(results: Results, scenario: str) -> list[dict[str, object]]:
    """Return each verdict: law, KPI, verdict, and the weakest comparison's mean, low and high."""
    return [
        {
            "law": each.law.name,
            "kpi": each.law.kpi,
            "verdict": each.word,
            "mean": each.interval.mean,
            "low": each.interval.low,
            "high": each.interval.high,
        }
        for each in judge(results, scenario)
    ]


def _weakest(results: Results, verdict: Verdict) -> str:
    """Return the weakest comparison of a law in words."""
    law, interval = verdict.law, verdict.interval
    if math.isnan(interval.mean):
        return "nothing to compare in the measured time"
    described = results.manifest["kpis"][law.kpi]
    unit, scale = results.unit(law.kpi), 1.0
    if law.word == "pays back":
        unit = "months"
    elif described["unit"] == "share":
        unit, scale = "points", 100.0
    elif described["unit"] == "money":
        divisor, unit = money_scale([interval.mean], results.currency)
        scale = 1 / divisor
    mean, half = round_interval(interval.mean * scale, interval.half * scale)
    told = f"{mean} ± {half} {unit}" if half else f"{mean} {unit}, no interval"
    if law.word == "pays back":
        return f"after {told}"
    sign = "+" if interval.mean > 0 else ""
    several = len(law.others) > 1 or law.word in ("falls", "rises")
    return f"{described['label'].lower()} {sign}{told}{' at the weakest' if several else ''}"
