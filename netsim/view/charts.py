"""Charts of a study: what designs cost, how long customers wait, and how cost, time and parts arrival trade off.

Each function takes tables or arrays as the results store gives them and returns a matplotlib figure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netsim.statistics.intervals import Interval, sample_interval, t_interval
from netsim.statistics.survival import kaplan_meier
from netsim.view.style import (
    CATEGORY_COLOURS,
    CATEGORY_LABELS,
    GREY,
    INK,
    colour_designs,
    figure,
    fold,
    label_of,
    money_scale,
    round_interval,
    styled,
)
from netsim.view.tables import Row, Values, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Durations", "draw_costs", "draw_trade_off", "draw_turnaround"]

_DAY_MARKS = {
    1 / 144: "10 min", 1 / 48: "30 min", 1 / 24: "1 h", 4 / 24: "4 h", 0.5: "12 h", 1.0: "1 d", 2.0: "2 d", 5.0: "5 d",
    10.0: "10 d", 20.0: "20 d", 50.0: "50 d", 100.0: "100 d", 200.0: "200 d", 500.0: "500 d",
}  # fmt: skip


_CLEAR = {"facecolor": "white", "edgecolor": "none", "pad": 1}


@dataclass(frozen=True, slots=True)
class Durations:
    """Turnaround times of one replication in days, and whether each ended (else it lasted at least so long)."""

    days: NDArray[np.float64]
    ended: NDArray[np.bool_]


def draw_costs(
    values: Values, designs: Sequence[str], *, currency: str, labels: Mapping[str, str] | None = None
) -> Figure:
    """Return stacked bars of cost by category, one bar per design, with the total and the cost per order."""
    shown = labels or {}
    names = [shown.get(design) or label_of(design) for design in designs]
    parts = {
        category: {design: sample.values for design, sample in values("cost", f"category={category}").items()}
        for category in CATEGORY_LABELS
    }
    orders = values("cost_per_order", "all")
    totals = {design: t_interval(np.sum([parts[c][design] for c in parts], axis=0)) for design in designs}
    scale, unit = money_scale((interval.mean for interval in totals.values()), currency)
    n = max(interval.n for interval in totals.values())
    made = figure(
        "What each design costs, by category",
        subtitle=f"Operating cost of the measured period in {unit}, mean of {n} replication{'s' * (n != 1)}; "
        "total ± half width of the 95 % interval",
        height=2.4 + 0.75 * len(designs),
    )
    height = made.get_figheight()
    with styled():
        axes = made.add_axes((0.17, 0.55 / height, 0.66, 1 - 1.85 / height))
        left = np.zeros(len(designs))
        widest = max(interval.mean for interval in totals.values()) / scale or 1.0
        for category, label in CATEGORY_LABELS.items():
            means = np.array([np.nanmean(parts[category][design]) for design in designs]) / scale
            colour = CATEGORY_COLOURS[category]
            axes.barh(range(len(designs)), means, left=left, color=colour, edgecolor="white", label=label, height=0.62)
            for i, value in enumerate(means):
                text = f"{value:,.{2 if widest < 10 else 1 if widest < 100 else 0}f}"
                if value > widest * (0.012 * len(text) + 0.012):
                    dark = category in ("parts", "logistics", "compensation")
                    axes.text(left[i] + value / 2, i, text, ha="center", va="center", fontsize=9,
                              color="white" if dark else INK)  # fmt: skip
            left += means
        for i, design in enumerate(designs):
            mean, half = round_interval(totals[design].mean / scale, totals[design].half / scale)
            text = f"{mean} ± {half}" if half else mean
            axes.text(
                left[i] + widest * 0.012, i - 0.12, text, va="center", fontsize=10, fontweight="bold", bbox=_CLEAR
            )
            per_order = sample_interval(orders[design])
            mean, half = round_interval(per_order.mean, per_order.half)
            text = f"{mean} ± {half} {currency}/order" if half else f"{mean} {currency}/order"
            axes.text(left[i] + widest * 0.012, i + 0.2, text, va="center", fontsize=9, color=GREY, bbox=_CLEAR)
        axes.set_yticks(range(len(designs)), [fold(name, 18) for name in names])
        axes.invert_yaxis()
        axes.set_xlim(0, widest * 1.02)
        axes.tick_params(axis="y", length=0)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel(f"Cost [{unit}]")
        made.legend(
            loc="upper left", bbox_to_anchor=(0.01, 1 - 0.72 / height), ncols=6, frameon=False, fontsize=9,
            handlelength=1, columnspacing=1.2, handletextpad=0.4,
        )  # fmt: skip
    return made


def draw_turnaround(
    samples: Mapping[str, Sequence[Durations]],
    *,
    promise: float | None = None,
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Return the share of orders done within t days, one curve per design, with its P50 and P90.

    *samples* maps a design to the durations of its replications, *promise* is in days. Orders that were open at the
    end count for as long as they were seen (Kaplan and Meier).
    """
    designs = list(samples)
    colours, shown = colour_designs(designs), labels or {}
    curves = {}
    for design, runs in samples.items():
        days = np.concatenate([run.days for run in runs]) if runs else np.zeros(0)
        ended = np.concatenate([run.ended for run in runs]) if runs else np.zeros(0, dtype=bool)
        curves[design] = kaplan_meier(days, ended)
    p50 = {design: curve.percentile(0.5) for design, curve in curves.items()}
    p90 = {design: curve.percentile(0.9) for design, curve in curves.items()}
    made = figure(
        "How long customers wait: turnaround time",
        subtitle="Share of orders done within a time, all replications together; dot = P50, diamond = P90",
    )
    with styled():
        axes = made.add_axes((0.085, 0.105, 0.63, 0.735))
        known = [v for v in [*p50.values(), *p90.values(), promise or math.nan] if math.isfinite(v) and v > 0]
        top = max(
            [curve.percentile(0.98) for curve in curves.values() if math.isfinite(curve.percentile(0.98))] or [1.0]
        )
        top = 1.1 * max([top, *known])
        logarithmic = bool(known) and max(known) > 12 * min(known)
        low = max(min(known) / 3, 1 / 288) if logarithmic else 0.0
        for design, curve in curves.items():
            # Where nobody is done by then the curve stands at 0.
            x = np.concatenate(([low], curve.times[curve.times > low], [min(top, max(curve.last, low))]))
            start = 1 - (curve.survival[curve.times <= low][-1] if (curve.times <= low).any() else 1.0)
            y = np.concatenate(([start], 1 - curve.survival[curve.times > low]))
            y = np.append(y, y[-1])
            x, y = _thin(x, y)
            axes.plot(x, y, color=colours[design], linewidth=2, drawstyle="steps-post", zorder=3)
            for value, share, marker in ((p50[design], 0.5, "o"), (p90[design], 0.9, "D")):
                if math.isfinite(value):
                    axes.plot([max(value, low)], [share], marker, color=colours[design], markeredgecolor="white",
                              markersize=8, zorder=4, clip_on=False)  # fmt: skip
        if logarithmic:
            axes.set_xscale("log")
            marks = [mark for mark in _DAY_MARKS if low <= mark <= top]
            axes.set_xticks(marks, [_DAY_MARKS[mark] for mark in marks])
            axes.minorticks_off()
        axes.set_xlim(low, top)
        axes.set_ylim(0, 1.005)
        axes.set_yticks(np.linspace(0, 1, 11), [f"{10 * i} %" for i in range(11)])
        axes.set_xlabel("Turnaround time" + (" (log scale)" if logarithmic else " [d]"))
        axes.set_ylabel("Orders done")
        if promise:
            axes.axvline(promise, color=INK, linewidth=1.2, linestyle=(0, (4, 3)), zorder=2)
            axes.annotate(f"promise {promise:g} d", (promise, 1.0), xycoords=("data", "axes fraction"),
                          xytext=(0, 3), textcoords="offset points", ha="center", va="bottom", fontsize=10)  # fmt: skip
        _list_designs(made, designs, colours, shown, p50, p90)
    return made


def draw_trade_off(
    rows: Mapping[str, Row],
    designs: Sequence[str],
    *,
    currency: str,
    front: Sequence[str] = (),
    undecided: Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
) -> Figure:
    """Return three panels that set cost, turnaround and arrival rate against each other, with intervals.

    *rows* maps ``cost``, ``turnaround`` and ``arrival`` to their rows of a comparison; designs of the Pareto set
    *front* have a ring, those that may or may not belong to it, *undecided*, a dashed one.
    """
    colours, shown = colour_designs(designs), labels or {}
    n = max(interval.n for row in rows.values() for interval in row.values.values())
    made = figure(
        "Cost against turnaround against parts arrival",
        subtitle=f"Mean of {n} replication{'s' * (n != 1)} with 95 % intervals; ring: no other design is better in all "
        f"three means (Pareto set){'; dashed: undecided' * bool(undecided)}",
        width=12, height=5.4,
    )  # fmt: skip
    scale = {name: _axis(row, currency) for name, row in rows.items()}
    with styled():
        for i, (x, y) in enumerate((("cost", "turnaround"), ("cost", "arrival"), ("turnaround", "arrival"))):
            axes = made.add_axes((0.065 + 0.325 * i, 0.12, 0.25, 0.58))
            for design in designs:
                (a, left, right), (b, down, up) = (
                    _reach(rows[k].values[design], scale[k][0], rows[k].measure.unit) for k in (x, y)
                )
                axes.errorbar([a], [b], xerr=[[left], [right]], yerr=[[down], [up]], fmt="o", color=colours[design],
                              markersize=6, capsize=4, elinewidth=1.5, zorder=3)  # fmt: skip
                if design in front or design in undecided:
                    _ring(axes, a, b, is_sure=design not in undecided)
            axes.margins(0.16)
            _keep_possible(axes, rows[x].measure.unit, rows[y].measure.unit)
            axes.set_xlabel(scale[x][1])
            axes.set_ylabel(scale[y][1])
            _point_to_better(axes, rows[x].measure.better, rows[y].measure.better)
        handles = [_dot(colours[design]) for design in designs]
        names = [shown.get(design) or label_of(design) for design in designs]
        made.legend(handles, names, loc="upper left", bbox_to_anchor=(0.01, 0.865), ncols=4, frameon=False, fontsize=10,
                    handletextpad=0.2, columnspacing=1.6)  # fmt: skip
    return made


def _ring(axes: Axes, x: float, y: float, *, is_sure: bool) -> None:
    points = axes.scatter([x], [y], s=225, facecolors="none", edgecolors=INK, linewidths=1, zorder=2)
    if not is_sure:
        points.set_linestyle((0, (2, 2)))


def _list_designs(
    made: Figure,
    designs: Sequence[str],
    colours: Mapping[str, str],
    shown: Mapping[str, str],
    p50: Mapping[str, float],
    p90: Mapping[str, float],
) -> None:
    """Write the designs beside the curves, fastest first, with their percentiles."""
    ordered = sorted(designs, key=lambda d: (p90[d] if math.isfinite(p90[d]) else math.inf, designs.index(d)))
    step = min(0.115, 0.74 / max(len(designs), 1))
    for i, design in enumerate(ordered):
        y = 0.835 - step * i
        name = shown.get(design) or label_of(design)
        made.text(0.735, y, fold(name, 24), color=colours[design], fontweight="bold", fontsize=11, va="top")
        drop = 0.036 * (1 + fold(name, 24).count("\n"))
        made.text(0.735, y - drop, f"P50 {_days(p50[design])} · P90 {_days(p90[design])}", fontsize=10, va="top")


def _days(value: float) -> str:
    if not math.isfinite(value):
        return "not reached"
    if value < 1 / 24:
        return f"{value * 1440:.0f} min"
    return f"{value * 24:.1f} h" if value < 1 else f"{value:.1f} d"


def _thin(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return a step curve without the points that no eye can tell apart, so that an SVG stays small."""
    if len(x) <= 1500:
        return x, y
    keep = np.unique(np.r_[0, np.searchsorted(y, np.linspace(y[0], y[-1], 1500)), len(x) - 1])
    keep = keep[keep < len(x)]
    return x[keep], y[keep]


def _axis(row: Row, currency: str) -> tuple[float, str]:
    scale, unit = scale_of(row, currency)
    return scale, f"{row.measure.label} [{unit}]" if unit else row.measure.label


def _reach(interval: Interval, scale: float, unit: str) -> tuple[float, float, float]:
    """Return the mean and how far its interval reaches down and up; a share ends at 0 and 100 %."""
    mean, half = interval.mean / scale, interval.half / scale if math.isfinite(interval.half) else 0.0
    if unit == "share":
        return mean, max(min(half, mean), 0.0), max(min(half, 100 - mean), 0.0)
    return mean, half, half


def _keep_possible(axes: Axes, x: str, y: str) -> None:
    """Keep the axes out of what cannot be: shares above 100 %, and times below 0."""
    for unit, limits, limit in ((x, axes.get_xlim(), axes.set_xlim), (y, axes.get_ylim(), axes.set_ylim)):
        low, high = limits
        if unit == "share":
            limit(max(low, -3.0), min(high, 100 + 0.06 * (100 - max(low, 0.0))))
        elif unit in ("d", "h") and low < 0.1 * high:
            limit(-0.03 * high, high)


def _point_to_better(axes: Axes, x: str, y: str) -> None:
    """Put a small arrow into the panel's title line that points to where both are better."""
    arrow = {("lower", "lower"): "↙", ("lower", "higher"): "↖", ("higher", "lower"): "↘", ("higher", "higher"): "↗"}
    if (x, y) in arrow:
        axes.set_title(f"{arrow[x, y]} better", loc="left", color=GREY, fontsize=10)


def _dot(colour: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], marker="o", linestyle="", color=colour, markersize=9)
