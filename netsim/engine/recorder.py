"""The recorder: rows written while the engine runs, turned into the tables of `Records` at the end."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from struct import Struct

import numpy as np
import numpy.typing as npt

from netsim.engine.records import COLUMNS, Records, Table
from netsim.errors import ModelError

__all__ = ["Journal", "Recorder", "Sheet", "row_maker"]


def row_maker(table: str) -> Callable[..., bytes]:
    """Return a function that makes a row of *table*, to be written, from the numbers of all its columns."""
    return Struct(f"{len(COLUMNS[table])}i").pack


class Sheet:
    """A table whose rows are finished when written.

    All tables are flat arrays of 32 bits a cell: a quarter of the memory that lists of Python's integers take, and at
    the end there is nothing to convert.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.width = len(COLUMNS[name])
        self.cells = array("i")
        self.write = self.cells.frombytes

    def table(self) -> Table:
        """Return the rows as columns of their proper types."""
        cells = np.asarray(self.cells, dtype=np.int32).reshape(-1, self.width)
        return {
            column: _fit(cells[:, i], kind, f"{self.name}.{column}")
            for i, (column, kind) in enumerate(COLUMNS[self.name].items())
        }


class Journal(Sheet):
    """A table whose rows are filled in as things happen: cell *c* of row *r* is ``cells[r * width + c]``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.rows = 0

    def append(self, row: bytes, rows: int = 1) -> int:
        """Write a new row, or several *rows* at once, and return the number of the first."""
        number = self.rows
        self.cells.frombytes(row)
        self.rows = number + rows
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


def _fit(column: npt.NDArray[np.int32], kind: type[np.signedinteger], name: str) -> npt.NDArray[np.signedinteger]:
    limits = np.iinfo(kind)
    if len(column) and (column.min() < limits.min or column.max() > limits.max):
        raise ModelError(f"{name} holds a number outside {limits.min} .. {limits.max}: too large for its record")
    return np.ascontiguousarray(column, dtype=kind)
