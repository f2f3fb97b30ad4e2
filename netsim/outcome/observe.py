"""Observing a run: all KPIs, series and samples of its measured window, as a pure function of the records."""

from __future__ import annotations

import gc
import inspect
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from netsim.engine.records import Records
from netsim.errors import ModelError
from netsim.model.model import Model
from netsim.outcome.arrival import measure_arrival
from netsim.outcome.books import Books, keep_books
from netsim.outcome.capacity import measure_capacity
from netsim.outcome.flows import measure_flows
from netsim.outcome.groups import Observation, Tally, Window, rows_within
from netsim.outcome.kpis import KPIS
from netsim.outcome.money import money_kpis
from netsim.outcome.orders import measure_orders
from netsim.outcome.points import Points
from netsim.outcome.series import build_series
from netsim.outcome.stock import measure_stock
from netsim.outcome.turnaround import measure_turnaround, turnaround_times
from netsim.registry import KpiEntry, find_kpis

__all__ = ["Observed", "observe"]


@dataclass(frozen=True, slots=True)
class Observed:
    """What one run showed.

    *observations* are (KPI, group, value, numerator, denominator): groups are ``all`` and one member of one dimension,
    such as ``country=MX``; a ratio without denominator is None; a figure that adds over groups has a numerator only.
    *series* is a sequence of (series, group, period, numerator, denominator) of the whole run. *samples* are arrays of
    one entry a turnaround or line, for pictures of distributions and percentiles over runs.
    """

    observations: list[Observation]
    series: Points
    samples: dict[str, npt.NDArray[Any]]


def observe(scenario: Any, model: Model, records: Records, windows: Window, *, books: Books | None = None) -> Observed:
    """Return every figure of the run in *records* for the window from *windows.begin* to before *windows.end*.

    Samples: ``tat`` (seconds) with ``tat_censored`` and ``tat_channel``; ``wait`` (seconds from request to arrival of a
    line) with ``wait_censored``. *books* are the run's, cut at both ends of the window, if they are kept already. Raise
    `ModelError` if a KPI that the user wrote fails or has a built-in one's name.
    """
    with _uncollected():
        observations, series = _measure(scenario, model, records, windows, books)
    for entry in find_kpis().values():
        observations += _ask_user(entry, scenario, model, records, windows)
    return Observed(observations, series, _samples(records, windows))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Let the garbage collector rest: thousands of tuples of numbers would set it going, and none can be garbage."""
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            gc.enable()


def _measure(
    scenario: Any, model: Model, records: Records, windows: Window, books: Books | None
) -> tuple[list[Observation], Points]:
    """Return all built-in figures and series."""
    if books is None:
        books = keep_books(scenario, model, records, cuts=(windows.begin, windows.end))
    tally, rows = Tally(model), books.rows
    measure_arrival(model, records, windows, tally, rows=rows)
    measure_orders(records, windows, tally)
    measure_turnaround(scenario, model, records, windows, tally)
    measure_stock(scenario, model, records, windows, tally, books=books)
    measure_flows(model, records, windows, tally, rows=rows)
    measure_capacity(scenario, model, records, windows, tally, rows=rows)
    money = money_kpis(scenario, model, records, begin=windows.begin, end=windows.end, books=books)
    series = build_series(model, records, rows=rows)
    series.columns += money.series.columns
    return tally.observations + money.observations, series


def _samples(records: Records, windows: Window) -> dict[str, npt.NDArray[Any]]:
    rows, seconds, censored = turnaround_times(records, windows)
    inside = rows_within(records.lines["requested"], windows)
    asked, arrived, ended, order = (records.lines[c][inside] for c in ("requested", "arrived", "ended", "order"))
    if bool((order < 0).any()):
        asked, arrived, ended = (column[order >= 0] for column in (asked, arrived, ended))
    stop = np.where(arrived >= 0, arrived, np.where(ended >= 0, ended, np.int32(records.horizon)))
    return {
        "tat": seconds.astype(np.int32),
        "tat_censored": censored.astype(np.int8),
        "tat_channel": records.orders["channel"][rows].astype(np.int8),
        "wait": (stop - asked).astype(np.int32),
        "wait_censored": (arrived < 0).astype(np.int8),
    }


def _ask_user(entry: KpiEntry, scenario: Any, model: Model, records: Records, windows: Window) -> list[Observation]:
    """Return the observations of one KPI that the user wrote: a number, or numbers by group.

    The function takes the records, and of ``scenario``, ``model`` and ``windows`` those that it names as parameters.
    """
    if entry.name in KPIS:
        raise ModelError(f"KPI {entry.name}: this is the name of a built-in KPI; choose another")
    offered = {"scenario": scenario, "model": model, "windows": windows}
    wanted = inspect.signature(entry.function).parameters
    try:
        answer = entry.function(records, **{name: thing for name, thing in offered.items() if name in wanted})
    except Exception as error:
        raise ModelError(f"KPI {entry.name} failed: {type(error).__name__}: {error}") from error
    groups: Mapping[Any, Any] = answer if isinstance(answer, Mapping) else {"all": answer}
    return [(entry.name, str(group), _number(entry.name, value), None, None) for group, value in groups.items()]


def _number(name: str, value: Any) -> float | None:
    if value is None:
        return None
    if not isinstance(value, Real):
        raise ModelError(
            f"KPI {name} returned {type(value).__name__}: return a number, None, or a mapping of group to number"
        )
    number = float(value)
    return number if math.isfinite(number) else None
