"""Charts of figures over time: arrival rate and stock by month, with bands over replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.intervals import ratio_interval
from netsim.view.style import colour_designs, figure, fold, label_of, spread, styled

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_over_time"]

Floats = NDArray[np.float64]
_LEAST_FOR_INTERVAL = 3


def draw_over_time(
    series: pd.DataFrame,
    designs: Sequence[str],
    *,
    start: date,
    until: int | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Return arrival rate and stock by month, with bands over replications.

    *series* has the columns of `netsim.store.store.Store.series`; *until* is the second at which the measured time
    ends. With fewer than three replications the band is the range, and is called so.
    """
    colours, shown = colour_designs(designs), labels or {}
    replications = len(set(series["replication"]))
    band = "95 % interval of the mean" if replications >= _LEAST_FOR_INTERVAL else "range from least to most"
    made = figure(
        "Over time: parts arrival rate and stock, month by month",
        subtitle=f"Line: mean of {replications} replication{'s' * (replications != 1)}; band: {band} over replications",
        height=6.6,
    )
    panels = (
        ("arrival_rate", "Parts arriving within the promise [%]", 100.0),
        ("on_hand", "Good parts on hand [1,000 pieces]", 0.001),
    )
    with styled():
        for i, (kpi, title, factor) in enumerate(panels):
            axes = made.add_axes((0.075, 0.52 - 0.44 * i, 0.72, 0.335))
            mine = series[(series["kpi"] == kpi) & (series["group"] == "all")]
            monthly = kpi == "arrival_rate"
            lines = {
                design: _monthly(mine[mine["design"] == design], start, until, monthly=monthly) for design in designs
            }
            ratios = [tops / bottoms for _, tops, bottoms in lines.values()]
            largest = max((np.nanmax(ratio) for ratio in ratios if np.isfinite(ratio).any()), default=1.0)
            if kpi == "on_hand" and largest < 10_000:
                title, factor = "Good parts on hand [pieces]", 1.0
            ends: list[tuple[str, float]] = []
            for design, (days, tops, bottoms) in lines.items():
                ends += _band(axes, days, factor * tops, bottoms, colours[design], design)
            axes.set_title(title)
            axes.set_ylim(*_limits(axes, share=kpi == "arrival_rate"))
            if start and any(days for days, _, _ in lines.values()):
                _mark_months(axes, named=i == 1)
            _label_ends(axes, ends, colours, shown)
    return made


def _monthly(
    rows: pd.DataFrame, start: date, until: int | None, *, monthly: bool
) -> tuple[list[float], Floats, Floats]:
    """Return the middle of each month in days from the start, and numerators and denominators by replication and month.

    Periods of *rows* are months from 0, or days if not *monthly*; months after the second *until* are left out, as is
    a last month that was not measured to its end.
    """
    if rows.empty:
        return [], np.zeros((0, 0)), np.zeros((0, 0))
    rows = rows.assign(period=rows["period"].astype("int64"))
    if not monthly:
        month = [(d.year - start.year) * 12 + d.month - start.month
                 for d in (start + timedelta(days=int(p)) for p in range(int(rows["period"].max()) + 1))]  # fmt: skip
        rows = rows.assign(period=np.array(month)[rows["period"].to_numpy()])
    sums = rows.groupby(["replication", "period"])[["numerator", "denominator"]].sum()
    sums = sums[sums["denominator"] > 0]
    table = sums.unstack("period").sort_index(axis=1)
    middles, kept = [], []
    for period in table["numerator"].columns:
        first = _month_start(start, int(period))
        after = _month_start(start, int(period) + 1)
        begin = max(0, (first - start).days)
        if until is not None and (after - start).days * 86_400 > until + 86_400:
            continue
        middles.append((begin + (after - start).days) / 2)
        kept.append(period)
    tops, bottoms = (table[column][kept].to_numpy(dtype="float64") for column in ("numerator", "denominator"))
    return middles, tops, bottoms


def _month_start(start: date, number: int) -> date:
    month = start.month - 1 + number
    return date(start.year + month // 12, month % 12 + 1, 1)


def _band(
    axes: Axes, days: list[float], tops: Floats, bottoms: Floats, colour: str, design: str
) -> list[tuple[str, float]]:
    if not days:
        return []
    columns = [ratio_interval(tops[:, i], bottoms[:, i]) for i in range(len(days))]
    mean = np.array([column.mean for column in columns])
    if len(tops) >= _LEAST_FOR_INTERVAL:
        low, high = np.array([c.low for c in columns]), np.array([c.high for c in columns])
    else:
        values = tops / bottoms
        filled = np.where(np.isnan(values), mean, values)
        low, high = filled.min(axis=0), filled.max(axis=0)
    axes.fill_between(days, low, high, color=colour, alpha=0.2, linewidth=0, zorder=2)
    axes.plot(days, mean, color=colour, linewidth=2, zorder=3)
    finite = np.flatnonzero(np.isfinite(mean))
    return [(design, float(mean[finite[-1]]))] if len(finite) else []


def _limits(axes: Axes, *, share: bool) -> tuple[float, float]:
    low, high = axes.get_ylim()
    if not share:
        return 0.0, high
    return (max(0.0, low) if low > 40 else 0.0), min(101.0, high + 1)


def _mark_months(axes: Axes, *, named: bool) -> None:
    """Label the months since the start: a launch is counted from its first day."""
    high = max(float(line.get_xdata()[-1]) for line in axes.lines) + 365 / 24  # type: ignore[index, arg-type]
    months = max(1, round(high / (365 / 12)))
    step = next(s for s in (1, 2, 3, 6, 12, 24, 60, 120, 1200) if months / s <= 13)
    marks = [m for m in range(0, months + 2, step) if m * 365 / 12 <= high + 1]
    axes.set_xlim(0, high)
    axes.set_xticks([m * 365 / 12 for m in marks], [str(m) for m in marks])
    if named:
        axes.set_xlabel("Months since the start")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}")


def _label_ends(
    axes: Axes, ends: list[tuple[str, float]], colours: Mapping[str, str], shown: Mapping[str, str]
) -> None:
    if not ends:
        return
    low, high = axes.get_ylim()
    texts = [fold(shown.get(design) or label_of(design), 24) for design, _ in ends]
    tall = max(text.count("\n") + 1 for text in texts)
    gap = (high - low) * 0.085 * tall
    places = spread([value for _, value in ends], gap, low=low + gap / 2, high=high - gap / 4)
    for (design, value), y, text in zip(ends, places, texts, strict=True):
        axes.annotate(
            text, (1.0, value), xycoords=("axes fraction", "data"),
            xytext=(1.025, y), textcoords=("axes fraction", "data"),
            color=colours[design], fontsize=10, fontweight="bold", va="center", annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colours[design], "linewidth": 0.8, "shrinkA": 0, "shrinkB": 0,
                        "relpos": (0, 0.5)},
        )  # fmt: skip
