"""The comparison as a table: each KPI by design with its interval, its paired difference, who is best and who ties."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from netsim.errors import ModelError, did_you_mean
from netsim.statistics.intervals import Interval, sample_interval
from netsim.statistics.paired import PairedDifference, compare_with_baseline, paired_difference
from netsim.statistics.pareto import ParetoSet
from netsim.statistics.sample import Sample
from netsim.view.style import label_of, money_scale, round_interval

if TYPE_CHECKING:
    from rich.table import Table

Values: TypeAlias = Callable[[str, str], Mapping[str, Sample]]
"""What asks results for a KPI and a group: samples by design, in one order of replications for all designs."""

__all__ = [
    "SIGNIFICANT",
    "WIDTH",
    "Measure",
    "Row",
    "compare_designs",
    "comparison_table",
    "explain_marks",
    "measures_of",
    "plain",
    "rows_as_json",
    "scale_of",
    "tell_membership",
]

WIDTH = 100
"""Columns that a printed table may take."""
_PER_BLOCK = 4
BEST, TIE, SIGNIFICANT = "★", "≈", "*"


@dataclass(frozen=True, slots=True)
class Measure:
    """A KPI as it is shown: its label, its unit (a ``share`` is shown in per cent, ``money`` takes the currency) and
    whether ``lower`` or ``higher`` is better (empty: neither)."""

    kpi: str
    label: str
    unit: str = ""
    better: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One KPI over all designs; *leaders* are the best one, or all that tie with it; none where nobody can tell."""

    measure: Measure
    values: dict[str, Interval]
    differences: dict[str, PairedDifference]
    leaders: tuple[str, ...]
    baseline: str
    level: float


def measures_of(kpis: Sequence[str], described: Mapping[str, Mapping[str, str]]) -> list[Measure]:
    """Return how each of *kpis* is shown, by the description of KPIs that a study's manifest holds.

    Raise `ModelError` for a KPI that it does not describe.
    """
    if unknown := [kpi for kpi in kpis if kpi not in described]:
        hint = did_you_mean(unknown[0], described) or "`netsim export` lists all KPIs of a study"
        raise ModelError(f"there is no KPI `{unknown[0]}` in these results · {hint}")
    return [Measure(kpi, found["label"], found["unit"], found["better"]) for kpi in kpis for found in [described[kpi]]]


def compare_designs(values: Values, measures: Sequence[Measure], *, baseline: str, level: float = 0.95) -> list[Row]:
    """Return one row for each of *measures*, with paired differences from *baseline*; ratios are those of the sums.

    A best design is named only where its paired interval against every other one excludes 0; all that it does not
    exclude tie with it. Raise `ModelError` for an unknown KPI or baseline.
    """
    rows = []
    for measure in measures:
        found = values(measure.kpi, "all")
        differences = {each.design: each for each in compare_with_baseline(found, baseline, level=level)}
        intervals = {design: sample_interval(mine, level=level) for design, mine in found.items()}
        rows.append(Row(measure, intervals, differences, _leaders(measure, intervals, found, level), baseline, level))
    return rows


def _leaders(
    measure: Measure, means: Mapping[str, Interval], values: Mapping[str, Sample], level: float
) -> tuple[str, ...]:
    known = [design for design, interval in means.items() if not math.isnan(interval.mean) and interval.n > 1]
    if measure.better not in ("lower", "higher") or len(known) < 2:
        return ()
    sign = 1 if measure.better == "lower" else -1
    best = min(known, key=lambda design: sign * means[design].mean)
    tied = [
        design
        for design in known
        if design == best or not _differs(paired_difference(values[design], values[best], level=level))
    ]
    return () if len(tied) == len(means) == len(known) and len({means[d].mean for d in known}) == 1 else tuple(tied)


def _differs(difference: Interval) -> bool:
    return difference.excludes(0.0)


def comparison_table(
    rows: Sequence[Row],
    designs: Sequence[str],
    *,
    currency: str,
    labels: Mapping[str, str] | None = None,
) -> list[Table]:
    """Return tables of `WIDTH` columns at most, KPIs down and designs across; more than four designs make several."""
    from rich import box
    from rich.markup import escape
    from rich.table import Table

    shown = labels or {}
    baseline = rows[0].baseline if rows else ""
    others = [design for design in designs if design != baseline]
    blocks = [[baseline, *others[i : i + _PER_BLOCK - 1]] for i in range(0, max(len(others), 1), _PER_BLOCK - 1)]
    if len(designs) <= _PER_BLOCK:
        blocks = [list(designs)]
    tables = []
    for block in blocks:
        table = Table(box=box.SIMPLE_HEAD, width=min(WIDTH, 30 + 18 * len(block)), padding=(0, 1, 0, 0))
        table.add_column("", ratio=26, overflow="fold")
        for design in block:
            table.add_column(escape(shown.get(design) or label_of(design)), ratio=18, justify="right", overflow="fold")
        for row in rows:
            scale, unit = scale_of(row, currency)
            first = f"{row.measure.label} [{unit}]" if unit else row.measure.label
            table.add_row(escape(first), *(_value(row, design, scale) for design in block))
            if len(designs) > 1:
                cells = [_difference(row, design, scale) if design != baseline else "(baseline)" for design in block]
                table.add_row("  difference", *cells, style="dim")
                if any(math.isfinite(each.variance_removed) for each in row.differences.values()):
                    cells = [_removed(row, design) if design != baseline else "" for design in block]
                    table.add_row("  variance removed", *cells, style="dim")
        tables.append(table)
    return tables


def explain_marks(rows: Sequence[Row], *, replications: int) -> str:
    """Return the lines that stand below a comparison: what the marks mean, and what the runs do not support."""
    level = rows[0].level if rows else 0.95
    told = f"{replications} replications of each design"
    most = [max(row.values[design].n for row in rows) for design in rows[0].values] if rows else []
    if most and min(most) < max(most):  # a rule that asks for more where more is needed
        told = f"{min(most)} to {max(most)} replications of a design"
    text = f"{told} on common tapes; ± is the half width of the {level:.0%} interval."
    if replications < 2:
        return (
            "1 replication: there is no interval and no winner; ask for more with --replications 10."
            if replications
            else "No replication has finished."
        )
    return (
        f"{text}\n{BEST} best: its paired interval against every other design excludes 0. "
        f"{TIE} tie: the paired interval with\n  the best mean includes 0. "
        f"{SIGNIFICANT} differs from the baseline at {level:.0%} (Holm over the designs)."
        + "\nVariance removed: the share of the difference's variance that common tapes took away."
        * any(row.differences for row in rows)
    )


def tell_membership(found: ParetoSet) -> list[str]:
    """Return lines that say how probable it is that designs belong to a Pareto set, and of which that is open."""
    known = sorted((d for d, p in found.probabilities.items() if p >= 0.005), key=lambda d: -found.probabilities[d])
    if not known:
        return []
    listed = ", ".join(f"{label_of(design)} {_probability(found.probabilities[design])}" for design in known)
    rest = "; no other" if len(known) < len(found.probabilities) else ""
    lines = [f"probability of belonging to it: {listed}{rest}"]
    if found.undecided:
        word = "is" if len(found.undecided) == 1 else "are"
        lines.append(f"undecided {word} {', '.join(map(label_of, found.undecided))}: more replications would tell")
    return [part for line in lines for part in textwrap.wrap(line, WIDTH - 2, subsequent_indent="  ")]


def _probability(share: float) -> str:
    return "> 99 %" if share > 0.99 else f"{100 * share:.0f} %"


def rows_as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return *rows* as plain data, values in their base units (days, shares from 0 to 1, money); NaN is None."""
    found = []
    for row in rows:
        found.append(
            {
                "kpi": row.measure.kpi,
                "label": row.measure.label,
                "unit": row.measure.unit,
                "better": row.measure.better,
                "confidence": row.level,
                "baseline": row.baseline,
                "leaders": list(row.leaders),
                "designs": {
                    design: {
                        "mean": plain(value.mean),
                        "half_width": plain(value.half),
                        "replications": value.n,
                        **_difference_data(row.differences.get(design)),
                    }
                    for design, value in row.values.items()
                },
            }
        )
    return found


def _difference_data(found: PairedDifference | None) -> dict[str, Any]:
    if found is None:
        return {}
    return {
        "difference": plain(found.difference.mean),
        "difference_half_width": plain(found.difference.half),
        "p_holm": plain(found.p_adjusted),
        "differs": bool(found.is_significant),
        "variance_removed": plain(found.variance_removed),
    }


def plain(value: float) -> float | None:
    """Return *value* as JSON has it: None for what is no number."""
    return value if math.isfinite(value) else None


def scale_of(row: Row, currency: str) -> tuple[float, str]:
    """Return the divisor for showing a row and the unit that its numbers then have."""
    unit = row.measure.unit
    if unit in ("share", "%"):
        return 0.01, "%"
    if unit.split("/")[0] == "money":
        if "/" in unit:
            return 1.0, currency if "per " in row.measure.label.lower() else currency + unit[unit.index("/") :]
        return money_scale((value.mean for value in row.values.values()), currency)
    return 1.0, unit


def _value(row: Row, design: str, scale: float) -> str:
    interval = row.values[design]
    mean, half = round_interval(interval.mean / scale, interval.half / scale)
    mark = (BEST if row.leaders == (design,) else TIE) + " " if design in row.leaders else ""
    text = f"{mark}{mean} ± {half}" if half else f"{mark}{mean}"
    return f"[bold]{text}[/bold]" if design in row.leaders else text


def _difference(row: Row, design: str, scale: float) -> str:
    found = row.differences[design]
    mean, half = round_interval(found.difference.mean / scale, found.difference.half / scale)
    signed = mean if mean.startswith(("−", "–")) or not mean.strip("0.,") else f"+{mean}"
    text = f"{signed} ± {half}" if half else signed
    return text + (f" {SIGNIFICANT}" if found.is_significant else "  ")


def _removed(row: Row, design: str) -> str:
    share = row.differences[design].variance_removed
    if math.isnan(share):
        return "–  "
    # Rounded down: 100 % is for a difference without noise alone.
    return f"{math.floor(100 * share + 1e-9):d} %  ".replace("-", "−")
