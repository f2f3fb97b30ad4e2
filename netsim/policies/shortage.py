"""The shortage ladder: whether a rung is taken."""

from __future__ import annotations

__all__ = ["rung_is_taken"]


def rung_is_taken(free: int, keep: int, wanted: int, now: int, nominal: int, deadline: int) -> bool:
    """Return whether a giver with *free* pieces serves *wanted* of them in time.

    It does if it keeps *keep* pieces for itself and the nominal time of its lanes ends by the deadline.
    """
    return free - keep >= wanted and now + nominal <= deadline
