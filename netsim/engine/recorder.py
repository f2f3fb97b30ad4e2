"""The recorder: rows written while the engine runs, turned into the tables of `Records` at the end."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from netsim.engine.records import COLUMNS, Records, Table
from netsim.errors import ModelError

__all__ = ["Journal", "Recorder", "Sheet"]

_CHUNK = 1 << 14  # few enough to be packed while they are still in the processor's cache


class Sheet:
    """A table whose rows are finished when written: one flat list, extended by a whole row at a time.

    `settle` packs what has piled up, so that a long run holds 4 bytes a cell instead of a Python integer.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.width = len(COLUMNS[name])
        self.cells: list[int] = []
        self.write = self.cells.extend
        self._packed: list[npt.NDArray[np.int32]] = []

    def settle(self) -> None:
        """Pack the rows written so far if they are many."""
        if len(self.cells) > _CHUNK:
            self._pack()

    def _pack(self) -> None:
        self._packed.append(_int32(self.cells, self.name))
        self.cells.clear()

    def table(self) -> Table:
        """Return the rows as columns of their proper types."""
        self._pack()
        cells = np.concatenate(self._packed).reshape(-1, self.width)
        return {
            column: _fit(cells[:, i], kind, f"{self.name}.{column}")
            for i, (column, kind) in enumerate(COLUMNS[self.name].items())
        }


class Journal(Sheet):
    """A table whose rows are filled in as things happen: cell *c* of row *r* is ``cells[r * width + c]``."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.rows = 0

    def append(self, row: Iterable[int]) -> int:
        """Write a new row and return its number."""
        number = self.rows
        self.write(row)
        self.rows = number + 1
        return number

    def append_all(self, rows: npt.NDArray[np.int64]) -> None:
        """Write all *rows* of an array."""
        self.write(rows.ravel().tolist())
        self.rows += len(rows)


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

    def settle(self) -> None:
        """Pack what is finished; called now and then."""
        self.moves.settle()

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


def _int32(cells: list[int], name: str) -> npt.NDArray[np.int32]:
    try:
        return np.fromiter(cells, dtype=np.int32, count=len(cells))
    except OverflowError as error:
        raise ModelError(f"{name} holds a number beyond 32 bits; shorten the run") from error


def _fit(column: npt.NDArray[np.int32], kind: type[np.signedinteger], name: str) -> npt.NDArray[np.signedinteger]:
    limits = np.iinfo(kind)
    if len(column) and (column.min() < limits.min or column.max() > limits.max):
        raise ModelError(f"{name} holds a number outside {limits.min} .. {limits.max}: too large for its record")
    return np.ascontiguousarray(column, dtype=kind)
