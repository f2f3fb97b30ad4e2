"""What a manifest says of a sweep whose points come from several: its factors, and how its points were chosen."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["merge_sweeps"]

Told = Mapping[str, Any]

_SAME = ("name", "paths", "change", "distribution")


def merge_sweeps(told: Sequence[Told | None], points: Sequence[Mapping[str, Any]], *, grown: bool) -> Told | None:
    """Return what to say of the sweep, None if the results have not all the same factors and are a plain study.

    *told* is what each of the manifests says, None for a study; *points* are the levels of all points, and *grown*
    whether there are points beyond those of the first. Factors have the levels of all. Points that are no longer those
    that a plan chose are a table, but for a factorial that is whole again.
    """
    first = told[0]
    if first is None or any(each is None or not _alike(first, each) for each in told):
        return None
    if not grown:
        return first
    factors = []
    for number, factor in enumerate(first["factors"]):
        levels = base = None
        if factor["levels"] is not None:
            seen = [level for each in told if each is not None for level in each["factors"][number]["levels"]]
            levels = list({(type(level), level): level for level in seen}.values())  # True is not 1
            base = next((i for i, level in enumerate(levels) if level == factor["levels"][factor["base"]]), 0)
        factors.append({**factor, "levels": levels, "base": base or 0})
    whole = all(each is not None and each["plan"] == "factorial" for each in told) and _is_whole(factors, points)
    if whole:
        return {**first, "factors": factors}
    return {**first, "points": "table", "plan": "table", "count": 0, "factors": factors}


def _alike(one: Told, other: Told) -> bool:
    factors = one["factors"], other["factors"]
    return len(factors[0]) == len(factors[1]) and all(
        mine[word] == its[word] for mine, its in zip(*factors, strict=True) for word in _SAME
    )


def _is_whole(factors: Sequence[Told], points: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether *points* are every combination of the levels, each once."""
    if any(factor["levels"] is None for factor in factors):
        return False
    seen = {tuple(str(point.get(factor["name"])) for factor in factors) for point in points}
    return len(seen) == len(points) == math.prod(len(factor["levels"]) for factor in factors)
