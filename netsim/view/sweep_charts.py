"""Pictures of a sweep over levels: what each factor does, what two do together, and which alone moves an outcome most.

Each function takes what `netsim.statistics` computes and returns a matplotlib figure.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from netsim.errors import ModelError
from netsim.statistics.effects import Interaction, MainEffect
from netsim.statistics.intervals import Interval
from netsim.statistics.sensitivity import Swing
from netsim.view.style import BLUE, GREY, INK, PALETTE, VERMILLION, figure, fold, round_interval, spread, styled
from netsim.view.sweep_axes import Factor, Outcome, by_name, room_below, show_levels, signed, with_half, within_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_heat_map", "draw_interactions", "draw_main_effects", "draw_tornado"]

_BAR = "#C9C9C9"


def draw_main_effects(
    rows: Sequence[tuple[Outcome, Sequence[MainEffect]]], factors: Sequence[Factor], *, replications: int | None = None
) -> Figure:
    """Return one row of panels for each outcome and one column for each factor: the mean at each level.

    The grey bar is the interval of the mean, which holds what all points share; the coloured one is that of the
    difference from the base level (hollow), by which levels are to be compared. Panels of a row share their axis.
    """
    known = by_name(factors)
    if not rows or not factors:
        raise ModelError("no effect to draw; give at least one outcome and one factor")
    n = replications or max((i.n for _, effects in rows for e in effects for i in e.means), default=0)
    wide, tall, left, right, top, bottom, gap = 2.3, 1.75, 1.05, 0.25, 1.0, 0.95, 0.34
    width = max(left + right + wide * len(factors), 8.6)
    column = (width - left - right) / len(factors)
    room = column - 0.3
    bottom += room_below(factors, room)
    height = top + bottom + tall * len(rows) + gap * (len(rows) - 1)
    made = figure(
        "What each factor does, all others averaged",
        subtitle=f"Mean of {n} replication{'s' * (n != 1)}. 95 % intervals: grey of the mean, blue of the "
        "difference from the base (hollow)",
        width=width, height=height,
    )  # fmt: skip
    with styled():
        for r, (outcome, effects) in enumerate(rows):
            found = {effect.factor: effect for effect in effects}
            low, high = _limits([i for e in effects for i in (*e.means, *_about_means(e))], outcome.scale)
            for c, factor in enumerate(factors):
                y = height - top - tall * (r + 1) - gap * r
                axes = made.add_axes(((left + column * c) / width, y / height, room / width, tall / height))
                if factor.name in found:
                    _draw_effect(axes, found[factor.name], outcome.scale)
                show_levels(axes, known[factor.name], _count(found.get(factor.name), factor), room=room)
                axes.set_ylim(low, high)
                axes.grid(visible=False, axis="x")
                if c:
                    axes.tick_params(axis="y", labelleft=False, length=0)
                else:
                    axes.set_ylabel(outcome.folded(20))
                if r < len(rows) - 1:
                    axes.tick_params(axis="x", labelbottom=False)
                else:
                    axes.set_xlabel(factor.folded(max(int(room / 0.095), 8)))
            made.align_ylabels(made.axes)
    return made


def draw_interactions(outcome: Outcome, pairs: Sequence[Interaction], factors: Sequence[Factor]) -> Figure:
    """Return a grid of panels, one for each pair of factors: the mean by level of one, a line for each of the other.

    Parallel lines mean that the two merely add up. Above each panel stands the contrast farthest from 0: by how much
    more the one factor moves the outcome when the other has left its base, with its interval.
    """
    found = {each.factors: each for each in pairs}
    by_name(factors)
    shown = [(a, b) for a in range(len(factors)) for b in range(a + 1, len(factors))]
    if not shown or not any((factors[a].name, factors[b].name) in found for a, b in shown):
        raise ModelError("no pair of factors to draw; give the interactions of the factors that are shown")
    size = len(factors) - 1
    wide, tall, left, right, top, bottom, gap = 2.55, 1.75, 2.6, 0.2, 1.1, 0.75, 0.45
    width = max(left + right + wide * size, 8.0)
    column = (width - left - right) / size
    room = column - 0.32
    bottom += room_below(factors[-1:], room)
    gap = max(gap, 0.3 + room_below(factors[1:-1], room))
    height = top + bottom + tall * size + gap * (size - 1)
    made = figure(
        f"What two factors do together: {within_text(outcome.label)}",
        subtitle="Mean by level. Parallel lines: the two merely add up. Above: the largest contrast, 95 % interval",
        width=width, height=height,
    )  # fmt: skip
    low, high = _limits([i for each in pairs for row in each.cells for i in row], outcome.scale, halves=False)
    with styled():
        for a, b in shown:
            pair = found.get((factors[a].name, factors[b].name))
            if pair is None:
                continue
            x, y = left + column * (b - 1), height - top - tall * (a + 1) - gap * a
            axes = made.add_axes((x / width, y / height, room / width, tall / height))
            for i, row in enumerate(pair.cells):
                means = [cell.mean / outcome.scale for cell in row]
                axes.plot(range(len(row)), means, marker=_MARKERS[i % len(_MARKERS)], color=PALETTE[i % len(PALETTE)],
                          linewidth=1.8, markersize=6, markeredgecolor="white", clip_on=False)  # fmt: skip
            axes.set_ylim(low, high)
            axes.grid(visible=False, axis="x")
            show_levels(axes, factors[b], len(pair.cells[0]), room=room)
            axes.set_title(_largest(pair, outcome), color=GREY, fontsize=9, pad=4)
            if b == a + 1:
                axes.set_xlabel(factors[b].folded(max(int(room / 0.095), 8)))
                axes.set_ylabel(outcome.folded(20), fontsize=9)
                _list_levels(made, factors[a], len(pair.cells), (y + tall) / height, height)
            else:
                axes.tick_params(axis="y", labelleft=False)
                axes.tick_params(axis="x", labelbottom=False)
    return made


def draw_heat_map(outcome: Outcome, pair: Interaction, factors: Sequence[Factor]) -> Figure:
    """Return the mean outcome over the levels of two factors, all others averaged, with its half widths.

    The first factor of the pair goes up the y axis, the second along the x axis.
    """
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    known = by_name(factors)
    down, across = (known[name] for name in pair.factors)
    means = np.array([[cell.mean for cell in row] for row in pair.cells]) / outcome.scale
    rows, columns = means.shape
    n = max(cell.n for row in pair.cells for cell in row)
    left, right, top, bottom = 1.75, 1.25, 0.95, 0.75
    width = max(left + right + 1.15 * columns, 7.0)
    bottom += room_below([across], width - left - right)
    height = top + bottom + max(0.62 * rows, 1.6)
    made = figure(
        f"{outcome.label} over two factors",
        subtitle=f"Mean ± half width of the 95 % interval, {n} replication{'s' * (n != 1)}; other factors averaged",
        width=width, height=height,
    )  # fmt: skip
    finite = means[np.isfinite(means)]
    scale = Normalize(finite.min() if finite.size else 0.0, finite.max() if finite.size else 1.0)
    # Pale to middle blue: dark numbers can be read on all of it, and no colour vision is asked for.
    colours = LinearSegmentedColormap.from_list("pale", ["#F7FBFF", "#C6DBEF", "#6BAED6"])
    with styled():
        area = ((left / width), bottom / height, (width - left - right) / width, (height - top - bottom) / height)
        axes = made.add_axes(area)
        axes.imshow(means, cmap=colours, norm=scale, aspect="auto", origin="lower")
        for i, row in enumerate(pair.cells):
            for j, cell in enumerate(row):
                mean, half = round_interval(cell.mean / outcome.scale, cell.half / outcome.scale)
                text = f"{mean}\n± {half}" if half and half != "0" else mean
                axes.text(j, i, text, ha="center", va="center", fontsize=9)
        show_levels(axes, across, columns, room=width - left - right)
        axes.set_xlim(-0.5, columns - 0.5)
        axes.set_yticks(range(rows), [fold(word, 16) for word in down.levels or map(str, range(1, rows + 1))])
        axes.grid(visible=False)
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_xlabel(across.title)
        axes.set_ylabel(down.folded(24))
        bar = made.add_axes((1 - (right - 0.2) / width, area[1], 0.16 / width, area[3]))
        made.colorbar(ScalarMappable(scale, colours), cax=bar)
        bar.set_title(outcome.unit, fontsize=10, loc="left")
        bar.grid(visible=False)
    return made


def draw_tornado(outcome: Outcome, bars: Sequence[Swing], factors: Sequence[Factor]) -> Figure:
    """Return how far each factor alone moves the outcome from the base, the widest on top, with paired intervals."""
    known = by_name(factors)
    if not bars:
        raise ModelError("no factor to draw; give at least one swing")
    n = bars[0].base.n
    width, left, right, top, bottom = 10.0, 2.35, 0.35, 1.0, 0.75
    height = top + bottom + 0.62 * len(bars)
    made = figure(
        f"Which factor alone moves {within_text(outcome.label)} most",
        subtitle=f"Difference from the base, {with_half(bars[0].base, outcome.scale)} {outcome.unit}".rstrip()
        + f", all else at its base; {n} paired replication{'s' * (n != 1)}, 95 % intervals",
        width=width, height=height,
    )  # fmt: skip
    with styled():
        axes = made.add_axes((left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height))
        reach, letters = [0.0, 0.0], [0, 0]
        for i, bar in enumerate(bars):
            sides = ((-1, bar.low, bar.low_level, BLUE), (1, bar.high, bar.high_level, VERMILLION))
            shown = [side for side in sides if side[1].mean != 0 or _half(side[1]) > 0]
            low = min([0.0, *((end.mean - _half(end)) / outcome.scale for _, end, _, _ in shown)])
            high = max([0.0, *((end.mean + _half(end)) / outcome.scale for _, end, _, _ in shown)])
            for side, end, level, colour in shown:
                value, half = end.mean / outcome.scale, _half(end) / outcome.scale
                axes.barh(i, value, color=colour, height=0.56, zorder=2)
                axes.errorbar([value], [i - 0.1 * side], xerr=[[half], [half]], color=INK, capsize=3, elinewidth=1.2,
                              zorder=3)  # fmt: skip
                words = known[bar.factor].levels
                text = f"{words[level] if words else level + 1}: {signed(round_interval(value, half or math.nan)[0])}"
                axes.annotate(text, (low if side < 0 else high, i), xytext=(5 * side, 0), textcoords="offset points",
                              va="center", ha="right" if side < 0 else "left", fontsize=9)  # fmt: skip
                at = side > 0
                letters[at] = max(letters[at], len(text))
            reach = [min(reach[0], low), max(reach[1], high)]
        share = [(0.1 + 0.075 * count) / (width - left - right) for count in letters]
        whole = (reach[1] - reach[0] or 1.0) / max(1 - sum(share), 0.2)
        axes.set_xlim(reach[0] - share[0] * whole, reach[1] + share[1] * whole)
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(range(len(bars)), [known[bar.factor].folded(24) for bar in bars])
        axes.set_ylim(len(bars) - 0.45, -0.55)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(f"Difference in {within_text(outcome.title)}")
    return made


_MARKERS = ("o", "s", "D", "^", "v", "P", "X", "*")


def _draw_effect(axes: Axes, effect: MainEffect, scale: float) -> None:
    at = np.arange(len(effect.means))
    means = np.array([each.mean for each in effect.means]) / scale
    wide = np.array([_half(each) for each in effect.means]) / scale
    close = np.array([_half(each) for each in effect.differences]) / scale
    axes.errorbar(at, means, yerr=wide, fmt="none", ecolor=_BAR, elinewidth=5, zorder=1)
    axes.plot(at, means, color=BLUE, linewidth=1.2, alpha=0.6, zorder=2)
    axes.errorbar(at, means, yerr=close, fmt="none", ecolor=BLUE, elinewidth=1.6, capsize=4, zorder=3)
    axes.plot(at, means, "o", color=BLUE, markersize=6, zorder=4)
    axes.plot(at[effect.base], means[effect.base], "o", markersize=6, markerfacecolor="white", markeredgecolor=BLUE,
              zorder=5)  # fmt: skip


def _about_means(effect: MainEffect) -> list[Interval]:
    """Return the means with the half widths of their differences, so that both bars are inside of the panel."""
    return [
        Interval(mean.mean, difference.half, mean.n)
        for mean, difference in zip(effect.means, effect.differences, strict=True)
    ]


def _limits(intervals: Sequence[Interval], scale: float, *, halves: bool = True) -> tuple[float, float]:
    known = [each for each in intervals if math.isfinite(each.mean)]
    if not known:
        return 0.0, 1.0
    low = min(each.mean - _half(each) * halves for each in known) / scale
    high = max(each.mean + _half(each) * halves for each in known) / scale
    room = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def _half(interval: Interval) -> float:
    return interval.half if math.isfinite(interval.half) else 0.0


def _count(effect: MainEffect | None, factor: Factor) -> int:
    return len(effect.means) if effect else max(len(factor.levels), 1)


def _largest(pair: Interaction, outcome: Outcome) -> str:
    """Return the contrast farthest from 0 in words; of half widths alone if none is known."""
    known = [each for row in pair.contrasts for each in row if math.isfinite(each.mean)]
    if not known:
        return "not to be told"
    most = max(known, key=lambda each: abs(each.mean))
    return f"{with_half(most, outcome.scale, sign=True)} {outcome.unit}".rstrip()


def _list_levels(made: Figure, factor: Factor, count: int, top: float, height: float) -> None:
    """Write the factor of a row's lines and its levels, each in the colour and with the mark of its line."""
    from matplotlib.lines import Line2D

    made.text(0.015, top, factor.folded(17), fontweight="bold", va="top", fontsize=10)
    lines = 1 + factor.folded(17).count("\n")
    words = list(factor.levels) or [str(i + 1) for i in range(count)]
    starts = spread([0.21 * i for i in range(count)], 0.21)
    for i, word in enumerate(words[:count]):
        y = top - (0.19 * lines + 0.1 + starts[i]) / height
        colour = PALETTE[i % len(PALETTE)]
        made.add_artist(Line2D([0.02], [y], marker=_MARKERS[i % len(_MARKERS)], color=colour, markersize=6,
                               transform=made.transFigure))  # fmt: skip
        made.text(0.02 + 0.12 / made.get_figwidth(), y, word, va="center", fontsize=10)
