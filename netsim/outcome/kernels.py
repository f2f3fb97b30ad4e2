"""Loops over long tables that numba compiles; plain numpy, where it stands in, gives the same.

Each has a twin in numpy beside its caller. `kernel` hands out a compiled loop where numba is there and pays off: it is
there when an engine has loaded it already, or when the table is so long that its start-up is soon won back.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["LONG_TABLE", "kernel"]

LONG_TABLE = 1_000_000
"""Rows from which numba is worth its import and compilation."""


def kernel(function: Callable[..., Any], rows: int) -> Callable[..., Any] | None:
    """Return *function* compiled, for a table of *rows*; None where numpy should do it."""
    if rows < LONG_TABLE and "numba" not in sys.modules:
        return None
    return _compile(function)


@lru_cache(maxsize=16)
def _compile(function: Callable[..., Any]) -> Callable[..., Any] | None:
    try:
        import numba
    except ImportError:
        return None
    if getattr(numba.config, "DISABLE_JIT", False):
        return None
    try:
        compiled: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # nowhere to keep the compiled code
        compiled = numba.njit(nogil=True)(function)
    return compiled


def group_rows(code: Any, start: Any, rows: Any) -> None:
    """Write into *rows* the row numbers of each *code* in turn; *start* is where each code's begin, and is used up."""
    for i in range(len(code)):
        at = start[code[i]]
        rows[at] = i
        start[code[i]] = at + 1


def keep_rows(rows: Any, column: Any, value: int, kept: Any) -> int:
    """Write into *kept* the *rows* where *column* has *value*; return how many there are."""
    count = 0
    for i in range(len(rows)):
        kept[count] = rows[i]
        count += column[rows[i]] == value
    return count


def merge_rows(one: Any, other: Any, rows: Any) -> None:
    """Write into *rows* those of *one* and of the *other*, each rising, in order."""
    i = k = 0
    for at in range(len(rows)):
        if k >= len(other) or (i < len(one) and one[i] <= other[k]):
            rows[at] = one[i]
            i += 1
        else:
            rows[at] = other[k]
            k += 1


def walk_moves(
    time: Any, part: Any, qty: Any, from_place: Any, from_state: Any, to_place: Any, to_state: Any,
    base: Any, limit: Any, parts: int, ready: int, begin: int, end: int,
    found: Any, stock: Any,
) -> int:  # fmt: skip
    """Follow every piece from move to move; return the states, as bits, that ever held fewer than no pieces.

    A state's places have *limit* of them from *base* on (-1: not followed). *found* has of each entry the level, the
    area in piece-seconds, the seconds above 0 if it lies below *ready*, and 1 where anything ever was; *stock* is the
    level at *end* of as many entries as it has. Moves are in order of time.
    """
    below, passed = 0, False
    for i in range(len(time)):
        when = time[i]
        if when >= end and not passed:
            stock[:] = found[: len(stock), 0]
            passed = True
        left = max(end - max(when, begin), 0)
        piece = part[i]
        for side in range(2):
            state = from_state[i] if side == 0 else to_state[i]
            place = from_place[i] if side == 0 else to_place[i]
            if base[state] < 0 or place < 0 or place >= limit[state]:
                continue
            at = base[state] + place * parts + piece
            step = -qty[i] if side == 0 else qty[i]
            before = found[at, 0]
            found[at, 0] = before + step
            found[at, 1] += step * left
            if before + step < 0:
                below |= 1 << state
            if before <= 0:
                found[at, 3] = 1
                if at < ready and before + step > 0:
                    found[at, 2] += left
            elif at < ready and before + step <= 0:
                found[at, 2] -= left
    if not passed:
        stock[:] = found[: len(stock), 0]
    return below


def find_idle(
    time: Any, part: Any, qty: Any, from_place: Any, from_state: Any, to_place: Any, to_state: Any,
    state: int, parts: int, when: Any, key: Any, step: Any, lying: Any,
) -> bool:  # fmt: skip
    """Return whether pieces in *state* lie anywhere for any time while a line waits for them.

    Lines begin (*step* 1) and cease (-1) to wait *when* and where *key* says. Moves and waits are in order of time.
    *lying* has three columns, all 0, for each place: pieces, lines, and since when.
    """
    j = 0
    for i in range(len(time) + 1):
        now = time[i] if i < len(time) else 2**62
        while j < len(when) and when[j] <= now:
            at = key[j]
            if lying[at, 0] > 0 and lying[at, 1] > 0 and lying[at, 2] < when[j]:
                return True
            lying[at, 1] += step[j]
            lying[at, 2] = when[j]
            j += 1
        if i == len(time):
            return False
        for side in range(2):
            if (from_state[i] if side == 0 else to_state[i]) != state:
                continue
            at = (from_place[i] if side == 0 else to_place[i]) * parts + part[i]
            if lying[at, 0] > 0 and lying[at, 1] > 0 and lying[at, 2] < now:
                return True
            lying[at, 0] += -qty[i] if side == 0 else qty[i]
            lying[at, 2] = now
    return False


def follow_levels(
    key: Any, time: Any, delta: Any, begin: int, end: int, group: int, area: Any, since: Any, level: Any, highest: Any
) -> None:
    """Follow the levels of keys, of groups of so many keys (*group*), and of all (last), by steps in order of time.

    *area* is each key's, in unit-seconds of [begin, end); *highest* the highest level of each group that lasts within
    it. *since* and *level* are the groups' and all 0.
    """
    last = len(level) - 1
    for i in range(len(key)):
        when = time[i]
        area[key[i]] += delta[i] * max(end - max(when, begin), 0)
        for at in (key[i] // group, last):
            if level[at] > highest[at] and min(when, end) > max(since[at], begin):
                highest[at] = level[at]
            level[at] += delta[i]
            since[at] = when
    for at in range(len(level)):
        if level[at] > highest[at] and end > max(since[at], begin):
            highest[at] = level[at]


def follow_cores(
    coming: Any, going: Any, time: Any, part: Any, qty: Any, reason: Any, subject: Any, from_place: Any, to_place: Any,
    received: Any, parts: int, places: int, born_by: int, shipped_by: int,
) -> Any:  # fmt: skip
    """Return key (place * parts + part), second of birth and second of return (-1: none) of every core, by key.

    Cores come by the moves *coming*, some of them *born*, and go by those *going*, in the order in which they came.
    One that is shipped returns when its consignment, the move's subject, is *received*; else as it goes.
    """
    first = np.zeros(places * parts + 1, dtype=np.int64)
    for i in coming:
        first[to_place[i] * parts + part[i] + 1] += qty[i]
    for k in range(places * parts):
        first[k + 1] += first[k]
    came, back = np.full(first[-1], -1, np.int64), np.full(first[-1], -1, np.int64)
    inward, outward, many = first.copy(), first.copy(), 0
    for i in coming:
        at = to_place[i] * parts + part[i]
        if reason[i] == born_by:
            came[inward[at] : inward[at] + qty[i]] = time[i]
            many += int(qty[i])
        inward[at] += qty[i]
    for i in going:
        at = from_place[i] * parts + part[i]
        when = received[subject[i]] if reason[i] == shipped_by else time[i]
        for _ in range(min(qty[i], first[at + 1] - outward[at])):
            back[outward[at]] = when
            outward[at] += 1
    key, born, returned, at = np.empty(many, np.int64), np.empty(many, np.int64), np.empty(many, np.int64), 0
    for k in range(places * parts):
        for i in range(first[k], first[k + 1]):
            if came[i] >= 0:
                key[at], born[at], returned[at] = k, came[i], back[i]
                at += 1
    return key, born, returned
