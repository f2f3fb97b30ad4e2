"""Points of series, kept as columns: as tuples, tens of thousands of them would cost as much as the figures in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from netsim.outcome.groups import SeriesPoint

__all__ = ["Points"]


class Points(Sequence[SeriesPoint]):
    """Points of series: a sequence of `SeriesPoint`, each of which is made when it is asked for.

    *columns* has for each series and group in turn: KPI, group, periods, numerators and denominators.
    """

    __slots__ = ("columns",)

    def __init__(self) -> None:
        self.columns: list[tuple[str, str, npt.NDArray[np.int64], npt.NDArray[Any], npt.NDArray[Any]]] = []

    def add(
        self, kpi: str, group: str, tops: npt.NDArray[Any], bases: npt.NDArray[Any] | float = 1.0, *, gaps: bool = False
    ) -> None:
        """Add a series, a point a period from 0 on; with *gaps* those are left out whose denominator is 0."""
        period, base = np.arange(len(tops)), np.broadcast_to(np.asarray(bases, dtype=np.float64), len(tops))
        if gaps:
            period = np.flatnonzero(base)
            tops, base = tops[period], base[period]
        self.columns.append((kpi, group, period, np.asarray(tops, dtype=np.float64), base))

    def __len__(self) -> int:
        return sum(len(period) for _, _, period, _, _ in self.columns)

    def __iter__(self) -> Iterator[SeriesPoint]:
        return chain.from_iterable(
            zip(repeat(kpi), repeat(group), *(column.tolist() for column in numbers), strict=False)
            for kpi, group, *numbers in self.columns
        )

    @overload
    def __getitem__(self, at: int) -> SeriesPoint: ...
    @overload
    def __getitem__(self, at: slice) -> list[SeriesPoint]: ...
    def __getitem__(self, at: int | slice) -> SeriesPoint | list[SeriesPoint]:
        return list(self)[at]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Points({len(self)} of {len(self.columns)} series)"
