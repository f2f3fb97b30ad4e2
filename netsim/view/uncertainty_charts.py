"""Pictures of a sweep over uncertain inputs: what the outcome hangs on, what is not known, and what is chance.

Each function takes what `netsim.statistics` computes, or plain arrays, and returns a matplotlib figure.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval
from netsim.statistics.regression import Regression
from netsim.statistics.sensitivity import SobolIndices
from netsim.statistics.uncertainty import Outlook, Range, VarianceSplit
from netsim.view.style import BLUE, GREY, INK, ORANGE, SKY, figure, fold, round_interval, styled
from netsim.view.sweep_axes import Factor, Outcome, by_name, room_below, show_levels, within_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_coefficients", "draw_scatter", "draw_sensitivity", "draw_variance_split", "smooth"]

FloatArray = NDArray[np.float64]

_PARTS = (("inputs", "inputs not known", BLUE), ("both", "both: chance that hangs on the inputs", SKY),
          ("chance", "chance alike for all inputs", ORANGE))  # fmt: skip


def draw_sensitivity(panels: Sequence[tuple[Outcome, SobolIndices]], factors: Sequence[Factor]) -> Figure:
    """Return first-order and total Sobol indices of each outcome with their intervals, a panel for each outcome.

    Inputs keep one order in all panels: that of their largest total index.
    """
    bars = [
        (outcome, dict(zip(found.names, zip(found.total, found.first, strict=True), strict=True)), _told(found))
        for outcome, found in panels
    ]
    if not bars:
        raise ModelError("no indices to draw; give at least one outcome")
    found = panels[0][1]
    n = found.replications
    made = _draw_panels(
        bars, factors, (SKY, BLUE), (0.0, 1.0), "What the outcome hangs on: Sobol indices",
        f"Share of the variance of the expected outcome, {found.rows} rows x {n} replication{'s' * (n != 1)}; "
        "95 % intervals",
    )  # fmt: skip
    _legend(made, [("first order: gone if this input were known", BLUE), ("total: left if all others were known", SKY)],
            1 - 0.6 / made.get_figheight())  # fmt: skip
    return made


def draw_coefficients(panels: Sequence[tuple[Outcome, Regression]], factors: Sequence[Factor]) -> Figure:
    """Return standardised regression coefficients of each outcome with their intervals, a panel for each outcome.

    Above a panel stands R², the share of the variance between points that they explain.
    """
    bars = [
        (outcome, {name: (each,) for name, each in zip(found.names, found.coefficients, strict=True)},
         f"explains {100 * found.r_squared.mean:.0f} % of the variance" if math.isfinite(found.r_squared.mean) else "")
        for outcome, found in panels
    ]  # fmt: skip
    if not bars:
        raise ModelError("no coefficients to draw; give at least one outcome")
    found = panels[0][1]
    n = found.replications
    return _draw_panels(
        bars, factors, (BLUE,), (-1.0, 1.0),
        f"What moves the outcome: standardised coefficients{' of ranks' * found.on_ranks}",
        f"Standard deviations of the outcome for one of the input, {found.points} points x {n} "
        f"replication{'s' * (n != 1)}; 95 % intervals",
    )  # fmt: skip


def draw_variance_split(rows: Sequence[tuple[Outcome, VarianceSplit, Outlook]]) -> Figure:
    """Return for each outcome what the variance of a single run comes from, and beside it how far outcomes reach.

    On the left the shares of variance with their intervals in words; on the right the outermost percentiles of the
    expected outcome, of a single run with the inputs known, and of one with the inputs not known; the dot is the
    middle one.
    """
    if not rows:
        raise ModelError("no variance to split; give at least one outcome")
    left, middle, right, top, bottom, tall, gap = 1.75, 2.15, 0.35, 1.15, 0.45, 0.8, 0.5
    width = 11.0
    height = top + bottom + tall * len(rows) + gap * (len(rows) - 1)
    split, shares = rows[0][1], rows[0][2].shares
    made = figure(
        "What is not known and what is chance",
        subtitle=f"{split.points} draws of the inputs x {split.replications} replications; in brackets 95 % intervals; "
        f"bars on the right from P{100 * shares[0]:g} to P{100 * shares[-1]:g}",
        width=width, height=height,
    )  # fmt: skip
    each = (width - left - middle - right) / 2
    with styled():
        for r, (outcome, found, seen) in enumerate(rows):
            y = height - top - tall * (r + 1) - gap * r
            axes = made.add_axes((left / width, (y + 0.22) / height, each / width, (tall - 0.28) / height))
            _draw_split(axes, found)
            made.text(0.015, (y + tall - 0.3) / height, outcome.folded(16), fontsize=11, fontweight="bold", va="center")
            reach = made.add_axes(((left + each + middle) / width, y / height, each / width, tall / height))
            _draw_reach(reach, outcome, seen)
        shown = _PARTS if any(found.both for _, found, _ in rows) else (_PARTS[0], ("", "chance", ORANGE))
        _legend(made, [(words, colour) for _, words, colour in shown], 1 - 0.6 / height)
    return made


def draw_scatter(
    outcome: Outcome, points: ArrayLike, means: ArrayLike, factors: Sequence[Factor], *, replications: int | None = None
) -> Figure:
    """Return a panel for each factor: the mean outcome of every point over its value, with a smooth trend.

    *points* are values [point, factor], for a factor with levels their indices; *means* is one outcome for each point,
    NaN for those without.
    """
    where, y = np.asarray(points, dtype=np.float64), np.asarray(means, dtype=np.float64) / outcome.scale
    if where.ndim != 2 or where.shape != (len(y), len(factors)):
        raise ModelError(f"points of shape {where.shape} for {len(y)} means and {len(factors)} factors; give a row for "
                         "each mean and a column for each factor")  # fmt: skip
    kept = np.isfinite(y)
    where, y = where[kept], y[kept]
    columns = min(len(factors), 4)
    rows = math.ceil(len(factors) / columns)
    wide, tall, left, right, top, bottom, gap = 2.5, 1.9, 0.95, 0.2, 0.95, 0.8, 0.8
    width = max(left + right + wide * columns, 8.0)
    column = (width - left - right) / columns
    room = column - 0.3
    below = room_below(factors, room)
    bottom, gap = bottom + below, gap + below
    height = top + bottom + tall * rows + gap * (rows - 1)
    told = f", mean of {replications} replication{'s' * (replications != 1)} each" if replications else ""
    made = figure(
        f"How {within_text(outcome.label)} moves with each input",
        subtitle=f"{len(y)} points{told}; line: local linear trend, or the mean of a level",
        width=width, height=height,
    )  # fmt: skip
    with styled():
        for k, factor in enumerate(factors):
            r, c = divmod(k, columns)
            bottom_edge = height - top - tall * (r + 1) - gap * r
            axes = made.add_axes(((left + column * c) / width, bottom_edge / height, room / width, tall / height))
            _draw_cloud(axes, factor, where[:, k], y, room)
            axes.set_xlabel(factor.folded(max(int(room / 0.095), 8)))
            if c:
                axes.tick_params(axis="y", labelleft=False)
            else:
                axes.set_ylabel(outcome.folded(22))
    return made


def smooth(x: ArrayLike, y: ArrayLike, at: ArrayLike, *, share: float = 0.5) -> FloatArray:
    """Return the local linear trend of *y* over *x* at each of *at*, from the nearest *share* of the points.

    Weights fall off with the distance as (1 - d³)³. Source: Cleveland 1979, without the second, robust round.
    """
    xs, ys, places = (np.asarray(each, dtype=np.float64) for each in (x, y, at))
    nearest = min(max(math.ceil(share * len(xs)), 2), len(xs))
    distances = np.abs(xs - places[:, None])
    reach = np.sort(distances, axis=1)[:, nearest - 1]
    reach = np.where(reach > 0, reach * (1 + 1e-9), 1.0)
    weights = np.clip(1 - (distances / reach[:, None]) ** 3, 0, None) ** 3
    weights /= weights.sum(axis=1, keepdims=True)
    middle, level = weights @ xs, weights @ ys
    from_middle = xs - middle[:, None]
    spread = (weights * from_middle**2).sum(axis=1)
    slope = (weights * from_middle * ys).sum(axis=1) / np.where(spread > 0, spread, math.inf)
    return np.asarray(level + slope * (places - middle))


def _draw_panels(
    panels: Sequence[tuple[Outcome, Mapping[str, tuple[Interval, ...]], str]],
    factors: Sequence[Factor],
    colours: tuple[str, ...],
    limits: tuple[float, float],
    title: str,
    subtitle: str,
) -> Figure:
    """Return bars by factor, one of each colour, in a panel for each outcome; the first of them makes the order."""
    known = by_name(factors)
    names = [factor.name for factor in factors if any(factor.name in found for _, found, _ in panels)]
    order = sorted(names, key=lambda name: -max(abs(found[name][0].mean) for _, found, _ in panels if name in found))
    columns = min(len(panels), 3)
    rows = math.ceil(len(panels) / columns)
    left, right, top, bottom, gap = 2.1, 0.25, 1.45 if len(colours) > 1 else 1.25, 0.5, 0.85
    tall = 0.5 * len(order) + 0.1
    width = max(left + right + 3.0 * columns, 8.6)
    height = top + bottom + tall * rows + gap * (rows - 1)
    made = figure(title, subtitle=subtitle, width=width, height=height)
    column = (width - left - right) / columns
    low, high = limits
    room = 0.1 * (high - low)
    thick = 0.68 / len(colours)
    marks = np.linspace(low, high, 5).tolist()
    with styled():
        for k, (outcome, found, told) in enumerate(panels):
            r, c = divmod(k, columns)
            y = height - top - tall * (r + 1) - gap * r
            axes = made.add_axes(((left + column * c) / width, y / height, (column - 0.3) / width, tall / height))
            for i, name in enumerate(order):
                for j, interval in enumerate(found.get(name, ())):
                    at = i + thick * ((len(colours) - 1) / 2 - j)
                    axes.barh(at, min(max(interval.mean, low), high), height=thick * 0.94, color=colours[j], zorder=2)
                    if math.isfinite(interval.half):
                        ends = max(interval.low, low - room / 4), min(interval.high, high + room * 0.8)
                        axes.plot(ends, [at, at], color=INK, linewidth=1.2, zorder=3, solid_capstyle="butt")
            if low < 0:
                axes.axvline(0, color=INK, linewidth=1)
                axes.set_xticks(marks, [f"{mark:g}".replace("-", "−") for mark in marks])
            else:
                axes.set_xticks(marks, [f"{100 * mark:.0f}{' %' * (mark == high)}" for mark in marks])
            axes.set_ylim(len(order) - 0.5, -0.5)
            axes.set_yticks(range(len(order)), [fold(known[name].label, 24) if c == 0 else "" for name in order])
            axes.set_xlim(low - room / 3, high + room)
            axes.grid(visible=False, axis="y")
            axes.tick_params(axis="y", length=0)
            axes.set_title(outcome.label, fontweight="bold", pad=18 if told else 6)
            if told:
                axes.text(0, 1.0, told, transform=axes.transAxes, va="bottom", fontsize=9, color=GREY)
    return made


def _told(found: SobolIndices) -> str:
    if math.isnan(found.chance.mean):
        return ""
    return f"chance is {100 * found.chance.mean:.0f} % of a single run's variance"


def _draw_split(axes: Axes, found: VarianceSplit) -> None:
    left = 0.0
    for name, _, colour in _PARTS:
        part = getattr(found, name)
        if part is None:
            continue
        share = max(part.share.estimate, 0.0) if math.isfinite(part.share.estimate) else 0.0
        axes.barh(0, share, left=left, color=colour, edgecolor="white", height=1)
        if share > 0.09:
            axes.text(left + share / 2, 0, f"{100 * share:.0f} %", ha="center", va="center", fontsize=10,
                      color="white" if colour == BLUE else INK)  # fmt: skip
        left += share
    words = [f"{name} {_percent(getattr(found, name).share)}" for name, _, _ in _PARTS if getattr(found, name)]
    axes.text(0, -0.12, " · ".join(words), transform=axes.transAxes, va="top", fontsize=9, color=GREY)
    axes.set_xlim(0, max(left, 1.0))
    axes.set_axis_off()


def _percent(share: Range) -> str:
    if math.isnan(share.low):
        return f"{100 * share.estimate:.0f} %"
    return f"({100 * share.low:.0f}–{100 * share.high:.0f} %)"


def _draw_reach(axes: Axes, outcome: Outcome, seen: Outlook) -> None:
    bands = (("expected outcome", seen.expected, BLUE), ("a run, inputs known", seen.chance, ORANGE),
             ("a run, inputs not known", seen.single, INK))  # fmt: skip
    for i, (_, found, colour) in enumerate(bands):
        low, high = found[0].estimate / outcome.scale, found[-1].estimate / outcome.scale
        axes.plot([low, high], [i, i], color=colour, linewidth=5, solid_capstyle="butt")
        axes.plot([found[len(found) // 2].estimate / outcome.scale], [i], "o", color=colour, markeredgecolor="white",
                  markersize=9)  # fmt: skip
        half = (high - low) / 20 or math.nan
        for value, side in ((low, "right"), (high, "left")):
            axes.annotate(round_interval(value, half)[0], (value, i), xytext=(-5 if side == "right" else 5, 0),
                          textcoords="offset points", ha=side, va="center", fontsize=9)  # fmt: skip
    axes.set_yticks(range(3), [words for words, _, _ in bands])
    axes.set_ylim(2.5, -0.5)
    axes.margins(x=0.2)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=9)
    axes.grid(visible=False, axis="y")
    axes.locator_params(axis="x", nbins=5)


def _draw_cloud(axes: Axes, factor: Factor, x: FloatArray, y: FloatArray, room: float) -> None:
    size = float(np.clip(2500 / max(len(x), 1), 3, 25))
    if factor.levels:
        # A fixed shift by the order of outcomes keeps points of a level apart, and the picture the same every time.
        shift = np.empty(len(x))
        shift[np.argsort(y, kind="stable")] = (np.arange(len(x)) * 0.618034) % 1 - 0.5
        axes.scatter(x + 0.45 * shift, y, s=size, color=BLUE, alpha=0.35, linewidths=0, rasterized=len(x) > 2000)
        for level in range(len(factor.levels)):
            if (x == level).any():
                axes.plot([level - 0.3, level + 0.3], [y[x == level].mean()] * 2, color=INK, linewidth=2)
        show_levels(axes, factor, len(factor.levels), room=room)
    else:
        axes.scatter(x, y, s=size, color=BLUE, alpha=0.35, linewidths=0, rasterized=len(x) > 2000)
        if len(np.unique(x)) > 3:
            at = np.linspace(x.min(), x.max(), 60)
            axes.plot(at, smooth(x, y, at), color=INK, linewidth=2)
        axes.locator_params(axis="x", nbins=4)


def _legend(made: Figure, entries: Sequence[tuple[str, str]], top: float) -> None:
    from matplotlib.patches import Patch

    made.legend([Patch(color=colour) for _, colour in entries], [words for words, _ in entries], loc="upper left",
                bbox_to_anchor=(0.005, top), ncols=3, frameon=False, fontsize=10, handlelength=1, handletextpad=0.5,
                columnspacing=1.6)  # fmt: skip
