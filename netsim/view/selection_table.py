"""The verdict of a selection as a table: designs down, best first; what each came to, and why it is out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from netsim.statistics.intervals import Interval
from netsim.statistics.selection import Gap, Selection, Standing
from netsim.study.results import Results
from netsim.view.style import label_of, round_interval
from netsim.view.sweep_axes import Outcome, outcome_of, signed
from netsim.view.tables import WIDTH, measures_of, plain

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["explain_selection", "selection_as_json", "selection_table"]


def selection_table(found: Selection, results: Results) -> Table:
    """Return *found* as a table; intervals are those of the selection, which hold whenever its runs stopped."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    outcomes = _outcomes(found, results)
    goal = outcomes[found.goal.kpi]
    heads = ["Design", "Verdict", goal.title, "Behind the best", *(outcomes[each.kpi].title for each in found.limits)]
    table = Table(box=box.SIMPLE_HEAD, width=min(WIDTH, 50 + 18 * len(heads[2:])), padding=(0, 1, 0, 0))
    for i, head in enumerate([*heads, "Runs"]):
        table.add_column(escape(head), justify="right" if i > 1 else "left", overflow="fold")
    for each in found.ranked:
        limits = [_told(interval, outcomes[limit.kpi]) for interval, limit in
                  zip(each.limits, found.limits, strict=False)]  # fmt: skip
        limits += [""] * (len(found.limits) - len(limits))
        behind = "" if each.behind is None else _told(each.behind, goal, sign=True)
        row = [label_of(each.design), _why(each), _told(each.estimate, goal), behind, *limits, f"{each.replications}"]
        table.add_row(*map(escape, row), style="bold" if each.status == "best" else "")
    return table


def explain_selection(found: Selection, results: Results) -> list[str]:
    """Return the lines round the table: the headline, what is promised and how sure, and what the intervals are."""
    outcomes = _outcomes(found, results)
    said = found.headline
    for name in (each.design for each in found.standings):
        said = said.replace(name, label_of(name))
    zone = ""
    if found.indifference is not None:
        goal = outcomes[found.goal.kpi]
        zone = f", indifference {round_interval(found.indifference / goal.scale)[0]} {goal.unit}".rstrip()
    kind = "promised" if found.guaranteed else "not promised"
    limits = []
    for each in found.limits:
        outcome = outcomes[each.kpi]
        bound, within = (f"{value / outcome.scale:g} {outcome.unit}".rstrip() for value in (each.bound, each.tolerance))
        limits.append(f"{outcome.label.lower()} {each.sense} {bound}, within {within}")
    lines = [f"Selection · {said}", f"by {found.procedure}{zone}; {found.replications} runs in all"]
    if limits:
        lines.append(f"limits: {'; '.join(limits)}")
    lines.append(f"{kind} at {found.confidence:.0%}: {found.promise}")
    return [*lines, f"intervals {found.intervals}"] if found.intervals else lines


def _outcomes(found: Selection, results: Results) -> dict[str, Outcome]:
    kpis = list(dict.fromkeys([found.goal.kpi, *(limit.kpi for limit in found.limits)]))
    amounts = [each.estimate.mean for each in found.standings if math.isfinite(each.estimate.mean)]
    return {
        each.kpi: outcome_of(each, amounts, currency=results.currency)
        for each in measures_of(kpis, results.manifest["kpis"])
    }


def _why(each: Standing) -> str:
    if each.status == "infeasible":
        return f"breaks a limit, after {each.after}"
    if each.by and each.status in ("eliminated", "unlikely", "worse"):
        return f"{each.status}, out after {each.after} by {label_of(each.by)}"
    return each.status


def _told(found: Interval | Gap, outcome: Outcome, *, sign: bool = False) -> str:
    if math.isnan(found.mean):
        return "–"
    half = (found.high - found.low) / 2 / outcome.scale
    low, high = found.low, found.high
    if outcome.unit == "%" and not sign:  # a share stays a share
        low, high = max(low, 0.0), min(high, 1.0)
    mean = round_interval(found.mean / outcome.scale, half)[0]
    if math.isnan(half):
        return mean
    ends = [round_interval(end / outcome.scale, half)[0] for end in (low, high)]
    return f"{signed(mean) if sign else mean} ({ends[0]} to {ends[1]})"


def selection_as_json(found: Selection) -> dict[str, Any]:
    """Return *found* as plain data, values in the units of their KPIs; NaN is None."""
    return {
        "headline": found.headline, "best": found.best, "tied": list(found.tied), "guaranteed": found.guaranteed,
        "confidence": found.confidence, "promise": found.promise, "procedure": found.procedure,
        "indifference": found.indifference, "limits": [str(limit) for limit in found.limits],
        "designs": {
            each.design: {
                "status": each.status, "mean": plain(each.estimate.mean), "half_width": plain(each.estimate.half),
                "replications": each.replications, "by": each.by, "after": each.after,
            }
            for each in found.standings
        },
    }  # fmt: skip
