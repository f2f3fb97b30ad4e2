"""What the pictures of a sweep have on their axes: factors and their levels, outcomes and their units, numbers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from textwrap import shorten, wrap
from typing import TYPE_CHECKING

from netsim.errors import ModelError
from netsim.statistics.intervals import Interval
from netsim.view.style import fold, money_scale, round_interval
from netsim.view.tables import Measure

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = [
    "Factor",
    "Outcome",
    "by_name",
    "outcome_of",
    "room_below",
    "show_levels",
    "signed",
    "with_half",
    "within_text",
]

_LETTER = 0.085  # inches that a letter of ten points takes, some room included
_TURNED = 22
_AMOUNT = re.compile(r"^([−+-]?[\d.,]+) (\S+)$")


@dataclass(frozen=True, slots=True)
class Factor:
    """A factor as it is shown: its name in the results, its label, its levels in words and the unit of its values."""

    name: str
    label: str
    levels: tuple[str, ...] = ()
    """In the order of their indices; empty for a factor that takes any value of a range."""
    unit: str = ""

    @property
    def title(self) -> str:
        """Return the label with the unit behind it."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def folded(self, width: int) -> str:
        """Return the label in lines of at most *width* letters, and its unit in one piece."""
        return _fold_title(self.label, self.unit, width)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A KPI as it is shown: its label, the unit of its numbers, and by what values are divided to have that unit."""

    label: str
    unit: str = ""
    scale: float = 1.0
    better: str = ""
    """``lower`` or ``higher``; empty: neither."""

    @property
    def title(self) -> str:
        """Return the label with the unit behind it."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def folded(self, width: int) -> str:
        """Return the label in lines of at most *width* letters, and its unit in one piece."""
        return _fold_title(self.label, self.unit, width)


def outcome_of(measure: Measure, amounts: Iterable[float], *, currency: str) -> Outcome:
    """Return how a KPI is shown whose values are as large as *amounts*: shares in per cent, money in a fit unit."""
    unit, scale = measure.unit, 1.0
    if unit in ("share", "%"):
        unit, scale = "%", 0.01
    elif unit.split("/")[0] == "money":
        if "/" in unit:
            unit = currency if "per " in measure.label.lower() else currency + unit[unit.index("/") :]
        else:
            scale, unit = money_scale(amounts, currency)
    return Outcome(measure.label, unit, scale, measure.better)


def by_name(factors: Sequence[Factor]) -> Mapping[str, Factor]:
    """Return *factors* by their name; raise `ModelError` if two have the same."""
    found = {factor.name: factor for factor in factors}
    if len(found) != len(factors):
        raise ModelError("two factors have the same name; give each its own")
    return found


def show_levels(axes: Axes, factor: Factor, count: int, *, room: float) -> None:
    """Put the levels of *factor* on the x axis, folded, smaller or turned so that they fit into *room* inches."""
    words = list(factor.levels) or [str(i + 1) for i in range(count)]
    if len(words) != count:
        raise ModelError(f"{len(words)} levels in words for the {count} levels of {factor.name}; give one for each")
    folded, size, turned = _fit(words, room / count)
    axes.set_xticks(range(count), folded, fontsize=size, rotation=90 if turned else 0)
    axes.set_xlim(-0.35, count - 0.65)


def room_below(factors: Iterable[Factor], room: float) -> float:
    """Return by how many inches the levels in words reach farther down than one line, in panels of *room* inches."""
    found = [0.0]
    for factor in factors:
        if factor.levels:
            words, size, turned = _fit(factor.levels, room / len(factor.levels))
            if turned:
                found.append(max(len(word) for word in words) * _LETTER * size / 10)
            else:
                found.append(0.17 * max(word.count("\n") for word in words))
    return max(found)


def _fit(words: Sequence[str], room: float) -> tuple[list[str], int, bool]:
    """Return *words* in lines that fit into *room* inches, their size in points, and whether they have to be turned."""
    words = [_AMOUNT.sub("\\1\u00a0\\2", word) for word in words]  # a unit stays with its number
    for size in (10, 9, 8):
        letters = max(int(room / (_LETTER * size / 10)) - 1, 1)  # a letter's room between neighbours
        folded = ["\n".join(wrap(word, letters, break_long_words=False)) or word for word in words]
        longest = max(len(line) for word in folded for line in word.split("\n"))
        if longest <= letters and all(word.count("\n") < 3 for word in folded):
            return folded, size, False
    return [shorten(word, _TURNED, placeholder="…") for word in words], 9, True


def signed(text: str) -> str:
    """Return a number in words with its sign; none for 0."""
    return text if text.startswith(("−", "–")) or not text.strip("0.,") else f"+{text}"


def with_half(interval: Interval, scale: float = 1.0, *, sign: bool = False) -> str:
    """Return an interval in words: ``12.3 ± 0.4``, with a plus before a positive estimate if *sign*."""
    half = interval.half / scale if math.isfinite(interval.half) else math.nan
    mean, reach = round_interval(interval.mean / scale, half)
    mean = signed(mean) if sign else mean
    return f"{mean} ± {reach}" if reach and reach != "0" else mean


def within_text(label: str) -> str:
    """Return *label* as it stands within a sentence: ``Net cost`` becomes ``net cost``; ``P90`` stays."""
    return label[:1].lower() + label[1:] if label[1:2].islower() else label


def _fold_title(label: str, unit: str, width: int) -> str:
    folded = fold(label, width)
    if not unit:
        return folded
    joint = " " if len(folded.split("\n")[-1]) + len(unit) + 3 <= width else "\n"
    return f"{folded}{joint}[{unit}]"
