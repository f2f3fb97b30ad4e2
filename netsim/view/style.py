"""One look for all pictures and tables: colours, names, numbers, and files whose bytes depend on the content alone.

Colours are those of Okabe and Ito (2008, Color universal design), which people with any colour vision can tell apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from netsim.errors import NetsimError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "CATEGORY_COLOURS",
    "CATEGORY_LABELS",
    "GREY",
    "INK",
    "PALETTE",
    "PictureError",
    "colour_designs",
    "figure",
    "fold",
    "label_of",
    "money_scale",
    "round_interval",
    "save",
    "spread",
    "styled",
]

BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"
INK, GREY, PALE = "#222222", "#767676", "#D9D9D9"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY, "#000000", "#8C6D31")

CATEGORY_LABELS = {
    "service": "Service (labour, fees)",
    "parts": "Parts",
    "logistics": "Warehousing and freight",
    "contact": "Contact centre",
    "outlet": "Outlet management",
    "compensation": "Compensation",
}
CATEGORY_COLOURS = dict(zip(CATEGORY_LABELS, (SKY, BLUE, GREEN, PALE, ORANGE, VERMILLION), strict=True))

_STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that every machine draws the same letters
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.titlelocation": "left",
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E8E8E8",
    "grid.linewidth": 0.8,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "svg.hashsalt": "netsim",  # else ids in the SVG differ from run to run
    "svg.fonttype": "path",
    "path.simplify": True,
}
_DPI = 150


class PictureError(NetsimError):
    """A picture cannot be drawn or written; the message says why and what to do."""


def figure(title: str, *, subtitle: str = "", width: float = 10.0, height: float = 6.0) -> Figure:
    """Return an empty figure with a *title* that says what is seen and a grey *subtitle*; sizes in inches."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        made = Figure(figsize=(width, height), facecolor="white")
        _still_canvas()(made)
        top = 1 - 0.16 / height
        made.text(0.015, top, title, fontsize=14, fontweight="bold", va="top", ha="left")
        if subtitle:
            made.text(0.015, top - 0.32 / height, subtitle, fontsize=10, color=GREY, va="top", ha="left")
    return made


@lru_cache(maxsize=1)
def _still_canvas() -> Any:
    """Return a canvas that draws when its figure is saved, and not after each layer of a map as geopandas asks."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    class StillCanvas(FigureCanvasAgg):
        def draw_idle(self, *args: Any, **kwargs: Any) -> None:
            pass

    return StillCanvas


def styled() -> Any:
    """Return the context in which axes are to be made: our fonts, grid and spines, whatever the user's settings."""
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)


def save(made: Figure, folder: Path, name: str) -> list[Path]:
    """Return the files written: ``NAME.png`` and ``NAME.svg``; equal figures give equal bytes.

    Raise `PictureError` if the folder cannot be written.
    """
    import matplotlib as mpl

    places = [folder / f"{name}.png", folder / f"{name}.svg"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with mpl.rc_context(_STYLE):
            made.savefig(places[0], dpi=_DPI, metadata={"Software": None})
            made.savefig(places[1], metadata={"Date": None, "Creator": "netsim"})
    except OSError as error:
        reason = error.strerror or str(error)
        raise PictureError(f"{folder} · {reason} · check the folder, or choose another with --out") from error
    return places


def label_of(name: str) -> str:
    """Return *name* as a reader wants it: ``country_warehouse`` becomes ``Country warehouse``; capitals stay."""
    text = name.replace("_", " ").replace("-", " ").strip() or name
    return text[:1].upper() + text[1:]


def colour_designs(designs: Iterable[str]) -> dict[str, str]:
    """Return a colour for each design, in the order of the study, so that it keeps its colour in all pictures."""
    return {design: PALETTE[i % len(PALETTE)] for i, design in enumerate(designs)}


def round_interval(mean: float, half: float = math.nan, *, least: int = 3) -> tuple[str, str]:
    """Return *mean* and *half* width as text with the digits that the interval supports.

    The half width keeps two digits if the first of them is 1, else one; the mean ends at the same place. Decimals
    beyond the fourth digit of the mean are left out, and the half width is then rounded up. Without an interval, or
    with one of width 0, the mean has *least* significant digits.
    """
    if math.isnan(mean):
        return "–", ""
    if math.isnan(half) or half <= 0 or math.isinf(half):
        digits = max(0, least - 1 - _magnitude(mean)) if mean else 0
        return _minus(f"{_cut(mean, digits):,.{min(digits, 8)}f}"), ("0" if half == 0 else "")
    place = _magnitude(half)
    digits = -place + (1 if f"{half:e}"[0] == "1" else 0)
    if mean and digits > (most := max(3 - _magnitude(mean), 0)):
        digits, half = most, max(math.ceil(half * 10.0**most - 1e-9), 1) / 10.0**most
    shown = max(digits, 0)
    return _minus(f"{_cut(mean, digits):,.{shown}f}"), f"{_cut(half, digits):,.{shown}f}"


def money_scale(amounts: Iterable[float], currency: str) -> tuple[float, str]:
    """Return the divisor and the unit in which *amounts* are easy to read: ``M USD``, ``k USD`` or ``USD``."""
    largest = max((abs(amount) for amount in amounts if math.isfinite(amount)), default=0.0)
    for size, prefix in ((1e9, "bn "), (1e6, "M "), (1e4, "k ")):
        if largest >= size:
            return (1e3 if prefix == "k " else size), f"{prefix}{currency}"
    return 1.0, currency


def spread(positions: Sequence[float], gap: float, *, low: float = -math.inf, high: float = math.inf) -> list[float]:
    """Return *positions* moved as little as needed to lie at least *gap* apart, within *low* and *high* if they fit."""
    order = sorted(range(len(positions)), key=lambda i: (positions[i], i))
    blocks: list[tuple[float, int]] = []  # centre and number of labels that stand shoulder to shoulder
    for i in order:
        blocks.append((positions[i], 1))
        while len(blocks) > 1 and blocks[-1][0] - blocks[-2][0] < gap * (blocks[-1][1] + blocks[-2][1]) / 2:
            (b, m), (a, n) = blocks.pop(), blocks.pop()
            blocks.append(((a * n + b * m) / (n + m), n + m))
    placed = [centre + gap * (k - (n - 1) / 2) for centre, n in blocks for k in range(n)]
    ceiling = high
    for i in range(len(placed) - 1, -1, -1):
        placed[i] = min(placed[i], ceiling)
        ceiling = placed[i] - gap
    floor = low
    for i in range(len(placed)):
        placed[i] = max(placed[i], floor)
        floor = placed[i] + gap
    found = [0.0] * len(positions)
    for i, value in zip(order, placed, strict=True):
        found[i] = value
    return found


def fold(text: str, width: int) -> str:
    """Return *text* in lines of at most *width* letters."""
    import textwrap

    return "\n".join(textwrap.wrap(text, width)) or text


def _magnitude(value: float) -> int:
    return math.floor(math.log10(abs(value))) if value else 0


def _cut(value: float, digits: int) -> float:
    return round(value, digits) + 0.0  # no minus zero


def _minus(text: str) -> str:
    return text.replace("-", "−")
