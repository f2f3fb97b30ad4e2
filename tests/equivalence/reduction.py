"""Reduction: what can be left out of a failing case while it goes on failing, until little is left to read."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from tests.equivalence.cases import Case

__all__ = ["reduce_case"]

Way = tuple[str | int, ...]


class _Judge:
    """Counts the cases that are tried, and says that none fails once there have been enough."""

    def __init__(self, fails: Callable[[Case], bool], tries: int, seconds: float) -> None:
        self._fails = fails
        self._left = tries
        self._until = time.monotonic() + seconds

    def is_done(self) -> bool:
        return self._left <= 0 or time.monotonic() >= self._until

    def fails(self, case: Case) -> bool:
        if self.is_done():
            return False
        self._left -= 1
        return self._fails(case)


def reduce_case(case: Case, fails: Callable[[Case], bool], *, tries: int = 4000, seconds: float = 600.0) -> Case:
    """Return the smallest case found in so many *tries* or *seconds* for which *fails* is still True.

    It must be False for cases that are not valid. Left out are claims and marks by halves, then whatever stands at
    any key of the scenario; durations become zero, and the run becomes shorter.
    """
    judge = _Judge(fails, tries, seconds)
    smaller = True
    while smaller and not judge.is_done():
        before = case
        case = _shorter(case, judge)
        for name in ("claims", "marks"):
            case = _thin(case, name, judge)
        case = _pruned(case, judge)
        smaller = case != before
    return case


def _shorter(case: Case, judge: _Judge) -> Case:
    """Return the case with a shorter horizon and fewer rows of the plan."""
    for share in (8, 4, 2):
        while case.horizon // share > 3600:
            horizon = case.horizon // share
            simpler = replace(case, horizon=horizon, tape=_before(case.tape, horizon))
            if not judge.fails(simpler):
                break
            case = simpler
    for plain in (replace(case, plan=[]), replace(case, stuck=())):
        if plain != case and judge.fails(plain):
            case = plain
    for row in list(case.plan or ()):
        simpler = replace(case, plan=[each for each in case.plan or () if each != row])
        if judge.fails(simpler):
            case = simpler
    return case


def _pruned(case: Case, judge: _Judge) -> Case:
    """Return the case without what is not needed: what holds much first; then with zeros for what is left."""
    ways = sorted(_ways(case.tree), key=len)
    for change in (_without, _zeroed):
        for way in [*(w for w in ways if w[0] == "network"), *(w for w in ways if w[0] != "network")]:
            if judge.is_done():
                return case
            simpler = change(case, way)
            if simpler is not None and judge.fails(simpler):
                case = simpler
    return case


def _before(tape: dict[str, Any], horizon: int) -> dict[str, Any]:
    if "claims" not in tape:
        return tape
    return {**tape, "claims": [row for row in tape["claims"] if row[0] < horizon]}


def _thin(case: Case, name: str, judge: _Judge) -> Case:
    """Leave out claims or marks, first by halves, in the end one by one."""
    size = (len(case.tape.get(name, [])) + 1) // 2
    while size:
        at = 0
        while at < len(case.tape[name]) and not judge.is_done():
            rows = case.tape[name]
            simpler = replace(case, tape={**case.tape, name: [*rows[:at], *rows[at + size :]]})
            if judge.fails(simpler):
                case = simpler
            else:
                at += size
        size //= 2
    return case


def _ways(tree: Any, path: Way = ()) -> Iterator[Way]:
    """Yield the way to everything in a tree, what holds much before what is in it."""
    items: list[tuple[str | int, Any]] = []
    if isinstance(tree, dict):
        items = list(tree.items())
    elif isinstance(tree, list):
        items = list(enumerate(tree))
    for key, value in items:
        yield (*path, key)
        yield from _ways(value, (*path, key))


def _without(case: Case, way: Way) -> Case | None:
    holder = _holder(tree := copy.deepcopy(case.tree), way)
    if holder is None:
        return None
    del holder[way[-1]]
    if way[:2] == ("network", "nodes") and len(way) == 3:
        _forget(tree, str(way[-1]))
    return replace(case, tree=tree)


def _forget(tree: dict[str, Any], name: str) -> None:
    """Leave out all that speaks of a node: its lanes, its policies, and itself among the sources of others."""
    lanes, policies = tree["network"]["lanes"], tree["policies"]
    for key in list(lanes):
        if name in key.split(" / ")[0].split(" -> "):
            del lanes[key]
    for section in ("stock", "supply", "shortage", "returns"):
        policies.get(section, {}).pop(name, None)
    for other, sources in list(policies.get("supply", {}).items()):
        policies["supply"][other] = [each for each in sources if name not in (each, _end(each))]
    for other, target in list(policies.get("returns", {}).items()):
        if name in (target, _end(target)):
            del policies["returns"][other]
    if policies.get("serving", {}).get("mail_in") == name:
        del policies["serving"]["mail_in"]


def _end(way: Any) -> Any:
    return way.get("from", way.get("to")) if isinstance(way, dict) else way


def _zeroed(case: Case, way: Way) -> Case | None:
    holder = _holder(tree := copy.deepcopy(case.tree), way)
    if holder is None or "life" in way:  # a unit that fails in the second of its return fails for ever
        return None
    value = holder[way[-1]]
    if isinstance(value, dict) and any(str(each).endswith(" s") for each in value.values()):
        holder[way[-1]] = next(each for each in value.values() if str(each).endswith(" s"))
    elif isinstance(value, str) and value.endswith(" s") and value != "0 s":
        holder[way[-1]] = "0 s"
    elif isinstance(value, int) and not isinstance(value, bool) and value > 1:
        holder[way[-1]] = value // 2
    else:
        return None
    return replace(case, tree=tree)


def _holder(tree: Any, way: Way) -> Any:
    """Return what holds the end of a way, None if it is no longer there."""
    for key in way[:-1]:
        if not _is_there(tree, key):
            return None
        tree = tree[key]
    return tree if _is_there(tree, way[-1]) else None


def _is_there(tree: Any, key: str | int) -> bool:
    return key in tree if isinstance(tree, dict) else isinstance(tree, list) and int(key) < len(tree)
