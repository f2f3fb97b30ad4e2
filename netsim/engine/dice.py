"""Draws: marks from the tape turned into seconds and chances by the model's integer tables."""

from __future__ import annotations

from netsim.distributions import value
from netsim.engine.contract import Stream
from netsim.model.model import Durations

__all__ = ["Dice"]


class Dice:
    """Durations of one model: each is fixed, or looked up in a quantile table at a mark."""

    def __init__(self, durations: Durations) -> None:
        self._mean: list[int] = durations.mean.tolist()
        tables = [table.tolist() for table in durations.tables]
        self._table: list[list[int] | None] = [None if t < 0 else tables[t] for t in durations.table.tolist()]

    def is_random(self, duration: int) -> bool:
        """Return whether *duration* takes a mark."""
        return self._table[duration] is not None

    def seconds(
        self, duration: int, stream: Stream, owner: int, number: int, line: int, purpose: int, attempt: int = 0
    ) -> int:
        """Return the seconds of *duration* at the mark with this address; a fixed duration draws nothing."""
        table = self._table[duration]
        if table is None:
            return self._mean[duration]
        return value(table, self._mean[duration], stream.mark(owner, number, line, purpose, attempt))

    def at_mark(self, duration: int, mark: int) -> int:
        """Return the seconds of *duration* at *mark*."""
        table = self._table[duration]
        return self._mean[duration] if table is None else value(table, self._mean[duration], mark)
