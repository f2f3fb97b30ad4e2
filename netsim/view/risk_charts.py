"""Risk and error of every KPI in one picture: what single replications came to, and how well the mean is known.

After the MORE plot of Nelson 2008 (The MORE plot: displaying measures of risk and error from simulation output), laid
on its side so that designs stand below one another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from netsim.statistics.risk import RiskAndError, risk_and_error
from netsim.statistics.sample import Sample
from netsim.view.style import GREY, INK, colour_designs, figure, fold, label_of, round_interval, styled
from netsim.view.tables import Row, Values, scale_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_risk"]

_ACROSS = 3
_MOST_DESIGNS = 30
_MOST_DOTS = 200
_WIDTH = 12.0
_BRACKET = [(-10, 3), (-10, -3), (10, -3), (10, 3), (10, -3), (-10, -3)]
_LETTER = 0.063  # inches that a letter of the numbers beside the marks takes
_LEFT, _RIGHT, _GAP, _BETWEEN = 1.85, 0.25, 0.3, 0.85  # inches


def draw_risk(rows: Sequence[Row], values: Values, *, currency: str, labels: Mapping[str, str] | None = None) -> Figure:
    """Return one panel for each of *rows* with all its designs: mean, P5 and P95 over replications, with intervals.

    *values* gives the samples of the KPIs of *rows*. Grey dots are replications, the pale bar reaches from P5 to P95,
    thin brackets are the intervals of these two, the thick bar is the interval of the mean; where all this is too
    narrow to read, numbers stand beside it. Of more than 30 designs the
    first are shown, and the picture says so.
    """
    designs = list(rows[0].values)[:_MOST_DESIGNS] if rows else []
    shown, colours = labels or {}, colour_designs(designs)
    names = [fold(shown.get(design) or label_of(design), 22) for design in designs]
    across, down = min(_ACROSS, max(len(rows), 1)), max(math.ceil(len(rows) / _ACROSS), 1)
    tall = 0.12 + len(names) * (0.25 + 0.13 * max((name.count("\n") for name in names), default=0))
    top, height = 1.4, 1.4 + down * (tall + _BETWEEN) - _BETWEEN + 0.4
    made = figure(
        "Risk and error: what one period may bring, and how well the mean is known",
        subtitle=_explain(rows, values, designs), width=_WIDTH, height=height,
    )  # fmt: skip
    broad = (_WIDTH - _LEFT - _RIGHT - (across - 1) * _GAP) / across
    with styled():
        _key(made, height, rows, designs)
        for i, row in enumerate(rows):
            left = (_LEFT + (i % across) * (broad + _GAP)) / _WIDTH
            bottom = 1 - (top + tall + (i // across) * (tall + _BETWEEN)) / height
            axes = made.add_axes((left, bottom, broad / _WIDTH, tall / height))
            _panel(axes, row, values(row.measure.kpi, "all"), designs, colours, currency)
            axes.set_yticks(range(len(designs)), names if i % across == 0 else [""] * len(designs))
    return made


def _explain(rows: Sequence[Row], values: Values, designs: Sequence[str]) -> str:
    """Return the subtitle: what the percentiles rest on."""
    if not rows:
        return ""
    counts = sorted({values(rows[0].measure.kpi, "all")[design].n for design in designs})
    needed = risk_and_error([0.0], level=rows[0].level).replications_needed
    many = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    text = f"{many} replication{'s' * (counts != [1])} of each design"
    if counts[0] < 20:
        text += "; of fewer than 20, P5 and P95 are the least and the most"
    if counts[0] < needed:
        text += f"; their own intervals need {needed}"
    if (all_designs := len(rows[0].values)) > len(designs):
        text += f"; the first {len(designs)} of {all_designs} designs"
    return text


def _panel(
    axes: Axes, row: Row, samples: Mapping[str, Sample], designs: Sequence[str], colours: Mapping[str, str],
    currency: str,
) -> None:  # fmt: skip
    scale, unit = scale_of(row, currency)
    found_all = []
    for place, design in enumerate(designs):
        found = risk_and_error(samples[design], level=row.level)
        outcomes = samples[design].values / scale
        _draw_design(axes, place, found, outcomes[~np.isnan(outcomes)], scale, colours[design])
        found_all.append(found)
    axes.set_ylim(len(designs) - 0.4, -0.6)
    axes.set_title(fold(f"{row.measure.label} [{unit}]" if unit else row.measure.label, 34), fontweight="bold")
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.use_sticky_edges = False  # bars may not stand at the frame, as if they were cut off
    axes.margins(x=0.04)
    axes.locator_params(axis="x", nbins=5)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))
    for place, found in enumerate(found_all):
        _write_numbers(axes, place, found, scale)


def _draw_design(axes: Axes, place: int, found: RiskAndError, outcomes: np.ndarray, scale: float, colour: str) -> None:
    if len(outcomes) > 1:
        low, high = found.low.value / scale, found.high.value / scale
        axes.barh(place, high - low, left=low, height=0.62, color=colour, alpha=0.22, linewidth=0, zorder=2)
    if 1 < len(outcomes) <= _MOST_DOTS:
        axes.plot(outcomes, np.full(len(outcomes), place), "o", color=GREY, alpha=0.55, markersize=2.6,
                  markeredgewidth=0, zorder=3)  # fmt: skip
    for bound in (found.low, found.high):
        if math.isfinite(bound.low):
            _bracket(axes, place + 0.31, bound.low / scale, bound.high / scale, colour)
    mean = found.mean.mean / scale
    if math.isfinite(found.mean.half):
        half = found.mean.half / scale
        axes.plot(
            [mean - half, mean + half], [place, place], color=colour, linewidth=4.5, solid_capstyle="butt", zorder=4
        )
    axes.plot([mean], [place], "o", color=colour, markeredgecolor="white", markersize=6.5, markeredgewidth=1, zorder=5)


def _write_numbers(axes: Axes, place: int, found: RiskAndError, scale: float) -> None:
    """Write the numbers beside marks that lie too close together to be read, on the side that has more room."""
    ends = [found.low.value, found.high.value, found.low.low, found.high.high, found.mean.low, found.mean.high]
    known = [end / scale for end in ends if math.isfinite(end)]
    left, right = axes.get_xlim()
    if not known or max(known) - min(known) > 0.2 * (right - left):
        return
    first, last = ((end - left) / (right - left) for end in (min(known), max(known)))
    after = 1 - last > first
    room = (1 - last if after else first) - 0.05
    mean, half = round_interval(found.mean.mean / scale, found.mean.half / scale)
    digits = len(mean.partition(".")[2])
    error = f"{mean} ± {half}" if half else mean
    risk = f"({found.low.value / scale:,.{digits}f}–{found.high.value / scale:,.{digits}f})".replace("-", "−")
    broad = axes.get_window_extent().width / axes.figure.dpi  # inches
    text = f"{error} {risk}" if found.mean.n > 1 else error
    if len(text) * _LETTER < room * broad:
        axes.text((last + 0.03) if after else (first - 0.03), place, text, transform=axes.get_yaxis_transform(),
                  ha="left" if after else "right", va="center", fontsize=8, color=GREY, zorder=1,
                  bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5})  # fmt: skip


def _bracket(axes: Axes, height: float, low: float, high: float, colour: str) -> None:
    axes.plot([low, low, high, high], [height - 0.09, height, height, height - 0.09], color=colour, linewidth=1.2,
              solid_joinstyle="miter", zorder=4)  # fmt: skip


def _key(made: Figure, height: float, rows: Sequence[Row], designs: Sequence[str]) -> None:
    """Write what the marks mean below the subtitle, each beside its mark; marks that nothing has are left out."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    marks = [
        Line2D([], [], marker="o", color=INK, markeredgecolor="white", linewidth=4.5, markersize=7),
        Line2D([], [], marker="o", linestyle="", color=GREY, alpha=0.7, markersize=3.5, markeredgewidth=0),
        Patch(facecolor=INK, alpha=0.22),
        Line2D([], [], marker=_BRACKET, linestyle="", color=INK, fillstyle="none", markersize=15),
    ]
    texts = [
        "mean ± half width of its interval", "one replication", "(P5–P95) over replications", "intervals of P5 and P95",
    ]  # fmt: skip
    most = max((row.values[design].n for row in rows for design in designs), default=0)
    if most < 2:
        return  # the outcome of one replication, and nothing else
    if most < risk_and_error([0.0], level=rows[0].level).replications_needed:
        marks, texts = marks[:-1], texts[:-1]
    made.legend(marks, texts, loc="upper left", bbox_to_anchor=(0.01, 1 - 0.6 / height), ncols=4, frameon=False,
                fontsize=10, handletextpad=0.5, columnspacing=1.8)  # fmt: skip
