"""The recorder: rows written while the engine runs, turned into the tables of `Records` at the end."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

import numpy as np

from netsim.engine.records import COLUMNS, Records, Table
from netsim.errors import ModelError

__all__ = ["Journal", "Recorder", "Sheet"]


class Sheet:
    """A table whose rows are finished when written: one flat array, extended by a whole row at a time."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.width = len(COLUMNS[name])
        self._cells = array("i")
        self.write = self._cells.extend

    def __len__(self) -> int:
        return len(self._cells) // self.width

    def table(self) -> Table:
        """Return the rows as columns of their proper types."""
        cells = np.frombuffer(self._cells, dtype=np.int32).reshape(-1, self.width) if self._cells else None
        return {
            column: (np.zeros(0, kind) if cells is None else _fit(cells[:, i], kind, f"{self.name}.{column}"))
            for i, (column, kind) in enumerate(COLUMNS[self.name].items())
        }


class Journal(Sheet):
    """A table whose rows are filled in as things happen: cell *c* of row *r* is ``cells[r * width + c]``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.cells = self._cells
        self.rows = 0

    def append(self, row: Iterable[int]) -> int:
        """Write a new row and return its number."""
        number = self.rows
        self.write(row)
        self.rows = number + 1
        return number


class Recorder:
    """The eight tables of a run in the making."""

    def __init__(self) -> None:
        self.orders = Journal("orders")
        self.lines = Journal("lines")
        self.requests = Journal("requests")
        self.consignments = Journal("consignments")
        self.work = Journal("work")
        self.moves = Sheet("moves")
        self.reviews = Sheet("reviews")
        self.states = Sheet("states")

    def records(self, horizon: int) -> Records:
        """Return the finished tables."""
        return Records(
            orders=self.orders.table(),
            lines=self.lines.table(),
            requests=self.requests.table(),
            consignments=self.consignments.table(),
            moves=self.moves.table(),
            work=self.work.table(),
            reviews=self.reviews.table(),
            states=self.states.table(),
            horizon=horizon,
        )


def _fit(column: np.ndarray[tuple[int], np.dtype[np.int32]], kind: type[np.signedinteger], name: str) -> np.ndarray:
    limits = np.iinfo(kind)
    if len(column) and (column.min() < limits.min or column.max() > limits.max):
        raise ModelError(
            f"{name} holds a number outside {limits.min} .. {limits.max}; the network is too large for this record"
        )
    return np.ascontiguousarray(column, dtype=kind)
