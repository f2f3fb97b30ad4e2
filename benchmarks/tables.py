"""Markdown tables, paragraphs filled to the width of the page, and numbers with three digits that mean something."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

__all__ = ["number", "prose", "table"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; columns after the first are set to the right."""
    marks = ["---", *["--:"] * (len(head) - 1)]
    lines = [head, marks, *rows]
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)


def prose(text: str) -> str:
    """Return *text* as a paragraph, after an empty line."""
    words = " ".join(text.split())
    return "\n" + textwrap.fill(words, 120, break_long_words=False, break_on_hyphens=False) + "\n"


def number(value: float | None, digits: int = 3) -> str:
    """Return *value* with that many significant digits, thousands apart; a dash for None."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    if size >= 10 ** (digits - 1):
        step = 10 ** max(len(f"{size:.0f}") - digits, 0)
        return f"{round(value / step) * step:,.0f}"
    decimals, least = 0, 10 ** (digits - 1)
    while size * 10**decimals < least and decimals < digits + 1:
        decimals += 1
    return f"{value:.{decimals}f}"
