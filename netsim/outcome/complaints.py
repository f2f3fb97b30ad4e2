"""Complaints: laws that records break, each told with its first few rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Table

__all__ = ["complain", "find_disorder", "lies_within", "tell_row"]

_SHOWN = 3


def complain(law: str, rows: npt.NDArray[Any], tell: Callable[[int], str]) -> Iterator[str]:
    """Yield one complaint with the first few *rows* that break *law*, if any do."""
    if len(rows):
        shown = "; ".join(tell(int(i)) for i in rows[:_SHOWN])
        more = f"; and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
        yield f"{law}: {shown}{more}"


def lies_within(values: npt.NDArray[Any], least: int, limit: int) -> bool:
    """Return whether all *values* are at least *least* and below *limit*."""
    return len(values) == 0 or (int(values.min()) >= least and int(values.max()) < limit)


def find_disorder(name: str, table: Table, columns: tuple[str, ...]) -> Iterator[str]:
    """Yield complaints on rows whose times are set but not in the order of *columns*."""
    latest = np.full(len(table[columns[0]]), -1, dtype=np.int32)
    bad = np.zeros(len(latest), dtype=bool)
    for column in columns:
        bad |= (table[column] >= 0) & (table[column] < latest)
        latest = np.maximum(latest, table[column])
    law = f"{name}: {' <= '.join(columns)}"
    yield from complain(law, np.flatnonzero(bad), tell_row(name, table, *columns))


def tell_row(name: str, table: Table, *columns: str) -> Callable[[int], str]:
    """Return a description of a row of *table* by its number: the values of *columns*."""
    return lambda i: f"{name} row {i}: " + ", ".join(f"{column} {table[column][i]}" for column in columns)
